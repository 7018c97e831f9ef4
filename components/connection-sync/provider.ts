// What happens behind a ConnectionSync: one connection's sync attribute is read, changed, watched and restored, and
// nothing else. Pulumi runs this module by the name `auth0-user-pictures/sync-provider`, which stands in every
// state and never changes.
import { isDeepStrictEqual } from "node:util";
import { apiError, describeApiError, throwApiError, withoutStack } from "../auth0/api-error.ts";
import { sharedManagementApi } from "../auth0/management-client.ts";
import { printErrorsOnce } from "../auth0/printed-once.ts";
import type { Auth0ProviderConfig } from "../auth0/provider-settings.ts";
import { rateLimit } from "../auth0/rate-limited-queue.ts";
import { serialized } from "../auth0/serial-queue.ts";
import { unknownValue } from "../dynamic-resource.ts";
import type { Implementation } from "../dynamic-resource.ts";
import { getConnection, hasSyncAttribute, syncAttribute, syncAttributeOf } from "./connection.ts";
import type { Connection, ConnectionTarget } from "./connection.ts";
import { SetUserRootAttributes } from "./sync-values.ts";
import { describeDrift, describeEffect, describeTwoOwners, inputFailures, resolveConnection } from "./rules.ts";
import { writeOnlyReason } from "./write-only.ts";
import { changeSyncAttribute, NothingWritten } from "./write.ts";

/** The connection and the attribute's wanted value. */
export interface SyncInputs extends ConnectionTarget {
  setUserRootAttributes: SetUserRootAttributes;
}

export interface SyncState extends SyncInputs {
  connectionId: string;
  strategy: string;
  /** The attribute as it was found; absent where the connection did not have it. */
  previous?: string;
  /**
   * The values that are this resource's work: one, or two where it is not known whether the last write took effect.
   * Absent in older states.
   */
  written?: string[];
}

