// What outputs of a picture store are made of. These types are public: they import none of the AWS SDK's, which would
// cost whoever compiles a program ten times what the program does.

/** What a distribution needs to serve the pictures. */
export interface PictureOrigin {
  /** The bucket's domain name, as an S3 origin. */
  domainName: string;
  /** The id of the origin access control, by which the distribution may read the bucket. */
  originAccessControlId: string;
  /** The id of the response headers policy, for the cache behaviour. */
  responseHeadersPolicyId: string;
  /**
   * The default root object of a distribution whose default behaviour leads to the bucket, whether there is such an
   * object or not: CloudFront may list the bucket, and a request for `/` must not.
   */
  defaultRootObject: string;
  /**
   * The page of a custom error response of 404. None where the general default picture is a URL: then there is no such
   * picture.
   */
  missingPicturePath?: string;
}

/** A DNS record that you set. */
export interface DnsRecord {
  /** The host that the record is of. */
  name: string;
  /** The record's type, such as `CNAME`. */
  type: string;
  /** What the record says: another host. */
  value: string;
}
