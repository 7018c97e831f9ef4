import { SetUserRootAttributes, UserPictures } from "auth0-user-pictures";

const pictures = new UserPictures("pictures", {
  store: {},
  defaultPictures: { general: { file: "default-picture.png" } },
  connections: { "google-oauth2": SetUserRootAttributes.OnFirstLogin },
});

export const { pictureBaseUrl, defaultPictureUrl } = pictures;