export function connectionSyncProvider(
  config: Auth0ProviderConfig,
  environment: NodeJS.ProcessEnv = process.env,
): Implementation<SyncInputs, SyncState> {
  printErrorsOnce();
  const api = () => sharedManagementApi(config, environment);
  /** The attribute as `check` has found it, by the connection's id: the engine calls `diff` after it. */
  const seen = new Map<string, string>();
  /** How the program names the connection, by its id: one process checks all that a program declares. */
  const namedBy = new Map<string, "connectionName" | "connectionId">();

  return serialized<Implementation<SyncInputs, SyncState>>(rateLimit.queue, {
    async check(olds, news) {
      const failures = inputFailures(news);
      if (failures.length > 0) return { inputs: news, failures };
      const given = news.connectionId ?? news.connectionName;
      // A connection that the same program creates is not known yet: `create` looks at it.
      if (given === undefined || given === unknownValue) return { inputs: news };

      const lastId = olds.connectionName === news.connectionName ? olds.connectionId : undefined;
      const ask = async () => resolveConnection(api(), news, news.setUserRootAttributes, lastId);
      const found = await ask().catch(describeApiError);
      const property = news.connectionId === undefined ? "connectionName" : "connectionId";
      if (typeof found === "string") return { inputs: news, failures: [{ property, reason: found }] };
      if ((namedBy.get(found.id) ?? property) !== property)
        return { inputs: news, failures: [{ property, reason: describeTwoOwners(found) }] };

      namedBy.set(found.id, property);
      seen.set(found.id, syncAttributeOf(found));
      const isDeclaredAlready =
        olds.connectionId === found.id && olds.setUserRootAttributes === news.setUserRootAttributes;
      if (isDeclaredAlready && !hasSyncAttribute(found, news.setUserRootAttributes))
        console.info(describeDrift(found, news.setUserRootAttributes));
      if (olds.setUserRootAttributes !== news.setUserRootAttributes)
        console.info(describeEffect(found, news.setUserRootAttributes));
      // A deletion that follows would restore what was before the old name's first deployment.
      if (olds.connectionId === undefined && hasSyncAttribute(found, news.setUserRootAttributes))
        console.info(
          `Connection "${found.name}" has ${syncAttribute} ${news.setUserRootAttributes} already. ` +
            `If a resource of this program has set it and was renamed or moved, give it an alias: ` +
            `{ aliases: [{ name: "its old name" }] }. If another stack sets it, leave it out in one of them.`,
        );
      return { inputs: { ...news, connectionId: found.id } };
    },

    diff(id, olds, news) {
      const replaced =
        news.connectionId !== undefined && news.connectionId !== unknownValue && news.connectionId !== id;
      const found = seen.get(id) ?? news.setUserRootAttributes;
      return Promise.resolve({
        changes:
          replaced ||
          olds.setUserRootAttributes !== news.setUserRootAttributes ||
          found !== news.setUserRootAttributes ||
          // Somebody else set the value that the program has now taken over, or it was not known whether it was
          // written.
          (olds.written !== undefined && !isDeepStrictEqual(olds.written, [news.setUserRootAttributes])),
        replaces: replaced ? ["connectionId"] : [],
      });
    },

    async create(inputs) {
      const management = api();
      const resolve = resolveConnection(management, inputs, inputs.setUserRootAttributes);
      const connection = await resolve.catch(throwApiError);
      if (typeof connection === "string") throw withoutStack(connection);
      const written = [inputs.setUserRootAttributes];
      const outsAfter = (found: Connection): SyncState => ({ ...inputs, ...stateBefore(found), written });
      const change = changeSyncAttribute(management, connection, inputs.setUserRootAttributes);
      const before = await change.catch(throwPartialFailure(outsAfter(connection)));
      return { id: connection.id, outs: outsAfter(before) };
    },

    async read(id, props) {
      const connection = await getConnection(api(), id).catch(throwApiError);
      if (connection === undefined || props === undefined) return { id: "" };
      // Of what is imported there is no state: what is found is what was before.
      const found = { ...stateBefore(connection), setUserRootAttributes: syncAttributeOf(connection) } as SyncState;
      const before = "setUserRootAttributes" in props ? props : found;
      const { connectionName, setUserRootAttributes: recorded } = before;
      // A value outside the closed set (`never_on_login`, set by hand) is drift as well, shown as it is.
      const actual = hasSyncAttribute(connection, recorded)
        ? recorded
        : (syncAttributeOf(connection) as SetUserRootAttributes);
      const inputs = {
        ...(connectionName !== undefined && { connectionName }),
        connectionId: id,
        setUserRootAttributes: actual,
      };
      // Pulumi types a read's inputs as outputs.
      const state = { ...before, ...inputs, strategy: connection.strategy, written: [...writtenOf(before)] };
      return { id, inputs: inputs as SyncState, props: state };
    },

    async update(id, olds, news) {
      const connection = await getConnection(api(), id).catch(throwApiError);
      if (connection === undefined)
        throw withoutStack(
          `The connection ${describe(olds)} does not exist any more. Run "pulumi refresh", then "pulumi up".`,
        );
      const outs: SyncState = {
        ...news,
        connectionId: id,
        strategy: connection.strategy,
        ...(olds.previous !== undefined && { previous: olds.previous }),
        written: [news.setUserRootAttributes],
      };
      const either = [...new Set([...writtenOf(olds), news.setUserRootAttributes])];
      const change = changeSyncAttribute(api(), connection, news.setUserRootAttributes);
      await change.catch(throwPartialFailure({ ...outs, written: either }));
      return { outs };
    },

    async delete(id, props) {
      const connection = await getConnection(api(), id).catch(throwApiError);
      // Where others deleted the connection, or changed the attribute since, there is nothing of ours to undo.
      if (connection === undefined || !writtenOf(props).some((value) => hasSyncAttribute(connection, value))) return;
      const { previous } = props;
      const writeOnly = writeOnlyReason(connection);
      if (writeOnly !== undefined) {
        // What the stack has taken as it was is not to be set by hand either.
        if (!hasSyncAttribute(connection, previous))
          console.info(
            `${syncAttribute} stays ${syncAttributeOf(connection)}; it was ` +
              `${previous ?? SetUserRootAttributes.OnEachLogin} before. ${writeOnly}`,
          );
        return;
      }
      await changeSyncAttribute(api(), connection, previous).catch(async (error: unknown) => {
        const now = await getConnection(api(), id).catch(() => connection);
        if (now !== undefined) throwApiError(error);
      });
    },
  });
}

/**
 * With an id the engine keeps these properties for the next run: what was before, and what may have been written since.
 */
function throwPartialFailure(properties: SyncState): (cause: unknown) => never {
  return (cause) => {
    if (cause instanceof NothingWritten) throw cause;
    const error = apiError(cause);
    throw Object.assign(error, { id: properties.connectionId, properties, reasons: [error.message] });
  };
}

/** Of a connection that nothing has been written to yet. */
function stateBefore({ id, strategy, options }: Connection): Pick<SyncState, "connectionId" | "strategy" | "previous"> {
  const previous = options[syncAttribute];
  return { connectionId: id, strategy, ...(typeof previous === "string" && { previous }) };
}

const writtenOf = ({ written, setUserRootAttributes }: SyncState): readonly string[] =>
  written ?? [setUserRootAttributes];

function describe({ connectionName, connectionId }: ConnectionTarget): string {
  return connectionName === undefined ? `with the id "${connectionId}"` : `"${connectionName}"`;
}
