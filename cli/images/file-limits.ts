// What the command line takes: the files as cameras write them, and otherwise what uploads take, because the pictures
// that come out are the same.
import { processingLimits } from "../../functions/picture-upload/process-picture.ts";

export const fileLimits = {
  ...processingLimits,
  /** A camera's best JPEG, or a scan: no request has to carry it. */
  maxBytes: 50_000_000,
  /**
   * What takes a server five takes a laptop longer, that does other work beside. It only ends what would never end:
   * no other picture waits for it but on its own core.
   */
  maxSeconds: 30,
} as const;
