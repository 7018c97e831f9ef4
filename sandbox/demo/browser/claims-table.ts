// The ID token's claims as rows: times are readable, and what is about the picture stands first.
import { element } from "./elements.ts";

const times = new Set(["iat", "exp", "auth_time"]);
const meanings: Readonly<Record<string, string>> = {
  iss: "who issued it",
  sub: "the user",
  aud: "the application it is for",
  sid: "the session",
  iat: "issued at",
  exp: "valid until",
  picture: "what a page shows",
};
/** `__raw` is the library's; a nonce says nothing to a reader. */
const left = new Set(["__raw", "nonce"]);

export function claimRows(claims: Readonly<Record<string, unknown>>): HTMLTableRowElement[] {
  const shown = Object.entries(claims).filter(([name]) => !left.has(name));
  const ordered = shown.toSorted(([a], [b]) => Number(b === "picture") - Number(a === "picture"));
  return ordered.map(([name, value]) => {
    const meaning = meanings[name];
    const heading = element(
      "th",
      { scope: "row" },
      element("code", {}, name),
      meaning === undefined ? null : element("small", {}, meaning),
    );
    return element("tr", {}, heading, element("td", {}, valueOf(name, value)));
  });
}

function valueOf(name: string, value: unknown): string {
  if (times.has(name) && typeof value === "number") return new Date(value * 1000).toLocaleString("en-GB");
  return typeof value === "string" ? value : JSON.stringify(value);
}
