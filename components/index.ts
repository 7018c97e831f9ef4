// What `auth0-user-pictures` itself exports; package.json names its other modules.
export { DefaultPictureMode } from "../actions/user-picture/picture.ts";
export { ConnectionSync } from "./connection-sync/connection-sync.ts";
export type { ConnectionSyncArgs } from "./connection-sync/connection-sync.ts";
export type { DefaultPictureArgs, DefaultPicturesArgs } from "./picture-store/default-pictures.ts";
export type { LoginFlowActionArgs, LoginFlowArgs } from "./picture-action/login-flow.ts";
export { PictureAction } from "./picture-action/picture-action.ts";
export type { PictureActionArgs, PictureActionOptions, PictureMirrorsArgs } from "./picture-action/picture-action.ts";
export { ControlStatus, controls } from "./picture-store/controls.ts";
export type { Control } from "./picture-store/controls.ts";
export {
  AccessLogFormat,
  GeoRestrictionType,
  MinimumProtocolVersion,
  PicturesOnDestroy,
  PriceClass,
} from "./picture-store/args.ts";
export type {
  AccessLogsArgs,
  ExistingDistributionArgs,
  GeoRestrictionArgs,
  PictureDomainArgs,
  PictureStoreArgs,
} from "./picture-store/args.ts";
export type { DnsRecord, PictureOrigin } from "./picture-store/distribution.ts";
export { PictureStore } from "./picture-store/picture-store.ts";
export { SetUserRootAttributes } from "./connection-sync/connection.ts";
export { UserPictures } from "./user-pictures.ts";
export type { UserPicturesArgs } from "./user-pictures.ts";
