// The turns that a process's work on the Management API takes once its rate limit was reached.
import { setTimeout as sleep } from "node:timers/promises";
import { beforeEach, expect, it, vi } from "vitest";
import { createRateLimit } from "../../../components/auth0/rate-limited-queue.ts";
import type { RateLimit } from "../../../components/auth0/rate-limited-queue.ts";
import { serialized } from "../../../components/auth0/serial-queue.ts";

let log: string[];
let rateLimit: RateLimit;
const workAtOnce = () => {
  const methods = serialized(rateLimit.queue, {
    async work(name: string) {
      log.push(`${name} begins`);
      await sleep(20);
      log.push(`${name} ends`);
      if (name === "a") throw new Error("a fails");
      return name;
    },
  });
  return Promise.allSettled(["a", "b"].map((name) => methods.work(name)));
};

beforeEach(() => {
  log = [];
  rateLimit = createRateLimit();
  vi.spyOn(console, "info").mockImplementation(() => undefined);
});

it("are not taken before that", async () => {
  await workAtOnce();

  expect(log.slice(0, 2)).toEqual(["a begins", "b begins"]);
});

it("go on after one that failed", async () => {
  rateLimit.onReached();
  rateLimit.onReached();
  const results = await workAtOnce();

  expect(console.info).toHaveBeenCalledTimes(1);
  expect(log).toEqual(["a begins", "a ends", "b begins", "b ends"]);
  expect(results.map(({ status }) => status)).toEqual(["rejected", "fulfilled"]);
});
