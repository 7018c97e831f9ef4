// A stack by Pulumi's CLI, with a stand-in for it on PATH that prints what the CLI prints (3.250). The real one is in
// test/engine/cli-stack.test.ts.
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readPulumiStack } from "../../../cli/stack/pulumi-stack.ts";
import { readTarget } from "../../../cli/stack/read-target.ts";
import { CommandError } from "../../../cli/terminal/command-error.ts";

let folder: string;
let environment: NodeJS.ProcessEnv;

/** What it does is in its environment, as JSON: by `output` or `config`, else for both. */
const standIn = `#!${process.execPath}
const { appendFileSync } = require("node:fs");
const [name] = process.argv.slice(2).filter((arg) => ["output", "config"].includes(arg));
const { [name]: own, ...both } = JSON.parse(process.env.STAND_IN);
const { stdout = "{}", stderr = "", code = 0, isEndless = false } = own ?? both;
if (both.calls) appendFileSync(both.calls, JSON.stringify({ args: process.argv.slice(2), cwd: process.cwd() }) + "\\n");
process.stderr.write(stderr);
process.stdout.write(stdout, () => isEndless ? setInterval(() => undefined, 1000) : process.exit(code));
`;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "cli-pulumi-"));
  for (const bin of ["bin", "node_modules/.bin", "relative"]) await mkdir(join(folder, bin), { recursive: true });
  await writeFile(join(folder, "bin/pulumi"), standIn, { mode: 0o755 });
  // npm's, which is an installer and no CLI.
  await writeFile(join(folder, "node_modules/.bin/pulumi"), "#!/bin/sh\necho installing\n", { mode: 0o755 });
  await writeFile(join(folder, "relative/pulumi"), "#!/bin/sh\necho hostile\n", { mode: 0o755 });
  const path = ["relative", "", join(folder, "node_modules/.bin"), join(folder, "bin"), "/usr/bin", "/bin"];
  environment = { PATH: path.join(delimiter) };
});
afterAll(() => rm(folder, { recursive: true }));

interface Did {
  readonly stdout?: string;
  readonly stderr?: string;
  readonly code?: number;
  readonly isEndless?: boolean;
}
type Does = Did & { readonly output?: Did; readonly config?: Did; readonly calls?: string };

const options = (does: Does, more: { stack?: string; cwd?: string; signal?: AbortSignal } = {}) => ({
  ...{ stack: "dev", cwd: folder, signal: new AbortController().signal },
  environment: { ...environment, STAND_IN: JSON.stringify(does) },
  ...more,
});

async function refusal(does: Does, more?: { stack?: string; cwd?: string }, path?: string): Promise<string> {
  const given = options(does, more);
  const env = { ...given.environment, ...(path !== undefined && { PATH: path }) };
  const error: unknown = await readPulumiStack({ ...given, environment: env }).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(CommandError);
  return (error as CommandError).message.replaceAll(folder, "FOLDER");
}

const credentials = { AUTH0_CLIENT_ID: "the-client", AUTH0_CLIENT_SECRET: "the-secret" };
const config = {
  "auth0:domain": { value: "example.eu.auth0.com", secret: false },
  "auth0:clientId": { value: "another-client", secret: false },
  "auth0:clientSecret": { secret: true },
  "auth0-user-pictures:expectedTenant": { value: "example.eu.auth0.com", secret: false },
  "auth0-user-pictures:expectedAwsAccount": { value: "123456789012", secret: false },
  "aws:region": { value: "eu-west-1", secret: false },
  "aws:allowedAccountIds": { value: "[…]", objectValue: [123456789012, "210987654321"], secret: false },
};
const outputs = {
  ...{ pictureBaseUrl: "https://pictures.example.com/", bucketName: "the-bucket", distributionId: "E1EXAMPLE" },
  ...{ actionId: "a1", somethingElse: { of: "the program's" }, connections: {} },
};

it("is asked for by its name, in its folder, and npm's and the folder's own programs are passed over", async () => {
  const calls = join(folder, "calls");
  const does = { calls, output: { stdout: JSON.stringify(outputs) }, config: { stdout: JSON.stringify(config) } };
  const read = await readPulumiStack(options(does, { stack: "--org/project/dev" }));
  expect(read).toEqual({
    outputs,
    config: {
      "auth0:domain": "example.eu.auth0.com",
      "auth0:clientId": "another-client",
      "auth0-user-pictures:expectedTenant": "example.eu.auth0.com",
      "auth0-user-pictures:expectedAwsAccount": "123456789012",
      "aws:region": "eu-west-1",
      "aws:allowedAccountIds": [123456789012, "210987654321"],
    },
  });
  const flags = ["--json", "--stack=--org/project/dev", "--non-interactive", "--color=never"];
  const lines = (await readFile(calls, "utf8")).trim().split("\n").sort();
  expect(lines.map((line) => JSON.parse(line) as unknown)).toEqual([
    { args: ["config", ...flags], cwd: folder },
    { args: ["stack", "output", ...flags], cwd: folder },
  ]);
});

