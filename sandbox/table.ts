// Logins as a table for a terminal: URLs shortened to what tells them apart.
import type { Step } from "./logins.ts";

const headings = [
  "user",
  "what happened",
  "connection",
  "the IdP sent",
  "user_metadata",
  "picture claim",
  "rule",
  "fetched",
];

/** `pictureBaseUrl` is shown as "store". */
export function loginTable(steps: readonly Step[], pictureBaseUrl: string): string {
  const shown = (url: string | null) => (url === null ? "–" : shortUrl(url, pictureBaseUrl));
  const rows = steps.map(({ what, login }) => [
    login.user.replace(/@.*/, ""),
    what,
    login.connection === "Username-Password-Authentication" ? "database" : login.connection,
    shown(login.idpPicture),
    shown(login.metadataPicture),
    shown(login.picture),
    login.rule,
    login.fetched === null ? "–" : `${login.fetched.status} ${login.fetched.type ?? ""}`,
  ]);
  const widths = headings.map((heading, column) =>
    Math.max(heading.length, ...rows.map((row) => row[column]?.length ?? 0)),
  );
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join("  ")
      .trimEnd();
  return [line(headings), line(widths.map((width) => "─".repeat(width))), ...rows.map(line)].join("\n") + "\n";
}

function shortUrl(text: string, pictureBaseUrl: string): string {
  const url = URL.parse(text);
  if (url === null || url.host === "") return shorten(text, 18);
  const scheme = url.protocol === "https:" ? "" : `${url.protocol}//`;
  const stored = text.startsWith(pictureBaseUrl);
  const host = stored ? `store/${url.pathname.slice(1, 3)}` : `${shorten(url.host, 9)}/`;
  return `${scheme}${host}${shorten(url.pathname.replace(/.*\//, ""), 10)}`;
}

/** Keeps the start and, for the file name's ending, the end. */
function shorten(text: string, length: number): string {
  return text.length <= length ? text : `${text.slice(0, length - 5)}…${text.slice(-4)}`;
}
