// What user pictures can be told, and what is refused of it: the one check of a whole program's arguments.
import type * as pulumi from "@pulumi/pulumi";
import * as v from "valibot";
import type { BundledAction } from "../actions/bundle/bundle.ts";
import { urlPrefix } from "../actions/bundle/picture-settings.ts";
import { byName, passing, shape, under } from "../actions/bundle/schema.ts";
import type { Rule, Schema } from "../actions/bundle/schema.ts";
import type { DefaultPictureMode } from "../actions/user-picture/picture.ts";
import type { SetUserRootAttributes } from "./connection-sync/sync-values.ts";
import { syncValueSchema } from "./connection-sync/rules.ts";
import { defaultPicturesSchema, filesWithoutStore, validateFallbackUrls } from "./default-picture-args.ts";
import type { DefaultPicturesArgs } from "./default-picture-args.ts";
import { bundleOrRefuse } from "./picture-action/action-code.ts";
import type { BundleOutcome } from "./picture-action/action-code.ts";
import { actionOptionsSchema, modeSchema } from "./picture-action/options.ts";
import type { PictureActionOptions } from "./picture-action/options.ts";
import type { PictureStoreOptions } from "./picture-store/args.ts";
import type { PictureFiles } from "./picture-store/default-pictures.ts";
import { validateStoreName } from "./picture-store/limits.ts";
import { storeOptionsSchema, validateStoredPictures } from "./picture-store/validate.ts";
import { missingFiles } from "./picture-uploads/function-files.ts";
import type { PictureUploadsOptions } from "./picture-uploads/upload-args.ts";
import { uploadsOptionsSchema, validateUploadsName } from "./picture-uploads/validate-uploads.ts";
import { checkedWhenKnown, input, shapeRefusals } from "./validation.ts";
import type { Validation } from "./validation.ts";

/** Where pictures are kept, a `store` or a `pictureBaseUrl`, is needed; all else may be left out. */
export interface UserPicturesArgs {
  /**
   * Where pictures are kept: a store on AWS. Without options it is one with its defaults.
   *
   * @default none, see `pictureBaseUrl`
   * @example { domain: { domainName: "pictures.example.org", zoneId: "Z0123456789ABCDEFGHIJ" } }
   */
  store?: PictureStoreOptions;
  /**
   * Where pictures are kept if not in a store: `https://host/` or `https://host/path/`. Nothing on AWS is touched.
   *
   * @default none, see `store`
   * @example "https://cdn.example.org/avatars/"
   */
  pictureBaseUrl?: pulumi.Input<string>;
  /**
   * The pictures of users who have none. Files are kept in the store; without one they are URLs.
   *
   * @default none, so that a user without a picture keeps Auth0's; with a `store`, `general` is needed
   * @example { general: { file: "assets/default-picture.png" } }
   */
  defaultPictures?: DefaultPicturesArgs;
  /**
   * Which users get a default picture: `generated` (those without a picture, and those whose picture Auth0 generated),
   * `gravatar-fallback` (the same, but a Gravatar address keeps its picture, if it has one), `missing` (those without
   * any picture) or `everyone` (all who set no picture themselves).
   *
   * @default "generated"
   */
  mode?: pulumi.Input<DefaultPictureMode>;
  /**
   * The post-login Action: its name, what users may show, where the picture goes, and its place in the login flow.
   *
   * @default this package's Action, added behind the tenant's others
   * @example { mirrors: { idTokenClaim: "https://example.org/picture" } }
   */
  action?: PictureActionOptions;
  /**
   * Users change their own picture: the service that takes, processes and stores it, and that erases the pictures of
   * users who are deleted. Without options it is one with its defaults. It needs a `store`, and in a program of Node
   * npm's package `@img/sharp-wasm32`, which the plugin brings along.
   *
   * @default none, so that an application that uploads pictures brings its own service
   * @example { allowedOrigins: ["https://app.example.org"] }
   */
  uploads?: PictureUploadsOptions;
  /**
   * When a connection's identity provider writes its users' picture, names and nickname, by the connection's name:
   * `on_first_login` (what was changed since stays) or `on_each_login` (Auth0's default). Which connections are named
   * is plain, because it decides which resources there are.
   *
   * @default no connection is touched
   * @example { "google-oauth2": "on_first_login" }
   */
  connections?: Record<string, pulumi.Input<SetUserRootAttributes>>;
}

