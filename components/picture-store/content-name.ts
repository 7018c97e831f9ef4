// The name that a picture's content gives it.
import { sha256 } from "../../actions/bundle/sha256.ts";

/** `<sha256 of the bytes>.<extension>` */
export function contentName(bytes: Uint8Array, extension: string): string {
  return `${sha256(bytes)}.${extension}`;
}
