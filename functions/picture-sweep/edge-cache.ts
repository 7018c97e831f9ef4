// What CloudFront's edges keep, and how they are made to forget it.
import { randomUUID } from "node:crypto";
import { callAws } from "../services/aws-call.ts";
import type { AwsAccess } from "../services/aws-call.ts";

export interface EdgeCache {
  /**
   * Makes every edge forget what has one of these tags (CloudFront API reference, "CreateInvalidation"; docs,
   * "Invalidating content by cache tags").
   *
   * @throws AwsCallError, DeadlineError
   */
  forget(tags: readonly string[]): Promise<void>;
}

/** CloudFront is one service for all regions, except for China's. */
const placeOf = (region: string) =>
  region.startsWith("cn-")
    ? { region: "cn-northwest-1", url: "https://cloudfront.cn-northwest-1.amazonaws.com.cn" }
    : { region: "us-east-1", url: "https://cloudfront.amazonaws.com" };

export function cloudFrontCache(distributionId: string, access: AwsAccess): EdgeCache {
  const { region, url } = placeOf(access.region);
  return {
    async forget(tags) {
      const items = tags.map((tag) => `<Path>#${tag}</Path>`).join("");
      const paths = `<Paths><Quantity>${tags.length}</Quantity><Items>${items}</Items></Paths>`;
      const body =
        `<InvalidationBatch xmlns="http://cloudfront.amazonaws.com/doc/2020-05-31/">${paths}` +
        // The same one when the call is repeated: it is one invalidation then.
        `<CallerReference>${randomUUID()}</CallerReference></InvalidationBatch>`;
      await callAws(access, {
        service: "cloudfront",
        region,
        method: "POST",
        url: new URL(`/2020-05-31/distribution/${distributionId}/invalidation`, access.endpoint ?? url),
        headers: { "content-type": "text/xml" },
        body,
      });
    },
  };
}
