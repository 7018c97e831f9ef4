// What stands behind a PictureAction's deployment: that the Action's live version is the declared one, that its
// name is free, and that a list which owns the login flow is complete. Auth0's provider compares drafts only, and
// never deploys an unchanged draft again. Pulumi runs this module by the name
// `auth0-user-pictures/deployment-provider`, which stands in every state and never changes.
import { setTimeout as sleep } from "node:timers/promises";
import { isDeepStrictEqual } from "node:util";
import type * as pulumi from "@pulumi/pulumi";
import type { Management, ManagementClient } from "auth0";
import { sha256 } from "../../actions/bundle/sha256.ts";
import { throwApiError, unlessGone, withoutStack } from "../auth0/api-error.ts";
import { sharedManagementApi } from "../auth0/management-client.ts";
import type { Auth0ProviderConfig } from "../auth0/provider-settings.ts";
import { unknownValue } from "../dynamic-resource.ts";
import type { Implementation } from "../dynamic-resource.ts";

export interface DeploymentInputs {
  actionId: string;
  actionName: string;
  /** Of the declared code, in hex. */
  codeSha256: string;
  /**
   * The ids of the Actions in a list that owns the login flow, in order, this Action's own among them; absent where
   * the flow is shared.
   */
  loginFlow?: string[];
  /**
   * What is in that list, or is bound and has ever been in it. `check` keeps it, so that a list which could not be
   * written can still let go of it.
   */
  everListed?: string[];
}

/** `codeSha256` is the live version's. */
export interface DeploymentState extends DeploymentInputs {
  versionId: string;
}

export function actionDeploymentProvider(
  config: Auth0ProviderConfig,
  environment: NodeJS.ProcessEnv = process.env,
): Implementation<DeploymentInputs, DeploymentState> {
  const client = () => sharedManagementApi(config, environment).client;

  return {
    async check(olds, news) {
      let asked: ReturnType<typeof boundActions> | undefined;
      const listBound = () => (asked ??= boundActions(client()));
      const ask = async (): Promise<pulumi.dynamic.CheckResult<DeploymentInputs>> => {
        const name = await nameFailures(client, listBound, olds, news);
        const flow = await checkFlow(listBound, olds, news);
        return { inputs: { ...news, ...flow.inputs }, failures: [...name, ...flow.failures] };
      };
      return ask().catch(throwApiError);
    },

    // Another Action is an update too: in a replacement the old one's id would not be known any more.
    async diff(_id, olds, news) {
      const declared = !isDeepStrictEqual(declarationOf(olds), declarationOf(news));
      if (news.actionId === unknownValue || news.codeSha256 === unknownValue) return { changes: declared };
      return { changes: (await needsDeployment(client(), news, declared)) || declared };
    },

    async create(inputs) {
      return { id: "deployment", outs: await makeLive(client(), inputs) };
    },

    async update(_id, _olds, news) {
      return { outs: await makeLive(client(), news) };
    },

    async read(id, props) {
      const action = props && (await getAction(client(), props.actionId).catch(throwApiError));
      if (props === undefined || action === undefined) return { id: "" };
      const { loginFlow, everListed } = props;
      const bound =
        loginFlow && (await boundActions(client()).catch(throwApiError)).map(({ action }) => action?.id ?? "");
      const inputs: DeploymentInputs = {
        ...declarationOf(props),
        codeSha256: liveSha256(action),
        ...(bound && { loginFlow: bound }),
        ...(everListed && { everListed }),
      };
      const state = { ...props, ...inputs, versionId: action.deployed_version?.id ?? "" };
      // Pulumi types a read's inputs as outputs.
      return { id, inputs: inputs as DeploymentState, props: state };
    },

    // The Action itself is another resource, which deletes it.
    delete: () => Promise.resolve(),
  };
}

/**
 * Without what Pulumi adds to a dynamic resource's properties, such as the provider's text, which changes with its
 * implementation.
 */
