// Uploads that arrive slowly and at once, honest and hostile ones, through the HTTP API to the function's own files:
// the right answer each, no more processes and memory than there should be, and the next request is served.
import { once } from "node:events";
import { readdirSync, readFileSync } from "node:fs";
import { connect as connectTls } from "node:tls";
import type { TLSSocket } from "node:tls";
import { expect, it, onTestFinished } from "vitest";
import { photos, refused } from "../../functions/source-pictures.ts";
import { isRare } from "../../rare.ts";
import { deployUpload, pictureBaseUrl } from "./deployed-upload.ts";
import type { DeployedUpload } from "./deployed-upload.ts";
import { linesOf, runAws, token } from "./running-aws.ts";

const count = 300;
/** Functions that run at once. */
const most = 4;
const names = Array.from({ length: 10 }, (_, index) => `user${index}`);
/** Bytes that an HTTP API reads of one request. */
const mostPayload = 10 * 1024 * 1024;
/** In milliseconds. */
const requestTimeout = 120_000;
const throttled = { status: 503, body: { message: "Service Unavailable" } };

const running = runAws({ requestTimeout });
let upload: DeployedUpload;
interface Answer {
  readonly status: number;
  readonly body: { readonly url?: string; readonly code?: string; readonly message?: string };
}

const userOf = (index: number) => names[index % names.length] ?? "";
const bearerOf = (index: number) => `Bearer ${token({ sub: `auth0|${userOf(index)}`, exp: Date.now() / 1000 + 3600 })}`;

async function open(index: number, headers: readonly string[]): Promise<TLSSocket> {
  const { hostname } = new URL(upload.url);
  const { port } = running.aws;
  const socket = connectTls({ host: "127.0.0.1", port, servername: hostname, ca: running.certificate.ca });
  socket.on("error", () => undefined);
  await once(socket, "secureConnect");
  const lines = [`host: ${hostname}`, "content-type: image/png", "connection: close", ...headers];
  socket.write(`PUT /picture HTTP/1.1\r\n${lines.join("\r\n")}\r\nauthorization: ${bearerOf(index)}\r\n\r\n`);
  return socket;
}

async function answerOf(socket: TLSSocket): Promise<Answer> {
  const [head = "", body = ""] = Buffer.concat((await socket.toArray()) as Buffer[])
    .toString()
    .split("\r\n\r\n");
  return { status: Number(head.split(" ")[1]), body: JSON.parse(body) as Answer["body"] };
}

const waits = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** All of the body but its last byte, in a few pieces, and that one when all others are as far. */
async function drip(index: number, body: Buffer, together: Promise<unknown>, isThere: () => void) {
  const socket = await open(index, [`content-length: ${body.length}`]);
  const answer = answerOf(socket);
  const piece = Math.ceil(body.length / 8);
  for (let at = 0; at < body.length - 1; at += piece) {
    socket.write(body.subarray(at, Math.min(at + piece, body.length - 1)));
    await waits(20);
  }
  isThere();
  await together;
  socket.write(body.subarray(-1));
  return answer;
}

/** Without an end, until it is answered. */
async function endless(index: number): Promise<Answer> {
  const socket = await open(index, ["transfer-encoding: chunked"]);
  const answer = answerOf(socket);
  const chunk = Buffer.concat([Buffer.from("10000\r\n"), Buffer.alloc(0x10000, "a"), Buffer.from("\r\n")]);
  // More than anybody should read of it.
  for (let sent = 0; sent < 64e6 && socket.writable; sent += chunk.length) if (!socket.write(chunk)) await waits(5);
  return answer;
}

const json = async (answer: Response) => ({ status: answer.status, body: (await answer.json()) as Answer["body"] });
const send = (index: number, body: Buffer) =>
  running.aws
    .fetch(`${upload.url}/picture`, {
      method: "PUT",
      headers: { authorization: bearerOf(index), "content-type": "image/png" },
      body,
    })
    .then(json);

/** As a page does it that is told to try again. */
async function untilServed(index: number, body: Buffer): Promise<Answer> {
  for (;;) {
    const answer = await send(index, body);
    if (answer.status !== 503) return answer;
    expect(answer).toEqual(throttled);
    await waits(100);
  }
}

/** The functions' processes that run, by their ids, with the most memory that each has had, in bytes; Linux only. */
function functionProcesses(): ReadonlyMap<string, number> {
  const read = (path: string) => {
    try {
      return readFileSync(path, "utf8");
    } catch {
      return "";
    }
  };
  const found = new Map<string, number>();
  for (const id of readdirSync("/proc").filter((name) => /^\d+$/.test(name))) {
    const status = read(`/proc/${id}/status`);
    if (!new RegExp(`^PPid:\\s+${process.pid}$`, "m").test(status)) continue;
    if (!read(`/proc/${id}/cmdline`).includes("lambda-bootstrap")) continue;
    found.set(id, Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1]) * 1024);
  }
  return found;
}

