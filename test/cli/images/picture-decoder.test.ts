// What comes out of a file, which files are refused, and that a decoder that crashes or does not end takes one picture
// with it, and nothing else.
import { fork } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import sharp from "sharp";
import { afterEach, describe, expect, it } from "vitest";
import { openPictureDecoder } from "../../../cli/images/picture-decoder.ts";
import type { DecoderOptions, PictureDecoder } from "../../../cli/images/picture-decoder.ts";
import { refusalReason } from "../../../cli/images/refusal-reason.ts";
import { UploadRefusal } from "../../../functions/picture-upload/upload-refusal.ts";
import { attacks, polyglots } from "../../functions/attack-pictures.ts";
import { smuggled } from "../../functions/mutated-pictures.ts";
import { openProcessor } from "../../functions/picture-processor.ts";
import { photos, refused, secret } from "../../functions/source-pictures.ts";
import { isRare, these } from "../../rare.ts";
import { decoderPids, environmentOf, groupOf, isRunning, untilEnded, worksFor } from "./decoder-pids.ts";

let opened: PictureDecoder[] = [];
afterEach(async () => {
  const all = opened;
  opened = [];
  await Promise.all(all.map((decoder) => decoder.close()));
});

function open(options?: DecoderOptions): PictureDecoder {
  const decoder = openPictureDecoder(options);
  opened.push(decoder);
  return decoder;
}

const plain = (side: number) => sharp({ create: { width: side, height: side, channels: 3, background: "#808" } });
const small = () => plain(100).png().toBuffer();
/** Takes most of a second of a processor. */
const large = () => (largeBytes ??= plain(7000).png({ compressionLevel: 1 }).toBuffer());
let largeBytes: Promise<Buffer> | undefined;
const answerOf = (answer: Promise<unknown>) =>
  answer.then(
    () => "picture",
    (error: unknown) => (error instanceof UploadRefusal ? error.code : error),
  );

/** Its decoder looks through all of them again for each: half a minute of a processor. */
const takeLong = new Set(["a WebP of 40,000 frames"]);

/** One process, which has nothing to do. */
async function openOne(options: DecoderOptions = {}) {
  const decoder = open({ processes: 1, ...options });
  await decoder.process(await small());
  const [pid = 0] = decoderPids();
  return { decoder, pid };
}

describe("a picture", () => {
  it("comes out clean, upright and square, with an upload's bytes", async () => {
    const [decoder, uploads] = [open(), await openProcessor()];
    const larger = "a larger photo";
    const sources = { ...photos, [larger]: () => plain(2000).jpeg().withIccProfile("p3").toBuffer() };
    const onItsSide = "a JPEG that lies on its side, with GPS and a profile";
    for (const [name, make] of these(sources, larger, onItsSide, "an animated WebP")) {
      const bytes = await make();
      const picture = await decoder.process(bytes);
      const { webp, smallWebp, jpeg } = picture;
      const side = name === larger ? 512 : 480;

      for (const [one, format, own] of [
        [webp, "webp", side],
        [smallWebp, "webp", 96],
        [jpeg, "jpeg", side],
      ] as const) {
        expect(Buffer.from(one).includes(secret)).toBe(false);
        const { exif, icc, xmp, iptc, orientation, pages, ...read } = await sharp(one).metadata();
        expect({ exif, icc, xmp, iptc, orientation, pages }, name).toEqual({});
        expect(read, name).toMatchObject({ format, width: own, height: own, space: "srgb", depth: "uchar" });
      }
      // So that a picture has the same key, whichever way it came.
      expect(await uploads.process(bytes), name).toEqual({ picture });
    }
    await uploads.close();
  });

  it("comes out of up to 50 MB", async () => {
    const decoder = open({ processes: 1 });
    const jpeg = await plain(200).jpeg().toBuffer();
    const padded = (length: number) => Buffer.concat([jpeg], length);

    expect(await answerOf(decoder.process(padded(50_000_000)))).toBe("picture");
    expect(await answerOf(decoder.process(padded(50_000_001)))).toBe("too_large");
  });

  it("is refused as an upload is, but for its bytes", async () => {
    const decoder = open();
    for (const [name, [code, make]] of Object.entries(refused))
      expect(await answerOf(decoder.process(await make())), name).toBe(code === "too_large" ? "picture" : code);
  });

  it("has nothing of what else its source is", async () => {
    const decoder = open();
    for (const [name, make] of Object.entries(polyglots)) {
      const { webp, smallWebp, jpeg } = await decoder.process(await make());
      for (const one of [webp, smallWebp, jpeg]) expect(Buffer.from(one).includes(smuggled), name).toBe(false);
    }
  });

  it("is made or refused of what attackers make, with one decoder for all", async () => {
    // What a person waits for says nothing here.
    const decoder = open({ maxSeconds: 1200 });
    const all = Object.entries(attacks(isRare)).filter(([name]) => isRare || !takeLong.has(name));
    const answers = all.map(async ([name, { make }]) => [name, await answerOf(decoder.process(async () => make()))]);

    expect(await Promise.all(answers)).toEqual(all.map(([name, { answer }]) => [name, answer]));
  });
});

