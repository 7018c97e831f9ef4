// An Action's live version: whether it is the declared one, and how it becomes that.
import { setTimeout as sleep } from "node:timers/promises";
import type { Management, ManagementClient } from "auth0";
import { sha256 } from "../../actions/bundle/sha256.ts";
import { throwApiError, unlessGone, withoutStack } from "../auth0/api-error.ts";

/** What a deployment declares. */
export interface DeclaredVersion {
  readonly actionId: string;
  readonly actionName: string;
  /** Of the declared code, in hex. */
  readonly codeSha256: string;
}

/**
 * Whether something else is live than what is declared. Where the draft is as declared, the preview of the Action
 * does not show it, so it is logged: a deployment failed and a refresh followed, or somebody deployed another
 * version. Nothing is logged for a deployment that is on its way (`all_changes_deployed`): the update waits for it.
 *
 * @param declared whether the declaration changes, and so the Action's own draft, by this run
 * @throws Error where no resource of the program would mend it
 */
export async function needsDeployment(
  client: ManagementClient,
  news: DeclaredVersion,
  declared: boolean,
): Promise<boolean> {
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
export async function makeLive(client: ManagementClient, inputs: DeclaredVersion): Promise<string> {
  const { actionId, actionName, codeSha256 } = inputs;
  const start = Date.now();
  const once = { deploy: true, rebuild: true };
  for (let gap = 100; ; gap = Math.min(gap * 2, 5000)) {
    const action = await getAction(client, actionId).catch(throwApiError);
    if (action === undefined) throw withoutStack(gone(actionName));
    if (liveSha256(action) === codeSha256) return action.deployed_version?.id ?? "";
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

export const getAction = (client: ManagementClient, id: string): Promise<Management.Action | undefined> =>
  unlessGone(client.actions.get(id));

/** Empty where no version is live. */
export function liveSha256({ deployed_version }: Management.Action): string {
  return deployed_version?.code === undefined ? "" : sha256(deployed_version.code);
}