function declarationOf({ actionId, actionName, codeSha256, loginFlow }: DeploymentInputs): DeploymentInputs {
  return { actionId, actionName, codeSha256, ...(loginFlow && { loginFlow }) };
}

/**
 * A name that another Action has; the provider would meet a 409. (terraform-provider-auth0 never takes an Action
 * over. That Auth0 takes each name once is assumed by auth0-deploy-cli too, which binds by name.)
 */
async function nameFailures(
  client: () => ManagementClient,
  listBound: () => Promise<readonly Management.ActionBinding[]>,
  olds: Partial<DeploymentInputs>,
  news: DeploymentInputs,
): Promise<pulumi.dynamic.CheckFailure[]> {
  const { actionName } = news;
  if (actionName === unknownValue || (olds.actionName === actionName && news.actionId === olds.actionId)) return [];
  const page = await client().actions.list({ actionName });
  const other = page.data.find(({ name, id }) => name === actionName && id !== news.actionId && id !== olds.actionId);
  if (other?.id === undefined) return [];
  const isBound = (await listBound()).some(({ action }) => action?.id === other.id);
  // What a run that was killed has left behind is not bound yet: the binding comes after the state knows the
  // Action.
  const isDeployed = isBound && (other.code ?? "").includes(madeByUs);
  const advice = isDeployed
    ? `It is one of auth0-user-pictures, and bound: this stack's under another name, or another stack's.`
    : `If a run that was interrupted made it, or somebody by hand, take it over: ` +
      `"pulumi up --config-path --config action.importActionId=${other.id}", ` +
      `or importActionId: "${other.id}" of the PictureAction, and remove the setting afterwards. ` +
      `Not if a resource of this stack already is this Action: Pulumi would then delete it.`;
  return [
    {
      property: "actionName",
      reason: [
        `The tenant has an Action "${actionName}" already, ${other.id}.`,
        advice,
        `If the component was renamed, give it an alias: { aliases: [{ name: "its old name" }] }.`,
        `If the Action is another's, choose another name; if another of this program gives the name up, ` +
          `let it do so in a run of its own.`,
      ].join("\n    "),
    },
  ];
}

/** In the header of every bundle. */
const madeByUs = "Made by auth0-user-pictures";

/**
 * What a list would unbind though this program never bound it: then the list is not complete. A list that stays as
 * it is gets the same check: whether it is written again, after a rename or a run that was interrupted, is not
 * known here.
 */
async function checkFlow(
  listBound: () => Promise<readonly Management.ActionBinding[]>,
  olds: Partial<DeploymentInputs>,
  { loginFlow }: DeploymentInputs,
): Promise<{ inputs: Pick<DeploymentInputs, "everListed">; failures: pulumi.dynamic.CheckFailure[] }> {
  if (loginFlow === undefined) return { inputs: {}, failures: [] };
  const bound = await listBound();
  const listed = new Set([...loginFlow, ...(olds.everListed ?? []), ...(olds.actionId ? [olds.actionId] : [])]);
  const stillBound = bound.map(({ action }) => action?.id ?? "").filter((id) => listed.has(id));
  const everListed = [...new Set([...stillBound, ...loginFlow.filter((id) => id !== unknownValue)])];
  const missing = bound.filter(({ action }) => !listed.has(action?.id ?? ""));
  if (missing.length === 0) return { inputs: { everListed }, failures: [] };

  const names = missing.map(({ display_name, action }) => `"${display_name ?? ""}" (${action?.id ?? ""})`).join(", ");
  const reason =
    `Bound to post-login, and not in the list: ${names}. A list that owns the login flow unbinds what it leaves out, ` +
    `so it must be complete. Add it to actionsBefore or actionsAfter, with this name and id, or unbind it in Auth0.`;
  return { inputs: { everListed }, failures: [{ property: "loginFlow", reason }] };
}

