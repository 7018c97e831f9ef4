// The two attributes that name a user's picture, as people write them.
import type { PictureAttribute } from "../store/assign-picture.ts";

export const attributeNames: Readonly<Record<PictureAttribute, string>> = {
  metadata: "user_metadata.picture",
  root: "the root picture",
};
