// `npm run sandbox` as a user runs it: its lines are pasted into a shell, and clients find the tenant by them. The
// commands for the clients are those of docs/sandbox.md.
import { execFile } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer as createTlsServer } from "node:https";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { obtainCertificate } from "../../sandbox/tenant/certificate.ts";
import type { Certificate } from "../../sandbox/tenant/certificate.ts";
import { isRare } from "../rare.ts";
import { paste, serve as serveIn, serveScript, stop } from "./serving-process.ts";
import type { ServingProcess } from "./serving-process.ts";

let root: string;
let folder: string;
/** One that stays for the tests, in the folder. */
let first: ServingProcess;
let companys: Certificate;
const running: ChildProcess[] = [];
const outputs = { bucketName: "user-pictures-1", distributionId: "E1", pictureBaseUrl: "https://d1.cloudfront.net/" };

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "it's a sandbox "));
  folder = join(root, "demo");
  companys = await obtainCertificate(join(root, "company"), ["localhost"]);
  // As `npm start` leaves it.
  const stacks = join(folder, "state/.pulumi/stacks/auth0-user-pictures");
  const resources = [{ type: "pulumi:pulumi:Stack", outputs }];
  await mkdir(stacks, { recursive: true });
  await writeFile(join(stacks, "dev.json"), JSON.stringify({ checkpoint: { latest: { resources } } }));
  first = await serve(folder, [], { NODE_EXTRA_CA_CERTS: companys.caFile });
});
afterAll(async () => {
  await Promise.all(running.map(stop));
  await rm(root, { recursive: true });
});

const serve = (of: string, ...options: [args?: readonly string[], environment?: Record<string, string>]) =>
  serveIn(of, (child) => running.push(child), ...options);

/** The commands in a section of the page, with a folder for what they write. */
function commandsOf(section: string, folder: string): string {
  const [, text = ""] = page.split(`\n## ${section}\n`);
  const [, commands] = /^```sh\n(.*?)^```$/ms.exec(text) ?? [];
  return commands?.replaceAll("/tmp/", `${folder}/`) ?? expect.fail(`docs/sandbox.md has no commands for ${section}`);
}

const page = readFileSync("docs/sandbox.md", "utf8");
const listed = commandsOf("The Management SDK", "").replace(/console\.log\((.*)\)/, "console.log(JSON.stringify($1))");
/** Without its heading, which is no command, and without the call by curl. */
const environmentOf = (text: string) =>
  text
    .split("\n")
    .slice(1)
    .join("\n")
    .replace(/^curl [^]*/m, "");

const names = ["Username-Password-Authentication", "google-oauth2", "email"];

/** A line of `export -p`. */
const isOfSandbox = (line: string) => /AUTH0_|NODE_EXTRA|SSL_CERT_FILE|SANDBOX|PULUMI/.test(line);

/** What an operator's shell finds who has read the file that is named. */
async function asOperator({ text }: ServingProcess) {
  const [, line = expect.fail(text)] = /^# (\. '.*operator\.sh')$/m.exec(text) ?? [];
  const script = `
    import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
    import { ManagementClient } from "auth0";
    import { readFileSync } from "node:fs";
    const { AUTH0_CLIENT_ID: clientId, AUTH0_CLIENT_SECRET: clientSecret, ...env } = process.env;
    const stack = JSON.parse(readFileSync(env.USER_PICTURES_CONFIG, "utf8"));
    const { Arn } = await new STSClient().send(new GetCallerIdentityCommand());
    const management = new ManagementClient({ domain: stack.domain, clientId, clientSecret });
    const { data } = await management.users.list();
    const elsewhere = await fetch("https://example.org/").then(String, () => "refused");
    console.log(JSON.stringify({ stack, Arn, readsUsers: Array.isArray(data), elsewhere, key: env.AWS_ACCESS_KEY_ID }));`;
  return JSON.parse(await paste(line, `node --input-type=module -e '${script}'`)) as { readonly key: string };
}

const domainOf = ({ text }: ServingProcess) => /AUTH0_DOMAIN='(.*)'/.exec(text)?.[1] ?? expect.fail(text);

