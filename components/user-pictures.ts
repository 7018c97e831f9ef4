// The component most programs use: user pictures for one Auth0 tenant, from the picture store to the login.
import * as pulumi from "@pulumi/pulumi";
import { ConnectionSync } from "./connection-sync.ts";
import type { DefaultPictureUrls } from "./default-pictures.ts";
import { raiseFaults } from "./faults.ts";
import { PictureAction, pictureActionFaults } from "./picture-action.ts";
import type { PictureActionArgs, PictureActionOptions } from "./picture-action.ts";
import { pictureStoreFaults } from "./picture-store-args.ts";
import type { PictureStoreArgs } from "./picture-store-args.ts";
import { PictureStore } from "./picture-store.ts";
import { readablePrefixes } from "./picture-store-defaults.ts";
import { syncValueFaults } from "./sync-flag.ts";
import type { SetUserRootAttributes } from "./sync-flag.ts";

export interface UserPicturesArgs extends PictureActionOptions {
  /** Where pictures are kept. */
  store: PictureStoreArgs;
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
  if ((args.store as unknown) === undefined)
    return ['store: nothing was given; say where pictures are kept, at least { defaultPictureFile: "default.png" }.'];
  // The Action's own names of what is named here otherwise.
  const actionFaults = pictureActionFaults(actionArgs(args)).map((fault) =>
    fault.replace(/^name: /, "actionName: ").replace(/^entry: /, "actionEntry: "),
  );
  return [
    ...pictureStoreFaults(args.store, args.defaultPictureMode),
    ...actionFaults,
    ...connections.flatMap(([name, value]) => syncValueFaults(`connections.${name}`, value)),
  ];
}

/** User pictures that work: a store, the Action that shows its pictures, and connections whose changed pictures stay changed. */
export class UserPictures extends pulumi.ComponentResource {
  /** The picture store's `https://…/`. */
  readonly pictureBaseUrl: pulumi.Output<string>;
  readonly defaultPictureUrl: pulumi.Output<string>;
  readonly bucketName: pulumi.Output<string>;
  readonly distributionId: pulumi.Output<string>;
  readonly distributionDomainName: pulumi.Output<string>;
  /** The IAM policy of an application's own uploader: it may store users' pictures (`u/…`), and nothing else. */
  readonly uploaderPolicyJson: pulumi.Output<string>;
  readonly actionId: pulumi.Output<string>;
  /** The Action's deployed version. */
  readonly actionVersionId: pulumi.Output<string>;
  /** Each connection's `set_user_root_attributes`, by the connection's name. */
  readonly connections: pulumi.Output<Record<string, SetUserRootAttributes>>;

  /** @throws pulumi.RunError with every bad argument, before anything is registered. */
  constructor(name: string, args: UserPicturesArgs, opts?: pulumi.ComponentResourceOptions) {
    super(
      "auth0-user-pictures:index:UserPictures",
      name,
      raiseFaults(`UserPictures "${name}"`, args, userPicturesFaults),
      opts,
    );
    const child = { parent: this };

    const store = new PictureStore(`${name}-store`, args.store, child);
    const action = new PictureAction(`${name}-action`, actionArgs(args, store), child);
    const connections = Object.entries(args.connections ?? {}).map(([connectionName, setUserRootAttributes]) => {
      const sync = new ConnectionSync(`${name}-${connectionName}`, { connectionName, setUserRootAttributes }, child);
      return [connectionName, sync.setUserRootAttributes] as const;
    });

    this.pictureBaseUrl = store.baseUrl;
    this.defaultPictureUrl = store.defaultPictureUrl;
    this.bucketName = store.bucketName;
    this.distributionId = store.distributionId;
    this.distributionDomainName = store.distributionDomainName;
    this.uploaderPolicyJson = store.uploaderPolicyJson;
    this.actionId = action.actionId;
    this.actionVersionId = action.versionId;
    this.connections = pulumi.output(Object.fromEntries(connections));
    this.registerOutputs({
      pictureBaseUrl: this.pictureBaseUrl,
      defaultPictureUrl: this.defaultPictureUrl,
      bucketName: this.bucketName,
      distributionId: this.distributionId,
      distributionDomainName: this.distributionDomainName,
      uploaderPolicyJson: this.uploaderPolicyJson,
      actionId: this.actionId,
      actionVersionId: this.actionVersionId,
      connections: this.connections,
    });
  }
}

/** Without a store: as far as the arguments can be checked before there is one. */
export function actionArgs(
  args: UserPicturesArgs,
  deployed?: DefaultPictureUrls & Pick<PictureStore, "baseUrl">,
): PictureActionArgs {
  const { actionName, actionEntry, store, connections, allowedUrlPrefixes = [], ...options } = args;
  const stored =
    deployed === undefined ? [] : readablePrefixes.map((prefix) => pulumi.interpolate`${deployed.baseUrl}${prefix}`);
  const urlsByName = (pictures: object = {}, urls: pulumi.Output<Record<string, string>>) =>
    Object.fromEntries(Object.keys(pictures).map((name) => [name, urls.apply((known) => known[name] ?? "")]));
  return {
    ...options,
    ...(actionName !== undefined && { name: actionName }),
    ...(actionEntry !== undefined && { entry: actionEntry }),
    ...(deployed !== undefined && {
      defaultPictureUrl: deployed.defaultPictureUrl,
      connectionDefaultPictureUrls: urlsByName(store.connectionDefaultPictures, deployed.connectionDefaultPictureUrls),
      organizationDefaultPictureUrls: urlsByName(
        store.organizationDefaultPictures,
        deployed.organizationDefaultPictureUrls,
      ),
    }),
    allowedUrlPrefixes: [...stored, ...allowedUrlPrefixes],
  };
}
