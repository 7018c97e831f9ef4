// The component that puts the right picture into every login's ID token: the post-login Action and its trigger binding.
import * as auth0 from "@pulumi/auth0";
import * as pulumi from "@pulumi/pulumi";
import { bundleAction } from "../../actions/bundle/bundle.ts";
import { pictureSettingsFaults } from "../../actions/bundle/picture-settings.ts";
import { DefaultPictureMode } from "../../actions/user-picture/picture.ts";
import type { PictureSettings } from "../../actions/user-picture/picture.ts";
import { ActionDeployment, sha256 } from "./deployment.ts";
import { closedSetFaults, isNotKnownYet, raiseFaults } from "../validation.ts";
import { flowWith, loginFlowFaults, newLoginFlow } from "./login-flow.ts";
import type { LoginFlowArgs } from "./login-flow.ts";

/** Copies of the picture that the Action chose. A login in which it chose none (Auth0's own claim stands) has no copies. */
export interface PictureMirrorsArgs {
  /** A namespaced claim of the ID token, e.g. `https://example.org/picture`, for clients that do not ask for the `profile` scope. */
  idTokenClaim?: string;
  /** A claim of the access token: `picture`, which Auth0 strips without the `profile` scope, or a namespaced one. */
  accessTokenClaim?: string;
  /** An attribute of the response to SAML and WS-Federation logins, e.g. `http://schemas.auth0.com/picture`. */
  samlAttribute?: string;
}

/** Which picture the Action shows, and where. */
export interface PictureActionOptions {
  /** Which users get the default picture. @default "generated" */
  defaultPictureMode?: DefaultPictureMode;
  /** Users' own pictures may come from any https host: any user can then make others' browsers call any host. @default false */
  allowAnyHost?: boolean;
  /**
   * Use the first linked identity's picture that is https and that Auth0 did not generate, for users who set none themselves, before the default
   * picture. It comes from any host: its identity provider gave it, not the user. @default false
   */
  linkedIdentityPicture?: boolean;
  /** Where the picture goes besides the ID token's `picture` claim. @default nowhere else */
  mirrors?: PictureMirrorsArgs;
  /**
   * The stack's bindings of `post-login` that this one is made after. Auth0 has no lock on a trigger: bindings that are made at once overwrite
   * each other. What binds after this one has `dependsOn` this component. @default none
   */
  after?: auth0.TriggerAction[];
  /**
   * The program owns the login flow: every Action that this list leaves out is unbound. A preview refuses a list that leaves out what is bound
   * and what this program never bound. An Action that the program itself deploys keeps its own `auth0.TriggerAction` beside the list, in `after`:
   * the list binds it, that unbinds it when it goes. `{}` is a flow of this Action alone.
   * @default the flow is shared: the Action is added behind the others, which stay as they are
   */
  loginFlow?: LoginFlowArgs;
  /**
   * The id of an Action that exists, to take over: one that was made by hand, or by a run that was killed. It gets this code and name and stays bound
   * meanwhile. Not the id of a resource of the same stack, which Pulumi would then delete. Remove it once it is applied: Pulumi looks for the
   * Action again as soon as its state does not have it. @default a new Action
   */
  adoptActionId?: string;
}

export interface PictureActionArgs extends PictureActionOptions {
  /** The Action's name, which people read in Auth0's dashboard; one tenant has each name once. @default "User picture" */
  name?: string;
  /**
   * An Action of your own, a TypeScript or JavaScript file relative to the program's folder: an ES module that exports `onExecutePostLogin`.
   * It may import `auth0-user-pictures/action`, and finds the settings in the global `PICTURE_SETTINGS`. @default this package's Action
   */
  entry?: string;
  /**
   * Where users' own pictures (`user_metadata.picture`) may come from: `https://host/` or `https://host/path/`. Users write their own
   * metadata, so name a host that serves pictures only, never an application's.
   */
  allowedUrlPrefixes: pulumi.Input<string>[];
  /** The default picture: an https URL. @default none: a user without a picture keeps Auth0's */
  defaultPictureUrl?: pulumi.Input<string>;
  /** The default picture of logins through a connection, by its name, instead of `defaultPictureUrl`. @default none of its own */
  connectionDefaultPictureUrls?: Record<string, pulumi.Input<string>>;
  /** The default picture of logins to an organization, by its name: it comes before the connection's. @default none of its own */
  organizationDefaultPictureUrls?: Record<string, pulumi.Input<string>>;
}

const defaultName = "User picture";

