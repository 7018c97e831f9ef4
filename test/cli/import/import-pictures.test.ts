// Imports of tables and folders, upon a tenant, a store and real pictures.
import { existsSync, readFileSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { cp, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { StoreUnavailableError } from "../../../cli/store/picture-bucket.ts";
import { refused } from "../../functions/source-pictures.ts";
import { isRare } from "../../rare.ts";
import { openPictureHosts } from "../images/picture-hosts.ts";
import { runSandbox } from "../running-sandbox.ts";
import { emailOf, generateUsers, idOf, indexIn } from "./generated-users.ts";
import type { GeneratedUsers } from "./generated-users.ts";
import { importContext, namedBy, pictureOf, recordPuts, runDecoder, runImportOf } from "./running-import.ts";
import { openTableFolder } from "./table-folder.ts";
import type { TableFolder } from "./table-folder.ts";

const count = 24;
const folder = await mkdtemp(join(tmpdir(), "users-"));
const generated: GeneratedUsers = await generateUsers(folder, count, 320);
afterAll(() => rm(folder, { recursive: true }));
const sandbox = runSandbox({
  connections: [
    { name: "db", strategy: "auth0" },
    { name: "other", strategy: "auth0" },
  ],
  users: [
    ...generated.users,
    { connection: "db", user_id: "twin", email: "twin@example.com" },
    { connection: "other", user_id: "other-twin", email: "twin@example.com" },
  ],
});
const shared = runDecoder();
const importOf: typeof runImportOf = (context, source, args, options) =>
  runImportOf(context, source, args, { ...shared, ...options });
let puts: Map<string, number>;
beforeAll(() => {
  puts = recordPuts(sandbox);
});
beforeEach(() => puts.clear());
afterEach(() => {
  sandbox.tenant.faults.clear();
  sandbox.tenant.faults.resetCalls();
});

const calls = (method: string) => sandbox.tenant.faults.calls.filter((call) => call.method === method).length;

it("gives every user of a table the picture, and does nothing again", async () => {
  const outcome = await importOf(importContext(sandbox), generated.table);
  expect(outcome.hasFailed).toBe(false);
  expect(outcome.json).toMatchObject({ dryRun: false, done: count, unchanged: 0, failed: 0, skipped: 0, failures: [] });
  expect(outcome.json["bytesBefore"]).toBe(generated.bytes);
  for (let index = 0; index < count; index += 1) {
    const picture = await pictureOf(sandbox, idOf(index));
    expect(picture && (await indexIn(picture)), `user ${index}`).toBe(index);
  }
  // Three objects each, and each once.
  expect(puts.size).toBe(3 * count);
  expect([...puts.values()].every((times) => times === 1)).toBe(true);
  expect(calls("PATCH")).toBe(count);
  expect(existsSync(join(folder, "users.failed.csv"))).toBe(false);

  sandbox.tenant.faults.resetCalls();
  const again = await importOf(importContext(sandbox), generated.table);
  expect(again.json).toMatchObject({ done: 0, unchanged: 0, failed: 0, skipped: count });
  expect(again.text).toMatch(
    /^Nothing was to be done: the journal .*users\.csv\.import\.jsonl has all of it as done\./,
  );
  expect(sandbox.tenant.faults.calls).toEqual([]);
  expect(puts.size).toBe(3 * count);

  await rm(`${generated.table}.import.jsonl`);
  const without = await importOf(importContext(sandbox), generated.table);
  expect(without.json).toMatchObject({ done: 0, unchanged: count, failed: 0, skipped: 0 });
  expect(puts.size).toBe(3 * count);
  expect(calls("PATCH")).toBe(0);
});

it("takes the pictures of a folder, as the table's are taken", async () => {
  const outcome = await importOf(importContext(sandbox), generated.photos, { attribute: "root", format: "jpeg" });
  expect(outcome.json).toMatchObject({ done: count, failed: 0 });
  const user = sandbox.tenant.snapshot().users.find((one) => one["user_id"] === idOf(3));
  expect(user?.["picture"]).toBe(namedBy(sandbox, idOf(3))?.replace(/\.webp$/, ".jpg"));
  // They are stored already.
  expect(puts.size).toBe(0);
});

describe("with other tables", () => {
  let tables: TableFolder;
  beforeEach(() => {
    tables = openTableFolder();
  });
  afterEach(() => tables.remove());

  const photo = (index: number) => {
    const [, name = ""] = readFileSync(generated.table, "utf8").split("\n")[index + 1]?.split(",") ?? [];
    return readFileSync(join(folder, name));
  };

  it("says of each row why it failed, goes on, and writes a report that can be imported", async () => {
    const bad = [
      "half a JPEG",
      "a HEIC photo",
      "a PNG of 400 million pixels",
      "a JPEG of more than 100 scans",
      "an SVG",
    ];
    const rows = [`${idOf(0)},0.jpg`];
    tables.write("0.jpg", photo(1));
    for (const [at, name] of bad.entries()) {
      tables.write(`bad-${at}.jpg`, (await refused[name]?.[1]()) ?? "");
      rows.push(`${idOf(at + 2)},bad-${at}.jpg`);
    }
    tables.write("1.jpg", photo(0));
    rows.push(
      ...[`${idOf(7)},none.jpg`, "auth0|nobody,0.jpg", "nobody@example.com,0.jpg", "twin@example.com,0.jpg"],
      ...[`${idOf(8)},../0.jpg`, "=cmd|'/C calc'!A1@example.com,0.jpg", `${emailOf(1).toUpperCase()},1.jpg`],
      ...[`${idOf(9)},0.jpg`, `${emailOf(9)},1.jpg`],
    );
    const path = tables.write("team.csv", `\uFEFFuser;picture\r\n${rows.join("\r\n").replaceAll(",", ";")}\r\n`);
    const context = importContext(sandbox);
    const outcome = await importOf(context, path);
    expect(outcome.hasFailed).toBe(true);
    expect(outcome.json).toMatchObject({ done: 3, failed: 12, report: join(tables.folder, "team.failed.csv") });
    const failures = outcome.json["failures"] as { user: string; error: string }[];
    expect(Object.fromEntries(failures.map(({ user, error }) => [user, error.split(/[.:;(]/)[0]]))).toEqual({
      [idOf(2)]: "The picture is damaged or incomplete",
      [idOf(3)]: "The file is a HEIC photo",
      [idOf(4)]: "The picture has more than 50 million pixels, the most that is taken",
      [idOf(5)]: "The picture takes too long to decode, or has more than 100 scans",
      [idOf(6)]: "The file is no JPEG, PNG, WebP or GIF by its first bytes",
      [idOf(7)]: "The file is not there",
      [idOf(8)]: "The picture's path leads out of the table's folder",
      "auth0|nobody": 'The tenant has no user with the id "auth0|nobody"',
      "nobody@example.com": 'The tenant has no user with the e-mail address "nobody@example',
      "twin@example.com": '2 users have the e-mail address "twin@example',
      "=cmd|'/C calc'!A1@example.com":
        "The tenant has no user with the id or e-mail address \"=cmd|'/C calc'!A1@example",
      [emailOf(9)]: `It names the user ${idOf(9)}, whose picture is that of line 15`,
    });
    expect(context.said.filter((line) => line.startsWith("line "))).toHaveLength(12);
    expect(await indexIn((await pictureOf(sandbox, idOf(0))) ?? new Uint8Array())).toBe(1);
    expect(await indexIn((await pictureOf(sandbox, idOf(1))) ?? new Uint8Array())).toBe(0);

    const report = join(tables.folder, "team.failed.csv");
    const text = readFileSync(report, "utf8");
    expect(text).toContain(`"'=cmd|'/C calc'!A1@example.com","0.jpg","The tenant has no user`);
    expect(text).toMatch(/^\uFEFF"user","picture","error"\r\n/);

    // Mended, and imported.
    tables.write("bad-0.jpg", photo(6));
    const mended = await importOf(importContext(sandbox), report);
    expect(mended.json).toMatchObject({ done: 2, unchanged: 0, report: join(tables.folder, "team.failed-2.csv") });
    const left = (mended.json["failures"] as { user: string }[]).map(({ user }) => user);
    expect(left.toSorted()).toEqual(
      failures
        .map(({ user }) => user)
        .filter((user) => user !== idOf(2) && user !== emailOf(9))
        .toSorted(),
    );
  });

  it("shows in a dry run what would change, and writes nothing", async () => {
    tables.write("0.jpg", photo(5));
    tables.write("1.jpg", photo(1));
    const path = tables.write("team.csv", `user,picture\n${idOf(11)},0.jpg\n${idOf(10)},none.jpg\n${emailOf(9)},1.jpg`);
    const before = namedBy(sandbox, idOf(11)) ?? "none";
    const outcome = await importOf(importContext(sandbox, { isDryRun: true }), path);
    const changes = outcome.json["changes"] as { user: string; from: string; to: string }[];
    const change = changes.find(({ user }) => user === idOf(11));
    expect(change).toEqual({
      user: idOf(11),
      from: before,
      to: expect.stringMatching(/^https:\/\/.*\.webp$/) as string,
    });
    expect(outcome.text).toContain(`${idOf(11)}: ${before} → ${change?.to}`);
    expect(outcome.json).toMatchObject({ dryRun: true, failed: 1 });
    expect(puts.size).toBe(0);
    expect(calls("PATCH")).toBe(0);
    expect(namedBy(sandbox, idOf(11))).toBe(before);
    for (const name of ["team.failed.csv", "team.csv.import.jsonl"])
      expect(existsSync(join(tables.folder, name)), name).toBe(false);

    await importOf(importContext(sandbox), path);
    expect(namedBy(sandbox, idOf(11))).toBe(change?.to);
  });

  it("finishes what is under way after Ctrl-C, begins nothing, and goes on from there", async () => {
    const users = Array.from({ length: 20 }, (_, index) => index);
    for (const index of users) tables.write(`${index}.jpg`, photo((index + 1) % count));
    const table = `user,picture\n${users.map((index) => `${idOf(index)},${index}.jpg`).join("\n")}\n`;
    const path = tables.write("team.csv", table);
    let advanced = 0;
    const context = importContext(sandbox, { onAdvance: () => ++advanced === 5 && context.interrupt() });
    const { json, text } = await importOf(context, path);
    // It says what was done, as every outcome does.
    expect(json).toMatchObject({ interrupted: true, failed: 0, journal: `${path}.import.jsonl` });
    // An earlier test may have given one of them the same picture.
    expect(Number(json["done"]) + Number(json["unchanged"])).toBe(advanced);
    expect(text).toContain("Interrupted. Run the same command again: it goes on from there.");
    expect(advanced).toBeGreaterThanOrEqual(5);
    expect(advanced).toBeLessThan(20);
    const lines = readFileSync(`${path}.import.jsonl`, "utf8").trim().split("\n");
    const steps = lines.map((line) => Object.keys(JSON.parse(line) as object)[0]);
    // None is begun that is not done.
    expect(steps.filter((step) => step === "begun")).toHaveLength(advanced);
    expect(steps.filter((step) => step === "done")).toHaveLength(advanced);

    const next = importContext(sandbox);
    const outcome = await importOf(next, path);
    expect(outcome.json).toMatchObject({ interrupted: false, skipped: advanced, failed: 0 });
    expect(Number(outcome.json["done"]) + Number(outcome.json["unchanged"])).toBe(20 - advanced);
    expect(next.said[0]).toMatch(/^Going on with the import that began at .* UTC: \d+ users are done/);
    expect([...puts.values()].every((times) => times === 1)).toBe(true);
    for (const index of users)
      expect(await indexIn((await pictureOf(sandbox, idOf(index))) ?? new Uint8Array())).toBe((index + 1) % count);
  });

  it("imports a picture that was changed since, and leaves the others", async () => {
    tables.write("0.jpg", photo(0));
    tables.write("1.jpg", photo(1));
    const path = tables.write("team.csv", `user,picture\n${idOf(0)},0.jpg\n${idOf(1)},1.jpg\n`);
    await importOf(importContext(sandbox), path);
    tables.write("1.jpg", photo(2));
    writeFileSync(path, `\n${idOf(2)},0.jpg\n`, { flag: "a" });
    const context = importContext(sandbox);
    expect((await importOf(context, path)).json).toMatchObject({ done: 2, skipped: 1 });
    expect(context.said).toEqual([
      `${path} has been changed since. What is done and as it was is left; the rest is imported.`,
    ]);
    expect(await indexIn((await pictureOf(sandbox, idOf(1))) ?? new Uint8Array())).toBe(2);
  });

  it("imports a picture again that was changed while it was imported", async () => {
    tables.write("0.jpg", photo(4));
    const path = tables.write("team.csv", `user,picture\n${idOf(0)},0.jpg\n`);
    const decoder = {
      ...shared.decoder,
      async process(source: Parameters<typeof shared.decoder.process>[0]) {
        const picture = await shared.decoder.process(source);
        tables.write("0.jpg", photo(6));
        return picture;
      },
    };
    await importOf(importContext(sandbox), path, {}, { decoder });
    expect((await importOf(importContext(sandbox), path)).json).toMatchObject({ done: 1, skipped: 0 });
    expect(await indexIn((await pictureOf(sandbox, idOf(0))) ?? new Uint8Array())).toBe(6);
  });

  it("imports a picture again in whose place is another of the same size and time", async () => {
    const file = tables.write("0.png", photo(21));
    const path = tables.write("team.csv", `user,picture\n${idOf(0)},0.png\n`);
    await importOf(importContext(sandbox), path);
    const { atime, mtime, size } = statSync(file);
    // A PNG has an end, and what comes after it nobody reads.
    tables.write("0.png", Buffer.concat([photo(9), Buffer.alloc(size)]).subarray(0, size));
    utimesSync(file, atime, mtime);
    expect((await importOf(importContext(sandbox), path)).json).toMatchObject({ done: 1, skipped: 0 });
    expect(await indexIn((await pictureOf(sandbox, idOf(0))) ?? new Uint8Array())).toBe(9);
  });

  it("tries again what failed, in the next run", async () => {
    const path = tables.write("team.csv", `user,picture\n${idOf(0)},0.jpg\n`);
    expect((await importOf(importContext(sandbox), path)).json).toMatchObject({ failed: 1 });
    tables.write("0.jpg", photo(3));
    expect((await importOf(importContext(sandbox), path)).json).toMatchObject({ done: 1, failed: 0 });
  });

  it("stops where all else would fail as well, and goes on from there", async () => {
    for (const index of [0, 1, 2]) tables.write(`${index}.jpg`, photo(index + 10));
    const path = tables.write(
      "team.csv",
      `user,picture\n${[0, 1, 2].map((at) => `${idOf(at)},${at}.jpg`).join("\n")}\n`,
    );
    const client = sandbox.tenant.createManagementClient(["read:users"]);
    const context = importContext(sandbox);
    const poor = { ...context, tenant: importContext(sandbox, { credentials: client }).tenant };
    await expect(importOf(poor, path)).rejects.toThrow(
      /^The client may not do this: it lacks the scope update:users\. .* Then run the import again: it goes on from there\.$/s,
    );
    expect((await importOf(importContext(sandbox), path)).json).toMatchObject({ done: 3, failed: 0 });
    expect([...puts.values()].every((times) => times === 1)).toBe(true);
  });

  it("takes pictures from URLs, each of them guarded", async () => {
    const internet = await openPictureHosts();
    try {
      internet.paths.set("/a.jpg", (_, response) => void response.end(photo(15)));
      internet.records.set("inside.pictures.example", [["10.0.0.1"]]);
      const rows = [
        "https://pictures.example/a.jpg",
        "https://pictures.example/none.jpg",
        "https://inside.pictures.example/a.jpg",
      ];
      const path = tables.write(
        "team.csv",
        `user,picture\n${rows.map((url, at) => `${idOf(at)},${url}`).join("\n")}\n`,
      );
      const fetching = { requests: internet.requests };
      const { json } = await importOf(importContext(sandbox), path, {}, { fetching, pace: { interval: 0 } });
      expect(json).toMatchObject({ done: 1, failed: 2 });
      const errors = (json["failures"] as { error: string }[]).map(({ error }) => error).toSorted();
      expect(errors).toEqual([expect.stringContaining("10.0.0.1"), expect.stringContaining("404")]);
      expect(await indexIn((await pictureOf(sandbox, idOf(0))) ?? new Uint8Array())).toBe(15);
      expect(internet.connected).not.toContain("10.0.0.1");
    } finally {
      await internet.close();
    }
  });

  it("waits for the tenant where that says 429, and is right in the end", async () => {
    for (const index of [0, 1, 2]) tables.write(`${index}.jpg`, photo(index + 17));
    const path = tables.write(
      "team.csv",
      `user,picture\n${[0, 1, 2].map((at) => `${idOf(at)},${at}.jpg`).join("\n")}\n`,
    );
    sandbox.tenant.faults.inject({ kind: "too many requests", resetHeader: true }, { times: 4 });
    sandbox.tenant.faults.inject({ kind: "server error", status: 503 }, { method: "PATCH" });
    sandbox.tenant.faults.inject({ kind: "connection reset", when: "after effect" }, { method: "PATCH", nth: 3 });
    expect((await importOf(importContext(sandbox), path)).json).toMatchObject({ done: 3, failed: 0 });
    for (const index of [0, 1, 2])
      expect(await indexIn((await pictureOf(sandbox, idOf(index))) ?? new Uint8Array())).toBe(index + 17);
    expect([...puts.values()].every((times) => times === 1)).toBe(true);
  });

  it("stops where the token is no longer taken, and goes on with another", async () => {
    for (const index of [0, 1, 2]) tables.write(`${index}.jpg`, photo(index + 19));
    const path = tables.write(
      "team.csv",
      `user,picture\n${[0, 1, 2].map((at) => `${idOf(at)},${at}.jpg`).join("\n")}\n`,
    );
    const client = sandbox.tenant.createManagementClient(["read:users", "update:users", "read:connections"]);
    sandbox.tenant.revokeManagementClient(client.clientId);
    await expect(importOf(importContext(sandbox, { credentials: client }), path)).rejects.toThrow(
      /Then run the import again: it goes on from there\.$/,
    );
    expect((await importOf(importContext(sandbox), path)).json).toMatchObject({ done: 3, failed: 0 });
  });

  it("asks for the user herself where an earlier run was cut off, and writes nothing that is there", async () => {
    tables.write("0.jpg", photo(21));
    const path = tables.write("team.csv", `user,picture\n${idOf(0)},0.jpg\n`);
    // From now on the search is behind.
    sandbox.tenant.faults.holdUserSearch(true);
    try {
      await importOf(importContext(sandbox), path);
      const journal = `${path}.import.jsonl`;
      const lines = readFileSync(journal, "utf8").split("\n");
      const end = lines.findIndex((line) => line.startsWith('{"done"'));
      writeFileSync(journal, `${lines.slice(0, end).join("\n")}\n{"done":"auth0|`);
      sandbox.tenant.faults.resetCalls();
      expect((await importOf(importContext(sandbox), path)).json).toMatchObject({ done: 0, unchanged: 1, skipped: 0 });
      expect(calls("PATCH")).toBe(0);
    } finally {
      sandbox.tenant.faults.holdUserSearch(false);
    }
  });

  it.runIf(isRare)("stops where the store has been away for long, instead of letting every row fail", async () => {
    const context = importContext(sandbox);
    const bucket = context.bucket();
    const list = () => Promise.reject(new StoreUnavailableError("AWS cannot be reached."));
    const away = { ...context, bucket: () => ({ ...bucket, objects: { ...bucket.objects, list } }) };
    const path = tables.write("team.csv", readFileSync(generated.table, "utf8").replaceAll("photos/", "p/"));
    await cp(generated.photos, join(tables.folder, "p"), { recursive: true });
    await expect(importOf(away, path)).rejects.toThrow(
      /^20 pictures in a row failed for what is no fault of theirs, so the import stopped: AWS cannot be reached\. Run /,
    );
    expect((await importOf(importContext(sandbox), path)).json).toMatchObject({ failed: 0, skipped: 0 });
  });

  it("names no picture outside of where its report is", async () => {
    const path = tables.write("team.csv", `user,picture\n${idOf(0)},0.jpg\n`);
    const elsewhere = join(folder, "report.csv");
    await expect(importOf(importContext(sandbox), path, { report: elsewhere })).rejects.toThrow(
      `--report ${elsewhere} would name pictures by paths that lead out of its folder`,
    );
    await expect(importOf(importContext(sandbox), path, { report: path })).rejects.toThrow(
      `${path} is no report of an import, and stays as it is. Name another file: --report FILE.`,
    );
    expect(readFileSync(path, "utf8")).toBe(`user,picture\n${idOf(0)},0.jpg\n`);
    const both = `${path}.import.jsonl`;
    await expect(importOf(importContext(sandbox), path, { report: both })).rejects.toThrow(
      "Give each a file of its own.",
    );
    expect(existsSync(both)).toBe(false);
    const report = join(dirname(tables.folder), "above.failed.csv");
    await importOf(importContext(sandbox), path, { report });
    expect(readFileSync(report, "utf8")).toContain(
      `"${idOf(0)}","${basename(tables.folder)}/0.jpg","The file is not there`,
    );
    await rm(report);
  });

  it("is one at a time", async () => {
    for (const index of [0, 1, 2]) tables.write(`${index}.jpg`, photo(index + 13));
    const path = tables.write(
      "team.csv",
      `user,picture\n${[0, 1, 2].map((at) => `${idOf(at)},${at}.jpg`).join("\n")}\n`,
    );
    const both = await Promise.allSettled([
      importOf(importContext(sandbox), path),
      importOf(importContext(sandbox), path),
    ]);
    expect(both.map(({ status }) => status).toSorted()).toEqual(["fulfilled", "rejected"]);
    const refusal = both.find((one) => one.status === "rejected")?.reason as Error;
    expect(refusal.message).toBe(
      `Another import is running with the journal ${path}.import.jsonl (process ${process.pid}). Wait for its end, or end it.`,
    );
    expect([...puts.values()].every((times) => times === 1)).toBe(true);
  });
});
