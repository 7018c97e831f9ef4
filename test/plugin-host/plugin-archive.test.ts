// The archive on a release's page: what is in it, under which names, and that it asks npm for its own version.
import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { list } from "tar";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { archiveNames, writePluginArchives } from "../../plugin-host/archive/plugin-archive.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "archive-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

const { version } = JSON.parse(readFileSync("package.json", "utf8")) as { version: string };

/** What the archive is made of, with one change. */
function changed(file: string, change: (text: string) => string): string {
  const copy = join(folder, "copy");
  for (const name of ["LICENSE", "package.json", "plugin"]) {
    mkdirSync(dirname(join(copy, name)), { recursive: true });
    cpSync(name, join(copy, name), { recursive: true });
  }
  writeFileSync(join(copy, file), change(readFileSync(file, "utf8")));
  return copy;
}

describe("the plugin's archive", () => {
  it("holds what Pulumi starts, at its top, and a licence: the repository's own files", async () => {
    const [archive = ""] = await writePluginArchives(folder);
    execFileSync("tar", ["-xzf", archive, "-C", folder]);

    const files = ["LICENSE", "PulumiPlugin.yaml", "README.md", "host.js", "package.json", "schema.json"];
    expect(readdirSync(folder).filter((name) => !name.endsWith(".tar.gz"))).toEqual(files);
    for (const file of files)
      expect(readFileSync(join(folder, file))).toEqual(readFileSync(file === "LICENSE" ? file : join("plugin", file)));
    // A tenth of what one of Pulumi's own plugins for Node has; npm brings the rest.
    expect(statSync(archive).size).toBeLessThan(60_000);
  });

  it("is the same under each name that an engine asks for", async () => {
    const archives = await writePluginArchives(folder);

    expect(archives.map((path) => basename(path))).toEqual(archiveNames(version));
    expect(archiveNames("1.2.3")).toEqual(
      ["darwin-amd64", "darwin-arm64", "linux-amd64", "linux-arm64", "windows-amd64", "windows-arm64"].map(
        (platform) => `pulumi-resource-auth0-user-pictures-v1.2.3-${platform}.tar.gz`,
      ),
    );
    expect(new Set(archives.map((path) => readFileSync(path, "hex"))).size).toBe(1);
  });

  it("has the same bytes whoever makes it, and whenever", async () => {
    const copy = changed("LICENSE", (text) => text);
    const [one = ""] = await writePluginArchives(join(folder, "one"));
    const [another = ""] = await writePluginArchives(join(folder, "another"), copy);

    expect(readFileSync(another, "hex")).toBe(readFileSync(one, "hex"));
    // The two were made in the same second, by the same person.
    const headers: unknown[] = [];
    await list({ file: one, onReadEntry: ({ mtime, uid, uname, mode }) => headers.push([mtime, uid, uname, mode]) });
    expect(new Set(headers.map((header) => JSON.stringify(header)))).toEqual(
      new Set([JSON.stringify([new Date(0), undefined, "", 0o644])]),
    );
  });

  it.each([
    ["plugin/package.json", /^( {2}"version": )"[^"]+"/m, "version in plugin/package.json"],
    [
      "plugin/package.json",
      /("auth0-user-pictures": )"[^"]+"/,
      "dependency auth0-user-pictures in plugin/package.json",
    ],
    ["plugin/schema.json", /^( {2}"version": )"[^"]+"/m, "version in plugin/schema.json"],
  ])("is not made where %s says another version: %s", async (file, place, where) => {
    const copy = changed(file, (text) => text.replace(place, '$1"9.9.9"'));

    await expect(writePluginArchives(join(folder, "out"), copy)).rejects.toThrow(
      `The ${where} is 9.9.9, and the library's version is ${version}`,
    );
  });
});
