// The tenant's login: the sync of profiles, the bound and deployed Actions in their process, the claims in the ID
// token.
import { beforeAll, beforeEach, describe, expect, test } from "vitest";
import { runActions } from "../../../sandbox/tenant/action-process.ts";
import { bindActions, buildAndDeploy, deployAction, runTenant } from "./running-tenant.ts";

const running = runTenant({
  connections: [
    { name: "users", strategy: "auth0" },
    { name: "google-oauth2", strategy: "google-oauth2" },
  ],
});

let userId = "";

beforeAll(async () => {
  const user = { connection: "users", email: "jo@example.com", password: "x", app_metadata: { plan: "free" } };
  userId = (await running.management.users.create(user)).user_id ?? "";
});

beforeEach(() => bindActions(running, []));

/** Binds new Actions with these handler bodies, in this order. */
let count = 0;
const bindHandlers = async (...bodies: string[]) => {
  const ids = [];
  for (const body of bodies) {
    const code = `exports.onExecutePostLogin = async (event, api) => { ${body} };`;
    ids.push(await deployAction(running, `handler ${(count += 1)}`, code));
  }
  await bindActions(running, ids);
  return ids;
};

const logInJo = (scope?: string) => running.logIn("users", "jo@example.com", scope);

describe("profile sync", () => {
  const connection = async () =>
    (await running.management.connections.list({ name: "google-oauth2" })).data[0]?.id ?? "";
  const setMode = async (set_user_root_attributes: "on_each_login" | "on_first_login" | "never_on_login") =>
    running.management.connections.update(await connection(), { options: { set_user_root_attributes } });
  const setProfile = (sub: string, picture?: string, name = "Jo Doe") => {
    const profile = {
      sub,
      email: `${sub}@example.com`,
      name,
      given_name: "Jo",
      ...(picture !== undefined && { picture }),
    };
    running.tenant.identityProvider.setProfile("google-oauth2", profile);
  };
  const logInGoogle = (hint: string) => running.logIn("google-oauth2", hint);

  beforeEach(async () => {
    await running.management.connections.update(await connection(), { options: {} });
  });

  test("by default each login rewrites the root attributes", async () => {
    setProfile("each", "https://idp.example/1");
    expect(await logInGoogle("each")).toMatchObject({
      sub: "google-oauth2|each",
      picture: "https://idp.example/1",
      name: "Jo Doe",
      given_name: "Jo",
      nickname: "each",
      email: "each@example.com",
      email_verified: true,
    });
    setProfile("each", "https://idp.example/2", "Jo Roe");
    expect(await logInGoogle("each@example.com")).toMatchObject({ picture: "https://idp.example/2", name: "Jo Roe" });
    setProfile("each");
    expect((await logInGoogle("each"))["picture"]).toMatch(/^https:\/\/s\.gravatar\.com\/.*avatars%2Fjd\.png$/);
    expect((await running.management.users.listUsersByEmail({ email: "each@example.com" })).length).toBe(1);
  });

  test("on_first_login sets them once, and an edit stays", async () => {
    await setMode("on_first_login");
    setProfile("first", "https://idp.example/1");
    expect((await logInGoogle("first"))["picture"]).toBe("https://idp.example/1");
    setProfile("first", "https://idp.example/2");
    expect((await logInGoogle("first"))["picture"]).toBe("https://idp.example/1");
    await running.management.users.update("google-oauth2|first", { picture: "https://p.example/edited" });
    expect((await logInGoogle("first"))["picture"]).toBe("https://p.example/edited");
    await setMode("on_each_login");
    expect((await logInGoogle("first"))["picture"]).toBe("https://idp.example/2");
  });

  test("never_on_login creates no users, and does not change known ones", async () => {
    setProfile("known", "https://idp.example/1");
    await logInGoogle("known");
    await setMode("never_on_login");
    setProfile("known", "https://idp.example/2");
    expect((await logInGoogle("known"))["picture"]).toBe("https://idp.example/1");
    setProfile("new");
    await expect(logInGoogle("new")).rejects.toMatchObject({ error: "access_denied" });
    await expect(running.management.users.get("google-oauth2|new")).rejects.toMatchObject({ statusCode: 404 });
  });

  test("unknown people and connections do not log in", async () => {
    await expect(logInGoogle("stranger")).rejects.toMatchObject({ error: "access_denied" });
    await expect(running.logIn("users", "stranger@example.com")).rejects.toMatchObject({ error: "access_denied" });
    await expect(running.logIn("none", "x")).rejects.toMatchObject({ error: "invalid_request" });
  });
});

