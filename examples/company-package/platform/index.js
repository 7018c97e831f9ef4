import { ComponentResource } from "@pulumi/pulumi";
import { SetUserRootAttributes, UserPictures } from "auth0-user-pictures";

/** How users log in at Acme, whose pictures are on a server of its own. */
export class Login extends ComponentResource {
  constructor(name, options) {
    super("acme:index:Login", name, {}, options);
    const pictures = new UserPictures(
      `${name}-pictures`,
      {
        pictureBaseUrl: "https://pictures.example.com/",
        defaultPictures: { general: { url: "https://pictures.example.com/d/face.png" } },
        connections: { "google-oauth2": SetUserRootAttributes.OnFirstLogin },
      },
      { parent: this },
    );
    this.defaultPictureUrl = pictures.defaultPictureUrl;
    this.registerOutputs({ defaultPictureUrl: this.defaultPictureUrl });
  }
}
