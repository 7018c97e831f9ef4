// The component that puts the right picture into every login's ID token: the post-login Action and its trigger binding.
import { Action } from "@pulumi/auth0/action.js";
import { TriggerAction } from "@pulumi/auth0/triggerAction.js";
import * as pulumi from "@pulumi/pulumi";
import type { BundledAction } from "../../actions/bundle/bundle.ts";
import type { Refusal } from "../../actions/bundle/schema.ts";
import { sha256 } from "../../actions/bundle/sha256.ts";
import { holdTenant } from "../children-tenant.ts";
import type { OutputsOf } from "../component-outputs.ts";
import { filesWithoutStore, validateFallbackUrls } from "../default-picture-args.ts";
import { claim, claimedInput } from "../one-owner.ts";
import { actionNamed, postLoginFlow, watchProgram } from "../program-resources.ts";
import { settingsProvider } from "../settings-provider.ts";
import { assertNoRefusals, checkedWhenKnown, shapeRefusals, validOrThrow } from "../validation.ts";
import type { Validation } from "../validation.ts";
import { actionCode, bundleOrRefuse } from "./action-code.ts";
import { ActionDeployment } from "./deployment.ts";
import { flowWith, newLoginFlow } from "./login-flow.ts";
import type { LoginFlowArgs } from "./login-flow.ts";
import { pictureActionSchema } from "./options.ts";
import type { PictureActionArgs } from "./options.ts";

const defaultName = "User picture";

/** Arguments of an Action without refusals, and its source, which has been bundled. */
export interface ValidPictureAction {
  readonly args: PictureActionArgs;
  readonly source: BundledAction;
}

export function validatePictureAction(subject: string, args: PictureActionArgs): Validation<ValidPictureAction> {
  const bundled = bundleOrRefuse(args.entry);
  return {
    refusals: [
      ...shapeRefusals(pictureActionSchema, args),
      ...filesWithoutStore(args.defaultPictures, "a PictureAction has none"),
      ...validateFallbackUrls(args.defaultPictures, args.mode),
      ...("message" in bundled ? [bundled] : []),
    ],
    valid: () => ({
      args: checkedWhenKnown(subject, pictureActionSchema, args),
      source: bundled as BundledAction,
    }),
  };
}

/**
 * The post-login Action, bundled from TypeScript with its settings compiled in, deployed, and bound beside the tenant's
 * other Actions. The binding is an unlocked read-modify-write in Auth0, so a stack makes one at a time: what binds to
 * `post-login` before this component is in its resource option `dependsOn`, and what binds after it depends on it.
 * Other Actions that set the `picture` claim after this one win.
 *
 * A deployment that failed and was hidden by a refresh, or that somebody made by hand, is named in a preview and mended
 * by an update: by the stack's own auth0 settings, so not where an auth0 provider is given explicitly. There the
 * provider itself, from 3.55 on, replaces an Action whose build a refresh has seen to fail: it moves to the flow's end.
 *
 * @example
 * const store = new PictureStore("pictures", { defaultPictures: { general: { file: "default-picture.png" } } });
 * const action = new PictureAction("picture-action", {
 *   allowedUrlPrefixes: [pulumi.interpolate`${store.baseUrl}u/`],
 *   defaultPictures: { general: { url: store.defaultPictureUrl } },
 * });
 */
export class PictureAction extends pulumi.ComponentResource {
  /** The Action's id. */
  declare readonly actionId: pulumi.Output<string>;
  /** The id of the Action's live version. */
  declare readonly versionId: pulumi.Output<string>;

  /**
   * @throws pulumi.RunError with every bad argument, before anything is registered; an auth0 provider's, before
   * anything
   *   but the component
   */
  constructor(name: string, args: PictureActionArgs, opts?: pulumi.ComponentResourceOptions) {
    const { args: options, source } = validOrThrow(`PictureAction "${name}"`, args, validatePictureAction);
    super("auth0-user-pictures:index:PictureAction", name, args, opts);
    const flowRefusals = validateFlowTenant(this, options.loginFlow, ["loginFlow"]);
    assertNoRefusals(`PictureAction "${name}" cannot be created:`, flowRefusals);
    holdTenant(this, `PictureAction "${name}"`);
    const { importActionId, loginFlow } = options;
    const displayName = claimFor(this, name, options);
    const code = actionCode(source, options);

    const action = new Action(
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
        // From 3.55 on, the provider replaces an Action whose build has failed, and so moves it to the flow's end. The
        // deployment builds it again in its place.
        ...(isOfStacksTenant(this) && { ignoreChanges: ["status"] }),
        ...(importActionId !== undefined && { import: importActionId }),
      },
    );
    const binding = new TriggerAction(
      `${name}-binding`,
      { trigger: "post-login", actionId: action.id, displayName },
      { parent: this, deleteBeforeReplace: true, dependsOn: options.after ?? [] },
    );
    const deployment = isOfStacksTenant(this)
      ? deploy(name, { action, binding, displayName, code, loginFlow }, this)
      : undefined;

    const outputs: OutputsOf<PictureAction> = {
      actionId: action.id,
      versionId: deployment?.versionId ?? action.versionId,
    };
    Object.assign(this, outputs);
    this.registerOutputs(outputs);
  }
}

/**
 * A second Action of the name would be refused half-way (409), and a second list of the flow would unbind the first
 * one's Action. Returns the Action's name.
 */
function claimFor(owner: PictureAction, name: string, options: PictureActionArgs): pulumi.Input<string> {
  watchProgram();
  const tenant = owner.getProvider("auth0:index/action:Action");
  const common = { owner, subject: `PictureAction "${name}"`, tenant };
  if (options.loginFlow !== undefined) claim({ ...common, path: ["loginFlow"], ...postLoginFlow });
  return claimedInput(options.name ?? defaultName, (known) => ({ ...common, path: ["name"], ...actionNamed(known) }));
}

/**
 * What is live is asked by the stack's own settings, which say nothing of the tenant of a provider that was given
 * explicitly.
 */
const isOfStacksTenant = (component: pulumi.ComponentResource) =>
  component.getProvider("auth0:index/action:Action") === undefined;

/** @param path where the flow was said */
export function validateFlowTenant(
  component: pulumi.ComponentResource,
  loginFlow: LoginFlowArgs | undefined,
  path: Refusal["path"],
): Refusal[] {
  if (loginFlow === undefined || isOfStacksTenant(component)) return [];
  const message =
    "with an auth0 provider of its own nothing can tell whether the list is complete. Use the stack's own auth0 " +
    "settings, or leave it out.";
  return [{ path, message }];
}

interface DeployArgs {
  action: Action;
  binding: TriggerAction;
  displayName: pulumi.Input<string>;
  code: pulumi.Output<string>;
  loginFlow: LoginFlowArgs | undefined;
}

/** What the provider's own resources do not do: make live what is declared, and own a flow. */
function deploy(
  name: string,
  { action, binding, displayName, code, loginFlow }: DeployArgs,
  parent: PictureAction,
): ActionDeployment {
  const flow = loginFlow && flowWith({ actionId: action.id, displayName }, loginFlow);
  const provider = settingsProvider(parent, name);
  const deployment = new ActionDeployment(
    `${name}-deployment`,
    {
      actionId: action.id,
      actionName: displayName,
      codeSha256: code.apply(sha256),
      ...(flow && { loginFlow: flow.map(({ actionId }) => actionId) }),
    },
    { parent, dependsOn: binding, ...(provider && { provider }) },
  );
  if (flow) newLoginFlow(`${name}-login-flow`, flow, { parent, dependsOn: deployment });
  return deployment;
}
