// The component most programs use: user pictures for one Auth0 tenant, from the picture store to the login.
import * as pulumi from "@pulumi/pulumi";
import { ConnectionSync, connectionTenantFaults } from "./connection-sync/connection-sync.ts";
import type { DefaultPictureUrls } from "./picture-store/default-pictures.ts";
import { raiseFaults } from "./validation.ts";
import { flowTenantFaults, PictureAction, pictureActionFaults } from "./picture-action/picture-action.ts";
import type { PictureActionArgs, PictureActionOptions } from "./picture-action/picture-action.ts";
import { pictureStoreFaults } from "./picture-store/args.ts";
import type { PictureStoreArgs } from "./picture-store/args.ts";
import { PictureStore } from "./picture-store/picture-store.ts";
import type { DnsRecord, PictureOrigin } from "./picture-store/distribution.ts";
import { readablePrefixes } from "./picture-store/defaults.ts";
import { syncValueFaults } from "./connection-sync/connection.ts";
import type { SetUserRootAttributes } from "./connection-sync/connection.ts";

export interface UserPicturesArgs extends PictureActionOptions {
  /** Where pictures are kept: a store on AWS. @default none: see `pictureBaseUrl` */
  store?: PictureStoreArgs;
  /** Where pictures are kept if not in a store: `https://host/` or `https://host/path/`. Nothing on AWS is touched, and its SDK is not loaded. */
  pictureBaseUrl?: pulumi.Input<string>;
  /** Without a store: the default picture, an https URL. @default none */
  defaultPictureUrl?: pulumi.Input<string>;
  /** Without a store: the default picture of logins through a connection, by its name. @default none of its own */
  connectionDefaultPictureUrls?: Record<string, pulumi.Input<string>>;
  /** Without a store: that of logins to an organization, by its name; it comes before the connection's. @default none of its own */
  organizationDefaultPictureUrls?: Record<string, pulumi.Input<string>>;
  /** The Action's name, which people read in Auth0's dashboard. @default "User picture" */
  actionName?: string;
  /** An Action of your own: see `PictureActionArgs.entry`. @default this package's Action */
  actionEntry?: string;
  /** Where users' own pictures may come from besides the store: `https://host/` or `https://host/path/`. @default only the store */
  allowedUrlPrefixes?: pulumi.Input<string>[];
  /**
   * When a connection's identity provider writes its users' attributes, by the connection's name,
   * for example `{ "google-oauth2": "on_first_login" }`. @default no connection is touched
   */
  connections?: Record<string, SetUserRootAttributes>;
}

/** Every fault of the arguments, a sentence each; none for good ones. */
export function userPicturesFaults(args: UserPicturesArgs): string[] {
  const connections = Object.entries(args.connections ?? {});
  if (args.store === undefined && args.pictureBaseUrl === undefined)
    return [
      'store: nothing was given; say where pictures are kept, at least { defaultPictureFile: "default.png" }, or pictureBaseUrl if they are not kept on AWS.',
    ];
  // The Action's own names of what is named here otherwise.
  const actionFaults = pictureActionFaults(actionArgs(args)).map((fault) =>
    fault
      .replace(/^name: /, "actionName: ")
      .replace(/^entry: /, "actionEntry: ")
      .replace(`allowedUrlPrefixes[${args.allowedUrlPrefixes?.length ?? 0}]: `, "pictureBaseUrl: "),
  );
  return [
    ...(args.store ? pictureStoreFaults(args.store, args.defaultPictureMode) : []),
    ...(args.store && args.pictureBaseUrl !== undefined
      ? ["pictureBaseUrl: a store was given too, and pictures are kept in one place. Leave one of them out."]
      : []),
    ...(args.store ? storeHasItsOwn(args) : []),
    ...actionFaults,
    ...connections.flatMap(([name, value]) => syncValueFaults(`connections.${name}`, value)),
  ];
}

/** One place for default pictures: the store's arguments, which take URLs too. */
function storeHasItsOwn(args: UserPicturesArgs): string[] {
  const moved = {
    defaultPictureUrl: "store.defaultPictureUrl",
    connectionDefaultPictureUrls: "store.connectionDefaultPictures",
    organizationDefaultPictureUrls: "store.organizationDefaultPictures",
  } as const;
  return (Object.keys(moved) as (keyof typeof moved)[])
    .filter((name) => args[name] !== undefined)
    .map((name) => `${name}: a store was given too, and has the default pictures. Set ${moved[name]} instead.`);
}

/** User pictures that work: a store, the Action that shows its pictures, and connections whose changed pictures stay changed. */
export class UserPictures extends pulumi.ComponentResource {
  /** The picture store's `https://…/`, or what was given. */
  readonly pictureBaseUrl: pulumi.Output<string>;
  readonly defaultPictureUrl: pulumi.Output<string | undefined>;
  /** The store's; undefined without one, as are the next. */
  readonly bucketName: pulumi.Output<string | undefined>;
  readonly distributionId: pulumi.Output<string | undefined>;
  readonly distributionDomainName: pulumi.Output<string | undefined>;
  /** The DNS records that you set: those of a `domain` without a `zoneId`. */
  readonly dnsRecords: pulumi.Output<DnsRecord[] | undefined>;
  /** The bucket's policy. An `existingBucket` must have its statements. */
  readonly bucketPolicyJson: pulumi.Output<string | undefined>;
  /** The statement that the policy of `kmsMasterKeyId` must have. */
  readonly kmsKeyPolicyStatement: pulumi.Output<string | undefined>;
  /** What an `existingDistribution` needs to serve the pictures. */
  readonly pictureOrigin: pulumi.Output<PictureOrigin | undefined>;
  /**
   * The IAM policy of an application's own uploader: it may store users' pictures (`u/…`), encrypt them with `kmsMasterKeyId`, and erase them with
   * `uploaderMayErase`; nothing else.
   */
  readonly uploaderPolicyJson: pulumi.Output<string | undefined>;
  readonly actionId: pulumi.Output<string>;
  /** The Action's deployed version. */
  readonly actionVersionId: pulumi.Output<string>;
  /** Each connection's `set_user_root_attributes`, by the connection's name. */
  readonly connections: pulumi.Output<Record<string, SetUserRootAttributes>>;

