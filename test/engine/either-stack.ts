// The stack of fixture/either-program, and the plugin, installed where the engine finds it.
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, beforeAll } from "vitest";
import { openWorkspace } from "../../sandbox/engine/workspace.ts";
import type { Workspace } from "../../sandbox/engine/workspace.ts";
import { installPlugin } from "./plugin-folder.ts";
import { sandboxOf } from "./test-sandbox.ts";
import type { TestSandbox } from "./test-sandbox.ts";

interface Settings {
  readonly config: Readonly<Record<string, string>>;
  readonly secrets: Readonly<Record<string, string>>;
  readonly skipPreview: true;
}

export interface EitherStack {
  readonly sandbox: TestSandbox;
  /** The plugin's folder. */
  readonly plugin: string;
  /**
   * Operations that find no credentials in their environment: those of the stack's settings are the deployment
   * client's, unless an operation is given others.
   */
  readonly workspace: Workspace;
  /** What the engine and all that it starts printed since the last call. */
  readonly takeOutput: () => string;
  /** The calls that change something in the tenant, since the last time. */
  readonly writes: () => string[];
  /** The credentials' secret. */
  readonly clientSecret: string;
  /** Of an operation with the stack's settings: without, it has nothing but the state. */
  readonly settings: (own: Readonly<Record<string, string>>) => Settings;
}

export function eitherStack(): () => EitherStack {
  const sandbox = sandboxOf(() => "test/engine/fixture/either-program");
  let plugin: string;
  let stack: EitherStack;
  beforeAll(async () => {
    plugin = await mkdtemp(join(tmpdir(), "plugin-"));
    await installPlugin(plugin);
    const { engine, environment, deploymentClient, folder, tenant } = sandbox();
    const others = Object.entries(environment).filter(([name]) => !name.startsWith("AUTH0_"));
    let output = "";
    const workspace = await openWorkspace({
      ...{ folder, engine, projectFolder: "test/engine/fixture/either-program" },
      environment: Object.fromEntries(others),
      onOutput: (text) => void (output += text),
    });
    // After the workspace, which takes plugins of earlier runs away.
    const runPlugin = resolve("node_modules/@pulumi/pulumi/cmd/run-plugin/index.js");
    await writeFile(
      join(sandbox().folder, "bin", "pulumi-resource-auth0-user-pictures"),
      `#!/bin/sh\nexec node ${runPlugin} ${plugin} "$@"\n`,
      { mode: 0o755 },
    );
    let seen = 0;
    stack = {
      ...{ sandbox: sandbox(), plugin, workspace },
      takeOutput() {
        const taken = output;
        output = "";
        return taken;
      },
      writes() {
        const calls = tenant.faults.calls.slice(seen);
        seen += calls.length;
        return calls
          .filter(({ method, path }) => method !== "GET" && path !== "/oauth/token")
          .map(({ method, path }) => `${method} ${path}`);
      },
      clientSecret: deploymentClient.clientSecret,
      settings: (own) => ({
        config: { "auth0:domain": tenant.domain, "auth0:clientId": deploymentClient.clientId, ...own },
        secrets: { "auth0:clientSecret": deploymentClient.clientSecret },
        skipPreview: true,
      }),
    };
  });
  afterAll(() => rm(plugin, { recursive: true }));
  return () => stack;
}
