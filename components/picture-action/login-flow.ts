// A login flow that a program owns: its complete, ordered list of Actions.
import { TriggerActions } from "@pulumi/auth0/triggerActions.js";
import type * as pulumi from "@pulumi/pulumi";
import * as v from "valibot";
import { list, passing, shape } from "../../actions/bundle/schema.ts";
import type { Rule } from "../../actions/bundle/schema.ts";
import { input } from "../validation.ts";

/** An Action of the login flow that another team or another part of the program has deployed. */
export interface LoginFlowActionArgs {
  /** Its id, a UUID, which Auth0's dashboard shows in the address of the Action's page. */
  actionId: pulumi.Input<string>;
  /** Its name in the flow, as people read it in Auth0's dashboard. */
  displayName: pulumi.Input<string>;
}

/**
 * The other Actions of a login flow that this program owns: with this one between them they are the complete list, in
 * order.
 */
export interface LoginFlowArgs {
  /**
   * The Actions that run before this one, in order.
   *
   * @default none
   */
  actionsBefore?: LoginFlowActionArgs[];
  /**
   * Those that run after it, in order.
   *
   * @default none
   */
  actionsAfter?: LoginFlowActionArgs[];
}

/** Auth0 docs, "Actions Limitations". */
const maxActionsOfTrigger = 20;

const someText = (what: string) =>
  input(
    passing(
      (text) => typeof text === "string" && text !== "",
      () => `no text was given; say ${what}.`,
    ),
  );

const flowActions = list(
  shape<LoginFlowActionArgs>({
    actionId: someText("which Action is bound there, by its id"),
    displayName: someText("under which name the Action is bound there"),
  }),
  "a list of { actionId, displayName }",
);

/** An Action is bound once, and there are not too many. */
const boundOnce: Rule<LoginFlowArgs> = ({ actionsBefore, actionsAfter }) => {
  const others = [actionsBefore, actionsAfter].flatMap((actions: unknown) =>
    Array.isArray(actions) ? (actions as readonly (Partial<LoginFlowActionArgs> | null)[]) : [],
  );
  const ids = others.map((action) => action?.actionId);
  const known = ids.filter((id) => typeof id === "string");
  const twice = known.find((id, index) => known.indexOf(id) !== index);
  const messages = [
    ...(twice === undefined ? [] : [`the Action ${twice} is in it twice; Auth0 binds an Action once.`]),
    ...(others.length >= maxActionsOfTrigger
      ? [`${others.length} Actions were given besides this one; Auth0 takes ${maxActionsOfTrigger} in all.`]
      : []),
  ];
  return messages.map((message) => ({ path: [], message }));
};

export const loginFlowSchema = shape<LoginFlowArgs>(
  { actionsBefore: v.optional(flowActions), actionsAfter: v.optional(flowActions) },
  boundOnce,
);

/** The whole list: the others' around the program's own. */
export function flowWith(own: LoginFlowActionArgs, { actionsBefore = [], actionsAfter = [] }: LoginFlowArgs) {
  return [...actionsBefore, own, ...actionsAfter];
}

/**
 * The flow's whole list, after the deployment's check that it is complete. The single binding stays beside it, and the
 * list is retained, so that a program which begins or ends to own its flow changes it in one step
 * (docs/decisions/owned-login-flow.md).
 */
export function newLoginFlow(name: string, flow: LoginFlowActionArgs[], opts: pulumi.CustomResourceOptions): void {
  const actions = flow.map(({ actionId, displayName }) => ({ id: actionId, displayName }));
  new TriggerActions(name, { trigger: "post-login", actions }, { ...opts, retainOnDelete: true });
}
