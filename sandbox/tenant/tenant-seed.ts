// The content of a new tenant: what may be said of it, what is refused, and how it comes to be in the tenant.
import { isDeepStrictEqual } from "node:util";
import * as v from "valibot";
import { isObject } from "../json.ts";
import { addApplication } from "./clients.ts";
import { createConnection, isDatabase } from "./connections.ts";
import { ManagementApiError } from "./errors.ts";
import { setMyAccountProfile } from "./resource-servers.ts";
import { newId, rootAttributes } from "./tenant-state.ts";
import type { Connection, JsonObject, Profile, RootAttributes, State } from "./tenant-state.ts";
import { changeUser, createUser } from "./users.ts";

export interface ConnectionSeed {
  readonly name: string;
  /** Auth0's name for the kind of identity provider: `auth0` is a database, `google-oauth2` Google. */
  readonly strategy: string;
  /** As in the Management API. What Auth0 derives is added. @default none */
  readonly options?: JsonObject;
  /** Store the options as they are, as in an old connection: the next write adds what Auth0 derives today. */
  readonly asStored?: boolean;
}

/** A user of a database connection. There are no passwords: who logs in is named. */
export interface UserSeed extends Readonly<RootAttributes> {
  /** The name of a database connection of this seed. */
  readonly connection: string;
  readonly email: string;
  /** The part after `auth0|`. @default random */
  readonly user_id?: string;
  /** @default false */
  readonly email_verified?: boolean;
  readonly user_metadata?: JsonObject;
  readonly app_metadata?: JsonObject;
}

/** What an identity provider says about somebody, who becomes a user of the tenant by the first login. */
export interface ProfileSeed extends Profile {
  /** The name of a connection of this seed that is no database. */
  readonly connection: string;
}

export interface ActionSeed {
  readonly name: string;
  /** CommonJS, as in Auth0's editor: `exports.onExecutePostLogin = async (event, api) => { … }`. */
  readonly code: string;
  /** `event.secrets`. @default none */
  readonly secrets?: Readonly<Record<string, string>>;
  /** Whether logins run it. @default true */
  readonly bound?: boolean;
}

export interface OrganizationSeed {
  /** Lower case, without spaces. */
  readonly name: string;
  readonly display_name?: string;
  readonly metadata?: Readonly<Record<string, string>>;
  /** The names of connections of this seed through which its members log in. @default none */
  readonly connections?: readonly string[];
  /** The e-mail addresses of users of this seed, of whichever connection. @default none */
  readonly members?: readonly string[];
}

export interface ApplicationSeed {
  readonly name: string;
  /** @default random */
  readonly client_id?: string;
  /** @default random */
  readonly client_secret?: string;
  /** @default none */
  readonly app_type?: "native" | "spa" | "regular_web" | "non_interactive";
  /** Where a login may return to. @default none */
  readonly callbacks?: readonly string[];
  /** Where a logout may return to. @default none */
  readonly allowed_logout_urls?: readonly string[];
  /** The origins of pages that may log in silently. @default none */
  readonly web_origins?: readonly string[];
  readonly client_metadata?: Readonly<Record<string, string>>;
}

/** The content of a new tenant. It is used only if the folder has no state yet. */
export interface TenantSeed {
  /** @default none */
  readonly connections?: readonly ConnectionSeed[];
  /** Users of database connections. @default none */
  readonly users?: readonly UserSeed[];
  /** Users of the other connections' identity providers. @default none */
  readonly profiles?: readonly ProfileSeed[];
  /** Actions for post-login v3. They are deployed, and bound in this order unless `bound` is false. @default none */
  readonly actions?: readonly ActionSeed[];
  /** @default none */
  readonly organizations?: readonly OrganizationSeed[];
  /** Beside the tenant's own, `Tenant.application`. @default none */
  readonly applications?: readonly ApplicationSeed[];
  /** The identifiers of the tenant's own APIs, for which applications get access tokens. @default none */
  readonly apis?: readonly string[];
  /** As `Tenant.setMyAccountProfile`. @default false */
  readonly myAccountProfile?: boolean;
}

export interface SeedRefusal {
  /** Such as `users[0].email`. */
  readonly path: string;
  readonly message: string;
}

/** The tenant was not started, because its seed is wrong. Its message names every refusal. */
export class TenantSeedError extends Error {
  override readonly name = "TenantSeedError";
  readonly refusals: readonly SeedRefusal[];

  constructor(refusals: readonly SeedRefusal[]) {
    super(
      ["The tenant's seed is wrong:", ...refusals.map(({ path, message }) => `${path}: ${message}`)].join("\n  - "),
    );
    this.refusals = refusals;
  }
}

