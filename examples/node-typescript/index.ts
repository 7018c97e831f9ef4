import { SetUserRootAttributes, UserPictures } from "auth0-user-pictures";
import type { UserPicturesArgs } from "auth0-user-pictures";

const args: UserPicturesArgs = {
  store: {},
  defaultPictures: { general: { file: "default-picture.png" } },
  connections: { "google-oauth2": SetUserRootAttributes.OnFirstLogin },
};

export const { pictureBaseUrl, defaultPictureUrl } = new UserPictures("pictures", args);
