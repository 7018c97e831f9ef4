// Logins as a table for a terminal, with URLs that are shortened to the parts in which they differ.
import type { Login, Step } from "./login-row.ts";

/** @param pictureBaseUrl is shown as "store" */
export function loginTable(steps: readonly Step[], pictureBaseUrl: string): string {
  const shown = (url: string | null) => (url === null ? "–" : shortUrl(url, pictureBaseUrl));
  const columns: Record<string, (step: Step) => string> = {
    user: ({ login }) => login.user.replace(/@.*/, ""),
    "what happened": ({ what }) => what,
    connection: ({ login }) =>
      login.connection === "Username-Password-Authentication" ? "database" : login.connection,
    "the IdP sent": ({ login }) => shown(login.idpPicture),
    user_metadata: ({ login }) => shown(login.metadataPicture),
    "picture claim": ({ login }) => shown(login.picture),
    rule: ({ login }) => login.rule,
    fetched: ({ login }) => fetchedText(login),
  };
  const rows = [Object.keys(columns), ...steps.map((step) => Object.values(columns).map((cell) => cell(step)))];
  const widths = Object.keys(columns).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const [heading = "", ...lines] = rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join("  ")
      .trimEnd(),
  );
  const mirrors = steps.flatMap(({ what, login }) =>
    Object.entries(login.mirrors ?? {}).map(
      ([name, url]) => `${login.user.replace(/@.*/, "")}, ${what}: ${name} = ${shown(url)}`,
    ),
  );
  return [heading, widths.map((width) => "─".repeat(width)).join("  "), ...lines, ...mirrors, ""].join("\n");
}

function fetchedText({ fetched, deleted }: Login): string {
  if (fetched === null) return "–";
  if (deleted === undefined) return `${fetched.status} ${fetched.type ?? ""}`;
  const left = deleted.keysLeft === 0 ? "" : `, ${deleted.keysLeft} objects left`;
  return `${fetched.status}, was ${deleted.fetchedBefore.status}${left}`;
}

function shortUrl(text: string, pictureBaseUrl: string): string {
  const url = URL.parse(text);
  if (url === null || url.host === "") return shorten(text, 18);
  const scheme = url.protocol === "https:" ? "" : `${url.protocol}//`;
  const stored = text.startsWith(pictureBaseUrl);
  const host = stored ? `store/${url.pathname.slice(1, 3)}` : `${shorten(url.host, 9)}/`;
  // The picture that Gravatar falls back to, which the mode gravatar-fallback changes.
  const fallback = url.searchParams.get("d");
  const query = fallback === null ? "" : `?d=${shortUrl(fallback, pictureBaseUrl)}`;
  return `${scheme}${host}${shorten(url.pathname.replace(/.*\//, ""), query === "" ? 10 : 6)}${query}`;
}

/** Keeps the start and the end, because the end is the file's type. */
function shorten(text: string, length: number): string {
  return text.length <= length ? text : `${text.slice(0, length - 5)}…${text.slice(-4)}`;
}
