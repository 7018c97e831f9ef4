// Jobs that import users, by the official SDK: new users, changed users, refused records, and what stops a job.
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { runTenant } from "../running-tenant.ts";

let time = Date.parse("2026-11-27T07:00:00.000Z");
const second = 1000;
const hour = 3600 * second;
let milliseconds = 3 * second;
const ada = {
  ...{ connection: "users", email: "ada@example.com", user_id: "ada", email_verified: true, nickname: "countess" },
  ...{ picture: "https://pictures.example/old.png", user_metadata: { picture: "old", theme: "dark" } },
  app_metadata: { plan: "gold", seats: 3 },
};
const running = runTenant(
  {
    connections: [
      { name: "users", strategy: "auth0" },
      { name: "others", strategy: "auth0" },
      { name: "google-oauth2", strategy: "google-oauth2" },
    ],
    users: [ada, { connection: "others", email: "ada@example.com", user_id: "other" }],
  },
  {
    jobTime: {
      now: () => time,
      get milliseconds() {
        return milliseconds;
      },
    },
  },
);

const jobs = () => running.management.jobs;
const users = () => running.management.users;
const connectionId = (name: string) => running.tenant.snapshot().connections[name]?.["id"] as string;
const file = (content: unknown) =>
  new File([typeof content === "string" ? content : JSON.stringify(content)], "users.json", {
    type: "application/json",
  });
const create = (content: unknown, more: { upsert?: boolean; external_id?: string } = {}, connection = "users") =>
  jobs().usersImports.create({
    ...{ users: file(content), connection_id: connectionId(connection), send_completion_email: false },
    ...more,
  });

/** Imports, and says how it ended. */
async function imported(records: unknown, more: { upsert?: boolean } = {}) {
  const { id } = await create(records, more);
  time += 3 * second;
  const { status, summary, status_details } = await jobs().get(id);
  return { status, summary, status_details, errors: await jobs().errors.get(id) };
}
const codes = (errors: unknown) =>
  (errors as { errors: { code: string; path?: string }[] }[]).map((one) =>
    one.errors.map(({ code, path }) => [code, path].filter((part) => part !== undefined).join(" ")),
  );

beforeEach(() => {
  milliseconds = 3 * second;
  time += 24 * hour;
});

it("adds users, whose ids get the connection's strategy before them, and says how many", async () => {
  const created = await create(
    [
      { email: "Grace@Example.com", user_id: "grace", name: "Grace", picture: "https://p.example/g.png" },
      { email: "alan@example.com", email_verified: true, user_metadata: { picture: "x" }, app_metadata: { plan: "x" } },
      { email: "trap@example.com", user_id: "auth0|trap" },
    ],
    { external_id: "run 1" },
  );
  expect(created).toEqual({
    ...{ type: "users_import", status: "pending", connection_id: connectionId("users"), connection: "users" },
    ...{ external_id: "run 1", id: expect.stringMatching(/^job_\w{16}$/) as unknown },
    created_at: new Date(time).toISOString(),
  });
  const { id } = created;
  time += second;
  expect(await jobs().get(id)).toEqual({ ...created, status: "processing" });
  await expect(users().get("auth0|grace")).rejects.toMatchObject({ statusCode: 404 });
  expect((await jobs().errors.get(id).withRawResponse()).rawResponse.status).toBe(204);
  time += 2 * second;
  // Whoever looks at the users first sees them, before anybody looks at the job.
  expect(await users().get("auth0|grace")).toMatchObject({
    ...{ email: "grace@example.com", email_verified: false, name: "Grace", nickname: "grace" },
    ...{ picture: "https://p.example/g.png", logins_count: 0 },
    identities: [{ connection: "users", provider: "auth0", user_id: "grace", isSocial: false }],
  });
  const summary = { failed: 0, updated: 0, inserted: 3, total: 3 };
  expect(await jobs().get(id)).toEqual({ ...created, status: "completed", summary });
  expect((await jobs().errors.get(id).withRawResponse()).rawResponse.status).toBe(204);
  expect(await users().get("auth0|auth0|trap")).toMatchObject({ email: "trap@example.com" });
  const [alan] = await users().listUsersByEmail({ email: "alan@example.com" });
  expect(alan).toMatchObject({ email_verified: true, user_metadata: { picture: "x" }, app_metadata: { plan: "x" } });
  expect(alan?.user_id).toMatch(/^auth0\|[0-9a-f]{24}$/);
  expect(alan?.picture).toContain("gravatar.com");
});

