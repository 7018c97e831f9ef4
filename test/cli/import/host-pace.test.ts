import { describe, expect, it } from "vitest";
import { createHostPace } from "../../../cli/import/host-pace.ts";
import { PictureSourceError } from "../../../cli/images/picture-source.ts";

const { signal } = new AbortController();
const google = "https://lh3.googleusercontent.com/a";
const other = "https://pictures.example.com/a";
const refuse = (status: number | undefined, retryAfterMs?: number) => () =>
  Promise.reject(new PictureSourceError("It is too much.", { status, retryAfterMs }));

describe("a host of pictures", () => {
  it.each([
    [429, google, true],
    [503, google, true],
    [403, google, true],
    [404, google, false],
    [429, other, true],
    [503, other, true],
    [403, other, false],
    [undefined, other, false],
  ])("that answers %s (%s) is left alone for a while: %s", async (status, url, isLeftAlone) => {
    const pace = createHostPace({ interval: 0, backoff: 60_000 });
    await expect(pace.ask(url, refuse(status), signal)).rejects.toThrow("It is too much.");
    expect(pace.waitOf(`${url}/another`) > 0).toBe(isLeftAlone);
    // No other host is.
    expect(pace.waitOf("https://example.com/")).toBe(0);
  });

  it("is left alone for longer each time, as long as it says, and never for hours", async () => {
    const waits: number[] = [];
    for (const refusals of [1, 2, 3]) {
      const pace = createHostPace({ interval: 0, backoff: 0.001 });
      for (let times = 0; times < refusals; times += 1)
        await pace.ask(other, refuse(429), signal).catch(() => undefined);
      expect(pace.waitOf(other)).toBeLessThan(1);
      const long = createHostPace({ interval: 0, backoff: 100_000 });
      await long.ask(other, refuse(429, refusals * 120_000), signal).catch(() => undefined);
      waits.push(Math.round(long.waitOf(other) / 20_000));
    }
    expect(waits).toEqual([6, 12, 15]);
  });

  it("is left alone for the rest when it has said so six times in a row, and not when it has served between", async () => {
    const pace = createHostPace({ interval: 0, backoff: 0 });
    for (let times = 0; times < 5; times += 1) await pace.ask(other, refuse(429), signal).catch(() => undefined);
    await pace.ask(other, () => Promise.resolve(), signal);
    for (let times = 0; times < 5; times += 1) await pace.ask(other, refuse(429), signal).catch(() => undefined);
    expect(pace.waitOf(other)).not.toBe(Infinity);
    await pace.ask(other, refuse(503), signal).catch(() => undefined);
    expect(pace.waitOf(other)).toBe(Infinity);
  });

  it("that refuses several requests that were under way together has refused once", async () => {
    const pace = createHostPace({ interval: 0, backoff: 10_000 });
    const { promise, reject } = Promise.withResolvers<never>();
    const asked = Array.from({ length: 10 }, () => pace.ask(other, () => promise, signal).catch(() => undefined));
    reject(new PictureSourceError("It is too much.", { status: 429 }));
    await Promise.all(asked);
    expect(pace.waitOf(other)).toBeGreaterThan(0);
    expect(pace.waitOf(other)).toBeLessThanOrEqual(10_000);
  });

  it("is asked in turns", async () => {
    const pace = createHostPace({ interval: 40 });
    const times: number[] = [];
    const began = performance.now();
    await Promise.all(
      Array.from({ length: 4 }, () => pace.ask(other, async () => times.push(performance.now()), signal)),
    );
    // A timer of Node's may be early by less than a millisecond.
    expect((times.at(-1) ?? 0) - began).toBeGreaterThan(3 * 40 - 4);
  });
});