describe("claims", () => {
  test("standard claims need their scope, also when an Action sets them; others do not", async () => {
    await bindHandlers(`
      api.idToken.setCustomClaim("picture", "https://p.example/set");
      api.idToken.setCustomClaim("phone_number", "1");
      api.idToken.setCustomClaim("https://p.example/picture", "mirror");
    `);
    const all = await logInJo("openid profile email phone");
    expect(all).toMatchObject({ picture: "https://p.example/set", email: "jo@example.com", phone_number: "1" });
    const bare = await logInJo("openid");
    for (const name of ["picture", "name", "nickname", "updated_at", "email", "email_verified", "phone_number"]) {
      expect(bare).not.toHaveProperty(name);
    }
    expect(bare).toMatchObject({ sub: userId, "https://p.example/picture": "mirror" });
    expect(await logInJo("openid email")).not.toHaveProperty("picture");
  });

  test("restricted claims are ignored", async () => {
    await bindHandlers(`
      const restricted = ["sub", "iss", "aud", "nonce", "exp", "roles", "sip_x"];
      for (const name of restricted) api.idToken.setCustomClaim(name, "evil");
    `);
    expect(Object.values(await logInJo())).not.toContain("evil");
  });
});

describe("the flow", () => {
  const claim = (name: string, expression: string) =>
    `api.idToken.setCustomClaim("https://t.example/${name}", ${expression});`;
  const seen = (claims: Record<string, unknown>, name: string) => claims[`https://t.example/${name}`];

  test("runs bound Actions in order; the last claim wins; unbound ones do not run", async () => {
    await deployAction(running, "unbound", `exports.onExecutePostLogin = async () => { throw new Error("unbound"); };`);
    const [first = "", second = ""] = await bindHandlers(claim("order", "1"), claim("order", "2"));
    expect(seen(await logInJo(), "order")).toBe(2);
    await bindActions(running, [second, first]);
    expect(seen(await logInJo(), "order")).toBe(1);
    await bindActions(running, []);
    expect(seen(await logInJo(), "order")).toBeUndefined();
  });

  test("runs what is deployed, not the draft", async () => {
    const [id = ""] = await bindHandlers(claim("version", `"old"`));
    await running.management.actions.update(id, {
      code: `exports.onExecutePostLogin = async (event, api) => { ${claim("version", `"new"`)} };`,
    });
    expect(seen(await logInJo(), "version")).toBe("old");
    await buildAndDeploy(running.management, id);
    expect(seen(await logInJo(), "version")).toBe("new");
  });

  test("gives each Action Auth0's event and its own secrets", async () => {
    const supported_triggers = [{ id: "post-login" as const, version: "v3" }];
    const body = `${claim("event", "event")} event.user.email = "x";`;
    const code = `exports.onExecutePostLogin = async (event, api) => { ${body} };`;
    const draft = { name: "event", code, supported_triggers, secrets: [{ name: "KEY", value: "v" }] };
    const { id = "" } = await running.management.actions.create(draft);
    await buildAndDeploy(running.management, id);
    const [other = ""] = await bindHandlers(claim("secrets", "event.secrets") + claim("email", "event.user.email"));
    await bindActions(running, [id, other]);
    const before = (await running.management.users.get(userId)).logins_count ?? 0;
    const claims = await logInJo();
    expect(seen(claims, "event")).toMatchObject({
      user: {
        user_id: userId,
        email: "jo@example.com",
        plan: "free",
        app_metadata: { plan: "free" },
        identities: [{ connection: "users", provider: "auth0", isSocial: false }],
      },
      connection: { name: "users", strategy: "auth0" },
      client: { client_id: running.tenant.application.clientId },
      request: { hostname: running.tenant.domain, method: "GET" },
      transaction: { protocol: "oidc-basic-profile", requested_scopes: ["openid", "profile", "email"] },
      secrets: { KEY: "v" },
      stats: { logins_count: before + 1 },
    });
    expect(seen(claims, "event")).not.toHaveProperty("organization");
    expect(seen(claims, "event")).not.toHaveProperty("user.user_metadata");
    expect([seen(claims, "secrets"), seen(claims, "email")]).toEqual([{}, "jo@example.com"]);
  });

  test("app_metadata shadows root attributes in the event only", async () => {
    await running.management.users.update(userId, { app_metadata: { picture: "https://shadow.example/" } });
    await bindHandlers(claim("picture", "event.user.picture"));
    const claims = await logInJo();
    expect(seen(claims, "picture")).toBe("https://shadow.example/");
    expect(claims["picture"]).toMatch(/gravatar/);
    await running.management.users.update(userId, { app_metadata: { picture: null } });
  });

  test("an Action that throws fails the login", async () => {
    await bindHandlers(claim("a", "missing.property"));
    await expect(logInJo()).rejects.toMatchObject({
      error: "access_denied",
      errorDescription: "missing is not defined",
    });
    await bindActions(running, [await deployAction(running, "no handler", "exports.other = 1;")]);
    await expect(logInJo()).rejects.toMatchObject({ errorDescription: "onExecutePostLogin is not a function" });
    await bindActions(running, [await deployAction(running, "ends", "process.exit(0);")]);
    await expect(logInJo()).rejects.toMatchObject({
      errorDescription: "The process of the Actions ended before they did",
    });
  });

  test("a denial stops later Actions and fails the login, but keeps metadata", async () => {
    await bindHandlers(
      `api.user.setUserMetadata("seen", true); api.access.deny("not today");`,
      `api.user.setUserMetadata("later", true); throw new Error("ran");`,
    );
    await expect(logInJo()).rejects.toMatchObject({ error: "access_denied", errorDescription: "not today" });
    expect((await running.management.users.get(userId)).user_metadata).toEqual({ seen: true });
  });

  test("metadata, the cache and the transaction's metadata carry what Actions set", async () => {
    await bindHandlers(
      `api.user.setUserMetadata("color", "red"); api.user.setUserMetadata("seen", null);
       api.user.setAppMetadata("n", 1); api.transaction.setMetadata("step", 1);
       api.accessToken.setCustomClaim("a", 1).samlResponse.setAttribute("b", "c");
       ${claim("cached", `api.cache.get("k")?.value`)} api.cache.set("k", "v");`,
      claim("step", "event.transaction.metadata.step"),
    );
    const first = await logInJo();
    expect([seen(first, "cached"), seen(first, "step")]).toEqual([undefined, 1]);
    expect(await running.management.users.get(userId)).toMatchObject({
      user_metadata: { color: "red" },
      app_metadata: { plan: "free", n: 1 },
    });
    expect((await running.management.users.get(userId)).user_metadata).not.toHaveProperty("seen");
    expect(seen(await logInJo(), "cached")).toBe("v");
  });

  test("runs in a process without environment, files or modules of ours", async () => {
    await bindHandlers(`
      const attempt = (run) => { try { run(); return "done"; } catch (error) { return error.code ?? error.message; } };
      ${claim("environment", "Object.keys(process.env)")} ${claim("pid", "process.ppid")}
      ${claim("read", `attempt(() => require("node:fs").readFileSync("/etc/hosts"))`)}
      ${claim("write", `attempt(() => require("node:fs").writeFileSync("/tmp/x", ""))`)}
      ${claim("module", `attempt(() => require("auth0"))`)}
    `);
    const claims = await logInJo();
    expect(seen(claims, "environment")).toEqual([]);
    expect(seen(claims, "pid")).toBe(process.pid);
    expect([seen(claims, "read"), seen(claims, "write")]).toEqual(["ERR_ACCESS_DENIED", "ERR_ACCESS_DENIED"]);
    expect(seen(claims, "module")).toBe("Cannot find module 'auth0'");
  });

  test("is killed at the time limit, whether it waits or spins", async () => {
    for (const body of ["await new Promise((resolve) => setTimeout(resolve, 1e6));", "for (;;);"]) {
      const code = `exports.onExecutePostLogin = async () => { ${body} };`;
      const outcome = await runActions({ actions: [{ name: "slow", code, secrets: {} }], event: {}, cache: {} }, 500);
      expect(outcome.failed).toBe("The Actions ran longer than 0.5 s");
    }
  });
});
