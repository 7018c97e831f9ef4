// Users by the Management API, with ids, addresses and metadata as people and providers write them.
import { afterEach, describe, expect, it } from "vitest";
import { ReadOnlyPictureError } from "../../../cli/tenant/users-api.ts";
import { runApi, through } from "./running-api.ts";

const strange = [
  "a|b",
  'say "hi"',
  "back\\slash",
  '\\"',
  "a b",
  "ünï😀",
  "x/../../y",
  "?q=1&r",
  "*",
  "a:b OR c",
  "%2e%2e",
];
const running = runApi({
  connections: [
    { name: "db", strategy: "auth0" },
    { name: "other-db", strategy: "auth0" },
    { name: "google", strategy: "google-oauth2" },
  ],
  users: [
    { connection: "db", email: "ada@example.org", user_id: "ada", user_metadata: { color: "blue" } },
    { connection: "other-db", email: "ada@example.org", user_id: "ada2" },
    ...strange.map((user_id, index) => ({ connection: "db", email: `strange${index}@example.org`, user_id })),
    ...Array.from({ length: 120 }, (_, index) => ({
      ...{ connection: "db", email: `user${index}@example.org`, user_id: `user${index}` },
    })),
  ],
  profiles: [{ connection: "google", sub: "123", email: "Grace@Example.org" }],
});
const ada = "auth0|ada";

afterEach(() => {
  running.tenant.faults.clear();
  running.tenant.faults.resetCalls();
});

describe("getUser", () => {
  it.each(strange)("finds the user whose id ends with %j", async (sub) => {
    expect(await running.api.users.getUser(`auth0|${sub}`)).toMatchObject({ user_id: `auth0|${sub}` });
  });

  it.each([
    "auth0|nobody",
    "",
    ".",
    "..",
    "\ud800",
    "auth0|\udfff",
    "ada@example.org",
    " ",
    "../connections",
    "AUTH0|ADA",
  ])("finds nobody for %j", async (id) => {
    expect(await running.api.users.getUser(id)).toBeUndefined();
  });

  it("takes nothing else for the user", async () => {
    const fetch = through(running.tenant.fetch, (send, url, init) =>
      url.pathname.startsWith("/api/v2/users/")
        ? send(url.origin + "/api/v2/users/auth0%7Cada2", init)
        : send(url, init),
    );
    await expect(running.open({ fetch }).users.getUser(ada)).rejects.toThrow("another user");
  });
});

describe("findByEmail", () => {
  it("returns both users of one address, however it is written", async () => {
    for (const email of ["ada@example.org", "ADA@Example.Org"]) {
      const ids = (await running.api.users.findByEmail(email)).map(({ user_id }) => user_id);
      expect(ids.sort()).toEqual([ada, "auth0|ada2"]);
    }
  });

  it("finds an address that a provider does not write in lower case", async () => {
    await running.tenant.logIn({ connection: "google", loginHint: "123" });
    expect(await running.api.users.findByEmail("Grace@Example.org")).toMatchObject([{ user_id: "google-oauth2|123" }]);
  });

  it.each(["nobody@example.org", "no address", "\ud800@example.org"])("finds nobody for %j", async (email) => {
    expect(await running.api.users.findByEmail(email)).toEqual([]);
  });
});

describe("findUsers", () => {
  it("finds users by ids that a query has to quote", async () => {
    const ids = strange.map((sub) => `auth0|${sub}`);
    const found = await running.api.users.findUsers(ids);
    expect([...found.keys()].sort()).toEqual(ids.sort());
    expect(running.tenant.faults.calls.filter(({ path }) => path === "/api/v2/users")).toHaveLength(1);
  });

  it("asks for 50 at a time, and for each once", async () => {
    const ids = Array.from({ length: 120 }, (_, index) => `auth0|user${index}`);
    const found = await running.api.users.findUsers([...ids, ...ids, "auth0|nobody", "", "\ud800"]);
    expect([...found.keys()].sort()).toEqual(ids.sort());
    expect(running.tenant.faults.calls.filter(({ path }) => path === "/api/v2/users")).toHaveLength(3);
  });

  it("keeps a search's URL short, however long the ids are", async () => {
    const ids = Array.from({ length: 50 }, (_, index) => `samlp|directory|${"é".repeat(100)}${index}`);
    await running.api.users.findUsers([ada, ...ids]);
    expect(Math.max(...running.tenant.faults.calls.map(({ query }) => query.length))).toBeLessThan(6000);
  });

  it("does not find who is not in the search yet", async () => {
    running.tenant.faults.holdUserSearch(true);
    const body = { connection: "db", email: "new@example.org", user_id: "new", password: "Password1!" };
    await running.api.management.users.create(body);
    expect((await running.api.users.findUsers(["auth0|new", ada])).size).toBe(1);
    expect(await running.api.users.getUser("auth0|new")).toBeDefined();
  });
});

describe("updateUser", () => {
  it("writes and takes away one attribute, and returns the user", async () => {
    const { users } = running.api;
    const picture = "https://pictures.example.org/u/1.webp";
    const user_metadata = { color: "blue", picture };
    expect(await users.updateUser(ada, { user_metadata: { picture } })).toMatchObject({ user_id: ada, user_metadata });
    expect(await users.updateUser(ada, { picture })).toMatchObject({ picture, user_metadata });
    expect(await users.updateUser(ada, { user_metadata: { picture: null } })).toMatchObject({
      user_metadata: { color: "blue" },
    });
    expect((await users.updateUser(ada, { picture: null }))?.picture).toBeUndefined();
  });

  it.each(["auth0|nobody", "", "..", "\ud800"])("changes nobody for %j", async (id) => {
    expect(await running.api.users.updateUser(id, { picture: null })).toBeUndefined();
  });

  it("names the connection that writes the root picture", async () => {
    await running.tenant.logIn({ connection: "google", loginHint: "123" });
    const { users } = running.api;
    const failure = await users.updateUser("google-oauth2|123", { picture: null }).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(ReadOnlyPictureError);
    expect(failure).toMatchObject({ connection: "google" });
    const changed = await users.updateUser("google-oauth2|123", { user_metadata: { picture: "https://a.example/" } });
    expect(changed).toMatchObject({ user_metadata: { picture: "https://a.example/" } });
  });

  it("says in one line what Auth0 refuses", async () => {
    const failure = await running.api.users.updateUser(ada, { picture: "" }).catch((error: unknown) => error);
    expect(failure).toMatchObject({ name: "TenantCallError", status: 400, code: "invalid_body" });
    expect((failure as Error).message).toMatch(/^Auth0 answered 400: [^\n]+\.$/);
  });
});
