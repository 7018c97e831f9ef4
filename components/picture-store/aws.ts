// The AWS SDK's resources that the picture store declares, each loaded when it is first used: a program whose pictures live elsewhere loads
// none of them. By their leaf modules, which cost a program's start nothing.
import { createRequire } from "node:module";
import type * as certificate from "@pulumi/aws/acm/certificate.js";
import type * as certificateValidation from "@pulumi/aws/acm/certificateValidation.js";
import type * as distribution from "@pulumi/aws/cloudfront/distribution.js";
import type * as originAccessControl from "@pulumi/aws/cloudfront/originAccessControl.js";
import type * as responseHeadersPolicy from "@pulumi/aws/cloudfront/responseHeadersPolicy.js";
import type * as logDelivery from "@pulumi/aws/cloudwatch/logDelivery.js";
import type * as logDeliveryDestination from "@pulumi/aws/cloudwatch/logDeliveryDestination.js";
import type * as logDeliverySource from "@pulumi/aws/cloudwatch/logDeliverySource.js";
import type * as record from "@pulumi/aws/route53/record.js";
import type * as bucket from "@pulumi/aws/s3/bucket.js";
import type * as bucketLifecycleConfiguration from "@pulumi/aws/s3/bucketLifecycleConfiguration.js";
import type * as bucketObject from "@pulumi/aws/s3/bucketObjectv2.js";
import type * as bucketOwnershipControls from "@pulumi/aws/s3/bucketOwnershipControls.js";
import type * as bucketPolicy from "@pulumi/aws/s3/bucketPolicy.js";
import type * as bucketPublicAccessBlock from "@pulumi/aws/s3/bucketPublicAccessBlock.js";
import type * as bucketEncryption from "@pulumi/aws/s3/bucketServerSideEncryptionConfiguration.js";
import type * as bucketVersioning from "@pulumi/aws/s3/bucketVersioning.js";

// A component's constructor is synchronous, so require; the SDK is CommonJS.
const load = createRequire(import.meta.url) as <Module>(path: string) => Module;

export const aws = {
  get Certificate() {
    return load<typeof certificate>("@pulumi/aws/acm/certificate.js").Certificate;
  },
  get CertificateValidation() {
    return load<typeof certificateValidation>("@pulumi/aws/acm/certificateValidation.js").CertificateValidation;
  },
  get Distribution() {
    return load<typeof distribution>("@pulumi/aws/cloudfront/distribution.js").Distribution;
  },
  get OriginAccessControl() {
    return load<typeof originAccessControl>("@pulumi/aws/cloudfront/originAccessControl.js").OriginAccessControl;
  },
  get ResponseHeadersPolicy() {
    return load<typeof responseHeadersPolicy>("@pulumi/aws/cloudfront/responseHeadersPolicy.js").ResponseHeadersPolicy;
  },
  get LogDelivery() {
    return load<typeof logDelivery>("@pulumi/aws/cloudwatch/logDelivery.js").LogDelivery;
  },
  get LogDeliveryDestination() {
    return load<typeof logDeliveryDestination>("@pulumi/aws/cloudwatch/logDeliveryDestination.js")
      .LogDeliveryDestination;
  },
  get LogDeliverySource() {
    return load<typeof logDeliverySource>("@pulumi/aws/cloudwatch/logDeliverySource.js").LogDeliverySource;
  },
  get Record() {
    return load<typeof record>("@pulumi/aws/route53/record.js").Record;
  },
  get Bucket() {
    return load<typeof bucket>("@pulumi/aws/s3/bucket.js").Bucket;
  },
  get BucketLifecycleConfiguration() {
    return load<typeof bucketLifecycleConfiguration>("@pulumi/aws/s3/bucketLifecycleConfiguration.js")
      .BucketLifecycleConfiguration;
  },
  get BucketObjectv2() {
    return load<typeof bucketObject>("@pulumi/aws/s3/bucketObjectv2.js").BucketObjectv2;
  },
  get BucketOwnershipControls() {
    return load<typeof bucketOwnershipControls>("@pulumi/aws/s3/bucketOwnershipControls.js").BucketOwnershipControls;
  },
  get BucketPolicy() {
    return load<typeof bucketPolicy>("@pulumi/aws/s3/bucketPolicy.js").BucketPolicy;
  },
  get BucketPublicAccessBlock() {
    return load<typeof bucketPublicAccessBlock>("@pulumi/aws/s3/bucketPublicAccessBlock.js").BucketPublicAccessBlock;
  },
  get BucketServerSideEncryptionConfiguration() {
    return load<typeof bucketEncryption>("@pulumi/aws/s3/bucketServerSideEncryptionConfiguration.js")
      .BucketServerSideEncryptionConfiguration;
  },
  get BucketVersioning() {
    return load<typeof bucketVersioning>("@pulumi/aws/s3/bucketVersioning.js").BucketVersioning;
  },
};
