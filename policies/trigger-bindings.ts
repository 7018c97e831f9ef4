// A trigger's bindings have one owner: a list that owns the whole trigger unbinds every Action that it does not name.
import type { PolicyResource, StackValidationPolicy } from "@pulumi/policy";
import { resourcesOfType } from "./resources-of-type.ts";
import { ifKnown, validateEach } from "./unknown-values.ts";

export const triggerBindings: StackValidationPolicy = {
  name: "trigger-bindings",
  description:
    "A trigger's whole list of Actions (TriggerActions) and a single binding (TriggerAction) do not undo each other.",
  severity: "high",
  validateStack({ resources }, reportViolation) {
    const lists = resourcesOfType(resources, "auth0:index/triggerActions:TriggerActions");
    const bindings = resourcesOfType(resources, "auth0:index/triggerAction:TriggerAction");
    validateEach(lists, (list) => {
      const trigger = list.props["trigger"] as string;
      const rivals = lists.slice(lists.indexOf(list) + 1);
      validateEach(rivals, (other) => {
        if (other.props["trigger"] === trigger)
          reportViolation(
            `"${list.name}" owns ${trigger} as well: each update undoes the other's list. Keep one.`,
            other.urn,
          );
      });
      validateEach(bindings, (binding) => {
        if (binding.props["trigger"] === trigger && !names(list, binding))
          reportViolation(
            `"${list.name}" owns the whole list of ${trigger} and does not name this Action: ` +
              `each update takes the binding out. ` +
              `Add the Action to that list, or bind every Action by a TriggerAction of its own.`,
            binding.urn,
          );
      });
    });
  },
};

/**
 * Whether the list names the binding's Action, so that the two agree. An Action that a preview creates has no id yet;
 * then the list names it if it was computed from it.
 *
 * @throws UnknownValueError if neither the ids nor what they were computed from tell it
 */
function names(list: PolicyResource, binding: PolicyResource): boolean {
  const sources = (binding.propertyDependencies["actionId"] ?? []).map(({ urn }) => urn);
  const listed = list.propertyDependencies["actions"] ?? [];
  if (listed.some(({ urn }) => sources.includes(urn))) return true;
  if (sources.length > 0 && ifKnown(binding.props, "actionId") === undefined) return false;
  const id = binding.props["actionId"] as string;
  const actions = list.props["actions"] as readonly { readonly id: string }[];
  return actions.some((action) => ifKnown(action, "id") === id) || actions.some((action) => action.id === id);
}
