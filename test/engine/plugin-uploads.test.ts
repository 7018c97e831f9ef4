// Uploads, declared in another language than Node's: the plugin has all that the functions are deployed as, whatever is
// in the program's folder, and what it deploys is what a program of Node deploys.
import { copyFile, mkdir, mkdtemp, readdir, readFile, rename, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, isAbsolute, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { obtainEngine } from "../../sandbox/engine/engine.ts";
import { deploymentScopes, uploadsScopes } from "../../sandbox/services.ts";
import { photos } from "../functions/source-pictures.ts";
import { obtainLanguageTools } from "./languages/language-tools.ts";
import { openConsumer } from "./languages/open-consumer.ts";
import type { Consumer, ConsumerResult } from "./languages/open-consumer.ts";
import { installPlugin } from "./plugin-folder.ts";
import { sandboxOf } from "./test-sandbox.ts";

const progress = () => undefined;
const tools = await obtainLanguageTools(await obtainEngine({ progress }), { progress });
const missing = tools.missing.yaml;

const args = {
  store: { picturesOnDestroy: "empty" },
  // What takes a second takes many on a machine that does other things too.
  uploads: { maxSeconds: 15 },
  defaultPictures: { general: { file: "default-picture.png" } },
  action: { entry: "action.ts" },
};
const outputs = ["uploadsEndpoint", "uploadsAudience", "uploadsScope", "defaultPictureUrl"];
const inYaml = {
  "Pulumi.yaml": `name: pictures
runtime: yaml
resources:
  pictures:
    type: auth0-user-pictures:UserPictures
    properties: ${JSON.stringify(args)}
outputs:
${outputs.map((output) => `  ${output}: \${pictures.${output}}\n`).join("")}`,
  "action.ts": `import { choosePicture, type PictureSettings, type PostLoginApi } from "auth0-user-pictures/action";
import { claim } from "./claim.ts";

declare const PICTURE_SETTINGS: PictureSettings;
export const onExecutePostLogin = async (event: Parameters<typeof choosePicture>[1], api: PostLoginApi) => {
  const picture = choosePicture(PICTURE_SETTINGS, event);
  if (picture) api.idToken.setCustomClaim(claim, picture.url);
};
`,
  "claim.ts": `export const claim = "picture" as const;\n`,
};
const inNode = {
  "Pulumi.yaml": `name: pictures
runtime: { name: nodejs, options: { typescript: false } }
main: index.js
`,
  "index.js": `const { UserPictures } = require("auth0-user-pictures");
const pictures = new UserPictures("pictures", ${JSON.stringify(args)});
for (const output of ${JSON.stringify(outputs)}) exports[output] = pictures[output];
`,
};

/** Into the program's folder. */
async function write(files: Readonly<Record<string, string>>): Promise<void> {
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
}

const sandbox = sandboxOf(() => "examples/yaml", "dev", { scopes: [...deploymentScopes, ...uploadsScopes] });
const connection = "Username-Password-Authentication";
const loginHint = "ada@example.com";
let root: string;
let plugin: string;
let folder: string;
let consumer: Consumer;
let deployed: ConsumerResult;

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "plugin-uploads-"));
  [plugin, folder] = [join(root, "plugin"), join(root, "pictures")];
  await Promise.all([mkdir(plugin), mkdir(folder)]);
  await installPlugin(plugin);
  await write(inYaml);
  await copyFile("examples/yaml/default-picture.png", join(folder, "default-picture.png"));
  await sandbox().management.users.create({ connection, email: loginHint, password: "Aa1-aaaaaaaa" });
  if (missing !== undefined) return;
  consumer = await openConsumer({ folder, inPlace: true, sandbox: sandbox(), tools, pluginFolder: plugin });
});
afterAll(async () => {
  if (missing === undefined) await consumer.close();
  await rm(root, { recursive: true });
});

interface Resource {
  readonly urn: string;
  readonly inputs?: { readonly code?: { readonly hash: string; readonly assets: Record<string, { path: string }> } };
}
/** What the functions are deployed as, by the functions' names. */
async function codes() {
  const { deployment } = (await consumer.exportState()) as { deployment: { resources?: readonly Resource[] } };
  const functions = (deployment.resources ?? []).filter(({ urn }) => urn.includes("lambda/function:Function::"));
  return functions.map(({ urn, inputs }) => {
    const paths = Object.values(inputs?.code?.assets ?? {}).map(({ path }) => path);
    return { name: urn.split("::").at(-1), hash: inputs?.code?.hash, paths };
  });
}

const unchanged = { create: 0, update: 0, delete: 0, replace: 0 };

describe.skipIf(missing !== undefined)(missing === undefined ? "the plugin" : `not run: ${missing}`, () => {
  it("deploys uploads for a program whose folder has its own files only, and adds none", async () => {
    const before = await readdir(folder);
    deployed = await consumer.up();
    expect(await readdir(folder)).toEqual(before);
    const made = await codes();
    expect(made.map(({ name }) => name).toSorted()).toEqual(["pictures-uploads-sweep", "pictures-uploads-upload"]);
    // The engine starts the plugin where it runs itself.
    expect(made.flatMap(({ paths }) => paths).filter((path) => !isAbsolute(path))).toEqual([]);
  });

  it("deploys what takes a user's picture, and names it to the program's own Action", async () => {
    const [endpoint = "", audience = "", scope] = outputs.map((name) => String(deployed.outputs[name]));
    const asked = { connection, loginHint, scope: `openid profile ${scope}`, audience };
    const { accessToken, claims } = await sandbox().logIn(asked);
    expect(claims["picture"]).toBe(deployed.outputs["defaultPictureUrl"]);

    const headers = { authorization: `Bearer ${accessToken}`, "content-type": "image/jpeg" };
    const body = await photos["a progressive JPEG"]?.();
    const answer = await sandbox().aws.fetch(endpoint, { method: "PUT", headers, ...(body && { body }) });
    const { url } = (await answer.json()) as { url: string };
    expect([answer.status, (await sandbox().edge.fetch(url)).status]).toEqual([200, 200]);
    expect((await sandbox().logIn(asked)).claims["picture"]).toBe(url);
  });

  it("finds nothing to change from another folder, when the one that it deployed from is gone", async () => {
    const elsewhere = join(root, "elsewhere");
    await rename(plugin, elsewhere);
    const project = join(folder, "Pulumi.yaml");
    const text = await readFile(project, "utf8");
    await writeFile(project, text.replace(`../${basename(plugin)}`, "../elsewhere").replace(plugin, elsewhere));
    plugin = elsewhere;

    expect((await consumer.refresh()).changes).toMatchObject(unchanged);
    expect((await consumer.preview()).changes).toMatchObject(unchanged);
  });

  it("gives the stack over to a program of Node, which has the same functions", async () => {
    const before = await codes();
    await write(inNode);
    await symlink(join(plugin, "node_modules"), join(folder, "node_modules"));
    const { changes } = await consumer.up();
    const after = await codes();

    expect(changes).toMatchObject({ create: 0, update: 1, delete: 1, replace: 0 });
    expect(after.map(({ hash }) => hash)).toEqual(before.map(({ hash }) => hash));
    expect(after.map(({ paths }) => paths)).not.toEqual(before.map(({ paths }) => paths));
    await consumer.destroy();
    expect(await codes()).toEqual([]);
  });
});
