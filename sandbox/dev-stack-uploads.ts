// What `npm start` and `npm run demo` deploy besides Pulumi.dev.yaml: users change their own picture. Both take it from
// here, so that neither takes away in a folder what the other one has deployed there.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { deploymentScopes, uploadsOptionScopes, uploadsScopes } from "./services.ts";

/**
 * Uploads, with what Pulumi.dev.yaml says of them: it is taken as it is, for the program to refuse. A machine that does
 * other things too needs more than the default 5 seconds.
 */
export function devStackConfig(projectFolder: string) {
  const file = parse(readFileSync(join(projectFolder, "Pulumi.dev.yaml"), "utf8")) as {
    readonly config?: { readonly "auth0-user-pictures:uploads"?: object | null } | null;
  } | null;
  return { uploads: { maxSeconds: 15, ...file?.config?.["auth0-user-pictures:uploads"] } };
}

/** Of the deployment's client, for whatever that file says of uploads. */
export const devStackScopes: readonly string[] = [...deploymentScopes, ...uploadsScopes, ...uploadsOptionScopes];
