// What the console shows: read from the tenant by the Management API, and from what the tenant remembers of logins.
// Looking logs nobody in.
import type { ManagementClient } from "auth0";
import type { DeployedStack } from "../deployed-stack.ts";
import { metadataPictureOf, ruleOf, textOf } from "../picture-rule.ts";
import type { LastLogin, Tenant } from "../tenant/tenant.ts";
import type { ConnectionView, LoginView, Person } from "./console-types.ts";

type Connection = Awaited<ReturnType<ManagementClient["connections"]["list"]>>["data"][number];
type User = Awaited<ReturnType<ManagementClient["users"]["list"]>>["data"][number];

const titles: Readonly<Record<string, string>> = {
  "Username-Password-Authentication": "Database",
  "google-oauth2": "Google",
  github: "GitHub",
};

/** Those that a person signs in by here: not the passwordless ones. */
export async function readConnections(management: ManagementClient): Promise<ConnectionView[]> {
  const { data } = await management.connections.list();
  const shown = data.filter(({ strategy }) => strategy !== "email" && strategy !== "sms");
  return shown.map(({ name = "", strategy = "", options }) => ({
    ...{ name, strategy, title: titles[name] ?? name },
    sync: strategy === "auth0" ? null : syncOf(options),
  }));
}

/** Auth0's default is that the identity provider writes at each login. */
function syncOf(options: Connection["options"]): NonNullable<ConnectionView["sync"]> {
  const value = options?.["set_user_root_attributes"];
  return value === "on_first_login" || value === "never_on_login" ? value : "on_each_login";
}

/** Everybody who can sign in, also those whom only their identity provider knows yet. */
export async function readPeople(
  tenant: Tenant,
  management: ManagementClient,
  connections: readonly ConnectionView[],
  stack: DeployedStack,
): Promise<Person[]> {
  const { data: users } = await management.users.list({ per_page: 100 });
  const known = users.map((user) => knownPerson(tenant, user, tenant.lastLogins.get(user.user_id ?? ""), stack));
  const isKnown = (connection: string, sub: string) =>
    users.some(({ identities = [] }) => identities.some((one) => one.connection === connection && one.user_id === sub));
  const others = connections.flatMap(({ name: connection }) =>
    tenant.identityProvider.profiles(connection).flatMap(({ sub, email, name = email, picture = null }) => {
      if (isKnown(connection, sub)) return [];
      const provider = { picture };
      const nothing = { userId: null, rootPicture: null, metadataPicture: null, lastLogin: null, isChanged: false };
      return [{ key: `${connection}|${sub}`, name, email, connection, provider, ...nothing }];
    }),
  );
  return [...known, ...others].sort((a, b) => a.name.localeCompare(b.name, "en"));
}

function knownPerson(tenant: Tenant, user: User, login: LastLogin | undefined, stack: DeployedStack): Person {
  const { user_id: userId = "", name, email = "", identities = [] } = user;
  const [{ connection = "", user_id: sub = "" } = {}] = identities;
  const profile = tenant.identityProvider.profiles(connection).find((one) => one.sub === sub);
  const sources = sourcesOf(user);
  const before = login && sourcesOf(login.user);
  const sent = profile && (profile.picture ?? null);
  return {
    ...{ key: userId, userId, name: name ?? email, email, connection },
    provider: sent === undefined ? null : { picture: sent },
    ...sources,
    lastLogin: login ? loginView(login, stack) : null,
    isChanged:
      before !== undefined &&
      (before.rootPicture !== sources.rootPicture || before.metadataPicture !== sources.metadataPicture),
  };
}

export function loginView(login: LastLogin, stack: DeployedStack): LoginView {
  const picture = textOf(login.claims?.idToken["picture"]);
  const sources = sourcesOf(login.user);
  return {
    ...{ at: login.at, protocol: login.protocol, picture, metadataPicture: sources.metadataPicture },
    rule: ruleOf(picture, sources, stack),
    claims: login.claims?.idToken ?? null,
    error: login.error ?? null,
    actions: login.actions.map(({ name, calls, milliseconds, ended, message = null }) => ({
      ...{ name, milliseconds, ended, message },
      calls: calls.map(
        ({ method, arguments: given }) => `${method}(${given.map((one) => JSON.stringify(one)).join(", ")})`,
      ),
    })),
  };
}

const sourcesOf = (user: object) => {
  const { picture, user_metadata } = user as { picture?: unknown; user_metadata?: Record<string, unknown> };
  return { rootPicture: textOf(picture), metadataPicture: metadataPictureOf({ user_metadata }) };
};
