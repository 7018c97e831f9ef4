// How the engine is chosen, downloaded and built, with stand-ins for `pulumi` and `go` as the only commands on PATH,
// and one for npm's `pulumi`, which downloads a CLI. No test uses the network.
import fileSystem, {
  chmod,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  realpath,
  rm,
  symlink,
  utimes,
  writeFile,
} from "node:fs/promises";
import { syncBuiltinESMExports } from "node:module";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { afterEach, beforeEach, expect, onTestFinished, test, vi } from "vitest";
import { dynamicProviderScript, engineBuild } from "../../../sandbox/engine/build.ts";
import { npmsInstaller, type Installer } from "../../../sandbox/engine/download.ts";
import { obtainEngine, oldestEngine, type Engine } from "../../../sandbox/engine/engine.ts";

let folder: string;
let bin: string;
let cacheFolder: string;
let progress: string[];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "engine-test-"));
  bin = join(folder, "bin");
  cacheFolder = join(folder, "cache");
  progress = [];
  await mkdir(bin);
});

afterEach(() => rm(folder, { recursive: true, force: true }));

function obtain(installer: Installer | null = null): Promise<Engine> {
  const env = { PATH: bin, GOPROXY: "off", HTTPS_PROXY: "http://proxy.example" };
  return obtainEngine({ progress: (line) => progress.push(line), cacheFolder, env, installer });
}

const noPulumi = "There is no `pulumi` on PATH, apart from npm's.";
const noInstaller = "Passing over npm's `pulumi`: it is not installed.";

/**
 * The module of an installer as npm's `pulumi` is. It records its calls, runs `before`, and puts a CLI that prints
 * `prints` where the real one puts the official CLI.
 */
async function makeInstaller({ version = "3.888.0", prints = `v3.888.0`, before = "", isComplete = true } = {}) {
  const script = join(folder, "run.js");
  await writeFile(
    script,
    `const fs = require("node:fs");
    const call = { args: process.argv.slice(2), env: process.env, pid: process.pid };
    fs.appendFileSync(${JSON.stringify(join(folder, "downloads"))}, JSON.stringify(call) + "\\n");
    console.error("Downloading pulumi v${version}...");
    ${before};
    const bin = process.env.PULUMI_HOME + "/versions/${version}/bin";
    fs.mkdirSync(bin, { recursive: true });
    fs.writeFileSync(bin + "/pulumi", "#!/bin/sh\\necho '${prints}'\\n", { mode: 0o755 });
    if (${isComplete}) fs.writeFileSync(bin + "/${dynamicProviderScript}", "", { mode: 0o755 });`,
  );
  return { version, script };
}

/** As npm's `pulumi` fails where there is no network. */
const noNetwork = `console.error("pulumi: fetch failed"); process.exit(1)`;

const cliFolder = () => join(cacheFolder, "engine", `cli-3.888.0-${process.platform}-${process.arch}`);

/** Puts a command on PATH that runs a piece of JavaScript. */
const install = (name: string, script: string) => installScript(name, process.execPath, script);
const installShell = (name: string, script: string) => installScript(name, "/bin/sh", script);

async function installScript(name: string, interpreter: string, script: string): Promise<void> {
  await writeFile(join(bin, name), `#!${interpreter}\n${script}\n`);
  await chmod(join(bin, name), 0o755);
}

/** In the shell, which starts faster than Node. */
async function installPulumi(version: string): Promise<void> {
  await installShell("pulumi", `echo '${version}'`);
  await installShell(dynamicProviderScript, "");
}

/**
 * The installer that npm's `pulumi` package is, linked to as npm does: it leaves a file if it is run.
 *
 * @returns the package's folder
 */
async function npmsPulumi(): Promise<string> {
  const installed = join(folder, "node_modules/pulumi");
  await mkdir(installed, { recursive: true });
  const script = `require("node:fs").writeFileSync(${JSON.stringify(join(installed, "was run"))}, "")`;
  await writeFile(join(installed, "run.js"), `#!${process.execPath}\n${script}; console.log("v3.999.0")\n`);
  await chmod(join(installed, "run.js"), 0o755);
  for (const place of ["node_modules/.bin", "global"]) {
    await mkdir(join(folder, place));
    await symlink(join(installed, "run.js"), join(folder, place, "pulumi"));
    await writeFile(join(folder, place, dynamicProviderScript), "", { mode: 0o755 });
  }
  await symlink(join(folder, "node_modules/.bin"), join(folder, "linked"));
  return installed;
}

