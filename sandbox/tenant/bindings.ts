// The Management API's bindings of triggers: which Actions a flow runs, in which order.
import type { FastifyInstance } from "fastify";
import { deployedVersion, findAction, summarize, triggers } from "./actions.ts";
import { ManagementApiError, payloadError } from "./errors.ts";
import { needs, nonEmptyText, pageFields, paginate } from "./requests.ts";
import type { Query } from "./requests.ts";
import { newUuid, now } from "./tenant-state.ts";
import type { Action, Binding, State } from "./tenant-state.ts";

/** Auth0 docs, "Actions Limitations": 20 Actions per trigger. */
const actionLimit = 20;

interface BindingRequest {
  ref: { type: "action_id" | "action_name" | "binding_id"; value: string };
  display_name?: string;
}

const bindingsSchema = {
  type: "object",
  additionalProperties: false,
  required: ["bindings"],
  properties: {
    bindings: {
      type: "array",
      maxItems: actionLimit,
      items: {
        type: "object",
        required: ["ref"],
        properties: {
          display_name: nonEmptyText,
          ref: {
            type: "object",
            required: ["type", "value"],
            properties: { type: { enum: ["action_id", "action_name", "binding_id"] }, value: nonEmptyText },
          },
        },
      },
    },
  },
};

export function registerBindings(api: FastifyInstance, state: State): void {
  api.get<{ Params: { trigger: string }; Querystring: Query }>(
    "/actions/triggers/:trigger/bindings",
    needs("read:actions"),
    ({ params: { trigger }, query }) => {
      const page = paginate(bindingsOf(state, trigger), query);
      return { bindings: page.items.map((binding) => showBinding(state, trigger, binding)), ...pageFields(page) };
    },
  );

  api.patch<{ Params: { trigger: string }; Body: { bindings: BindingRequest[] } }>(
    "/actions/triggers/:trigger/bindings",
    needs("update:actions", bindingsSchema),
    ({ params: { trigger }, body }) => {
      const bindings = setBindings(state, trigger, body.bindings);
      return { bindings: bindings.map((binding) => showBinding(state, trigger, binding)) };
    },
  );
}

/**
 * Replaces the trigger's whole list: an Action that is left out is unbound. Every binding gets a new id, even if its
 * Action was bound before (Management API, "Update trigger bindings", and recorded responses).
 */
export function setBindings(state: State, trigger: string, requests: readonly BindingRequest[]): Binding[] {
  const current = bindingsOf(state, trigger);
  const next = requests.map(({ ref, display_name }): Binding => {
    const action = refer(state, current, ref);
    if (!action.supported_triggers.some(({ id }) => id === trigger)) {
      // terraform-provider-auth0 #59.
      const reason = "Trying to create a binding between an incompatible action and trigger.";
      throw new ManagementApiError(400, reason);
    }
    if (!deployedVersion(action)) {
      // auth0-deploy-cli #385, terraform-provider-auth0 #1590.
      throw new ManagementApiError(400, "Trying to create a binding for an action that has not been deployed.");
    }
    const created_at = now();
    const name = display_name ?? action.name;
    return { id: newUuid(), actionId: action.id, display_name: name, created_at, updated_at: created_at };
  });
  if (new Set(next.map(({ actionId }) => actionId)).size < next.length) throw payloadError("An action is bound twice");
  state.bindings[trigger] = next;
  return next;
}

function refer(state: State, current: readonly Binding[], { type, value }: BindingRequest["ref"]): Action {
  switch (type) {
    case "action_id":
      return findAction(state, value);
    case "action_name":
      return findAction(state, state.actions.find(({ name }) => name === value)?.id ?? "");
    case "binding_id":
      return findAction(state, current.find(({ id }) => id === value)?.actionId ?? "");
  }
}

export function bindingsOf(state: State, trigger: string): readonly Binding[] {
  if (!triggers.some(({ id }) => id === trigger)) throw new ManagementApiError(404, "That trigger does not exist.");
  return state.bindings[trigger] ?? [];
}

function showBinding(state: State, trigger: string, { actionId, ...binding }: Binding) {
  return { ...binding, trigger_id: trigger, action: summarize(findAction(state, actionId)) };
}
