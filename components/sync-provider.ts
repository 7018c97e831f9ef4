// What happens behind a ConnectionSync: one connection's sync flag is read, changed, watched and restored, and nothing else.
// Pulumi runs this module by the name `auth0-user-pictures/sync-provider`, which stands in every state: it stays for ever.
import type * as pulumi from "@pulumi/pulumi";
import { apiError, describeApiError, raiseApiError, withoutStack } from "./api-error.ts";
import { openManagementApi } from "./management-client.ts";
import type { Auth0ProviderConfig, ManagementApi } from "./management-client.ts";
import {
  changeFlag,
  consequenceOf,
  flag,
  flagOf,
  getConnection,
  inspect,
  isSame,
  SetUserRootAttributes,
  syncFaults,
} from "./sync-flag.ts";
import type { ConnectionTarget } from "./sync-flag.ts";
import { unknownValue } from "./thin-provider.ts";
import type { Implementation } from "./thin-provider.ts";

/** The connection and the flag's wanted value. */
export interface SyncInputs extends ConnectionTarget {
  setUserRootAttributes: SetUserRootAttributes;
}

/** `previous` is the flag as it was found, absent where the connection did not have it. */
export interface SyncState extends SyncInputs {
  connectionId: string;
  strategy: string;
  previous?: string;
}

export function connectionSyncProvider(
  config: Auth0ProviderConfig,
  environment: NodeJS.ProcessEnv = process.env,
): Implementation<SyncInputs, SyncState> {
  let opened: ManagementApi | undefined;
  const api = () => (opened ??= openManagementApi(config, environment));

  return {
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
      return { inputs: { ...news, connectionId: found.id } };
    },

    diff(id, olds, news) {
      const replaced =
        news.connectionId !== undefined && news.connectionId !== unknownValue && news.connectionId !== id;
      return Promise.resolve({
        changes: replaced || olds.setUserRootAttributes !== news.setUserRootAttributes,
        replaces: replaced ? ["connectionId"] : [],
      });
    },

    async create(inputs) {
      const management = api();
      const connection = await inspect(management, inputs).catch(raiseApiError);
      if (typeof connection === "string") throw withoutStack(connection);
      const previous = connection.options[flag];
      const outs: SyncState = {
        ...inputs,
        connectionId: connection.id,
        strategy: connection.strategy,
        ...(typeof previous === "string" && { previous }),
      };
      await changeFlag(management.client, connection, inputs.setUserRootAttributes).catch((cause: unknown) => {
        const error = apiError(cause);
        // With an id the engine keeps the resource, and so the previous value, for the next run.
        throw Object.assign(error, { id: connection.id, properties: outs, reasons: [error.message] });
      });
      return { id: connection.id, outs };
    },

    async read(id, props) {
      const connection = await getConnection(api().client, id).catch(raiseApiError);
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
      return { id, inputs: inputs as SyncState, props: { ...props, ...inputs, strategy: connection.strategy } };
    },

    async update(id, olds, news) {
      const { client } = api();
      const connection = await getConnection(client, id).catch(raiseApiError);
      if (connection === undefined)
        throw withoutStack(
          `The connection ${describe(olds)} does not exist any more. Run "pulumi refresh", then "pulumi up".`,
        );
      await changeFlag(client, connection, news.setUserRootAttributes).catch(raiseApiError);
      return {
        outs: {
          ...news,
          connectionId: id,
          strategy: connection.strategy,
          ...(olds.previous !== undefined && { previous: olds.previous }),
        },
      };
    },

    async delete(id, props) {
      const { client } = api();
      const connection = await getConnection(client, id).catch(raiseApiError);
      // Where others deleted the connection, or changed the flag since, there is nothing of ours to undo.
      if (connection === undefined || !isSame(connection, props.setUserRootAttributes)) return;
      await changeFlag(client, connection, props.previous).catch(raiseApiError);
    },
  };
}

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
