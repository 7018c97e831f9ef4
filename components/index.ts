// What `auth0-user-pictures` itself exports; package.json names its other modules.
import "./node-version.ts";
export { DefaultPictureMode, RootPictureMode } from "../actions/user-picture/picture.ts";
export { ConnectionSync } from "./connection-sync/connection-sync.ts";
export type { ConnectionSyncArgs } from "./connection-sync/connection-sync.ts";
export { SetUserRootAttributes } from "./connection-sync/sync-values.ts";
export type { DefaultPictureArgs, DefaultPicturesArgs } from "./default-picture-args.ts";
export type { LoginFlowActionArgs, LoginFlowArgs } from "./picture-action/login-flow.ts";
export type { PictureActionArgs, PictureActionOptions, PictureMirrorsArgs } from "./picture-action/options.ts";
export { PictureAction } from "./picture-action/picture-action.ts";
export {
  AccessLogFormat,
  GeoRestrictionType,
  MinimumProtocolVersion,
  PicturesOnDestroy,
  PriceClass,
} from "./picture-store/closed-sets.ts";
export type {
  AccessLogsArgs,
  ExistingDistributionArgs,
  GeoRestrictionArgs,
  PictureStoreArgs,
  PictureStoreOptions,
} from "./picture-store/args.ts";
export { controls } from "./picture-store/controls.ts";
export type { PictureDomainArgs } from "./picture-store/domain-args.ts";
export { PictureStore } from "./picture-store/picture-store.ts";
export type { DnsRecord, PictureOrigin } from "./picture-store/store-outputs.ts";
export { PictureUploads } from "./picture-uploads/picture-uploads.ts";
export type { PictureUploadsArgs, PictureUploadsOptions } from "./picture-uploads/upload-args.ts";
export type { PictureSweepArgs, UploadAccessLogsArgs, UploadThrottlingArgs } from "./picture-uploads/upload-parts.ts";
export { uploadControls } from "./picture-uploads/upload-controls.ts";
export { ClientAuthentication, WriteBack } from "./picture-uploads/upload-sets.ts";
export { ControlStatus } from "./security-control.ts";
export type { SecurityControl } from "./security-control.ts";
export { UserPictures } from "./user-pictures.ts";
export type { UserPicturesArgs } from "./user-pictures-args.ts";
