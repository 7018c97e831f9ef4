// What the sweep is told by its environment.
import { serviceSettings, wholeNumber } from "../services/environment-variables.ts";
import type { ServiceSettings, Variables } from "../services/environment-variables.ts";

export interface SweepEnvironment extends ServiceSettings {
  /** `DISTRIBUTION_ID`: the CloudFront distribution whose edges keep pictures. @default none */
  readonly distributionId: string | undefined;
  /**
   * `REPLACED_DAYS`: how many days after it was replaced a picture is deleted. Undefined where the bucket's lifecycle
   * deletes it.
   */
  readonly replacedDays: number | undefined;
  /** `SWEEP_REQUESTS_PER_SECOND`: of the Management API, which others call too. @default 1 */
  readonly requestsPerSecond: number;
  /**
   * `SEARCH_LAG_SECONDS`: how long the tenant's search may not know yet that a user was linked to another. @default 60
   */
  readonly searchLagSeconds: number;
}

/** @throws Error that names the variable which is missing, or is not as it should be */
export function readSweepEnvironment(variables: Variables): SweepEnvironment {
  return {
    ...serviceSettings(variables),
    distributionId: variables["DISTRIBUTION_ID"] || undefined,
    replacedDays: variables["REPLACED_DAYS"] ? wholeNumber(variables, "REPLACED_DAYS", 30, 3650) : undefined,
    requestsPerSecond: wholeNumber(variables, "SWEEP_REQUESTS_PER_SECOND", 1, 50),
    searchLagSeconds: wholeNumber(variables, "SEARCH_LAG_SECONDS", 60, 600, 0),
  };
}
