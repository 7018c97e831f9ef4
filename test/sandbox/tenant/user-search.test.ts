// The search of users by `q`, and accounts that are linked to another, through the official SDK.
import { beforeAll, describe, expect, it } from "vitest";
import { runTenant } from "./running-tenant.ts";

const running = runTenant({
  connections: [
    { name: "users", strategy: "auth0" },
    { name: "google-oauth2", strategy: "google-oauth2" },
  ],
});
const picture = "https://idp.example/ada.png";
const google = { sub: "7", email: "ada@gmail.example", name: "Ada G.", picture };
let ada = "";

beforeAll(async () => {
  const { users } = running.management;
  const create = (email: string, more: object) =>
    users.create({ connection: "users", password: "x", email, user_id: email.split("@")[0] ?? "", ...more });
  ada =
    (await create("ada@example.com", { name: "Ada Lovelace", user_metadata: { plan: "Gold", age: 36 } })).user_id ?? "";
  await create("grace@example.com", { name: "Grace Hopper", user_metadata: { plan: "silver", age: 85 } });
  await create("alan@other.example", { name: "Alan", email_verified: true, app_metadata: { tags: ["x", "y"] } });
  running.tenant.identityProvider.setProfile("google-oauth2", google);
  await running.logIn("google-oauth2", "7");
});

describe("users are searched", () => {
  const found = async (q: string, more: object = {}) =>
    (await running.management.users.list({ q, search_engine: "v3", ...more })).data.map(
      ({ user_id }) => user_id?.split("|")[1],
    );

  it.each([
    [`email:"ada@example.com"`, ["ada"]],
    [`email:"ADA@example.com"`, ["ada"]],
    ["email:a*", ["ada", "alan", "7"]],
    [`name:"ada lovelace"`, ["ada"]],
    ["name:ada", []],
    ["user_metadata.plan:Gold", ["ada"]],
    ["user_metadata.plan:gold", []],
    ["email_verified:true", ["alan", "7"]],
    ["identities.connection:google-oauth2", ["7"]],
    [`user_id:"auth0|grace"`, ["grace"]],
    ["app_metadata.tags:y", ["alan"]],
    ["_exists_:user_metadata.plan", ["ada", "grace"]],
    ["NOT _exists_:user_metadata", ["alan", "7"]],
    ["-email_verified:true", ["ada", "grace"]],
    ["email:a* AND email_verified:true", ["alan", "7"]],
    ["email:a* AND NOT (name:Alan OR identities.connection:google-oauth2)", ["ada"]],
    ["name:Alan user_metadata.plan:silver", ["grace", "alan"]],
    ["user_metadata.age:[36 TO 85]", ["ada", "grace"]],
    ["user_metadata.age:{36 TO *]", ["grace"]],
    ["user_metadata.age:[9 TO 40}", ["ada"]],
    ["", ["ada", "grace", "alan", "7"]],
  ])("%s", async (q, ids) => {
    expect(await found(q)).toEqual(ids);
  });

  it("in the order of a field, by pages", async () => {
    expect(await found("email:*", { sort: "email:-1", per_page: 2 })).toEqual(["grace", "alan"]);
    expect(await found("email:*", { sort: "email:1", per_page: 3, page: 1 })).toEqual(["grace"]);
  });

  it.each(["ada", "email:", "(email:a*", "email:a*)", "AND", "email:*a*", "age:[1 2]", `email:"a`])(
    "not by %s, which is 400",
    async (q) => {
      await expect(found(q)).rejects.toMatchObject({ statusCode: 400, body: { errorCode: "invalid_query_string" } });
    },
  );
});

