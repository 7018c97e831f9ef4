// The Management API as an API among others: its identifier, and the scopes that it has here.

const allOf = (...resources: readonly string[]) =>
  ["create", "read", "update", "delete"].flatMap((verb) => resources.map((resource) => `${verb}:${resource}`));

/** All that there was in older sandboxes. */
export const olderManagementScopes: readonly string[] = [
  ...allOf("actions", "connections", "users"),
  ...["read:connections_options", "update:connections_options"],
];

/** The scopes of the tenant's first machine-to-machine client: all that the routes need. */
export const managementScopes: readonly string[] = [
  ...olderManagementScopes,
  ...allOf("clients", "client_credentials", "client_grants", "event_streams"),
  ...allOf("organization_connections", "organizations", "resource_servers"),
  ...["create:organization_members", "read:organization_members", "delete:organization_members"],
  ...["read:client_keys", "update:client_keys", "read:event_deliveries"],
  ...["read:directory_provisionings", "read:scim_config"],
  ...["read:tenant_settings", "update:tenant_settings"],
];

export const managementAudience = (host: string) => `https://${host}/api/v2/`;