/** Stands for a URL that the engine does not know yet, so that the rest can be checked and bundled at preview. */
const notKnownYet = { prefix: "https://not-known-yet.example/", picture: "https://not-known-yet.example/picture.png" };

/** Every fault of the arguments, the Action's source included; none for good ones. URLs that are not known yet are not looked at. */
export function pictureActionFaults(args: PictureActionArgs): string[] {
  const { defaultPictureMode, ...others } = args;
  const modeFaults = closedSetFaults("defaultPictureMode", defaultPictureMode, DefaultPictureMode);
  const prefixes: unknown = args.allowedUrlPrefixes;
  const knownUrls = (urls: Record<string, unknown> = {}) =>
    Object.fromEntries(Object.entries(urls).map(([name, url]) => [name, known(url, notKnownYet.picture)]));
  const settings = settingsOf(modeFaults.length > 0 ? others : args, {
    prefixes: Array.isArray(prefixes) ? prefixes.map((prefix) => known(prefix, notKnownYet.prefix)) : prefixes,
    general: known(args.defaultPictureUrl, notKnownYet.picture),
    byConnection: knownUrls(args.connectionDefaultPictureUrls),
    byOrganization: knownUrls(args.organizationDefaultPictureUrls),
  } as KnownUrls);
  // The arguments are flat; the Action's settings are not.
  const settingsFaults = pictureSettingsFaults(settings).map((fault) =>
    fault
      .replace(/^defaultPicture\.url/, "defaultPictureUrl")
      .replace(/^defaultPicture\.byConnection/, "connectionDefaultPictureUrls")
      .replace(/^defaultPicture\.byOrganization/, "organizationDefaultPictureUrls"),
  );
  return [
    ...nameFaults(args.name),
    ...modeFaults,
    ...generalFaults(args),
    ...settingsFaults,
    ...bundleFaults(settings, args.entry),
    ...adoptFaults(args.adoptActionId),
    ...loginFlowFaults(args.loginFlow),
  ];
}

/** Who has no default picture of their own still needs one. */
function generalFaults(args: PictureActionArgs): string[] {
  if (args.defaultPictureUrl !== undefined) return [];
  return (["connectionDefaultPictureUrls", "organizationDefaultPictureUrls"] as const)
    .filter((setting) => Object.keys(args[setting] ?? {}).length > 0)
    .map((setting) => `${setting}: there is no general default picture beside them; set defaultPictureUrl too.`);
}

function nameFaults(name: unknown): string[] {
  if (name === undefined || (typeof name === "string" && name.trim() !== "")) return [];
  return [`name: ${JSON.stringify(name)} was given; name the Action as people shall read it in Auth0's dashboard.`];
}

function adoptFaults(id: unknown): string[] {
  if (id === undefined || (typeof id === "string" && /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(id)))
    return [];
  return [
    `adoptActionId: ${JSON.stringify(id)} was given; an Action's id is a UUID. Auth0's dashboard shows it in the address of the Action's page.`,
  ];
}

/** An input's value, or the placeholder for one that only the engine will know. */
function known(input: unknown, placeholder: string): unknown {
  return isNotKnownYet(input) ? placeholder : input;
}

/**
 * The post-login Action, bundled from TypeScript with its settings compiled in, deployed, and bound beside the tenant's other Actions.
 * The binding is an unlocked read-modify-write in Auth0, so a stack makes one at a time: see `after`.
 * Other Actions that set the `picture` claim after this one win.
 *
 * A deployment that failed and was hidden by a refresh, or that somebody made by hand, is named in a preview and mended by an update: by the stack's own
 * auth0 settings, so not where an auth0 provider is given explicitly.
 */
export class PictureAction extends pulumi.ComponentResource {
  readonly actionId: pulumi.Output<string>;
  /** The live version. */
  readonly versionId: pulumi.Output<string>;