/** A `go` that records its calls, runs `beforeBuild`, and "builds" a CLI that prints `built`. */
async function installGo({ version = "go1.99.1", built = "", beforeBuild = "" } = {}): Promise<void> {
  const build = join(folder, "go-build.cjs");
  const answer = `echo 'go version ${version} linux/amd64'`;
  await installShell(
    "go",
    `if [ "$1" = version ]; then ${answer}; else exec '${process.execPath}' '${build}' "$@"; fi`,
  );
  await writeFile(
    build,
    `const fs = require("node:fs");
    const args = process.argv.slice(2);
    const call = { args, env: process.env, cwd: process.cwd() };
    fs.appendFileSync(${JSON.stringify(join(folder, "builds"))}, JSON.stringify(call) + "\\n");
    ${beforeBuild};
    const output = args[args.indexOf("-o") + 1];
    fs.writeFileSync(output, "#!/bin/sh\\necho '${built}'\\n", { mode: 0o755 });`,
  );
}

interface Call {
  args: string[];
  env: Record<string, string>;
  cwd: string;
  pid: number;
}

async function calls(file: string): Promise<Call[]> {
  const lines = await readFile(join(folder, file), "utf8").catch(() => "");
  return lines
    .split("\n")
    .filter(Boolean)
    .map((line) => JSON.parse(line) as Call);
}

const builds = () => calls("builds");
const downloads = () => calls("downloads");

async function cached(): Promise<string[]> {
  return readdir(join(cacheFolder, "engine")).catch(() => []);
}

test("a pulumi on PATH that is new enough is taken as it is", async () => {
  await installPulumi(`v${oldestEngine}`);
  await installGo();
  expect(await obtain()).toEqual({ command: join(bin, "pulumi"), version: oldestEngine, source: "path" });
  expect(await builds()).toEqual([]);
});

test.each([
  ["in a node_modules/.bin", (folder: string) => join(folder, "node_modules/.bin")],
  ["in one that is named in another way", (folder: string) => `${folder}/x/../node_modules/./.bin/`],
  ["in a link to one", (folder: string) => join(folder, "linked")],
  ["that npm has installed for every project", (folder: string) => join(folder, "global")],
])("a pulumi %s never counts, though it comes first", async (_, entry) => {
  const npms = await npmsPulumi();
  await installPulumi(`v${oldestEngine}`);
  const env = { PATH: [entry(folder), bin].join(":") };
  const { command } = await obtainEngine({ progress: (line) => progress.push(line), cacheFolder, env });
  expect(command).toBe(join(bin, "pulumi"));
  expect([await readdir(npms), progress]).toEqual([["run.js"], []]);
});

test("a shim of npm's pulumi, which no link gives away, cannot download while it is asked for its version", async () => {
  await install(
    "pulumi",
    `fetch("https://get.pulumi.com/").then(() => "", ({ cause }) => cause).then((cause) => {
      const text = JSON.stringify({ port: cause.port, address: cause.address });
      require("node:fs").writeFileSync(${JSON.stringify(join(folder, "asked"))}, text);
      process.exit(1);
    })`,
  );
  await expect(obtain()).rejects.toThrow("Neither a usable `pulumi` nor `go`");
  expect(progress[0]).toBe(`Passing over ${join(bin, "pulumi")}: \`pulumi version\` does not print a version.`);
  expect(JSON.parse(await readFile(join(folder, "asked"), "utf8"))).toEqual({ port: 1, address: "127.0.0.1" });
});

test.each([
  ["3.99.1", "v3.99.1", `it is version 3.99.1, and ${oldestEngine} is needed`],
  ["no version", "command not found: mise", "`pulumi version` does not print a version"],
])("a pulumi on PATH that prints %s is passed over", async (_, printed, reason) => {
  await installPulumi(printed);
  const { version } = await engineBuild(cacheFolder);
  await installGo({ built: `v${version}` });
  expect((await obtain()).source).toBe("built");
  expect(progress[0]).toBe(`Passing over ${join(bin, "pulumi")}: ${reason}.`);
});

