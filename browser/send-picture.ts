// Calls of the upload service. `fetch` tells no page how much of a request is sent, so this is an XMLHttpRequest.
import { refusal, UserPictureError } from "./user-picture-error.ts";
import type { RefusalCode } from "./user-picture-error.ts";

/** What the service stored. */
export interface StoredPicture {
  /** Of the picture of 512 × 512 pixels, as WebP: what `user_metadata.picture` names. */
  readonly url: string;
  /** The same picture in other forms. */
  readonly variants: { readonly size96?: string; readonly jpeg?: string };
}

export interface ServiceCall {
  readonly method: "PUT" | "DELETE";
  readonly endpoint: string;
  /** An access token. */
  readonly token: string;
  readonly picture?: Blob | undefined;
  readonly signal: AbortSignal;
  /** @param share of the picture that is sent, from 0 to 1 */
  readonly onProgress?: ((share: number) => void) | undefined;
}

/** In milliseconds: the service answers within half a minute, and a slow connection takes as long again. */
const timeout = 120_000;

/** What a status means, of whatever stands before the service. */
const codeByStatus: ReadonlyMap<number, RefusalCode> = new Map<number, RefusalCode>([
  [401, "signed_out"],
  [403, "not_allowed"],
  [429, "too_many_requests"],
  [503, "busy"],
]);

/** @returns the answer's JSON. @throws UserPictureError, or the signal's reason */
export async function callService(call: ServiceCall): Promise<unknown> {
  const { status, text } = await request(call);
  let answer: unknown;
  try {
    answer = JSON.parse(text);
  } catch {
    // What a gateway or a proxy answers may be no JSON.
  }
  if (status === 200) return answer;
  throw refusalOf(status, answer);
}

/** @throws UserPictureError if it is none */
export function storedPictureOf(answer: unknown): StoredPicture {
  const { url, variants = {} } = (answer ?? {}) as { url?: unknown; variants?: StoredPicture["variants"] };
  if (typeof url === "string" && URL.canParse(url)) return { url, variants };
  throw refusal("failed", answer);
}

function request(call: ServiceCall): Promise<{ status: number; text: string }> {
  const { method, endpoint, token, picture, signal, onProgress } = call;
  return new Promise((resolve, reject) => {
    signal.throwIfAborted();
    const http = new XMLHttpRequest();
    http.open(method, endpoint);
    http.timeout = timeout;
    http.setRequestHeader("authorization", `Bearer ${token}`);
    if (picture) http.setRequestHeader("content-type", picture.type);
    http.upload.onprogress = ({ loaded, total }) => onProgress?.(loaded / total);
    http.onload = () => resolve({ status: http.status, text: http.responseText });
    // Neither tells a page more.
    http.onerror = http.ontimeout = () => reject(refusal("no_connection"));
    http.onabort = () => reject(signal.reason as Error);
    signal.addEventListener("abort", () => http.abort(), { once: true });
    http.send(picture ?? null);
  });
}

/** The service's own words, if it has some. */
function refusalOf(status: number, answer: unknown): UserPictureError {
  const { code, message, whatToDo } = (answer ?? {}) as Readonly<Record<string, unknown>>;
  if (typeof code === "string" && typeof message === "string" && typeof whatToDo === "string")
    return new UserPictureError(code, message, whatToDo);
  return refusal(codeByStatus.get(status) ?? "failed", `HTTP ${status}`);
}
