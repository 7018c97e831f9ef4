// What stands behind a PictureAction's deployment: that the Action's live version is the declared one, that its name is free, and that a list
// which owns the login flow is complete. Auth0's provider compares drafts only, and never deploys an unchanged draft again.
// Pulumi runs this module by the name `auth0-user-pictures/deployment-provider`, which stands in every state: it stays for ever.
import { createHash } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { isDeepStrictEqual } from "node:util";
import type { Management, ManagementClient } from "auth0";
import { raiseApiError, statusOf, withoutStack } from "./api-error.ts";
import { openManagementApi } from "./management-client.ts";
import type { Auth0ProviderConfig } from "./management-client.ts";
import { unknownValue } from "./thin-provider.ts";
import type { Implementation } from "./thin-provider.ts";

export interface DeploymentInputs {
  actionId: string;
  actionName: string;
  /** Of the declared code, in hex. */
  codeSha256: string;
  /** The ids of the Actions in a list that owns the login flow, in order, this Action's own among them; absent where the flow is shared. */
  loginFlow?: string[];
}

/** `codeSha256` is the live version's. */
export interface DeploymentState extends DeploymentInputs {
  versionId: string;
}

export const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex");

export function actionDeploymentProvider(
  config: Auth0ProviderConfig,
  environment: NodeJS.ProcessEnv = process.env,
): Implementation<DeploymentInputs, DeploymentState> {
  let opened: ManagementClient | undefined;
  const client = () => (opened ??= openManagementApi(config, environment).client);

  return {
    async check(olds, news) {
      const failures = await Promise.all([nameFailure(client, olds, news), flowFailure(client, olds, news)]).catch(
        raiseApiError,
      );
      return { inputs: news, failures: failures.filter((failure) => failure !== undefined) };
    },

    // Another Action is an update too: in a replacement the old one's id would not be known any more.
    async diff(_id, olds, news) {
      const declared = !isDeepStrictEqual(declarationOf(olds), declarationOf(news));
      if (news.actionId === unknownValue || news.codeSha256 === unknownValue) return { changes: declared };
      return { changes: (await isHidden(client(), news)) || declared };
    },

    async create(inputs) {
      return { id: "deployment", outs: await makeLive(client(), inputs) };
    },

    async update(_id, _olds, news) {
      return { outs: await makeLive(client(), news) };
    },

    async read(id, props) {
      const action = props && (await getAction(client(), props.actionId).catch(raiseApiError));
      if (props === undefined || action === undefined) return { id: "" };
      const inputs = { ...declarationOf(props), codeSha256: liveSha256(action) };
      const state = { ...props, ...inputs, versionId: action.deployed_version?.id ?? "" };
      // Pulumi types a read's inputs as outputs.
      return { id, inputs: inputs as DeploymentState, props: state };
    },

    // The Action itself is another resource, and goes by it.
    delete: () => Promise.resolve(),
  };
}

/** Without what Pulumi adds to a dynamic resource's properties, such as the provider's text, which changes with its implementation. */
function declarationOf({ actionId, actionName, codeSha256, loginFlow }: DeploymentInputs): DeploymentInputs {
  return { actionId, actionName, codeSha256, ...(loginFlow && { loginFlow }) };
}

/** A name that somebody else's Action has, or one of this stack's that its state does not know: the provider would meet a 409. */
async function nameFailure(client: () => ManagementClient, olds: Partial<DeploymentInputs>, news: DeploymentInputs) {
  const { actionName } = news;
  if (actionName === unknownValue || (olds.actionName === actionName && news.actionId === olds.actionId))
    return undefined;
  const page = await client().actions.list({ actionName });
  const other = page.data.find(({ name, id }) => name === actionName && id !== news.actionId && id !== olds.actionId);
  if (other?.id === undefined) return undefined;
  return {
    property: "actionName",
    reason:
      `The tenant has an Action "${actionName}" already, ${other.id}, and a name is free only once. ` +
      `If a run that was interrupted made it, or somebody by hand, take it over: run "pulumi up --config adoptActionId=${other.id}" ` +
      `(of a PictureAction: adoptActionId). If this component was renamed, give it an alias: { aliases: [{ name: "its old name" }] }. ` +
      `If it is another's, choose another name.`,
  };
}

