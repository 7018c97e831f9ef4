// A bucket with users' pictures is data: no update, replacement or destroy may take it away by accident.
import type { ResourceValidationPolicy } from "@pulumi/policy";
import { bucketType, isPictureResource, pictureResourceProperties } from "./picture-resources.ts";
import type { PictureResourceConfig } from "./picture-resources.ts";
import { judgeEach } from "./unknown-values.ts";

export const pictureBucketProtected: ResourceValidationPolicy = {
  name: "picture-bucket-protected",
  description: "A bucket with users' pictures is protected against deletion.",
  severity: "high",
  configSchema: { properties: pictureResourceProperties },
  validateResource(bucket, reportViolation) {
    if (bucket.type !== bucketType || !isPictureResource(bucket, bucket.getConfig<PictureResourceConfig>())) return;
    const checks = [
      () => {
        if (!bucket.opts.protect)
          reportViolation("Set protect: true (for a PictureStore, picturesOnDestroy: protect).");
      },
      () => {
        if (bucket.props["forceDestroy"] === true)
          reportViolation(
            "forceDestroy deletes every picture with it. Leave it out (for a PictureStore, picturesOnDestroy: protect).",
          );
      },
    ];
    judgeEach(checks, (check) => check());
  },
};
