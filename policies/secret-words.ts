// What looks like a secret without being in a format that somebody documents exactly: by the name of what gets it, by
// its beginning, by where it stands in an address, or because it looks random.
import type { NamedText } from "./action-texts.ts";

/** What kind of secret a text holds. */
export function secretInText({ text, names, isPublic }: Omit<NamedText, "node">): string | undefined {
  const format = formatOf(text);
  if (format !== undefined) return format;
  const url = urlIn(text);
  if (url !== undefined) return secretInUrl(url);
  const name = names.find((it) => isValueOf(it, text));
  if (name !== undefined) return `the value of ${name}`;
  if (credential.test(text) && isOpaque(text.replace(credential, ""))) return "a credential";
  const assigned = assignedIn(text).find(({ value }) => isOpaque(value));
  if (assigned !== undefined) return `the value of ${assigned.name}`;
  return isPublic || names.some(isPublicName) ? undefined : randomIn(text);
}

/** What kind of secret a comment holds. Prose needs more to be taken for a value than a literal does. */
export function secretInComment(text: string): string | undefined {
  const format = formatOf(text);
  if (format !== undefined) return format;
  const assigned = assignedIn(text).find(({ value, isQuoted }) => isQuoted || isOpaque(value));
  if (assigned !== undefined) return `the value of ${assigned.name}`;
  const words = text.split(/[\s"'`<>(),;]+/);
  if (words.some((word, index) => /^(?:bearer|basic)$/i.test(word) && isOpaque(words[index + 1] ?? "")))
    return "a credential";
  // `the old API key was …`
  const isNear = (index: number) => words.slice(Math.max(0, index - 3), index).some((it) => nouns.test(it));
  if (words.some((word, index) => /^[\w+/=-]{16,}$/.test(word) && changesPerCharacter(word) >= 0.22 && isNear(index)))
    return "a key";
  const kind = words
    .flatMap((word) => urlIn(word) ?? [])
    .map(secretInUrl)
    .find((it) => it !== undefined);
  return kind ?? randomIn(text);
}

const nouns = /^(?:keys?|tokens?|secrets?|passwords?|credentials?)\W?$/i;

const urlIn = (text: string) => (/^(?:https?|wss?):\/\//i.test(text) && URL.canParse(text) ? new URL(text) : undefined);

/** `api key: …`, `client_secret=…&`, `"x-api-key": "…"` */
const assignment = /(?<![\w-])([\w-]{1,60}(?: key)?)["'`]?\s*[=:](?=\s*(["'`]?)([^\s"'`&;,]+))/g;

function assignedIn(text: string): { name: string; value: string; isQuoted: boolean }[] {
  const all = [...text.matchAll(assignment)];
  return all
    .map(([, name = "", quote = "", value = ""]) => ({ name, value, isQuoted: quote !== "" }))
    .filter(({ name, value }) => isValueOf(name, value));
}

/**
 * Beginnings that makers give their keys, for what secretlint lets pass because of its length, which makers change, or
 * as documentation's example; and formats that it does not know.
 */
const formats: readonly (readonly [kind: string, format: RegExp])[] = [
  ["a private key", /-----BEGIN [A-Z ]*PRIVATE KEY-----\s*[^\s-]/],
  ["an AWS access key id", /\b(?:AKIA|ASIA)[A-Z0-9]{16}\b/],
  ["a key, by its beginning", /\b(?:[rs]k_(?:live|test)_|whsec_|SG\.|gh[pousr]_|github_pat_)[\w.-]{16}/],
  ["a key, by its beginning", /\b(?:(?:glpat-|sk-(?:proj|svcacct|ant)-)[\w-]{6}|sk-[A-Za-z0-9]{32})/],
  ["a Google key", /\b(?:AIza[\w-]{35}|GOCSPX-[\w-]{28})/],
  ["a Pulumi token", /\bpul-[0-9a-f]{40}\b/],
  ["a signed token", /\beyJ[\w-]{10,}\.eyJ[\w-]{10,}\./],
  ["a password in an address", /\b[a-z][a-z0-9+.-]{0,20}:\/\/[^\s/:@]*:[^\s/@]+@/i],
];

const formatOf = (text: string) => formats.find(([, format]) => format.test(text))?.[0];

/** Whoever knows a webhook's address may call it. */
function secretInUrl({ host, pathname, searchParams }: URL): string | undefined {
  for (const [name, value] of searchParams)
    if (isValueOf(name === "key" || /^sig(nature)?$/.test(name) ? "apiKey" : name, value) || randomIn(value))
      return "a key in an address";
  const steps = pathname.split("/").filter((step) => step !== "");
  const isMixed = steps.some((step) => step.length >= 16 && changesPerCharacter(step) >= 0.22);
  const isHost = /\bhooks?\b|webhook/i.test(host);
  if ((isHost && steps.length > 1) || (isMixed && (isHost || steps.some((step) => /^(?:web)?hooks?/i.test(step)))))
    return "a webhook's address";
  return undefined;
}

const credential = /^(?:Bearer|Basic|Token|ApiKey|Digest)\s+(?=\S{6,}$)/i;

/** Whether a text is the secret that a name announces. */
function isValueOf(name: string, text: string): boolean {
  const value = text.replace(credential, "");
  // Six letters are a word, unless a password or a credential is asked for.
  const least = /\d/.test(value) || value !== text || passwordNames.test(asWords(name)) ? 6 : 8;
  if (!secretNames.test(asWords(name)) || !/^\S+$/.test(value) || value.length < least) return false;
  // A mask, a placeholder, an address, or the name of a secret, of a field or of a header.
  const isPlaceholder =
    /^[<{[$%(]|\b(?:your|example|placeholder|redacted|changeme)\b/.test(value.toLowerCase().replaceAll("_", "-")) ||
    new Set(value.replace(/[^a-z0-9]/gi, "")).size < 3;
  return !isPlaceholder && !/^(?:https?:\/)?\//i.test(value) && !isName(value, name);
}

const qualifiers = "(?: (?:value|string|text|prod|production|dev|test|staging|live|default|old|new|v))?";
const keys = "(?:api|private|access|signing|secret|encryption|master|shared|auth|hmac|subscription)";
/** Not `allPass`. */
const passwords = "(?:\\w*passw(?:or)?d|(?:^|db |smtp |mail |user )pass|pw|pwd|pass(?:phrase|code))s?";
const passwordNames = new RegExp(`\\b${passwords}${qualifiers}$`);
const secretNames = new RegExp(
  `\\b(?:${passwords}|(?:\\w*secret|\\w*token|credential)s?|jwt|authorization|${keys} ?keys?)${qualifiers}$`,
);

/** `DB_passwordV2` as `db password v`. */
function asWords(name: string): string {
  const words = name.replace(/([a-z\d])(?=[A-Z])|([A-Z])(?=[A-Z][a-z])/g, "$1$2 ").toLowerCase();
  return words.replace(/[^a-z]+/g, " ").trim();
}

/** Words that name a kind of secret, or what an API takes in a secret's place. */
const vocabulary = new Set(
  (
    "access refresh id client api auth oauth openid session csrf xsrf x private public signing user new old current " +
    "reset bearer device app token tokens secret secrets password passwords passwd key keys credential credentials " +
    "jwt jwe jws opaque authorization code grant type basic digest http header headers cookie query body event " +
    "management same origin include omit name value field input required optional invalid missing expired none null " +
    "undefined change forgot confirm verification verify login urn ietf params exchange subject actor saml form post " +
    "get method custom hidden internal external default next page username authentication passwordless"
  ).split(" "),
);

function isName(value: string, name: string): boolean {
  if (withoutSeparators(value) === withoutSeparators(name)) return true;
  // `ROLES_API_TOKEN` of the Action's secrets, a header, a path in a store of secrets.
  const isPlace = /^[A-Z]+(?:_[A-Z\d]+)+$|^X-[A-Za-z-]+$|^[A-Za-z][\w-]*(?:[/.][A-Za-z][\w-]*)+$/.test(value);
  if (isPlace && secretNames.test(asWords(value))) return true;
  const own = new Set(asWords(name).split(" "));
  return (
    !/\d/.test(value) &&
    asWords(value)
      .split(" ")
      .every((word) => vocabulary.has(word) || own.has(word))
  );
}

const withoutSeparators = (text: string) => text.toLowerCase().replace(/[^a-z\d]/g, "");

/** Names of what is there to be shown, such as a client's id. */
const isPublicName = (name: string) =>
  /\b(?:ids?|hash|sha|md|digest|checksum|integrity|etag|fingerprint|thumbprint|alphabet|charset|public key)s?$/.test(
    asWords(name),
  );

/** A value rather than a word: with digits, or long and of mixed letters. */
const isOpaque = (value: string) => value.length >= 8 && /[a-z]/i.test(value) && /\d/.test(value);

/** What is as long and as mixed as a key, and ordinary or there to be shown. Where it is a secret, its name tells. */
const shown = new RegExp(
  [
    String.raw`-----BEGIN (?:[A-Z ]*PUBLIC KEY|CERTIFICATE)-----.*?(?:-----END [A-Z ]+-----|$)`,
    // RSA, P-256 and Ed25519 as SubjectPublicKeyInfo.
    String.raw`\b(?:MIIBIjANBg|MFkwEwYHKoZI|MCowBQYDK2Vw)[\w+/=\s]*`,
    String.raw`\b(?:ssh-\w+|ecdsa-sha2-\S+) AAAA\S+`,
    String.raw`data:[\w.+/-]*(?:;[\w=.-]+)*;base64,\s*[\w+/=\s-]*`,
    // Files in base64: PNG, JPEG, GIF, WebP, SVG, XML, WebAssembly.
    String.raw`^\s*(?:iVBORw0KGgo|/9j/|R0lGOD|UklGR|PHN2Zy|PD94bWw|AGFzbQ)[\w+/=\s]*`,
    // UUIDs, and the hashes MD5, SHA-1, SHA-224, SHA-256, SHA-384 and SHA-512.
    String.raw`(?<!\w)[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}(?!\w)`,
    String.raw`(?<!\w)(?:[0-9a-f]{32}|[0-9a-f]{40}|[0-9a-f]{56}|[0-9a-f]{64}|[0-9a-f]{96}|[0-9a-f]{128})(?!\w)`,
    String.raw`\bsha(?:256|384|512)-[\w+/-]+=*`,
  ].join("|"),
  "gis",
);

function randomIn(text: string): string | undefined {
  return text
    .replace(shown, " ")
    .split(/[\s"'`,;:&?]+/)
    .some(isRandom)
    ? "a key"
    : undefined;
}

/**
 * Whether a word looks random, as keys do: 32 or more of the characters that keys are made of, digits among them, with
 * as much entropy as random text has, and changing from letters to digits, or to capitals, as often. Words and
 * identifiers have far less of both, an alphabet has each character once.
 */
function isRandom(word: string): boolean {
  if (!/^[\w+/=-]{32,}$/.test(word) || !/\d/.test(word) || !/[a-z]/i.test(word)) return false;
  if (/^[0-9a-f-]+$/i.test(word)) return bitsPerCharacter(word) >= 3;
  const isAlphabet = new Set(word).size === word.length;
  return !isAlphabet && bitsPerCharacter(word) >= 4 && changesPerCharacter(word) >= 0.22;
}

/** Shannon's entropy of the word's characters. */
function bitsPerCharacter(word: string): number {
  const counts = Map.groupBy(word, (character) => character).values();
  return [...counts].reduce((bits, { length }) => bits - (length / word.length) * Math.log2(length / word.length), 0);
}

const changesPerCharacter = (word: string) =>
  [...word.matchAll(/(?<=[a-z])[A-Z]|(?<=[A-Za-z])\d|(?<=\d)[A-Za-z]/g)].length / word.length;