test("a pulumi on PATH without the plugin for dynamic resources is passed over", async () => {
  await install("pulumi", `console.log("v3.999.0")`);
  await expect(obtain()).rejects.toThrow("Neither a usable `pulumi` nor `go`");
  expect(progress).toEqual([
    `Passing over ${join(bin, "pulumi")}: ${dynamicProviderScript} is not beside it.`,
    noInstaller,
  ]);
});

test("a pulumi that cannot be used hides none behind it on PATH, and is passed over once", async () => {
  await installPulumi(`v${oldestEngine}`);
  const entries = [];
  for (const [name, printed] of [
    ["old", "v3.99.1"],
    ["shim", "command not found: mise"],
    ["bare", "v3.999.0"],
  ] as const) {
    await mkdir(join(folder, name));
    await writeFile(join(folder, name, "pulumi"), `#!/bin/sh\necho "${printed}"\n`, { mode: 0o755 });
    await symlink(join(folder, name), join(folder, `${name}-linked`));
    entries.push(join(folder, name), join(folder, `${name}-linked`), join(folder, name));
  }
  const env = { PATH: [...entries, bin].join(":") };
  const { command } = await obtainEngine({ progress: (line) => progress.push(line), cacheFolder, env });

  expect(command).toBe(join(bin, "pulumi"));
  expect(progress).toEqual([
    `Passing over ${join(folder, "old/pulumi")}: it is version 3.99.1, and ${oldestEngine} is needed.`,
    `Passing over ${join(folder, "shim/pulumi")}: \`pulumi version\` does not print a version.`,
    `Passing over ${join(folder, "bare/pulumi")}: ${dynamicProviderScript} is not beside it.`,
  ]);
});

test("the user's own pulumi comes first, then npm's, then the build", async () => {
  const build = await engineBuild(cacheFolder);
  await installGo({ built: `v${build.version}` });
  expect((await obtain()).source).toBe("built");
  const installer = await makeInstaller();
  await installPulumi(`v${oldestEngine}`);

  // All three are there.
  expect((await obtain(installer)).source).toBe("path");
  expect(await downloads()).toEqual([]);
  await installPulumi("v3.0.0");
  expect((await obtain(installer)).source).toBe("npm");
  await rm(join(bin, "pulumi"));
  expect((await obtain(installer)).source).toBe("npm");
  expect((await obtain(null)).source).toBe("cache");
  expect([await downloads(), await builds()]).toMatchObject([[{}], [{}]]);
});

test("npm's pulumi downloads once, into a folder of its own, and says so before", async () => {
  const installer = await makeInstaller();
  await installGo();
  const command = join(cliFolder(), "versions/3.888.0/bin/pulumi");
  expect(await obtain(installer)).toEqual({ command, version: "3.888.0", source: "npm" });
  expect(progress).toEqual([
    noPulumi,
    `Downloading Pulumi's CLI 3.888.0 by npm's \`pulumi\`, once, then kept in ${cliFolder()}.`,
  ]);
  progress = [];
  expect(await obtain(installer)).toEqual({ command, version: "3.888.0", source: "npm" });
  expect(progress).toEqual([noPulumi]);

  const [only, ...more] = await downloads();
  expect([more, await builds()]).toEqual([[], []]);
  expect(only?.args).toEqual(["version"]);
  // Node's `fetch`, by which it downloads, uses a proxy only if it is told to.
  expect(only?.env).toMatchObject({ HTTPS_PROXY: "http://proxy.example", NODE_USE_ENV_PROXY: "1" });
  expect(only?.env["PULUMI_HOME"]?.startsWith(`${cliFolder()}.partial-`)).toBe(true);
  expect(await readdir(dirname(cliFolder()))).toEqual([basename(cliFolder())]);
});

