// The root element of an SVG, as a browser's XML parser finds it: what comes before it can be an XML declaration,
// instructions, comments, and a document type whose entities stand in its attributes.

export const svgNamespace = "http://www.w3.org/2000/svg";

export interface SvgRoot {
  /** `svg`, or with a prefix. */
  readonly name: string;
  /** Its value with entities put in; undefined where it is not there. */
  readonly attribute: (name: string) => string | undefined;
}

const quoted = /"[^"]*"|'[^']*'/.source;
const comment = /<!--(?:(?!-->)[^])*-->/.source;
const instruction = /<\?(?:(?!\?>)[^])*\?>/.source;
const subset = `(?:${comment}|${instruction}|${quoted}|<(?!!--|\\?)|[^\\]<"'])*`;
const doctype = `<!DOCTYPE\\s(?:${quoted}|[^"'>[])*(?:\\[(?<subset>${subset})\\]\\s*)?>`;
const beforeRoot = new RegExp(`\\s+|${comment}|${instruction}|${doctype}`, "y");
const entity = new RegExp(`${comment}|<!ENTITY\\s+(?<name>[^\\s%"'<>]+)\\s+(?<value>${quoted})\\s*>`, "g");
const startOfRoot = /<(?<name>(?:[\w.-]+:)?svg)(?=[\s/>])/y;
const oneAttribute = new RegExp(`\\s+(?<name>[^\\s=/>"']+)\\s*=\\s*(?<value>${quoted})`, "y");

/** Undefined for what is no SVG. */
export function svgRootOf(bytes: Uint8Array): SvgRoot | undefined {
  const text = textOf(bytes);
  const entities = new Map<string, string>();
  let at = 0;
  for (let found; (found = matchAt(beforeRoot, text, at)) !== null; at += found[0].length)
    for (const { groups } of (found.groups?.["subset"] ?? "").matchAll(entity))
      // The first of a name is the one that counts.
      if (groups?.["name"] !== undefined && !entities.has(groups["name"]))
        entities.set(groups["name"], unquoted(groups["value"]));
  const root = matchAt(startOfRoot, text, at);
  if (root === null) return undefined;
  at += root[0].length;
  const attributes = new Map<string, string>();
  for (let found; (found = matchAt(oneAttribute, text, at)) !== null; at += found[0].length)
    attributes.set(found.groups?.["name"] ?? "", unquoted(found.groups?.["value"]));
  const valueOf = (name: string) => {
    const value = attributes.get(name);
    return value === undefined ? undefined : expanded(value, entities);
  };
  return { name: root.groups?.["name"] ?? "", attribute: valueOf };
}

function matchAt(pattern: RegExp, text: string, at: number): RegExpExecArray | null {
  pattern.lastIndex = at;
  return pattern.exec(text);
}

const unquoted = (value = "") => value.slice(1, -1);

/**
 * An entity can stand in another one; none of those that matter here is long, or deep. What is long is left as it is:
 * a few of them, one in the other, would take all memory.
 */
function expanded(value: string, entities: ReadonlyMap<string, string>): string {
  const isLong = (text: string) => text.length > 1000;
  let text = value;
  for (let depth = 0; depth < 4 && !isLong(text); depth++)
    text = text.replace(/&([^;&\s]+);/g, (reference, name: string) => {
      const replacement = entities.get(name);
      return replacement === undefined || isLong(replacement) ? reference : replacement;
    });
  return text;
}

/** UTF-8, or UTF-16 with its byte order mark, which the decoder leaves out. */
function textOf(bytes: Uint8Array): string {
  const [first, second] = bytes;
  const encoding = first === 0xff && second === 0xfe ? "utf-16le" : first === 0xfe && second === 0xff ? "utf-16be" : "";
  return new TextDecoder(encoding === "" ? "utf-8" : encoding).decode(bytes);
}