/** What a list that owns the flow would unbind, though this stack never had it: then the list is not complete. */
async function flowFailure(client: () => ManagementClient, olds: Partial<DeploymentInputs>, news: DeploymentInputs) {
  const { loginFlow } = news;
  if (loginFlow === undefined) return undefined;
  const listed = new Set([...loginFlow, ...(olds.loginFlow ?? []), news.actionId, olds.actionId]);
  const bound = await boundActions(client());
  const missing = bound.filter(({ action }) => !listed.has(action?.id));
  if (missing.length === 0) return undefined;
  const names = missing.map(({ display_name, action }) => `"${display_name ?? ""}" (${action?.id ?? ""})`).join(", ");
  return {
    property: "loginFlow",
    reason:
      `Bound to post-login, and not in the list: ${names}. A list that owns the login flow unbinds what it leaves out, so it must be complete. ` +
      `Add what is missing to actionsBefore or actionsAfter; unbind in Auth0 what is to go.`,
  };
}

async function boundActions(client: ManagementClient): Promise<Management.ActionBinding[]> {
  const found: Management.ActionBinding[] = [];
  // Auth0 has at most 20 Actions in a trigger (Auth0 docs, "Actions Limitations").
  for await (const binding of await client.actions.triggers.bindings.list("post-login", { per_page: 50 }))
    found.push(binding);
  return found;
}

/**
 * Whether something else is live than what is declared. Where the draft is as declared, no preview of the Action shows it, so it is said: a
 * deployment failed and a refresh followed, or somebody deployed another version. The draft of an Action that is being changed is not.
 */
async function isHidden(client: ManagementClient, { actionId, actionName, codeSha256 }: DeploymentInputs) {
  const action = await getAction(client, actionId).catch(raiseApiError);
  if (action === undefined || liveSha256(action) === codeSha256) return false;
  if (sha256(action.code ?? "") === codeSha256)
    console.info(
      `The live version of the Action "${actionName}" is not the declared one, though its draft is: ` +
        `a deployment has failed, or another version was deployed by hand. "pulumi up" makes the declared one live.`,
    );
  return true;
}

/** Deploys a draft that is as declared, if it is not live, and waits until it is. @throws Error that says who is to do what */
export async function makeLive(client: ManagementClient, inputs: DeploymentInputs): Promise<DeploymentState> {
  const deadline = Date.now() + 6 * 60_000;
  const once = { deploy: true, rebuild: true };
  for (let gap = 100; ; gap = Math.min(gap * 2, 5000)) {
    const action = await getAction(client, inputs.actionId).catch(raiseApiError);
    if (action === undefined)
      throw withoutStack(`The Action "${inputs.actionName}" does not exist any more. Run "pulumi up --refresh".`);
    if (liveSha256(action) === inputs.codeSha256) return { ...inputs, versionId: action.deployed_version?.id ?? "" };
    if (sha256(action.code ?? "") !== inputs.codeSha256)
      throw withoutStack(
        `Somebody changed the code of the Action "${inputs.actionName}" in Auth0, and what is live is not what the program declares. ` +
          `Run "pulumi up --refresh", which shows the difference and deploys the declared code.`,
      );
    if (action.status === "failed") {
      // A write of the same code begins a new build.
      if (!once.rebuild) throw withoutStack(`Auth0 could not build the Action "${inputs.actionName}". Run "pulumi up" again.`); // prettier-ignore
      once.rebuild = false;
      await client.actions.update(inputs.actionId, { code: action.code ?? "" }).catch(raiseApiError);
    } else if (action.status === "built" && once.deploy && action.all_changes_deployed !== true) {
      once.deploy = false;
      await client.actions.deploy(inputs.actionId).catch(raiseApiError);
    }
    if (Date.now() > deadline)
      throw withoutStack(
        `Auth0 did not deploy the Action "${inputs.actionName}" within 6 minutes; its status is ${action.status ?? "unknown"}. Run "pulumi up" again.`,
      );
    await sleep(gap);
  }
}

function getAction(client: ManagementClient, id: string): Promise<Management.Action | undefined> {
  return Promise.resolve(client.actions.get(id)).catch((error: unknown) => {
    if (statusOf(error) === 404) return undefined;
    throw error;
  });
}

/** Empty where no version is live. */
function liveSha256({ deployed_version }: Management.Action): string {
  return deployed_version?.code === undefined ? "" : sha256(deployed_version.code);
}
