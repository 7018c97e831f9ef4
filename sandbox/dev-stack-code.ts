// The code that the dev stack deploys, without an engine: its settings, and the store's address as the sandbox knows
// it.
import { join, resolve } from "node:path";
import { output } from "@pulumi/pulumi";
import { PictureSettingsError } from "../actions/bundle/picture-settings.ts";
import { refusalText } from "../actions/bundle/schema.ts";
import { actionCode } from "../components/picture-action/action-code.ts";
import { defaultPictureUrls } from "../components/picture-store/default-pictures.ts";
import { actionArgsOf } from "../components/user-pictures-parts.ts";
import { project } from "../settings/settings.ts";
import { stackSettings } from "../settings/stack-file.ts";
import { stackOutputs } from "./engine/stack-state.ts";

/** Stands for the store of a stack that is not deployed. */
const notKnownYet = "https://not-known-yet.example/";

/**
 * The code of the dev stack, by the very functions that deploy it. Its store's host is known once it is deployed to the
 * sandbox (`npm start`); until then a placeholder stands for it.
 */
export async function devStackCode(folder: string): Promise<string> {
  const outputs = await stackOutputs(resolve(folder, "state"), project, "dev");
  const { pictureBaseUrl } = outputs;
  if (typeof pictureBaseUrl === "string") return codeForStore(pictureBaseUrl);
  process.stderr.write(`The dev stack is not deployed: ${notKnownYet} stands for its picture store.\n`);
  return codeForStore(notKnownYet);
}

/** The code of the dev stack whose pictures are under this URL. The working directory becomes the project's. */
export function codeForStore(baseUrl: string): Promise<string> {
  const projectFolder = join(import.meta.dirname, "..");
  // The settings name files relative to the program.
  process.chdir(projectFolder);
  const { refusals, valid } = stackSettings(projectFolder, "dev");
  if (refusals.length > 0) throw new PictureSettingsError(refusals.map(refusalText).join("\n"));
  const { args, files, source } = valid();
  const stored = args.store && {
    baseUrl: output(baseUrl),
    distributionDomainName: output(new URL(baseUrl).host),
    urls: defaultPictureUrls(args.defaultPictures ?? {}, files, ({ key }) => output(baseUrl + key)),
  };
  const code = actionCode(source, actionArgsOf(args, stored));
  return new Promise((resolve) => code.apply(resolve));
}