  /** @throws pulumi.RunError with every bad argument, before anything is registered; an auth0 provider's, before anything but the component. */
  constructor(name: string, args: UserPicturesArgs, opts?: pulumi.ComponentResourceOptions) {
    super(
      "auth0-user-pictures:index:UserPictures",
      name,
      raiseFaults(`UserPictures "${name}"`, args, userPicturesFaults),
      opts,
    );
    const child = { parent: this };
    raiseFaults(`UserPictures "${name}"`, args, ({ connections = {} }) => [
      ...flowTenantFaults(this, args),
      ...(Object.keys(connections).length > 0 ? connectionTenantFaults(this, "connections") : []),
    ]);

    const store = args.store && new PictureStore(`${name}-store`, args.store, child);
    const action = new PictureAction(`${name}-action`, actionArgs(args, store), child);
    const connections = Object.entries(args.connections ?? {}).map(([connectionName, setUserRootAttributes]) => {
      const sync = new ConnectionSync(`${name}-${connectionName}`, { connectionName, setUserRootAttributes }, child);
      return [connectionName, sync.setUserRootAttributes] as const;
    });

    // One of them was given.
    this.pictureBaseUrl = store?.baseUrl ?? pulumi.output(args.pictureBaseUrl ?? "");
    this.defaultPictureUrl = pulumi.output(args.defaultPictureUrl ?? store?.defaultPictureUrl);
    this.bucketName = pulumi.output(store?.bucketName);
    this.distributionId = pulumi.output(store?.distributionId);
    this.distributionDomainName = pulumi.output(store?.distributionDomainName);
    this.dnsRecords = pulumi.output(store?.dnsRecords);
    this.bucketPolicyJson = pulumi.output(store?.bucketPolicyJson);
    this.kmsKeyPolicyStatement = pulumi.output(store?.kmsKeyPolicyStatement);
    this.pictureOrigin = pulumi.output(store?.origin);
    this.uploaderPolicyJson = pulumi.output(store?.uploaderPolicyJson);
    this.actionId = action.actionId;
    this.actionVersionId = action.versionId;
    this.connections = pulumi.output(Object.fromEntries(connections));
    this.registerOutputs({
      pictureBaseUrl: this.pictureBaseUrl,
      defaultPictureUrl: this.defaultPictureUrl,
      bucketName: this.bucketName,
      distributionId: this.distributionId,
      distributionDomainName: this.distributionDomainName,
      dnsRecords: this.dnsRecords,
      bucketPolicyJson: this.bucketPolicyJson,
      kmsKeyPolicyStatement: this.kmsKeyPolicyStatement,
      pictureOrigin: this.pictureOrigin,
      uploaderPolicyJson: this.uploaderPolicyJson,
      actionId: this.actionId,
      actionVersionId: this.actionVersionId,
      connections: this.connections,
    });
  }
}

/** The Action's arguments; before the store is there, as far as they can be checked. */
export function actionArgs(
  args: UserPicturesArgs,
  deployed?: DefaultPictureUrls & Pick<PictureStore, "baseUrl" | "distributionDomainName">,
): PictureActionArgs {
  const { actionName, actionEntry, store, pictureBaseUrl, connections, allowedUrlPrefixes = [], ...options } = args;
  return {
    ...options,
    ...(store && deployed && storedPictures(store, deployed)),
    ...(actionName !== undefined && { name: actionName }),
    ...(actionEntry !== undefined && { entry: actionEntry }),
    allowedUrlPrefixes: [
      ...storePrefixes(store, deployed),
      ...allowedUrlPrefixes,
      ...(pictureBaseUrl === undefined ? [] : [pictureBaseUrl]),
    ],
  };
}

/** The names are known before the URLs are. */
function storedPictures(store: PictureStoreArgs, deployed: DefaultPictureUrls): Partial<PictureActionArgs> {
  const byName = (pictures: object = {}, urls: pulumi.Output<Record<string, string>>) =>
    Object.fromEntries(Object.keys(pictures).map((name) => [name, urls.apply((known) => known[name] ?? "")]));
  return {
    defaultPictureUrl: deployed.defaultPictureUrl,
    connectionDefaultPictureUrls: byName(store.connectionDefaultPictures, deployed.connectionDefaultPictureUrls),
    organizationDefaultPictureUrls: byName(store.organizationDefaultPictures, deployed.organizationDefaultPictureUrls),
  };
}

/** Where the store's pictures are: under its own domain too, they stay where CloudFront's name for them has been used before. */
function storePrefixes(
  store: PictureStoreArgs | undefined,
  deployed: Pick<PictureStore, "baseUrl" | "distributionDomainName"> | undefined,
): pulumi.Output<string>[] {
  if (deployed === undefined) return [];
  const baseUrls = [
    deployed.baseUrl,
    ...(store?.domain ? [pulumi.interpolate`https://${deployed.distributionDomainName}/`] : []),
  ];
  return baseUrls.flatMap((baseUrl) => readablePrefixes.map((prefix) => pulumi.interpolate`${baseUrl}${prefix}`));
}
