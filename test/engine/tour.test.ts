// docs/tour.md, as a newcomer follows it. What npm and pip would fetch is what this repository has. `npm run test:rare`
// only.
import type { ChildProcess } from "node:child_process";
import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { ManagementClient } from "auth0";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { obtainEngine } from "../../sandbox/engine/engine.ts";
import { isolatedEnvironment, sandboxPaths } from "../../sandbox/engine/environment.ts";
import { prepareFolder } from "../../sandbox/engine/workspace.ts";
import { trustingFetch } from "../../sandbox/tenant/trusting-fetch.ts";
import { serve, stop } from "../sandbox/serving-process.ts";
import { commandsOf } from "./documented-commands.ts";
import { openShell, stepsOf } from "./followed-page.ts";
import type { PageShell } from "./followed-page.ts";
import { obtainLanguageTools } from "./languages/language-tools.ts";
import { serveLanguages } from "./languages/serve-languages.ts";
import { installPackedLibrary, linkDependency } from "./packed-library.ts";

const sections = stepsOf(await readFile("docs/tour.md", "utf8"));
const engine = await obtainEngine({ progress: () => undefined });
const tools = await obtainLanguageTools(engine, { progress: () => undefined });
const covered = new Set<unknown>();

let root: string;
let shell: PageShell;
const running: ChildProcess[] = [];
const closing: (() => unknown)[] = [];

/** What is done in place of commands that fetch something, or that do not end. */
const standIns: Readonly<Record<string, () => Promise<unknown>>> = {
  "npm ci": async () => undefined,
  // Each installation below packs by itself.
  "npm pack --pack-destination ..": async () => undefined,
  "npm run sandbox": () => serve(join(root, "auth0-user-pictures/.sandbox"), (child) => running.push(child)),
  "npm install ../../auth0-user-pictures-*.tgz @pulumi/pulumi typescript@6 @types/node@24": async () => {
    await installPackedLibrary(shell.cwd);
    await writeFile(join(shell.cwd, "package.json"), "{}");
    for (const name of ["typescript", "@types"]) await linkDependency(shell.cwd, name);
  },
  "npm install --prefix plugin --no-save ../auth0-user-pictures-*.tgz": () =>
    installPackedLibrary(join(shell.cwd, "plugin")),
};

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "tour-"));
  // What the page takes from this repository, and a sandbox of its own.
  const repository = join(root, "auth0-user-pictures");
  await mkdir(repository);
  for (const name of ["assets", "sandbox"]) await symlink(resolve(name), join(repository, name));
  await cp("plugin", join(repository, "plugin"), {
    recursive: true,
    filter: (path) => !path.includes("node_modules"),
  });
  const paths = sandboxPaths(join(root, "user"));
  await mkdir(join(root, "user"));
  await prepareFolder(join(root, "user"), paths);
  const environment = isolatedEnvironment(paths, dirname(engine.command), {}, process.env);
  // Only programs in other languages have a plugin, which starts where the engine is.
  const engineFolder = join(root, "tour/python");
  const languages = await serveLanguages({ environment, engineFolder, folder: paths.bin, tools });
  closing.push(() => languages.close());
  shell = await openShell(root, { ...environment, PULUMI_DEBUG_LANGUAGES: languages.attach });
  closing.push(() => shell.close());
});
afterAll(async () => {
  for (const close of closing) await close();
  await Promise.all(running.map(stop));
  await rm(root, { recursive: true });
});

/** What each command has printed. @param language whose lines are written where the page has one for each */
async function follow(section: string, language?: "typescript" | "python"): Promise<string[]> {
  const steps = sections.get(section) ?? expect.fail(`docs/tour.md has no section "${section}"`);
  const outputs: string[] = [];
  for (const step of steps) {
    if ("line" in step && step.file.endsWith(".py") !== (language === "python")) continue;
    covered.add(step);
    if (!("command" in step)) await shell.write(step);
    else if (step.command in standIns) await standIns[step.command]?.();
    else outputs.push(await shell.run(step.command));
  }
  return outputs;
}

/** Those of docs/languages.md that need no release, with this sandbox's values. */
const runHere = [...commandsOf(await readFile("docs/languages.md", "utf8")).values()]
  .flat()
  .filter((command) => /^pulumi (install$|config set )/.test(command))
  .map((command) => command.replace("example.eu.auth0.com", '"$AUTH0_DOMAIN"'))
  .map((command) => command.replace("clientId …", 'clientId "$AUTH0_CLIENT_ID"'))
  .map((command) => command.replace("clientSecret …", 'clientSecret "$AUTH0_CLIENT_SECRET"'));

/** What the stack changes in the tenant. */
async function tenantState() {
  const variables = await shell.run("printenv AUTH0_DOMAIN AUTH0_CLIENT_ID AUTH0_CLIENT_SECRET NODE_EXTRA_CA_CERTS");
  const [domain = "", clientId = "", clientSecret = "", trusted = ""] = variables.split("\n");
  const trusting = trustingFetch(await readFile(trusted, "utf8"));
  const management = new ManagementClient({ domain, clientId, clientSecret, fetch: trusting.fetch });
  const { data: bindings } = await management.actions.triggers.bindings.list("post-login");
  const { data: connections } = await management.connections.list({ name: "google-oauth2" });
  await trusting.close();
  return {
    actions: bindings.map(({ display_name }) => display_name),
    flag: connections[0]?.options?.["set_user_root_attributes"] ?? null,
  };
}

async function deployAndChange(language: "typescript" | "python"): Promise<void> {
  const [up = "", claim = ""] = (await follow("Deploy it")).slice(-3);
  expect(up).toContain(`defaultPictureUrl: "${claim.trim()}"`);
  expect(await readFile(join(shell.cwd, "seen.png"))).toEqual(await readFile("assets/default-picture.png"));
  expect(await tenantState()).toEqual({ actions: ["Add roles", "User picture"], flag: "on_first_login" });

  expect((await follow("Change it", language)).at(-1)).toMatch(/^https:\/\/s\.gravatar\.com\//);
}

async function takeAway(): Promise<void> {
  await follow("Take it away");
  expect(await tenantState()).toEqual({ actions: ["Add roles"], flag: null });
}

describe("docs/tour.md", () => {
  it("has the commands that something else is done for here, by name", () => {
    const commands = [...sections.values()].flat().map((step) => ("command" in step ? step.command : ""));
    expect(commands).toEqual(expect.arrayContaining(Object.keys(standIns)));
  });

  it("leads from an empty folder to a login, by TypeScript, and back", async () => {
    await follow("The sandbox");
    await follow("A program in TypeScript");
    await deployAndChange("typescript");
    await takeAway();
  });

  it.runIf(tools.missing.python === undefined)("leads there by Python, and on to TypeScript", async () => {
    await shell.run("cd ..");
    await follow("A program in Python");
    await deployAndChange("python");

    // docs/languages.md: on another machine, and with the credentials in the stack.
    await shell.run("rm -r sdks venv");
    for (const command of runHere) await shell.run(command);

    const moves = sections.get("Go to the other language") ?? [];
    for (const step of moves) covered.add(step);
    const [copy, select, up] = moves.map((step) => ("command" in step ? step.command : ""));
    await shell.run(copy?.replaceAll("../python", "../typescript") ?? "");
    await shell.run(select ?? "");
    expect(await shell.run(up ?? "")).toMatch(/ {4}~ 2 updated\n {4}- 1 deleted\n {4}3 changes\. 19 unchanged/);
    await takeAway();

    expect([...sections.values()].flat().filter((step) => !covered.has(step))).toEqual([]);
  });
});
