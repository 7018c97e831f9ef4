// What `release` does to the versions: the root's changesets make one version, which all packages here have.
import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { expect, it } from "vitest";

const manifests = ["package.json", "policies/package.json", "sandbox/tenant/package.json", "cli/package.json"];

it("all packages get the version that the changesets make, and nothing else of the manifests changes", () => {
  const copy = mkdtempSync(join(tmpdir(), "release-"));
  try {
    for (const file of [...manifests, ".changeset"]) {
      mkdirSync(dirname(join(copy, file)), { recursive: true });
      cpSync(file, join(copy, file), { recursive: true });
    }
    // After a release there are none.
    writeFileSync(join(copy, ".changeset/another.md"), `---\n"auth0-user-pictures": minor\n---\n\nAnother change.\n`);
    symlinkSync(resolve("node_modules"), join(copy, "node_modules"));
    const PATH = `${resolve("node_modules/.bin")}:${process.env["PATH"] ?? ""}`;
    const run = (command: string, ...args: string[]) =>
      execFileSync(command, args, { cwd: copy, stdio: "pipe", env: { ...process.env, PATH } });
    run("git", "init", "--quiet", "--initial-branch=main");
    run("git", "add", ".changeset", ...manifests);
    run("git", "-c", "user.name=a", "-c", "user.email=a@example.com", "commit", "--quiet", "--message=all");
    run("node", ".changeset/one-version.js", "version");

    const read = (root: string, file: string) => readFileSync(join(root, file), "utf8");
    const versions = manifests.map((file) => (JSON.parse(read(copy, file)) as { version: string }).version);
    expect(new Set(versions)).toEqual(new Set([versions[0]]));
    expect(versions[0]).not.toBe((JSON.parse(read(".", "package.json")) as { version: string }).version);
    for (const [index, file] of manifests.entries()) {
      expect(read(copy, file)).toBe(read(".", file).replace(/"version": "[^"]+"/, `"version": "${versions[index]}"`));
    }
    expect(read(copy, "CHANGELOG.md")).toContain(`## ${versions[0]}\n`);
    expect(read(copy, "CHANGELOG.md")).toContain("Another change.");
  } finally {
    rmSync(copy, { recursive: true });
  }
});
