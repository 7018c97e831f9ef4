// What is typed: what is refused of it, and the help. What the commands are given, their own tests have.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { endingOfTyped } from "../../cli/command-line.ts";

const commands = ["set", "unset", "show", "erase", "import", "audit", "doctor"];
const typed = (text: string, isJson = false) => endingOfTyped(text === "" ? [] : text.split(" "), isJson);

describe("what is typed wrong", () => {
  it.each([
    ["", "no command was given."],
    ["sett ada a.png", "unknown command 'sett' (Did you mean set?)"],
    ["--jsn show ada", "unknown option '--jsn' (Did you mean --json?)"],
    ["show ada --jsn", "unknown option '--jsn' (Did you mean --json?)"],
    ["show", "missing required argument 'user'"],
    ["show ada bob", "too many arguments for 'show'. Expected 1 argument but got 2: ada, bob."],
    ["set ada", "missing required argument 'picture'"],
    [
      "set ada a.png --format png",
      "option '--format <format>' argument 'png' is invalid. Allowed choices are webp, jpeg.",
    ],
    ["set ada a.png --attribute user_metadata", "Allowed choices are metadata, root."],
    ["unset ada --format webp", "unknown option '--format'"],
    ["show ada --stack", "option '--stack <name>' argument missing"],
    ["show ada --stack --json", "argument '--json' is invalid. It is missing: an option comes in its place."],
    ["import a.csv --report --dry-run", "option '--report <file>' argument missing"],
    ["import a.csv --report --job", "argument '--job' is invalid. It is missing: an option comes in its place."],
    ["show ada --stack=", "argument '' is invalid. It is empty."],
    ["show ada --json=yes", "unknown option '--json=yes'"],
    ["show ada --stack dev --config dev.json", "option '--config <file>' cannot be used with option '--stack <name>'"],
    ["show ada --cwd infra", "--cwd is for --stack."],
    ["show ada --outputs pictures", "--outputs is for --stack and --config."],
    ["show \u001b[31m --\u202e", "unknown option '--\\u202e'"],
    ["audit all", "too many arguments for 'audit'. Expected 0 arguments but got 1: all."],
    ["audit --expires-within soon", "It must be a whole number of days."],
    ["audit --expires-within -1", "It must be a whole number of days."],
    ["audit --expires-within 1.5", "It must be a whole number of days."],
    ["import", "a table or a folder is missing, or --from-identity-provider."],
    ["import a b", "too many arguments for 'import'."],
    ["import a --host h", "--host is for --from-identity-provider."],
    ["import a --connection c", "--connection is for --from-identity-provider and --job."],
    ["import a --delimiter ;;", "It must be one character; \\t is a tab."],
    ["import a --from-identity-provider", "--from-identity-provider takes no table and no folder."],
    ["import --from-identity-provider --job", "--job and --from-identity-provider cannot be given together."],
    ["import --from-identity-provider --delimiter ;", "--delimiter is for a table."],
    ["import --from-identity-provider --attribute root", "--from-identity-provider writes user_metadata.picture only"],
    ["import --job --attribute root --connection c", "a table or a folder is missing"],
    [
      "import a --job --connection c",
      "--job needs --attribute root: an import job that updates a user overwrites user_metadata wholly. Without --job, import writes user_metadata.picture and nothing else of a user.",
    ],
    ["import a --job --attribute metadata --connection c", "--job needs --attribute root"],
    ["import a --job --attribute root", "--job needs one --connection"],
    ["import a --job --attribute root --connection c --connection d", "--job needs one --connection"],
    ["import a --job --attribute root --connection c --format webp", "--format is not for --job."],
    ["import a --job --attribute root --connection c --delimiter ;", "--delimiter is not for --job."],
    ["help sett", "there is no command sett."],
  ])("%s: %s", async (text, message) => {
    const { stdout, stderr, exitCode } = await typed(text);
    const [line, usage, hint, ...more] = stderr.split("\n");
    expect([stdout, exitCode, more]).toEqual(["", 2, [""]]);
    expect(line).toMatch(/^user-pictures: /);
    expect(line).toContain(message);
    expect(usage).toMatch(/^Usage: user-pictures /);
    expect(hint).toMatch(/^"user-pictures ?\w* --help" says more\.$/);

    const asJson = await typed(`${text} --json`.trim(), true);
    if (text.includes("--stack --json") || text.endsWith("--stack")) return;
    expect(JSON.parse(asJson.stdout)).toEqual({ error: { kind: "usage", message: expect.any(String) as string } });
    expect([asJson.stderr, asJson.exitCode]).toEqual([stderr, 2]);
  });

  it("names the command whose help says more", async () => {
    expect((await typed("import")).stderr.split("\n").slice(1)).toEqual([
      "Usage: user-pictures import [options] [source]",
      '"user-pictures import --help" says more.',
      "",
    ]);
  });

  it("is an empty user, too", async () => {
    for (const user of ["", " ", "\t"])
      expect((await endingOfTyped(["show", user], false)).stderr).toContain("argument 'user'. It is empty.");
  });
});

