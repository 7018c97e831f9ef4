// The post-login Action that Auth0 runs in every login: it writes the picture that `choosePicture` chose, and does
// nothing else.
import { choosePicture } from "./picture.ts";
import type { PictureEvent, PictureSettings, PostLoginApi } from "./picture.ts";

/** Compiled in by the bundler. */
declare const PICTURE_SETTINGS: PictureSettings;

type PictureApi = Pick<PostLoginApi, "idToken" | "accessToken" | "samlResponse">;

export const onExecutePostLogin = async (event: PictureEvent, api: PictureApi): Promise<void> => {
  try {
    //! Everything is read before anything is written: an event that cannot be read changes nothing.
    const picture = choosePicture(PICTURE_SETTINGS, event);
    const protocol = event.transaction?.protocol;
    if (!picture) return;

    api.idToken.setCustomClaim("picture", picture.url);
    const { mirrors } = PICTURE_SETTINGS;
    if (mirrors?.idTokenClaim) api.idToken.setCustomClaim(mirrors.idTokenClaim, picture.url);
    if (mirrors?.accessTokenClaim) api.accessToken.setCustomClaim(mirrors.accessTokenClaim, picture.url);
    if (mirrors?.samlAttribute && (protocol === "samlp" || protocol === "wsfed")) {
      api.samlResponse.setAttribute(mirrors.samlAttribute, picture.url);
    }
  } catch {
    //! A login never fails because of a picture: Auth0's own claim stands.
  }
};
