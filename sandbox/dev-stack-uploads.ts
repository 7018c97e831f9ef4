// What `npm start` and `npm run demo` deploy besides Pulumi.dev.yaml: users change their own picture. Both take it from
// here, so that neither takes away in a folder what the other one has deployed there.
import { deploymentScopes, uploadsScopes } from "./services.ts";

/** Besides the dev stack's own settings. A machine that does other things too needs more than the default 5 seconds. */
export const devStackConfig = { uploads: { maxSeconds: 15 } };

/** Of the deployment's client. */
export const devStackScopes: readonly string[] = [...deploymentScopes, ...uploadsScopes];