describe("help", () => {
  it.each(commands)("of %s has an example, and what every command has", async (command) => {
    const { stdout, stderr, exitCode } = await typed(`${command} --help`);
    expect([stderr, exitCode]).toEqual(["", 0]);
    expect(stdout).toMatch(new RegExp(`\\nExamples?:\\n {2}\\$ user-pictures ${command} `));
    for (const option of ["--stack <name>", "--config <file>", "--json", "--dry-run", "--no-color"])
      expect(stdout).toContain(option);
    expect((await typed(`help ${command}`)).stdout).toBe(stdout);
    expect((await typed(`${command} -h`)).stdout).toBe(stdout);
    expect((await typed(`${command} too many of --them --help`)).stdout).toBe(stdout);
  });

  it("has every command with an example, where values come from, and the exit codes", async () => {
    const { stdout } = await typed("--help");
    for (const command of commands) expect(stdout).toContain(`\n  $ user-pictures ${command} `);
    expect(stdout).toMatch(/\nExit codes:\n {2}0 .*\n {2}1 .*\n {2}2 .*\n {2}130 /);
    expect(stdout).toMatch(/Credentials come from the environment only/);
    expect((await typed("help")).stdout).toBe(stdout);
    expect(JSON.parse((await typed("--help --json", true)).stdout)).toEqual({ help: stdout });
  });

  it("is examples that can be typed", async () => {
    for (const command of ["", ...commands]) {
      const { stdout } = await typed(`${command} --help`.trim());
      const examples = [...stdout.matchAll(/\$ user-pictures (.*)/g)].map(([, example = ""]) => example);
      for (const example of examples) {
        const words = [...example.matchAll(/'([^']*)'|\S+/g)].map(([word, quoted]) => quoted ?? word);
        // Its file is not there, so it ends where the configuration is read.
        const args = words.filter((word, index) => word !== "--stack" && words[index - 1] !== "--stack");
        const { stderr, exitCode } = await endingOfTyped([...args, "--config", "no-such-file.json"], false);
        expect([stderr, exitCode]).toEqual(["user-pictures: --config: no-such-file.json is not there.\n", 2]);
      }
    }
  });

  it("is there without a SDK, without sharp, and without what reads a configuration", async () => {
    const loaded = (await loadedBy("--help")).map((url) => url.replace(/.*\/node_modules\//, "node_modules/"));
    const packages = new Set(loaded.filter((url) => url.startsWith("node_modules/")).map((url) => url.split("/")[1]));
    expect([...packages]).toEqual(["commander"]);
    const own = loaded.filter((url) => url.startsWith("file:")).map((url) => url.replace(/.*\/cli\//, ""));
    expect(own.filter((path) => !path.startsWith("terminal/")).sort()).toEqual([
      "command-line.ts",
      "commands.ts",
      "main.ts",
    ]);
    // Seen where they are loaded.
    expect((await loadedBy("show", "ada")).join()).toContain("/node_modules/valibot/");
  });
});

const main = join(import.meta.dirname, "../../cli/main.ts");

/** The URLs of all modules that a run loads. */
async function loadedBy(...args: string[]): Promise<string[]> {
  const hook = `
    import { registerHooks } from "node:module";
    import { appendFileSync } from "node:fs";
    const load = (url, context, next) => (appendFileSync(3, url + "\\n"), next(url, context));
    registerHooks({ load });`;
  const node = ["--import", `data:text/javascript,${encodeURIComponent(hook)}`, main, ...args];
  const child = spawn(process.execPath, node, { stdio: ["ignore", "ignore", "ignore", "pipe"] });
  let text = "";
  child.stdio[3]?.on("data", (part: Buffer) => (text += part.toString()));
  await once(child, "close");
  return text.trim().split("\n");
}