async function boundActions(client: ManagementClient): Promise<Management.ActionBinding[]> {
  const found: Management.ActionBinding[] = [];
  // Auth0 has at most 20 Actions in a trigger (Auth0 docs, "Actions Limitations").
  for await (const binding of await client.actions.triggers.bindings.list("post-login", { per_page: 50 }))
    found.push(binding);
  return found;
}

/**
 * Whether something else is live than what is declared. Where the draft is as declared, the preview of the Action
 * does not show it, so it is logged: a deployment failed and a refresh followed, or somebody deployed another
 * version. Nothing is logged for a deployment that is on its way (`all_changes_deployed`): the update waits for it.
 *
 * @param declared whether the declaration changes, and so the Action's own draft, by this run
 * @throws Error where no resource of the program would mend it
 */
async function needsDeployment(client: ManagementClient, news: DeploymentInputs, declared: boolean): Promise<boolean> {
  const { actionId, actionName, codeSha256 } = news;
  const action = await getAction(client, actionId).catch(throwApiError);
  if (action === undefined) throw withoutStack(gone(actionName));
  if (liveSha256(action) === codeSha256) return false;
  const isDraft = sha256(action.code ?? "") === codeSha256;
  if (!isDraft && !declared) throw withoutStack(changedByHand(actionName));
  if (isDraft && action.all_changes_deployed !== true)
    console.info(
      `The live version of the Action "${actionName}" is not the declared one, though its draft is: ` +
        `a deployment has failed, or another version was deployed by hand. "pulumi up" makes the declared one live.`,
    );
  return true;
}

const gone = (name: string) =>
  `The Action "${name}" does not exist any more. Run "pulumi up --refresh", which makes it anew.`;

const changedByHand = (name: string) =>
  `Somebody changed the code of the Action "${name}" in Auth0, and what is live is not what the program declares. ` +
  `Run "pulumi up --refresh", which shows the difference and deploys the declared code.`;

/** How long to wait for a deployment that Auth0 says it has made, before it is asked for again. */
const patience = 30_000;

/**
 * Deploys a draft that is as declared, if it is not live, and waits until it is.
 *
 * @throws Error that says who is to do what
 */
export async function makeLive(client: ManagementClient, inputs: DeploymentInputs): Promise<DeploymentState> {
  const { actionId, actionName, codeSha256 } = inputs;
  const start = Date.now();
  const once = { deploy: true, rebuild: true };
  for (let gap = 100; ; gap = Math.min(gap * 2, 5000)) {
    const action = await getAction(client, actionId).catch(throwApiError);
    if (action === undefined) throw withoutStack(gone(actionName));
    if (liveSha256(action) === codeSha256) return { ...inputs, versionId: action.deployed_version?.id ?? "" };
    if (sha256(action.code ?? "") !== codeSha256) throw withoutStack(changedByHand(actionName));
    const waited = Date.now() - start;
    if (action.status === "failed") {
      // "PATCH on a built action resets to pending": a write of the same code begins a new build.
      if (!once.rebuild) throw withoutStack(`Auth0 could not build the Action "${actionName}". Run "pulumi up" again.`);
      once.rebuild = false;
      await client.actions.update(actionId, { code: action.code ?? "" }).catch(throwApiError);
    } else if (
      action.status === "built" &&
      once.deploy &&
      (action.all_changes_deployed !== true || waited > patience)
    ) {
      once.deploy = false;
      await client.actions.deploy(actionId).catch(throwApiError);
    }
    if (waited > 6 * 60_000)
      throw withoutStack(
        `Auth0 did not deploy the Action "${actionName}" within 6 minutes; its status is ` +
          `${action.status ?? "unknown"}. Run "pulumi up" again.`,
      );
    await sleep(gap);
  }
}

const getAction = (client: ManagementClient, id: string): Promise<Management.Action | undefined> =>
  unlessGone(client.actions.get(id));

/** Empty where no version is live. */
function liveSha256({ deployed_version }: Management.Action): string {
  return deployed_version?.code === undefined ? "" : sha256(deployed_version.code);
}
