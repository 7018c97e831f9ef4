// What an import's journal remembers, and what becomes of it when the disk, a kill or another import comes between.
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import {
  appendFileSync,
  chmodSync,
  linkSync,
  readFileSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openJournal } from "../../../cli/import/import-journal.ts";
import type { ImportJournal, JournalOptions } from "../../../cli/import/import-journal.ts";
import { openTableFolder } from "./table-folder.ts";
import type { TableFolder } from "./table-folder.ts";

let folder: TableFolder;
let path: string;
let open: ImportJournal[];
beforeEach(() => {
  folder = openTableFolder();
  path = join(folder.folder, "users.csv.import.jsonl");
  open = [];
});
afterEach(async () => {
  for (const journal of open) await journal.close();
  folder.remove();
});

const binding = { tenant: "example.eu.auth0.com", bucket: "pictures", format: "webp", attribute: "metadata" };
const journalOf = async (options: Partial<JournalOptions> = {}) => {
  const journal = await openJournal({ path, binding, fingerprint: "1", ...options });
  open.push(journal);
  return journal;
};
const entry = { picture: "p", userId: "auth0|a" };

it("remembers the last of each user, whatever case an address is in", async () => {
  const journal = await journalOf();
  expect(journal.earlier).toEqual({
    ...{ begunAt: undefined, finishedAt: undefined, done: 0, isChanged: false, damagedLines: 0 },
  });
  journal.begun("A@example.com", entry);
  journal.done("A@example.com", entry, { url: "https://example.com/" });
  journal.begun("auth0|b", { picture: "q", userId: "auth0|b" });
  journal.failed("auth0|c", "It is broken.");
  journal.begun("auth0|d", entry);
  journal.done("auth0|d", entry);
  journal.begun("auth0|d", { ...entry, picture: "q" });
  journal.keep({ job: "job_1" });
  await journal.close();

  const again = await journalOf();
  expect(again.entryOf("a@EXAMPLE.com")).toEqual({ step: "done", ...entry });
  expect(again.entryOf("auth0|b")).toEqual({ step: "begun", picture: "q", userId: "auth0|b" });
  expect(again.entryOf("auth0|c")?.step).toBe("failed");
  expect(again.entryOf("auth0|d")).toEqual({ step: "begun", ...entry, picture: "q" });
  expect(again.entryOf("auth0|B")).toBeUndefined();
  expect(again.kept).toEqual([{ job: "job_1" }]);
  expect(again.earlier).toMatchObject({ done: 1, isChanged: false, finishedAt: undefined });
  expect(again.earlier.begunAt).toMatch(/^20/);
  again.finish({});
  await again.close();
  // It did nothing, so it has not been run.
  expect((await journalOf()).earlier.finishedAt).toBeUndefined();
});

it("knows that it came to its end, until it is begun again, and that its source was changed", async () => {
  const first = await journalOf();
  first.done("auth0|a", entry);
  first.finish({ counts: {} });
  await first.close();
  const second = await journalOf({ fingerprint: "2" });
  expect(second.earlier.finishedAt).toMatch(/^20/);
  expect(second.earlier.isChanged).toBe(true);
  second.begun("auth0|b", entry);
  await second.close();
  expect((await journalOf({ fingerprint: "2" })).earlier).toMatchObject({ finishedAt: undefined, isChanged: false });
});

it("has every line on its way before the next step, and is for its owner alone", async () => {
  const journal = await journalOf();
  journal.begun("auth0|a", entry);
  expect(readFileSync(path, "utf8").split("\n")).toHaveLength(4);
  expect(statSync(path).mode & 0o777).toBe(0o600);
});

describe("a line that was cut off", () => {
  it.each([1, 5, 60])("is taken away: of its end %d bytes", async (missing) => {
    const journal = await journalOf();
    journal.done("auth0|a", entry);
    journal.done("auth0|b", entry, { url: "x".repeat(100) });
    await journal.close();
    truncateSync(path, statSync(path).size - missing);
    const again = await journalOf();
    expect(again.entryOf("auth0|a")?.step).toBe("done");
    expect(again.entryOf("auth0|b")).toBeUndefined();
    expect(again.earlier.damagedLines).toBe(0);
    again.done("auth0|c", entry);
    await again.close();
    const third = await journalOf();
    expect(third.earlier).toMatchObject({ done: 2, damagedLines: 0 });
  });

  it("can be the first", async () => {
    await (await journalOf()).close();
    const { size } = statSync(path);
    for (let length = size - 1; length >= 0; length -= 7) {
      truncateSync(path, length);
      const journal = await journalOf();
      expect(journal.earlier.begunAt).toBeUndefined();
      await journal.close();
      expect(statSync(path).size).toBe(size);
    }
  });

  it("can be in the middle, of a disk that has lost it: it is counted, and the others count", async () => {
    const journal = await journalOf();
    journal.done("auth0|a", entry);
    await journal.close();
    appendFileSync(path, '{"done":"auth0|b"\n\0\0\0\n[]\nnull\n{"done":7}\n');
    const again = await journalOf();
    expect(again.earlier).toMatchObject({ done: 1, damagedLines: 4 });
  });
});

