// The component that puts the right picture into every login's ID token: the post-login Action and its trigger binding.
import * as auth0 from "@pulumi/auth0";
import * as pulumi from "@pulumi/pulumi";
import { bundleAction } from "../actions/bundle.ts";
import { pictureSettingsFaults } from "../actions/settings.ts";
import { DefaultPictureMode } from "../actions/user-picture/picture.ts";
import type { PictureSettings } from "../actions/user-picture/picture.ts";
import { closedSetFaults, raiseFaults } from "./faults.ts";

export interface PictureActionArgs {
  /** The Action's name, which people read in Auth0's dashboard; one tenant has each name once. @default "User picture" */
  name?: string;
  /**
   * Where users' own pictures (`user_metadata.picture`) may come from: `https://host/` or `https://host/path/`. Users write their own
   * metadata, so name a host that serves pictures only, never an application's.
   */
  allowedUrlPrefixes: pulumi.Input<string>[];
  /** The default picture: an https URL. @default none: a user without a picture keeps Auth0's */
  defaultPictureUrl?: pulumi.Input<string>;
  /** Which users get the default picture. @default "generated" */
  defaultPictureMode?: DefaultPictureMode;
}

const defaultName = "User picture";

/** Stands for a URL that the engine does not know yet, so that the rest can be checked and bundled at preview. */
const notKnownYet = "https://not-known-yet.example/";

/** Every fault of the arguments, the Action's source included; none for good ones. URLs that are not known yet are not looked at. */
export function pictureActionFaults(args: PictureActionArgs): string[] {
  const modeFaults = closedSetFaults("defaultPictureMode", args.defaultPictureMode, DefaultPictureMode);
  const known = (url: pulumi.Input<string>) => (typeof url === "string" ? url : notKnownYet);
  const settings = settingsOf(
    modeFaults.length > 0 ? DefaultPictureMode.Generated : args.defaultPictureMode,
    args.allowedUrlPrefixes.map(known),
    args.defaultPictureUrl === undefined ? undefined : known(args.defaultPictureUrl),
  );
  const faults = [...modeFaults, ...pictureSettingsFaults(settings)];
  return faults.length > 0 ? faults : bundleFaults(settings);
}

/**
 * The post-login Action, bundled from TypeScript with its settings compiled in, deployed, and bound beside the tenant's other Actions.
 * The binding is an unlocked read-modify-write in Auth0: one binding of a trigger at a time (make others of this stack depend on it).
 * Other Actions that set the `picture` claim after this one win.
 */
export class PictureAction extends pulumi.ComponentResource {
  readonly actionId: pulumi.Output<string>;
  /** The deployed version. */
  readonly versionId: pulumi.Output<string>;

  /** @throws pulumi.RunError with every bad argument, before anything is registered. */
  constructor(name: string, args: PictureActionArgs, opts?: pulumi.ComponentResourceOptions) {
    super(
      "auth0-user-pictures:index:PictureAction",
      name,
      raiseFaults(`PictureAction "${name}"`, args, pictureActionFaults),
      opts,
    );
    const displayName = args.name ?? defaultName;

    const action = new auth0.Action(
      `${name}-action`,
      {
        name: displayName,
        code: actionCode(args),
        runtime: "node22",
        supportedTriggers: { id: "post-login", version: "v3" },
        deploy: true,
      },
      { parent: this },
    );
    new auth0.TriggerAction(
      `${name}-binding`,
      { trigger: "post-login", actionId: action.id, displayName },
      { parent: this },
    );

    this.actionId = action.id;
    this.versionId = action.versionId;
    this.registerOutputs({ actionId: this.actionId, versionId: this.versionId });
  }
}

/** The Action's code; unknown at preview as long as one of its URLs is. */
function actionCode(args: PictureActionArgs): pulumi.Output<string> {
  return pulumi
    .output([args.allowedUrlPrefixes, args.defaultPictureUrl] as const)
    .apply(([prefixes, defaultPictureUrl]) => {
      const settings = settingsOf(args.defaultPictureMode, prefixes, defaultPictureUrl);
      // Only now are URLs known that another resource gave.
      return bundleAction(raiseFaults("The Action's code", settings, pictureSettingsFaults));
    });
}

function settingsOf(
  mode: DefaultPictureMode | undefined,
  allowedUrlPrefixes: readonly string[],
  defaultPictureUrl: string | undefined,
): PictureSettings {
  return {
    allowedUrlPrefixes,
    ...(defaultPictureUrl !== undefined && {
      defaultPicture: { url: defaultPictureUrl, mode: mode ?? DefaultPictureMode.Generated },
    }),
  };
}

function bundleFaults(settings: PictureSettings): string[] {
  try {
    bundleAction(settings);
    return [];
  } catch (error) {
    return [(error as Error).message];
  }
}
