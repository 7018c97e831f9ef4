// The Action's code: its source, which is bundled once, with settings that the engine may only know later.
import * as pulumi from "@pulumi/pulumi";
import { ActionBundleError } from "../../actions/bundle/bundle-error.ts";
import { bundleSource, bundleSourceMeanwhile } from "../../actions/bundle/bundle.ts";
import type { BundledAction } from "../../actions/bundle/bundle.ts";
import { validatePictureSettings } from "../../actions/bundle/picture-settings.ts";
import type { Refusal } from "../../actions/bundle/schema.ts";
import type { PictureSettings } from "../../actions/user-picture/picture.ts";
import type { DefaultPictureArgs } from "../default-picture-args.ts";
import { assertKnownValid } from "../validation.ts";
import type { PictureActionArgs } from "./options.ts";

/** The bundled source, or why there is none. */
export type BundleOutcome = BundledAction | Refusal;

export function bundleOrRefuse(entry: unknown): BundleOutcome {
  try {
    return bundleSource(entryOption(entry));
  } catch (error) {
    return bundleRefusal(entry, error);
  }
}

/** As `bundleOrRefuse`, while this process does something else. */
export const bundleOrRefuseMeanwhile = (entry: unknown): Promise<BundleOutcome> =>
  bundleSourceMeanwhile(entryOption(entry)).catch((error: unknown) => bundleRefusal(entry, error));

/** What is no path is refused by the arguments' shape. */
const entryOption = (entry: unknown) => ({ entry: typeof entry === "string" ? entry : undefined });

function bundleRefusal(entry: unknown, error: unknown): Refusal {
  if (!(error instanceof ActionBundleError)) throw error;
  return { path: entry === undefined ? [] : ["entry"], message: error.message };
}

/** Unknown at preview as long as one of its settings is. Fails with the refusal of a setting that is known only now. */
export function actionCode(source: BundledAction, args: PictureActionArgs): pulumi.Output<string> {
  const settings = pulumi.output(settingsOf(args));
  return settings.apply(async (value) => {
    const known = value as PictureSettings;
    const heading = "The Action's code cannot be made:";
    await assertKnownValid(heading, settings, validatePictureSettings(known));
    try {
      return source.codeWith(known);
    } catch (error) {
      throw error instanceof ActionBundleError ? new pulumi.RunError(`${heading}\n  - ${error.message}`) : error;
    }
  });
}

/** What the Action is compiled with: of each default picture its URL. */
function settingsOf(args: PictureActionArgs): { [Name in keyof PictureSettings]: unknown } {
  const { general, byConnection, byOrganization } = args.defaultPictures ?? {};
  const urlsOf = (pictures: Record<string, DefaultPictureArgs> = {}) =>
    Object.fromEntries(Object.entries(pictures).map(([name, { url }]) => [name, url]));
  return {
    allowedUrlPrefixes: args.allowedUrlPrefixes ?? [],
    allowAnyHost: args.allowAnyHost,
    linkedIdentityPicture: args.linkedIdentityPicture,
    rootPicture: args.rootPicture,
    providerPicturePrefixes: args.providerPicturePrefixes,
    mode: args.mode,
    defaultPictures: general && {
      general: general.url,
      byConnection: urlsOf(byConnection),
      byOrganization: urlsOf(byOrganization),
    },
    mirrors: args.mirrors,
  };
}
