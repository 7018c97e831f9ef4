// The write side of the edge: the API operations of the AWS services for the resource types of the picture store. The
// provider stand-in calls them.
import { functionOperations } from "../aws/function-operations.ts";
import { httpApiOperations } from "../aws/http-api-operations.ts";
import { logGroupOperations } from "../aws/log-groups.ts";
import { roleOperations } from "../aws/roles.ts";
import type { Cache } from "./cache.ts";
import { cloudFrontOperations } from "./cloudfront-operations.ts";
import { domainOperations } from "./domains.ts";
import type { Store } from "./edge-state.ts";
import { logDeliveryOperations } from "./log-delivery.ts";
import { s3Operations } from "./s3-operations.ts";

export type ControlPlane = ReturnType<typeof controlPlane>;

/** @param cache what invalidations remove from */
export const controlPlane = (store: Store, cache?: Cache) => ({
  ...s3Operations(store),
  ...cloudFrontOperations(store, cache),
  ...domainOperations(store),
  ...logDeliveryOperations(store),
  ...roleOperations(store),
  ...logGroupOperations(store),
  ...functionOperations(store),
  ...httpApiOperations(store),
});
