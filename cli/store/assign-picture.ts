// A picture becomes a user's own: its objects are stored, the user names it, and what it replaces is tagged so. In the
// same steps as an upload (functions/services/user-folder.ts), so that both can happen at once.
import type { ProcessedPicture } from "../../functions/picture-upload/process-picture.ts";

export interface Assignment {
  readonly userId: string;
  readonly picture: ProcessedPicture;
  /** Which of its files the user names. @default "webp" */
  readonly format?: "webp" | "jpeg";
  /** @default "metadata" */
  readonly attribute?: PictureAttribute;
}

/** `user_metadata.picture`, or the root attribute `picture`. */
export type PictureAttribute = "metadata" | "root";

export interface AssignedPicture {
  readonly url: string;
  /** The objects that were sent; the others were there already. */
  readonly uploaded: readonly string[];
  /** Whether the user named it before. */
  readonly wasNamed: boolean;
}
