// What came from outside (a user's name, a URL, another's error) as it may be shown in a terminal, where it could move
// the cursor, colour what follows, or reverse how it reads.

/**
 * All that is not seen as itself: controls with every line end, marks of direction, invisible characters, halves of
 * pairs. Not the two joiners, without which Persian, Hindi and emoji fall apart.
 */
const unseen = /(?![\u200c\u200d])[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Zl}\p{Zp}\u115f\u1160\u3164\uffa0]/gu;

/** Signs of one letter on top of each other climb over the lines above. */
const piledMarks = /(\p{M}{4})\p{M}+/gu;

/**
 * One line: what cannot be seen is written as `\u001b`, a password in a URL is left out, and what is longer than the
 * limit is cut. Nothing is lost for a reader who sees it; it is not for files that are read again.
 *
 * @param value what is no string is shown as JSON
 * @param limit characters
 */
export function printable(value: unknown, limit = 200): string {
  const text = typeof value === "string" ? value : ((JSON.stringify(value) as string | undefined) ?? String(value));
  // Far more than is shown is not looked at, however long it is.
  const masked = text.slice(0, 2 * limit + 2000).replace(/\/\/[^/@\s"<>]*@/g, "//…@");
  const visible = masked.replace(unseen, escaped).replace(piledMarks, "$1…");
  const characters = [...visible];
  return characters.length > limit || text.length > 2 * limit + 2000
    ? `${characters.slice(0, limit).join("")}…`
    : visible;
}

/** A text of many lines, painted perhaps: as it is, but for what its writer has forgotten to make printable. */
export const withoutControls = (text: string): string =>
  text.replace(lineEndOrColour, (all: string, kept: string | undefined) => kept ?? all.replace(unseen, escaped));

/** The same of a text that nobody has painted here. */
export const withoutColours = (text: string): string => withoutControls(text.replaceAll("\x1b", "\\u001b"));

// oxlint-disable-next-line no-control-regex -- what styleText writes
const lineEndOrColour = /(\n|\x1b\[\d+m)|[^\n\x1b]+|\x1b/g;

/** JSON that says the same, in which nothing is unseen. */
export const visibleJson = (json: string): string =>
  json.replace(unseen, (character) =>
    character === "\n"
      ? character
      : character.replace(/[^]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`),
  );

/** As JSON and JavaScript write it: `\n`, `\u202e`, `\u{e0041}`. */
function escaped(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  const short = { 9: "\\t", 10: "\\n", 13: "\\r" }[code];
  if (short !== undefined) return short;
  const hex = code.toString(16);
  return code > 0xffff ? `\\u{${hex}}` : `\\u${hex.padStart(4, "0")}`;
}
