// A tenant that is started by itself: its seed becomes its content, a wrong one is refused, and it leaves nothing.
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { ManagementClient } from "auth0";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { startTenant } from "../../../sandbox/tenant/tenant.ts";
import type { Tenant, TenantOptions } from "../../../sandbox/tenant/tenant.ts";
import { TenantSeedError } from "../../../sandbox/tenant/tenant-seed.ts";
import { withSigningKey } from "./signing-key.ts";

let root: string;
beforeAll(() => void (root = mkdtempSync(join(tmpdir(), "seeds-"))));
afterAll(() => rmSync(root, { recursive: true }));

const started: { close(): Promise<void> }[] = [];
async function start(options: TenantOptions): Promise<Tenant> {
  const folder = options.folder ?? (await withSigningKey(mkdtempSync(join(root, "tenant-"))));
  const tenant = await startTenant({ ...options, folder });
  started.push(tenant);
  return tenant;
}
afterEach(async () => {
  for (const tenant of started.splice(0)) await tenant.close();
});

const managementOf = ({ domain, managementClient, fetch }: Tenant) =>
  new ManagementClient({ domain, ...managementClient, fetch });

const google = { name: "google-oauth2", strategy: "google-oauth2" };
const users = { name: "users", strategy: "auth0" };
const ada = { connection: "users", email: "ada@example.com" };

