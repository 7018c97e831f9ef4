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
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { obtainCertificate } from "../../sandbox/tenant/certificate.ts";
import { isRare } from "../rare.ts";
import { paste, serve as serveIn, serveScript, stop } from "./serving-process.ts";

let root: string;
const running: ChildProcess[] = [];
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "it's a sandbox "));
});
afterEach(() => Promise.all(running.splice(0).map(stop)));
afterAll(() => rm(root, { recursive: true }));

const serve = (folder: string, ...options: [args?: readonly string[], environment?: Record<string, string>]) =>
  serveIn(folder, (child) => running.push(child), ...options);

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

/** A line of `export -p`. */
const isOfSandbox = (line: string) => /AUTH0_|NODE_EXTRA|SSL_CERT_FILE|SANDBOX|PULUMI/.test(line);

describe("npm run sandbox", () => {
  it("stays until Ctrl-C, and its lines lead clients to the tenant; state is kept", async () => {
    const folder = join(root, "demo");
    const { child, text } = await serve(folder);
    const names = ["Username-Password-Authentication", "google-oauth2", "email"];

    expect(JSON.parse(await paste(environmentOf(text), listed))).toEqual(names);
    const token = await paste(text.split("\n").slice(1).join("\n"), "");
    expect(JSON.parse(token)).toMatchObject({
      token_type: "Bearer",
      scope: expect.stringContaining("read:users") as string,
    });
    expect(text).toContain(`State is kept in ${folder}.`);
    expect(text).toMatch(/^export PULUMI_DEBUG_PROVIDERS='auth0:\d+,aws:\d+'\n# export .*='aws:\d+'$/m);
    expect(text).toContain("\nexport PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION='true'\n");
    expect(await stop(child)).toBe(0);

    const again = await serve(folder, ["--seed", "empty"]);
    expect(JSON.parse(await paste(environmentOf(again.text), listed))).toEqual(names);
  });

  it("has its lines in a file, with which a shell also trusts what it trusted before", async () => {
    const folder = join(root, "read");
    const companys = await obtainCertificate(join(root, "company"), ["localhost"]);
    const server = createTlsServer(companys, (_, response) => void response.end("the company's")).listen(
      0,
      "127.0.0.1",
    );
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    try {
      const { text } = await serve(folder, [], { NODE_EXTRA_CA_CERTS: companys.caFile });
      const [, read = expect.fail(text)] = /^# (\. '.*client\.sh')$/m.exec(text) ?? [];
      const visible = (await paste(environmentOf(text), "export -p")).split("\n").filter(isOfSandbox);
      expect((await paste(read, "export -p")).split("\n").filter(isOfSandbox)).toEqual(visible);
      expect(visible.map((line) => /(\w+)=/.exec(line)?.[1])).toContain("SANDBOX_PROXY");

      expect(JSON.parse(await paste(read, listed))).toContain("google-oauth2");
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

  it("leads the command line to the stack that is deployed there, by the file that it names", async () => {
    const folder = join(root, "deployed");
    const stacks = join(folder, "state/.pulumi/stacks/auth0-user-pictures");
    const outputs = {
      bucketName: "user-pictures-1",
      distributionId: "E1",
      pictureBaseUrl: "https://d1.cloudfront.net/",
    };
    const resources = [{ type: "pulumi:pulumi:Stack", outputs }];
    await mkdir(stacks, { recursive: true });
    await writeFile(join(stacks, "dev.json"), JSON.stringify({ checkpoint: { latest: { resources } } }));
    const keys: string[] = [];
    for (const start of ["first", "second"]) {
      const { child, text } = await serve(folder);
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
        console.log(JSON.stringify({ stack, Arn, users: data.length, elsewhere, key: env.AWS_ACCESS_KEY_ID }));`;
      const { key, ...found } = JSON.parse(await paste(line, `node --input-type=module -e '${script}'`)) as {
        readonly key: string;
      };
      keys.push(key);
      const domain = /AUTH0_DOMAIN='(.*)'/.exec(text)?.[1];
      expect(found, start).toEqual({
        stack: { ...outputs, domain, region: "us-east-1" },
        ...{ Arn: "arn:aws:iam::123456789012:user/operator", users: 0, elsewhere: "refused" },
      });
      await stop(child);
    }
    expect(new Set(keys).size).toBe(1);
  });

  // An export by deploy-cli takes long.
  it.runIf(isRare)("serves the clients of docs/sandbox.md, by its commands", async () => {
    const folder = join(root, "page");
    const { text } = await serve(folder);
    await mkdir(join(root, "written"));
    const written = join(root, "written").replaceAll(/[ ']/g, "\\$&");
    const run = (section: string) => {
      // The import takes long, and has tests of its own.
      const commands = commandsOf(section, written).replace(/^.*a0deploy import .*\n/m, "");
      return paste(environmentOf(text), `set -e\n${commands}`);
    };

    expect(await run("The Management SDK")).toContain("'google-oauth2'");
    expect(await run("A server's SDK")).toMatch(/^https:\/\/s\.gravatar\.com\/avatar\/[0-9a-f]{32}\?.*%2Fed\.png\n$/);
    expect(await run("auth0-deploy-cli")).toContain("Export Successful");
    expect(readFileSync(join(root, "written/exported/tenant.yaml"), "utf8")).toContain("name: Add roles");
  });

  it("begins empty, at the port that is given", async () => {
    const probe = createServer().listen(0, "127.0.0.1");
    await new Promise((listening) => probe.once("listening", listening));
    const { port } = probe.address() as AddressInfo;
    const taken = serve(join(root, "taken"), ["--port", String(port)]);
    await expect(taken).rejects.toThrow(
      `Port ${port} is taken. "lsof -i :${port}" shows by which process; --port takes another.`,
    );
    await new Promise((closed) => probe.close(closed));

    const { text } = await serve(join(root, "empty"), ["--seed", "empty", "--port", String(port)]);
    expect(text).toContain(`export AUTH0_DOMAIN='localhost:${port}'\n`);
    expect(JSON.parse(await paste(environmentOf(text), listed))).toEqual([]);
  });

  it("refuses a folder that another one has, by name, until that one ends or is killed", async () => {
    const folder = join(root, "one");
    const { child } = await serve(folder);
    await expect(serve(folder)).rejects.toThrow(`${folder} is in use by another sandbox, process ${child.pid}.`);

    const closed = new Promise((resolve) => child.once("close", resolve));
    child.kill("SIGKILL");
    await closed;
    await serve(folder);
  });

  it.each([
    [["--seed", "full"], 'There is no seed "full".'],
    [["--port", "80a"], 'A port is a number from 1 to 65535, and "80a" was given.'],
    [["deploy"], "Unexpected argument 'deploy'."],
    ...(isRare ? [[["--port", "0"], 'A port is a number from 1 to 65535, and "0" was given.'] as const] : []),
  ] as const)("refuses %j", async (args, message) => {
    await expect(promisify(execFile)(process.execPath, [serveScript, ...args])).rejects.toMatchObject({
      code: 2,
      stderr: expect.stringContaining(message) as string,
    });
  });

  it("says what it cannot use", async () => {
    const file = join(root, "file");
    await writeFile(file, "no folder");
    await expect(serve(file)).rejects.toThrow(/EEXIST|ENOTDIR/);
  });
});
