// What a tenant or AWS has once has one owner in a stack: two undo each other in turns, or the second is refused
// half-way.
import type { PolicyResource, StackValidationPolicy } from "@pulumi/policy";
import { resourcesOfType } from "./resources-of-type.ts";
import { ifKnown, validateEach } from "./unknown-values.ts";

const actionType = "auth0:index/action:Action";
const connectionType = "auth0:index/connection:Connection";
/** In a program of Node, and by the plugin for every other language. */
const connectionSyncTypes = [
  "pulumi-nodejs:dynamic/auth0-user-pictures:ConnectionSyncFlag",
  "auth0-user-pictures:index:ConnectionSyncFlag",
];
const storeType = "auth0-user-pictures:index:PictureStore";

/** The properties of which each tells the thing, and what is wrong with a second owner. */
const once: readonly {
  readonly types: readonly string[];
  readonly properties: readonly string[];
  readonly reason: string;
}[] = [
  {
    types: [actionType],
    properties: ["name"],
    reason: "a tenant has an Action's name once, so one of them cannot be created. Give it another name.",
  },
  {
    types: connectionSyncTypes,
    properties: ["connectionName", "connectionId"],
    reason: "each undoes what the other sets on the connection. Keep one.",
  },
  {
    types: [storeType],
    properties: ["bucketName", "distributionArn", "baseUrl"],
    reason: "two stores of it get in each other's way. Give each its own, or use one store for both.",
  },
];

export const singleOwner: StackValidationPolicy = {
  name: "single-owner",
  description:
    "No two Actions of a tenant have one name, no two ConnectionSyncs or PictureStores share what they set up, and " +
    "no ConnectionSync is of a connection whose options the stack owns.",
  severity: "high",
  validateStack({ resources }, reportViolation) {
    validateEach(once, ({ types, properties, reason }) => {
      const all = resourcesOfType(resources, ...types);
      validateEach(all, (resource) => {
        const rivals = all.slice(0, all.indexOf(resource)).filter((other) => tenantOf(other) === tenantOf(resource));
        validateEach(rivals, (rival) => {
          const shared = properties.find((property) => isSame(resource, rival, property));
          if (shared !== undefined)
            reportViolation(`"${rival.name}" has this ${shared} as well: ${reason}`, resource.urn);
        });
      });
    });
    const owned = resourcesOfType(resources, connectionType).filter(ownsOptions);
    validateEach(resourcesOfType(resources, ...connectionSyncTypes), (sync) => {
      validateEach(owned, (connection) => {
        if (isOf(sync, connection))
          reportViolation(
            `"${connection.name}" owns all options of this connection: each undoes what the other sets. ` +
              `Set options.setUserRootAttributes there, and leave this out.`,
            sync.urn,
          );
      });
    });
  },
};

/** Each provider that a program gives leads to a tenant of its own; a ConnectionSync is of the stack's in any case. */
const tenantOf = ({ type, provider }: PolicyResource) =>
  connectionSyncTypes.includes(type) ? undefined : provider?.urn;

/**
 * What a store has made itself is named by AWS, and so by no other.
 *
 * @throws UnknownValueError where one of the two is not known yet
 */
function isSame(resource: PolicyResource, rival: PolicyResource, property: string): boolean {
  const valueOf = ({ props }: PolicyResource): unknown =>
    resource.type === storeType ? ifKnown(props, property) : props[property];
  const value = valueOf(resource);
  return valueOf(rival) === value && value !== undefined;
}

/** In the tenant of the stack's own settings, where ConnectionSyncs are. */
function ownsOptions({ provider, opts, props }: PolicyResource): boolean {
  const isOfStack = provider === undefined || /^default(_|$)/.test(provider.name);
  return isOfStack && !opts.ignoreChanges.includes("options") && "options" in props;
}

/** @throws UnknownValueError where only one of the two names is known */
function isOf(sync: PolicyResource, connection: PolicyResource): boolean {
  const sources = Object.values(sync.propertyDependencies).flat();
  if (sources.some(({ urn }) => urn === connection.urn)) return true;
  const id = ifKnown(sync.props, "connectionId");
  if (id !== undefined && id === ifKnown(connection.props, "id")) return true;
  const name: unknown = sync.props["connectionName"];
  return name !== undefined && connection.props["name"] === name;
}
