// The write side of the sandbox's AWS account: the API operations of the services for the resource types that the
// components declare. The provider stand-in calls them; what they declare is run by sandbox/aws.
import { alarmOperations } from "./alarms.ts";
import { lifecycleOperations } from "./bucket-lifecycle.ts";
import type { Cache } from "./cache.ts";
import { cloudFrontOperations } from "./cloudfront-operations.ts";
import { domainOperations } from "./domains.ts";
import type { Store } from "./edge-state.ts";
import { eventRuleOperations } from "./event-rules.ts";
import { functionOperations } from "./function-operations.ts";
import { httpApiOperations } from "./http-api-operations.ts";
import { keyPairOperations } from "./key-pairs.ts";
import { logDeliveryOperations } from "./log-delivery.ts";
import { logGroupOperations } from "./log-groups.ts";
import { parameterOperations } from "./parameters.ts";
import { queueOperations } from "./queues.ts";
import { roleOperations } from "./roles.ts";
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
