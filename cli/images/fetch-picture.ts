// Fetches a file from a URL. What it is, its bytes say: the type that its host gives it is not looked at.
import { fileLimits } from "./file-limits.ts";
import { readUpTo } from "./picture-answer.ts";
import { internetRequests } from "./picture-requests.ts";
import type { AskOptions, PictureRequests } from "./picture-requests.ts";
import { PictureSourceError } from "./picture-source.ts";

export interface FetchOptions extends AskOptions {
  /** @default of the internet */
  readonly requests?: PictureRequests;
  /** @default those of a file */
  readonly maxBytes?: number;
}

export interface FetchedPicture {
  readonly bytes: Uint8Array;
  /** Where they were at last. */
  readonly url: string;
}

/** @throws PictureSourceError, and the signal's reason */
export function fetchPicture(
  url: string,
  { requests = internetRequests, maxBytes = fileLimits.maxBytes, ...options }: FetchOptions = {},
): Promise<FetchedPicture> {
  return requests.ask(url, options, async (answer) => {
    const { bytes, isWhole } =
      (answer.saidLength ?? 0) > maxBytes ? { bytes: undefined, isWhole: false } : await readUpTo(answer, maxBytes);
    if (bytes && isWhole) return { bytes, url: answer.url };
    throw new PictureSourceError(
      `The host ${answer.host} sends more than ${maxBytes / 1_000_000} MB, the most that is taken.`,
      { status: 200 },
    );
  });
}
