// The picture store's defaults, as data: what every store gets, and why.
import type { DistributionArgs } from "@pulumi/aws/cloudfront/distribution.js";
import type { OriginAccessControlArgs } from "@pulumi/aws/cloudfront/originAccessControl.js";
import type { ResponseHeadersPolicyArgs } from "@pulumi/aws/cloudfront/responseHeadersPolicy.js";
import type { BucketOwnershipControlsArgs } from "@pulumi/aws/s3/bucketOwnershipControls.js";
import type { BucketPublicAccessBlockArgs } from "@pulumi/aws/s3/bucketPublicAccessBlock.js";
import type { BucketVersioningArgs } from "@pulumi/aws/s3/bucketVersioning.js";
import type { input } from "@pulumi/aws/types/index.js";

export const bucketPublicAccessBlock = {
  // Only CloudFront reads the bucket; a public ACL or policy, whoever writes it, has no effect.
  blockPublicAcls: true,
  blockPublicPolicy: true,
  ignorePublicAcls: true,
  restrictPublicBuckets: true,
} satisfies Omit<BucketPublicAccessBlockArgs, "bucket">;

export const bucketOwnershipControls = {
  // No ACLs at all: an object belongs to the bucket's account, whoever uploads it.
  rule: { objectOwnership: "BucketOwnerEnforced" },
} satisfies Omit<BucketOwnershipControlsArgs, "bucket">;

export const encryptionRule = {
  // S3's own keys: the pictures are public, and a KMS key costs by the month and by the request.
  applyServerSideEncryptionByDefault: { sseAlgorithm: "AES256" },
  // S3's own default since 2026, said here because a bucket that says nothing shows a difference at every preview. What
  // a client encrypts with a key of its own, CloudFront could not read.
  blockedEncryptionTypes: ["SSE-C"],
} satisfies input.s3.BucketServerSideEncryptionConfigurationRule;

export const bucketVersioning = {
  // An overwritten or deleted picture can be restored until its version expires.
  versioningConfiguration: { status: "Enabled" },
} satisfies Omit<BucketVersioningArgs, "bucket">;

export const originAccessControl = {
  originAccessControlOriginType: "s3",
  signingBehavior: "always",
  signingProtocol: "sigv4",
} satisfies OriginAccessControlArgs;

/**
 * The metadata of an object, `cache-tag`, as S3 sends it: comma-separated tags by which CloudFront can be told to
 * forget it.
 */
const cacheTagHeader = "x-amz-meta-cache-tag";

export const distribution = {
  enabled: true,
  httpVersion: "http2and3",
  isIpv6Enabled: true,
  // North America, Europe and Israel: the least cost. Other regions are served from there.
  priceClass: "PriceClass_100",
  restrictions: { geoRestriction: { restrictionType: "none" } },
  viewerCertificate: { cloudfrontDefaultCertificate: true },
  // One user's pictures can be erased at the edge by one tag, without knowing their URLs.
  cacheTagConfig: { headerName: cacheTagHeader },
  // What depends on the distribution waits until every edge serves it, so that no token names a picture that is not
  // served yet.
  waitForDeployment: true,
} satisfies Partial<DistributionArgs>;

export const viewerCertificate = {
  // Without SNI CloudFront charges for an IP address; every browser has sent it for ten years.
  sslSupportMethod: "sni-only",
  // What AWS recommends and policy packs ask for by name.
  minimumProtocolVersion: "TLSv1.2_2021",
} satisfies input.cloudfront.DistributionViewerCertificate;

/** Where CloudFront's certificates are, and where its logs are delivered from. */
export const cloudFrontRegion = "us-east-1";

/** Every log tool reads it. */
export const accessLogFormat = "json";

/**
 * CloudFront's own choice (CloudFront docs, "Standard logging reference"), said because leaving fields out again would
 * change nothing: the provider keeps what was said before.
 */
// prettier-ignore
export const accessLogFields = [
  "date", "time", "x-edge-location", "sc-bytes", "c-ip", "cs-method", "cs(Host)", "cs-uri-stem", "sc-status",
  "cs(Referer)", "cs(User-Agent)", "cs-uri-query", "cs(Cookie)", "x-edge-result-type", "x-edge-request-id",
  "x-host-header", "cs-protocol", "cs-bytes", "time-taken", "x-forwarded-for", "ssl-protocol", "ssl-cipher",
  "x-edge-response-result-type", "cs-protocol-version", "fle-status", "fle-encrypted-fields", "c-port",
  "time-to-first-byte", "x-edge-detailed-result-type", "sc-content-type", "sc-content-len", "sc-range-start",
  "sc-range-end",
];

