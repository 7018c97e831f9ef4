// Uploads are taken from users alone: each route asks for a token of the tenant with a scope, and no page of any origin
// may send one.
import type { ResourceValidationPolicy } from "@pulumi/policy";
import { listSetting } from "./config-schema.ts";
import type { ConfigOf } from "./config-schema.ts";
import { reportEach } from "./unknown-values.ts";
import { uploadResourceSettings, validateUploadResource } from "./upload-resources.ts";

const settings = {
  ...uploadResourceSettings,
  issuers: listSetting("Whose tokens the authorizer may take, to the letter: https://<the tenant's domain>/."),
};

interface Route {
  readonly routeKey: string;
  readonly authorizationType?: string;
  readonly authorizationScopes?: readonly string[];
}

interface Authorizer {
  readonly authorizerType: string;
  readonly jwtConfiguration?: { readonly issuer?: string; readonly audiences?: readonly string[] };
}

interface Api {
  readonly corsConfiguration?: { readonly allowOrigins?: readonly string[] };
}

export const uploadRoutes: ResourceValidationPolicy = {
  name: "upload-routes",
  description: "Every route of the uploads asks for a user's token of the tenant, with a scope.",
  severity: "critical",
  configSchema: { properties: settings },
  validateResource: [
    validateUploadResource<Route>(["aws:apigatewayv2/route:Route"], (route, _, reportViolation) => {
      reportEach([tokenViolations, scopeViolations], (violationsOf) => violationsOf(route), reportViolation);
    }),
    validateUploadResource<Authorizer>(["aws:apigatewayv2/authorizer:Authorizer"], (authorizer, args, report) => {
      const { issuers } = args.getConfig<ConfigOf<typeof settings>>();
      const checks = [typeViolations, (it: Authorizer) => issuerViolations(it, issuers), audienceViolations];
      reportEach(checks, (violationsOf) => violationsOf(authorizer), report);
    }),
    validateUploadResource<Api>(["aws:apigatewayv2/api:Api"], ({ corsConfiguration: cors }, _, reportViolation) => {
      const open = (cors?.allowOrigins ?? []).filter((origin) => origin.includes("*"));
      if (open.length > 0)
        reportViolation(
          `corsConfiguration.allowOrigins: ${open.join(", ")} was given, so that a page of anybody may upload. ` +
            "Name the origins of your pages (for PictureUploads, allowedOrigins).",
        );
    }),
  ],
};

const tokenViolations = ({ routeKey, authorizationType: type = "NONE" }: Route): string[] =>
  type === "JWT"
    ? []
    : [`${routeKey}: authorizationType ${type} was given, so that it is called without a user's token. Set JWT.`];

const scopeViolations = ({ routeKey, authorizationScopes: scopes = [] }: Route): string[] =>
  scopes.length > 0
    ? []
    : [
        `${routeKey}: authorizationScopes is empty, so that any token of the audience passes, an ID token too. ` +
          "Set one.",
      ];

const typeViolations = ({ authorizerType: type }: Authorizer): string[] =>
  type === "JWT" ? [] : [`authorizerType: ${type} was given; set JWT.`];

function issuerViolations({ jwtConfiguration: { issuer } = {} }: Authorizer, issuers?: readonly string[]): string[] {
  const given = `jwtConfiguration.issuer: ${issuer ?? "nothing"} was given`;
  if (issuers !== undefined && !issuers.includes(issuer ?? "")) return [`${given}; set ${issuers.join(" or ")}.`];
  return /^https:\/\/[^/]+\/$/.test(issuer ?? "")
    ? []
    : [`${given}; it is compared to the letter with a token's, https://<the tenant's domain>/, with the slash.`];
}

function audienceViolations({ jwtConfiguration: { audiences = [] } = {} }: Authorizer): string[] {
  if (audiences.length === 0)
    return ["jwtConfiguration.audiences is empty, so that a token for any API of the tenant passes. Set the uploads'."];
  return audiences
    .filter((audience) => /\/(?:api\/v2|userinfo|me)\/?$/.test(audience))
    .map(
      (audience) =>
        `jwtConfiguration.audiences: ${audience} is an API of Auth0's own, whose tokens can do more than upload. ` +
        "Give the uploads an API of their own.",
    );
}
