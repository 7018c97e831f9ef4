// How hosts are asked: each address once, few at once, and not on and on where nothing answers.
import { setImmediate as turn } from "node:timers/promises";
import { expect, it } from "vitest";
import { pictureInspector } from "../../../cli/audit/picture-inspector.ts";
import type { UrlInspection } from "../../../cli/images/inspect-url.ts";

const { signal } = new AbortController();
const fine: UrlInspection = { state: "picture", type: "image/png", bytes: 1, width: 96, height: 96 };
const unknown: UrlInspection = { state: "unknown", reason: "It does not answer." };

/** A network that answers when the test says so. */
function network() {
  const asked: { url: string; answer: (inspection: UrlInspection) => void }[] = [];
  const inspect = (url: string) => new Promise<UrlInspection>((resolve) => asked.push({ url, answer: resolve }));
  return { asked, inspect };
}

it("asks for each address once, also while the first answer is on its way", async () => {
  const { asked, inspect } = network();
  const inspector = pictureInspector(inspect, { signal });
  const both = [inspector.inspect("https://a.example/1"), inspector.inspect("https://a.example/1")];
  await turn();
  asked[0]?.answer(fine);
  expect(await Promise.all(both)).toEqual([fine, fine]);
  expect(await inspector.inspect("https://a.example/1")).toEqual(fine);
  expect(asked).toHaveLength(1);
});

it("asks each host a few at once, and another goes on meanwhile", async () => {
  const { asked, inspect } = network();
  const inspector = pictureInspector(inspect, { signal, atOnce: 2 });
  const all = [1, 2, 3, 4, 5].map((index) => inspector.inspect(`https://a.example/${index}`));
  all.push(inspector.inspect("https://b.example/1"));
  await turn();
  expect(asked.map(({ url }) => url)).toEqual(["https://a.example/1", "https://a.example/2", "https://b.example/1"]);
  for (let at = 0; at < 6; at += 1) {
    asked[at]?.answer(fine);
    await turn();
    const hosts = asked.slice(at + 1).filter(({ url }) => url.startsWith("https://a."));
    expect(hosts.length).toBeLessThanOrEqual(2);
  }
  await Promise.all(all);
  expect(asked).toHaveLength(6);
});

it("asks no more than 24 in all", async () => {
  const { asked, inspect } = network();
  const inspector = pictureInspector(inspect, { signal });
  const all = Array.from({ length: 40 }, (_, index) => inspector.inspect(`https://h${index}.example/`));
  await turn();
  expect(asked).toHaveLength(24);
  for (let at = 0; at < 40; at += 1) {
    asked[at]?.answer(fine);
    await turn();
  }
  expect(await Promise.all(all)).toHaveLength(40);
});

it("leaves a host alone that has not answered twelve times in a row, and says so of the rest", async () => {
  let calls = 0;
  let isDown = true;
  const inspector = pictureInspector(async () => ((calls += 1), isDown ? unknown : fine), { signal, atOnce: 1 });
  const ask = (index: number) => inspector.inspect(`https://a.example/${index}`);
  for (let index = 0; index < 11; index += 1) await ask(index);
  isDown = false;
  expect(await ask(11)).toEqual(fine);
  isDown = true;
  for (let index = 12; index < 24; index += 1) expect(await ask(index)).toEqual(unknown);
  expect(await ask(24)).toEqual({
    ...{ state: "unknown", reason: "a.example was asked nothing more, after 12 failures in a row" },
  });
  expect(calls).toBe(24);
  isDown = false;
  expect(await inspector.inspect("https://b.example/")).toEqual(fine);
});

it("is ended by the signal's reason", async () => {
  const inspector = pictureInspector(() => Promise.reject(new Error("Ctrl-C")), { signal });
  await expect(inspector.inspect("https://a.example/")).rejects.toThrow("Ctrl-C");
});
