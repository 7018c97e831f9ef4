// What the size of a tenant costs: its start, and each operation of the Management API, with ten users and connections
// and with ten thousand and a thousand, side by side.
import { setTimeout as sleep } from "node:timers/promises";
import { startTenant } from "../../sandbox/tenant/tenant.ts";
import type { Tenant, TenantOptions } from "../../sandbox/tenant/tenant.ts";

export interface Scale {
  /** Until the tenant listens. */
  readonly startMs: number;
  readonly rows: readonly { readonly operation: string; readonly small: number; readonly large: number }[];
  /** Operations that this table has no request for, or one that the tenant refuses. */
  readonly unmeasured: readonly string[];
}

const seedOf = (users: number, connections: number): TenantOptions => ({
  connections: [
    { name: "users", strategy: "auth0" },
    ...Array.from({ length: connections }, (_, number) => ({
      name: `c${number}`,
      strategy: "oauth2",
      options: { number },
    })),
  ],
  users: Array.from({ length: users }, (_, number) => ({
    ...{ connection: "users", user_id: String(number), email: `${number}@example.com` },
    user_metadata: { picture: `https://example.com/${number}.png` },
  })),
  organizations: [{ name: "acme", connections: ["users"], members: ["0@example.com"] }],
  actions: [{ name: "a", code: "exports.onExecutePostLogin = async () => {};" }],
});

type Ids = Readonly<Record<string, string>>;
type Send = (method: string, path: string, body?: object) => Promise<unknown>;

/** What an operation that writes is sent; `n` makes what has to be another one each time. */
const bodies: Readonly<Record<string, (n: number, ids: Ids) => object>> = {
  "POST /api/v2/users": (n) => ({ connection: "users", email: `new-${n}@example.com`, password: "x" }),
  "PATCH /api/v2/users/:id": (n) => ({ user_metadata: { n } }),
  "POST /api/v2/connections": (n) => ({ name: `new-${n}`, strategy: "oauth2" }),
  "PATCH /api/v2/connections/:id": (n) => ({ options: { n } }),
  "POST /api/v2/clients": (n) => ({ name: `new ${n}` }),
  "PATCH /api/v2/clients/:id": (n) => ({ name: `renamed ${n}` }),
  "POST /api/v2/organizations": (n) => ({ name: `new-${n}` }),
  "PATCH /api/v2/organizations/:id": (n) => ({ display_name: `Renamed ${n}` }),
  "POST /api/v2/organizations/:id/members": () => ({ members: ["auth0|1"] }),
  "DELETE /api/v2/organizations/:id/members": () => ({ members: ["auth0|1"] }),
  "POST /api/v2/actions/actions": (n) => ({
    name: `new ${n}`,
    supported_triggers: [{ id: "post-login", version: "v3" }],
  }),
  "PATCH /api/v2/actions/triggers/:trigger/bindings": () => ({ bindings: [] }),
  "PATCH /api/v2/actions/actions/:id": (n) => ({ code: `// ${n}` }),
  "POST /api/v2/actions/actions/:id/deploy": () => ({}),
  "POST /api/v2/actions/actions/:id/versions/:version/deploy": () => ({}),
  "PATCH /api/v2/connections/:id/clients": (_, { clients }) => [{ client_id: clients, status: true }],
  "POST /api/v2/users/:id/identities": (_, { made }) => ({ provider: "auth0", user_id: made }),
  "POST /api/v2/organizations/:id/enabled_connections": (_, { made }) => ({
    connection_id: made,
    assign_membership_on_login: false,
  }),
  "PATCH /api/v2/organizations/:id/enabled_connections/:connection": () => ({ assign_membership_on_login: true }),
  "POST /api/v2/resource-servers": (n) => ({ name: `new ${n}`, identifier: `https://new-${n}.example.com/` }),
  "PATCH /api/v2/resource-servers/:id": (n) => ({ name: `renamed ${n}` }),
  "POST /api/v2/client-grants": (_, { made, clients }) => ({ client_id: clients, audience: made, scope: [] }),
  "PATCH /api/v2/client-grants/:id": () => ({ scope: [] }),
  "PATCH /api/v2/tenants/settings": (n) => ({ allowed_logout_urls: [`https://example.com/${n}`] }),
};

/** What has to be made first: it returns the path, and the id that the body needs. */
type Preparation = (send: Send, ids: Ids, n: number) => Promise<{ path: string; made?: string }>;

