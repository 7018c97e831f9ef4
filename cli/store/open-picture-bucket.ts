// The bucket as uploads see it, and the edge's cache, by the official SDK: with the credentials, the retries, the
// endpoints and the proxies that a person has set up for it.
import { randomUUID } from "node:crypto";
import { CloudFrontClient, CreateInvalidationCommand } from "@aws-sdk/client-cloudfront";
import {
  CopyObjectCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  GetObjectTaggingCommand,
  ListObjectVersionsCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
} from "@aws-sdk/client-s3";
import type { DeleteMarkerEntry, S3ClientConfig, _Object as S3Object } from "@aws-sdk/client-s3";
import type { ListedObject, ObjectHeaders, ObjectStore, ObjectVersion } from "../../functions/services/object-store.ts";
import type { StoreTarget } from "../stack/target.ts";
import { awsAgents } from "./aws-agents.ts";
import { awsFailure } from "./aws-failure.ts";
import type { AwsCall } from "./aws-failure.ts";
import { StoreUnavailableError } from "./picture-bucket.ts";
import type { PictureBucket } from "./picture-bucket.ts";

export interface PictureBucketOptions {
  /** Of S3: `https://…`. @default AWS's, or what AWS_ENDPOINT_URL_S3 says */
  readonly endpoint?: string;
  /** Of CloudFront. @default AWS's, or what AWS_ENDPOINT_URL_CLOUDFRONT says */
  readonly cloudFrontEndpoint?: string;
  /** @default what the SDK finds: the environment, a profile, a role */
  readonly credentials?: NonNullable<S3ClientConfig["credentials"]>;
  readonly requestHandler?: NonNullable<S3ClientConfig["requestHandler"]>;
}

/** CloudFront takes so many for one invalidation (CloudFront docs, "Quotas on invalidations"). */
const mostTags = 3000;

export function openPictureBucket(store: StoreTarget, options: PictureBucketOptions = {}): PictureBucket {
  const { bucketName, distributionId, pictureBaseUrl } = store;
  const common = {
    ...(options.credentials !== undefined && { credentials: options.credentials }),
    requestHandler: options.requestHandler ?? awsAgents(),
  };
  const s3 = new S3Client({
    ...common,
    ...(store.region !== undefined && { region: store.region }),
    ...(options.endpoint !== undefined && { endpoint: options.endpoint }),
    followRegionRedirects: true,
  });
  const cloudFront = new CloudFrontClient({
    ...common,
    region: cloudFrontRegion(store.region),
    ...(options.cloudFrontEndpoint !== undefined && { endpoint: options.cloudFrontEndpoint }),
  });
  return {
    objects: sdkObjectStore(s3, { bucket: bucketName, region: store.region }),
    async *everyObject(prefix) {
      const place = { bucket: bucketName, region: store.region };
      for await (const page of pagesOf(s3, place, prefix))
        for (const { Size = 0, ...object } of page) yield { ...listedObject(object), size: Size };
    },
    urlOf: (key) => `${pictureBaseUrl}${key}`,
    async forget(tags) {
      if (distributionId === undefined) return;
      for (let from = 0; from < tags.length; from += mostTags) {
        const items = tags.slice(from, from + mostTags).map((tag) => `#${tag}`);
        const paths = { Quantity: items.length, Items: items };
        const batch = { CallerReference: randomUUID(), Paths: paths };
        const command = new CreateInvalidationCommand({ DistributionId: distributionId, InvalidationBatch: batch });
        await cloudFront.send(command).catch((error: unknown) => {
          const target = `the distribution ${JSON.stringify(distributionId)}`;
          throw awsFailure(error, { actions: ["cloudfront:CreateInvalidation"], target, region: store.region });
        });
      }
    },
  };
}

/** CloudFront is one service for all regions, except for China's. */
const cloudFrontRegion = (region = "") => (region.startsWith("cn-") ? "cn-northwest-1" : "us-east-1");

