// What the sandbox's tenant contains before a deployment: connections and another team's Action, as in a tenant that is
// in use.
import type { TenantSeed } from "./tenant/tenant.ts";

export const seed: TenantSeed = {
  connections: [
    { name: "Username-Password-Authentication", strategy: "auth0", options: { brute_force_protection: true } },
    {
      name: "google-oauth2",
      strategy: "google-oauth2",
      options: {
        client_id: "sandbox.apps.googleusercontent.com",
        client_secret: "another-teams-google-secret",
        scope: ["email", "profile"],
        email: true,
        profile: true,
      },
    },
    { name: "email", strategy: "email", options: { name: "email", from: "login@example.com" } },
  ],
  // The API of an application that takes users' pictures: examples/upload-endpoint.
  apis: ["https://upload.example.com/"],
  actions: [
    {
      name: "Add roles",
      bound: true,
      code: `exports.onExecutePostLogin = async (event, api) => {
  api.idToken.setCustomClaim("https://example.com/roles", ["reader"]);
};
`,
    },
  ],
};
