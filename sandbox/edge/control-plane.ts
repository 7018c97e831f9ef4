// The write side of the edge: the API operations of the AWS services for the resource types of the picture store. The
// provider stand-in calls them.
import { alarmOperations } from "../aws/alarms.ts";
import { eventRuleOperations } from "../aws/event-rules.ts";
import { functionOperations } from "../aws/function-operations.ts";
import { httpApiOperations } from "../aws/http-api-operations.ts";
import { keyPairOperations } from "../aws/key-pairs.ts";
import { logGroupOperations } from "../aws/log-groups.ts";
import { parameterOperations } from "../aws/parameters.ts";
import { queueOperations } from "../aws/queues.ts";
import { roleOperations } from "../aws/roles.ts";
import { lifecycleOperations } from "./bucket-lifecycle.ts";
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
  ...lifecycleOperations(store),
  ...cloudFrontOperations(store, cache),
  ...domainOperations(store),
  ...logDeliveryOperations(store),
  ...roleOperations(store),
  ...logGroupOperations(store),
  ...functionOperations(store),
  ...httpApiOperations(store),
  ...parameterOperations(store),
  ...keyPairOperations(store),
  ...queueOperations(store),
  ...eventRuleOperations(store),
  ...alarmOperations(store),
});
