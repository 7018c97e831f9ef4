// What stands behind a PictureAction's deployment: that the Action's live version is the declared one, that its
// name is free, that it is bound, and that a list which owns the login flow is complete. Auth0's provider compares
// drafts only, never deploys an unchanged draft again, and looks at a binding in a refresh only. Pulumi runs this
// module by the name `auth0-user-pictures/deployment-provider`, which stands in every state and never changes.
import { isDeepStrictEqual } from "node:util";
import type * as pulumi from "@pulumi/pulumi";
import type { Management, ManagementClient } from "auth0";
import { throwApiError } from "../auth0/api-error.ts";
import { sharedManagementApi } from "../auth0/management-client.ts";
import { printErrorsOnce } from "../auth0/printed-once.ts";
import type { Auth0ProviderConfig } from "../auth0/provider-settings.ts";
import { unknownValue } from "../dynamic-resource.ts";
import type { Implementation } from "../dynamic-resource.ts";
import { bindAgain, boundActions, checkFlow, needsBinding } from "./deployment-flow.ts";
import { getAction, liveSha256, makeLive, needsDeployment } from "./live-version.ts";

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
  printErrorsOnce();
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
      const isNotLive = await needsDeployment(client(), news, declared);
      return { changes: (await needsBinding(client(), olds, news)) || isNotLive || declared };
    },

    async create(inputs) {
      return { id: "deployment", outs: { ...inputs, versionId: await makeLive(client(), inputs) } };
    },

    async update(_id, olds, news) {
      const versionId = await makeLive(client(), news);
      await bindAgain(client(), olds, news);
      return { outs: { ...news, versionId } };
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
