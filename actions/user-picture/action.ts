// The post-login Action that Auth0 runs in every login: it writes the picture that `choosePicture` chose, and does
// nothing else.
import { choosePicture } from "./picture.ts";
import type { PictureEvent, PictureSettings, PostLoginApi } from "./picture.ts";

/** Compiled in by the bundler. */
declare const PICTURE_SETTINGS: PictureSettings;

type PictureApi = Pick<PostLoginApi, "idToken" | "accessToken" | "samlResponse">;

export const onExecutePostLogin = async (event: PictureEvent, api: PictureApi): Promise<void> => {
  try {
    //! Everything is read before anything is written: a failing read changes nothing.
    const picture = choosePicture(PICTURE_SETTINGS, event);
    const protocol = event.transaction?.protocol;
    if (!picture) return;

    api.idToken.setCustomClaim("picture", picture.url);
    const { idTokenClaim, accessTokenClaim, samlAttribute } = PICTURE_SETTINGS.mirrors ?? {};
    if (idTokenClaim) api.idToken.setCustomClaim(idTokenClaim, picture.url);
    if (accessTokenClaim) api.accessToken.setCustomClaim(accessTokenClaim, picture.url);
    if (samlAttribute && (protocol === "samlp" || protocol === "wsfed"))
      api.samlResponse.setAttribute(samlAttribute, picture.url);
  } catch {
    //! A login never fails because of a picture: Auth0's own claim stands.
  }
};
