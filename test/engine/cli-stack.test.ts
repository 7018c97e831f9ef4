// `user-pictures --stack` on Pulumi's own CLI: a stack in a folder, encrypted with a passphrase, whose state has three
// outputs and was never deployed.
import { execFile } from "node:child_process";
import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, it } from "vitest";
import { readPulumiStack } from "../../cli/stack/pulumi-stack.ts";
import { obtainEngine } from "../../sandbox/engine/engine.ts";

const run = promisify(execFile);
const passphrase = { PULUMI_CONFIG_PASSPHRASE: "a passphrase" };
let folder: string;
let environment: NodeJS.ProcessEnv;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "cli-stack-"));
  const { command } = await obtainEngine({ progress: () => undefined });
  for (const name of ["bin", "home", "backend", "empty"]) await mkdir(join(folder, name));
  await symlink(command, join(folder, "bin/pulumi"));
  environment = { PATH: `${join(folder, "bin")}:/usr/bin:/bin`, HOME: join(folder, "home") };
  const project = { name: "pictures", runtime: "nodejs", backend: { url: `file://${join(folder, "backend")}` } };
  await writeFile(join(folder, "Pulumi.yaml"), JSON.stringify(project));
  await pulumi("stack", "init", "dev");
  const settings = ["--plaintext", "auth0:domain=example.eu.auth0.com", "--secret", "auth0:clientSecret=the-secret"];
  settings.push("--path", "--plaintext", "aws:allowedAccountIds[0]=123456789012");
  await pulumi("config", "set-all", "--stack", "dev", ...settings);
  await importOutputs({
    ...{ bucketName: "pictures-bucket", pictureBaseUrl: "https://pictures.example.com/" },
    // As the engine marks a secret in a state.
    actionId: { "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", plaintext: '"a-secret"' },
  });
});
// A CLI that was asked together with one that failed may be writing still.
afterAll(() => rm(folder, { recursive: true, maxRetries: 10 }));

const pulumi = async (...args: string[]) =>
  (await run("pulumi", args, { cwd: folder, env: { ...environment, ...passphrase } })).stdout;

async function importOutputs(outputs: object): Promise<void> {
  const state = JSON.parse(await pulumi("stack", "export", "--stack", "dev")) as { deployment: object };
  const type = "pulumi:pulumi:Stack";
  const root = { urn: `urn:pulumi:dev::pictures::${type}::pictures-dev`, custom: false, type, outputs };
  const deployment = { ...state.deployment, resources: [root] };
  await writeFile(join(folder, "state.json"), JSON.stringify({ ...state, deployment }));
  await pulumi("stack", "import", "--stack", "dev", "--file", join(folder, "state.json"));
}

const read = (more: { stack?: string; cwd?: string; env?: NodeJS.ProcessEnv } = {}) => {
  const { stack = "dev", cwd = folder, env = passphrase } = more;
  const signal = new AbortController().signal;
  return readPulumiStack({ stack, cwd, signal, environment: { ...environment, ...env } });
};

it("reads outputs and config, and no secret", async () => {
  expect(await read()).toEqual({
    outputs: { bucketName: "pictures-bucket", pictureBaseUrl: "https://pictures.example.com/", actionId: "[secret]" },
    config: { "auth0:domain": "example.eu.auth0.com", "aws:allowedAccountIds": [123456789012] },
  });
});

it("knows what the CLI says where it cannot", async () => {
  await expect(read({ stack: "prod" })).rejects.toThrow(`There is no stack prod in ${folder}.`);
  await expect(read({ env: {} })).rejects.toThrow("The stack dev is encrypted with a passphrase");
  await expect(read({ env: { PULUMI_CONFIG_PASSPHRASE: "wrong" } })).rejects.toThrow("or a wrong one. Set PULUMI_");
  await expect(
    read({ cwd: join(folder, "empty"), env: { PULUMI_BACKEND_URL: "https://api.pulumi.com" } }),
  ).rejects.toThrow("Pulumi is not logged in where the stack is.");
  const elsewhere = { PULUMI_BACKEND_URL: `file://${join(folder, "backend")}`, ...passphrase };
  await rm(join(folder, "Pulumi.yaml"));
  await expect(read({ env: elsewhere })).rejects.toThrow(`There is no Pulumi project in ${folder}.`);
});