const create = async (send: Send, path: string, n: number, ids: Ids = {}): Promise<string> => {
  const body = bodies[`POST ${path}`]?.(n, ids);
  const { id, client_id } = (await send("POST", path, body)) as { id?: string; client_id?: string };
  return id ?? client_id ?? "";
};
/** So that no name is taken that the operation which makes such a thing is measured with. */
const apart = (n: number) => n + 1_000_000;

const ofNew =
  (path: string): Preparation =>
  async (send, ids, n) => ({ path: `${path}/${await create(send, path, apart(n), ids)}` });

const ofNewGrant: Preparation = async (send, { clients = "" }, n) => {
  const audience = `https://of-grant-${n}-${crypto.randomUUID()}.example.com/`;
  await send("POST", "/api/v2/resource-servers", { name: "of a grant", identifier: audience });
  const path = "/api/v2/client-grants";
  return { path: `${path}/${await create(send, path, n, { clients, made: audience })}` };
};

/** A connection that an organization has, or does not have yet. */
const ofNewConnection =
  (isEnabled: boolean): Preparation =>
  async (send, { organizations = "" }, n) => {
    const [path, salt] = [`/api/v2/organizations/${organizations}/enabled_connections`, crypto.randomUUID()];
    const connection = { name: `of-${n}-${salt}`, strategy: "oauth2" };
    const { id } = (await send("POST", "/api/v2/connections", connection)) as { id: string };
    if (isEnabled) await send("POST", path, { connection_id: id, assign_membership_on_login: false });
    return { path: isEnabled ? `${path}/${id}` : path, made: id };
  };

const ofVersion: Preparation = async (send, { actions = "" }) => {
  const path = `/api/v2/actions/actions/${actions}/versions`;
  const { versions } = (await send("GET", path)) as { versions: { id: string }[] };
  return { path: `${path}/${versions[0]?.id}` };
};

const linking =
  (isLinked: boolean): Preparation =>
  async (send, { users = "" }) => {
    const [path, user_id] = [`/api/v2/users/${users}/identities`, crypto.randomUUID()];
    await send("POST", "/api/v2/users", {
      connection: "users",
      email: `${user_id}@example.com`,
      user_id,
      password: "x",
    });
    if (isLinked) await send("POST", path, { provider: "auth0", user_id });
    return { path: isLinked ? `${path}/auth0/${user_id}` : path, made: user_id };
  };

const preparations: Readonly<Record<string, Preparation>> = {
  // Each removes the user of this number, so that there is always one.
  "DELETE /api/v2/users/:id": async (_send, _ids, n) => ({ path: `/api/v2/users/auth0%7C${n + 2}` }),
  "DELETE /api/v2/connections/:id": ofNew("/api/v2/connections"),
  "DELETE /api/v2/clients/:id": ofNew("/api/v2/clients"),
  "DELETE /api/v2/organizations/:id": ofNew("/api/v2/organizations"),
  "DELETE /api/v2/actions/actions/:id": ofNew("/api/v2/actions/actions"),
  "DELETE /api/v2/resource-servers/:id": ofNew("/api/v2/resource-servers"),
  "GET /api/v2/actions/actions/:id/versions/:version": ofVersion,
  "POST /api/v2/actions/actions/:id/versions/:version/deploy": async (send, ids, n) => {
    const { path } = await ofVersion(send, ids, n);
    return { path: `${path}/deploy` };
  },
  "POST /api/v2/actions/actions/:id/deploy": async (send, { actions = "" }) => {
    const path = `/api/v2/actions/actions/${actions}`;
    const isBuilt = async () => ((await send("GET", path)) as { status: string }).status === "built";
    while (!(await isBuilt())) await sleep(20);
    return { path: `${path}/deploy` };
  },
  "POST /api/v2/users/:id/identities": linking(false),
  "DELETE /api/v2/users/:id/identities/:provider/:secondary": linking(true),
  "POST /api/v2/organizations/:id/enabled_connections": ofNewConnection(false),
  "GET /api/v2/organizations/:id/enabled_connections/:connection": ofNewConnection(true),
  "PATCH /api/v2/organizations/:id/enabled_connections/:connection": ofNewConnection(true),
  "DELETE /api/v2/organizations/:id/enabled_connections/:connection": ofNewConnection(true),
  "POST /api/v2/client-grants": async (_send, _ids, n) => ({
    path: "/api/v2/client-grants",
    made: `https://new-${n}.example.com/`,
  }),
  "GET /api/v2/client-grants/:id": ofNewGrant,
  "PATCH /api/v2/client-grants/:id": ofNewGrant,
  "DELETE /api/v2/client-grants/:id": ofNewGrant,
};

const searches = ["q=email:5*&sort=email:1", "q=user_metadata.picture:https*&page=0", "page=99&per_page=100"];

