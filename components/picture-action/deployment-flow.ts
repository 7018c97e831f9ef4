// The login flow around a deployment's Action: whether a list that owns it is complete, and whether what is bound is
// still what is declared. Auth0's provider looks at a binding in a refresh only.
import { isDeepStrictEqual } from "node:util";
import type * as pulumi from "@pulumi/pulumi";
import type { Management, ManagementClient } from "auth0";
import { throwApiError } from "../auth0/api-error.ts";
import { createSerialQueue } from "../auth0/serial-queue.ts";
import { unknownValue } from "../dynamic-resource.ts";

/** What a deployment says of the flow. */
export interface DeclaredFlow {
  readonly actionId: string;
  readonly actionName: string;
  /** The whole list in order, where the program owns the flow. */
  readonly loginFlow?: string[];
  readonly everListed?: string[];
}

const idOf = ({ action }: Management.ActionBinding) => action?.id ?? "";
const nameOf = (binding: Management.ActionBinding) => `"${binding.display_name ?? ""}" (${idOf(binding)})`;

/**
 * What a list would unbind though this program never bound it: then the list is not complete. A list that stays as
 * it is gets the same check: whether it is written again, after a rename or a run that was interrupted, is not
 * known here.
 */
export async function checkFlow(
  listBound: () => Promise<readonly Management.ActionBinding[]>,
  olds: Partial<DeclaredFlow>,
  { loginFlow }: DeclaredFlow,
): Promise<{ inputs: { everListed?: string[] }; failures: pulumi.dynamic.CheckFailure[] }> {
  if (loginFlow === undefined) {
    if (olds.loginFlow !== undefined)
      console.info(
        "The program gives up the login flow. Its list leaves the stack, which is shown as deleted, and the flow is " +
          "kept in Auth0: what is bound stays bound, in this order.",
      );
    return { inputs: {}, failures: [] };
  }
  const bound = await listBound();
  const listed = new Set([...loginFlow, ...(olds.everListed ?? []), ...(olds.actionId ? [olds.actionId] : [])]);
  const stillBound = bound.map(idOf).filter((id) => listed.has(id));
  const everListed = [...new Set([...stillBound, ...loginFlow.filter((id) => id !== unknownValue)])];
  const missing = bound.filter((binding) => !listed.has(idOf(binding)));
  if (missing.length === 0) return { inputs: { everListed }, failures: [] };

  const reason =
    `Bound to post-login, and not in the list: ${missing.map(nameOf).join(", ")}. A list that owns the login flow ` +
    `unbinds what it leaves out, so it must be complete. Add it to actionsBefore or actionsAfter, with this name and ` +
    `id, or unbind it in Auth0.`;
  return { inputs: { everListed }, failures: [{ property: "loginFlow", reason }] };
}

/**
 * Whether somebody has changed what this stack has bound, which is logged. What this very run binds, of another Action
 * or in another list, is the provider's to bind.
 */
export async function needsBinding(client: ManagementClient, olds: DeclaredFlow, news: DeclaredFlow): Promise<boolean> {
  if (olds.actionId !== news.actionId || isListChanged(olds, news)) return false;
  const bound = await boundActions(client).catch(throwApiError);
  if (flowToBind(bound, news) === undefined) return false;
  const seen = `Bound to post-login ${bound.length === 0 ? "is nothing" : `are ${bound.map(nameOf).join(", ")}`}`;
  console.info(
    news.loginFlow
      ? `The login flow is not what the program declares. ${seen}, in this order. ` +
          `"pulumi up" binds what is declared, in its order.`
      : `The Action "${news.actionName}" is not bound any more, so no login runs it. ${seen}. ` +
          `"pulumi up" binds it again, behind the others.`,
  );
  return true;
}

/** The flow is written as a whole, so two writes of one process may not overlap. */
const writes = createSerialQueue();

/** Binds what `needsBinding` has found missing: from a list that is read anew, whose order and names are kept. */
export const bindAgain = (client: ManagementClient, olds: DeclaredFlow, news: DeclaredFlow): Promise<void> =>
  writes.run(async () => {
    if (isListChanged(olds, news)) return;
    const bound = await boundActions(client).catch(throwApiError);
    const flow = flowToBind(bound, news);
    if (flow === undefined) return;
    const names = new Map(bound.map((binding) => [idOf(binding), binding.display_name]));
    names.set(news.actionId, news.actionName);
    const bindings = flow.map((id) => {
      const name = names.get(id);
      return { ref: { type: "action_id" as const, value: id }, ...(name !== undefined && { display_name: name }) };
    });
    await client.actions.triggers.bindings.updateMany("post-login", { bindings }).catch(throwApiError);
  });

const isListChanged = (olds: DeclaredFlow, { loginFlow }: DeclaredFlow) =>
  loginFlow !== undefined && !isDeepStrictEqual(olds.loginFlow, loginFlow);

/** The ids in order; undefined where they are bound as declared. */
function flowToBind(
  bound: readonly Management.ActionBinding[],
  { actionId, loginFlow }: DeclaredFlow,
): string[] | undefined {
  const ids = bound.map(idOf);
  if (loginFlow !== undefined) return isDeepStrictEqual(ids, loginFlow) ? undefined : loginFlow;
  return ids.includes(actionId) ? undefined : [...ids, actionId];
}

export async function boundActions(client: ManagementClient): Promise<Management.ActionBinding[]> {
  const found: Management.ActionBinding[] = [];
  // Auth0 has at most 20 Actions in a trigger (Auth0 docs, "Actions Limitations").
  for await (const binding of await client.actions.triggers.bindings.list("post-login", { per_page: 50 }))
    found.push(binding);
  return found;
}
