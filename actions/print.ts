// `npm run --silent action`: prints exactly the code that the dev stack deploys to the sandbox (`--folder DIR`, default .sandbox); with
// `-- --settings FILE` the code that would be deployed with the settings in the JSON file.
import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { output } from "@pulumi/pulumi";
import { parse } from "yaml";
import { actionCode } from "../components/picture-action.ts";
import { readPictureFile } from "../components/picture-file.ts";
import { actionArgs } from "../components/user-pictures.ts";
import { stackOutputs } from "../sandbox/engine/stack-state.ts";
import { parseSettings } from "../settings.ts";
import { ActionBundleError, bundleAction } from "./bundle.ts";
import { pictureSettingsFaults } from "./settings.ts";
import type { PictureSettings } from "./user-picture/picture.ts";

const projectFolder = join(import.meta.dirname, "..");

/** Stands for the store of a stack that is not deployed. */
const notKnownYet = "https://not-known-yet.example/";

/** A fault that its message explains: no stack trace. */
class UsageError extends Error {}

function settingsOfFile(file: string): PictureSettings {
  let settings: unknown;
  try {
    settings = JSON.parse(readFileSync(file, "utf8"));
  } catch (error) {
    throw new UsageError(`${file}: ${error instanceof Error ? error.message : String(error)}`);
  }
  const faults = pictureSettingsFaults(settings);
  if (faults.length > 0) throw new UsageError(faults.map((fault) => `${file}: ${fault}`).join("\n"));
  return settings as PictureSettings;
}

/**
 * The code of the dev stack, by the very functions that deploy it. Its store's host is known once it is deployed to the sandbox
 * (`npm start`); until then a placeholder stands for it.
 */
async function devStackCode(folder: string): Promise<string> {
  process.chdir(projectFolder);
  const { args, faults } = parseSettings(devStackConfig());
  if (faults.length > 0) throw new UsageError(faults.join("\n"));
  const outputs = await stackOutputs(join(folder, "state"), "auth0-user-pictures", "dev");
  const deployed = typeof outputs["pictureBaseUrl"] === "string" ? outputs["pictureBaseUrl"] : undefined;
  if (deployed === undefined)
    process.stderr.write(`The dev stack is not deployed: ${notKnownYet} stands for its picture store.\n`);
  const baseUrl = deployed ?? notKnownYet;
  const defaultPictureUrl = baseUrl + readPictureFile(args.store.defaultPictureFile).key;
  const code = actionCode(actionArgs(args, { baseUrl: output(baseUrl), defaultPictureUrl: output(defaultPictureUrl) }));
  return new Promise((resolve) => code.apply(resolve));
}

/** What Pulumi would hand to the program: Pulumi.yaml's defaults under the settings of Pulumi.dev.yaml, as text. */
function devStackConfig(): Record<string, string> {
  const read = (file: string) => (parse(readFileSync(file, "utf8")) as { config: Record<string, unknown> }).config;
  const defaults = Object.entries(read("Pulumi.yaml")).map(
    ([name, declared]) => [`auth0-user-pictures:${name}`, (declared as { default: unknown }).default] as const,
  );
  const settings: [string, unknown][] = Object.entries({ ...Object.fromEntries(defaults), ...read("Pulumi.dev.yaml") });
  return Object.fromEntries(
    settings.map(([key, value]) => [key, typeof value === "string" ? value : JSON.stringify(value)]),
  );
}

async function codeOfArguments(): Promise<string> {
  let values: { settings?: string; folder?: string };
  try {
    ({ values } = parseArgs({ options: { settings: { type: "string" }, folder: { type: "string" } } }));
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
  return values.settings !== undefined
    ? bundleAction(settingsOfFile(values.settings))
    : devStackCode(resolve(values.folder ?? join(projectFolder, ".sandbox")));
}

try {
  process.stdout.write(await codeOfArguments());
} catch (error) {
  if (!(error instanceof UsageError || error instanceof ActionBundleError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
}