/** Looks until it is told to stop. */
function watchMemory() {
  const before = process.memoryUsage.rss();
  const peaks = { processes: 0, ofOne: 0, sandbox: 0 };
  const timer = setInterval(() => {
    peaks.sandbox = Math.max(peaks.sandbox, process.memoryUsage.rss() - before);
    if (process.platform !== "linux") return;
    const all = functionProcesses();
    peaks.processes = Math.max(peaks.processes, all.size);
    peaks.ofOne = Math.max(peaks.ofOne, ...all.values());
  }, 500);
  return () => {
    clearInterval(timer);
    return peaks;
  };
}

type Kind = "photo" | "refused" | "abandoned" | "stuck" | "endless" | "too large";
const kinds: readonly Kind[] = ["photo", "photo", "refused", "abandoned", "photo", "refused", "photo", "stuck"];
const kindOf = (index: number): Kind =>
  index % 15 === 14 ? (index % 2 === 0 ? "endless" : "too large") : (kinds[index % kinds.length] ?? "photo");

it.runIf(isRare)(`${count} uploads at once are answered each as they should be`, async () => {
  const good = await Promise.all(Object.values(photos).map((make) => make()));
  const bad = await Promise.all(Object.values(refused).map(async ([code, make]) => ({ code, body: await make() })));
  const tooLarge = Buffer.alloc(4_800_000, "a");
  const of = (kind: Kind) =>
    Array.from({ length: count }, (_, index) => index).filter((index) => kindOf(index) === kind);
  const photoAt = (index: number) => good[index % good.length] ?? Buffer.alloc(0);
  const badAt = (index: number) => bad[index % bad.length];
  upload = await deployUpload(running, { names, most });
  onTestFinished(() => upload.close());
  const stop = watchMemory();

  const { promise: together, resolve } = Promise.withResolvers<undefined>();
  const dripping = [...of("photo"), ...of("refused"), ...of("too large")];
  let there = 0;
  const isThere = () => {
    there += 1;
    if (there === dripping.length) resolve(undefined);
  };
  const stuck = of("stuck").map(async (index) => {
    const socket = await open(index, ["content-length: 1000"]);
    socket.write("a");
    return answerOf(socket);
  });
  const abandoned = of("abandoned").map(async (index) => {
    const socket = await open(index, [`content-length: ${photoAt(index).length}`]);
    socket.write(photoAt(index).subarray(0, -1));
    await together;
    socket.destroy();
  });
  const bodyAt = (index: number) =>
    ({ photo: photoAt(index), refused: badAt(index)?.body })[kindOf(index) as string] ?? tooLarge;
  const first = new Map<number, Answer>();
  const ends = dripping.map(async (index) => first.set(index, await drip(index, bodyAt(index), together, isThere)));
  const endlessAnswers = await Promise.all(of("endless").map(endless));
  await Promise.all([...ends, ...abandoned]);

  const isOfFunction = ({ body }: Answer) => body.code !== undefined || body.url !== undefined;
  const isThrottled = (answer: Answer) => answer.status === 503 && !isOfFunction(answer);
  const hasRun = [...first.values()].filter(isOfFunction).length;
  expect(hasRun).toBeGreaterThanOrEqual(most);
  expect(linesOf(running, upload.logGroup).filter((line) => line.startsWith("START"))).toHaveLength(hasRun);
  const turnedAway = [...first].filter(([, answer]) => isThrottled(answer));
  expect(turnedAway.length).toBeGreaterThan(0);
  expect(turnedAway.map(([, answer]) => answer)).toEqual(turnedAway.map(() => throttled));
  const again = turnedAway.map(([index]) => index).values();
  const lanes = Array.from({ length: 8 }, async () => {
    for (const index of again) first.set(index, await untilServed(index, bodyAt(index)));
  });
  await Promise.all(lanes);

  const urls = new Set<string>();
  for (const index of of("photo")) {
    const { status, body } = first.get(index) ?? {};
    expect([index, status, body]).toEqual([index, 200, expect.objectContaining({ url: expect.any(String) as string })]);
    urls.add(`${userOf(index)} ${body?.url}`);
  }
  for (const index of of("refused")) expect(first.get(index)?.body.code).toBe(badAt(index)?.code);
  const large = { status: 413, body: { message: "Request Entity Too Large" } };
  for (const index of of("too large")) expect(first.get(index)).toEqual(large);
  expect(endlessAnswers).toEqual(of("endless").map(() => large));
  for (const answer of await Promise.all(stuck))
    expect(answer).toEqual({ status: 408, body: { message: "Request Timeout" } });

  const peaks = stop();
  console.log(`of ${count} uploads, ${turnedAway.length} were throttled at first; bytes: %o`, peaks);
  expect(peaks.processes).toBeLessThanOrEqual(most);
  expect(peaks.ofOne).toBeLessThan(512e6);
  // What is on its way at once is here three times: the sender's, the listener's pieces, and the whole body.
  const sent = dripping.reduce((sum, index) => sum + bodyAt(index).length, endlessAnswers.length * mostPayload);
  expect(peaks.sandbox).toBeLessThan(3 * sent + 300e6);

  const next = await send(0, photoAt(0));
  expect(next.status).toBe(200);
  expect(await upload.pictureOf(`auth0|${userOf(0)}`)).toBe(next.body.url);
  for (const name of names) expect(urls).toContain(`${name} ${String(await upload.pictureOf(`auth0|${name}`))}`);
  for (const url of urls) expect(url).toContain(` ${pictureBaseUrl}u/`);
});
