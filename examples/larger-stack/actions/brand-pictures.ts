// Every Action of a tenant runs in every login, whatever application it is for. So a brand's Action acts in its own
// applications alone: in any other login it would put its default picture over the other brand's.
import { choosePicture } from "auth0-user-pictures/action";
import type { PictureSettings, PostLoginApi, PostLoginEvent } from "auth0-user-pictures/action";

declare const PICTURE_SETTINGS: PictureSettings;

/** @param brand what the metadata of its applications say */
export function picturesOf(brand: string) {
  return async (event: PostLoginEvent, api: PostLoginApi): Promise<void> => {
    if (event.client.metadata["brand"] !== brand) return;
    const picture = choosePicture(PICTURE_SETTINGS, event);
    if (picture) api.idToken.setCustomClaim("picture", picture.url);
  };
}
