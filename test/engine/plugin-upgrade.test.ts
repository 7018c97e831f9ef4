// A stack that a release before the plugin has deployed with a program of Node goes to the plugin: nothing of it is
// replaced, and nothing is written in the tenant. `npm run test:rare` only.
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { expect, it } from "vitest";
import { openWorkspace } from "../../sandbox/engine/workspace.ts";
import { openSandbox } from "../../sandbox/sandbox.ts";
import { seed } from "../../sandbox/seed.ts";
import { installPlugin } from "./plugin-folder.ts";
import { restore } from "./upgrade/make.ts";
import type { Release } from "./upgrade/make.ts";

it("goes to the plugin", async () => {
  const [folder, plugin] = await Promise.all(["upgrade-", "plugin-"].map((name) => mkdtemp(join(tmpdir(), name))));
  if (folder === undefined || plugin === undefined) throw new Error("no folders");
  await restore(JSON.parse(await readFile("test/engine/upgrade/0.1.0.json", "utf8")) as Release, folder);
  let output = "";
  const onOutput = (text: string) => void (output += text);
  const sandbox = await openSandbox({ folder, projectFolder: ".", seed, onOutput });
  try {
    const { engine, environment, tenant } = sandbox;
    const program = "test/engine/fixture/released-program.ts";
    const workspace = await openWorkspace({ folder, engine, environment, projectFolder: ".", program, onOutput });
    await installPlugin(plugin);
    const runPlugin = resolve("node_modules/@pulumi/pulumi/cmd/run-plugin/index.js");
    const script = `#!/bin/sh\nexec node ${runPlugin} ${plugin} "$@"\n`;
    await writeFile(join(folder, "bin/pulumi-resource-auth0-user-pictures"), script, { mode: 0o755 });

    const config = { defaultPictures: { general: { file: resolve("assets/default-picture.png") } } };
    const { changes } = await workspace.up({ config, skipPreview: true });
    expect(changes, output).toMatchObject({ create: 1, delete: 0, replace: 0 });
    // The Action's code is this release's; the connection and the binding are as they were.
    const writes = tenant.faults.calls.filter(({ method, path }) => method !== "GET" && path !== "/oauth/token");
    expect(writes.filter(({ path }) => !path.includes("/actions/actions/"))).toEqual([]);
    await workspace.destroy();
  } finally {
    await sandbox.close();
    await Promise.all([folder, plugin].map((path) => rm(path, { recursive: true })));
  }
});