interface BucketPlace {
  readonly bucket: string;
  readonly region: string | undefined;
}

/** What the caller knows what to do with, instead of an error: there is no such object, or it was changed. */
const refused = Symbol("refused");

/** @param refusals statuses with which S3 refuses, and the caller knows */
async function call<Output>(
  { bucket, region }: BucketPlace,
  actions: AwsCall["actions"],
  send: () => Promise<Output>,
  refusals: readonly number[] = [],
): Promise<Output | typeof refused> {
  for (let tries = 1; ; tries += 1)
    try {
      return await send();
    } catch (error) {
      const { name, $metadata } = error as { name?: string; $metadata?: { httpStatusCode?: number } };
      const status = $metadata?.httpStatusCode ?? 0;
      // Two wrote it in the same moment, which the SDK does not repeat (Amazon S3 docs, "Conditional writes").
      if (status === 409 && tries < 3) continue;
      if (refusals.includes(status) && name !== "NoSuchBucket") return refused;
      throw awsFailure(error, { actions, target: `the bucket ${JSON.stringify(bucket)}`, region });
    }
}

/** For what S3 refuses with nothing that the caller knows. */
const done = async <Output>(place: BucketPlace, actions: AwsCall["actions"], send: () => Promise<Output>) =>
  (await call(place, actions, send)) as Output;

/** A thousand objects at a time. */
async function* pagesOf(s3: S3Client, place: BucketPlace, prefix: string): AsyncGenerator<readonly S3Object[]> {
  let token: string | undefined;
  do {
    const more = token !== undefined && { ContinuationToken: token };
    const query = { Bucket: place.bucket, Prefix: prefix, ...more };
    const page = await done(place, ["s3:ListBucket"], () => s3.send(new ListObjectsV2Command(query)));
    expectOfS3(page.IsTruncated);
    yield page.Contents ?? [];
    token = page.NextContinuationToken;
  } while (token !== undefined);
}

const listedObject = ({ Key, LastModified }: Pick<S3Object, "Key" | "LastModified">): ListedObject => ({
  key: expectOfS3(Key),
  lastModified: expectOfS3(LastModified),
});

