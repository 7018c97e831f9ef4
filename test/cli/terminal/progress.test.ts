// How far something is, on a terminal and in a log.
import { Writable } from "node:stream";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { openTerminal } from "../../../cli/terminal/open-terminal.ts";
import { progressBar, progressLine } from "../../../cli/terminal/progress-line.ts";
import { startPace } from "../../../cli/terminal/progress-pace.ts";
import { textWidth } from "../../../cli/terminal/text-width.ts";

const state = { noun: "users", total: 10_000, done: 1234, rate: 15.23, reason: undefined };

it.each([
  [{}, "1,234 of 10,000 users (12 %), 15.2 a second, 10 min left"],
  [{ rate: undefined }, "1,234 of 10,000 users (12 %)"],
  [{ rate: 0 }, "1,234 of 10,000 users (12 %), 0 a second, time left unknown"],
  [{ rate: 0.5 }, "1,234 of 10,000 users (12 %), 0.5 a second, 4 h 53 min left"],
  [{ done: 9999 }, "9,999 of 10,000 users (99 %), 15.2 a second, 1 s left"],
  [{ done: 10_000 }, "10,000 of 10,000 users (100 %), 15.2 a second"],
  // An export can tell fewer than there are.
  [{ done: 10_010 }, "10,010 of 10,000 users (100 %), 15.2 a second"],
  [{ total: undefined }, "1,234 users, 15.2 a second"],
  [{ total: 0, done: 0, rate: undefined }, "0 of 0 users"],
  [
    { reason: "Auth0's rate limit" },
    "1,234 of 10,000 users (12 %), 15.2 a second, 10 min left, waiting for Auth0's rate limit",
  ],
])("%j: %s", (difference, line) => {
  const { total, ...rest } = { ...state, ...difference };
  expect(progressLine({ ...rest, ...(total !== undefined && { total }) })).toBe(line);
});

it("has a bar where there is room, which is full only at the end", () => {
  const line = progressLine(state);
  expect(progressBar(state, 100)).toBe(`██░░░░░░░░░░░░░░░░░░░░░░ ${line}`);
  expect(progressBar({ ...state, done: 9999 }, 100)).toMatch(/^█{23}░ /);
  expect(progressBar({ ...state, done: 10_010 }, 100)).toMatch(/^█{24} /);
  expect(progressBar(state, line.length + 9)).toBe(`░░░░░░░░ ${line}`);
  expect(progressBar(state, line.length + 8)).toBe(line);
  for (let width = 1; width < 90; width += 1) expect(textWidth(progressBar(state, width))).toBeLessThanOrEqual(width);
});

it("goes by the last half minute: what was done before does not count, and a pause is forgotten", () => {
  let time = 5000;
  const pace = startPace(7000, () => time);
  let done = 7000;
  const work = (seconds: number, perSecond: number) => {
    for (let tick = 0; tick < seconds * 4; tick += 1) {
      time += 250;
      done += perSecond / 4;
      pace.count(done);
    }
  };
  time += 500;
  expect(pace.rate(done)).toBeUndefined();
  work(10, 20);
  expect(pace.rate(done)).toBeCloseTo(200 / 10.5);
  // A minute in which nothing is done is seen while it lasts.
  time += 60_000;
  expect(pace.rate(done)).toBeLessThan(3);
  work(60, 8);
  expect(pace.rate(done)).toBeCloseTo(8, 1);
});

function logged(isTTY: boolean) {
  let text = "";
  const stream = new Writable({
    write(chunk, _, callback) {
      text += String(chunk);
      callback();
    },
  });
  const onTerminal = { isTTY: true, columns: 100, cursorTo: () => true, moveCursor: () => true, clearLine: () => true };
  if (isTTY) Object.assign(stream, onTerminal);
  const take = () => {
    const taken = text;
    text = "";
    return taken;
  };
  return { stream, take };
}

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

it("in a log is a line every quarter of a minute in which something has changed, and one at the end", async () => {
  const { stream, take } = logged(false);
  const terminal = await openTerminal({ stream, environment: {} });
  const progress = terminal.startProgress({ noun: "users", total: 300 });
  for (let second = 0; second < 60; second += 1) {
    vi.advanceTimersByTime(1000);
    if (second < 20) progress.advance(5);
  }
  progress.wait("Auth0's \x1blimit");
  vi.advanceTimersByTime(45_000);
  expect(take().split("\n")).toEqual([
    "70 of 300 users (23 %), 4.67 a second, 50 s left",
    "100 of 300 users (33 %), 3.33 a second, 1 min left",
    "100 of 300 users (33 %), 1 a second, 4 min left",
    "100 of 300 users (33 %), 0 a second, time left unknown",
    "100 of 300 users (33 %), 0 a second, time left unknown, waiting for Auth0's \\u001blimit",
    "",
  ]);
  progress.end();
  progress.end();
  expect(take()).toBe("100 of 300 users (33 %)\n");
  vi.advanceTimersByTime(60_000);
  expect([take(), vi.getTimerCount()]).toEqual(["", 0]);
});

it("says on a terminal what is said above the bar, and leaves the last line", async () => {
  const { stream, take } = logged(true);
  const terminal = await openTerminal({ stream, environment: { TERM: "xterm" } });
  const progress = terminal.startProgress({ noun: "users", total: 4, done: 1 });
  progress.advance(2);
  vi.advanceTimersByTime(200);
  terminal.wait("Auth0's rate limit");
  vi.advanceTimersByTime(200);
  terminal.say("line 3: there is no user\x1b[2J");
  vi.advanceTimersByTime(200);
  const shown = take();
  expect(shown).toContain(`${"█".repeat(6)}${"░".repeat(18)} 1 of 4 users (25 %)`);
  expect(shown).toContain(`${"█".repeat(18)}${"░".repeat(6)} 3 of 4 users (75 %)`);
  expect(shown).toContain("3 of 4 users (75 %), waiting for Auth0's rate limit");
  expect(shown).toContain("line 3: there is no user\\u001b[2J\n");
  terminal.close();
  expect(take()).toMatch(/3 of 4 users \(75 %\)\n$/);
  expect(vi.getTimerCount()).toBe(0);
});

it.each([{ CI: "true", TERM: "xterm" }, { TERM: "dumb" }])("draws nothing for %j", async (environment) => {
  const { stream, take } = logged(true);
  const terminal = await openTerminal({ stream, environment });
  terminal.startProgress({ noun: "users" }).end();
  expect(take()).toBe("0 users\n");
});

it("says that calls wait where there is no bar, if they do for long", async () => {
  const { stream, take } = logged(false);
  const terminal = await openTerminal({ stream, environment: {} });
  terminal.wait("Auth0's rate limit");
  vi.advanceTimersByTime(1000);
  terminal.wait(undefined);
  vi.advanceTimersByTime(5000);
  expect(take()).toBe("");
  terminal.wait("Auth0's rate limit");
  vi.advanceTimersByTime(5000);
  expect(take()).toBe("Waiting for Auth0's rate limit.\n");
  terminal.wait("Auth0's rate limit");
  terminal.close();
  expect(vi.getTimerCount()).toBe(0);
});
