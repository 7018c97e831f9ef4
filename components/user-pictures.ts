// The component most programs use: user pictures for one Auth0 tenant, from the picture store to the login.
import * as pulumi from "@pulumi/pulumi";
import type { DefaultPictureMode } from "../actions/user-picture/picture.ts";
import { ConnectionSync } from "./connection-sync.ts";
import { raiseFaults } from "./faults.ts";
import { PictureAction, pictureActionFaults } from "./picture-action.ts";
import type { PictureActionArgs } from "./picture-action.ts";
import { PictureStore, pictureStoreFaults } from "./picture-store.ts";
import type { PictureStoreArgs } from "./picture-store.ts";
import { syncValueFaults } from "./sync-flag.ts";
import type { SetUserRootAttributes } from "./sync-flag.ts";

export interface UserPicturesArgs {
  /** Where pictures are kept. */
  store: PictureStoreArgs;
  /** The Action's name, which people read in Auth0's dashboard. @default "User picture" */
  actionName?: string;
  /** Which users get the default picture. @default "generated" */
  defaultPictureMode?: DefaultPictureMode;
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
  return [
    ...pictureStoreFaults(args.store),
    ...pictureActionFaults(actionArgs(args)),
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
    this.actionId = action.actionId;
    this.actionVersionId = action.versionId;
    this.connections = pulumi.output(Object.fromEntries(connections));
    this.registerOutputs({
      pictureBaseUrl: this.pictureBaseUrl,
      defaultPictureUrl: this.defaultPictureUrl,
      bucketName: this.bucketName,
      distributionId: this.distributionId,
      distributionDomainName: this.distributionDomainName,
      actionId: this.actionId,
      actionVersionId: this.actionVersionId,
      connections: this.connections,
    });
  }
}

/** Without a store: as far as it can be checked before one exists. */
function actionArgs(args: UserPicturesArgs, store?: PictureStore): PictureActionArgs {
  const { actionName, defaultPictureMode, allowedUrlPrefixes = [] } = args;
  return {
    ...(actionName !== undefined && { name: actionName }),
    ...(defaultPictureMode !== undefined && { defaultPictureMode }),
    allowedUrlPrefixes:
      store === undefined
        ? allowedUrlPrefixes
        : [pulumi.interpolate`${store.baseUrl}u/`, pulumi.interpolate`${store.baseUrl}d/`, ...allowedUrlPrefixes],
    ...(store !== undefined && { defaultPictureUrl: store.defaultPictureUrl }),
  };
}