describe("npm run sandbox", () => {
  it("leads clients to the tenant by its lines", async () => {
    const { text } = first;

    expect(JSON.parse(await paste(environmentOf(text), listed))).toEqual(names);
    const token = await paste(text.split("\n").slice(1).join("\n"), "");
    expect(JSON.parse(token)).toMatchObject({
      token_type: "Bearer",
      scope: expect.stringContaining("read:users") as string,
    });
    expect(text).toContain(`State is kept in ${folder}.`);
    expect(text).toMatch(/^export PULUMI_DEBUG_PROVIDERS='auth0:\d+,aws:\d+'\n# export .*='aws:\d+'$/m);
    expect(text).toContain("\nexport PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION='true'\n");
  });

  it("has its lines in a file, with which a shell also trusts what it trusted before", async () => {
    const server = createTlsServer(companys, (_, response) => void response.end("the company's")).listen(
      0,
      "127.0.0.1",
    );
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    try {
      const { text } = first;
      const [, read = expect.fail(text)] = /^# (\. '.*client\.sh')$/m.exec(text) ?? [];
      const visible = (await paste(environmentOf(text), "export -p")).split("\n").filter(isOfSandbox);
      expect((await paste(read, "export -p")).split("\n").filter(isOfSandbox)).toEqual(visible);
      expect(visible.map((line) => /(\w+)=/.exec(line)?.[1])).toContain("SANDBOX_PROXY");

      const ask = `await fetch("https://localhost:${port}/").then((answer) => answer.text()).then(console.log)`;
      expect(await paste(read, `node --input-type=module -e '${ask}'`)).toBe("the company's\n");
      const logIn = "node sandbox/log-in.ts ada@example.com";
      // Before a deployment, Auth0's own.
      expect(await paste(read, `${logIn} && ${logIn}`)).toMatch(/^(https:\/\/s\.gravatar\.com\/avatar\/\S+\n)\1$/);
    } finally {
      server.close();
    }
  });

  it.each([
    ["a tenant that is not a sandbox", "example.eu.auth0.com", 2, "Its shell has the lines of `npm run sandbox`"],
    ["a sandbox that has ended", "localhost:2", 1, "No tenant is at localhost:2. A sandbox has another port at each"],
  ])("logs nobody in to %s", async (_, domain, code, message) => {
    const lines = `export AUTH0_DOMAIN=${domain} AUTH0_CLIENT_ID=id AUTH0_CLIENT_SECRET=x NODE_EXTRA_CA_CERTS=/dev/null`;
    await expect(paste(lines, "node sandbox/log-in.ts ada@example.com")).rejects.toMatchObject({
      code,
      stderr: expect.stringContaining(message) as string,
    });
  });

  // An export by deploy-cli takes long.
  it.runIf(isRare)("serves the clients of docs/sandbox.md, by its commands", async () => {
    await mkdir(join(root, "written"));
    const written = join(root, "written").replaceAll(/[ ']/g, "\\$&");
    const run = (section: string) => {
      // The import takes long, and has tests of its own.
      const commands = commandsOf(section, written).replace(/^.*a0deploy import .*\n/m, "");
      return paste(environmentOf(first.text), `set -e\n${commands}`);
    };

    expect(await run("The Management SDK")).toContain("'google-oauth2'");
    expect(await run("A server's SDK")).toMatch(/^https:\/\/s\.gravatar\.com\/avatar\/[0-9a-f]{32}\?.*%2Fed\.png\n$/);
    expect(await run("auth0-deploy-cli")).toContain("Export Successful");
    expect(readFileSync(join(root, "written/exported/tenant.yaml"), "utf8")).toContain("name: Add roles");
  });

  it.runIf(isRare)("keeps its folder and its port to itself", async () => {
    await expect(serve(folder)).rejects.toThrow(`${folder} is in use by another sandbox, process ${first.child.pid}.`);
    const port = Number(new URL(`https://${domainOf(first)}`).port);
    await expect(serve(join(root, "taken"), ["--port", String(port)])).rejects.toThrow(
      `Port ${port} is taken. "lsof -i :${port}" shows by which process; --port takes another.`,
    );
  });

  it("leads the command line to the stack that is deployed there; ends by Ctrl-C, and keeps its state", async () => {
    const expected = (domain: string) => ({
      stack: { ...outputs, domain, region: "us-east-1" },
      ...{ Arn: "arn:aws:iam::123456789012:user/operator", readsUsers: true, elsewhere: "refused" },
    });
    const { key, ...found } = await asOperator(first);
    expect(found).toEqual(expected(domainOf(first)));
    expect(await stop(first.child)).toBe(0);

    const again = await serve(folder, ["--seed", "empty"]);
    expect(JSON.parse(await paste(environmentOf(again.text), listed))).toEqual(names);
    expect(await asOperator(again)).toEqual({ key, ...expected(domainOf(again)) });
    await stop(again.child);
  });

  it.runIf(isRare)("begins empty, at the port that is given", async () => {
    const probe = createServer().listen(0, "127.0.0.1");
    await new Promise((listening) => probe.once("listening", listening));
    const { port } = probe.address() as AddressInfo;
    await new Promise((closed) => probe.close(closed));

    const empty = await serve(join(root, "empty"), ["--seed", "empty", "--port", String(port)]);
    expect(domainOf(empty)).toBe(`localhost:${port}`);
    expect(JSON.parse(await paste(environmentOf(empty.text), listed))).toEqual([]);
  });

  it.runIf(isRare)("leaves its folder to another one when it is killed", async () => {
    const { child } = await serve(join(root, "killed"));
    const closed = once(child, "close");
    child.kill("SIGKILL");
    await closed;
    await serve(join(root, "killed"));
  });

  it.runIf(isRare).each([
    [["--seed", "full"], 'There is no seed "full".'],
    [["--port", "80a"], 'A port is a number from 1 to 65535, and "80a" was given.'],
    [["--port", "0"], 'A port is a number from 1 to 65535, and "0" was given.'],
    [["deploy"], "Unexpected argument 'deploy'."],
  ] as const)("refuses %j", async (args, message) => {
    await expect(promisify(execFile)(process.execPath, [serveScript, ...args])).rejects.toMatchObject({
      code: 2,
      stderr: expect.stringContaining(message) as string,
    });
  });

  it.runIf(isRare)("says what it cannot use", async () => {
    const file = join(root, "file");
    await writeFile(file, "no folder");
    await expect(serve(file)).rejects.toThrow(/EEXIST|ENOTDIR/);
  });
});
