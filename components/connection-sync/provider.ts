// What happens behind a ConnectionSync: one connection's sync flag is read, changed, watched and restored, and nothing else.
// Pulumi runs this module by the name `auth0-user-pictures/sync-provider`, which stands in every state: it stays for ever.
import { isDeepStrictEqual } from "node:util";
import type * as pulumi from "@pulumi/pulumi";
import { apiError, describeApiError, raiseApiError, withoutStack } from "../auth0/api-error.ts";
import { inTurns, openManagementApi } from "../auth0/management-client.ts";
import type { Auth0ProviderConfig, ManagementApi } from "../auth0/management-client.ts";
import {
  consequenceOf,
  encryptedValues,
  flag,
  flagOf,
  getConnection,
  hasEncryptedValues,
  inspect,
  isSame,
  SetUserRootAttributes,
  syncFaults,
} from "./connection.ts";
import type { Connection, ConnectionTarget } from "./connection.ts";
import { changeFlag, NothingWritten } from "./write.ts";
import { unknownValue } from "../dynamic-resource.ts";
import type { Implementation } from "../dynamic-resource.ts";

/** The connection and the flag's wanted value. */
export interface SyncInputs extends ConnectionTarget {
  setUserRootAttributes: SetUserRootAttributes;
}

export interface SyncState extends SyncInputs {
  connectionId: string;
  strategy: string;
  /** The flag as it was found, absent where the connection did not have it. */
  previous?: string;
  /** The values that are this resource's work: one, or two where nobody knows whether the last write took effect. Absent in older states. */
  written?: string[];
}

export function connectionSyncProvider(
  config: Auth0ProviderConfig,
  environment: NodeJS.ProcessEnv = process.env,
): Implementation<SyncInputs, SyncState> {
  let opened: ManagementApi | undefined;
  const api = () => (opened ??= openManagementApi(config, environment));

  return inTurns<Implementation<SyncInputs, SyncState>>({
    async check(olds, news) {
      const failures = shapeFailures(news);
      if (failures.length > 0) return { inputs: news, failures };
      const given = news.connectionId ?? news.connectionName;
      // A connection that the same program creates is not known yet: `create` looks at it.
      if (given === undefined || given === unknownValue) return { inputs: news };

      const ask = async () => inspect(api(), news);
      const found = await ask().catch(describeApiError);
      if (typeof found === "string") {
        const property = news.connectionId === undefined ? "connectionName" : "connectionId";
        return { inputs: news, failures: [{ property, reason: found }] };
      }

      if (olds.setUserRootAttributes !== news.setUserRootAttributes)
        console.info(consequenceOf(found, news.setUserRootAttributes));
      // A deletion that follows would restore what was before the old name's first deployment.
      if (olds.connectionId === undefined && isSame(found, news.setUserRootAttributes))
        console.info(
          `Connection "${found.name}" has ${flag} ${news.setUserRootAttributes} already. If a resource of this program has set it and was ` +
            `renamed or moved, give it an alias: { aliases: [{ name: "its old name" }] }.`,
        );
      return { inputs: { ...news, connectionId: found.id } };
    },

    diff(id, olds, news) {
      const replaced =
        news.connectionId !== undefined && news.connectionId !== unknownValue && news.connectionId !== id;
      return Promise.resolve({
        changes:
          replaced ||
          olds.setUserRootAttributes !== news.setUserRootAttributes ||
          // Somebody else set the value that the program has now taken over, or nobody knew whether it was written.
          (olds.written !== undefined && !isDeepStrictEqual(olds.written, [news.setUserRootAttributes])),
        replaces: replaced ? ["connectionId"] : [],
      });
    },

    async create(inputs) {
      const management = api();
      const connection = await inspect(management, inputs).catch(raiseApiError);
      if (typeof connection === "string") throw withoutStack(connection);
      const outsAfter = ({ id, strategy, options }: Connection): SyncState => {
        const previous = options[flag];
        return {
          ...inputs,
          connectionId: id,
          strategy,
          ...(typeof previous === "string" && { previous }),
          written: [inputs.setUserRootAttributes],
        };
      };
      const change = changeFlag(management, connection, inputs.setUserRootAttributes);
      const before = await change.catch(keeping(outsAfter(connection)));
      return { id: connection.id, outs: outsAfter(before) };
    },

    async read(id, props) {
      const connection = await getConnection(api(), id).catch(raiseApiError);
      if (connection === undefined || props === undefined) return { id: "" };
      const { connectionName, setUserRootAttributes: recorded } = props;
      // A value outside the closed set (`never_on_login`, set by hand) is drift as well, shown as it is.
      const actual = isSame(connection, recorded) ? recorded : (flagOf(connection) as SetUserRootAttributes);
      const inputs = {
        ...(connectionName !== undefined && { connectionName }),
        connectionId: id,
        setUserRootAttributes: actual,
      };
      // Pulumi types a read's inputs as outputs.
      const state = { ...props, ...inputs, strategy: connection.strategy, written: [...writtenOf(props)] };
      return { id, inputs: inputs as SyncState, props: state };
    },

    async update(id, olds, news) {
      const connection = await getConnection(api(), id).catch(raiseApiError);
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
      await changeFlag(api(), connection, news.setUserRootAttributes).catch(keeping({ ...outs, written: either }));
      return { outs };
    },

    async delete(id, props) {
      const connection = await getConnection(api(), id).catch(raiseApiError);
      // Where others deleted the connection, or changed the flag since, there is nothing of ours to undo.
      if (connection === undefined || !writtenOf(props).some((value) => isSame(connection, value))) return;
      if (hasEncryptedValues(connection)) {
        console.info(`${flag} stays ${flagOf(connection)}. ${encryptedValues(connection)}`);
        return;
      }
      await changeFlag(api(), connection, props.previous).catch(async (error: unknown) => {
        const now = await getConnection(api(), id).catch(() => connection);
        if (now !== undefined) raiseApiError(error);
      });
    },
  });
}

/** With an id the engine keeps these properties, and so what was before and what may have been written since, for the next run. */
function keeping(properties: SyncState): (cause: unknown) => never {
  return (cause) => {
    if (cause instanceof NothingWritten) throw cause;
    const error = apiError(cause);
    throw Object.assign(error, { id: properties.connectionId, properties, reasons: [error.message] });
  };
}

const writtenOf = ({ written, setUserRootAttributes }: SyncState): readonly string[] =>
  written ?? [setUserRootAttributes];

function shapeFailures(news: SyncInputs): pulumi.dynamic.CheckFailure[] {
  const value =
    (news.setUserRootAttributes as string) === unknownValue
      ? SetUserRootAttributes.OnFirstLogin
      : news.setUserRootAttributes;
  return syncFaults({ ...news, setUserRootAttributes: value }).map((fault) => {
    const [property = "", reason = ""] = fault.split(/: (.*)/s);
    return { property, reason };
  });
}

function describe({ connectionName, connectionId }: ConnectionTarget): string {
  return connectionName === undefined ? `with the id "${connectionId}"` : `"${connectionName}"`;
}