function sdkObjectStore(s3: S3Client, place: BucketPlace): ObjectStore {
  const { bucket } = place;
  return {
    async putIfAbsent(key, bytes, headers) {
      let date: string | undefined;
      const answer = await call(
        place,
        ["s3:PutObject", "s3:PutObjectTagging"],
        () => {
          const command = new PutObjectCommand({
            ...{ Bucket: bucket, Key: key, Body: bytes, IfNoneMatch: "*" },
            ...sent(headers),
          });
          // The SDK keeps S3's time to itself.
          command.middlewareStack.add(
            (next) => async (input) => {
              const result = await next(input);
              date = (result.response as { headers?: Readonly<Record<string, string>> }).headers?.["date"];
              return result;
            },
            { step: "deserialize", priority: "high" },
          );
          return s3.send(command);
        },
        [412],
      );
      if (answer === refused) return undefined;
      expectOfS3(answer.ETag);
      return { at: new Date(date ?? Date.now()), versionId: answer.VersionId ?? "null" };
    },
    async rewrite(key, headers, unmodifiedSince) {
      const answer = await call(
        place,
        ["s3:GetObject", "s3:PutObject", "s3:PutObjectTagging"],
        () =>
          s3.send(
            new CopyObjectCommand({
              ...{
                Bucket: bucket,
                Key: key,
                CopySource: `${bucket}/${key.split("/").map(encodeURIComponent).join("/")}`,
              },
              ...sent(headers),
              // S3 copies nothing onto itself that would stay as it is.
              MetadataDirective: "REPLACE",
              TaggingDirective: "REPLACE",
              ...(unmodifiedSince && { CopySourceIfUnmodifiedSince: unmodifiedSince }),
            }),
          ),
        [404, 412],
      );
      return answer === refused ? undefined : expectOfS3(answer.CopyObjectResult?.LastModified);
    },
    async list(prefix) {
      const found: ListedObject[] = [];
      for await (const page of pagesOf(s3, place, prefix)) found.push(...page.map(listedObject));
      return found;
    },
    async listVersions(prefix, after) {
      const query = {
        ...{ Bucket: bucket, Prefix: prefix },
        ...(after !== undefined && { KeyMarker: after.key }),
        ...(after?.versionId !== undefined && { VersionIdMarker: after.versionId }),
      };
      const page = await done(place, ["s3:ListBucketVersions"], () => s3.send(new ListObjectVersionsCommand(query)));
      const { IsTruncated, NextKeyMarker, NextVersionIdMarker } = page;
      const versions = [
        ...(page.Versions ?? []).map((version) => listedVersion(version, false)),
        ...(page.DeleteMarkers ?? []).map((version) => listedVersion(version, true)),
      ];
      const next = {
        key: NextKeyMarker ?? "",
        ...(NextVersionIdMarker !== undefined && { versionId: NextVersionIdMarker }),
      };
      return { versions: versions.toSorted(inOrder), next: expectOfS3(IsTruncated) ? next : undefined };
    },
    async tagsOf(key, versionId) {
      const input = { Bucket: bucket, Key: key, ...(versionId !== undefined && { VersionId: versionId }) };
      const action = versionId === undefined ? "s3:GetObjectTagging" : "s3:GetObjectVersionTagging";
      const answer = await call(place, [action], () => s3.send(new GetObjectTaggingCommand(input)), [404]);
      if (answer === refused) return undefined;
      return Object.fromEntries(expectOfS3(answer.TagSet).map(({ Key, Value }) => [expectOfS3(Key), Value ?? ""]));
    },
    async deleteVersion(key, versionId) {
      const input = { Bucket: bucket, Key: key, VersionId: versionId };
      await call(place, ["s3:DeleteObjectVersion"], () => s3.send(new DeleteObjectCommand(input)), [404]);
    },
    async readText(key) {
      const read = async () => {
        const { Body, VersionId } = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
        return { text: (await Body?.transformToString()) ?? "", versionId: VersionId ?? "null" };
      };
      const answer = await call(place, ["s3:GetObject"], read, [404]);
      return answer === refused ? undefined : answer;
    },
    async writeText(key, text) {
      const input = { Bucket: bucket, Key: key, Body: text };
      const { ETag, VersionId } = await done(place, ["s3:PutObject"], () => s3.send(new PutObjectCommand(input)));
      expectOfS3(ETag);
      return VersionId ?? "null";
    },
  };
}

const sent = ({ contentType, cacheControl, cacheTag, tags }: ObjectHeaders) => ({
  ContentType: contentType,
  CacheControl: cacheControl,
  Metadata: { "cache-tag": cacheTag },
  Tagging: new URLSearchParams(tags).toString(),
});

/** Of an answer without what S3's has, nobody knows what was done. */
function expectOfS3<Value>(value: Value | undefined): Value {
  if (value === undefined)
    throw new StoreUnavailableError(
      "Something that is not S3 has answered for it, such as a proxy. See what stands between this machine and AWS, " +
        "and repeat the command.",
    );
  return value;
}

const listedVersion = (version: DeleteMarkerEntry, isMarker: boolean): ObjectVersion => ({
  key: expectOfS3(version.Key),
  lastModified: expectOfS3(version.LastModified),
  versionId: expectOfS3(version.VersionId),
  isLatest: version.IsLatest === true,
  isMarker,
});

/** The SDK has versions and markers in lists of their own. Which was first within one second is lost by that. */
const inOrder = (a: ObjectVersion, b: ObjectVersion): number =>
  (a.key < b.key ? -1 : Number(a.key > b.key)) ||
  Number(b.isLatest) - Number(a.isLatest) ||
  b.lastModified.getTime() - a.lastModified.getTime();
