// What is kept of a user's last login: which Actions ran, what each did, and the claims.
import { beforeAll, beforeEach, expect, test } from "vitest";
import { runActions } from "../../../sandbox/tenant/action-process.ts";
import { bindActions, deployAction, runTenant } from "./running-tenant.ts";

const running = runTenant({ connections: [{ name: "users", strategy: "auth0" }] });
let ada = "";

beforeAll(async () => {
  const user = { connection: "users", email: "ada@example.com", password: "x", user_metadata: { color: "red" } };
  ada = (await running.management.users.create(user)).user_id ?? "";
});
beforeEach(() => bindActions(running, []));

const handler = (body: string) => `exports.onExecutePostLogin = async (event, api) => { ${body} };`;
const bind = async (...bodies: [name: string, body: string][]) => {
  const ids = [];
  for (const [name, body] of bodies) ids.push(await deployAction(running, name, handler(body)));
  await bindActions(running, ids);
};
const logIn = () => running.logIn("users", "ada@example.com");
const last = () => running.tenant.lastLogins.get(ada);

test("nothing is kept before a user's first login", () => {
  expect(last()).toBeUndefined();
});

test("the Actions that ran, in order, with the calls that may change something, and the claims", async () => {
  await bind(
    [
      "claims",
      `api.idToken.setCustomClaim("picture", "https://p.example/").accessToken.setCustomClaim("https://a", [1]);`,
    ],
    ["others", `api.user.setAppMetadata("n", 1); api.cache.set("k", "v"); api.cache.get("k"); api.cache.delete("k");`],
    [
      "odd",
      `api.idToken.setCustomClaim("https://odd", undefined); try { api.idToken.setCustomClaim("x", 1n); } catch {}`,
    ],
  );
  const claims = await logIn();
  const milliseconds = expect.any(Number) as number;
  expect(last()).toEqual({
    userId: ada,
    at: expect.stringMatching(/^\d{4}-/) as unknown,
    protocol: "oidc-basic-profile",
    clientId: running.tenant.application.clientId,
    connection: "users",
    scopes: ["openid", "profile", "email"],
    user: expect.objectContaining({ user_id: ada, user_metadata: { color: "red" } }) as unknown,
    actions: [
      {
        ...{ name: "claims", milliseconds, ended: "returned" },
        calls: [
          { method: "idToken.setCustomClaim", arguments: ["picture", "https://p.example/"] },
          { method: "accessToken.setCustomClaim", arguments: ["https://a", [1]] },
        ],
      },
      {
        ...{ name: "others", milliseconds, ended: "returned" },
        calls: [
          { method: "user.setAppMetadata", arguments: ["n", 1] },
          { method: "cache.set", arguments: ["k", "v"] },
          { method: "cache.delete", arguments: ["k"] },
        ],
      },
      {
        ...{ name: "odd", milliseconds, ended: "returned" },
        calls: [
          { method: "idToken.setCustomClaim", arguments: ["https://odd", "undefined"] },
          { method: "idToken.setCustomClaim", arguments: ["x", "1"] },
        ],
      },
    ],
    claims: {
      idToken: expect.objectContaining({ picture: "https://p.example/", email: "ada@example.com" }) as unknown,
      accessToken: { "https://a": [1] },
    },
    samlAttributes: {},
  });
  expect(claims).toMatchObject(last()?.claims?.idToken ?? { missing: true });
});

test("a denial and an error, with what the application is told; who comes later did not run", async () => {
  await bind(["first", ""], ["denies", `api.access.deny("not today");`], ["after", ""]);
  await expect(logIn()).rejects.toThrow(/not today/);
  expect(last()).toMatchObject({ error: "not today" });
  expect(last()).not.toHaveProperty("claims");
  expect(last()?.actions.map(({ name, ended, message }) => [name, ended, message])).toEqual([
    ["first", "returned", undefined],
    ["denies", "denied", "not today"],
  ]);
  await bind(["throws", `throw new Error("broken");`], ["after an error", ""]);
  await expect(logIn()).rejects.toThrow(/broken/);
  expect(last()?.actions).toMatchObject([{ name: "throws", ended: "threw", message: "broken" }]);
});

test("an Action whose process ends, and one that runs into the time limit, did not finish", async () => {
  await bind(["before", ""], ["exits", "process.exit(0);"], ["after an end", ""]);
  await expect(logIn()).rejects.toThrow(/ended before they did/);
  expect(last()?.actions.map(({ name, ended }) => [name, ended])).toEqual([
    ["before", "returned"],
    ["exits", "unfinished"],
  ]);
  const flow = {
    actions: [{ name: "spins", code: handler("for (;;);"), secrets: {} }],
    ...{ event: {}, cache: {} },
  };
  const { runs } = await runActions(flow, 500);
  expect(runs).toMatchObject([{ name: "spins", ended: "unfinished", message: "The Actions ran longer than 0.5 s" }]);
});

test("no private key", async () => {
  await bind(["signs", `api.samlResponse.setKey("-----BEGIN PRIVATE KEY-----"); api.samlResponse.setCert("cert");`]);
  await logIn();
  expect(last()?.actions[0]?.calls).toEqual([
    { method: "samlResponse.setKey", arguments: ["[not kept]"] },
    { method: "samlResponse.setCert", arguments: ["cert"] },
  ]);
  expect(JSON.stringify(last())).not.toContain("PRIVATE");
});

test("at most a hundred calls of an Action", async () => {
  await bind(["loops", `for (let n = 0; n < 1000; n++) api.idToken.setCustomClaim("https://n", n);`]);
  expect((await logIn())["https://n"]).toBe(999);
  expect(last()?.actions[0]?.calls).toHaveLength(100);
});

test("a restart forgets them", async () => {
  await logIn();
  await running.restart();
  expect(last()).toBeUndefined();
});
