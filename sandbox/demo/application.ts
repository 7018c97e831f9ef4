// The demo's page among the tenant's applications, with its addresses, as an operator registers it.
import type { ManagementClient } from "auth0";

const name = "Fieldnotes";

/** @returns the application's client ID. It is registered once for a tenant; its addresses follow the page's. */
export async function registerApplication(management: ManagementClient, pageUrl: string): Promise<string> {
  const addresses = {
    callbacks: [pageUrl],
    allowed_logout_urls: [pageUrl],
    web_origins: [new URL(pageUrl).origin],
  };
  const { data } = await management.clients.list();
  const known = data.find((client) => client.name === name)?.client_id;
  if (known !== undefined) {
    await management.clients.update(known, addresses);
    return known;
  }
  const { client_id } = await management.clients.create({
    ...{ name, app_type: "spa", token_endpoint_auth_method: "none", oidc_conformant: true },
    grant_types: ["authorization_code", "refresh_token"],
    refresh_token: { rotation_type: "rotating", expiration_type: "expiring", leeway: 0 },
    ...addresses,
  });
  if (client_id === undefined) throw new Error("The tenant gave the application no client ID");
  return client_id;
}
