// A dynamic provider's text, run by Node as Pulumi's dynamic provider runs it, with a stub in this package's place.
import { spawnSync } from "node:child_process";
import { readFileSync, realpathSync } from "node:fs";
import { expect } from "vitest";
import { ConnectionSync } from "../../components/connection-sync/connection-sync.ts";
import { ActionDeployment } from "../../components/picture-action/deployment.ts";
import type { mockEngine } from "./mock-engine.ts";

/** The texts that the custom resources are registered with. */
export async function providerTexts(engine: ReturnType<typeof mockEngine>) {
  new ConnectionSync("sync", { connectionName: "a", setUserRootAttributes: "on_first_login" }, engine.recorded);
  new ActionDeployment("deployment", { actionId: "a", actionName: "a", codeSha256: "a" }, engine.recorded);
  const texts = new Map((await engine.registered()).map(({ name, provider }) => [name, provider ?? ""]));
  return { flag: texts.get("sync-flag") ?? "", deployment: texts.get("deployment") ?? "" };
}

const { exports } = JSON.parse(readFileSync("package.json", "utf8")) as {
  exports: Record<string, { default: string }>;
};

const stub = `
const answer = (...args) => ({ answered: args });
const methods = ["check", "create", "read", "update", "delete"].map((name) => [name, answer]);
const make = (config) => ({ ...Object.fromEntries(methods), diff: () => ({ changes: false, of: config.get("a") }) });
export { make as connectionSyncProvider, make as actionDeploymentProvider };`;

export const isModule = (text: string): boolean => text.endsWith("provider.js");

/** In the package's place: its own manifest's `exports`, and modules that say that they were asked. */
export const packageFiles: Readonly<Record<string, string>> = {
  "package.json": JSON.stringify({ name: "auth0-user-pictures", version: "1.0.0", type: "module", exports }),
  ...Object.fromEntries(
    Object.values(exports)
      .map((entry) => (typeof entry === "string" ? entry : entry.default))
      .filter(isModule)
      .map((file) => [file, stub]),
  ),
};

type Answer = Record<"result" | "failure" | "printed" | "informed", unknown>;

/** Runs an operation in the program's folder, as cmd/dynamic-provider does: also what it prints of an error. */
export function runProvider(
  program: string,
  call: { readonly text: string; readonly method: string; readonly args: readonly unknown[] },
  environment: NodeJS.ProcessEnv = {},
): Answer {
  const runner = `
    const requireFromString = require(${JSON.stringify(realpathSync("node_modules/require-from-string"))});
    const { text, method, args } = JSON.parse(require("node:fs").readFileSync(0, "utf8"));
    const printed = [], informed = [];
    console.error = (line) => printed.push(line);
    console.info = (line) => informed.push(line);
    const provider = requireFromString(text).handler();
    const answer = (more) => process.stdout.write(JSON.stringify({ ...more, printed, informed }));
    provider.configure({ config: { get: (key) => "config of " + key } })
      .then(() => provider[method](...args))
      .then((result) => answer({ result }), (e) => {
        console.error(\`\${e}: \${e.stack}\`);
        console.error("another line");
        answer({ failure: e.message });
      });`;
  const { stdout, stderr } = spawnSync(process.execPath, ["-e", runner], {
    cwd: program,
    input: JSON.stringify(call),
    env: { PATH: process.env["PATH"], ...environment },
    encoding: "utf8",
  });
  expect(stderr).toBe("");
  return JSON.parse(stdout) as Answer;
}
