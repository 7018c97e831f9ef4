// What an earlier release has deployed, with this program: nothing of it is replaced or deleted that the changelog does not announce.
import { mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { openSandbox } from "../../sandbox/sandbox.ts";
import { seed } from "../../sandbox/seed.ts";
import { restore } from "./upgrade/make.ts";
import type { Release } from "./upgrade/make.ts";

const folder = join(import.meta.dirname, "upgrade");
const releases = readdirSync(folder).filter((name) => name.endsWith(".json"));

/** What has been announced since: in CHANGELOG.md, once there is one, and in the changesets that wait for the next release. */
function announcements(): string {
  const changesets = readdirSync(".changeset").filter((name) => name.endsWith(".md"));
  const files = [
    ...readdirSync(".").filter((name) => name === "CHANGELOG.md"),
    ...changesets.map((name) => join(".changeset", name)),
  ];
  return files.map((file) => readFileSync(file, "utf8")).join("\n");
}

describe("a stack that was deployed by", () => {
  it.each(releases)("%s loses nothing unannounced", async (file) => {
    const sandboxFolder = mkdtempSync(join(tmpdir(), "upgrade-"));
    await restore(JSON.parse(readFileSync(join(folder, file), "utf8")) as Release, sandboxFolder);
    let output = "";
    const onOutput = (text: string) => void (output += text);
    const sandbox = await openSandbox({ folder: sandboxFolder, projectFolder: ".", seed, onOutput });
    try {
      const { changes } = await sandbox.workspace.preview();
      // As the engine lists them: ` +- aws:s3:Bucket name replace`.
      const lost = [...output.matchAll(/^ (?:\+-|-{1,2}) +(\S+)/gm)].map(([, type = ""]) => type);

      expect(lost.length > 0).toBe(changes.replace + changes.delete > 0);
      for (const type of lost) expect(announcements()).toContain(`\`${type}\``);
      expect(changes.same + changes.update).toBeGreaterThan(15);
    } finally {
      await sandbox.close();
      rmSync(sandboxFolder, { recursive: true });
    }
  });

  it("some release", () => {
    expect(releases.length).toBeGreaterThan(0);
  });
});
