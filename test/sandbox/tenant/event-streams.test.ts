// Event streams: which events the tenant sends, what becomes of them on their way, and when a stream ends.
import { beforeEach, describe, expect, test } from "vitest";
import type { TenantEvent } from "../../../sandbox/tenant/event-delivery.ts";
import { runTenant } from "./running-tenant.ts";

const running = runTenant({
  connections: [
    { name: "users", strategy: "auth0" },
    { name: "google-oauth2", strategy: "google-oauth2" },
  ],
  profiles: [{ connection: "google-oauth2", sub: "7", email: "grace@example.com", name: "Grace" }],
});
const aws = { aws_account_id: "123456789012", aws_region: "us-east-1" as const };
let arrived: { source: string; event: TenantEvent }[] = [];
let sources: string[] = [];
let isGone = false;

beforeEach(async () => {
  const { management, tenant } = running;
  tenant.faults.clear();
  tenant.eventStreams.connect({
    createSource: ({ name, accountId, region }) => void sources.push(`${accountId} ${region} ${name}`),
    deleteSource: (name) => void sources.push(`-${name}`),
    put(source, event) {
      if (isGone) throw new Error("The event source does not exist.");
      arrived.push({ source, event });
    },
  });
  for (const { id = "" } of (await management.eventStreams.list()).data) await management.eventStreams.delete(id);
  for (const { user_id = "" } of (await management.users.list()).data) await management.users.delete(user_id);
  await tenant.eventStreams.releaseHeld();
  [arrived, sources, isGone] = [[], [], false];
});

async function createStream(...types: ("user.created" | "user.updated" | "user.deleted")[]) {
  const subscriptions = types.map((event_type) => ({ event_type }));
  const destination = { type: "eventbridge" as const, configuration: aws };
  const { id = "" } = await running.management.eventStreams.create({ name: "Stream", subscriptions, destination });
  return id;
}
async function createUser(name: string): Promise<string> {
  const email = `${name}@example.com`;
  const { user_id = "" } = await running.management.users.create({ connection: "users", email, password: "x" });
  return user_id;
}
const settled = async () => {
  await running.tenant.eventStreams.delivered();
  return arrived.map(({ event }) => `${event.type} ${(event.data.object as { user_id: string }).user_id}`);
};

test("a stream to EventBridge has a partner event source of its own, as in the recording TestAccEventStream", async () => {
  const { eventStreams } = running.management;
  const id = await createStream("user.deleted");
  const source = expect.stringMatching(/^aws\.partner\/auth0\.com\/sandbox-[\w-]{36}\/auth0\.events$/) as unknown;
  const created = await eventStreams.get(id);
  expect(created).toEqual({
    ...{ id: expect.stringMatching(/^est_\w{22}$/) as unknown, status: "enabled", name: "Stream" },
    ...{ created_at: expect.any(String) as unknown, updated_at: expect.any(String) as unknown },
    subscriptions: [{ event_type: "user.deleted" }],
    destination: { type: "eventbridge", configuration: { ...aws, aws_partner_event_source: source } },
  });
  const name = (created.destination?.configuration as { aws_partner_event_source: string }).aws_partner_event_source;
  expect(sources).toEqual([`123456789012 us-east-1 ${name}`]);
  const changed = await eventStreams.update(id, { name: "Renamed", subscriptions: [{ event_type: "user.created" }] });
  expect(changed).toMatchObject({ name: "Renamed", destination: created.destination });
  await eventStreams.delete(id);
  expect(sources).toEqual([expect.anything(), `-${name}`]);
  await expect(eventStreams.get(id)).rejects.toMatchObject({ statusCode: 404 });
});

test("other destinations and events are not simulated, which is said; wrong ones are refused", async () => {
  const { eventStreams } = running.management;
  const eventbridge = { type: "eventbridge" as const, configuration: aws };
  const action = { type: "action" as const, configuration: { action_id: "a" } };
  await expect(eventStreams.create({ destination: action })).rejects.toMatchObject({ statusCode: 501 });
  const subscriptions = [{ event_type: "group.created" as const }];
  await expect(eventStreams.create({ destination: eventbridge, subscriptions })).rejects.toMatchObject({
    statusCode: 501,
  });
  const wrong = { ...eventbridge, configuration: { ...aws, aws_account_id: "1" } };
  await expect(eventStreams.create({ destination: wrong })).rejects.toMatchObject({ statusCode: 400 });
  const id = await createStream("user.deleted");
  await expect(eventStreams.update(id, { destination: action })).rejects.toMatchObject({ statusCode: 400 });
  const reader = running.managementOf(running.tenant.createManagementClient(["read:event_streams"]));
  await expect(reader.eventStreams.delete(id)).rejects.toMatchObject({ statusCode: 403 });
});

test("an event has the user as it is, or as it was, and the stream that it came by", async () => {
  const id = await createStream("user.created", "user.updated", "user.deleted");
  const user_id = await createUser("ada");
  await running.management.users.update(user_id, { user_metadata: { picture: "https://a/" } });
  await running.management.users.delete(user_id);
  expect(await settled()).toEqual(["created", "updated", "deleted"].map((what) => `user.${what} ${user_id}`));
  expect(arrived[2]?.event).toEqual({
    ...{ specversion: "1.0", type: "user.deleted", source: "urn:auth0:sandbox", a0tenant: "sandbox", a0stream: id },
    id: expect.stringMatching(/^evt_\w{16}$/) as unknown,
    time: expect.any(String) as unknown,
    data: {
      object: expect.objectContaining({
        ...{ user_id, email: "ada@example.com", user_metadata: { picture: "https://a/" } },
        deleted_at: expect.any(String) as unknown,
      }) as unknown,
    },
  });
  expect(arrived[0]?.event.data.object).not.toHaveProperty("deleted_at");
});

