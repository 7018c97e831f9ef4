// What `release` does to the versions: the root's changesets make one version, which all packages here have, and which
// the plugin asks of npm. And its scripts: what they pack, and that the tag comes last.
import { execFileSync, spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";

const manifests = [
  ...["package.json", "policies/package.json", "sandbox/tenant/package.json", "cli/package.json"],
  ...["plugin/package.json", "plugin/schema.json"],
];

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
    // A dependency on the library is on this very version: only the plugin has one.
    for (const file of manifests) {
      const expected = read(".", file)
        .replace(/^ {2}"version": "[^"]+"/m, `  "version": "${versions[0]}"`)
        .replace(/^ {4}"auth0-user-pictures": "[^"]+"/m, `    "auth0-user-pictures": "${versions[0]}"`);
      expect(read(copy, file)).toBe(expected);
    }
    expect(read(copy, "plugin/package.json")).toContain(`"auth0-user-pictures": "${versions[0]}"`);
    expect(read(copy, "CHANGELOG.md")).toContain(`## ${versions[0]}\n`);
    expect(read(copy, "CHANGELOG.md")).toContain("Another change.");
  } finally {
    rmSync(copy, { recursive: true });
  }
});

describe("the workflow", () => {
  interface Step {
    readonly id?: string;
    readonly run?: string;
  }
  const { jobs } = parse(readFileSync(".github/workflows/release.yml", "utf8")) as {
    jobs: Readonly<Record<string, { readonly steps?: readonly Step[] }>>;
  };
  const scriptsOf = (job: string, step?: string) =>
    (jobs[job]?.steps ?? []).filter(({ id }) => step === undefined || id === step).flatMap(({ run = [] }) => run);

  /** Runs scripts with these programs, in shell, in the place of npm, gh and sleep, and sees what is asked of them. */
  function run(scripts: readonly string[], programs: { npm: string; gh: string }) {
    const folder = mkdtempSync(join(tmpdir(), "release-"));
    try {
      const calls = join(folder, "calls");
      const output = join(folder, "output");
      for (const file of [calls, output]) writeFileSync(file, "");
      writeFileSync(join(folder, "package.json"), readFileSync("package.json"));
      writeFileSync(join(folder, "CHANGELOG.md"), "# Changes\n\n## 0.0.0\n\nNew.\n\n## 0.0.0-a\n\nOld.\n");
      for (const other of ["sandbox/tenant", "cli"]) {
        mkdirSync(join(folder, other), { recursive: true });
        cpSync(join(other, "package.json"), join(folder, other, "package.json"));
      }
      for (const [name, program] of Object.entries({ ...programs, sleep: "" }))
        writeFileSync(join(folder, name), `#!/bin/sh\necho "${name} $*" >> ${calls}\n${program}\n`, { mode: 0o755 });
      const env = { PATH: `${folder}:${process.env["PATH"] ?? ""}`, GITHUB_OUTPUT: output, VERSION: "0.0.0" };
      // Bash takes Node's socket of an input for a remote shell's and reads .bashrc, which may call `sleep` itself.
      const bash = ["--norc", "-e", "-c"];
      const results = scripts.map((script) => spawnSync("bash", [...bash, script], { cwd: folder, env }).status);
      const read = (file: string) => readFileSync(file, "utf8").trim().split("\n").filter(Boolean);
      const notes = existsSync(join(folder, "package")) ? read(join(folder, "package/notes.md")) : [];
      return { results, notes, output: read(output), calls: read(calls).filter((call) => call !== "sleep 10") };
    } finally {
      rmSync(folder, { recursive: true });
    }
  }

  it("packs nothing of a version that is tagged", () => {
    const look = scriptsOf("pack", "released");

    expect(run(look, { npm: "", gh: "exit 0" })).toMatchObject({ results: [0], output: [] });
    expect(run(look, { npm: "", gh: "exit 1" })).toMatchObject({ results: [0], output: ["version=0.0.0"] });
  });

  it("packs what npm lacks, and the plugin's archives in any case", () => {
    const pack = scriptsOf("pack", "pack");
    const onlyTheLibrary = `case "$*" in "view auth0-user-pictures@"*) echo 0.0.0;; view*) exit 1;; esac`;
    const { results, calls, output, notes } = run(pack, { npm: onlyTheLibrary, gh: "" });

    expect(results).toEqual([0]);
    expect(output).toEqual(["version=0.0.0"]);
    expect(notes).toEqual(["New."]);
    expect(calls.filter((call) => !call.startsWith("npm view"))).toEqual([
      "npm pack ./sandbox/tenant --pack-destination package",
      "npm pack ./cli --pack-destination package",
      "npm run --silent plugin:archive -- package",
    ]);
  });

  it("makes the tag once npm shows every package, and not before", () => {
    const late = `[ "$(wc -l < calls)" -lt 7 ] || echo 0.0.0`;
    const { results, calls } = run(scriptsOf("tag"), { npm: late, gh: "" });

    expect(results).toEqual([0, 0]);
    expect(new Set(calls.slice(0, -1))).toEqual(
      new Set(
        ["auth0-user-pictures", "auth0-tenant-sandbox", "auth0-user-pictures-cli"].map(
          (name) => `npm view --prefer-online ${name}@0.0.0 version`,
        ),
      ),
    );
    expect(calls.at(-1)).toMatch(/^gh release create v0\.0\.0 \.\/package\/pulumi-resource-\*\.tar\.gz --target/);
  });

  it("makes no tag where npm shows one package only", () => {
    const [wait = ""] = scriptsOf("tag");
    const { results, calls } = run([wait], { npm: `case "$*" in *-cli*) ;; *) echo 0.0.0;; esac`, gh: "" });

    expect(results).toEqual([1]);
    expect(calls).toHaveLength(62);
  });
});
