// What a picture Action can be told, and what is refused of it.
import type { TriggerAction } from "@pulumi/auth0/triggerAction.js";
import * as pulumi from "@pulumi/pulumi";
import * as v from "valibot";
import { mirrorNames, urlPrefixes } from "../../actions/bundle/picture-settings.ts";
import { list, matching, oneOf, passing, shape, shown, trueOrFalse } from "../../actions/bundle/schema.ts";
import { DefaultPictureMode, RootPictureMode } from "../../actions/user-picture/picture.ts";
import { defaultPicturesSchema } from "../default-picture-args.ts";
import type { DefaultPicturesArgs } from "../default-picture-args.ts";
import { input } from "../validation.ts";
import { loginFlowSchema } from "./login-flow.ts";
import type { LoginFlowArgs } from "./login-flow.ts";

/**
 * Copies of the picture that the Action chose. A login in which it chose none (Auth0's own claim stands) has no copies.
 */
export interface PictureMirrorsArgs {
  /**
   * A namespaced claim of the ID token, for clients that do not ask for the `profile` scope (Auth0 docs, "Create
   * Namespaced Custom Claims").
   *
   * @default no copy
   * @example "https://example.org/picture"
   */
  idTokenClaim?: pulumi.Input<string>;
  /**
   * A claim of the access token: `picture`, which Auth0 strips without the `profile` scope, or a namespaced one.
   *
   * @default no copy
   * @example "picture"
   */
  accessTokenClaim?: pulumi.Input<string>;
  /**
   * An attribute of the response to SAML and WS-Federation logins, of at most 1,000 bytes (Auth0 docs, "Actions
   * Limitations").
   *
   * @default no copy
   * @example "http://schemas.auth0.com/picture"
   */
  samlAttribute?: pulumi.Input<string>;
}

/** The options of the Action, all of which may be left out. */
export interface PictureActionOptions {
  /**
   * The Action's name, which people read in Auth0's dashboard; one tenant has each name once.
   *
   * @default "User picture"
   */
  name?: pulumi.Input<string>;
  /**
   * An Action of your own, a TypeScript or JavaScript file relative to the program's folder: an ES module that exports
   * `onExecutePostLogin`. It may import `auth0-user-pictures/action`, and finds the settings in the global
   * `PICTURE_SETTINGS`. Plain, because it is bundled in a preview.
   *
   * @default this package's Action
   * @example "actions/my-action.ts"
   */
  entry?: string;
  /**
   * Where users' own pictures (`user_metadata.picture`) may come from besides the store: `https://host/` or
   * `https://host/path/`. Users write their own metadata, so name a host that serves pictures only, never an
   * application's.
   *
   * @default only the store, or `pictureBaseUrl`
   * @example ["https://avatars.example.org/"]
   */
  allowedUrlPrefixes?: pulumi.Input<pulumi.Input<string>[]>;
  /**
   * Users' own pictures may come from any https host: any user can then make others' browsers call any host.
   *
   * @default false
   */
  allowAnyHost?: pulumi.Input<boolean>;
  /**
   * Use the first linked identity's picture that is https and that Auth0 did not generate, for users who set none
   * themselves, before the default picture. It comes from any host: its identity provider gave it, not the user.
   *
   * @default false
   */
  linkedIdentityPicture?: pulumi.Input<boolean>;
  /**
   * Whether the profile's own picture (`user.picture`), or a linked identity's, counts from wherever it comes:
   * `trusted`, or `guarded`, in which it counts only under an allowed prefix, as one that Auth0 made, and from where
   * known identity providers keep their users' pictures; any other gives way to the default picture. Use it where users
   * can write it themselves: by Auth0's My Account API, a custom database, an OpenID Connect connection.
   *
   * @default "trusted"
   */
  rootPicture?: pulumi.Input<RootPictureMode>;
  /**
   * Where else identity providers keep pictures, for a `guarded` `rootPicture`: `https://host/` or `https://host/path/`.
   *
   * @default only the known ones
   * @example ["https://photos.example.org/"]
   */
  providerPicturePrefixes?: pulumi.Input<pulumi.Input<string>[]>;
  /**
   * Where the picture goes besides the ID token's `picture` claim.
   *
   * @default nowhere else
   * @example { idTokenClaim: "https://example.org/picture" }
   */
  mirrors?: pulumi.Input<PictureMirrorsArgs>;
  /**
   * The stack's bindings of `post-login` that this one is made after. Auth0 has no lock on a trigger: bindings that are
   * made at once overwrite each other. Components are chained by `dependsOn`: this one behind another that binds, and
   * what binds after this one behind it. Only a program can say it.
   *
   * @default none
   * @example [rolesBinding]
   */
  after?: TriggerAction[];
  /**
   * The program owns the login flow: every Action that this list leaves out is unbound. A preview refuses a list that
   * leaves out what is bound and what this program never bound. An Action that the program itself deploys keeps its own
   * binding beside the list, made before this component: the list binds it, that unbinds it when it goes. An empty list
   * is a flow of this Action alone. Plain, because it decides which resources there are; ids and names may be Outputs.
   *
   * @default a shared flow, in which the Action is added behind the others, which stay as they are
   * @example { actionsBefore: [{ actionId: "01234567-89ab-cdef-0123-456789abcdef", displayName: "Add roles" }] }
   */
  loginFlow?: LoginFlowArgs;
  /**
   * The id of an Action that exists, to take over: one that was made by hand, or by a run that was killed. It gets this
   * code and name and stays bound meanwhile. Not the id of a resource of the same stack, which Pulumi would then
   * delete. Remove it once it is applied: Pulumi looks for the Action again as soon as its state does not have it.
   * Plain, because Pulumi's `import` option is.
   *
   * @default a new Action
   * @example "01234567-89ab-cdef-0123-456789abcdef"
   */
  importActionId?: string;
}

