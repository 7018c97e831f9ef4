// What the plugin takes from the folder of a program in another language: the files that its settings name, and no
// package of npm's. It leaves nothing there.
import { copyFile, mkdtemp, readdir, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { isAbsolute, join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { connectPlugin } from "./plugin-client.ts";
import { pluginFolder, startPlugin } from "./plugin-process.ts";
import type { PluginFolder, PluginProcess } from "./plugin-process.ts";
import { startResourceMonitor } from "./resource-monitor.ts";
import type { ResourceMonitor } from "./resource-monitor.ts";

const files = {
  "__main__.py": "",
  "action.ts": `import { choosePicture } from "auth0-user-pictures/action";
import { claim } from "./claim";
export const onExecutePostLogin = async (event: any, api: any) =>
  api.idToken.setCustomClaim(claim, choosePicture(PICTURE_SETTINGS, event)?.url);
`,
  "claim.ts": `export const claim = "https://example.org/picture" as string;\n`,
  "missing.ts": `import "lodash";\nexport const onExecutePostLogin = async () => {};\n`,
};
let program: string;
let installed: PluginFolder;
let plugin: PluginProcess;
let monitor: ResourceMonitor;
let client: ReturnType<typeof connectPlugin>;

beforeAll(async () => {
  program = await mkdtemp(join(tmpdir(), "python-program-"));
  for (const [name, text] of Object.entries(files)) await writeFile(join(program, name), text);
  await copyFile("examples/python/default-picture.png", join(program, "default-picture.png"));
  installed = await pluginFolder();
  plugin = await startPlugin(installed.folder, { cwd: program });
  monitor = await startResourceMonitor();
  client = connectPlugin(plugin.attach, monitor);
});
afterAll(async () => {
  client.close();
  monitor.close();
  await plugin.close();
  await installed.remove();
  await rm(program, { recursive: true });
});

const tenant = { "auth0:domain": "example.eu.auth0.com" };

/** Whether each file of a function is there, wherever it is looked for from. */
function filesOf(name: string): Promise<boolean[]> {
  const inputs = monitor.registered.find((one) => one.name === name)?.inputs;
  const { assets } = inputs?.["code"] as { readonly assets: Readonly<Record<string, { readonly path: string }>> };
  return Promise.all(Object.values(assets).map(async ({ path }) => isAbsolute(path) && (await stat(path)).isFile()));
}

it("an Action of the program's own, its pictures, and uploads", async () => {
  const before = await readdir(program);
  await client.construct(
    "UserPictures",
    "pictures",
    {
      ...{ store: {}, uploads: {}, action: { entry: "action.ts" } },
      defaultPictures: { general: { file: "default-picture.png" } },
    },
    { config: tenant },
  );
  const inputsOf = (type: string) => monitor.registered.find((one) => one.type === type)?.inputs;

  const code = String(inputsOf("auth0:index/action:Action")?.["code"]);
  expect(code).toContain(`// auth0-user-pictures/action\n`);
  expect(code).toContain(`// claim.ts\n`);
  expect(code).not.toContain(program);
  expect(await filesOf("pictures-uploads-upload")).toEqual([true, true, true]);
  expect(await readdir(program)).toEqual(before);
});

it("uploads alone", async () => {
  const before = await readdir(program);
  const bucket = { bucketName: "pictures", bucketArn: "arn:aws:s3:::pictures" };
  const place = { ...bucket, pictureBaseUrl: "https://pictures.example.org/" };
  await client.construct("PictureUploads", "alone", place, { config: tenant });

  expect(await filesOf("alone-upload")).toEqual([true, true, true]);
  expect(await filesOf("alone-sweep")).toEqual([true]);
  expect(await readdir(program)).toEqual(before);
});

it("and says of the Action's own imports where they are looked for", async () => {
  const wrong = { pictureBaseUrl: "https://pictures.example.org/", action: { entry: "missing.ts" } };
  await expect(client.construct("UserPictures", "pictures", wrong)).rejects.toThrow(
    'missing.ts:1: "lodash" cannot be found: install it beside the Action, or mend its name',
  );
});
