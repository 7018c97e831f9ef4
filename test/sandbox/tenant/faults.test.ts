// The tenant's injected faults, as the official SDK sees them: each kind, the calls that it strikes, and the state
// afterwards.
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { ManagementClient } from "auth0";
import { afterEach, expect, test } from "vitest";
import type { Fault } from "../../../sandbox/tenant/faults.ts";
import { bindActions, buildAndDeploy, deployAction, runTenant } from "./running-tenant.ts";

const code = "exports.onExecutePostLogin = async () => {};";
const running = runTenant(
  {
    connections: [
      { name: "one", strategy: "github" },
      { name: "two", strategy: "github" },
    ],
    actions: [{ name: "other team", code }],
  },
  { buildTime: { milliseconds: 0 } },
);

afterEach(() => {
  running.tenant.faults.clear();
  running.tenant.faults.resetCalls();
});

const connections = () => running.management.connections;
const idOf = (name: string) => running.tenant.snapshot().connections[name]?.["id"] as string;
const rename = (name: string, display_name: string) => connections().update(idOf(name), { display_name });
const shownName = (name: string) => running.tenant.snapshot().connections[name]?.["display_name"];
const paths = () =>
  running.tenant.faults.calls.filter(({ path }) => path !== "/oauth/token").map(({ method, path }) => [method, path]);

test("429 names the next second, or no second; nothing happens", async () => {
  const before = running.tenant.snapshot();
  const headerOf = async (resetHeader: boolean) => {
    running.tenant.faults.inject({ kind: "too many requests", resetHeader }, { method: "PATCH" });
    const error: unknown = await rename("one", "Struck").catch((caught: unknown) => caught);
    expect(error).toMatchObject({
      statusCode: 429,
      body: { error: "Too Many Requests", errorCode: "too_many_requests" },
    });
    return (error as { rawResponse: { headers: Headers } }).rawResponse.headers.get("x-ratelimit-reset");
  };
  expect(await headerOf(false)).toBeNull();
  const second = Math.floor(Date.now() / 1000);
  const reset = Number(await headerOf(true));
  expect(reset).toBeGreaterThan(second);
  expect(reset).toBeLessThanOrEqual(Math.floor(Date.now() / 1000) + 1);
  expect(running.tenant.snapshot()).toEqual(before);
});

test.each([500, 502, 503, 504] as const)("%i comes without an effect", async (status) => {
  const before = running.tenant.snapshot();
  running.tenant.faults.inject({ kind: "server error", status });
  await expect(rename("one", "Struck")).rejects.toMatchObject({ statusCode: status, body: { statusCode: status } });
  expect(running.tenant.snapshot()).toEqual(before);
});

test("a connection is reset before the effect, or after it, when the state is saved", async () => {
  const reset = async (when: "before effect" | "after effect") => {
    running.tenant.faults.inject({ kind: "connection reset", when }, { method: "PATCH" });
    const error: unknown = await rename("two", when).catch((caught: unknown) => caught);
    expect(JSON.stringify(flatten(error))).toContain("ECONNRESET");
    return shownName("two");
  };
  expect(await reset("before effect")).toBeUndefined();
  expect(await reset("after effect")).toBe("after effect");
  expect(await readFile(join(running.folder, "tenant-changes.jsonl"), "utf8")).toContain(
    '"display_name":"after effect"',
  );
  expect(running.tenant.faults.calls.filter(({ method }) => method === "PATCH")).toEqual([
    expect.not.objectContaining({ status: expect.anything() as unknown }),
    expect.not.objectContaining({ status: expect.anything() as unknown }),
  ]);
  expect(await rename("two", "Later")).toMatchObject({ display_name: "Later" });
});

test("a slow response comes after its effect, and does not keep the tenant from closing", async () => {
  running.tenant.faults.inject({ kind: "slow response", milliseconds: 3_600_000 }, { method: "PATCH" });
  let settled = false;
  const slow = rename("one", "Slow").finally(() => {
    settled = true;
  });
  const failure = expect(slow).rejects.toThrow();
  while (shownName("one") !== "Slow") await connections().get(idOf("one"));
  expect(settled).toBe(false);
  await running.restart();
  await failure;
  expect(shownName("one")).toBe("Slow");
});

test("something else happens before a call's effect or after it", async () => {
  const seen: unknown[] = [];
  const act = () => {
    seen.push(shownName("one"));
  };
  await rename("one", "First");
  for (const when of ["before effect", "after effect"] as const) {
    running.tenant.faults.inject({ kind: "meanwhile", when, act }, { method: "PATCH" });
    await rename("one", when);
  }
  expect(seen).toEqual(["First", "after effect"]);

  const overtake = () => rename("one", "Another team's").then(() => undefined);
  running.tenant.faults.inject({ kind: "meanwhile", when: "after effect", act: overtake }, { method: "PATCH" });
  expect(await rename("one", "Ours")).toMatchObject({ display_name: "Ours" });
  expect(shownName("one")).toBe("Another team's");
});

