// The closed sets of values that a picture store's arguments take.

/** What happens to the bucket, which holds users' data, when the store is destroyed or replaced. */
export const PicturesOnDestroy = {
  /**
   * The bucket, the distribution and the domain's DNS records, by which the pictures are kept and reached, are
   * protected: `pulumi destroy`, and what would replace them, is refused. A bucket that leaves the program all the same
   * stays in AWS.
   */
  Protect: "protect",
  /**
   * A bucket without users' pictures is deleted; AWS refuses to delete one that holds any, or earlier versions of some
   * (BucketNotEmpty). A default picture is deleted when another takes its place, so that the bucket can be empty.
   */
  Fail: "fail",
  /** The bucket is deleted with every picture in it. It must have been applied (`pulumi up`) before it helps. */
  Empty: "empty",
} as const;
export type PicturesOnDestroy = (typeof PicturesOnDestroy)[keyof typeof PicturesOnDestroy];

/**
 * From where CloudFront serves (CloudFront docs, "Price class"): fewer edges cost less and are farther from some users.
 */
export const PriceClass = {
  /** North America, Europe and Israel. */
  PriceClass100: "PriceClass_100",
  /** Also Asia, Africa and the Middle East. */
  PriceClass200: "PriceClass_200",
  /** Everywhere. */
  PriceClassAll: "PriceClass_All",
} as const;
export type PriceClass = (typeof PriceClass)[keyof typeof PriceClass];

/** The least that a viewer must speak (CloudFront docs, "Supported protocols and ciphers"). */
export const MinimumProtocolVersion = {
  /** TLS 1.2, with CloudFront's ciphers of 2021, or 1.3. */
  TLSv12_2021: "TLSv1.2_2021",
  /** TLS 1.2, with CloudFront's ciphers of 2025, or 1.3. */
  TLSv12_2025: "TLSv1.2_2025",
  /** TLS 1.3 only. */
  TLSv13_2025: "TLSv1.3_2025",
} as const;
export type MinimumProtocolVersion = (typeof MinimumProtocolVersion)[keyof typeof MinimumProtocolVersion];

/** What the countries of a restriction are. */
export const GeoRestrictionType = {
  /** The pictures are shown in these countries only. */
  Whitelist: "whitelist",
  /** The pictures are shown everywhere but in these countries. */
  Blacklist: "blacklist",
} as const;
export type GeoRestrictionType = (typeof GeoRestrictionType)[keyof typeof GeoRestrictionType];

/** The form of an access log's records (CloudWatch Logs API reference, "PutDeliveryDestination"). */
export const AccessLogFormat = {
  /** A JSON object for each record. */
  Json: "json",
  /** A line of text for each record: the fields' values. */
  Plain: "plain",
  /** As `plain`, below a header that names the fields (W3C, "Extended Log File Format"). For an S3 bucket only. */
  W3c: "w3c",
  /** What the service logs, as it is. Not for a log group. */
  Raw: "raw",
  /** Apache Parquet files, in columns. For an S3 bucket only. */
  Parquet: "parquet",
} as const;
export type AccessLogFormat = (typeof AccessLogFormat)[keyof typeof AccessLogFormat];
