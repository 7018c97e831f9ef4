// A credential of the uploads that leaks can do one thing: each machine-to-machine client has one scope of the
// Management API, and of those that uploads need.
import type { ResourceValidationPolicy } from "@pulumi/policy";
import { nonEmptyListSetting } from "./config-schema.ts";
import type { ConfigOf } from "./config-schema.ts";
import { uploadResourceSettings, validateUploadResource } from "./upload-resources.ts";

const settings = {
  ...uploadResourceSettings,
  scopes: nonEmptyListSetting(
    "Scopes of the Management API that a client may have, in place of the two that are needed.",
  ),
};

interface ClientGrant {
  readonly audience: string;
  readonly scopes?: readonly string[];
  readonly allowAllScopes?: boolean;
}

export const uploadClients: ResourceValidationPolicy = {
  name: "upload-clients",
  description: "Each machine-to-machine client of the uploads has one scope of the Management API.",
  severity: "critical",
  configSchema: { properties: settings },
  validateResource: validateUploadResource<ClientGrant>(
    ["auth0:index/clientGrant:ClientGrant"],
    ({ audience, scopes = [], allowAllScopes }, args, reportViolation) => {
      if (!/\/api\/v2\/?$/.test(audience)) return;
      const { scopes: needed = ["read:users", "update:users"] } = args.getConfig<ConfigOf<typeof settings>>();
      const others = scopes.filter((scope) => !needed.includes(scope));
      if (allowAllScopes === true)
        reportViolation("allowAllScopes lets it do everything in the tenant. Name one scope.");
      if (scopes.length > 1)
        reportViolation(
          `scopes: ${scopes.join(", ")} were given. Give each client one, so that one that leaks has one.`,
        );
      if (others.length > 0)
        reportViolation(`scopes: ${others.join(", ")} was given; the uploads need ${needed.join(" or ")}.`);
    },
  ),
};
