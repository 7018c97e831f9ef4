// Why a picture is refused, or was not changed, in words for the person who chose it.
import { englishRefusals } from "./english-texts.ts";

export type RefusalCode = keyof typeof englishRefusals;

/**
 * What is wrong with a chosen file, or why the picture was not changed. The message is one sentence for the person who
 * chose the file.
 */
export class UserPictureError extends Error {
  override readonly name = "UserPictureError";
  /** Such as `too_small`; the service has codes of its own, in its answers. A code never changes its meaning. */
  readonly code: string;
  /** One sentence: what the person can do. */
  readonly whatToDo: string;

  /** @param cause for who makes the page; nobody is shown it */
  constructor(code: string, message: string, whatToDo: string, cause?: unknown) {
    super(message, { cause });
    this.code = code;
    this.whatToDo = whatToDo;
  }
}

/** In English. */
export function refusal(code: RefusalCode, cause?: unknown): UserPictureError {
  const [message, whatToDo] = englishRefusals[code];
  return new UserPictureError(code, message, whatToDo, cause);
}
