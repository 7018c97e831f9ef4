// The turns that a process's calls of the Management API take once its rate limit was reached.
import { setTimeout as sleep } from "node:timers/promises";
import { beforeEach, expect, it, vi } from "vitest";
import { inTurns, sayRateLimit } from "../../../components/auth0/management-client.ts";

let log: string[];
const methods = inTurns({
  async work(name: string) {
    log.push(`${name} begins`);
    await sleep(20);
    log.push(`${name} ends`);
    if (name === "a") throw new Error("a fails");
    return name;
  },
});
const workAtOnce = () => Promise.allSettled(["a", "b"].map((name) => methods.work(name)));

beforeEach(() => {
  log = [];
  vi.spyOn(console, "info").mockImplementation(() => undefined);
});

it("are none before that", async () => {
  await workAtOnce();

  expect(log.slice(0, 2)).toEqual(["a begins", "b begins"]);
});

it("go on after one that failed", async () => {
  sayRateLimit();
  sayRateLimit();
  const results = await workAtOnce();

  expect(console.info).toHaveBeenCalledTimes(1);
  expect(log).toEqual(["a begins", "a ends", "b begins", "b ends"]);
  expect(results.map(({ status }) => status)).toEqual(["rejected", "fulfilled"]);
});
