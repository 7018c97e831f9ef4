// What the edge keeps: buckets with their objects, and CloudFront's resources as they were declared. JSON and object bytes
// in one folder, written at each change, so that it survives a restart.
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { output } from "@pulumi/aws/types/index.js";

/** The four settings of a bucket's public access block; AWS's default for a block that leaves one out is false. */
export interface PublicAccessBlock {
  readonly blockPublicAcls?: boolean;
  readonly blockPublicPolicy?: boolean;
  readonly ignorePublicAcls?: boolean;
  readonly restrictPublicBuckets?: boolean;
}

/** What a PutObject sets beside the bytes. */
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
  /** MD5 of the bytes in hex, without the quotes that HTTP puts around it. */
  readonly etag: string;
  /** Names the file of the bytes. */
  readonly sha256: string;
  /** ISO 8601. */
  readonly lastModified: string;
  /** Of a bucket with versioning. */
  readonly versionId?: string;
  /** By what S3 encrypted it when it was put. @default AES256 */
  readonly encryption?: BucketEncryption;
}

export interface BucketEncryption {
  readonly sseAlgorithm: string;
  /** The ARN of a KMS key. */
  readonly kmsMasterKeyId?: string;
}

export interface Bucket {
  readonly region: string;
  tags?: Readonly<Record<string, string>>;
  publicAccessBlock?: PublicAccessBlock;
  ownershipControls?: { readonly objectOwnership: string };
  /** The policy document's text. */
  policy?: string;
  encryptionRules?: readonly EncryptionRule[];
  versioning?: string;
  lifecycleRules?: readonly LifecycleRule[];
  readonly objects: Record<string, StoredObject>;
  /** Earlier versions by key, of objects that are there or are deleted. */
  noncurrentVersions?: Record<string, readonly StoredObject[]>;
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

/** The part of a cache behaviour that decides what a viewer gets. */
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

export interface DnsRecord {
  /** Ends in a dot. */
  readonly name: string;
  readonly type: string;
  readonly values?: readonly string[];
  readonly ttl?: number;
  /** Route 53's own kind, which leads to another AWS resource. */
  readonly alias?: { readonly name: string; readonly zoneId: string };
}

export interface CertificateRequest {
  readonly domainName: string;
  /** By which ACM sees that the host's DNS is yours. */
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

/** A resource of CloudFront: what was declared, and what CloudFront adds. */
export interface Stored<Config> {
  readonly id: string;
  readonly config: Config;
  /** Changes with each update, as CloudFront's version identifier does. */
  readonly etag: string;
}

export interface Distribution extends Stored<DistributionConfig> {
  readonly domainName: string;
  readonly callerReference: string;
  /** ISO 8601. */
  readonly lastModifiedTime: string;
}

export interface EdgeState {
  readonly buckets: Record<string, Bucket>;
  readonly originAccessControls: Record<string, Stored<OriginAccessControl>>;
  readonly responseHeadersPolicies: Record<string, Stored<ResponseHeadersPolicy>>;
  /** Key policies by the key's ARN. */
  readonly kmsKeys: Record<string, string>;
  /** By ARN. */
  readonly certificates: Record<string, CertificateRequest>;
  /** Names, which end in a dot, by id. */
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
  /** Writes the state; a crash leaves the old or the new one, never half of it. */
  save(): void;
  /** Keeps bytes under their SHA-256, which is returned. */
  putBytes(bytes: Uint8Array): string;
  bytes(sha256: string): Buffer;
  /** Removes bytes that no object names any more. */
  dropBytes(sha256: string): void;
}

export function openStore(folder: string): Store {
  const objects = join(folder, "objects");
  mkdirSync(objects, { recursive: true, mode: 0o700 });
  const file = join(folder, "edge.json");
  const state = readState(file);
  const writeWhole = (path: string, content: string | Uint8Array) => {
    writeFileSync(`${path}.new`, content, { mode: 0o600 });
    renameSync(`${path}.new`, path);
  };
  return {
    state,
    save: () => writeWhole(file, JSON.stringify(state, undefined, 2)),
    putBytes(bytes) {
      const sha256 = createHash("sha256").update(bytes).digest("hex");
      writeWhole(join(objects, sha256), bytes);
      return sha256;
    },
    bytes: (sha256) => readFileSync(join(objects, sha256)),
    dropBytes(sha256) {
      const named = Object.values(state.buckets).some(({ objects, noncurrentVersions = {} }) =>
        [...Object.values(objects), ...Object.values(noncurrentVersions).flat()].some(
          (object) => object.sha256 === sha256,
        ),
      );
      if (!named) rmSync(join(objects, sha256), { force: true });
    },
  };
}

function readState(file: string): EdgeState {
  const empty: EdgeState = {
    buckets: {},
    originAccessControls: {},
    responseHeadersPolicies: {},
    kmsKeys: {},
    certificates: {},
    hostedZones: {},
    dnsRecords: {},
    logDeliverySources: {},
    logDeliveryDestinations: {},
    logDeliveries: {},
    distributions: {},
  };
  try {
    // The file is our own: a newer resource type is absent in an older one.
    return { ...empty, ...(JSON.parse(readFileSync(file, "utf8")) as Partial<EdgeState>) };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return empty;
    throw new Error(`The edge's state ${file} cannot be read; remove it to begin anew`, { cause: error });
  }
}
