// The plugin by the ways that docs/release.md names, with the real CLI: from a tag of a Git repository, from an
// archive, and from a server that has archives. Git, npm's registry and the server are on this machine.
import { execFile, execFileSync, spawn } from "node:child_process";
import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { createServer as createHttp } from "node:http";
import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer as createHttps } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { basename, join, resolve } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, it } from "vitest";
import { writePluginArchives } from "../../plugin-host/archive/plugin-archive.ts";
import { obtainEngine } from "../../sandbox/engine/engine.ts";
import { obtainCertificate } from "../../sandbox/tenant/certificate.ts";
import { openConsumer } from "./languages/open-consumer.ts";
import type { Consumer } from "./languages/open-consumer.ts";
import { packLibrary } from "./pack-library.ts";

const version = "1.2.3";
const isVersion = (text: string) => text.replaceAll('"0.0.0"', `"${version}"`);
const run = promisify(execFile);

let root: string;
let consumer: Consumer;
let archives: string[];
const asked: string[] = [];
const servers: { close(): unknown }[] = [];
let gitPort: number;
let httpPort: number;

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "delivery-"));
  const certificate = await obtainCertificate(join(root, "certificate"), ["localhost"]);
  // A release: the repository's files with its version, tagged, and the library that npm has of it.
  const release = join(root, "release");
  for (const name of ["LICENSE", "package.json", "plugin"]) await cp(name, join(release, name), { recursive: true });
  for (const file of ["package.json", "plugin/package.json", "plugin/schema.json"])
    await writeFile(join(release, file), isVersion(await readFile(file, "utf8")));
  await rm(join(release, "plugin/node_modules"), { recursive: true, force: true });
  archives = await writePluginArchives(join(root, "archives"), release);
  const git = (...args: string[]) =>
    run("git", ["-c", "user.name=a", "-c", "user.email=a@example.com", ...args], { cwd: release });
  await git("init", "--quiet", "--initial-branch=main");
  await git("add", ".");
  await git("commit", "--quiet", "--message=Release");
  await git("tag", `v${version}`);
  await git("rm", "--quiet", "-r", "plugin");
  await git("commit", "--quiet", "--message=Later");
  await mkdir(join(root, "git/team"), { recursive: true });
  await run("git", ["clone", "--quiet", "--bare", release, join(root, "git/team/pictures.git")]);

  const tarball = await repacked(await packLibrary(root));
  const http = createHttp((request, response) => void serve(request, response, tarball));
  const https = createHttps({ cert: certificate.cert, key: certificate.key }, serveGit);
  for (const server of [http, https]) {
    servers.push(server);
    await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  }
  httpPort = (http.address() as AddressInfo).port;
  gitPort = (https.address() as AddressInfo).port;
  const program = join(root, "program");
  await mkdir(program);
  await writeFile(join(program, "Pulumi.yaml"), "name: delivery\nruntime: nodejs\n");
  consumer = await openConsumer({
    folder: program,
    sandbox: { engine: await obtainEngine({ progress: () => undefined }), environment: {} },
    environment: {
      npm_config_registry: `http://127.0.0.1:${httpPort}/`,
      SSL_CERT_FILE: certificate.caFile,
      PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "false",
    },
  });
  // What the library depends on is found here: npm gets the library alone.
  await symlink(resolve("node_modules"), join(consumer.pulumiHome, "node_modules"));
});
afterAll(async () => {
  await consumer.close();
  for (const server of servers) server.close();
  await rm(root, { recursive: true });
});

/** The library with the release's version, and without the dependencies, which npm would ask this registry for. */
async function repacked(tarball: string): Promise<string> {
  const folder = join(root, "packed");
  await mkdir(folder);
  await run("tar", ["-xzf", tarball, "-C", folder]);
  const file = join(folder, "package/package.json");
  const manifest = JSON.parse(await readFile(file, "utf8")) as object;
  await writeFile(file, JSON.stringify({ ...manifest, version, dependencies: {}, peerDependencies: {} }));
  await run("tar", ["-czf", tarball, "-C", folder, "package"]);
  return tarball;
}