describe("a linked account", () => {
  const identities = async () => (await running.management.users.get(ada)).identities;

  it("joins the identities of the other, with its profile, and logs in as the other", async () => {
    const { users } = running.management;
    const linked = await users.identities.link(ada, { provider: "google-oauth2", user_id: "7" });
    expect(linked).toEqual([
      { connection: "users", provider: "auth0", user_id: "ada", isSocial: false },
      {
        ...{ connection: "google-oauth2", provider: "google-oauth2", user_id: "7", isSocial: true },
        profileData: { ...google, sub: undefined, email_verified: true, nickname: "ada" },
      },
    ]);
    await expect(users.get("google-oauth2|7")).rejects.toMatchObject({ statusCode: 404 });

    running.tenant.identityProvider.setProfile("google-oauth2", { ...google, picture: `${picture}?2` });
    expect(await running.logIn("google-oauth2", "7")).toMatchObject({ sub: ada, name: "Ada Lovelace" });
    expect((await identities())?.[1]?.profileData).toMatchObject({ picture: `${picture}?2` });
    expect((await users.get(ada)).picture).toContain("gravatar.com");
  });

  it("is a user of its own again once it is unlinked", async () => {
    const { users } = running.management;
    const left = await users.identities.delete(ada, "google-oauth2", "7");
    expect(left).toEqual(await identities());
    expect(left).toHaveLength(1);
    expect(await users.get("google-oauth2|7")).toMatchObject({ name: "Ada G.", picture: `${picture}?2` });
    expect(await running.logIn("google-oauth2", "7")).toMatchObject({ sub: "google-oauth2|7" });
  });

  it("must be another user's, and there", async () => {
    const { users } = running.management;
    await expect(users.identities.link(ada, { provider: "auth0", user_id: "ada" })).rejects.toMatchObject({
      statusCode: 400,
    });
    await expect(users.identities.link(ada, { provider: "auth0" })).rejects.toMatchObject({ statusCode: 400 });
    for (const [primary, user_id] of [
      [ada, "none"],
      ["auth0|none", "ada"],
    ] as const) {
      await expect(users.identities.link(primary, { provider: "auth0", user_id })).rejects.toMatchObject({
        statusCode: 404,
        body: { errorCode: "inexistent_user" },
      });
    }
    await expect(users.identities.delete(ada, "auth0", "ada")).rejects.toMatchObject({ statusCode: 404 });
  });

  it("by the other user's token is not simulated, which is said", async () => {
    const link = running.management.users.identities.link(ada, { link_with: "token" });
    await expect(link).rejects.toMatchObject({ statusCode: 501 });
  });
});

it("a field has a group of values: what somebody asks who looks for many ids at once", async () => {
  const find = async (q: string) => (await running.management.users.list({ q, fields: "user_id" })).data;
  const { users } = running.management;
  const ids: string[] = [];
  for (const name of ["one", "two", "three"]) {
    const created = await users.create({ connection: "users", email: `group-${name}@example.com`, password: "x" });
    ids.push(created.user_id ?? "");
  }
  const [one = "", two = "", three = ""] = ids;
  const found = await find(`user_id:("${one}" OR "${three}" OR "auth0|nobody")`);
  expect(found).toEqual([{ user_id: one }, { user_id: three }]);
  expect(await find(`user_id:("${one}" OR "${two}") AND NOT user_id:"${one}"`)).toEqual([{ user_id: two }]);
  const linked = two.replace("auth0|", "");
  await users.identities.link(one, { provider: "auth0", user_id: linked });
  expect(await find(`identities.user_id:("${linked}" OR "x")`)).toEqual([{ user_id: one }]);
  for (const wrong of ['user_id:("a"', 'user_id:(email:("a"))', "user_id:()", '("a" OR "b")', 'user_id: ("a")']) {
    await expect(find(wrong), wrong).rejects.toMatchObject({ statusCode: 400 });
  }
});

it("the search may be late, unlike a user's own record", async () => {
  const { management, tenant } = running;
  const created = await management.users.create({ connection: "users", email: "late@example.com", password: "x" });
  const id = created.user_id ?? "";
  tenant.faults.holdUserSearch(true);
  await management.users.update(id, { name: "Later" });
  const next = await management.users.create({ connection: "users", email: "next@example.com", password: "x" });
  const names = async (q: string) => (await management.users.list({ q })).data.map(({ name }) => name);
  expect(await names(`user_id:"${id}"`)).toEqual(["late@example.com"]);
  expect(await names(`user_id:"${next.user_id}"`)).toEqual([]);
  await management.users.delete(id);
  expect(await names(`user_id:"${id}"`)).toEqual(["late@example.com"]);
  await expect(management.users.get(id)).rejects.toMatchObject({ statusCode: 404 });
  tenant.faults.clear();
  expect(await names(`user_id:("${id}" OR "${next.user_id}")`)).toEqual(["next@example.com"]);
});
