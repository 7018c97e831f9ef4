// The Management API's organizations, with their connections and members. The responses have the forms of the
// recordings TestAccOrganization and TestAccOrganizationMembers, in terraform-provider-auth0's tests.
import type { FastifyInstance } from "fastify";
import { findConnection } from "./connections.ts";
import { ManagementApiError } from "./errors.ts";
import { needs, nonEmptyText, paginate, selectFields, showList } from "./requests.ts";
import type { Query } from "./requests.ts";
import { newId, removeWhere } from "./tenant-state.ts";
import type { Organization, State } from "./tenant-state.ts";
import { findUser } from "./users.ts";

type Change = Partial<Pick<Organization, "name" | "display_name" | "branding" | "metadata">>;
type EnabledConnection = Organization["enabledConnections"][number];

const changeSchema = {
  type: "object",
  additionalProperties: false,
  properties: {
    // Auth0 docs, "Create Organizations": lowercase, and not like an id.
    name: { ...nonEmptyText, maxLength: 50, pattern: "^(?!org_)[a-z0-9]([a-z0-9_-]*[a-z0-9])?$" },
    display_name: { ...nonEmptyText, maxLength: 255 },
    branding: { type: "object" },
    metadata: { type: "object", maxProperties: 25, additionalProperties: { type: ["string", "null"] } },
  },
};
const settings = { assign_membership_on_login: { type: "boolean" }, show_as_button: { type: "boolean" } };
const connectionChange = { type: "object", additionalProperties: false, properties: settings };
const connectionSchema = {
  ...connectionChange,
  required: ["connection_id"],
  properties: { ...settings, connection_id: nonEmptyText },
};
const createSchema = {
  ...changeSchema,
  required: ["name"],
  properties: { ...changeSchema.properties, enabled_connections: { type: "array", items: connectionSchema } },
};
const membersSchema = {
  type: "object",
  additionalProperties: false,
  required: ["members"],
  properties: { members: { type: "array", minItems: 1, maxItems: 10, items: nonEmptyText } },
};

interface Path {
  Params: { id: string };
}

export function registerOrganizations(api: FastifyInstance, state: State): void {
  const { organizations } = state;
  const find = (id: string) => findOrganization(state, id);
  const requireFreeName = (name: string | undefined, own?: Organization) => {
    if (!organizations.some((other) => other !== own && other.name === name)) return;
    throw new ManagementApiError(409, "An organization with this name already exists.", "organization_conflict");
  };

  api.get<{ Querystring: Query }>("/organizations", needs("read:organizations"), ({ query }) =>
    showList("organizations", organizations, query, { idOf: ({ id }) => id, show }),
  );
  api.get<Path>("/organizations/:id", needs("read:organizations"), ({ params }) => show(find(params.id)));
  api.get<{ Params: { name: string } }>("/organizations/name/:name", needs("read:organizations"), ({ params }) =>
    show(find(organizations.find(({ name }) => name === params.name)?.id ?? "")),
  );

  api.post<{ Body: Change & { name: string; enabled_connections?: EnabledConnection[] } }>(
    "/organizations",
    needs("create:organizations", createSchema),
    ({ body: { enabled_connections = [], ...body } }, reply) => {
      requireFreeName(body.name);
      for (const { connection_id } of enabled_connections) findConnection(state, connection_id);
      const enabledConnections = enabled_connections.map((one) => ({ ...one, assign_membership_on_login: false }));
      const organization: Organization = { ...body, id: `org_${newId(16)}`, enabledConnections, members: [] };
      organizations.push(organization);
      return reply.code(201).send(show(organization));
    },
  );

  api.patch<Path & { Body: Change }>(
    "/organizations/:id",
    needs("update:organizations", changeSchema),
    ({ params, body }) => {
      const organization = find(params.id);
      requireFreeName(body.name, organization);
      return show(Object.assign(organization, body));
    },
  );

  api.delete<Path>("/organizations/:id", needs("delete:organizations"), ({ params }, reply) => {
    removeWhere(organizations, ({ id }) => id === find(params.id).id);
    return reply.code(204).send();
  });

  api.get<{ Params: { id: string }; Querystring: Query }>(
    "/users/:id/organizations",
    needs("read:organizations"),
    ({ params, query }) => {
      const { user_id } = findUser(state, params.id);
      const found = organizations.filter(({ members }) => members.includes(user_id));
      return showList("organizations", found, query, { idOf: ({ id }) => id, show });
    },
  );

  registerConnectionsOf(api, state);
  registerMembersOf(api, state);
}