const text = v.pipe(v.string(), v.nonEmpty("It must not be empty."));
const email = v.pipe(v.string(), v.regex(/^[^@\s]+@[^@\s]+$/, "It must be an e-mail address."));
const flag = v.optional(v.boolean());
/** Auth0 docs, "Actions Limitations". */
const code = v.pipe(v.string(), v.maxBytes(100_000, "An Action has at most 100 kB of code."));
const texts = v.optional(v.array(text));
const textByKey = v.optional(v.record(v.string(), v.string()));
const json = v.custom<JsonObject>(isJsonObject, "It must be an object as JSON has them.");
const object = v.optional(json);
/** Names have no dot and no dollar sign (Auth0 docs, "Metadata Field Names and Data Types"). */
const metadata = v.optional(
  v.pipe(
    json,
    v.check((value) => !/[.$]/.test(Object.keys(value).join("")), "A name must have no dot and no dollar sign."),
  ),
);
const attributes = v.entriesFromList(rootAttributes, v.optional(text));

const seedSchema = v.strictObject({
  connections: v.optional(v.array(v.strictObject({ name: text, strategy: text, options: object, asStored: flag }))),
  users: v.optional(
    v.array(
      v.strictObject({
        ...{ connection: text, email, user_id: v.optional(text), email_verified: flag, ...attributes },
        ...{ user_metadata: metadata, app_metadata: metadata },
      }),
    ),
  ),
  profiles: v.optional(
    v.array(
      v.strictObject({
        ...{ connection: text, sub: text, email, name: v.optional(text), picture: v.optional(text) },
        ...{ given_name: v.optional(text), family_name: v.optional(text) },
      }),
    ),
  ),
  actions: v.optional(v.array(v.strictObject({ name: text, code, secrets: textByKey, bound: flag }))),
  organizations: v.optional(
    v.array(
      v.strictObject({
        name: v.pipe(text, v.regex(/^(?!org_)[a-z0-9]([a-z0-9_-]*[a-z0-9])?$/, "It must be in lower case.")),
        ...{ display_name: v.optional(text), metadata: textByKey, connections: texts, members: texts },
      }),
    ),
  ),
  applications: v.optional(
    v.array(
      v.strictObject({
        ...{ name: text, client_id: v.optional(text), client_secret: v.optional(text) },
        app_type: v.optional(v.picklist(["native", "spa", "regular_web", "non_interactive"])),
        ...{ callbacks: texts, allowed_logout_urls: texts, web_origins: texts, client_metadata: textByKey },
      }),
    ),
  ),
  ...{ apis: texts, myAccountProfile: flag },
});

function isJsonObject(value: unknown): boolean {
  try {
    return isObject(value) && isDeepStrictEqual(JSON.parse(JSON.stringify(value)), value);
  } catch {
    return false; // It refers to itself, or has a bigint.
  }
}

/**
 * @returns a copy, so that what becomes of the given objects is no matter
 * @throws TenantSeedError
 */
export function validateSeed(seed: TenantSeed): TenantSeed {
  const { issues = [] } = v.safeParse(seedSchema, seed);
  const refusals = issues.map((issue) => ({ path: pathOf(issue.path ?? []), message: issue.message }));
  if (refusals.length > 0) throw new TenantSeedError(refusals);
  return structuredClone(seed);
}

/** `users[0].email` */
const pathOf = (path: readonly { readonly key?: unknown }[]): string =>
  path
    .map(({ key }) => (typeof key === "number" ? `[${key}]` : `.${String(key)}`))
    .join("")
    .replace(/^\./, "");

/**
 * Adds all but the Actions.
 *
 * @throws TenantSeedError
 */
export function addSeed(state: State, seed: TenantSeed): void {
  const refusals: SeedRefusal[] = [];
  const refuse = (path: string, message: string) => void refusals.push({ path, message });
  for (const [index, { name }] of (seed.actions ?? []).entries()) {
    const isFirst = seed.actions?.findIndex((other) => other.name === name) === index;
    if (!isFirst) refuse(`actions[${index}].name`, `There are two of the name "${name}".`);
  }
  for (const [index, identifier] of (seed.apis ?? []).entries()) {
    if (seed.apis?.indexOf(identifier) !== index) refuse(`apis[${index}]`, `There are two APIs "${identifier}".`);
  }
  const connectionNamed = connectionsByName(state, seed, refuse);
  addUsers(state, seed, connectionNamed, refuse);
  addProfiles(state, seed, connectionNamed, refuse);
  addOrganizations(state, seed, connectionNamed, refuse);
  for (const [index, { client_metadata, ...application }] of (seed.applications ?? []).entries()) {
    const isTaken = state.applications.some(({ client_id }) => client_id === application.client_id);
    if (isTaken) refuse(`applications[${index}].client_id`, `There are two of the id "${application.client_id}".`);
    addApplication(state.applications, { ...application, ...(client_metadata && { client_metadata }) } as JsonObject & {
      name: string;
    });
  }
  if (seed.myAccountProfile) setMyAccountProfile(state, true);
  if (refusals.length > 0) throw new TenantSeedError(refusals);
}