test("a fault strikes the nth call that matches, as often as it was told", async () => {
  const { faults } = running.tenant;
  const failing: Fault = { kind: "server error", status: 500 };
  const statuses = async (name: string, count: number) => {
    const received: number[] = [];
    for (let call = 0; call < count; call++) {
      const response = connections().get(idOf(name));
      received.push(await response.then(() => 200).catch((error: { statusCode: number }) => error.statusCode));
    }
    return received;
  };
  faults.inject(failing, { method: "GET", path: new RegExp(`${idOf("one")}$`, "g"), nth: 2, times: 2 });
  expect(faults.pending).toBe(1);
  expect(await statuses("two", 2)).toEqual([200, 200]);
  expect(await statuses("one", 4)).toEqual([200, 500, 500, 200]);
  expect(faults.pending).toBe(0);

  faults.inject(failing);
  faults.inject({ kind: "server error", status: 503 });
  faults.inject({ kind: "server error", status: 502 }, { nth: 4 });
  expect(await statuses("one", 5)).toEqual([500, 503, 200, 502, 200]);

  faults.inject(failing, { times: Infinity });
  expect(await statuses("one", 2)).toEqual([500, 500]);
  faults.clear();
  expect(await statuses("one", 1)).toEqual([200]);

  expect(() => faults.inject(failing, { nth: 0 })).toThrow(RangeError);
  expect(() => faults.inject(failing, { times: 1.5 })).toThrow(RangeError);
  expect(faults.pending).toBe(0);
});

test("calls are recorded in order, faults and refusals too, the token's among them", async () => {
  const { faults, managementClient } = running.tenant;
  const fresh = running.managementOf(managementClient);
  faults.inject({ kind: "server error", status: 503 }, { nth: 3 });
  await fresh.connections.list({ name: "one" });
  await expect(fresh.connections.get(idOf("two"))).rejects.toThrow();
  await expect(fresh.connections.get("con_none")).rejects.toThrow();
  expect(faults.calls).toEqual([
    { method: "POST", path: "/oauth/token", query: "", status: 200 },
    { method: "GET", path: "/api/v2/connections", query: expect.stringContaining("name=one") as unknown, status: 200 },
    { method: "GET", path: `/api/v2/connections/${idOf("two")}`, query: "", status: 503, fault: "server error" },
    { method: "GET", path: "/api/v2/connections/con_none", query: "", status: 404 },
  ]);
  faults.resetCalls();
  expect(faults.calls).toEqual([]);
  await running.fetch(`${running.tenant.issuer}.well-known/jwks.json`);
  expect(faults.calls).toEqual([]);
});

test("the token endpoint is struck in OAuth's shape", async () => {
  running.tenant.faults.inject({ kind: "server error", status: 503 }, { path: /^\/oauth\/token$/ });
  running.tenant.faults.inject({ kind: "too many requests", resetHeader: true }, { path: /^\/oauth\/token$/ });
  const get = () => running.managementOf(running.tenant.managementClient).connections.list();
  const ask = async () => {
    const response = await running.fetch(`${running.tenant.issuer}oauth/token`, { method: "POST" });
    return {
      status: response.status,
      body: await response.json(),
      reset: response.headers.get("x-ratelimit-reset"),
    };
  };
  await expect(get()).rejects.toThrow();
  expect(await ask()).toEqual({
    status: 429,
    body: { error: "too_many_requests", error_description: "Too many requests" },
    reset: expect.stringMatching(/^\d+$/) as unknown,
  });
  await expect(get()).resolves.toBeDefined();
});

test("the SDK's own retries get through what it retries", async () => {
  const { faults, domain, managementClient } = running.tenant;
  faults.inject({ kind: "too many requests", resetHeader: true }, { method: "PATCH" });
  faults.inject({ kind: "server error", status: 503 }, { method: "PATCH" });
  const client = new ManagementClient({
    domain,
    ...managementClient,
    fetch: running.fetch as unknown as typeof fetch,
  });
  await client.connections.update(idOf("one"), { display_name: "Retried" });
  expect(faults.calls.filter(({ method }) => method === "PATCH").map(({ status }) => status)).toEqual([429, 503, 200]);
});

test("a deploy that fails after the PATCH leaves the draft new and the code in force old", async () => {
  const { actions } = running.management;
  const id = await deployAction(running, "deploy", code);
  running.tenant.faults.inject({ kind: "server error", status: 500 }, { path: /\/deploy$/, times: Infinity });
  await actions.update(id, { code: `${code} // 2` });
  await expect(buildAndDeploy(running.management, id)).rejects.toMatchObject({ statusCode: 500 });
  expect(await actions.get(id)).toMatchObject({
    status: "built",
    code: `${code} // 2`,
    all_changes_deployed: false,
    deployed_version: { number: 1, code },
  });
});

test("each call of a sequence can be struck in turn", async () => {
  const deployAndBind = async (name: string) => {
    const id = await deployAction(running, name, code);
    await bindActions(running, [id]);
  };
  await deployAndBind("clean");
  const clean = paths();
  expect(clean.map(([method]) => method)).toEqual(["POST", "GET", "POST", "PATCH"]);
  for (const index of clean.keys()) {
    running.tenant.faults.resetCalls();
    running.tenant.faults.inject({ kind: "server error", status: 500 }, { nth: index + 1 });
    await expect(deployAndBind(`struck ${index}`)).rejects.toMatchObject({ statusCode: 500 });
    expect(running.tenant.faults.calls.map(({ fault }) => fault).indexOf("server error")).toBe(index);
  }
});

test("a fault that makes no sense does not compile", () => {
  // @ts-expect-error a status that is no server error
  const refused: Fault = { kind: "server error", status: 404 };
  // @ts-expect-error a 429 that does not say whether it has the header
  const silent: Fault = { kind: "too many requests" };
  // @ts-expect-error a reset is before the effect or after it
  const reset: Fault = { kind: "connection reset", milliseconds: 1 };
  expect([refused, silent, reset]).toHaveLength(3);
});

/** An error with its causes, because the SDK wraps what fetch throws. */
function flatten(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  return { ...error, message: error.message, cause: flatten(error.cause) };
}
