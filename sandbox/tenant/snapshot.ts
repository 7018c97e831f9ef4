// The tenant's state as a value for comparisons: what a run changed in it, and what it did not.
import { byCodeUnits, sortKeys } from "../json.ts";
import { deployedVersion } from "./actions.ts";
import type { Builds } from "./builds.ts";
import type { Action, ActionContent, JsonObject, State } from "./tenant-state.ts";

/**
 * Plain JSON with sorted keys, so that equal snapshots are equal texts. It has no times and no ids of bindings, because
 * every PATCH changes these.
 */
export interface TenantSnapshot {
  /** By name. */
  readonly actions: Readonly<Record<string, JsonObject>>;
  /** By trigger: its bindings, in the order in which they run. */
  readonly bindings: Readonly<Record<string, readonly { readonly action: string; readonly display_name: string }[]>>;
  /** By name, with the options in clear text. */
  readonly connections: Readonly<Record<string, JsonObject>>;
  readonly users: readonly JsonObject[];
}

export interface SnapshotOptions {
  /**
   * Include the ids of Actions, versions, connections and users, and the history of versions: to compare one tenant
   * before and after. Without them, two tenants are equal that reached the same state in different ways. @default true
   */
  readonly ids?: boolean;
}

export function snapshotOf(state: State, builds: Builds, { ids = true }: SnapshotOptions = {}): TenantSnapshot {
  const named = <T extends { name: string }>(items: readonly T[], show: (item: T) => object) =>
    Object.fromEntries(items.map((item) => [item.name, show(item)]));
  const nameOf = (actionId: string) => state.actions.find(({ id }) => id === actionId)?.name ?? actionId;
  const snapshot = {
    actions: named(state.actions, (action) => ({ status: builds.statusOf(action), ...showAction(action, ids) })),
    bindings: Object.fromEntries(
      Object.entries(state.bindings).map(([trigger, bindings]) => [
        trigger,
        bindings.map(({ actionId, display_name }) => ({ action: nameOf(actionId), display_name })),
      ]),
    ),
    connections: named(state.connections, ({ id, ...connection }) => ({ ...connection, ...(ids && { id }) })),
    users: state.users.all.map(({ user_id, identities, created_at, updated_at, last_login, ...user }) => ({
      ...user,
      ...(ids && { user_id, identities }),
    })),
  };
  return sortKeys(JSON.parse(JSON.stringify(snapshot)) as JsonObject, byCodeUnits) as unknown as TenantSnapshot;
}

function showAction(action: Action, ids: boolean) {
  const { id, name, allChangesDeployed, versions } = action;
  const deployed = deployedVersion(action);
  return {
    name,
    allChangesDeployed,
    draft: contentOf(action),
    ...(deployed && { deployed: contentOf(deployed) }),
    ...(ids && {
      id,
      deployedVersionId: action.deployedVersionId,
      versions: versions.map((version) => ({ id: version.id, number: version.number, ...contentOf(version) })),
    }),
  };
}

const contentOf = ({ code, runtime, dependencies, secrets, supported_triggers }: ActionContent) => ({
  ...{ code, runtime, dependencies, supported_triggers },
  secrets: secrets.map(({ name, value }) => ({ name, value })),
});