test("a stream gets what it subscribes to, while it is enabled", async () => {
  const id = await createStream("user.deleted");
  const [one, two] = [await createUser("one"), await createUser("two")];
  await running.management.users.delete(one);
  expect(await settled()).toEqual([`user.deleted ${one}`]);
  await running.management.eventStreams.update(id, { status: "disabled" });
  await running.management.users.delete(two);
  expect(await settled()).toHaveLength(1);
});

test("a login creates and updates; one that changes nothing of the user is no update", async () => {
  await createStream("user.created", "user.updated");
  await running.logIn("google-oauth2", "7");
  await running.logIn("google-oauth2", "7");
  expect(await settled()).toEqual(["user.created google-oauth2|7"]);
  const changed = { sub: "7", email: "grace@example.com", name: "Grace H." };
  running.tenant.identityProvider.setProfile("google-oauth2", changed);
  await running.logIn("google-oauth2", "7");
  expect(await settled()).toEqual(["user.created google-oauth2|7", "user.updated google-oauth2|7"]);
});

test("a link deletes the secondary user, and a connection its users", async () => {
  await createStream("user.updated", "user.deleted");
  const { management } = running;
  const [one, two] = [await createUser("one"), await createUser("two")];
  await management.users.identities.link(one, { provider: "auth0", user_id: two.replace("auth0|", "") });
  expect(await settled()).toEqual([`user.updated ${one}`, `user.deleted ${two}`]);
  const connection = await management.connections.create({ name: "other", strategy: "auth0" });
  const email = "x@example.com";
  const { user_id = "" } = await management.users.create({ connection: "other", email, password: "x" });
  await management.connections.delete(connection.id ?? "");
  expect((await settled()).at(-1)).toBe(`user.deleted ${user_id}`);
});

test("what comes and goes in one request is nobody", async () => {
  await createStream("user.deleted");
  await running.management.users.delete("auth0|nobody");
  expect(await settled()).toEqual([]);
});

describe("on its way an event", () => {
  test("comes twice, late, or after the next one", async () => {
    await createStream("user.deleted");
    const { faults, eventStreams } = running.tenant;
    const users = [await createUser("a"), await createUser("b"), await createUser("c"), await createUser("d")];
    faults.disturbEvent("duplicate", { type: "user.deleted" });
    faults.disturbEvent("overtaken", { nth: 1 });
    faults.disturbEvent("held", { nth: 2 });
    for (const user of users) await running.management.users.delete(user);
    const deleted = (...order: number[]) => order.map((index) => `user.deleted ${users[index]}`);
    expect(await settled()).toEqual(deleted(0, 0, 3, 1));
    await eventStreams.releaseHeld();
    expect(await settled()).toEqual(deleted(0, 0, 3, 1, 2));
    expect(faults.pending).toBe(0);
  });

  test("fails, and after three failures in a row the stream is disabled", async () => {
    const { eventStreams, users } = running.management;
    const id = await createStream("user.deleted");
    const ids: string[] = [];
    for (const name of ["a", "b", "c", "d", "e"]) ids.push(await createUser(name));
    running.tenant.faults.disturbEvent("failed", { times: 2 });
    for (const user of ids.slice(0, 3)) await users.delete(user);
    // The third arrives, so that the next failure is the first of a row.
    expect(await settled()).toEqual([`user.deleted ${ids[2]}`]);
    isGone = true;
    await users.delete(ids[3] ?? "");
    await settled();
    expect((await eventStreams.get(id)).status).toBe("enabled");
    const failed = await eventStreams.deliveries.list(id);
    expect(failed.data.map(({ status, event_type }) => `${status} ${event_type}`)).toEqual(Array(3).fill("failed user.deleted")); // prettier-ignore
    expect(failed.data[2]?.attempts[0]?.error_message).toBe("The event source does not exist.");
    running.tenant.faults.disturbEvent("failed");
    await users.delete(ids[4] ?? "");
    await settled();
    const last = await eventStreams.test(id, { event_type: "user.deleted" });
    expect(last).toMatchObject({ status: "failed" });
    expect((await eventStreams.get(id)).status).toBe("disabled");
    isGone = false;
    await users.delete(await createUser("f"));
    expect(await settled()).toHaveLength(1);
  });
});

test("a test event says that it is one", async () => {
  const id = await createStream("user.deleted");
  const data = { object: { user_id: "auth0|somebody" } };
  const sent = await running.management.eventStreams.test(id, { event_type: "user.deleted", data });
  expect(await settled()).toEqual(["user.deleted auth0|somebody"]);
  expect(arrived[0]?.event).toMatchObject({ a0purpose: "test", a0stream: id, id: sent.id });
});

test("a stream is there after a restart", async () => {
  const id = await createStream("user.deleted");
  await running.restart();
  expect((await running.management.eventStreams.get(id)).name).toBe("Stream");
});
