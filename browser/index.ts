// For the page, without Pulumi and without a framework: the published package exports it as
// `auth0-user-pictures/browser`. It defines the element `<user-picture-upload>`.
import { UserPictureUpload } from "./user-picture-upload.ts";

export { choosePicture } from "./choose-picture.ts";
export type { ChoosePictureOptions } from "./choose-picture.ts";
export type { PictureCrop } from "./crop-square.ts";
export type { RefusalWords, UploadTexts } from "./english-texts.ts";
export type { StoredPicture } from "./send-picture.ts";
export { UserPictureError } from "./user-picture-error.ts";
export { UserPictureUpload } from "./user-picture-upload.ts";
export type { ElementTexts, UserPictureUploadEventMap } from "./user-picture-upload.ts";

// Two copies of the module can be in one page, and a server that renders pages has no elements.
const elements = globalThis.customElements as CustomElementRegistry | undefined;
if (elements && !elements.get("user-picture-upload")) elements.define("user-picture-upload", UserPictureUpload);
