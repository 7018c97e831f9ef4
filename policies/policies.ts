// The pack's policies, in the order in which README.md describes them.
import type { ResourceValidationPolicy, StackValidationPolicy } from "@pulumi/policy";
import { actionDeployed } from "./action-deployed.ts";
import { actionDynamicCode } from "./action-dynamic-code.ts";
import { actionNetwork } from "./action-network.ts";
import { actionRuntime } from "./action-runtime.ts";
import { actionSecrets } from "./action-secrets.ts";
import { connectionOutput } from "./connection-output.ts";
import { connectionProtected } from "./connection-protected.ts";
import { connectionSync } from "./connection-sync-attribute.ts";
import { pictureBucketEncrypted } from "./picture-bucket-encrypted.ts";
import { pictureBucketPrivate } from "./picture-bucket-private.ts";
import { pictureBucketProtected } from "./picture-bucket-protected.ts";
import { pictureDistributionHeaders } from "./picture-distribution-headers.ts";
import { pictureDistributionTls } from "./picture-distribution-tls.ts";
import { singleOwner } from "./single-owner.ts";
import { triggerBindings } from "./trigger-bindings.ts";
import { uploadClients } from "./upload-clients.ts";
import { uploadInvokers } from "./upload-invokers.ts";
import { uploadLogs } from "./upload-logs.ts";
import { uploadRoles } from "./upload-roles.ts";
import { uploadRoutes } from "./upload-routes.ts";
import { uploadSecrets } from "./upload-secrets.ts";

export const policies: readonly (ResourceValidationPolicy | StackValidationPolicy)[] = [
  pictureBucketPrivate,
  pictureBucketEncrypted,
  pictureBucketProtected,
  pictureDistributionTls,
  pictureDistributionHeaders,
  uploadRoutes,
  uploadInvokers,
  uploadRoles,
  uploadSecrets,
  uploadClients,
  uploadLogs,
  actionSecrets,
  actionDynamicCode,
  actionNetwork,
  actionDeployed,
  actionRuntime,
  triggerBindings,
  singleOwner,
  connectionProtected,
  connectionSync,
  connectionOutput,
];
