const { SetUserRootAttributes, UserPictures } = require("auth0-user-pictures");

const pictures = new UserPictures("pictures", {
  store: {},
  defaultPictures: { general: { file: "default-picture.png" } },
  connections: { "google-oauth2": SetUserRootAttributes.OnFirstLogin },
});

exports.pictureBaseUrl = pictures.pictureBaseUrl;
exports.defaultPictureUrl = pictures.defaultPictureUrl;