type Refuse = (path: string, message: string) => void;
type ConnectionNamed = (name: string, path: string) => Connection | undefined;

/** Adds the connections. What is returned finds one, or refuses the place that names it. */
function connectionsByName(state: State, { connections = [] }: TenantSeed, refuse: Refuse): ConnectionNamed {
  for (const [index, { asStored, ...connection }] of connections.entries()) {
    try {
      const created = createConnection(state, connection);
      if (asStored && connection.options) created.options = connection.options;
    } catch (error) {
      if (!(error instanceof ManagementApiError)) throw error;
      refuse(`connections[${index}]`, error.message);
    }
  }
  const byName = new Map(state.connections.map((connection) => [connection.name, connection]));
  return (name, path) => {
    const connection = byName.get(name);
    if (!connection) refuse(path, `There is no connection "${name}".`);
    return connection;
  };
}

function addUsers(state: State, { users = [] }: TenantSeed, connectionNamed: ConnectionNamed, refuse: Refuse): void {
  const taken = new Set<string>();
  for (const [index, { connection: name, user_id: sub = newId(24), ...user }] of users.entries()) {
    const connection = connectionNamed(name, `users[${index}].connection`);
    if (!connection) continue;
    if (!isDatabase(connection)) {
      refuse(`users[${index}].connection`, `"${name}" is no database: its users are given as profiles, and log in.`);
      continue;
    }
    const [address, id] = [`${name} ${user.email.toLowerCase()}`, `${name} | ${sub}`];
    if (taken.has(address)) refuse(`users[${index}].email`, `There are two users of "${user.email}" in "${name}".`);
    if (taken.has(id)) refuse(`users[${index}].user_id`, `There are two users of the id "${sub}".`);
    if (taken.has(address) || taken.has(id)) continue;
    taken.add(address).add(id);
    const { email, email_verified = false, name: fullName, ...others } = user;
    changeUser(createUser(state, connection, { sub, email, email_verified, name: fullName }), others);
  }
}

function addProfiles(
  state: State,
  { profiles = [] }: TenantSeed,
  connectionNamed: ConnectionNamed,
  refuse: Refuse,
): void {
  const byConnection = new Map<string, Profile[]>();
  for (const [index, { connection: name, ...profile }] of profiles.entries()) {
    const connection = connectionNamed(name, `profiles[${index}].connection`);
    if (!connection) continue;
    if (isDatabase(connection)) {
      refuse(`profiles[${index}].connection`, `"${name}" is a database: its users are given as users.`);
      continue;
    }
    const known = byConnection.get(name);
    const isTaken = known?.some(({ sub }) => sub === profile.sub);
    if (isTaken) refuse(`profiles[${index}].sub`, `There are two profiles of "${profile.sub}" in "${name}".`);
    if (known) known.push(profile);
    else byConnection.set(name, [profile]);
  }
  for (const [name, known] of byConnection) state.profiles[name] = known;
}

function addOrganizations(
  state: State,
  { organizations = [] }: TenantSeed,
  connectionNamed: ConnectionNamed,
  refuse: Refuse,
): void {
  const usersOf = Map.groupBy(state.users.all, ({ email }) => email.toLowerCase());
  const refuseTwice = (path: string, names: readonly string[], ids = names) => {
    for (const [at, name] of names.entries()) {
      if (ids.indexOf(ids[at] ?? "") !== at) refuse(`${path}[${at}]`, `"${name}" is there twice.`);
    }
  };
  for (const [index, { connections = [], members = [], ...organization }] of organizations.entries()) {
    const isTaken = state.organizations.some(({ name }) => name === organization.name);
    if (isTaken) refuse(`organizations[${index}].name`, `There are two of the name "${organization.name}".`);
    refuseTwice(`organizations[${index}].connections`, connections);
    const addresses = members.map((member) => member.toLowerCase());
    refuseTwice(`organizations[${index}].members`, members, addresses);
    state.organizations.push({
      ...organization,
      id: `org_${newId(16)}`,
      enabledConnections: connections.flatMap((name, at) => {
        const connection = connectionNamed(name, `organizations[${index}].connections[${at}]`);
        return connection ? [{ connection_id: connection.id, assign_membership_on_login: false }] : [];
      }),
      members: addresses.flatMap((address, at) => {
        const found = usersOf.get(address) ?? [];
        if (found.length === 0) refuse(`organizations[${index}].members[${at}]`, `There is no user "${members[at]}".`);
        return found.map(({ user_id }) => user_id);
      }),
    });
  }
}
