// Colours of standard output, where it is a terminal that shows them (NO_COLOR, FORCE_COLOR).
import { styleText } from "node:util";

const painted =
  (...style: Parameters<typeof styleText>[0] & string[]) =>
  (text: string): string =>
    styleText(style, text, { stream: process.stdout });

/** By what is meant, so that the same thing has the same colour everywhere. The text is printable already. */
export const paint = {
  good: painted("green"),
  bad: painted("red"),
  doubtful: painted("yellow"),
  /** A heading, or what the eye should find. */
  strong: painted("bold"),
  /** What is there for completeness. */
  faint: painted("dim"),
};