  /** @throws pulumi.RunError with every bad argument, before anything is registered; an auth0 provider's, before anything but the component. */
  constructor(name: string, args: PictureActionArgs, opts?: pulumi.ComponentResourceOptions) {
    super(
      "auth0-user-pictures:index:PictureAction",
      name,
      raiseFaults(`PictureAction "${name}"`, args, pictureActionFaults),
      opts,
    );
    raiseFaults(`PictureAction "${name}"`, args, (args) => flowTenantFaults(this, args));
    const displayName = args.name ?? defaultName;
    const code = actionCode(args);

    const action = new auth0.Action(
      `${name}-action`,
      {
        name: displayName,
        code,
        runtime: "node22",
        supportedTriggers: { id: "post-login", version: "v3" },
        deploy: true,
      },
      {
        parent: this,
        // A tenant has each Action's name once, and the flow never two of this component's Actions.
        deleteBeforeReplace: true,
        ...(args.adoptActionId !== undefined && { import: args.adoptActionId }),
      },
    );
    const binding = new auth0.TriggerAction(
      `${name}-binding`,
      { trigger: "post-login", actionId: action.id, displayName },
      { parent: this, deleteBeforeReplace: true, dependsOn: args.after ?? [] },
    );
    const deployment = isOfStacksTenant(this)
      ? deploy(name, { action, binding, displayName, code, loginFlow: args.loginFlow }, this)
      : undefined;

    this.actionId = action.id;
    this.versionId = deployment?.versionId ?? action.versionId;
    this.registerOutputs({ actionId: this.actionId, versionId: this.versionId });
  }
}

/** What is live is asked by the stack's own settings, which say nothing of the tenant of a provider that was given explicitly. */
const isOfStacksTenant = (component: pulumi.ComponentResource) =>
  component.getProvider("auth0:index/action:Action") === undefined;

export function flowTenantFaults(component: pulumi.ComponentResource, { loginFlow }: PictureActionOptions): string[] {
  if (loginFlow === undefined || isOfStacksTenant(component)) return [];
  return [
    "loginFlow: with an auth0 provider of its own nobody can see whether the list is complete. Use the stack's own auth0 settings, or leave it out.",
  ];
}

interface DeployArgs {
  action: auth0.Action;
  binding: auth0.TriggerAction;
  displayName: string;
  code: pulumi.Output<string>;
  loginFlow: LoginFlowArgs | undefined;
}

/** What the provider's own resources do not do: make live what is declared, and own a flow. */
function deploy(
  name: string,
  { action, binding, displayName, code, loginFlow }: DeployArgs,
  parent: pulumi.Resource,
): ActionDeployment {
  const flow = loginFlow && flowWith({ actionId: action.id, displayName }, loginFlow);
  const deployment = new ActionDeployment(
    `${name}-deployment`,
    {
      actionId: action.id,
      actionName: displayName,
      codeSha256: code.apply(sha256),
      ...(flow && { loginFlow: flow.map(({ actionId }) => actionId) }),
    },
    { parent, dependsOn: binding },
  );
  if (flow) newLoginFlow(`${name}-login-flow`, flow, { parent, dependsOn: deployment });
  return deployment;
}

/** The URLs of an Action's settings, once the engine knows them. */
interface KnownUrls {
  readonly prefixes: readonly string[];
  /** The general default picture's. */
  readonly general: string | undefined;
  readonly byConnection: Readonly<Record<string, string>>;
  readonly byOrganization: Readonly<Record<string, string>>;
}

/** The Action's code; unknown at preview as long as one of its URLs is. */
export function actionCode(args: PictureActionArgs): pulumi.Output<string> {
  return pulumi
    .output({
      prefixes: args.allowedUrlPrefixes,
      general: args.defaultPictureUrl,
      byConnection: args.connectionDefaultPictureUrls ?? {},
      byOrganization: args.organizationDefaultPictureUrls ?? {},
    })
    .apply((urls) => knownCode(args, urls));
}

/** @throws pulumi.RunError for a bad URL that another resource gave: only now is it known. */
export function knownCode(options: PictureActionArgs, urls: KnownUrls): string {
  const settings = settingsOf(options, urls);
  return bundleAction(raiseFaults("The Action's code", settings, pictureSettingsFaults), { entry: options.entry });
}

function settingsOf(
  { defaultPictureMode, allowAnyHost, linkedIdentityPicture, mirrors }: PictureActionOptions,
  { prefixes, general, byConnection, byOrganization }: KnownUrls,
): PictureSettings {
  return {
    allowedUrlPrefixes: prefixes,
    allowAnyHost: allowAnyHost ?? null,
    linkedIdentityPicture: linkedIdentityPicture ?? null,
    mirrors: mirrors ?? null,
    defaultPicture:
      general === undefined
        ? null
        : { url: general, mode: defaultPictureMode ?? DefaultPictureMode.Generated, byConnection, byOrganization },
  };
}

function bundleFaults(settings: PictureSettings, entry: string | undefined): string[] {
  try {
    bundleAction(settings, { entry });
    return [];
  } catch (error) {
    const { message } = error as Error;
    return [entry === undefined ? message : `entry: ${message}`];
  }
}
