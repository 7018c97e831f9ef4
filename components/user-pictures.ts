// The component most programs use: user pictures for one Auth0 tenant, from the picture store to the login.
import * as pulumi from "@pulumi/pulumi";
import type { OutputsOf } from "./component-outputs.ts";
import type { SetUserRootAttributes } from "./connection-sync/sync-values.ts";
import { ConnectionSync, validateConnectionTenant } from "./connection-sync/connection-sync.ts";
import { validateFlowTenant } from "./picture-action/picture-action.ts";
import type { PictureAction } from "./picture-action/picture-action.ts";
import type { PictureStore } from "./picture-store/picture-store.ts";
import type { DnsRecord, PictureOrigin } from "./picture-store/store-outputs.ts";
import type { PictureUploads } from "./picture-uploads/picture-uploads.ts";
import { validateUploadsPlace } from "./picture-uploads/tenant-domain.ts";
import { settingsProvider } from "./settings-provider.ts";
import { validateUserPictures } from "./user-pictures-args.ts";
import type { UserPicturesArgs } from "./user-pictures-args.ts";
import { newAction, newStore, newUploads } from "./user-pictures-parts.ts";
import { assertNoRefusals, markValidated, validOrThrow } from "./validation.ts";

/** What the class shows of its children: a field would be an output to Pulumi's schema. */
const children = new WeakMap<
  UserPictures,
  {
    readonly store: PictureStore | undefined;
    readonly uploads: PictureUploads | undefined;
    readonly action: PictureAction;
  }
>();

/**
 * User pictures that work: a store, the service that users change their picture by, the Action that shows the pictures,
 * and connections whose changed pictures stay changed.
 *
 * Its Action is bound to `post-login` as a `PictureAction` is: what binds there before it is in its resource option
 * `dependsOn`, and what binds there after it depends on it.
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
  /** The URL of the general default picture; none without one. */
  declare readonly defaultPictureUrl: pulumi.Output<string | undefined>;
  /** The name of the store's bucket; none without a `store`, as with all that is said to be the store's. */
  declare readonly bucketName: pulumi.Output<string | undefined>;
  /** The id of the store's distribution. */
  declare readonly distributionId: pulumi.Output<string | undefined>;
  /** CloudFront's own name for the store's distribution, such as `d111111abcdef8.cloudfront.net`. */
  declare readonly distributionDomainName: pulumi.Output<string | undefined>;
  /** The store's DNS records that you set: those of a `domain` without a `zoneId`. */
  declare readonly dnsRecords: pulumi.Output<DnsRecord[] | undefined>;
  /** The policy of the store's bucket. An `existingBucket` must have its statements. */
  declare readonly bucketPolicyJson: pulumi.Output<string | undefined>;
  /** The statement that the policy of the store's `kmsMasterKeyId` must have; none without such a key. */
  declare readonly kmsKeyPolicyStatement: pulumi.Output<string | undefined>;
  /** What an `existingDistribution` needs to serve the store's pictures. */
  declare readonly pictureOrigin: pulumi.Output<PictureOrigin | undefined>;
  /** The IAM policy of an application's own uploader to the store: see the same output of `PictureStore`. */
  declare readonly uploaderPolicyJson: pulumi.Output<string | undefined>;
  /** Where a page sends a picture, `https://….amazonaws.com/picture`; none without `uploads`. */
  declare readonly uploadsEndpoint: pulumi.Output<string | undefined>;
  /** What a page asks the user's token for: the upload API's identifier in Auth0; none without `uploads`. */
  declare readonly uploadsAudience: pulumi.Output<string | undefined>;
  /** The scope that such a token needs; none without `uploads`. */
  declare readonly uploadsScope: pulumi.Output<string | undefined>;
  /** The id of the post-login Action. */
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
    const {
      action: actionOptions,
      connections = {},
      defaultPictures,
      pictureBaseUrl,
      uploads: uploadsOptions,
    } = valid.args;
    assertNoRefusals(`UserPictures "${name}" cannot be created:`, [
      ...validateFlowTenant(this, actionOptions?.loginFlow, ["action", "loginFlow"]),
      ...(Object.keys(connections).length > 0 ? validateConnectionTenant(this, ["connections"]) : []),
      ...(uploadsOptions ? validateUploadsPlace(this, uploadsOptions, ["uploads"]) : []),
    ]);

    // Where an auth0 provider is given, no child asks the stack's own tenant.
    const settings = this.getProvider("auth0:index/action:Action") ? undefined : settingsProvider(this, name);
    const child = { parent: this, ...(settings && { providers: [settings] }) };
    const store = newStore(`${name}-store`, valid, child);
    const action = newAction(`${name}-action`, valid, store, child);
    const uploads = newUploads(`${name}-uploads`, valid, store, child);
    children.set(this, { store, uploads, action });
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
      uploadsEndpoint: pulumi.output(uploads?.endpoint),
      uploadsAudience: pulumi.output(uploads?.audience),
      uploadsScope: pulumi.output(uploads?.scope),
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

  /** The service that takes users' pictures, with all of its outputs; undefined without one. */
  get uploads(): PictureUploads | undefined {
    return children.get(this)?.uploads;
  }

  /** The post-login Action. */
  get action(): PictureAction {
    const action = children.get(this)?.action;
    if (action === undefined) throw new Error("the component was not constructed here");
    return action;
  }
}
