// What an earlier release has deployed, with this program: nothing of it is replaced or deleted that the changelog does
// not announce, whatever is done, also while the provider's text of that release is what runs.
import { mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { isRare } from "../rare.ts";
import { openSandbox } from "../../sandbox/sandbox.ts";
import { seed } from "../../sandbox/seed.ts";
import { restore, settingsOf } from "./upgrade/make.ts";
import type { Release } from "./upgrade/make.ts";

const folder = join(import.meta.dirname, "upgrade");
const releases = readdirSync(folder).filter((name) => name.endsWith(".json"));

/**
 * What has been announced since: in CHANGELOG.md, once there is one, and in the changesets that wait for the next
 * release.
 */
function announcements(): string {
  const changesets = readdirSync(".changeset").filter((name) => name.endsWith(".md"));
  const files = [
    ...readdirSync(".").filter((name) => name === "CHANGELOG.md"),
    ...changesets.map((name) => join(".changeset", name)),
  ];
  return files.map((file) => readFileSync(file, "utf8")).join("\n");
}

describe("a stack that was deployed by", () => {
  // In `npm run test:rare` the dev stack too.
  const upgraded = releases.filter((file) => isRare || file.includes("every-option"));

  it.concurrent.each(upgraded)("%s loses nothing unannounced", async (file) => {
    const sandboxFolder = mkdtempSync(join(tmpdir(), "upgrade-"));
    const release = JSON.parse(readFileSync(join(folder, file), "utf8")) as Release;
    await restore(release, sandboxFolder);
    const config = await settingsOf(folder, file);
    let output = "";
    const onOutput = (text: string) => void (output += text);
    const sandbox = await openSandbox({ folder: sandboxFolder, projectFolder: ".", seed, onOutput });
    const { workspace } = sandbox;
    /** What is replaced or deleted, as the engine lists it: ` +- aws:s3:Bucket name replace`. */
    const lost = () => {
      const types = [...output.matchAll(/^ (?:\+-|-{1,2}) +(\S+)/gm)].map(([, type = ""]) => type);
      output = "";
      return types.filter((type) => !announcements().includes(`\`${type}\``));
    };
    try {
      // The provider's text in the state is the release's own until something has changed.
      const refreshed = await workspace.refresh({ config });
      expect([lost(), refreshed.changes.delete]).toEqual([[], 0]);
      const { changes } = await workspace.up({ config, skipPreview: true });
      expect([lost(), changes.create, changes.replace, changes.delete]).toEqual([[], 0, 0, 0]);
      expect(changes.same + changes.update).toBeGreaterThan(15);
      // What the auth0 plugin of that release has deployed, a newer one leaves as it is.
      sandbox.auth0Plugin.version = "3.55";
      const newer = (await workspace.up({ config, refresh: true, skipPreview: true })).changes;
      expect([lost(), newer.create, newer.update, newer.replace, newer.delete]).toEqual([[], 0, 0, 0, 0]);
      const destroyed = await workspace.destroy({ config });
      expect(destroyed.changes.delete).toBe(changes.same + changes.update);
    } finally {
      await sandbox.close();
      rmSync(sandboxFolder, { recursive: true });
    }
  });

  it("two releases: the dev stack's, and one with every option", () => {
    expect(releases.length).toBeGreaterThan(1);
  });
});