describe("a target", () => {
  const read = (does: Does, more: { outputs?: string; env?: Record<string, string> } = {}) => {
    const given = options(does);
    const { env, ...rest } = more;
    return readTarget({ ...given, ...rest, environment: { ...given.environment, ...credentials, ...env } });
  };
  const does = (given: unknown, and: Record<string, unknown> = config) => ({
    output: { stdout: JSON.stringify(given) },
    config: { stdout: JSON.stringify(and) },
  });

  it("is the stack's outputs and config, with the environment's credentials, before the environment's values", async () => {
    const env = {
      PICTURE_BUCKET: "elsewhere",
      PICTURE_DEFAULT_URL: "https://d.example/",
      USER_PICTURES_CONFIG: "nowhere",
    };
    expect(await read(does(outputs), { env })).toEqual({
      auth0: { domain: "example.eu.auth0.com", credentials: { clientId: "the-client", clientSecret: "the-secret" } },
      store: {
        ...{ bucketName: "the-bucket", pictureBaseUrl: "https://pictures.example.com/" },
        ...{ distributionId: "E1EXAMPLE", region: "eu-west-1" },
      },
      action: { actionId: "a1", actionVersionId: undefined },
      ...{ defaultPictureUrl: "https://d.example/", connections: {}, dnsRecords: [] },
      expectedTenant: "example.eu.auth0.com",
      expectedAwsAccounts: ["123456789012", "210987654321"],
    });
  });

  it("is in an output of its own in a larger stack, whose name is told", async () => {
    const larger = does({ url: "x", pictures: { ...outputs, urn: "urn" }, list: [], bucket: "y" });
    expect((await read(larger, { outputs: "pictures" })).store?.bucketName).toBe("the-bucket");
    await expect(read(larger)).rejects.toThrow(
      "The stack dev has none of the outputs of user pictures (bucketName, pictureBaseUrl, actionId, …), but url, " +
        "pictures, list, bucket. Deploy it first, or export them. Try --outputs pictures.",
    );
    await expect(read(larger, { outputs: "list" })).rejects.toThrow(
      "--outputs: The stack dev has no object list among its outputs: url, pictures, list, bucket. Try --outputs pictures.",
    );
    await expect(read(does({}))).rejects.toThrow("but none. Deploy it first, or export them.");
  });

  it("is refused where the credentials are another tenant's", async () => {
    await expect(read(does(outputs), { env: { AUTH0_DOMAIN: "other.eu.auth0.com" } })).rejects.toThrow(
      "AUTH0_DOMAIN: the environment's credentials are those of other.eu.auth0.com, and the stack or file is of " +
        "example.eu.auth0.com.",
    );
    const project = {
      ...config,
      "auth0-user-pictures:expectedTenant": undefined,
      "my-stack:expectedTenant": { value: "prod.eu.auth0.com" },
    };
    await expect(read(does(outputs, project))).rejects.toThrow("expectedTenant: prod.eu.auth0.com was expected");
  });

  it("has its tenant, region and accounts from the config, whatever a larger stack exports by these names", async () => {
    const others = { domain: "www.example.com", region: "Europe", expectedTenant: "x.example", expectedAwsAccount: 1 };
    const alone = await read(does({ ...outputs, ...others }, {}), { env: { AUTH0_DOMAIN: "example.eu.auth0.com" } });

    expect(alone).toMatchObject({
      auth0: { domain: "example.eu.auth0.com" },
      store: { region: undefined },
      ...{ expectedTenant: undefined, expectedAwsAccounts: [] },
    });
    // Without it the credentials would be sent to a host that nobody named as the tenant.
    await expect(read(does({ ...outputs, ...others }, {}))).rejects.toThrow("domain: nothing says which tenant.");
  });

  it("is refused with an output that is not what it should be, and passes over what others export", async () => {
    await expect(read(does({ ...outputs, bucketName: "[secret]", connections: "x" }))).rejects.toThrow(
      "The configuration is wrong:\n  - bucketName: it is a secret in the stack, and no secret is read. Export it as it " +
        'is.\n  - connections: "x" was given; it must be an object with a sync setting for each connection\'s name.',
    );
  });
});