const connectionName = passing(
  (name) => name !== "",
  () => "a connection has a name.",
);

const onePlace: Rule<UserPicturesArgs> = ({ store, pictureBaseUrl }) => {
  if (store === undefined && pictureBaseUrl === undefined)
    return [
      {
        path: ["store"],
        message: "nothing was given; say where pictures are kept: {} on AWS, or else their pictureBaseUrl.",
      },
    ];
  if (store !== undefined && pictureBaseUrl !== undefined)
    return [
      {
        path: ["pictureBaseUrl"],
        message: "a store was given too, and pictures are kept in one place. Leave one of them out.",
      },
    ];
  return [];
};

const uploadsToStore: Rule<UserPicturesArgs> = ({ store, uploads }) =>
  uploads === undefined || store !== undefined
    ? []
    : [
        {
          path: ["uploads"],
          message:
            "there is no store, whose bucket the service puts pictures into. Give one, {} at least, in the place of " +
            "pictureBaseUrl; or leave uploads out, and bring a service of your own.",
        },
      ];

/** The shape of the arguments, and of what a program says beside them. */
export const userPicturesSchema = (others: Readonly<Record<string, Schema>> = {}): Schema =>
  shape<UserPicturesArgs>(
    {
      store: v.optional(storeOptionsSchema),
      pictureBaseUrl: v.optional(input(urlPrefix)),
      defaultPictures: v.optional(defaultPicturesSchema),
      mode: modeSchema,
      action: v.optional(actionOptionsSchema),
      uploads: v.optional(uploadsOptionsSchema),
      connections: v.optional(byName(connectionName, input(syncValueSchema), "an object of connections by name")),
      ...others,
    },
    onePlace,
    uploadsToStore,
  );

/** Arguments without refusals, the picture files that have been read for them, and the Action's bundled source. */
export interface ValidUserPictures {
  readonly args: UserPicturesArgs;
  readonly files: PictureFiles;
  readonly source: BundledAction;
}

interface CheckOptions {
  /** The component's, where it is known. */
  readonly name?: string;
  readonly schema?: Schema;
  /** The Action's source, where it is bundled already. */
  readonly bundled?: BundleOutcome;
}

export function validateUserPictures(
  subject: string,
  args: UserPicturesArgs,
  { name, schema = userPicturesSchema(), bundled = bundleOrRefuse(args.action?.entry) }: CheckOptions = {},
): Validation<ValidUserPictures> {
  const { store, defaultPictures, mode, uploads } = args;
  const stored = store === undefined ? undefined : validateStoredPictures(store, defaultPictures, mode);
  return {
    refusals: [
      ...(name !== undefined && store ? validateStoreName(name, store, "-store") : []),
      ...(name !== undefined && uploads ? validateUploadsName(name, "-uploads") : []),
      ...(uploads ? under(["uploads"], missingFiles()) : []),
      ...shapeRefusals(schema, args),
      ...(stored?.refusals ?? [
        ...filesWithoutStore(defaultPictures, "there is no store"),
        ...validateFallbackUrls(defaultPictures, mode),
      ]),
      ...("message" in bundled ? under(bundled.path.length > 0 ? ["action"] : [], [bundled]) : []),
    ],
    valid: () => ({
      args: checkedWhenKnown(subject, schema, args),
      files: stored?.files ?? new Map(),
      source: bundled as BundledAction,
    }),
  };
}
