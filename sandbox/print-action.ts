// `npm run --silent action`: prints exactly the code that would be deployed; see `usage`.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { ActionBundleError } from "../actions/bundle/bundle-error.ts";
import { bundleAction } from "../actions/bundle/bundle.ts";
import { PictureSettingsError, validatePictureSettings } from "../actions/bundle/picture-settings.ts";
import { refusalText } from "../actions/bundle/schema.ts";
import type { PictureSettings } from "../actions/user-picture/picture.ts";

const usage = `Usage: npm run --silent action [-- OPTIONS]

Prints the Action's code: by default, exactly what the dev stack deploys to the sandbox.

  --folder DIR     the sandbox's folder (default: .sandbox)
  --settings FILE  instead, the code for the settings in this JSON file
  --entry FILE     with --settings: an Action of your own (default: this package's)
  --help           print this
`;

function settingsOfFile(file: string): PictureSettings {
  let settings: unknown;
  try {
    // The decoder leaves a byte order mark out, with which some editors begin a file.
    settings = JSON.parse(new TextDecoder().decode(readFileSync(file)));
  } catch (error) {
    throw new PictureSettingsError(`${file}: ${error instanceof Error ? error.message : String(error)}`);
  }
  const refusals = validatePictureSettings(settings);
  if (refusals.length > 0)
    throw new PictureSettingsError(refusals.map((refusal) => `${file}: ${refusalText(refusal)}`).join("\n"));
  return settings as PictureSettings;
}

function readArguments() {
  try {
    const { values } = parseArgs({
      options: {
        settings: { type: "string" },
        entry: { type: "string" },
        folder: { type: "string" },
        help: { type: "boolean" },
      },
    });
    return values.entry === undefined || values.settings !== undefined ? values : "--entry needs --settings";
  } catch (error) {
    return (error as Error).message;
  }
}

async function output(): Promise<string> {
  const values = readArguments();
  if (typeof values === "string") throw new PictureSettingsError(`${values}\n\n${usage.trimEnd()}`);
  const { settings, entry, folder, help } = values;
  if (help) return usage;
  if (settings !== undefined) return bundleAction(settingsOfFile(settings), { entry });
  // Loaded only here: it brings Pulumi's SDK.
  const { devStackCode } = await import("./dev-stack-code.ts");
  return devStackCode(folder ?? join(import.meta.dirname, "../.sandbox"));
}

try {
  process.stdout.write(await output());
} catch (error) {
  if (!(error instanceof PictureSettingsError || error instanceof ActionBundleError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
}
