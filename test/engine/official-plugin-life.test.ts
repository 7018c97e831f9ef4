// A stack's whole life with an auth0 plugin that the engine starts by itself: after each step the tenant holds what it
// holds with the attached stand-in. Everywhere the plugin is the stand-in as a program of its own; where the official
// one is installed, it is that one too.
import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { isRunning } from "../../sandbox/engine/interruption.ts";
import { findOfficialPlugin } from "../../sandbox/engine/official-plugin.ts";
import type { OfficialPlugin } from "../../sandbox/engine/official-plugin.ts";
import type { Workspace } from "../../sandbox/engine/workspace.ts";
import { sdkVersion } from "../../sandbox/providers/sdk-version.ts";
import { openSandbox } from "../../sandbox/sandbox.ts";
import { seed } from "../../sandbox/seed.ts";
import { tenantStateOf } from "./test-sandbox.ts";

const wanted = sdkVersion("@pulumi/auth0");
const official = await findOfficialPlugin("auth0", wanted).catch(() => undefined);
const why = official ? "" : ` (skipped: the official auth0 plugin ${wanted} is not installed)`;

interface Step {
  readonly step: string;
  readonly run: (workspace: Workspace) => Promise<{ changes: object }>;
  /** Left to the official plugin: without it this is what other tests show of the stand-in. */
  readonly isForOfficial?: true;
}

const life: readonly Step[] = [
  { step: "deploys", run: (workspace) => workspace.up({ skipPreview: true }) },
  { step: "finds nothing to change", run: (workspace) => workspace.up(), isForOfficial: true },
  { step: "finds nothing that drifted", run: (workspace) => workspace.refresh(), isForOfficial: true },
  {
    step: "changes settings",
    run: (workspace) =>
      workspace.up({
        config: { mode: "everyone", connections: { "google-oauth2": "on_each_login" } },
        skipPreview: true,
      }),
  },
  { step: "takes everything away", run: (workspace) => workspace.destroy() },
];
const everywhere = life.filter(({ isForOfficial }) => !isForOfficial);

let root: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "official plugin "));
});
afterAll(async () => {
  vi.unstubAllEnvs();
  await rm(root, { recursive: true });
});

/** What each step did, what the tenant held after it, and what the engine printed. */
async function live(name: string, steps: readonly Step[], officialAuth0?: OfficialPlugin) {
  let output = "";
  const sandbox = await openSandbox({
    folder: join(root, name),
    projectFolder: ".",
    seed,
    ...(officialAuth0 && { officialAuth0 }),
    onOutput: (text) => (output += text),
  });
  try {
    const done = [];
    for (const { step, run } of steps) {
      const { changes } = await run(sandbox.workspace);
      done.push({ step, changes, tenant: tenantStateOf(sandbox.tenant) });
    }
    return { done, output };
  } catch (error) {
    throw new Error(output, { cause: error });
  } finally {
    await sandbox.close();
  }
}

/** The stand-in as a plugin. Its last start is recorded: the environment, and the process. */
async function plugin(folder: string): Promise<string> {
  const executable = join(folder, "pulumi-resource-auth0");
  const script = join(import.meta.dirname, "fixture/auth0-plugin/plugin-process.ts");
  await writeFile(
    executable,
    `#!/bin/sh
test "$*" = -version && echo ${wanted} && exit
env > '${root}/environment' && echo $$ > '${root}/process'
exec '${process.execPath}' '${script}' '${root}/unused-edge'
`,
    { mode: 0o755 },
  );
  return executable;
}

let attached: Awaited<ReturnType<typeof live>>;
beforeAll(async () => {
  attached = await live("attached", official ? life : everywhere);
});

describe("an auth0 plugin that the engine starts", () => {
  it("leads to the same tenant at each step of a stack's life, and gets the sandbox's credentials only", async () => {
    for (const name of ["AUTH0_DOMAIN", "AUTH0_CLIENT_SECRET", "AUTH0_API_TOKEN", "AWS_SECRET_ACCESS_KEY"])
      vi.stubEnv(name, "planted");
    const own = { name: "auth0", version: wanted, executable: await plugin(root) };
    const { done, output } = await live("own", everywhere, { ...own, source: "plugins" });

    const names = everywhere.map(({ step }) => step);
    expect(done).toEqual(attached.done.filter(({ step }) => names.includes(step)));
    expect(output).not.toContain("warning: ");
    const environment = await readFile(join(root, "environment"), "utf8");
    expect(environment).not.toContain("planted");
    expect(environment).toContain(`\nSSL_CERT_FILE=${join(root, "own/ca.pem")}\n`);
    expect(environment).toMatch(/^PULUMI_DEBUG_PROVIDERS=aws:\d+$/m);
    expect(isRunning(Number(await readFile(join(root, "process"), "utf8")))).toBe(false);

    // On PATH it may be of a newer version, and the engine says which one it takes.
    const preview = [{ step: "previews", run: (workspace: Workspace) => workspace.preview() }];
    const onPath = await live("own", preview, { ...own, version: "3.1000.0", source: "path" });
    const link = join(root, "own/bin/pulumi-resource-auth0");
    expect(onPath.output).toContain(`using pulumi-resource-auth0 from $PATH at ${link}`);
    expect(existsSync(join(root, "own/pulumi-home/plugins"))).toBe(false);
    await live("own", []);
    expect(existsSync(link)).toBe(false);
  });

  it.skipIf(!official)(`so does the official one${why}`, async () => {
    const { done, output } = await live("official", life, official);

    expect(done).toEqual(attached.done);
    expect(output).not.toContain("warning: ");
  });
});