test.each([
  ["without network", { before: noNetwork }, "fetch failed"],
  ["with a script that fails in silence", { before: "process.exit(7)" }, "Downloading pulumi v3.888.0..."],
  ["of another version", { prints: "v3.1.0" }, "what it downloaded is another CLI, or not all of one"],
  ["without the plugin", { isComplete: false }, "what it downloaded is another CLI, or not all of one"],
])("a download %s leaves nothing, says why, and the engine is built", async (_, behaviour, reason) => {
  const { version } = await engineBuild(cacheFolder);
  await installGo({ built: `v${version}` });
  expect((await obtain(await makeInstaller(behaviour))).source).toBe("built");
  expect(progress[2]).toBe(`Passing over npm's \`pulumi\`, which downloads Pulumi's CLI 3.888.0: ${reason}.`);
  expect((await cached()).filter((name) => name.startsWith("cli-"))).toEqual([`${basename(cliFolder())}.failed`]);
});

test("a download that failed is tried again a day after, or where there is no other engine", async () => {
  const offline = await makeInstaller({ before: noNetwork });
  await expect(obtain(offline)).rejects.toThrow("Neither a usable `pulumi` nor `go`");
  await expect(obtain(offline)).rejects.toThrow("Neither a usable `pulumi` nor `go`");
  expect(await downloads()).toHaveLength(2);

  const { version } = await engineBuild(cacheFolder);
  await installGo({ built: `v${version}` });
  expect((await obtain(offline)).source).toBe("built");
  expect(await downloads()).toHaveLength(3);
  const online = await makeInstaller();
  progress = [];
  expect((await obtain(online)).source).toBe("cache");
  expect(progress[1]).toMatch(/: it failed at 20\d\d-\S+, and is tried again a day after\.$/);
  expect(await downloads()).toHaveLength(3);

  const yesterday = new Date(Date.now() - 86_400_000);
  await utimes(`${cliFolder()}.failed`, yesterday, yesterday);
  expect((await obtain(online)).source).toBe("npm");
  expect(await cached()).not.toContain(`${basename(cliFolder())}.failed`);
});

test("a download that hangs is ended after half a minute, with all that it has started", async () => {
  const { version } = await engineBuild(cacheFolder);
  await installGo({ built: `v${version}` });
  const started = join(folder, "started");
  const hanging = await makeInstaller({
    before: `const { pid } = require("node:child_process").spawn("/bin/sleep", ["1000"], { stdio: "inherit" });
      fs.writeFileSync(${JSON.stringify(started)}, String(pid));
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)`,
  });
  vi.useFakeTimers({ toFake: ["setInterval", "clearInterval", "Date"] });
  onTestFinished(() => void vi.useRealTimers());
  const engine = obtain(hanging);
  const child = Number(await vi.waitFor(() => readFile(started, "utf8"), 20_000));
  process.kill(child, 0);
  vi.advanceTimersByTime(20_000);
  process.kill(child, 0);
  vi.advanceTimersByTime(20_000);
  expect((await engine).source).toBe("built");
  expect(progress).toContainEqual(expect.stringMatching(/^ {2}20 s: Downloading pulumi v3.888.0/));
  expect(progress).toContainEqual(expect.stringMatching(/: nothing was heard for 30 s\.$/));
  await vi.waitFor(() => expect(() => process.kill(child, 0)).toThrow("ESRCH"), 20_000);
}, 120_000);

test("a download that is interrupted ends there", async () => {
  await installGo();
  const before = process.listeners("SIGINT");
  const engine = obtain(
    await makeInstaller({ before: "Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)" }),
  );
  engine.catch(() => undefined);
  await vi.waitFor(async () => expect(await downloads()).toHaveLength(1), 20_000);
  for (const listener of process.listeners("SIGINT")) if (!before.includes(listener)) listener("SIGINT");
  await expect(engine).rejects.toThrow("The download of Pulumi's CLI was interrupted.");
  expect([await cached(), await builds()]).toEqual([[], []]);
  expect(process.listeners("SIGINT")).toEqual(before);
}, 120_000);

test("the installer is npm's pulumi, of this repository's dependencies", async () => {
  const lock = JSON.parse(await readFile("package-lock.json", "utf8")) as { packages: Record<string, Installer> };
  expect(npmsInstaller()).toEqual({
    version: lock.packages["node_modules/pulumi"]?.version,
    script: await realpath("node_modules/pulumi/run.js"),
  });
});