describe("what is no journal", () => {
  it.each([
    ["a table", "user,picture\nauth0|a,a.jpg\n"],
    ["a text without a line's end", "user,picture"],
    ["another program's lines", '{"level":30,"msg":"x"}\n'],
    ["a picture", Buffer.from("89504e470d0a1a0a", "hex")],
    ["a large file of one line", "x".repeat(2_000_000)],
    ["zeros", Buffer.alloc(5000)],
  ])("stays as it is: %s", async (_, content) => {
    writeFileSync(path, content);
    await expect(journalOf()).rejects.toThrow(
      /users\.csv\.import\.jsonl is no journal of an import, and stays as it is/,
    );
    expect(readFileSync(path).equals(Buffer.from(content))).toBe(true);
  });

  it("can be a folder, or a device", async () => {
    await expect(journalOf({ path: folder.folder })).rejects.toThrow(/cannot be written: it is a folder\. Name/);
    await expect(journalOf({ path: "/dev/null" })).rejects.toThrow("The import's journal /dev/null is no file.");
    await expect(journalOf({ path: join(folder.folder, "none", "x") })).rejects.toThrow(
      /there is no such file or folder/,
    );
  });
});

it("is another import's where what all rows have in common differs", async () => {
  await (await journalOf()).close();
  await expect(journalOf({ binding: { ...binding, format: "jpeg", tenant: "other.auth0.com" } })).rejects.toThrow(
    "is of another import: its tenant is example.eu.auth0.com, and now it is other.auth0.com; " +
      "its format is webp, and now it is jpeg. Give this import a journal of its own (--journal FILE), or remove that one.",
  );
  await expect(journalOf({ binding: { ...binding, more: "1" } })).rejects.toThrow("its more is none, and now it is 1");
});

describe("of two imports at once", () => {
  it("the second is refused, by whatever name it calls the journal", async () => {
    await journalOf();
    symlinkSync(path, join(folder.folder, "link"));
    linkSync(path, join(folder.folder, "hard"));
    for (const name of [path, join(folder.folder, "link"), join(folder.folder, "hard")])
      await expect(journalOf({ path: name })).rejects.toThrow(
        `Another import is running with the journal ${name} (process ${process.pid}).`,
      );
    // Another one is free.
    await (await journalOf({ path: join(folder.folder, "other") })).close();
  });

  it("the second has it when the first has ended, even by a kill", async () => {
    const script = `
      import { openJournal } from ${JSON.stringify(join(import.meta.dirname, "../../../cli/import/import-journal.ts"))};
      const journal = await openJournal(${JSON.stringify({ path, binding, fingerprint: "1" })});
      journal.done("auth0|a", ${JSON.stringify(entry)});
      console.log("open");
      setInterval(() => undefined, 1000);`;
    const child = spawn(process.execPath, ["--input-type=module", "-e", script], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    try {
      await once(child.stdout, "data");
      await expect(journalOf()).rejects.toThrow(`(process ${child.pid}). Wait for its end, or end it.`);
      // As by Ctrl-Z: it has the lock all the same.
      child.kill("SIGSTOP");
      await expect(journalOf()).rejects.toThrow("Another import is running with the journal");
    } finally {
      child.kill("SIGKILL");
    }
    await once(child, "exit");
    expect((await journalOf()).earlier.done).toBe(1);
  });
});

/** Runs it where a file can have so many bytes: what is beyond cannot be written, as on a full disk. */
function withFullDisk(bytes: number, script: string): string {
  const shell = `trap '' XFSZ; ulimit -f ${bytes / 1024}; exec "$0" --input-type=module -e "$1"`;
  return execFileSync("bash", ["--norc", "-c", shell, process.execPath, script], { encoding: "utf8" });
}

it("stops an import whose disk is full, and loses nothing that was written before", async () => {
  const module = JSON.stringify(join(import.meta.dirname, "../../../cli/import/import-journal.ts"));
  const said = withFullDisk(
    4096,
    `import { openJournal } from ${module};
    const journal = await openJournal(${JSON.stringify({ path, binding, fingerprint: "1" })});
    let done = 0;
    try {
      for (;;) {
        journal.done("auth0|" + done, { picture: "p", userId: "auth0|" + done });
        done += 1;
      }
    } catch (error) {
      console.log(JSON.stringify({ done, name: error.name, message: error.message }));
    }
    await journal.close();`,
  );
  const { done, name, message } = JSON.parse(said) as { done: number; name: string; message: string };
  expect(name).toBe("CommandError");
  expect(message).toBe(
    `The import's journal ${path} cannot be written: the file system takes no larger file. The import stopped, and ` +
      `nothing is lost. Mend that, and run the same command again: it goes on from there.`,
  );
  expect(done).toBeGreaterThan(10);
  expect(statSync(path).size).toBe(4096);
  const again = await journalOf();
  expect(again.earlier).toMatchObject({ done, damagedLines: 0 });
  again.done("auth0|next", entry);
  await again.close();
  expect((await journalOf()).earlier).toMatchObject({ done: done + 1, damagedLines: 0 });
});

it("says that the folder is read-only, and what to do", async () => {
  const script = `
    import { openJournal } from ${JSON.stringify(join(import.meta.dirname, "../../../cli/import/import-journal.ts"))};
    if (process.getuid() === 0) process.setuid(65534);
    await openJournal(${JSON.stringify({ path, binding, fingerprint: "1" })}).catch(({ message }) => console.log(message));`;
  chmodSync(folder.folder, 0o555);
  const said = execFileSync(process.execPath, ["--input-type=module", "-e", script], { encoding: "utf8" });
  expect(said.trim()).toBe(
    `The import's journal ${path} cannot be written: this account may not do that. Name another file: --journal FILE.`,
  );
  chmodSync(folder.folder, 0o700);
});
