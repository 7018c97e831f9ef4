// The code that the dev stack deploys, without an engine: its settings, and the store's address as the sandbox knows it.
import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { output } from "@pulumi/pulumi";
import { parse } from "yaml";
import { actionCode } from "../components/picture-action.ts";
import { readPictureFile } from "../components/picture-file.ts";
import { actionArgs } from "../components/user-pictures.ts";
import { stackOutputs } from "../sandbox/engine/stack-state.ts";
import { parseSettings } from "../settings.ts";
import { ActionBundleError } from "./bundle.ts";

/** Stands for the store of a stack that is not deployed. */
const notKnownYet = "https://not-known-yet.example/";

/**
 * The code of the dev stack, by the very functions that deploy it. Its store's host is known once it is deployed to the sandbox
 * (`npm start`); until then a placeholder stands for it.
 */
export async function devStackCode(folder: string): Promise<string> {
  const stateFolder = resolve(folder, "state");
  // The settings name files relative to the program.
  process.chdir(join(import.meta.dirname, ".."));
  const { args, faults } = parseSettings(devStackConfig());
  if (faults.length > 0) throw new ActionBundleError(faults.join("\n"));
  const outputs = await stackOutputs(stateFolder, "auth0-user-pictures", "dev");
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