describe("a user who is there", () => {
  it("is an error without upsert, by e-mail in any case or by id; the others are imported", async () => {
    const records = [
      { email: "ADA@example.com" },
      { email: "new-1@example.com" },
      { email: "x@example.com", user_id: "ada" },
    ];
    const { summary, errors, status } = await imported(records);
    expect([status, summary]).toEqual(["completed", { failed: 2, updated: 0, inserted: 1, total: 3 }]);
    const duplicate = { code: "DUPLICATED_USER", message: "The user already exist and upsert parameter is false" };
    expect(errors).toEqual([
      { user: records[0], errors: [duplicate] },
      { user: records[2], errors: [duplicate] },
    ]);
    expect(await users().get("auth0|ada")).toMatchObject({ picture: ada.picture });
  });

  it("is changed with upsert: what is not named stays, metadata is replaced, and the address is unverified", async () => {
    const picture = "https://pictures.example/new.png";
    const { summary, errors } = await imported([{ email: ada.email, picture, user_metadata: { theme: "light" } }], {
      upsert: true,
    });
    expect([summary, errors]).toEqual([{ failed: 0, updated: 1, inserted: 0, total: 1 }, undefined]);
    expect(await users().get("auth0|ada")).toMatchObject({
      ...{ picture, nickname: "countess", email_verified: false, app_metadata: ada.app_metadata },
    });
    expect((await users().get("auth0|ada")).user_metadata).toEqual({ theme: "light" });
    const again = { email: ada.email, email_verified: true, user_id: "another", app_metadata: {}, name: "Ada L." };
    await imported([again], { upsert: true });
    const changed = await users().get("auth0|ada");
    expect(changed).toMatchObject({ name: "Ada L.", picture, email_verified: true, user_id: "auth0|ada" });
    expect([changed.user_metadata, changed.app_metadata]).toEqual([{ theme: "light" }, {}]);
    await expect(users().get("auth0|another")).rejects.toMatchObject({ statusCode: 404 });
    // The user of the same address in the other connection.
    expect(await users().get("auth0|other")).not.toHaveProperty("user_metadata");
  });

  it("of another address keeps its id, also with upsert; a record that is there twice counts once", async () => {
    const { summary, errors } = await imported(
      [
        { email: "y@example.com", user_id: "ada" },
        { email: "twice@example.com", nickname: "first" },
        { email: "Twice@example.com", nickname: "second" },
        { email: "z@example.com", user_id: "z" },
        { email: "zz@example.com", user_id: "z" },
      ],
      { upsert: true },
    );
    expect(summary).toEqual({ failed: 3, updated: 0, inserted: 2, total: 5 });
    expect(codes(errors)).toEqual([["CONFLICT"], ["DUPLICATED_USER"], ["DUPLICATED_USER"]]);
    expect(await users().listUsersByEmail({ email: "twice@example.com" })).toMatchObject([{ nickname: "first" }]);
  });
});

it.each<[string, unknown, string[]]>([
  ["no e-mail address", { name: "x" }, ["OBJECT_REQUIRED email"]],
  ["an address that is none", { email: "x" }, ["FORMAT email"]],
  ["an address that is no text", { email: 7 }, ["INVALID_TYPE email"]],
  ["a picture that is no text", { email: "a@b.example", picture: { url: "x" } }, ["INVALID_TYPE picture"]],
  ["a picture that is null", { email: "a@b.example", picture: null }, ["INVALID_TYPE picture"]],
  [
    "other properties",
    { email: "a@b.example", identities: [], constructor: 1 },
    ["OBJECT_ADDITIONAL_PROPERTIES identities", "OBJECT_ADDITIONAL_PROPERTIES constructor"],
  ],
  ["metadata that is a list", { email: "a@b.example", user_metadata: [] }, ["INVALID_TYPE user_metadata"]],
  ["a name with a dot", { email: "a@b.example", user_metadata: { "a.b": 1 } }, ["PATTERN user_metadata.a.b"]],
  ["Auth0's own names", { email: "a@b.example", app_metadata: { blocked: true } }, ["NOT_PASSED app_metadata.blocked"]],
  ["a text for yes", { email: "a@b.example", email_verified: "true" }, ["INVALID_TYPE email_verified"]],
  ["what is not simulated", { email: "a@b.example", blocked: true }, ["NOT_PASSED blocked"]],
  ["no record", "a@b.example", ["INVALID_TYPE"]],
])("a record with %s is refused alone", async (title, record, expected) => {
  const { summary, errors } = await imported([
    record,
    { email: `${expected.join()}.${title}@ok.example`.replaceAll(" ", "_") },
  ]);
  expect(summary).toMatchObject({ failed: 1, inserted: 1 });
  expect(codes(errors)).toEqual([expected]);
  expect((errors as { user: unknown }[])[0]?.user).toEqual(record);
});

