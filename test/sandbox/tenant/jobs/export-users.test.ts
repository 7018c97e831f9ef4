// Jobs that export users, by the official SDK: how they go on, what their file has, and how long its link is valid.
import { gunzipSync } from "node:zlib";
import { beforeEach, describe, expect, it } from "vitest";
import { runTenant } from "../running-tenant.ts";

let time = Date.parse("2026-11-27T07:00:00.000Z");
const second = 1000;
const hour = 3600 * second;
const running = runTenant(
  {
    connections: [
      { name: "users", strategy: "auth0" },
      { name: "others", strategy: "auth0" },
      { name: "google-oauth2", strategy: "google-oauth2" },
    ],
    users: [
      {
        ...{ connection: "users", email: "ada@example.com", user_id: "ada", name: `Ada "A." Lovelace` },
        ...{ picture: "https://pictures.example/ada.png", user_metadata: { picture: "=1+1", plan: { name: "gold" } } },
      },
      { connection: "others", email: "grace@example.com", user_id: "grace", email_verified: true },
    ],
    profiles: [{ connection: "google-oauth2", sub: "7", email: "g@example.com", name: "G." }],
  },
  { jobTime: { now: () => time, milliseconds: 3 * second } },
);

type Body = Parameters<typeof running.management.jobs.usersExports.create>[0];
const jobs = () => running.management.jobs;
const connectionId = (name: string) => running.tenant.snapshot().connections[name]?.["id"] as string;
const download = async (url: string) => running.fetch(url);
const textAt = async (url: string) => gunzipSync(new Uint8Array(await (await download(url)).arrayBuffer())).toString();

/** Begins an export, and lets it end. */
async function exported(body: Body): Promise<string> {
  const { id } = await jobs().usersExports.create(body);
  time += 3 * second;
  return textAt((await jobs().get(id)).location ?? "");
}
const records = (text: string) =>
  text
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as Record<string, unknown>);

beforeEach(() => running.tenant.faults.clear());

it("goes from pending over processing to completed, by the clock alone, and says what was asked", async () => {
  const fields = [{ name: "user_id" }, { name: "identities[0].connection", export_as: "provider" }];
  const connection_id = connectionId("users");
  const created = await jobs().usersExports.create({ connection_id, format: "json", limit: 5, fields });
  const asked = { type: "users_export", connection_id, connection: "users", format: "json", limit: 5, fields };
  expect(created).toEqual({
    ...asked,
    ...{
      status: "pending",
      id: expect.stringMatching(/^job_\w{16}$/) as unknown,
      created_at: "2026-11-27T07:00:00.000Z",
    },
  });
  const { id } = created;
  for (let look = 0; look < 3; look++) expect(await jobs().get(id)).toEqual(created);
  time += second;
  expect(await jobs().get(id)).toEqual({ ...created, status: "processing" });
  time += 2 * second - 1;
  expect(await jobs().get(id)).not.toHaveProperty("location");
  time += 1;
  const completed = await jobs().get(id);
  expect(completed).toEqual({ ...created, status: "completed", location: expect.any(String) as unknown });
  expect(records(await textAt(completed.location ?? ""))).toEqual([{ user_id: "auth0|ada", provider: "users" }]);
  // The errors of an export that has none: 204.
  const { rawResponse } = await jobs().errors.get(id).withRawResponse();
  expect(rawResponse.status).toBe(204);
});