async function client(tenant: Tenant) {
  const { clientId: client_id, clientSecret: client_secret } = tenant.managementClient;
  const audience = `${tenant.issuer}api/v2/`;
  const grant = new URLSearchParams({ grant_type: "client_credentials", client_id, client_secret, audience });
  const answer = await tenant.fetch(`${tenant.issuer}oauth/token`, { method: "POST", body: grant });
  const { access_token } = (await answer.json()) as { access_token: string };
  const headers = { authorization: `Bearer ${access_token}`, "content-type": "application/json" };
  const send = async (method: string, path: string, body?: object): Promise<unknown> => {
    const init = { method, headers, ...(body && { body: JSON.stringify(body) }) };
    const response = await tenant.fetch(`${tenant.issuer}${path.slice(1)}`, init);
    const text = await response.text();
    if (response.status >= 400) throw new Error(`${method} ${path}: ${response.status} ${text}`);
    return text === "" ? undefined : JSON.parse(text);
  };
  const firstId = async (path: string, list?: string) => {
    const found = (await send("GET", path)) as Record<string, Record<string, string>[]> & Record<string, string>[];
    const first = (list === undefined ? found : found[list])?.[0];
    return first?.["id"] ?? first?.["client_id"] ?? "";
  };
  const ids: Record<string, string> = {
    users: "auth0%7C0",
    connections: await firstId("/api/v2/connections"),
    clients: await firstId("/api/v2/clients"),
    organizations: await firstId("/api/v2/organizations"),
    actions: await firstId("/api/v2/actions/actions", "actions"),
    "resource-servers": await create(send, "/api/v2/resource-servers", apart(apart(0))),
  };
  return { send, ids };
}

const median = (times: readonly number[]) =>
  times.toSorted((a, b) => a - b)[Math.floor(times.length / 2)] ?? Number.NaN;

/** @param rounds how often each operation is asked of each tenant, in turn */
export async function tenantScale(rounds = 7): Promise<Scale> {
  const small = await startTenant(seedOf(10 + rounds, 10));
  const begin = performance.now();
  const large = await startTenant(seedOf(10_000, 1000));
  const startMs = performance.now() - begin;
  try {
    const clients = [await client(small), await client(large)];
    const rows: { operation: string; small: number; large: number }[] = [];
    const unmeasured: string[] = [];
    /** @param prepare what is not measured, and returns what is */
    const measure = async (
      operation: string,
      prepare: (n: number, index: number) => Promise<() => Promise<unknown>>,
    ) => {
      const times: [number[], number[]] = [[], []];
      for (let n = 0; n < rounds; n++)
        for (const index of clients.keys()) {
          const act = await prepare(n, index);
          const start = performance.now();
          await act();
          times[index]?.push(performance.now() - start);
        }
      rows.push({ operation, small: median(times[0]), large: median(times[1]) });
    };
    const request = (operation: string, pathOf: (ids: Ids) => string) => async (n: number, index: number) => {
      const { send, ids } = clients[index] as Awaited<ReturnType<typeof client>>;
      const [method = ""] = operation.split(" ");
      const { path, made = "" } = (await preparations[operation]?.(send, ids, n)) ?? { path: pathOf(ids) };
      const body = bodies[operation]?.(n, { ...ids, made });
      return () => send(method, path, body);
    };
    for (const operation of large.operations.filter((one) => one.includes(" /api/v2/"))) {
      const [method, route = ""] = operation.split(" ");
      const filled = (ids: Record<string, string>) => {
        const kind = /^\/api\/v2\/([\w-]+)/.exec(route)?.[1] ?? "";
        return route
          .replace(":trigger", "post-login")
          .replace(":name", "acme")
          .replace(":id", ids[kind] ?? "");
      };
      const isPrepared = preparations[operation] !== undefined;
      const isKnown = method === "GET" || bodies[operation] !== undefined || isPrepared;
      if (!isKnown || (!isPrepared && /:/.test(filled({})))) unmeasured.push(operation);
      else
        await measure(operation, request(operation, filled)).catch((error: unknown) => {
          unmeasured.push(`${operation}: ${(error as Error).message}`);
        });
    }
    for (const search of searches) {
      const path = `/api/v2/users?${search}`;
      await measure(
        `GET ${path}`,
        request(`GET ${path}`, () => path),
      );
    }
    const tenants = [small, large];
    await measure(
      "a login",
      async (n, index) => () => (tenants[index] ?? large).logIn({ connection: "users", loginHint: "1@example.com" }),
    );
    return { startMs, rows, unmeasured };
  } finally {
    await small.close();
    await large.close();
  }
}