describe("a process", () => {
  it.each(["SIGKILL", ...(isRare ? (["SIGSEGV", "SIGABRT"] as const) : [])] as const)(
    "that %s ends takes its picture, and nothing else",
    async (signal) => {
      const { decoder, pid } = await openOne();
      const [bytes, others] = [await large(), await small()];
      const crashed = answerOf(decoder.process(bytes));
      const waiting = [1, 2, 3].map(() => answerOf(decoder.process(others)));
      await worksFor(pid, 50);
      process.kill(pid, signal);

      expect(await crashed).toBe("damaged");
      expect(await Promise.all(waiting)).toEqual(["picture", "picture", "picture"]);
      expect(decoderPids()).toHaveLength(1);
      expect(decoderPids()).not.toContain(pid);
    },
  );

  it.each([
    ["while it has nothing to do", async (pid: number) => untilEnded([pid])],
    ["and nobody has noticed", () => undefined],
  ])("that ends %s is not the next picture's fault", async (_, wait) => {
    const { decoder, pid } = await openOne();
    process.kill(pid, "SIGKILL");
    await wait(pid);

    expect(await answerOf(decoder.process(await small()))).toBe("picture");
  });

  it("that ends before it has the picture is replaced", async () => {
    const { decoder, pid } = await openOne();
    process.kill(pid, "SIGSTOP");
    const answer = answerOf(decoder.process(await small()));
    await sleep(20);
    process.kill(pid, "SIGKILL");

    expect(await answer).toBe("picture");
  });

  it("that does not end is ended", async () => {
    const decoder = open({ processes: 1, maxSeconds: 0.001 });
    const bytes = await large();
    const seen = new Set<number>();
    for (let count = 0; count < 2; count += 1) {
      const answer = answerOf(decoder.process(bytes));
      while (decoderPids().length === 0) await sleep(1);
      for (const pid of decoderPids()) seen.add(pid);
      expect(await answer).toBe("too_complex");
    }

    expect(seen.size).toBe(2);
    await untilEnded([...seen]);
  });

  it("leaves Ctrl-C to who started it", async () => {
    const { decoder, pid } = await openOne();
    const answer = answerOf(decoder.process(await large()));
    await worksFor(pid, 20);
    // A terminal sends it to the group; this is more.
    process.kill(pid, "SIGINT");

    expect(groupOf(pid)).toBe(pid);
    expect(await answer).toBe("picture");
    expect(decoderPids()).toEqual([pid]);
  });

  it("has none of the credentials of who started it", async () => {
    process.env["AUTH0_CLIENT_SECRET"] = "a client's secret";
    try {
      const { pid } = await openOne();

      expect(environmentOf(pid)).toContain("PATH=");
      expect(environmentOf(pid)).not.toContain("AUTH0");
    } finally {
      delete process.env["AUTH0_CLIENT_SECRET"];
    }
  });

  it("ends when who started it is gone", async () => {
    const owner = fork(join(import.meta.dirname, "open-decoder.ts"), { execArgv: [] });
    const [pids] = (await once(owner, "message")) as [number[]];
    expect(pids.map(isRunning)).toEqual([true]);
    owner.kill("SIGKILL");

    await untilEnded(pids);
  });

  it("that cannot start is no picture's fault", async () => {
    const before = process.env["NODE_OPTIONS"];
    process.env["NODE_OPTIONS"] = "--require=/not-there.cjs";
    try {
      const answer = open({ processes: 1 }).process(await small());

      await expect(answer).rejects.toMatchObject({
        name: "Error",
        message: expect.stringMatching(/^The decoder of pictures \(sharp\) does not start: .*not-there/) as string,
      });
    } finally {
      if (before === undefined) delete process.env["NODE_OPTIONS"];
      else process.env["NODE_OPTIONS"] = before;
    }
  });
});

describe("many pictures", () => {
  it("are not in memory before their turn", async () => {
    const decoder = open({ processes: 2 });
    const bytes = await small();
    let [held, most] = [0, 0];
    const answers = Array.from({ length: 20 }, async () => {
      const picture = await decoder.process(async () => {
        most = Math.max(most, (held += 1));
        return Promise.resolve(bytes);
      });
      held -= 1;
      return picture;
    });

    expect(decoder.concurrency).toBe(2);
    expect(await Promise.all(answers)).toHaveLength(20);
    expect(most).toBe(2);
    expect(decoderPids()).toHaveLength(2);
  });

  it("are not in memory after their turn", async () => {
    const decoder = open({ processes: 1 });
    const source = await small();
    const pictures: WeakRef<Uint8Array>[] = [];
    for (let count = 0; count < 6; count += 1) pictures.push(new WeakRef((await decoder.process(source)).webp));
    setFlagsFromString("--expose-gc");
    const collectGarbage = runInNewContext("gc") as () => void;
    // What a WeakRef has given out stays until the next turn of the event loop.
    await sleep(1);
    collectGarbage();

    // The last one may still be in a variable somewhere.
    expect(pictures.slice(0, -1).filter((picture) => picture.deref() !== undefined)).toHaveLength(0);
  });

  it("go on after a source that throws", async () => {
    const decoder = open({ processes: 1 });

    await expect(decoder.process(() => Promise.reject(new Error("no file")))).rejects.toThrow("no file");
    expect(await answerOf(decoder.process(await small()))).toBe("picture");
  });

  it("end with the decoder, and are not called damaged", async () => {
    const { decoder, pid } = await openOne();
    const bytes = await large();
    const answers = [1, 2].map(() => decoder.process(bytes));
    const outcomes = Promise.allSettled(answers);
    await worksFor(pid, 20);
    await decoder.close();

    expect(decoderPids()).toEqual([]);
    for (const outcome of await outcomes)
      expect(outcome).toMatchObject({ reason: { name: "Error", message: "The decoder is closed." } });
    await expect(decoder.process(bytes)).rejects.toThrow("The decoder is closed.");
    await decoder.close();
  });
});

it.each([...new Set(Object.values(refused).map(([code]) => code))])(
  "the reason of %s has the limits of files, in one line",
  (code) => {
    const reason = refusalReason(new UploadRefusal(code));

    expect(reason).toMatch(/^The (file|picture) [^\n]+\. ?[^\n]*\.$/);
    expect(reason).not.toContain("4.5 MB");
    if (code === "too_large") expect(reason).toContain("50 MB");
  },
);
