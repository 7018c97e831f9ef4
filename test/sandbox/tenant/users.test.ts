// The tenant's users, through the official SDK: creation, generated attributes, merged metadata, protected root
// attributes.
import { createHash } from "node:crypto";
import { beforeAll, expect, test } from "vitest";
import { runTenant } from "./running-tenant.ts";

const running = runTenant({
  connections: [
    { name: "users", strategy: "auth0" },
    { name: "google-oauth2", strategy: "google-oauth2" },
    { name: "corporate", strategy: "samlp", options: { set_user_root_attributes: "on_first_login" } },
  ],
});

const create = (email: string, more: object = {}) =>
  running.management.users.create({ connection: "users", email, password: "x", ...more });

const gravatar = (email: string, initials: string) =>
  `https://s.gravatar.com/avatar/${createHash("md5").update(email).digest("hex")}?s=480&r=pg` +
  `&d=https%3A%2F%2Fcdn.auth0.com%2Favatars%2F${initials}.png`;

beforeAll(async () => {
  for (const connection of ["google-oauth2", "corporate"]) {
    const picture = "https://idp.example/1.png";
    running.tenant.identityProvider.setProfile(connection, {
      sub: "1",
      email: "idp@example.com",
      name: "I D",
      picture,
    });
    await running.logIn(connection, "1");
  }
});

test("a database user gets what Auth0 generates from the e-mail address", async () => {
  const user = await create("Jane.Roe@example.com");
  expect(user).toMatchObject({
    email_verified: false,
    // In a database it is in lower case.
    ...{ email: "jane.roe@example.com", name: "jane.roe@example.com", nickname: "jane.roe" },
    picture: gravatar("jane.roe@example.com", "ja"),
    identities: [{ connection: "users", provider: "auth0", isSocial: false }],
  });
  expect(user.user_id).toMatch(/^auth0\|[0-9a-f]{24}$/);
  expect((await create("named@example.com", { name: "Jane Roe" })).picture).toBe(gravatar("named@example.com", "jr"));
  expect((await create("own@example.com", { picture: "https://p.example/1" })).picture).toBe("https://p.example/1");
});

test("a database user's id can be given, once", async () => {
  expect((await create("given@example.com", { user_id: "given" })).user_id).toBe("auth0|given");
  await expect(create("other@example.com", { user_id: "given" })).rejects.toMatchObject({ statusCode: 409 });
});

test("users are found by id, by e-mail and in lists; a second one with the e-mail address is refused", async () => {
  const { users } = running.management;
  const { user_id = "" } = await create("twice@example.com");
  await expect(create("TWICE@example.com")).rejects.toMatchObject({
    statusCode: 409,
    body: { message: "The user already exists.", errorCode: "auth0_idp_error" },
  });
  expect((await users.get(user_id)).email).toBe("twice@example.com");
  expect((await users.listUsersByEmail({ email: "twice@example.com" })).map((user) => user.user_id)).toEqual([user_id]);
  expect((await users.list({ per_page: 1 })).data).toHaveLength(1);
  expect(await running.get("users?fields=email&per_page=1&page=1&include_totals=true")).toEqual({
    users: [{ email: "idp@example.com" }],
    ...{ start: 1, limit: 1, length: 1, total: (await users.list({ per_page: 100 })).data.length },
  });
});

test("a body that Auth0 does not take is refused", async () => {
  const invalid = { statusCode: 400, body: { errorCode: "invalid_body" } };
  await expect(create("no address")).rejects.toMatchObject(invalid);
  await expect(create("a@example.com", { picture: 1 })).rejects.toMatchObject(invalid);
  await expect(create("a@example.com", { avatar: "x" })).rejects.toMatchObject(invalid);
  await expect(create("a@example.com", { user_metadata: { "a.b": 1 } })).rejects.toMatchObject(invalid);
  await expect(create("a@example.com", { password: undefined })).rejects.toMatchObject(invalid);
  await expect(create("a@example.com", { connection: "google-oauth2" })).rejects.toMatchObject({
    statusCode: 400,
    body: { errorCode: "operation_not_supported" },
  });
  await expect(create("a@example.com", { connection: "none" })).rejects.toMatchObject({ statusCode: 404 });
  expect((await running.management.users.listUsersByEmail({ email: "a@example.com" })).length).toBe(0);
});

test("metadata is merged on the first level; null removes a key; {} removes all", async () => {
  const { users } = running.management;
  const { user_id = "" } = await create("metadata@example.com", {
    user_metadata: { picture: "p", address: { a: 1, b: 2 } },
  });
  const patch = async (user_metadata: object) =>
    (await users.update(user_id, { user_metadata } as never)).user_metadata;
  expect(await patch({ address: { a: 3 }, more: true })).toEqual({ picture: "p", address: { a: 3 }, more: true });
  expect(await patch({ picture: null })).toEqual({ address: { a: 3 }, more: true });
  expect(await patch({})).toEqual({});
  expect((await users.update(user_id, { app_metadata: { plan: "x" } })).app_metadata).toEqual({ plan: "x" });
});

test("root attributes of a database user are set and unset", async () => {
  const { users } = running.management;
  const { user_id = "" } = await create("root@example.com");
  expect(await users.update(user_id, { picture: "https://p.example/2", name: "Root" })).toMatchObject({
    picture: "https://p.example/2",
    name: "Root",
  });
  expect(await users.update(user_id, { picture: null })).not.toHaveProperty("picture");
});

test("root attributes of a synced connection are refused until its sync is off; metadata never", async () => {
  const { users, connections } = running.management;
  const id = "google-oauth2|1";
  await expect(users.update(id, { picture: "https://p.example/3", nickname: "n" })).rejects.toMatchObject({
    statusCode: 400,
    body: {
      error: "Bad Request",
      message:
        "The following user attributes cannot be updated: nickname, picture. The connection (google-oauth2) must " +
        "either be a database connection (using the Auth0 store), a passwordless connection (email or sms) or has " +
        "disabled 'Sync user profile attributes at each login'. For more information, see " +
        "https://auth0.com/docs/dashboard/guides/connections/configure-connection-sync",
      errorCode: "operation_not_supported",
    },
  });
  expect((await users.update(id, { user_metadata: { a: 1 } })).user_metadata).toEqual({ a: 1 });
  const google = (await connections.list({ name: "google-oauth2" })).data[0];
  await connections.update(google?.id ?? "", { options: { set_user_root_attributes: "on_first_login" } });
  expect((await users.update(id, { picture: "https://p.example/3" })).picture).toBe("https://p.example/3");
  expect((await users.update("samlp|corporate|1", { picture: "https://p.example/4" })).picture).toBe(
    "https://p.example/4",
  );
});

test("a deleted user is gone", async () => {
  const { users } = running.management;
  const { user_id = "" } = await create("deleted@example.com");
  await users.delete(user_id);
  await expect(users.get(user_id)).rejects.toMatchObject({
    statusCode: 404,
    body: { statusCode: 404, error: "Not Found", message: "The user does not exist.", errorCode: "inexistent_user" },
  });
});
