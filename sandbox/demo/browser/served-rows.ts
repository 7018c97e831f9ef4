// Pictures that pages asked for, as rows with the headers that came with each.
import type { ServedPicture } from "../console-types.ts";
import { clock, element } from "./elements.ts";

export const servedRows = (served: readonly ServedPicture[]): HTMLTableRowElement[] =>
  served.map(({ at, url, by, status, size, headers }) => {
    const kind = headers["content-type"] ?? "no type";
    const answer = by === "edge" ? `${status} · ${kind} · ${size} bytes` : "not asked: drawn by the demo";
    const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
    const { host, pathname } = new URL(url);
    return element(
      "tr",
      {},
      element("th", { scope: "row" }, clock(at)),
      // By itself the address leads nowhere: the worker answers for pages only.
      element(
        "td",
        {},
        element("a", { href: `/demo/edge?url=${encodeURIComponent(url)}` }, `${host}${shortPath(pathname)}`),
      ),
      element(
        "td",
        {},
        answer,
        element(
          "details",
          {},
          element("summary", {}, `${lines.length} headers`),
          element("pre", { tabindex: "0", role: "region", "aria-label": `Headers of ${host}` }, lines.join("\n")),
        ),
      ),
    );
  });

/** A hash says nothing to a reader beyond its first digits. */
const shortPath = (path: string) => path.replaceAll(/([0-9a-f]{6})[0-9a-f]{20,}/g, "$1…");