test("without Go, the error says what to install", async () => {
  const { oldestGo } = await engineBuild(cacheFolder);
  const failure = expect(obtain()).rejects;
  await failure.toThrow(`Install Go ${oldestGo} or newer (https://go.dev/dl/)`);
  await failure.toThrow("Pulumi's own CLI (https://www.pulumi.com/docs/install/)");
});

test.each([
  ["go1.9.7", "is version 1.9.7"],
  ["devel", "prints for `go version`: go version devel"],
])("the Go %s is refused by name", async (version, found) => {
  await installGo({ version });
  const build = await engineBuild(cacheFolder);
  const failure = expect(obtain()).rejects;
  await failure.toThrow(`${join(bin, "go")} ${found}`);
  await failure.toThrow(`Pulumi ${build.version} needs Go ${build.oldestGo}. Install Go`);
  expect(await builds()).toEqual([]);
});

test("a Go that is too old hides none behind it on PATH", async () => {
  const build = await engineBuild(cacheFolder);
  await installGo({ built: `v${build.version}` });
  const old = join(folder, "old");
  await mkdir(old);
  await writeFile(join(old, "go"), `#!/bin/sh\necho "go version go1.9.7 linux/amd64"\n`, { mode: 0o755 });
  const options = { progress: (line: string) => progress.push(line), cacheFolder, installer: null };

  await expect(obtainEngine({ ...options, env: { PATH: old } })).rejects.toThrow(`${join(old, "go")} is version 1.9.7`);
  const { source } = await obtainEngine({ ...options, env: { PATH: [old, bin].join(":") } });
  expect(source).toBe("built");
});

