// The resource types of the auth0 stand-in for organizations, and for the connections by which their members log in,
// with terraform-provider-auth0's calls (internal/auth0/organization): an organization's name changes in place
// (resource.go). Another id of an enabled connection replaces it here. In 1.x (resource_connection.go) none
// does, so that an update asks Auth0 for what is not enabled yet; nothing here depends on it.
import type { Management, ManagementClient } from "auth0";
import { afterCreation, goneWarning, unlessGone, withProviderErrors } from "./auth0-errors.ts";
import { notEvaluated } from "./inputs.ts";
import type { Properties } from "./protocol.ts";
import type { Created, ResourceImplementation } from "./resource.ts";

export const organizationResources = (
  client: () => ManagementClient,
): Readonly<Record<string, ResourceImplementation>> => ({
  "auth0:index/organization:Organization": organization(client),
  "auth0:index/organizationConnection:OrganizationConnection": enabledConnection(client),
});

function organization(client: () => ManagementClient): ResourceImplementation {
  const body = ({ name, displayName, metadata }: Properties) => ({
    ...{ name: name as string },
    ...(displayName !== undefined && { display_name: displayName as string }),
    ...(metadata !== undefined && { metadata: metadata as Record<string, string> }),
  });
  const read = async (id: string): Promise<Created | undefined> => {
    const found = await unlessGone(client().organizations.get(id));
    if (!found) return undefined;
    const { name, display_name: displayName, metadata } = found;
    return { id, outputs: { name, displayName, metadata } };
  };
  return {
    computed: [],
    replaceOnChanges: [],
    autoname: { property: "name", lowerCase: true },
    goneWarning: goneWarning("auth0_organization"),
    check: (inputs) => notEvaluated(inputs, ["branding", "thirdPartyClientAccess", "tokenQuota"]),
    async create(inputs) {
      const { id = "" } = await withProviderErrors(client().organizations.create(body(inputs)));
      return afterCreation(id, () => read(id));
    },
    read,
    async update(id, _state, inputs) {
      return (await unlessGone(client().organizations.update(id, body(inputs)))) && (await read(id))?.outputs;
    },
    async delete(id) {
      await unlessGone(client().organizations.delete(id));
    },
  };
}

function enabledConnection(client: () => ManagementClient): ResourceImplementation {
  const enabled = () => client().organizations.enabledConnections;
  const settings = ({ assignMembershipOnLogin, showAsButton }: Properties) => ({
    assign_membership_on_login: assignMembershipOnLogin === true,
    ...(showAsButton !== undefined && { show_as_button: showAsButton as boolean }),
  });
  const parse = (id: string) => {
    const [organizationId = "", connectionId = ""] = id.split("::");
    return [organizationId, connectionId] as const;
  };
  const read = async (id: string): Promise<Created | undefined> => {
    const [organizationId, connectionId] = parse(id);
    const found = await unlessGone(enabled().get(organizationId, connectionId));
    if (!found) return undefined;
    const { name, strategy } = found.connection ?? {};
    const { assign_membership_on_login: assignMembershipOnLogin = false, show_as_button: showAsButton } = found;
    return {
      id,
      outputs: { organizationId, connectionId, assignMembershipOnLogin, showAsButton, name, strategy },
    };
  };
  return {
    computed: ["assignMembershipOnLogin", "showAsButton", "name", "strategy"],
    replaceOnChanges: ["organizationId", "connectionId"],
    goneWarning: goneWarning("auth0_organization_connection"),
    check: (inputs) =>
      notEvaluated(inputs, ["isEnabled", "isSignupEnabled", "organizationAccessLevel", "organizationConnectionName"]),
    async create(inputs) {
      const id = `${String(inputs["organizationId"])}::${String(inputs["connectionId"])}`;
      const [organizationId, connection_id] = parse(id);
      const wanted = { connection_id, ...settings(inputs) };
      await withProviderErrors(
        enabled().add(organizationId, wanted as Management.AddOrganizationConnectionRequestContent),
      );
      return afterCreation(id, () => read(id));
    },
    read,
    async update(id, _state, inputs) {
      return (await unlessGone(enabled().update(...parse(id), settings(inputs)))) && (await read(id))?.outputs;
    },
    async delete(id) {
      await unlessGone(enabled().delete(...parse(id)));
    },
  };
}