describe("a seed becomes the tenant's content", () => {
  it("users, with their root attributes and metadata", async () => {
    const given = { user_id: "ada", email_verified: true, name: "Ada", picture: "https://example.com/ada.png" };
    const metadata = { user_metadata: { theme: "dark" }, app_metadata: { plan: { name: "pro" } } };
    const tenant = await start({
      connections: [users],
      users: [
        { ...ada, ...given, ...metadata },
        { ...ada, email: "b@b.b" },
      ],
    });

    const user = await managementOf(tenant).users.get("auth0|ada");
    expect(user).toMatchObject({ ...given, ...metadata, user_id: "auth0|ada", nickname: "ada", logins_count: 0 });
    const [other] = await managementOf(tenant).users.listUsersByEmail({ email: "b@b.b" });
    expect(other?.picture).toMatch(/^https:\/\/s\.gravatar\.com\//);
    expect((await tenant.logIn({ connection: "users", loginHint: ada.email })).claims).toMatchObject({ name: "Ada" });
  });

  it("identity providers' profiles, which become users at their first login", async () => {
    const profile = { connection: google.name, sub: "1", email: "g@example.com", picture: "https://example.com/g.png" };
    const tenant = await start({
      connections: [google],
      profiles: [profile, { ...profile, sub: "2", email: "h@h.h" }],
    });

    expect((await managementOf(tenant).users.list()).data).toEqual([]);
    const { claims } = await tenant.logIn({ connection: google.name, loginHint: "1" });
    expect(claims).toMatchObject({ sub: "google-oauth2|1", picture: profile.picture });
    expect((await tenant.logIn({ connection: google.name, loginHint: "h@h.h" })).claims["sub"]).toBe("google-oauth2|2");
  });

  it("Actions, which logins run in their order with their secrets, unless they are not bound", async () => {
    const claim = (name: string) =>
      `exports.onExecutePostLogin = async ({ secrets }, api) => api.idToken.setCustomClaim("who", "${name}" + secrets.S);`;
    const tenant = await start({
      ...{ connections: [users], users: [ada] },
      actions: [
        { name: "first", code: claim("first"), secrets: { S: "1" } },
        { name: "second", code: claim("second"), secrets: { S: "2" } },
        { name: "third", code: claim("third"), bound: false },
      ],
    });

    expect((await tenant.logIn({ connection: "users", loginHint: ada.email })).claims["who"]).toBe("second2");
    const { data } = await managementOf(tenant).actions.triggers.bindings.list("post-login");
    expect(data.map(({ display_name }) => display_name)).toEqual(["first", "second"]);
    expect((await managementOf(tenant).actions.list()).data.map(({ name }) => name)).toContain("third");
  });

  it("organizations with connections and members, applications, and APIs", async () => {
    const application = {
      ...{ name: "Web", client_id: "web", client_secret: "secret", app_type: "regular_web" as const },
      ...{ callbacks: ["https://app.example/callback"], client_metadata: { team: "a" } },
    };
    const tenant = await start({
      ...{ connections: [users], users: [ada], applications: [application], apis: ["https://api.example/"] },
      organizations: [{ name: "acme", display_name: "Acme", connections: ["users"], members: [ada.email] }],
    });
    const management = managementOf(tenant);

    const { id = "" } = await management.organizations.getByName("acme");
    expect((await management.organizations.members.list(id)).data).toMatchObject([{ email: ada.email }]);
    expect((await management.organizations.enabledConnections.list(id)).data).toMatchObject([
      { connection: { name: "users" } },
    ]);
    expect(await management.clients.get("web")).toMatchObject(application);
    const login = await tenant.logIn({ connection: "users", loginHint: ada.email, audience: "https://api.example/" });
    expect(login.accessToken).toMatch(/^ey/);
  });

  it("which is the tenant's own: it may be frozen, and what becomes of the objects later is no matter", async () => {
    const app_metadata = { plan: { limits: { rows: 1 } } };
    const seed = () => ({ connections: [users], users: [{ ...ada, user_id: "ada", app_metadata }] });
    const frozen = { ...app_metadata, plan: Object.freeze({ limits: Object.freeze({ rows: 1 }) }) };
    for (const tenant of [
      await start(seed()),
      await start({ ...seed(), users: [{ ...ada, user_id: "ada", app_metadata: frozen }] }),
    ]) {
      app_metadata.plan.limits.rows = 2;
      await tenant.logIn({ connection: "users", loginHint: ada.email });
      expect((await managementOf(tenant).users.get("auth0|ada")).app_metadata).toEqual({
        plan: { limits: { rows: 1 } },
      });
    }
  });

  it("organizations' members by their addresses in any case, in each of their connections", async () => {
    const other = { ...users, name: "others" };
    const tenant = await start({
      connections: [users, other],
      users: [ada, { ...ada, connection: "others" }],
      organizations: [{ name: "acme", connections: ["users", "others"], members: ["Ada@Example.com"] }],
    });
    const { id = "" } = await managementOf(tenant).organizations.getByName("acme");
    for (const connection of ["users", "others"]) {
      const login = tenant.logIn({ connection, loginHint: ada.email, organization: id });
      expect((await login).claims["org_id"]).toBe(id);
    }
  });

  it("but not in a folder that has a tenant already", async () => {
    const folder = mkdtempSync(join(tmpdir(), "seed-"));
    try {
      await (await start({ folder, connections: [users], users: [ada] })).close();
      const again = await start({ folder, connections: [google] });
      expect((await managementOf(again).connections.list()).data.map(({ name }) => name)).toEqual(["users"]);
      await again.close();
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

const endless: Record<string, unknown> = {};
endless["self"] = endless;

const refusals: Readonly<Record<string, [seed: object, path: string, message: string | RegExp]>> = {
  "a user without an address": [{ users: [{ connection: "users" }] }, "users[0].email", /expected/i],
  "a wrong address": [{ users: [{ ...ada, email: "ada" }] }, "users[0].email", "It must be an e-mail address."],
  "a key that users do not have": [{ users: [{ ...ada, password: "x" }] }, "users[0].password", /never/i],
  "a wrong type": [{ users: [ada, { ...ada, name: 1 }] }, "users[1].name", /string/],
  "an empty name": [{ connections: [{ ...users, name: "" }] }, "connections[0].name", "It must not be empty."],
  "metadata with a dot": [
    { users: [{ ...ada, user_metadata: { "a.b": 1 } }] },
    "users[0].user_metadata",
    "A name must have no dot and no dollar sign.",
  ],
  "metadata that is no JSON": [{ users: [{ ...ada, app_metadata: { at: new Date() } }] }, "users[0].app_metadata", /./],
  "metadata that refer to themselves": [
    { users: [{ ...ada, app_metadata: endless }] },
    "users[0].app_metadata",
    /JSON/,
  ],
  "metadata with what JSON has not": [
    { users: [{ ...ada, app_metadata: { a: 1n } }] },
    "users[0].app_metadata",
    /JSON/,
  ],
  "two APIs of an identifier": [{ apis: ["a", "b", "a"] }, "apis[2]", 'There are two APIs "a".'],
  "two profiles of a subject": [
    {
      connections: [google],
      profiles: [
        { connection: google.name, sub: "1", email: "a@a.a" },
        { connection: google.name, sub: "1", email: "b@b.b" },
      ],
    },
    "profiles[1].sub",
    'There are two profiles of "1" in "google-oauth2".',
  ],
  "a member twice": [
    { connections: [users], users: [ada], organizations: [{ name: "acme", members: [ada.email, "ADA@example.com"] }] },
    "organizations[0].members[1]",
    '"ADA@example.com" is there twice.',
  ],
  "an organization's connection twice": [
    { connections: [users], organizations: [{ name: "acme", connections: ["users", "users"] }] },
    "organizations[0].connections[1]",
    '"users" is there twice.',
  ],
  "a connection that is not there": [{ users: [ada] }, "users[0].connection", 'There is no connection "users".'],
  "a user of an identity provider": [
    { connections: [google], users: [{ ...ada, connection: google.name }] },
    "users[0].connection",
    '"google-oauth2" is no database: its users are given as profiles, and log in.',
  ],
  "a profile of a database": [
    { connections: [users], profiles: [{ ...ada, sub: "1" }] },
    "profiles[0].connection",
    '"users" is a database: its users are given as users.',
  ],
  "two users of an address": [
    { connections: [users], users: [ada, { ...ada, email: "ADA@example.com" }] },
    "users[1].email",
    'There are two users of "ADA@example.com" in "users".',
  ],
  "two users of an id": [
    {
      connections: [users],
      users: [
        { ...ada, user_id: "1" },
        { ...ada, email: "b@b.b", user_id: "1" },
      ],
    },
    "users[1].user_id",
    'There are two users of the id "1".',
  ],
  "two connections of a name": [
    { connections: [users, users] },
    "connections[1]",
    "A connection with the same name already exists",
  ],
  "an organization's unknown member": [
    { organizations: [{ name: "acme", members: ["x@x.x"] }] },
    "organizations[0].members[0]",
    'There is no user "x@x.x".',
  ],
  "an organization's unknown connection": [
    { organizations: [{ name: "acme", connections: ["x"] }] },
    "organizations[0].connections[0]",
    'There is no connection "x".',
  ],
  "two organizations of a name": [
    { organizations: [{ name: "acme" }, { name: "acme" }] },
    "organizations[1].name",
    'There are two of the name "acme".',
  ],
  "an organization's name in upper case": [
    { organizations: [{ name: "Acme" }] },
    "organizations[0].name",
    "It must be in lower case.",
  ],
  "two applications of an id": [
    {
      applications: [
        { name: "a", client_id: "1" },
        { name: "b", client_id: "1" },
      ],
    },
    "applications[1].client_id",
    'There are two of the id "1".',
  ],
  "two Actions of a name": [
    {
      actions: [
        { name: "a", code: "" },
        { name: "a", code: "" },
      ],
    },
    "actions[1].name",
    'There are two of the name "a".',
  ],
  "an Action that is too large": [
    { actions: [{ name: "a", code: "é".repeat(50_001) }] },
    "actions[0].code",
    "An Action has at most 100 kB of code.",
  ],
  "an unknown kind of content": [{ seeds: [] }, "seeds", /never/i],
};

describe("a wrong seed is refused by its path, and starts nothing", () => {
  it.each(Object.entries(refusals))("%s", async (_, [seed, path, message]) => {
    const folder = join(mkdtempSync(join(tmpdir(), "seed-")), "tenant");
    const refused: unknown = await start({ ...seed, folder }).catch((error: unknown) => error);

    expect(refused).toBeInstanceOf(TenantSeedError);
    const { refusals: found, message: text } = refused as TenantSeedError;
    expect(found).toEqual([
      { path, message: typeof message === "string" ? message : (expect.stringMatching(message) as string) },
    ]);
    expect(text).toBe(`The tenant's seed is wrong:\n  - ${path}: ${found[0]?.message}`);
    expect(existsSync(join(folder, "tenant.json"))).toBe(false);
    // What is right now may start there.
    await start({ folder: await withSigningKey(folder) });
    rmSync(dirname(folder), { recursive: true });
  });
});

describe("the folder", () => {
  it("is a temporary one by default, and is gone at the end", async () => {
    const tenant = await startTenant();
    const folder = dirname(tenant.certificate.caFile);
    expect(readFileSync(tenant.certificate.caFile, "utf8")).toBe(tenant.certificate.ca);
    expect(existsSync(join(folder, "tenant.json"))).toBe(true);
    await tenant[Symbol.asyncDispose]();

    expect(existsSync(folder)).toBe(false);
  });

  it("is for one tenant at a time", async () => {
    const folder = mkdtempSync(join(tmpdir(), "seed-"));
    const first = await start({ folder });
    await expect(startTenant({ folder })).rejects.toThrow(`${folder} is in use by another sandbox`);
    await first.close();
    await (await start({ folder })).close();
    rmSync(folder, { recursive: true });
  });

  it("is left to others where the tenant cannot start", async () => {
    const server = createServer().listen(0, "127.0.0.1");
    await new Promise((listening) => server.once("listening", listening));
    const folder = mkdtempSync(join(tmpdir(), "seed-"));
    const { port } = server.address() as AddressInfo;
    await expect(startTenant({ folder, port })).rejects.toMatchObject({ code: "EADDRINUSE" });
    expect(existsSync(join(folder, "lock"))).toBe(false);
    server.close();
    await start({ folder, port: 0 });
    rmSync(folder, { recursive: true });
  });
});

it("its fetch takes what Node's takes, and trusts the tenant alone", async () => {
  const { fetch, issuer } = await start({ connections: [users] });
  const url = `${issuer}.well-known/openid-configuration`;
  for (const input of [url, new URL(url), new Request(url)]) expect((await fetch(input)).status).toBe(200);
  const body = new URLSearchParams({ grant_type: "none" });
  const sent = new Request(`${issuer}oauth/token`, { method: "POST", body });
  expect(await (await fetch(sent)).json()).toMatchObject({ error: "unsupported_grant_type" });
  const other = await start({});
  await expect(fetch(other.issuer)).rejects.toThrow();
});
