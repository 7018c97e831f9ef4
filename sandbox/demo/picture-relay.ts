// Pictures for the pages, which a browser cannot fetch itself: the picture store's name is in no DNS, and other hosts
// are not asked at all. The edge serves the store's; pictures elsewhere are drawn.
import type { Edge } from "../edge/edge.ts";
import type { ServedPicture } from "./console-types.ts";
import { drawPicture } from "./drawn-picture.ts";
import { RefusedCallError } from "./refused-call.ts";

/** A response for the page's service worker. */
export interface RelayedPicture {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

export interface PictureRelay {
  /** @throws RefusedCallError if it is no URL of https */
  fetch(url: string): Promise<RelayedPicture>;
  /** The last pictures that were asked for, newest first. */
  readonly served: readonly ServedPicture[];
}

const remembered = 24;

/** Of one connection, or of a host that has TLS: not passed on. */
const notPassedOn = new Set(["connection", "keep-alive", "transfer-encoding", "content-length", "date"]);
const tlsOnly = "strict-transport-security";

const drawn = (url: URL): RelayedPicture => ({
  status: 200,
  headers: {
    "content-type": "image/svg+xml",
    "content-security-policy": "default-src 'none'; sandbox",
    "x-content-type-options": "nosniff",
  },
  body: Buffer.from(drawPicture(url)),
});

/** @param pictureBaseUrl the store's; every other host's pictures are drawn */
export function createPictureRelay(edge: Pick<Edge, "fetch">, pictureBaseUrl: string): PictureRelay {
  const served: ServedPicture[] = [];
  const storeOrigin = new URL(pictureBaseUrl).origin;

  async function fromEdge(url: string): Promise<RelayedPicture> {
    const response = await edge.fetch(url);
    const body = Buffer.from(await response.arrayBuffer());
    const headers = [...response.headers].filter(([name]) => !notPassedOn.has(name));
    return { status: response.status, headers: Object.fromEntries(headers), body };
  }

  return {
    served,
    async fetch(text) {
      const url = URL.parse(text);
      if (url?.protocol !== "https:") throw new RefusedCallError(400, "A picture's URL begins with https://");
      // Of a Gravatar address that falls back to the store, Gravatar would send the browser there.
      const fallback = url.searchParams.get("d") ?? "";
      const isStored = (one: string) => URL.parse(one)?.origin === storeOrigin;
      const stored = [url.href, fallback].find(isStored);
      const picture = stored === undefined ? drawn(url) : await fromEdge(stored);
      served.unshift({
        at: new Date().toISOString(),
        url: url.href,
        by: stored === undefined ? "drawn" : "edge",
        status: picture.status,
        size: picture.body.length,
        headers: picture.headers,
      });
      served.length = Math.min(served.length, remembered);
      const { [tlsOnly]: _, ...headers } = picture.headers;
      return { ...picture, headers };
    },
  };
}