it("errors do not show the hashes of passwords, which are taken from who may come in", async () => {
  const custom_password_hash = { algorithm: "ldap", hash: { value: "{SSHA}x" } };
  const { errors } = await imported([
    { email: "hash@example.com", password_hash: "$2b$10$x" },
    { email: "x", password_hash: "$2b$10$x" },
    { email: "x", custom_password_hash },
  ]);
  expect((errors as { user: unknown }[]).map(({ user }) => user)).toEqual([
    { email: "x", password_hash: "*****" },
    { email: "x", custom_password_hash: { algorithm: "ldap", hash: { value: "*****" } } },
  ]);
});

it("at most two go on at once; the third is 429 until one of them has ended", async () => {
  const record = (name: string) => [{ email: `${name}@concurrent.example` }];
  await create(record("a"));
  time += second;
  await create(record("b"), {}, "others");
  const third: unknown = await create(record("c")).catch((error: unknown) => error);
  expect(third).toMatchObject({
    statusCode: 429,
    body: {
      ...{ statusCode: 429, error: "Too Many Requests" },
      message: "There are 2 active import users jobs, please wait until some of them are finished and try again",
    },
  });
  expect((third as { body: object }).body).not.toHaveProperty("errorCode");
  time += 2 * second;
  const { id } = await create(record("c"));
  time += 3 * second;
  expect(await jobs().get(id)).toMatchObject({ status: "completed" });
});

it.each(["no JSON", '{"email":"a@b.example"}', '[{"email":"a@b.example"}', ""])(
  "of %j it fails, and says why",
  async (text) => {
    const { status, summary, status_details, errors } = await imported(text);
    expect([status, summary]).toEqual(["failed", undefined]);
    expect(status_details).toMatch(/^Failed to parse users file JSON/);
    expect(errors).toMatchObject({ status: "failed", type: "users_import", status_details });
  },
);

it("fails after two hours, without an effect", async () => {
  milliseconds = 3 * hour;
  const { id } = await create([{ email: "late@example.com" }]);
  time += 2 * hour - 1;
  expect(await jobs().get(id)).toMatchObject({ status: "processing" });
  time += 1;
  expect(await jobs().get(id)).toMatchObject({ status: "failed" });
  expect(await users().listUsersByEmail({ email: "late@example.com" })).toEqual([]);
});

it("goes on while the tenant is down, and once; after 24 hours all of it is gone", async () => {
  const { id } = await create([{ email: "restart@example.com", user_id: "restart" }, {}]);
  const doneBefore = new Set(readdirSync(join(running.folder, "jobs")));
  expect([...doneBefore]).toContain(`${id}.users.json`);
  await running.restart();
  time += 3 * second;
  expect(await users().get("auth0|restart")).toMatchObject({ email: "restart@example.com" });
  await running.restart();
  const summary = { failed: 1, updated: 0, inserted: 1, total: 2 };
  expect(await jobs().get(id)).toMatchObject({ status: "completed", summary });
  expect(codes(await jobs().errors.get(id))).toEqual([["OBJECT_REQUIRED email"]]);
  time += 24 * hour;
  await expect(jobs().get(id)).rejects.toMatchObject({ statusCode: 404 });
  await expect(jobs().errors.get(id)).rejects.toMatchObject({ statusCode: 404 });
  expect(readdirSync(join(running.folder, "jobs")).filter((name) => name.startsWith(id))).toEqual([]);
});