/** A picture Action by itself: its options, and which users get which default picture. */
export interface PictureActionArgs extends PictureActionOptions {
  /**
   * The pictures of users who have none, as URLs: a file needs a `PictureStore`, whose outputs are URLs.
   *
   * @default none, so that a user without a picture keeps Auth0's
   * @example { general: { url: store.defaultPictureUrl } }
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
}

const name = passing(
  (given) => typeof given === "string" && given.trim() !== "",
  (given) => `${shown(given)} was given; name the Action as people shall read it in Auth0's dashboard.`,
);
const entry = matching(/./, "the path of a TypeScript or JavaScript file, relative to the program's folder");
const actionId = passing(
  (id) => typeof id === "string" && /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(id),
  (id) =>
    `${shown(id)} was given; an Action's id is a UUID. Auth0's dashboard shows it in the address of the Action's page.`,
);

const triggerAction = passing(
  (binding) => pulumi.Resource.isInstance(binding),
  () => "this is no auth0.TriggerAction, and only a program can give one.",
);

const mirrors = shape<PictureMirrorsArgs>({
  idTokenClaim: v.optional(input(mirrorNames.idTokenClaim)),
  accessTokenClaim: v.optional(input(mirrorNames.accessTokenClaim)),
  samlAttribute: v.optional(input(mirrorNames.samlAttribute)),
});

const optionSchemas = {
  name: v.optional(input(name)),
  entry: v.optional(entry),
  allowedUrlPrefixes: v.optional(input(urlPrefixes(input))),
  allowAnyHost: v.optional(input(trueOrFalse)),
  linkedIdentityPicture: v.optional(input(trueOrFalse)),
  rootPicture: v.optional(input(oneOf(RootPictureMode))),
  providerPicturePrefixes: v.optional(input(urlPrefixes(input))),
  mirrors: v.optional(input(mirrors)),
  after: v.optional(list(triggerAction, "a list of auth0.TriggerAction, which only a program can give")),
  loginFlow: v.optional(loginFlowSchema),
  importActionId: v.optional(actionId),
};

export const modeSchema = v.optional(input(oneOf(DefaultPictureMode)));

/** The Action's options, as another component takes them. */
export const actionOptionsSchema = shape<PictureActionOptions>(optionSchemas);

export const pictureActionSchema = shape<PictureActionArgs>({
  ...optionSchemas,
  defaultPictures: v.optional(defaultPicturesSchema),
  mode: modeSchema,
});
