// The Management API's parts of a connection: which clients are enabled for it. And what auth0-deploy-cli asks for
// beside it, which is empty here: provisioning by SCIM and from directories, and modules of Actions.
import type { FastifyInstance } from "fastify";
import { findApplication } from "./clients.ts";
import { findConnection } from "./connections.ts";
import { ManagementApiError } from "./errors.ts";
import { needs, nonEmptyText, pageFields, paginate, showList } from "./requests.ts";
import type { Query } from "./requests.ts";
import type { State } from "./tenant-state.ts";

/** Management API, "Update enabled clients for a connection". */
const clientsSchema = {
  type: "array",
  minItems: 1,
  maxItems: 50,
  items: {
    type: "object",
    additionalProperties: false,
    required: ["client_id", "status"],
    properties: { client_id: nonEmptyText, status: { type: "boolean" } },
  },
};

export function registerConnectionParts(api: FastifyInstance, state: State): void {
  // Management API, "Get enabled clients for a connection": by checkpoint only.
  api.get<{ Params: { id: string }; Querystring: Query }>(
    "/connections/:id/clients",
    needs("read:connections"),
    ({ params, query: { from, take = "50" } }) =>
      showList(
        "clients",
        findConnection(state, params.id).enabled_clients,
        { from, take },
        { idOf: (client_id) => client_id, show: (client_id) => ({ client_id }) },
      ),
  );

  api.patch<{ Params: { id: string }; Body: { client_id: string; status: boolean }[] }>(
    "/connections/:id/clients",
    needs("update:connections", clientsSchema),
    ({ params, body }, reply) => {
      const connection = findConnection(state, params.id);
      const enabled = new Set(connection.enabled_clients);
      for (const { client_id, status } of body) {
        if (status) enabled.add(findApplication(state, client_id).client_id);
        else enabled.delete(client_id);
      }
      connection.enabled_clients = [...enabled];
      return reply.code(204).send();
    },
  );

  // auth0-deploy-cli takes a 404 as "SCIM is not enabled" (its scimHandler.ts).
  api.get<{ Params: { id: string } }>(
    "/connections/:id/scim-configuration",
    needs("read:scim_config"),
    ({ params }) => {
      findConnection(state, params.id);
      throw new ManagementApiError(404, "Not Found");
    },
  );

  api.get("/connections-directory-provisionings", needs("read:directory_provisionings"), () => ({
    directory_provisionings: [],
  }));

  api.get<{ Querystring: Query }>("/actions/modules", needs("read:actions"), ({ query }) => ({
    modules: [],
    ...pageFields(paginate([], query)),
  }));
}
