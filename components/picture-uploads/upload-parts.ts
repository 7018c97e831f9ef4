// What parts of picture uploads can be told: the API's throttling and log, and the sweep.
import type * as pulumi from "@pulumi/pulumi";

/** How many requests the API takes, of all users together; who comes in vain is answered 429. */
export interface UploadThrottlingArgs {
  /** Requests a second, over time: 1 to 10,000. @default 20 @example 5 */
  rateLimit?: pulumi.Input<number>;
  /** Requests at once: 1 to 5,000. @default 40 @example 10 */
  burstLimit?: pulumi.Input<number>;
}

/** A log of the API's requests, in a log group of its own, in JSON. */
export interface UploadAccessLogsArgs {
  /**
   * What is said of each request: names of API Gateway's `$context` variables (API Gateway docs, "Customize HTTP API
   * access logs"). `identity.sourceIp` and `authorizer.claims.sub` are personal data.
   *
   * @default ["requestId", "requestTime", "routeKey", "status", "responseLatency", "authorizer.error"]
   * @example ["requestId", "requestTime", "routeKey", "status", "identity.sourceIp"]
   */
  fields?: pulumi.Input<pulumi.Input<string>[]>;
}

/** How the pictures of users who are no more are found and erased. */
export interface PictureSweepArgs {
  /**
   * Hours from one sweep to the next: 1 to 24. Each takes 15 minutes at most, and goes on where the last one ended.
   *
   * @default 1
   * @example 6
   */
  everyHours?: pulumi.Input<number>;
  /**
   * Requests a second to Auth0's Management API, whose rate limit everything on the tenant shares: 1 to 50 (Auth0 docs,
   * "Management API Rate Limits").
   *
   * @default 1
   * @example 5
   */
  requestsPerSecond?: pulumi.Input<number>;
  /**
   * Hours after which a deleted user's pictures have to be gone: 48 to 720, because a pass through all folders begins
   * once a day. An alarm tells if the sweep is farther behind, or does not run.
   *
   * @default 72
   * @example 48
   */
  withinHours?: pulumi.Input<number>;
}
