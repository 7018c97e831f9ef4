// `npm run --silent action -- --settings FILE`: prints exactly the code that would be deployed with the settings in the JSON file.
import { readFileSync } from "node:fs";
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

function settingsOfArguments(): PictureSettings {
  try {
    const { values } = parseArgs({ options: { settings: { type: "string" } } });
    if (values.settings !== undefined) return settingsOfFile(values.settings);
  } catch (error) {
    if (error instanceof TypeError) throw new UsageError(error.message);
    throw error;
  }
  throw new UsageError("Say which settings: npm run --silent action -- --settings FILE");
}

try {
  process.stdout.write(bundleAction(settingsOfArguments()));
} catch (error) {
  if (!(error instanceof UsageError || error instanceof ActionBundleError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
}
