// The packed library, as another Pulumi program imports it: installed from its tarball, deployed by the real engine.
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { copyFile, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { credentials } from "@grpc/grpc-js";
import type * as AnalyzerService from "@pulumi/pulumi/proto/analyzer_grpc_pb.js";
import type * as Analyzer from "@pulumi/pulumi/proto/analyzer_pb.js";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { toStruct } from "../../sandbox/providers/protocol.ts";
import { installPackedLibrary, linkDependency } from "./packed-library.ts";
import { isRare } from "../rare.ts";
import { sandboxOf } from "./test-sandbox.ts";

const run = promisify(execFile);
const tsc = resolve("node_modules/@typescript/native/bin/tsc");
const strict = [
  "--strict",
  "--module",
  "nodenext",
  "--target",
  "es2024",
  "--types",
  "node",
  "--noEmit",
  "--skipLibCheck",
];
let project: string;

beforeAll(async () => {
  project = await mkdtemp(join(tmpdir(), "larger-stack-"));
  await installPackedLibrary(project);
  await linkDependency(project, "@types");

  await copyFile("assets/default-picture.png", join(project, "face.png"));
  await writeFile(join(project, "package.json"), `{ "type": "module" }`);
  await writeFile(join(project, "Pulumi.yaml"), "name: larger-stack\nruntime: nodejs\nmain: index.js\n");
  await writeFile(
    join(project, "index.ts"),
    `import { DefaultPictureMode, PicturesOnDestroy, SetUserRootAttributes, UserPictures } from "auth0-user-pictures";

export default async () => {
  const pictures = new UserPictures("faces", {
    store: { picturesOnDestroy: PicturesOnDestroy.Empty },
    defaultPictures: { general: { file: "face.png" } },
    mode: DefaultPictureMode.Everyone,
    connections: { "google-oauth2": SetUserRootAttributes.OnFirstLogin },
  });
  return { defaultPictureUrl: pictures.defaultPictureUrl };
};
`,
  );
});
afterAll(() => rm(project, { recursive: true }));

const require = createRequire(import.meta.url);
const { AnalyzeRequest, AnalyzerResourceOptions } = require("@pulumi/pulumi/proto/analyzer_pb.js") as typeof Analyzer;
const { AnalyzerClient } = require("@pulumi/pulumi/proto/analyzer_grpc_pb.js") as typeof AnalyzerService;

/** What a pack that is served says of a resource. */
async function violationsOf(address: string, type: string, properties: object): Promise<string[]> {
  const request = new AnalyzeRequest();
  request.setType(type);
  request.setUrn(`urn:pulumi:test::program::${type}::it`);
  request.setProperties(toStruct({ ...properties }));
  request.setOptions(new AnalyzerResourceOptions());
  const client = new AnalyzerClient(address, credentials.createInsecure());
  const response = await new Promise<Analyzer.AnalyzeResponse>((done, fail) => {
    client.analyze(request, (error, answer) => (error ? fail(error) : done(answer)));
  }).finally(() => client.close());
  return response.getDiagnosticsList().map((diagnostic) => diagnostic.getMessage());
}

describe("the packed library", () => {
  it("brings the policy pack, which Pulumi's loader of packs can load, with all that it needs", async () => {
    const loader = resolve("node_modules/@pulumi/pulumi/cmd/run-policy-pack");
    const cwd = join(project, "node_modules", "auth0-user-pictures", "policies");
    const pack = spawn(process.execPath, [loader, "127.0.0.1:1", "."], { cwd, stdio: ["ignore", "pipe", "inherit"] });
    // The port that it serves, or else its exit code.
    const [answer] = (await Promise.race([
      once(pack.stdout.setEncoding("utf8"), "data"),
      once(pack, "exit"),
    ])) as unknown[];
    expect(await readFile(join(cwd, "PulumiPolicy.yaml"), "utf8")).toContain("runtime: nodejs");
    expect(answer).toMatch(/^\d+\n$/);

    const said = await violationsOf(`127.0.0.1:${String(answer).trim()}`, "auth0:index/action:Action", {
      code: `const key = "${"glpat" + "-abcdefghij0123456789"}";`,
      deploy: true,
      runtime: "node22",
      supportedTriggers: { id: "post-login" },
    }).finally(() => pack.kill());
    expect(said).toEqual([expect.stringContaining("looks like a GitLab Personal Access Token.")]);
  });

  it("brings its types, and does what the examples of README and docs show", async () => {
    const pages = ["README.md", "docs/action.md", "docs/upload-endpoint.md", "docs/uploads.md"];
    const texts = await Promise.all(pages.map((page) => readFile(page, "utf8")));
    const examples = texts.flatMap((text) => [...text.matchAll(/^```ts\n(.*?)^```$/gms)].map(([, code = ""]) => code));
    const example = (text: string) => examples.find((code) => code.includes(text)) ?? "";
    await writeFile(join(project, "my-action.ts"), example("onExecutePostLogin"));
    await writeFile(join(project, "policy.ts"), example("simulateLogin"));
    await writeFile(join(project, "larger.ts"), example("new UserPictures"));
    await writeFile(join(project, "picture-object.ts"), example("pictureKey"));
    await writeFile(
      join(project, "upload.js"),
      `import { readFileSync } from "node:fs";
import { Module } from "node:module";
import { pictureObject } from "./picture-object.ts";
const { Key } = pictureObject("auth0|ada", readFileSync("face.png"));
console.log(Key, Object.keys(Module._cache).some((path) => path.includes("@pulumi")));
`,
    );
    await writeFile(
      join(project, "own.ts"),
      `import { events, simulateLogin } from "auth0-user-pictures/testing";
const settings = { allowedUrlPrefixes: ["https://pictures.example.org/"] };
const event = events.googleUser({ user_metadata: { picture: "https://pictures.example.org/me.png" } });
console.log(JSON.stringify((await simulateLogin(settings, event, { entry: "my-action.ts" })).idToken));
`,
    );
    await writeFile(
      join(project, "variants.ts"),
      `${example("pictureVariant")}declare const user: { picture: string };\n`,
    );
    await writeFile(join(project, "uploads.ts"), example("new PictureUploads"));
    await writeFile(join(project, "page.ts"), example("createAuth0Client"));
    await writeFile(
      join(project, "auth0-spa-js.d.ts"),
      `declare module "@auth0/auth0-spa-js" { export function createAuth0Client(options: object): Promise<any>; }\n`,
    );
    await writeFile(
      join(project, "wrong.ts"),
      `import { UserPictures } from "auth0-user-pictures";\nnew UserPictures("faces", { store: { picturesOnDestroy: "keep" } });\n`,
    );
    const files = [
      "index.ts",
      "wrong.ts",
      "my-action.ts",
      "policy.ts",
      "larger.ts",
      "own.ts",
      "picture-object.ts",
      "variants.ts",
    ];
    files.push("uploads.ts", "page.ts", "auth0-spa-js.d.ts");
    const compiled = run(process.execPath, [tsc, ...strict, ...files], { cwd: project });
    const types = await compiled.catch((error: unknown) => error as { stdout: string });
    await run(process.execPath, ["policy.ts"], { cwd: project });
    const { stdout } = await run(process.execPath, ["own.ts"], { cwd: project });
    const upload = await run(process.execPath, ["upload.js"], { cwd: project });

    const refusal = /^wrong\.ts\(2,\d+\): error TS\d+: Type '"keep"' is not assignable to type 'PicturesOnDestroy/;
    expect(types.stdout.match(/^\S.*$/gm)).toEqual([expect.stringMatching(refusal)]);
    expect(examples).toHaveLength(7);
    expect(upload.stdout).toMatch(/^u\/[0-9a-f]{32}\/[0-9a-f]{64}\.png false\n$/);
    expect(JSON.parse(stdout)).toEqual({ "https://example.org/own-picture": "https://pictures.example.org/me.png" });
  });
});

// As node-consumers.test.ts asks of other programs.
describe.runIf(isRare)("a program of the packed library", () => {
  const sandbox = sandboxOf(() => project);

  it("deploys, works and is destroyed", async () => {
    const { changes, outputs } = await sandbox().workspace.up();
    expect(changes.create).toBeGreaterThan(1);

    await sandbox().management.users.create({
      connection: "Username-Password-Authentication",
      email: "ada@example.com",
      password: `${crypto.randomUUID()}-Aa1`,
    });
    const { claims } = await sandbox().logIn({
      connection: "Username-Password-Authentication",
      loginHint: "ada@example.com",
    });
    expect(claims["picture"]).toBe(outputs["defaultPictureUrl"]);
    expect((await sandbox().edge.fetch(String(claims["picture"]))).status).toBe(200);

    await sandbox().workspace.destroy();
    expect(await sandbox().boundActions()).toEqual(["Add roles"]);
  });
});
