// How many columns of a terminal a text takes: two for each Chinese, Japanese or Korean sign and each emoji.

const wide = new RegExp(
  String.raw`\p{Emoji_Presentation}|\ufe0f|\p{Script=Han}|\p{Script=Hiragana}|\p{Script=Katakana}|\p{Script=Hangul}|` +
    String.raw`[\u3000-\u303e\uff01-\uff60\uffe0-\uffe6]`,
  "u",
);
const plain = /^[\x20-\x7e]*$/;
const segmenter = new Intl.Segmenter();

/** Of a text without controls; what colours it does not count. */
export function textWidth(text: string): number {
  if (plain.test(text)) return text.length;
  return graphemesOf(withoutStyle(text)).reduce((sum, grapheme) => sum + widthOf(grapheme), 0);
}

/** The text, or as much of its beginning as leaves room for `…`. */
export function cutToWidth(text: string, width: number): string {
  if (textWidth(text) <= width) return text;
  let [cut, left] = ["", width - 1];
  for (const grapheme of graphemesOf(withoutStyle(text))) {
    left -= widthOf(grapheme);
    if (left < 0) break;
    cut += grapheme;
  }
  return width < 1 ? "" : `${cut}…`;
}

const graphemesOf = (text: string) =>
  plain.test(text) ? [...text] : Array.from(segmenter.segment(text), ({ segment }) => segment);

const widthOf = (grapheme: string) => (wide.test(grapheme) ? 2 : 1);

// oxlint-disable-next-line no-control-regex -- what styleText writes
const withoutStyle = (text: string) => text.replace(/\x1b\[\d+m/g, "");
