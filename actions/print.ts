// `npm run --silent action`: prints exactly the code that the dev stack deploys to the sandbox (`--folder DIR`, default .sandbox); with
// `-- --settings FILE` the code that would be deployed with the settings in the JSON file.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { ActionBundleError, bundleAction } from "./bundle.ts";
import { pictureSettingsFaults } from "./settings.ts";
import type { PictureSettings } from "./user-picture/picture.ts";

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

async function codeOfArguments(): Promise<string> {
  let values: { settings?: string; folder?: string };
  try {
    ({ values } = parseArgs({ options: { settings: { type: "string" }, folder: { type: "string" } } }));
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
  if (values.settings !== undefined) return bundleAction(settingsOfFile(values.settings));
  // Loaded only here: it brings Pulumi's SDK.
  const { devStackCode } = await import("./dev-stack.ts");
  return devStackCode(values.folder ?? join(import.meta.dirname, "../.sandbox"));
}

try {
  process.stdout.write(await codeOfArguments());
} catch (error) {
  if (!(error instanceof UsageError || error instanceof ActionBundleError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
}
