// What a tenant has once has one owner in a stack: two undo each other in turns, or the second is refused half-way.
import type { PolicyResource, StackValidationPolicy } from "@pulumi/policy";
import { resourcesOfType } from "./resources-of-type.ts";
import { validateEach } from "./unknown-values.ts";

/** By type: the properties of which each tells the thing, and what is wrong with a second owner. */
const once: Readonly<Record<string, { readonly properties: readonly string[]; readonly reason: string }>> = {
  "auth0:index/action:Action": {
    properties: ["name"],
    reason: "a tenant has an Action's name once, so one of them cannot be created. Give it another name.",
  },
  "pulumi-nodejs:dynamic/auth0-user-pictures:ConnectionSyncFlag": {
    properties: ["connectionName", "connectionId"],
    reason: "each undoes what the other sets on the connection. Keep one.",
  },
};

export const singleOwner: StackValidationPolicy = {
  name: "single-owner",
  description: "No two Actions of a tenant have one name, and no two ConnectionSyncs are of one connection.",
  severity: "high",
  validateStack({ resources }, reportViolation) {
    validateEach(Object.entries(once), ([type, { properties, reason }]) => {
      const all = resourcesOfType(resources, type);
      validateEach(all, (resource) => {
        const rivals = all.slice(0, all.indexOf(resource)).filter((other) => tenantOf(other) === tenantOf(resource));
        validateEach(rivals, (rival) => {
          const shared = properties.find((property) => isSame(resource, rival, property));
          if (shared !== undefined)
            reportViolation(`"${rival.name}" has this ${shared} as well: ${reason}`, resource.urn);
        });
      });
    });
  },
};

/** Each provider that a program gives leads to a tenant of its own. */
const tenantOf = ({ provider }: PolicyResource) => provider?.urn;

/** @throws UnknownValueError where one of the two is not known yet */
function isSame(resource: PolicyResource, rival: PolicyResource, property: string): boolean {
  const value: unknown = resource.props[property];
  return rival.props[property] === value && value !== undefined;
}
