// The Action's code: its source, which is bundled once, with settings that the engine may only know later.
import * as pulumi from "@pulumi/pulumi";
import { ActionBundleError, bundleSource } from "../../actions/bundle/bundle.ts";
import type { BundledAction } from "../../actions/bundle/bundle.ts";
import { validatePictureSettings } from "../../actions/bundle/picture-settings.ts";
import type { Refusal } from "../../actions/bundle/schema.ts";
import type { PictureSettings } from "../../actions/user-picture/picture.ts";
import type { DefaultPictureArgs } from "../default-picture-args.ts";
import { assertNoRefusals, secretMessage } from "../validation.ts";
import type { PictureActionArgs } from "./options.ts";

/** The bundled source, or why there is none. */
export function bundleOrRefuse(entry: unknown): BundledAction | Refusal {
  try {
    return bundleSource({ entry: typeof entry === "string" ? entry : undefined });
  } catch (error) {
    if (!(error instanceof ActionBundleError)) throw error;
    return { path: entry === undefined ? [] : ["entry"], message: error.message };
  }
}

/** Unknown at preview as long as one of its settings is. Fails with the refusal of a setting that is known only now. */
export function actionCode(source: BundledAction, args: PictureActionArgs): pulumi.Output<string> {
  const settings = pulumi.output(settingsOf(args));
  return settings.apply(async (value) => {
    const known = value as PictureSettings;
    const refusals = validatePictureSettings(known);
    const isSecret = refusals.length > 0 && (await pulumi.isSecret(settings));
    const heading = "The Action's code cannot be made:";
    assertNoRefusals(heading, isSecret ? refusals.map(({ path }) => ({ path, message: secretMessage })) : refusals);
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
