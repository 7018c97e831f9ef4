// A generated file's text, as `npm run format` leaves it.
import { format } from "oxfmt";
import type { FormatConfig } from "oxfmt";
import settings from "../.oxfmtrc.json" with { type: "json" };

/** @throws Error where it is not what the file's name says, Markdown for instance */
export async function formatted(file: string, text: string, options: FormatConfig = {}): Promise<string> {
  const { code, errors } = await format(file, text, { printWidth: settings.printWidth, ...options });
  if (errors.length > 0) throw new Error(`${file}: ${errors.map(({ message }) => message).join(", ")}`);
  return code;
}
