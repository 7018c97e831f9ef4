// Where a user's picture has its variants: beside it, by its name. It imports nothing, so that a web page can have it:
// the published package exports it as `auth0-user-pictures/picture-variant`.

/** What a page needs besides the picture itself, a WebP of at most 512 × 512 pixels: exactly one of the two. */
export type PictureVariant =
  /** A WebP of at most 96 × 96 pixels, for lists. */
  | { readonly size: 96; readonly type?: never }
  /** A JPEG of the picture's own size, for what shows no WebP, such as e-mail clients. */
  | { readonly type: "jpeg"; readonly size?: never };

/** `…/u/<the user id's hash>/<the content's hash>.webp`, as `PictureUploads` stores a picture. */
const uploaded = /^(https:\/\/[^?#]*\/u\/[0-9a-f]{32}\/[0-9a-f]{64})\.webp$/;

/**
 * The URL of an uploaded picture's variant, from the picture's own: `…/<hash>.webp` has `…/<hash>-96.webp` and
 * `…/<hash>.jpg` beside it. Every other URL, such as an identity provider's or a default picture's, is returned as it
 * is, so that a page can ask for a variant of whatever picture a user has.
 *
 * Only what `PictureUploads` stored has variants. A WebP that an application put there itself by `pictureKey` has the
 * same form, and shows the default picture where a variant is asked for.
 *
 * @param url a user's `picture`
 */
export function pictureVariant(url: string, variant: PictureVariant): string {
  const suffix = variant.type === "jpeg" ? ".jpg" : "-96.webp";
  return url.replace(uploaded, `$1${suffix}`);
}
