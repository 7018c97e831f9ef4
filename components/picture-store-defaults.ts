// The picture store's defaults, as data: what every store gets, and why.

export const bucketPublicAccessBlock = {
  // Only CloudFront reads the bucket; a public ACL or policy, whoever writes it, has no effect.
  blockPublicAcls: true,
  blockPublicPolicy: true,
  ignorePublicAcls: true,
  restrictPublicBuckets: true,
} as const;

export const originAccessControl = {
  originAccessControlOriginType: "s3",
  signingBehavior: "always",
  signingProtocol: "sigv4",
} as const;

export const distribution = {
  enabled: true,
  httpVersion: "http2and3",
  isIpv6Enabled: true,
  // North America, Europe and Israel: the least cost. Other regions are served from there.
  priceClass: "PriceClass_100",
  restrictions: { geoRestriction: { restrictionType: "none" } },
  viewerCertificate: { cloudfrontDefaultCertificate: true },
} as const;

export const cacheBehavior = {
  viewerProtocolPolicy: "redirect-to-https",
  allowedMethods: ["GET", "HEAD", "OPTIONS"],
  cachedMethods: ["GET", "HEAD"],
  compress: true,
  // AWS's managed policy CachingOptimized: forwards no cookie, header or query string, so a URL is one object.
  cachePolicyId: "658327ea-f89d-4fab-a63d-7e88639e58f6",
} as const;

/** A key names its content, so nothing goes stale: a browser keeps it a week, the edge, which can be told to forget, a year. */
export const pictureCacheControl = "public, max-age=604800, s-maxage=31536000, immutable";

/** What CloudFront may read: default pictures and users' pictures. Every other prefix of the bucket is unreachable. */
export const readablePrefixes = ["d/", "u/"] as const;
