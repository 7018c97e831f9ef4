// The AWS SDK's resources that the picture store declares, each loaded when it is first used: a program whose pictures
// live elsewhere loads none of them. By their leaf modules, which cost a program's start little.
import { createRequire } from "node:module";
import type { Certificate } from "@pulumi/aws/acm/certificate.js";
import type { CertificateValidation } from "@pulumi/aws/acm/certificateValidation.js";
import type { Distribution } from "@pulumi/aws/cloudfront/distribution.js";
import type { OriginAccessControl } from "@pulumi/aws/cloudfront/originAccessControl.js";
import type { ResponseHeadersPolicy } from "@pulumi/aws/cloudfront/responseHeadersPolicy.js";
import type { LogDelivery } from "@pulumi/aws/cloudwatch/logDelivery.js";
import type { LogDeliveryDestination } from "@pulumi/aws/cloudwatch/logDeliveryDestination.js";
import type { LogDeliverySource } from "@pulumi/aws/cloudwatch/logDeliverySource.js";
import type { Record } from "@pulumi/aws/route53/record.js";
import type { Bucket } from "@pulumi/aws/s3/bucket.js";
import type { BucketLifecycleConfiguration } from "@pulumi/aws/s3/bucketLifecycleConfiguration.js";
import type { BucketObjectv2 } from "@pulumi/aws/s3/bucketObjectv2.js";
import type { BucketOwnershipControls } from "@pulumi/aws/s3/bucketOwnershipControls.js";
import type { BucketPolicy } from "@pulumi/aws/s3/bucketPolicy.js";
import type { BucketPublicAccessBlock } from "@pulumi/aws/s3/bucketPublicAccessBlock.js";
import type { BucketServerSideEncryptionConfiguration } from "@pulumi/aws/s3/bucketServerSideEncryptionConfiguration.js";
import type { BucketVersioning } from "@pulumi/aws/s3/bucketVersioning.js";

/** The classes by their modules: each entry's type is the class's own. */
interface AwsClasses {
  Certificate: typeof Certificate;
  CertificateValidation: typeof CertificateValidation;
  Distribution: typeof Distribution;
  OriginAccessControl: typeof OriginAccessControl;
  ResponseHeadersPolicy: typeof ResponseHeadersPolicy;
  LogDelivery: typeof LogDelivery;
  LogDeliveryDestination: typeof LogDeliveryDestination;
  LogDeliverySource: typeof LogDeliverySource;
  Record: typeof Record;
  Bucket: typeof Bucket;
  BucketLifecycleConfiguration: typeof BucketLifecycleConfiguration;
  BucketObjectv2: typeof BucketObjectv2;
  BucketOwnershipControls: typeof BucketOwnershipControls;
  BucketPolicy: typeof BucketPolicy;
  BucketPublicAccessBlock: typeof BucketPublicAccessBlock;
  BucketServerSideEncryptionConfiguration: typeof BucketServerSideEncryptionConfiguration;
  BucketVersioning: typeof BucketVersioning;
}

const modules: { readonly [Name in keyof AwsClasses]: string } = {
  Certificate: "acm/certificate",
  CertificateValidation: "acm/certificateValidation",
  Distribution: "cloudfront/distribution",
  OriginAccessControl: "cloudfront/originAccessControl",
  ResponseHeadersPolicy: "cloudfront/responseHeadersPolicy",
  LogDelivery: "cloudwatch/logDelivery",
  LogDeliveryDestination: "cloudwatch/logDeliveryDestination",
  LogDeliverySource: "cloudwatch/logDeliverySource",
  Record: "route53/record",
  Bucket: "s3/bucket",
  BucketLifecycleConfiguration: "s3/bucketLifecycleConfiguration",
  BucketObjectv2: "s3/bucketObjectv2",
  BucketOwnershipControls: "s3/bucketOwnershipControls",
  BucketPolicy: "s3/bucketPolicy",
  BucketPublicAccessBlock: "s3/bucketPublicAccessBlock",
  BucketServerSideEncryptionConfiguration: "s3/bucketServerSideEncryptionConfiguration",
  BucketVersioning: "s3/bucketVersioning",
};

// A component's constructor is synchronous, so require; the SDK is CommonJS.
const load = createRequire(import.meta.url) as (path: string) => Readonly<AwsClasses>;

export const aws = Object.defineProperties(
  {},
  Object.fromEntries(
    Object.entries(modules).map(([name, path]) => [
      name,
      { enumerable: true, get: () => load(`@pulumi/aws/${path}.js`)[name as keyof AwsClasses] },
    ]),
  ),
) as Readonly<AwsClasses>;
