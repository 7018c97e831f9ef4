// What the size of a tenant costs: its start, and each operation of the Management API, with ten users and connections
// and with ten thousand and a thousand, side by side.
import { startTenant } from "../../sandbox/tenant/tenant.ts";
import type { Tenant, TenantOptions } from "../../sandbox/tenant/tenant.ts";

export interface Scale {
  /** Until the tenant listens. */
  readonly startMs: number;
  readonly rows: readonly { readonly operation: string; readonly small: number; readonly large: number }[];
  /** Operations that this table has no request for. */
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

/** What an operation that writes is sent; `n` makes what has to be another one each time. */
const bodies: Readonly<Record<string, (n: number) => object>> = {
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
};

/** Each of them removes the user of this number, so that there is always one. */
const deletions: Readonly<Record<string, (n: number) => string>> = {
  "DELETE /api/v2/users/:id": (n) => `/api/v2/users/auth0%7C${n + 2}`,
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
    const measure = async (operation: string, path: (n: number, ids: Record<string, string>) => string) => {
      const [method = ""] = operation.split(" ");
      const times: [number[], number[]] = [[], []];
      for (let n = 0; n < rounds; n++)
        for (const [index, { send, ids }] of clients.entries()) {
          const start = performance.now();
          await send(method, path(n, ids), bodies[operation]?.(n));
          times[index]?.push(performance.now() - start);
        }
      rows.push({ operation, small: median(times[0]), large: median(times[1]) });
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
      const deletion = deletions[operation];
      const isKnown = method === "GET" || bodies[operation] !== undefined || deletion !== undefined;
      try {
        if (!isKnown || /:/.test(filled({}))) unmeasured.push(operation);
        else await measure(operation, (n, ids) => deletion?.(n) ?? filled(ids));
      } catch {
        unmeasured.push(operation);
      }
    }
    for (const search of searches) await measure(`GET /api/v2/users?${search}`, () => `/api/v2/users?${search}`);
    return { startMs, rows, unmeasured };
  } finally {
    await small.close();
    await large.close();
  }
}
