// What a host answers for a picture, and what goes wrong with it, in one sentence each.
import type { Dispatcher } from "undici";
import { PictureSourceError } from "./picture-source.ts";

export interface PictureAnswer {
  readonly host: string;
  /** Where it was at last. */
  readonly url: string;
  /** Of the whole body, in bytes, as its host says. */
  readonly saidLength: number | undefined;
  readonly saidType: string | undefined;
  readonly body: AsyncIterable<Uint8Array>;
}

/** @throws PictureSourceError unless it is 200, with a body as it is */
export function acceptAnswer({ statusCode: status, headers, body }: Dispatcher.ResponseData, url: URL): PictureAnswer {
  const { hostname: host, href } = url;
  if (status !== 200)
    throw new PictureSourceError(`The host ${host} answers ${status}; only 200 gives a picture.`, {
      status,
      retryAfterMs: retryAfter(textOf(headers["retry-after"])),
      isGone: status === 404 || status === 410,
    });
  const encoding = textOf(headers["content-encoding"]) ?? "identity";
  if (!/^(identity)?$/i.test(encoding.trim()))
    throw new PictureSourceError(`The host ${host} compresses its answer, which it was asked not to do.`, { status });
  const length = textOf(headers["content-length"]);
  const saidLength = length !== undefined && /^\d+$/.test(length) ? Number(length) : undefined;
  return { host, url: href, saidLength, saidType: textOf(headers["content-type"]), body };
}

/** What is behind them stays where it is. @param most in bytes */
export async function readUpTo(
  { body }: PictureAnswer,
  most: number,
): Promise<{ readonly bytes: Uint8Array; readonly isWhole: boolean }> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of body) {
    chunks.push(chunk);
    length += chunk.length;
    if (length > most) break;
  }
  return { bytes: new Uint8Array(Buffer.concat(chunks, Math.min(length, most))), isWhole: length <= most };
}

export function textOf(header: string | string[] | undefined): string | undefined {
  return Array.isArray(header) ? header[0] : header;
}

/** In milliseconds (RFC 9110, 10.2.3). */
function retryAfter(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const milliseconds = /^\d+$/.test(text) ? Number(text) * 1000 : Date.parse(text) - Date.now();
  return Number.isFinite(milliseconds) ? Math.max(0, milliseconds) : undefined;
}

interface Failure {
  /** Of what undici or Node throw. */
  readonly codes: RegExp;
  /** What the host did, and what it must do. */
  readonly what: string;
  readonly isGone?: boolean;
}

const failures: readonly Failure[] = [
  {
    codes: /^(ENOTFOUND|ENODATA)$/,
    what: "is not known; its name must resolve to a public address",
    isGone: true,
  },
  { codes: /^EAI_/, what: "cannot be looked up just now; its name must resolve to a public address" },
  { codes: /^(UND_ERR_CONNECT_TIMEOUT|ETIMEDOUT)$/, what: "cannot be reached in time; it must listen on port 443" },
  { codes: /^E(CONNREFUSED|HOSTUNREACH|NETUNREACH)$/, what: "cannot be reached; it must listen on port 443" },
  {
    codes: /^UND_ERR_(HEADERS|BODY)_TIMEOUT$/,
    what: "stopped answering; it must send the picture without long silences",
  },
  {
    codes: /^(UND_ERR_SOCKET|ECONNRESET|EPIPE|UND_ERR_RES_CONTENT_LENGTH_MISMATCH)$/,
    what: "cut its answer off; it must be whole",
  },
  { codes: /^(HPE_|UND_ERR_HEADERS_OVERFLOW)/, what: "does not answer as HTTP says" },
  {
    codes: /CERT|SIGNATURE|^(EPROTO|ERR_SSL|ERR_TLS)/,
    what: "has no valid certificate; https needs one that Node trusts",
    isGone: true,
  },
];

/** @returns what is thrown instead; an error that no network made stays as it is */
export function answerFailure(error: unknown, host: string): unknown {
  if (error instanceof PictureSourceError) return error;
  const code = codeOf(error);
  if (code === undefined) return error;
  const { what = "cannot be asked", isGone = false } = failures.find(({ codes }) => codes.test(code)) ?? {};
  return new PictureSourceError(`The host ${host} ${what} (${code}).`, { cause: error, isGone });
}

function codeOf(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  if ("code" in error && typeof error.code === "string") return error.code;
  if (error instanceof AggregateError) return codeOf(error.errors[0]);
  return codeOf(error.cause);
}