test("it is built once, from the pinned module as it is, and then comes from the cache", async () => {
  const build = await engineBuild(cacheFolder);
  await installGo({ built: `v${build.version}` });
  const command = join(build.folder, "pulumi");
  expect(await obtain()).toEqual({ command, version: build.version, source: "built" });
  expect(await obtain()).toEqual({ command, version: build.version, source: "cache" });

  const [only, ...more] = await builds();
  expect(more).toEqual([]);
  expect(only?.args).toContain("-mod=readonly");
  expect(only?.args).toContain("-trimpath");
  expect(only?.args.at(-1)).toBe("github.com/pulumi/pulumi/pkg/v3/cmd/pulumi");
  expect(only?.args[only.args.indexOf("-ldflags") + 1]).toContain(
    `/sdk/v3/go/common/version.Version=v${build.version}`,
  );
  expect(only?.env).toMatchObject({ GOTOOLCHAIN: "local", GOPROXY: "off" });
  expect(await readdir(only?.cwd ?? "")).toContain("go.sum");
  expect(progress.slice(0, 2)).toEqual([noPulumi, noInstaller]);
  expect(progress[2]).toContain(`Building the Pulumi engine ${build.version}`);
  expect(await readdir(build.folder)).toEqual(["pulumi", dynamicProviderScript]);
  expect(await readFile(join(build.folder, dynamicProviderScript), "utf8")).toMatch(/^#!\/bin\/sh\n/);
  expect(await cached()).toHaveLength(1);
});

test("a build that fails says why and leaves nothing", async () => {
  await installGo({ beforeBuild: `console.error("missing go.sum entry for module x"); process.exit(1)` });
  await expect(obtain()).rejects.toThrow(/`go build` ended with 1\.\nmissing go\.sum entry for module x$/);
  expect(await cached()).toEqual([]);
});

test("a build that does not print its version is not kept", async () => {
  await installGo({ built: "v3.0.0" });
  await expect(obtain()).rejects.toThrow("its `pulumi version` does not print");
  expect(await cached()).toEqual([]);
});

test("of two that need it at once, one builds and the other waits", async () => {
  const { version } = await engineBuild(cacheFolder);
  await installGo({
    built: `v${version}`,
    beforeBuild: "Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 500)",
  });
  const sources = (await Promise.all([obtain(), obtain()])).map(({ source }) => source);
  expect(sources.sort()).toEqual(["built", "cache"]);
  expect(await builds()).toHaveLength(1);
  expect(progress.filter((line) => line.startsWith("Another process is building"))).toHaveLength(1);
});

test("what a killed builder has left is removed, a damaged build included", async () => {
  const build = await engineBuild(cacheFolder);
  await installGo({ built: `v${build.version}` });
  await mkdir(build.folder, { recursive: true });
  await writeFile(join(build.folder, "pulumi"), "half of it");
  await mkdir(`${build.folder}.partial-abc123`);
  await writeFile(`${build.folder}.lock`, "1");
  const longAgo = new Date(Date.now() - 3_600_000);
  await utimes(`${build.folder}.lock`, longAgo, longAgo);
  expect((await obtain()).source).toBe("built");
  expect(await readdir(dirname(build.folder))).toHaveLength(1);
});

test.each([
  ["in whose place is a file", () => cacheFolder, "EEXIST|ENOTDIR"],
  ["of which a part is a file", () => join(cacheFolder, "engine"), "EEXIST|ENOTDIR"],
  ["above which is a file", () => dirname(cacheFolder), "ENOTDIR"],
])("a cache folder %s is named, with the way out", async (_, place, code) => {
  await installGo();
  cacheFolder = join(folder, "caches/mine");
  await mkdir(dirname(place()), { recursive: true });
  await writeFile(place(), "");
  for (const installer of [null, await makeInstaller()]) {
    const refused = await obtain(installer).then(
      () => "none",
      (error: unknown) => String(error),
    );
    expect(refused).toMatch(new RegExp(`kept in ${cacheFolder}, where nothing can be written: (?:${code}): `));
    expect(refused).toContain("Set XDG_CACHE_HOME to a folder of yours");
  }
  expect(await builds()).toEqual([]);
});

test.each(["EACCES", "EROFS", "ENOSPC", "EPERM", "EDQUOT"])(
  "a cache folder that answers %s is named too",
  async (code) => {
    await installGo();
    const file = { path: join(cacheFolder, "engine"), syscall: "mkdir", code };
    vi.spyOn(fileSystem, "mkdir").mockRejectedValue(
      Object.assign(new Error(`${code}: no, mkdir '${file.path}'`), file),
    );
    syncBuiltinESMExports();
    onTestFinished(() => {
      vi.restoreAllMocks();
      syncBuiltinESMExports();
    });
    await expect(obtain()).rejects.toThrow(new RegExp(`where nothing can be written: ${code}.*XDG_CACHE_HOME`));
  },
);

test("a built engine in a cache folder that cannot be written is taken", async () => {
  const built = await engineBuild(cacheFolder);
  await mkdir(built.folder, { recursive: true });
  await writeFile(join(built.folder, "pulumi"), `#!${process.execPath}\nconsole.log("v${built.version}")\n`, {
    mode: 0o755,
  });
  vi.spyOn(fileSystem, "writeFile").mockRejectedValue(
    Object.assign(new Error("EROFS: read-only file system, open"), { code: "EROFS", path: `${cliFolder()}.lock` }),
  );
  syncBuiltinESMExports();
  onTestFinished(() => {
    vi.restoreAllMocks();
    syncBuiltinESMExports();
  });
  const installer = { version: "3.888.0", script: "unused" };
  expect(await obtain(installer)).toMatchObject({ command: join(built.folder, "pulumi"), source: "cache" });
  expect(progress.at(-1)).toContain("EROFS");
});

test("XDG_CACHE_HOME says where the cache folder is; a relative path says nothing", async () => {
  await installGo({ built: `v${(await engineBuild(cacheFolder)).version}` });
  vi.stubEnv("HOME", join(folder, "home"));
  onTestFinished(() => void vi.unstubAllEnvs());
  const ofSystem = join(folder, "home", process.platform === "darwin" ? "Library/Caches" : ".cache");
  for (const [said, place] of [
    [join(folder, "elsewhere c#"), join(folder, "elsewhere c#")],
    ...["", "elsewhere", "./elsewhere", "~/elsewhere"].map((path) => [path, ofSystem] as const),
  ] as const) {
    vi.stubEnv("XDG_CACHE_HOME", said);
    const env = { PATH: bin, GOPROXY: "off", XDG_CACHE_HOME: said };
    const { command } = await obtainEngine({ progress: (line) => progress.push(line), env, installer: null });
    expect([said, command.startsWith(join(place, "auth0-user-pictures/engine/"))]).toEqual([said, true]);
  }
});
