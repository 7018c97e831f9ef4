// The component most programs use: user pictures for one Auth0 tenant, from the picture store to the login.
import * as pulumi from "@pulumi/pulumi";
import type { OutputsOf } from "./component-outputs.ts";
import type { SetUserRootAttributes } from "./connection-sync/connection.ts";
import { ConnectionSync, validateConnectionTenant } from "./connection-sync/connection-sync.ts";
import type { DefaultPictureArgs } from "./default-picture-args.ts";
import type { PictureActionArgs } from "./picture-action/options.ts";
import { PictureAction, validateFlowTenant } from "./picture-action/picture-action.ts";
import type { ValidPictureAction } from "./picture-action/picture-action.ts";
import type { DefaultPictureUrls } from "./picture-store/default-pictures.ts";
import { readablePrefixes } from "./picture-store/defaults.ts";
import type { PictureOrigin } from "./picture-store/distribution.ts";
import type { DnsRecord } from "./picture-store/domain.ts";
import { PictureStore } from "./picture-store/picture-store.ts";
import type { ValidPictureStore } from "./picture-store/validate.ts";
import { validateUserPictures } from "./user-pictures-args.ts";
import type { UserPicturesArgs, ValidUserPictures } from "./user-pictures-args.ts";
import { assertNoRefusals, markValidated, validOrThrow } from "./validation.ts";

/** What the class shows of its children: a field would be an output to Pulumi's schema. */
const children = new WeakMap<
  UserPictures,
  { readonly store: PictureStore | undefined; readonly action: PictureAction }
>();

/**
 * User pictures that work: a store, the Action that shows its pictures, and connections whose changed pictures stay
 * changed.
 *
 * @example
 * const pictures = new UserPictures("user-pictures", {
 *   store: {},
 *   defaultPictures: { general: { file: "default-picture.png" } },
 *   connections: { "google-oauth2": SetUserRootAttributes.OnFirstLogin },
 * });
 * export const bucketName = pictures.store?.bucketName;
 */
export class UserPictures extends pulumi.ComponentResource {
  /** The picture store's `https://…/`, or what was given. */
  declare readonly pictureBaseUrl: pulumi.Output<string>;
  declare readonly defaultPictureUrl: pulumi.Output<string | undefined>;
  /** The store's; undefined without one, as are the next. */
  declare readonly bucketName: pulumi.Output<string | undefined>;
  declare readonly distributionId: pulumi.Output<string | undefined>;
  declare readonly distributionDomainName: pulumi.Output<string | undefined>;
  /** The DNS records that you set: those of a `domain` without a `zoneId`. */
  declare readonly dnsRecords: pulumi.Output<DnsRecord[] | undefined>;
  /** The bucket's policy. An `existingBucket` must have its statements. */
  declare readonly bucketPolicyJson: pulumi.Output<string | undefined>;
  /** The statement that the policy of `kmsMasterKeyId` must have. */
  declare readonly kmsKeyPolicyStatement: pulumi.Output<string | undefined>;
  /** What an `existingDistribution` needs to serve the pictures. */
  declare readonly pictureOrigin: pulumi.Output<PictureOrigin | undefined>;
  /** The IAM policy of an application's own uploader: see the same output of `PictureStore`. */
  declare readonly uploaderPolicyJson: pulumi.Output<string | undefined>;
  declare readonly actionId: pulumi.Output<string>;
  /** The Action's deployed version. */
  declare readonly actionVersionId: pulumi.Output<string>;
  /** Each connection's `set_user_root_attributes`, by the connection's name. */
  declare readonly connections: pulumi.Output<Record<string, SetUserRootAttributes>>;

  /**
   * @throws pulumi.RunError with every bad argument, before anything is registered; an auth0 provider's, before
   * anything
   *   but the component
   */
  constructor(name: string, args: UserPicturesArgs, opts?: pulumi.ComponentResourceOptions) {
    const valid = validOrThrow(`UserPictures "${name}"`, args, (...it) => validateUserPictures(...it, { name }));
    super("auth0-user-pictures:index:UserPictures", name, args, opts);
    const child = { parent: this };
    const { action: actionOptions, connections = {}, defaultPictures, pictureBaseUrl } = valid.args;
    assertNoRefusals(`UserPictures "${name}" cannot be created:`, [
      ...validateFlowTenant(this, actionOptions?.loginFlow, ["action", "loginFlow"]),
      ...(Object.keys(connections).length > 0 ? validateConnectionTenant(this, ["connections"]) : []),
    ]);

    const store = newStore(`${name}-store`, valid, child);
    const action = newAction(`${name}-action`, valid, store, child);
    children.set(this, { store, action });
    const syncs = Object.entries(connections).map(([connectionName, setUserRootAttributes]) => {
      const sync = { connectionName, setUserRootAttributes };
      return [
        connectionName,
        new ConnectionSync(`${name}-${connectionName}`, markValidated(sync, sync), child),
      ] as const;
    });

    const outputs: OutputsOf<UserPictures> = {
      // One of them was given.
      pictureBaseUrl: store?.baseUrl ?? pulumi.output(pictureBaseUrl ?? ""),
      defaultPictureUrl: pulumi.output(store?.defaultPictureUrl ?? defaultPictures?.general?.url),
      bucketName: pulumi.output(store?.bucketName),
      distributionId: pulumi.output(store?.distributionId),
      distributionDomainName: pulumi.output(store?.distributionDomainName),
      dnsRecords: pulumi.output(store?.dnsRecords),
      bucketPolicyJson: pulumi.output(store?.bucketPolicyJson),
      kmsKeyPolicyStatement: pulumi.output(store?.kmsKeyPolicyStatement),
      pictureOrigin: pulumi.output(store?.origin),
      uploaderPolicyJson: pulumi.output(store?.uploaderPolicyJson),
      actionId: action.actionId,
      actionVersionId: action.versionId,
      connections: pulumi.output(Object.fromEntries(syncs.map(([key, sync]) => [key, sync.setUserRootAttributes]))),
    };
    Object.assign(this, outputs);
    this.registerOutputs(outputs);
  }

  /** The picture store, with all of its outputs; undefined without one. */
  get store(): PictureStore | undefined {
    return children.get(this)?.store;
  }

  /** The post-login Action. */
  get action(): PictureAction {
    const action = children.get(this)?.action;
    if (action === undefined) throw new Error("the component was not constructed here");
    return action;
  }
}

function newStore(
  name: string,
  { args, files }: ValidUserPictures,
  child: pulumi.ComponentResourceOptions,
): PictureStore | undefined {
  if (args.store === undefined) return undefined;
  const storeArgs = { ...args.store, ...(args.defaultPictures && { defaultPictures: args.defaultPictures }) };
  return new PictureStore(
    name,
    markValidated(storeArgs, { args: storeArgs, files } satisfies ValidPictureStore),
    child,
  );
}

function newAction(
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
