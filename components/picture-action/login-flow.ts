// A login flow that a program owns: its complete, ordered list of Actions.
import * as auth0 from "@pulumi/auth0";
import type * as pulumi from "@pulumi/pulumi";
import { isNotKnownYet } from "../validation.ts";

/** An Action of the login flow that another team or another part of the program has deployed. */
export interface LoginFlowActionArgs {
  actionId: pulumi.Input<string>;
  /** Its name in the flow, as people read it in Auth0's dashboard. */
  displayName: pulumi.Input<string>;
}

/** The other Actions of a login flow that this program owns: with this one between them they are the complete list, in order. */
export interface LoginFlowArgs {
  /** @default none */
  actionsBefore?: LoginFlowActionArgs[];
  /** @default none */
  actionsAfter?: LoginFlowActionArgs[];
}

/** Auth0 docs, "Actions Limitations". */
const mostActionsOfATrigger = 20;

export function loginFlowFaults(loginFlow: LoginFlowArgs | undefined): string[] {
  if (loginFlow === undefined) return [];
  const shape = loginFlowShapeFaults(loginFlow);
  if (shape.length > 0) return shape;
  const { actionsBefore = [], actionsAfter = [] } = loginFlow;
  const others = [...actionsBefore, ...actionsAfter];
  const ids = others.map(({ actionId }) => actionId).filter((id) => typeof id === "string");
  const twice = ids.find((id, index) => ids.indexOf(id) !== index);
  const faults: string[] = [];
  if (twice !== undefined) faults.push(`loginFlow: the Action ${twice} is in it twice; Auth0 binds an Action once.`);
  if (others.length >= mostActionsOfATrigger)
    faults.push(`loginFlow: ${others.length} Actions were given besides this one; Auth0 takes ${mostActionsOfATrigger} in all.`); // prettier-ignore
  return faults;
}

/** Settings and JavaScript callers are not held by the types. */
function loginFlowShapeFaults(loginFlow: unknown): string[] {
  if (typeof loginFlow !== "object" || loginFlow === null || Array.isArray(loginFlow))
    return [
      `loginFlow: ${JSON.stringify(loginFlow)} was given; it is an object of lists, actionsBefore and actionsAfter.`,
    ];
  return Object.entries(loginFlow).flatMap(([list, actions]: [string, unknown]) => {
    if (list !== "actionsBefore" && list !== "actionsAfter")
      return [`loginFlow.${list}: there is no such list. There are actionsBefore and actionsAfter.`];
    if (!Array.isArray(actions))
      return [`loginFlow.${list}: ${JSON.stringify(actions)} was given; it is a list of { actionId, displayName }.`];
    return actions.flatMap(
      (action: unknown, index) =>
      (["actionId", "displayName"] as const)
        .filter((property) => {
          const value: unknown = (action as Partial<LoginFlowActionArgs> | null)?.[property];
          return !isNotKnownYet(value) && (typeof value !== "string" || value === "");
        })
        .map((property) => `loginFlow.${list}[${index}].${property}: no text was given; say which Action is bound there, and under which name.`), // prettier-ignore
    );
  });
}

/** The whole list: the others' around the program's own. */
export function flowWith(own: LoginFlowActionArgs, { actionsBefore = [], actionsAfter = [] }: LoginFlowArgs) {
  return [...actionsBefore, own, ...actionsAfter];
}

/**
 * The flow's whole list, after the deployment's check that it is complete. The single binding stays beside it, and the list is retained, so that
 * a program which begins or ends to own its flow changes it in one step (docs/decisions/owned-login-flow.md).
 */
export function newLoginFlow(name: string, flow: LoginFlowActionArgs[], opts: pulumi.CustomResourceOptions): void {
  const actions = flow.map(({ actionId, displayName }) => ({ id: actionId, displayName }));
  new auth0.TriggerActions(name, { trigger: "post-login", actions }, { ...opts, retainOnDelete: true });
}
