// The upload API in Auth0, which applications ask their users' tokens for.
import { ResourceServer } from "@pulumi/auth0/resourceServer.js";
import { ResourceServerScopes } from "@pulumi/auth0/resourceServerScopes.js";
import * as pulumi from "@pulumi/pulumi";
import { claimedInput } from "../one-owner.ts";
import type { PictureUploadsArgs } from "./upload-args.ts";
import { uploadScope } from "./upload-sets.ts";

/**
 * Returns the API's identifier, once there is the scope too.
 *
 * @param owner the component
 * @param subject as in `PictureUploads "uploads"`
 */
export function newTokenApi(
  name: string,
  { identifier }: PictureUploadsArgs,
  owner: pulumi.ComponentResource,
  subject: string,
): pulumi.Output<string> {
  const opts = { parent: owner };
  const tenant = owner.getProvider("auth0:index/resourceServer:ResourceServer");
  const given = identifier ?? `urn:auth0-user-pictures:${pulumi.getProject()}:${pulumi.getStack()}:${name}`;
  const api = new ResourceServer(
    `${name}-api`,
    {
      identifier: claimedInput(given, (known) => ({
        ...{ owner, subject, tenant, thing: `API "${known}"`, path: ["identifier"] },
        advice: "A tenant has an API's identifier once: give each its own.",
      })),
      // What the authorizer of an HTTP API verifies.
      signingAlg: "RS256",
      // A user's own applications ask the user nothing. Tokens without a user have no picture to change.
      skipConsentForVerifiableFirstPartyClients: true,
      // In a browser that keeps no cookies of other sites, a page renews its tokens by a refresh token only (Auth0
      // docs, "Refresh Token Rotation").
      allowOfflineAccess: true,
      subjectTypeAuthorization: { user: { policy: "allow_all" }, client: { policy: "deny_all" } },
    },
    opts,
  );
  const scopes = new ResourceServerScopes(
    `${name}-scopes`,
    {
      resourceServerIdentifier: api.identifier,
      scopes: [{ name: uploadScope, description: "Change your own picture" }],
    },
    opts,
  );
  return pulumi.all([api.identifier, scopes.id]).apply(([known]) => known);
}
