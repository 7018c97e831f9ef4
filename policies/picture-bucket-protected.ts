// A bucket with users' pictures is data: no update, replacement or destroy may take it away by accident.
import type { BucketArgs } from "@pulumi/aws/s3/bucket.js";
import type { ResourceValidationPolicy } from "@pulumi/policy";
import type { Unwrap } from "@pulumi/pulumi";
import { bucketTypes, pictureResourceSettings, validatePictureResource } from "./picture-resources.ts";

type Bucket = Unwrap<BucketArgs>;

export const pictureBucketProtected: ResourceValidationPolicy = {
  name: "picture-bucket-protected",
  description: "A bucket with users' pictures is protected against deletion.",
  severity: "high",
  configSchema: { properties: pictureResourceSettings },
  validateResource: validatePictureResource<Bucket>(bucketTypes, (bucket, { opts }, reportViolation) => {
    if (!opts.protect) reportViolation("Set protect: true (for a PictureStore, picturesOnDestroy: protect).");
    // Last, because its value may not be known yet.
    if (bucket.forceDestroy === true)
      reportViolation(
        "forceDestroy deletes every picture with it. " +
          "Leave it out (for a PictureStore, picturesOnDestroy: protect).",
      );
  }),
};
