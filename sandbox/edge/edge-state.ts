// What the edge keeps: buckets with their objects, and the other resources as they were declared.
import { randomInt } from "node:crypto";
import type { output } from "@pulumi/aws/types/index.js";
import type { FunctionState } from "./function-state.ts";
import type { MessageState } from "./message-state.ts";

/** The four settings of a bucket's public access block. AWS's default for each is false. */
export interface PublicAccessBlock {
  readonly blockPublicAcls?: boolean;
  readonly blockPublicPolicy?: boolean;
  readonly ignorePublicAcls?: boolean;
  readonly restrictPublicBuckets?: boolean;
}

/** What a PutObject sets in addition to the bytes. */
export interface ObjectHeaders {
  readonly contentType?: string;
  readonly cacheControl?: string;
  readonly contentDisposition?: string;
  readonly contentEncoding?: string;
  readonly contentLanguage?: string;
  /** Served as `x-amz-meta-*`. */
  readonly metadata?: Readonly<Record<string, string>>;
  readonly tags?: Readonly<Record<string, string>>;
}

export interface StoredObject extends ObjectHeaders {
  /** In hex, without the quotes of the HTTP header; the MD5 of the bytes where no KMS key encrypts them. */
  readonly etag: string;
  /** The SHA-256 of the bytes, which is the name of their file. */
  readonly sha256: string;
  /** In bytes; absent where an older sandbox has put it. */
  readonly size?: number;
  /** ISO 8601. */
  readonly lastModified: string;
  /** Only in a bucket with versioning. */
  readonly versionId?: string;
  /** How S3 encrypted it when it was put. @default AES256 */
  readonly encryption?: BucketEncryption;
}

/** What a deletion leaves in a bucket that keeps versions: a version without content. */
export interface DeleteMarker {
  readonly isDeleteMarker: true;
  /** ISO 8601. */
  readonly lastModified: string;
  /** Only of a bucket whose versioning is not suspended. */
  readonly versionId?: string;
}

export type KeptVersion = StoredObject | DeleteMarker;

export interface BucketEncryption {
  readonly sseAlgorithm: string;
  /** The ARN of a KMS key. */
  readonly kmsMasterKeyId?: string;
}

export interface Bucket {
  readonly region: string;
  /** Whether the deployment may not see it any more: HeadBucket answers 403. */
  listDenied?: boolean;
  tags?: Readonly<Record<string, string>>;
  publicAccessBlock?: PublicAccessBlock;
  ownershipControls?: { readonly objectOwnership: string };
  /** The text of the policy document. */
  policy?: string;
  encryptionRules?: readonly EncryptionRule[];
  versioning?: string;
  lifecycleRules?: readonly LifecycleRule[];
  readonly objects: Record<string, StoredObject>;
  /** By key: the earlier versions of existing and of deleted objects, the latest last. */
  noncurrentVersions?: Record<string, readonly KeptVersion[]>;
  /** By key: what is current where the object is deleted. */
  deleteMarkers?: Record<string, DeleteMarker>;
}

export interface EncryptionRule {
  readonly applyServerSideEncryptionByDefault?: BucketEncryption;
  readonly blockedEncryptionTypes?: readonly string[];
  readonly bucketKeyEnabled?: boolean;
}

export type LifecycleRule = Omit<output.s3.BucketLifecycleConfigurationRule, "prefix">;

export interface OriginAccessControl {
  readonly name: string;
  readonly description?: string;
  readonly originAccessControlOriginType: string;
  readonly signingBehavior: string;
  readonly signingProtocol: string;
}

export interface ResponseHeadersPolicy {
  readonly name: string;
  readonly comment?: string;
  readonly corsConfig?: output.cloudfront.ResponseHeadersPolicyCorsConfig;
  readonly customHeadersConfig?: output.cloudfront.ResponseHeadersPolicyCustomHeadersConfig;
  readonly removeHeadersConfig?: output.cloudfront.ResponseHeadersPolicyRemoveHeadersConfig;
  readonly securityHeadersConfig?: output.cloudfront.ResponseHeadersPolicySecurityHeadersConfig;
  readonly serverTimingHeadersConfig?: output.cloudfront.ResponseHeadersPolicyServerTimingHeadersConfig;
}

/** The part of a cache behavior that decides what a viewer gets. */
export type CacheBehavior = Pick<
  output.cloudfront.DistributionDefaultCacheBehavior,
  "allowedMethods" | "targetOriginId" | "viewerProtocolPolicy" | "responseHeadersPolicyId"