describe("its file", () => {
  it("has a line of JSON for each user of the tenant, with whole objects and with fields of them", async () => {
    await running.logIn("google-oauth2", "7");
    const names = [
      "user_id",
      "user_metadata",
      "user_metadata.plan.name",
      "identities[0].connection",
      "identities",
      "no.thing",
    ];
    const found = records(await exported({ format: "json", fields: names.map((name) => ({ name })) }));
    const ada = {
      ...{ user_id: "auth0|ada", user_metadata: { picture: "=1+1", plan: { name: "gold" } } },
      ...{ "user_metadata.plan.name": "gold", "identities[0].connection": "users" },
      identities: [{ connection: "users", provider: "auth0", user_id: "ada", isSocial: false }],
    };
    expect(found).toEqual([
      ada,
      expect.objectContaining({ user_id: "auth0|grace", "identities[0].connection": "others" }),
      expect.objectContaining({ user_id: "google-oauth2|7", "identities[0].connection": "google-oauth2" }),
    ]);
    expect(Object.keys(found[1] ?? {})).toEqual(["user_id", "identities[0].connection", "identities"]);
  });

  it("has Auth0's fields under Auth0's titles if none are named", async () => {
    const [first] = records(await exported({ connection_id: connectionId("others") }));
    expect(first).toEqual({
      ...{ Id: "auth0|grace", Nickname: "grace", Name: "grace@example.com", Email: "grace@example.com" },
      ...{ "Email Verified": true, Picture: expect.stringContaining("gravatar") as unknown, Connection: "others" },
      ...{ "Created At": expect.any(String) as unknown, "Updated At": expect.any(String) as unknown },
    });
  });

  it("is CSV in which no text is a formula", async () => {
    const names = ["user_id", "email_verified", "name", "user_metadata.picture", "created_at", "no"];
    const fields = names.map((name) => (name === "no" ? { name, export_as: `a "title"` } : { name }));
    const csv = await exported({ format: "csv", limit: 2, fields });
    const lines = csv.split("\n");
    expect(lines[0]).toBe(`"user_id","email_verified","name","user_metadata.picture","created_at","a ""title"""`);
    expect(lines[1]).toMatch(/^"'auth0\|ada",false,"'Ada ""A\."" Lovelace","'=1\+1",\d{4}-\d\d-\d\dT[\d:.]+Z,$/);
    expect(lines[2]).toMatch(/^"'auth0\|grace",true,"'grace@example\.com",,\d/);
    expect(lines.slice(3)).toEqual([""]);
  });

  it("has users as they are at the job's end, and as many as the limit says", async () => {
    const { id } = await jobs().usersExports.create({ limit: 1, fields: [{ name: "nickname" }] });
    await running.management.users.update("auth0|ada", { nickname: "meanwhile" });
    time += 3 * second;
    await running.management.users.update("auth0|ada", { nickname: "too late" });
    expect(records(await textAt((await jobs().get(id)).location ?? ""))).toEqual([{ nickname: "meanwhile" }]);
  });
});

it("a link is valid for a minute and without a token, and each look at the job gives another", async () => {
  const { id } = await jobs().usersExports.create({});
  time += 3 * second;
  const { location = "" } = await jobs().get(id);
  expect(location).toMatch(/^https:\/\/localhost:\d+\/user-exports\/job_\w+\/localhost\.json\.gz\?/);
  time += 59 * second;
  expect((await download(location)).status).toBe(200);
  time += second;
  expect((await download(location)).status).toBe(403);
  const next = (await jobs().get(id)).location ?? "";
  const { status, headers } = await download(next);
  expect([status, headers.get("content-encoding")]).toEqual([200, null]);
  for (const forged of [next.replace(/Expires=\d/, "Expires=9"), next.replace(/&Signature=.*/, ""), `${next}0`]) {
    expect((await download(forged)).status).toBe(403);
  }
  expect((await download(next.replace("job_", "job_0"))).status).toBe(404);
  // A download fails as other calls do, if a test says so.
  const { faults } = running.tenant;
  faults.inject({ kind: "server error", status: 503 }, { path: /^\/user-exports\// });
  expect((await download(next)).status).toBe(503);
  expect(faults.calls.at(-1)).toMatchObject({ method: "GET", status: 503, fault: "server error" });
});

it("goes on while the tenant is down, and is gone after 24 hours", async () => {
  const { id } = await jobs().usersExports.create({ limit: 1, fields: [{ name: "user_id" }] });
  await running.restart();
  time += 3 * second;
  const { location = "" } = await jobs().get(id);
  expect(records(await textAt(location))).toEqual([{ user_id: "auth0|ada" }]);
  await running.restart();
  expect((await download(location)).status).toBe(200);
  time += 24 * hour - 3 * second - 1;
  expect(await jobs().get(id)).toMatchObject({ status: "completed" });
  time += 1;
  await expect(jobs().get(id)).rejects.toMatchObject({ statusCode: 404, body: { errorCode: "inexistent_job" } });
  await expect(jobs().errors.get(id)).rejects.toMatchObject({ statusCode: 404 });
  expect((await download(location)).status).toBe(404);
});

it.each<[string, object]>([
  ["another format", { format: "xml" }],
  ["a limit of nothing", { limit: 0 }],
  ["a field without a name", { fields: [{ export_as: "x" }] }],
  ["a name in place of a connection's id", { connection_id: "users" }],
  ["another property", { q: "email:*" }],
  ["metadata as a whole in CSV", { format: "csv", fields: [{ name: "user_metadata" }] }],
  [
    "more than 30 fields in CSV",
    { format: "csv", fields: Array.from({ length: 31 }, (_, at) => ({ name: `n${at}` })) },
  ],
])("%s is 400", async (_, body) => {
  await expect(jobs().usersExports.create(body)).rejects.toMatchObject({ statusCode: 400 });
});

it("needs the scope read:users, and a connection that is there", async () => {
  const client = running.managementOf(running.tenant.createManagementClient(["create:users"]));
  await expect(client.jobs.usersExports.create({})).rejects.toMatchObject({ statusCode: 403 });
  const unknown = jobs().usersExports.create({ connection_id: `con_${"0".repeat(16)}` });
  await expect(unknown).rejects.toMatchObject({ statusCode: 404, body: { errorCode: "inexistent_connection" } });
});
