// The resource types of the auth0 stand-in for connections, and for the applications that may use one, with
// terraform-provider-auth0's calls (internal/auth0/connection): the name replaces a connection, and its display name
// may be absent (schema.go); an application that is not enabled any more is gone (resource_client.go). That a strategy
// replaces too is the tenant's rule: it takes none in a change.
import type { Management, ManagementClient } from "auth0";
import { isObject } from "../json.ts";
import { afterCreation, goneWarning, unlessGone, withProviderErrors } from "./auth0-errors.ts";
import { notEvaluated, oneOf, unmarked } from "./inputs.ts";
import type { Properties } from "./protocol.ts";
import type { Created, ResourceImplementation } from "./resource.ts";

export const connectionResources = (
  client: () => ManagementClient,
): Readonly<Record<string, ResourceImplementation>> => ({
  "auth0:index/connection:Connection": connection(client),
  "auth0:index/connectionClient:ConnectionClient": enabledClient(client),
});

/** The inputs by the API's names. */
const plain = {
  displayName: "display_name",
  isDomainConnection: "is_domain_connection",
  showAsButton: "show_as_button",
};
const strategies = ["google-oauth2", "oidc"];
const evaluated = new Set([...Object.keys(plain), "name", "strategy", "options", "metadata"]);
const snake = (name: string) => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

function connection(client: () => ManagementClient): ResourceImplementation {
  const body = (inputs: Properties): Properties => {
    const options = unmarked(inputs["options"]);
    const given = Object.entries(plain).filter(([name]) => (inputs[name] ?? undefined) !== undefined);
    return {
      ...Object.fromEntries(given.map(([name, key]) => [key, inputs[name]])),
      ...(inputs["metadata"] !== undefined && { metadata: unmarked(inputs["metadata"]) }),
      ...(isObject(options) && {
        options: Object.fromEntries(Object.entries(options).map(([name, value]) => [snake(name), value])),
      }),
    };
  };
  /** Of the options those that the program has: the others are what Auth0 derives. */
  const read = async (id: string, known: Properties): Promise<Created | undefined> => {
    const found = (await unlessGone(client().connections.get(id))) as unknown as Properties | undefined;
    if (!found) return undefined;
    const stored = (found["options"] ?? {}) as Properties;
    const names = isObject(known["options"])
      ? Object.keys(known["options"]).filter((name) => !name.startsWith("__"))
      : [];
    // What is off is the same as absent to the Terraform SDK, where nobody says it.
    const isSaid = (name: string, value: unknown) => value !== undefined && (value !== false || name in known);
    const kept = Object.entries(plain).flatMap(([name, key]) => (isSaid(name, found[key]) ? [[name, found[key]]] : []));
    return {
      id,
      outputs: {
        ...{ name: found["name"], strategy: found["strategy"], realms: found["realms"], displayName: "" },
        ...(Object.fromEntries(kept) as Properties),
        ...(found["metadata"] !== undefined && { metadata: found["metadata"] }),
        options: Object.fromEntries(names.map((name) => [name, stored[snake(name)]])),
      },
    };
  };

  return {
    computed: ["displayName", "options", "realms"],
    replaceOnChanges: ["name", "strategy"],
    autoname: { property: "name" },
    goneWarning: goneWarning("auth0_connection"),
    check: (inputs) => [
      ...oneOf(inputs, "strategy", strategies),
      ...notEvaluated(
        inputs,
        Object.keys(inputs).filter((name) => !name.startsWith("__") && !evaluated.has(name)),
      ),
    ],
    async create(inputs) {
      const given = { name: inputs["name"], strategy: inputs["strategy"], ...body(inputs) };
      const created = client().connections.create(given as unknown as Management.CreateConnectionRequestContent);
      const { id = "" } = await withProviderErrors(created);
      return afterCreation(id, () => read(id, inputs));
    },
    read,
    async update(id, _state, inputs) {
      const changed = client().connections.update(id, body(inputs));
      return (await unlessGone(changed)) && (await read(id, inputs))?.outputs;
    },
    async delete(id) {
      await unlessGone(client().connections.delete(id));
    },
  };
}

/** One application of a connection, whose others stay as they are. */
function enabledClient(client: () => ManagementClient): ResourceImplementation {
  const clients = () => client().connections.clients;
  const parse = (id: string) => {
    const [connectionId = "", clientId = ""] = id.split("::");
    return { connectionId, clientId };
  };
  const enable = (id: string, status: boolean) => {
    const { connectionId, clientId } = parse(id);
    return clients().update(connectionId, [{ client_id: clientId, status }]);
  };
  const read = async (id: string): Promise<Created | undefined> => {
    const { connectionId, clientId } = parse(id);
    const page = await unlessGone(clients().get(connectionId));
    if (!page) return undefined;
    for await (const { client_id } of page)
      if (client_id === clientId) {
        const { name, strategy } = await client().connections.get(connectionId);
        return { id, outputs: { connectionId, clientId, name, strategy } };
      }
    return undefined;
  };
  return {
    computed: ["name", "strategy"],
    replaceOnChanges: ["connectionId", "clientId"],
    goneWarning: goneWarning("auth0_connection_client"),
    async create({ connectionId, clientId }) {
      const id = `${String(connectionId)}::${String(clientId)}`;
      await withProviderErrors(enable(id, true));
      return afterCreation(id, () => read(id));
    },
    read,
    async delete(id) {
      await unlessGone(enable(id, false));
    },
  };
}