async function serve(request: IncomingMessage, response: ServerResponse, tarball: string): Promise<void> {
  const path = request.url ?? "";
  asked.push(path);
  const name = "auth0-user-pictures";
  if (path === `/${name}`) {
    const dist = { tarball: `http://127.0.0.1:${httpPort}/library.tgz` };
    response.end(
      JSON.stringify({ name, "dist-tags": { latest: version }, versions: { [version]: { name, version, dist } } }),
    );
  } else if (path === "/library.tgz") response.end(await readFile(tarball));
  else {
    const archive = archives.find((one) => basename(one) === basename(path));
    if (archive) response.end(await readFile(archive));
    else response.writeHead(404).end();
  }
}

/** By Git's own CGI program. */
function serveGit(request: IncomingMessage, response: ServerResponse): void {
  const [path = "", query = ""] = (request.url ?? "").split("?");
  const program = join(execFileSync("git", ["--exec-path"], { encoding: "utf8" }).trim(), "git-http-backend");
  const env = {
    GIT_PROJECT_ROOT: join(root, "git"),
    GIT_HTTP_EXPORT_ALL: "1",
    PATH_INFO: path,
    QUERY_STRING: query,
    REQUEST_METHOD: request.method ?? "",
    CONTENT_TYPE: request.headers["content-type"] ?? "",
    HTTP_CONTENT_ENCODING: String(request.headers["content-encoding"] ?? ""),
    GIT_PROTOCOL: String(request.headers["git-protocol"] ?? ""),
    PATH: process.env["PATH"] ?? "",
  };
  const child = spawn(program, { env, stdio: ["pipe", "pipe", "inherit"] });
  request.pipe(child.stdin);
  const chunks: Buffer[] = [];
  child.stdout.on("data", (chunk: Buffer) => chunks.push(chunk));
  child.on("close", () => {
    const answer = Buffer.concat(chunks);
    const end = answer.indexOf("\r\n\r\n");
    const headers = answer
      .subarray(0, end)
      .toString()
      .split("\r\n")
      .map((line) => line.split(": ") as [string, string]);
    const status = Number.parseInt(new Map(headers).get("Status") ?? "200", 10);
    response.writeHead(status, Object.fromEntries(headers)).end(answer.subarray(end + 4));
  });
}

interface Schema {
  readonly version: string;
  readonly pluginDownloadURL?: string;
  readonly resources: object;
}
/** Below what the CLI says of a download. */
async function schemaOf(source: string): Promise<Schema> {
  const output = await consumer.pulumi("package", "get-schema", source);
  return JSON.parse(output.slice(output.search(/^\{$/m))) as Schema;
}

it("is taken from the repository's tag, and npm gives the library of its version", async () => {
  const schema = await schemaOf(`https://localhost:${gitPort}/team/pictures.git/plugin@v${version}`);

  expect(schema.version).toBe(version);
  expect(schema.pluginDownloadURL).toBe(`git://localhost:${gitPort}/team/pictures.git/plugin`);
  expect(Object.keys(schema.resources)).toContain("auth0-user-pictures:index:UserPictures");
  expect(asked).toContain("/library.tgz");
});

it("is taken from an archive, whose platform does not matter", async () => {
  const archive = archives.find((path) => path.includes("windows")) ?? "";
  await consumer.pulumi("plugin", "install", "resource", "auth0-user-pictures", `v${version}`, "-f", archive);

  expect((await schemaOf(`auth0-user-pictures@${version}`)).version).toBe(version);
});

it("is taken from a server under the platform's name", async () => {
  await rm(join(consumer.pulumiHome, "plugins", `resource-auth0-user-pictures-v${version}`), { recursive: true });
  const server = `http://127.0.0.1:${httpPort}/releases/v${version}`;
  await consumer.pulumi("plugin", "install", "resource", "auth0-user-pictures", `v${version}`, "--server", server);

  expect(asked).toContainEqual(
    expect.stringMatching(/^\/releases\/v1\.2\.3\/pulumi-resource-auth0-user-pictures-v1\.2\.3-\w+-\w+\.tar\.gz$/),
  );
  expect((await schemaOf(`auth0-user-pictures@${version}`)).version).toBe(version);
});