>;

export interface DistributionConfig {
  readonly enabled: boolean;
  readonly aliases?: readonly string[];
  readonly defaultRootObject?: string;
  readonly origins: readonly Pick<
    output.cloudfront.DistributionOrigin,
    "originId" | "domainName" | "originPath" | "originAccessControlId"
  >[];
  readonly defaultCacheBehavior: CacheBehavior;
  readonly orderedCacheBehaviors?: readonly (CacheBehavior & { readonly pathPattern: string })[];
  readonly customErrorResponses?: readonly output.cloudfront.DistributionCustomErrorResponse[];
  readonly cacheTagConfig?: output.cloudfront.DistributionCacheTagConfig;
  readonly restrictions?: output.cloudfront.DistributionRestrictions;
  readonly viewerCertificate?: Partial<output.cloudfront.DistributionViewerCertificate>;
  readonly webAclId?: string;
}

/** Every cache behavior of a distribution, in the order in which CloudFront tries them. */
export const behaviorsOf = (config: DistributionConfig) => [
  ...(config.orderedCacheBehaviors ?? []),
  { ...config.defaultCacheBehavior, pathPattern: "*" },
];

export interface DnsRecord {
  /** Ends with a dot. */
  readonly name: string;
  readonly type: string;
  readonly values?: readonly string[];
  readonly ttl?: number;
  /** Route 53's alias, which leads to another AWS resource. */
  readonly alias?: { readonly name: string; readonly zoneId: string };
}

export interface CertificateRequest {
  readonly domainName: string;
  /** The DNS record that proves to ACM that the domain is yours. */
  readonly validation: { readonly name: string; readonly type: string; readonly value: string };
  readonly issued: boolean;
}

export interface LogDeliverySource {
  readonly region: string;
  readonly logType: string;
  readonly resourceArn: string;
}

export interface LogDeliveryDestination {
  readonly region: string;
  readonly destinationResourceArn: string;
  readonly outputFormat?: string;
}

export interface LogDelivery {
  readonly deliverySourceName: string;
  readonly deliveryDestinationArn: string;
  readonly recordFields?: readonly string[];
}

/** A resource of CloudFront: its declared configuration, and what CloudFront adds. */
export interface Stored<Config> {
  readonly id: string;
  readonly config: Config;
  /** A new one with each update, like CloudFront's version identifier. */
  readonly etag: string;
}

export interface Distribution extends Stored<DistributionConfig> {
  readonly domainName: string;
  readonly callerReference: string;
  /** ISO 8601. */
  readonly lastModifiedTime: string;
}

export interface EdgeState extends FunctionState, MessageState {
  readonly buckets: Record<string, Bucket>;
  readonly originAccessControls: Record<string, Stored<OriginAccessControl>>;
  readonly responseHeadersPolicies: Record<string, Stored<ResponseHeadersPolicy>>;
  /** By the key's ARN: its policy. */
  readonly kmsKeys: Record<string, string>;
  /** By ARN. */
  readonly certificates: Record<string, CertificateRequest>;
  /** By id: the zone's name, which ends with a dot. */
  readonly hostedZones: Record<string, string>;
  /** By zone, name and type. */
  readonly dnsRecords: Record<string, DnsRecord>;
  readonly logDeliverySources: Record<string, LogDeliverySource>;
  readonly logDeliveryDestinations: Record<string, LogDeliveryDestination>;
  readonly logDeliveries: Record<string, LogDelivery>;
  readonly distributions: Record<string, Distribution>;
}

export interface Store {
  readonly state: EdgeState;
  /** Writes the state. */
  save(): void;
  /**
   * Writes what has become of one object, and removes the bytes of earlier versions that nothing refers to any more.
   *
   * @param before what its versions were
   */
  saveObject(bucket: Bucket, key: string, before: readonly KeptVersion[]): void;
  /** Keeps bytes, and returns their SHA-256. */
  putBytes(bytes: Uint8Array): string;
  bytes(sha256: string): Buffer;
  /** Removes bytes if no object and no function's code refers to them any more. */
  dropBytes(sha256: string): void;
}

const letters = "0123456789abcdefghijklmnopqrstuvwxyz";

/** Random digits and lower-case letters, as in many of AWS's ids. */
export const randomText = (length: number) => Array.from({ length }, () => letters[randomInt(letters.length)]).join("");