export const cacheBehavior = {
  viewerProtocolPolicy: "redirect-to-https",
  // No OPTIONS: a bucket without CORS rules answers it with 403, so no preflight would succeed (Amazon S3 docs,
  // "Configuring cross-origin resource sharing"). To read a picture, a page needs none.
  allowedMethods: ["GET", "HEAD"],
  cachedMethods: ["GET", "HEAD"],
  compress: true,
  // AWS's managed policy CachingOptimized: forwards no cookie, header or query string, so a URL is one object.
  cachePolicyId: "658327ea-f89d-4fab-a63d-7e88639e58f6",
} satisfies Partial<input.cloudfront.DistributionDefaultCacheBehavior>;

/**
 * What a missing picture answers: an honest 404 whose body is the default picture, which an `<img>` shows. A minute
 * later a picture that was restored or uploaded meanwhile is seen.
 */
export const missingPicture = {
  // Its own object: the default picture's says that it may be kept for a year. The name stays when the picture changes,
  // so that the distribution does not.
  key: "d/missing",
  cacheControl: "public, max-age=60",
  errorCachingMinTtl: 60,
} as const;

/**
 * They make a hostile file harmless: one that a browser opens as a page, and not as a picture, runs nothing, loads
 * nothing and is framed by nobody.
 */
export const responseHeadersPolicy = {
  comment: "User pictures",
  securityHeadersConfig: {
    contentSecurityPolicy: {
      // Inline styles are for an SVG's own; in a sandbox without an origin they reach nothing.
      contentSecurityPolicy: "default-src 'none'; style-src 'unsafe-inline'; sandbox; frame-ancestors 'none'",
      override: true,
    },
    contentTypeOptions: { override: true },
    frameOptions: { frameOption: "DENY", override: true },
    referrerPolicy: { referrerPolicy: "no-referrer", override: true },
    // For this host alone: other hosts below the store's domain, and browsers' preload lists, are not the store's to
    // decide.
    strictTransportSecurity: {
      accessControlMaxAgeSec: 31536000,
      includeSubdomains: false,
      preload: false,
      override: true,
    },
  },
  customHeadersConfig: {
    items: [
      // Pages that isolate themselves (Cross-Origin-Embedder-Policy) may show the pictures.
      { header: "Cross-Origin-Resource-Policy", value: "cross-origin", override: true },
      // Pictures of people stay out of search engines.
      { header: "X-Robots-Tag", value: "noindex, noimageindex", override: true },
    ],
  },
  // Any page may read the pictures' bytes, for a canvas: they are public, and come without credentials.
  corsConfig: {
    accessControlAllowCredentials: false,
    accessControlAllowHeaders: { items: ["*"] },
    accessControlAllowMethods: { items: ["GET", "HEAD"] },
    accessControlAllowOrigins: { items: ["*"] },
    accessControlMaxAgeSec: 86400,
    originOverride: true,
  },
  // How the bucket keeps an object, and the tag that groups one user's pictures, are nobody's business. CloudFront
  // reads the tag before.
  removeHeadersConfig: {
    items: [
      { header: cacheTagHeader },
      { header: "x-amz-server-side-encryption" },
      { header: "x-amz-server-side-encryption-aws-kms-key-id" },
      { header: "x-amz-server-side-encryption-bucket-key-enabled" },
      { header: "x-amz-version-id" },
      { header: "x-amz-storage-class" },
      { header: "x-amz-expiration" },
      { header: "x-amz-replication-status" },
    ],
  },
} satisfies ResponseHeadersPolicyArgs;

/**
 * A key names its content, so nothing goes stale: a browser keeps it a week, the edge, which can be told to forget, a
 * year.
 */
export const pictureCacheControl = "public, max-age=604800, s-maxage=31536000, immutable";

/** What CloudFront may read: default pictures and users' pictures. Every other prefix of the bucket is unreachable. */
export const readablePrefixes = ["d/", "u/"] as const;
