// The Management API's client grants: which application may call which API, and with which scopes.
import type { FastifyInstance } from "fastify";
import { findApplication } from "./clients.ts";
import { ManagementApiError } from "./errors.ts";
import { needs, nonEmptyText, showList } from "./requests.ts";
import type { Query } from "./requests.ts";
import { findResourceServer, identifierOf } from "./resource-servers.ts";
import { newId, removeWhere } from "./tenant-state.ts";
import type { ClientGrant, State } from "./tenant-state.ts";

interface NewGrant {
  client_id: string;
  audience: string;
  scope?: string[];
  subject_type?: ClientGrant["subject_type"];
}

const scope = { type: "array", items: nonEmptyText };
const createSchema = {
  type: "object",
  additionalProperties: false,
  required: ["client_id", "audience"],
  properties: { client_id: nonEmptyText, audience: nonEmptyText, scope, subject_type: { enum: ["user", "client"] } },
};
const changeSchema = { type: "object", additionalProperties: false, properties: { scope } };

export function registerClientGrants(api: FastifyInstance, state: State): void {
  const { clientGrants } = state;
  const show = ({ resourceServerId, ...grant }: ClientGrant, host: string) => {
    const issuer = `https://${host}/`;
    return { ...grant, audience: identifierOf(findResourceServer(state, resourceServerId, issuer), issuer) };
  };
  const find = (id: string): ClientGrant => {
    const grant = clientGrants.find((one) => one.id === id);
    if (!grant) throw new ManagementApiError(404, "The client grant does not exist", "inexistent_client_grant");
    return grant;
  };

  api.get<{ Querystring: Query }>("/client-grants", needs("read:client_grants"), ({ query, host }) => {
    const found = clientGrants
      .map((grant) => show(grant, host))
      .filter((grant) =>
        (["client_id", "audience", "subject_type"] as const).every(
          (name) => query[name] === undefined || query[name] === grant[name],
        ),
      );
    return showList("client_grants", found, query, { idOf: ({ id }) => id, show: (grant) => grant });
  });

  api.post<{ Body: NewGrant }>(
    "/client-grants",
    needs("create:client_grants", createSchema),
    ({ body: { audience, subject_type = "client", ...given }, host }, reply) => {
      const { client_id } = findApplication(state, given.client_id);
      const { id: resourceServerId } = findResourceServer(state, audience, `https://${host}/`);
      const isSame = (one: ClientGrant) =>
        one.client_id === client_id && one.resourceServerId === resourceServerId && one.subject_type === subject_type;
      if (clientGrants.some(isSame)) {
        throw new ManagementApiError(409, "A resource with the same client and audience already exists.", "conflict");
      }
      const grant = { scope: [], ...given, id: `cgr_${newId(16)}`, resourceServerId, subject_type };
      clientGrants.push(grant);
      return reply.code(201).send(show(grant, host));
    },
  );

  api.get<{ Params: { id: string } }>("/client-grants/:id", needs("read:client_grants"), ({ params, host }) =>
    show(find(params.id), host),
  );

  api.patch<{ Params: { id: string }; Body: { scope?: string[] } }>(
    "/client-grants/:id",
    needs("update:client_grants", changeSchema),
    ({ params, body, host }) => show(Object.assign(find(params.id), body), host),
  );

  api.delete<{ Params: { id: string } }>("/client-grants/:id", needs("delete:client_grants"), ({ params }, reply) => {
    removeWhere(clientGrants, ({ id }) => id === params.id);
    return reply.code(204).send();
  });
}