it("a connection that was deleted meanwhile is missed by every record", async () => {
  await running.management.connections.create({ name: "short-lived", strategy: "auth0" });
  const { id } = await create([{ email: "a@example.com" }, {}], {}, "short-lived");
  await running.management.connections.delete(connectionId("short-lived"));
  time += 3 * second;
  expect(await jobs().get(id)).toMatchObject({ status: "completed", summary: { failed: 2, inserted: 0 } });
  expect(codes(await jobs().errors.get(id))).toEqual([["CONNECTION_NOT_FOUND"], ["CONNECTION_NOT_FOUND"]]);
});

describe("what is refused at once", () => {
  it("a file that is too large: 413", async () => {
    const recordsOf = (bytes: number) => {
      const empty = JSON.stringify([{ email: "size@example.com", name: "" }]);
      return [{ email: "size@example.com", name: "x".repeat(bytes - empty.length) }];
    };
    const message = "Payload content length greater than maximum allowed: 512000";
    await expect(create(recordsOf(512_001))).rejects.toMatchObject({ statusCode: 413, body: { message } });
    await expect(create(recordsOf(3_000_000))).rejects.toMatchObject({ statusCode: 413, body: { message } });
    expect(await imported(recordsOf(500_000))).toMatchObject({ summary: { inserted: 1 } });
  });

  it("another connection than a database", async () => {
    await expect(create([], {}, "google-oauth2")).rejects.toMatchObject({
      ...{ statusCode: 400, body: { errorCode: "operation_not_supported" } },
    });
    const unknown = jobs().usersImports.create({ users: file([]), connection_id: `con_${"0".repeat(16)}` });
    await expect(unknown).rejects.toMatchObject({ statusCode: 404, body: { errorCode: "inexistent_connection" } });
    const name = jobs().usersImports.create({ users: file([]), connection_id: "users" });
    await expect(name).rejects.toMatchObject({ statusCode: 400, body: { errorCode: "invalid_body" } });
  });

  it("a form without a file, a flag that is none, and what is no form", async () => {
    const { access_token } = (await (
      await running.fetch(`${running.tenant.issuer}oauth/token`, {
        method: "POST",
        body: new URLSearchParams({
          ...{ grant_type: "client_credentials", audience: `${running.tenant.issuer}api/v2/` },
          client_id: running.tenant.managementClient.clientId,
          client_secret: running.tenant.managementClient.clientSecret,
        }),
      })
    ).json()) as { access_token: string };
    const post = async (body: string, type: string, path = "jobs/users-imports") =>
      (
        await running.fetch(`${running.tenant.issuer}api/v2/${path}`, {
          ...{ method: "POST", body, headers: { authorization: `Bearer ${access_token}`, "content-type": type } },
        })
      ).status;
    const boundary = "b".repeat(30);
    const form = (parts: Record<string, string>) =>
      Object.entries(parts)
        .map(([name, value]) => `--${boundary}\r\ncontent-disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`)
        .join("") + `--${boundary}--\r\n`;
    const multipart = `multipart/form-data; boundary=${boundary}`;
    const connection_id = connectionId("users");
    expect(await post(form({ connection_id }), multipart)).toBe(400);
    expect(await post(form({ connection_id, users: "[]", upsert: "yes" }), multipart)).toBe(400);
    expect(await post(form({ connection_id, users: "[]", send_completion_email: "1" }), multipart)).toBe(400);
    expect(await post(`--${boundary}\r\nno part`, multipart)).toBe(400);
    expect(await post(form({ connection_id, users: "[]" }), "multipart/form-data")).toBe(400);
    expect(await post(JSON.stringify({ connection_id, users: "[]" }), "application/json")).toBe(400);
    expect(await post(form({ connection_id, users: "[]" }), multipart, "users")).toBe(415);
    expect(await post(form({ connection_id, users: "[]" }), multipart)).toBe(202);
  });

  it("a token without the scope create:users", async () => {
    const client = running.managementOf(running.tenant.createManagementClient(["read:users"]));
    const refused = client.jobs.usersImports.create({ users: file([]), connection_id: connectionId("users") });
    await expect(refused).rejects.toMatchObject({ statusCode: 403 });
  });
});
