// Pictures are decoded in processes of their own, because only those can be ended: a decoder that a hostile file keeps
// busy, or that it crashes, takes nothing else with it.
import type { ProcessedPicture } from "../../functions/picture-upload/process-picture.ts";

export interface PictureDecoder {
  /** @throws UploadRefusal */
  process(bytes: Uint8Array): Promise<ProcessedPicture>;
  /** How many pictures are decoded at once. */
  readonly concurrency: number;
  close(): Promise<void>;
}