function registerConnectionsOf(api: FastifyInstance, state: State): void {
  const path = "/organizations/:id/enabled_connections";
  const show = (enabled: EnabledConnection) => {
    const { name, strategy } = findConnection(state, enabled.connection_id);
    return { ...enabled, connection: { name, strategy } };
  };
  const find = ({ id, connection }: { id: string; connection: string }) => {
    const found = findOrganization(state, id).enabledConnections.find((one) => one.connection_id === connection);
    if (!found) throw new ManagementApiError(404, "The connection does not exist", "inexistent_connection");
    return found;
  };

  // Recording TestAccOrganization, 8: `limit` is the number of those that are shown.
  api.get<Path & { Querystring: Query }>(path, needs("read:organization_connections"), ({ params, query }) => {
    const { items, page, perPage, total } = paginate(findOrganization(state, params.id).enabledConnections, query);
    const shown = items.map(show);
    if (query["include_totals"] !== "true") return shown;
    return { enabled_connections: shown, start: page * perPage, limit: items.length, total };
  });

  api.post<Path & { Body: Partial<EnabledConnection> & Pick<EnabledConnection, "connection_id"> }>(
    path,
    needs("create:organization_connections", connectionSchema),
    ({ params, body }, reply) => {
      const { enabledConnections } = findOrganization(state, params.id);
      findConnection(state, body.connection_id);
      if (enabledConnections.some(({ connection_id }) => connection_id === body.connection_id)) {
        throw new ManagementApiError(409, "The connection is already enabled for the organization.", "conflict");
      }
      const enabled = { assign_membership_on_login: false, ...body };
      enabledConnections.push(enabled);
      return reply.code(201).send(show(enabled));
    },
  );

  type One = { Params: { id: string; connection: string }; Body: Partial<EnabledConnection> };
  api.get<One>(`${path}/:connection`, needs("read:organization_connections"), ({ params }) => show(find(params)));
  api.patch<One>(
    `${path}/:connection`,
    needs("update:organization_connections", connectionChange),
    ({ params, body }) => show(Object.assign(find(params), body)),
  );
  api.delete<One>(`${path}/:connection`, needs("delete:organization_connections"), ({ params }, reply) => {
    const removed = find(params);
    removeWhere(findOrganization(state, params.id).enabledConnections, (enabled) => enabled === removed);
    return reply.code(204).send();
  });
}

function registerMembersOf(api: FastifyInstance, state: State): void {
  const path = "/organizations/:id/members";
  api.get<Path & { Querystring: Query }>(path, needs("read:organization_members"), ({ params, query }) => {
    const { members } = findOrganization(state, params.id);
    const { items, page, perPage, total } = paginate(members, query);
    const shown = items.map((id) => {
      const { user_id, email, picture, name } = findUser(state, id);
      return selectFields({ user_id, email, picture, name }, query);
    });
    if (query["include_totals"] !== "true") return shown;
    return { members: shown, start: page * perPage, limit: perPage, total };
  });
  api.post<Path & { Body: { members: string[] } }>(
    path,
    needs("create:organization_members", membersSchema),
    ({ params, body }, reply) => {
      const organization = findOrganization(state, params.id);
      const added = body.members.map((id) => findUser(state, id).user_id);
      organization.members = [...new Set([...organization.members, ...added])];
      return reply.code(204).send();
    },
  );
  api.delete<Path & { Body: { members: string[] } }>(
    path,
    needs("delete:organization_members", membersSchema),
    ({ params, body }, reply) => {
      removeWhere(findOrganization(state, params.id).members, (id) => body.members.includes(id));
      return reply.code(204).send();
    },
  );
}

function show({ id, name, display_name, branding, metadata }: Organization) {
  return { id, name, display_name, branding, metadata };
}

function findOrganization({ organizations }: State, id: string): Organization {
  const organization = organizations.find((candidate) => candidate.id === id);
  if (organization) return organization;
  throw new ManagementApiError(404, "No organization found by that id or name", "inexistent_organization");
}