describe("it says what is missing, and what to do", () => {
  it.each([
    [
      { stderr: "error: no stack named 'dev' found\n", code: 6 },
      'There is no stack dev in FOLDER. "pulumi stack ls" shows those that there are; --cwd names another folder.',
    ],
    [
      { stderr: "error: [404] Not found: Stack 'a/b/dev' not found\n", code: 255 },
      'There is no stack dev in FOLDER. "pulumi stack ls" shows those that there are; --cwd names another folder.',
    ],
    [
      {
        stderr: "error: no Pulumi.yaml project file found (searching upwards from /x). If you …: no project file found",
        code: 1,
      },
      "There is no Pulumi project in FOLDER. Name the folder that has Pulumi.yaml by --cwd.",
    ],
    [
      {
        stderr: "error: if you're using the --stack flag, pass the fully qualified name (organization/project/stack)",
        code: 1,
      },
      "There is no Pulumi project in FOLDER. Name the folder that has Pulumi.yaml by --cwd.",
    ],
    [
      { stderr: "error: PULUMI_ACCESS_TOKEN must be set for login during non-interactive CLI sessions", code: 3 },
      'Pulumi is not logged in where the stack is. Run "pulumi login", or set PULUMI_ACCESS_TOKEN, or PULUMI_BACKEND_URL where the stack is in a backend of your own.',
    ],
    [
      { stderr: "error: [401] Unauthorized: No credentials provided or are invalid.", code: 255 },
      'Pulumi is not logged in where the stack is. Run "pulumi login", or set PULUMI_ACCESS_TOKEN, or PULUMI_BACKEND_URL where the stack is in a backend of your own.',
    ],
    [
      {
        stderr:
          'error: constructing secrets manager of type "passphrase": constructing secrets manager: passphrase must be set with PULUMI_CONFIG_PASSPHRASE or PULUMI_CONFIG_PASSPHRASE_FILE environment variables',
        code: 1,
      },
      "The stack dev is encrypted with a passphrase, and Pulumi was given none, or a wrong one. Set PULUMI_CONFIG_PASSPHRASE or PULUMI_CONFIG_PASSPHRASE_FILE.",
    ],
    [
      {
        stderr:
          "error: failed to decrypt: incorrect passphrase, please set PULUMI_CONFIG_PASSPHRASE to the correct passphrase",
        code: 1,
      },
      "The stack dev is encrypted with a passphrase, and Pulumi was given none, or a wrong one. Set PULUMI_CONFIG_PASSPHRASE or PULUMI_CONFIG_PASSPHRASE_FILE.",
    ],
    [
      {
        stderr: "Logging in using access token\nerror: performing HTTP request: \u001b[31mrefused\nand more\n",
        code: 1,
      },
      '"pulumi stack output" failed: performing HTTP request: \\u001b[31mrefused',
    ],
    [{ code: 1 }, '"pulumi stack output" failed.'],
    [
      { stdout: "Updating…\n{}" },
      '"pulumi stack output" printed something that is no JSON object. Try it by hand, with --json and --stack dev, or give what it should print as a file, by --config.',
    ],
    [
      { stdout: "" },
      '"pulumi stack output" printed something that is no JSON object. Try it by hand, with --json and --stack dev, or give what it should print as a file, by --config.',
    ],
  ])("%j", async (output, message) => {
    expect(await refusal({ output })).toBe(message);
  });

  it("of the config as well", async () => {
    expect(await refusal({ config: { stderr: "error: something", code: 1 } })).toBe(
      '"pulumi config" failed: something',
    );
    expect(await refusal({ config: { stdout: "[]" } })).toMatch(
      /^"pulumi config" printed something that is no JSON object/,
    );
  });

  it("of a name that moves the cursor", async () => {
    const output = { stderr: "error: no stack named '\u001b[2J' found", code: 6 };
    expect(await refusal({ output }, { stack: "\u001b[2J" })).toContain("There is no stack \\u001b[2J in FOLDER");
  });

  it("of the CLI itself", async () => {
    const path = [join(folder, "node_modules/.bin"), "relative"].join(delimiter);
    expect(await refusal({}, {}, path)).toBe(
      "--stack needs Pulumi's CLI, and there is no pulumi on PATH. Install it (https://www.pulumi.com/docs/install/), or " +
        'write the outputs to a file where it is ("pulumi stack output --json > dev.json") and give that by --config.',
    );
    await mkdir(join(folder, "locked"));
    await writeFile(join(folder, "locked/pulumi"), "", { mode: 0o644 });
    expect(await refusal({}, {}, join(folder, "locked"))).toBe(
      "--stack needs Pulumi's CLI, and the pulumi on PATH may not be run.",
    );
  });

  it("of the folder", async () => {
    expect(await refusal({}, { cwd: join(folder, "nowhere") })).toBe(
      "--cwd: FOLDER/nowhere is no folder. Name the one that has Pulumi.yaml.",
    );
    expect(await refusal({}, { cwd: join(folder, "bin/pulumi") })).toContain("is no folder.");
  });
});

it("ends with the command that asked", async () => {
  const controller = new AbortController();
  const reading = readPulumiStack(options({ output: { isEndless: true } }, { signal: controller.signal }));
  const reason = new Error("interrupted");
  controller.abort(reason);
  await expect(reading).rejects.toBe(reason);
});
