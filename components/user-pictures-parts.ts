// What `UserPictures` tells each of its parts.
import * as pulumi from "@pulumi/pulumi";
import type { DefaultPictureArgs } from "./default-picture-args.ts";
import type { PictureActionArgs } from "./picture-action/options.ts";
import { PictureAction } from "./picture-action/picture-action.ts";
import type { ValidPictureAction } from "./picture-action/picture-action.ts";
import type { PictureStoreArgs } from "./picture-store/args.ts";
import type { DefaultPictureUrls } from "./picture-store/default-pictures.ts";
import { readablePrefixes } from "./picture-store/defaults.ts";
import { PictureStore } from "./picture-store/picture-store.ts";
import type { ValidPictureStore } from "./picture-store/validate.ts";
import { PictureUploads } from "./picture-uploads/picture-uploads.ts";
import type { PictureUploadsArgs } from "./picture-uploads/upload-args.ts";
import { uploadDefaults } from "./picture-uploads/upload-defaults.ts";
import type { UserPicturesArgs, ValidUserPictures } from "./user-pictures-args.ts";
import { markValidated } from "./validation.ts";

export function newStore(
  name: string,
  { args, files }: ValidUserPictures,
  child: pulumi.ComponentResourceOptions,
): PictureStore | undefined {
  if (args.store === undefined) return undefined;
  const { store, uploads, defaultPictures } = args;
  // Without uploads nothing is tagged as replaced, and the bucket's rules are what they were.
  const expiresReplaced = uploads !== undefined && hasOwnLifecycle(store);
  const { replacedPictureDays = uploadDefaults.replacedPictureDays } = uploads ?? {};
  const storeArgs: PictureStoreArgs = {
    ...store,
    ...(defaultPictures && { defaultPictures }),
    ...(expiresReplaced && { replacedPictureDays }),
  };
  return new PictureStore(
    name,
    markValidated(storeArgs, { args: storeArgs, files } satisfies ValidPictureStore),
    child,
  );
}

/** The rules of a bucket that another team manages are that team's. */
const hasOwnLifecycle = ({ existingBucket }: PictureStoreArgs) => existingBucket === undefined;

/** Uploads are refused where there is no store. */
export function newUploads(
  name: string,
  { args }: ValidUserPictures,
  store: PictureStore | undefined,
  child: pulumi.ComponentResourceOptions,
): PictureUploads | undefined {
  if (args.uploads === undefined || args.store === undefined || store === undefined) return undefined;
  const { kmsMasterKeyId } = args.store;
  const uploadsArgs: PictureUploadsArgs = {
    ...args.uploads,
    bucketName: store.bucketName,
    bucketArn: store.bucketArn,
    pictureBaseUrl: store.baseUrl,
    distributionArn: store.distributionArn,
    ...(kmsMasterKeyId !== undefined && { kmsMasterKeyId }),
    bucketExpiresReplaced: hasOwnLifecycle(args.store),
  };
  return new PictureUploads(name, markValidated(uploadsArgs, uploadsArgs), child);
}

export function newAction(
  name: string,
  { args, source }: ValidUserPictures,
  store: PictureStore | undefined,
  child: pulumi.ComponentResourceOptions,
): PictureAction {
  const actionArgs = actionArgsOf(args, store && storedPictures(args, store));
  const valid: ValidPictureAction = { args: actionArgs, source };
  return new PictureAction(name, markValidated(actionArgs, valid), child);
}

/** Where a store's pictures are. */
export interface StoredPictures {
  readonly baseUrl: pulumi.Output<string>;
  readonly distributionDomainName: pulumi.Output<string>;
  readonly urls: DefaultPictureUrls;
}

/** The names are known before the URLs are. */
function storedPictures({ defaultPictures }: UserPicturesArgs, store: PictureStore): StoredPictures {
  const urlsOf = (pictures: object = {}, urls: pulumi.Output<Record<string, string>>) =>
    Object.fromEntries(Object.keys(pictures).map((name) => [name, urls.apply((known) => known[name] ?? "")]));
  return {
    baseUrl: store.baseUrl,
    distributionDomainName: store.distributionDomainName,
    urls: {
      general: store.defaultPictureUrl,
      byConnection: urlsOf(defaultPictures?.byConnection, store.connectionDefaultPictureUrls),
      byOrganization: urlsOf(defaultPictures?.byOrganization, store.organizationDefaultPictureUrls),
    },
  };
}

/** The Action's arguments: every default picture is a URL by now, and the store's prefixes are allowed ones. */
export function actionArgsOf(args: UserPicturesArgs, stored: StoredPictures | undefined): PictureActionArgs {
  const { action, mode, pictureBaseUrl } = args;
  const own = action?.allowedUrlPrefixes ?? [];
  const around = (prefixes: pulumi.Input<string>[]) => [
    ...storePrefixes(args, stored),
    ...prefixes,
    ...(pictureBaseUrl === undefined ? [] : [pictureBaseUrl]),
  ];
  const defaultPictures = stored ? asArgs(stored.urls) : args.defaultPictures;
  return {
    ...action,
    ...(mode !== undefined && { mode }),
    ...(defaultPictures && { defaultPictures }),
    allowedUrlPrefixes: Array.isArray(own) ? around(own) : pulumi.output(own).apply(around),
  };
}

function asArgs({ general, byConnection, byOrganization }: DefaultPictureUrls) {
  const pictures = (urls: DefaultPictureUrls["byConnection"]): Record<string, DefaultPictureArgs> =>
    Object.fromEntries(Object.entries(urls).map(([name, url]) => [name, { url }]));
  return { general: { url: general }, byConnection: pictures(byConnection), byOrganization: pictures(byOrganization) };
}

/**
 * With a domain of the store's own too, pictures stay allowed where CloudFront's name for them has been used before.
 */
function storePrefixes({ store }: UserPicturesArgs, stored: StoredPictures | undefined): pulumi.Output<string>[] {
  if (stored === undefined) return [];
  const { baseUrl, distributionDomainName } = stored;
  const baseUrls = [baseUrl, ...(store?.domain ? [pulumi.interpolate`https://${distributionDomainName}/`] : [])];
  return baseUrls.flatMap((url) => readablePrefixes.map((prefix) => pulumi.interpolate`${url}${prefix}`));
}
