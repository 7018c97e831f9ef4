// The default picture, as browsers get it.
import { formatOf } from "../../components/picture-store/image-header.ts";
import { pictureCacheControl, responseHeadersPolicy } from "../../components/picture-store/defaults.ts";
import type { CommandContext } from "../command-context.ts";
import { printable } from "../terminal/printable.ts";
import type { Check } from "./check.ts";

const { securityHeadersConfig: security, customHeadersConfig } = responseHeadersPolicy;

/** What the store declares of its pictures, as it is sent. */
const declaredHeaders: Readonly<Record<string, string>> = {
  "cache-control": pictureCacheControl,
  "content-security-policy": security.contentSecurityPolicy.contentSecurityPolicy,
  "x-content-type-options": "nosniff",
  "x-frame-options": security.frameOptions.frameOption,
  "referrer-policy": security.referrerPolicy.referrerPolicy,
  "strict-transport-security": `max-age=${security.strictTransportSecurity.accessControlMaxAgeSec}`,
  ...Object.fromEntries(customHeadersConfig.items.map(({ header, value }) => [header.toLowerCase(), value])),
};

/** A page's that shows pictures. The name is nobody's (RFC 2606). */
const origin = "https://doctor.invalid";

export type PictureFetch = (
  url: string,
  init: { readonly signal: AbortSignal; readonly redirect: "manual"; readonly headers?: Record<string, string> },
) => Promise<Response>;

export async function checkDefaultPicture(
  { target, signal }: CommandContext,
  fetch: PictureFetch = globalThis.fetch,
): Promise<Check[]> {
  const { defaultPictureUrl: url, store } = target;
  if (url === undefined) return [];
  const row = { check: "default-picture", expected: `a picture, at ${printable(url)}` } as const;
  const fault = (found: string, fix: string): Check[] => [{ ...row, status: "fault", found, fix }];
  let plain: Response, crossOrigin: Response, bytes: Uint8Array;
  try {
    plain = await fetch(url, { signal, redirect: "manual" });
    bytes = new Uint8Array(await plain.arrayBuffer());
    crossOrigin = await fetch(url, { signal, redirect: "manual", headers: { origin } });
    await crossOrigin.arrayBuffer();
  } catch (error) {
    signal.throwIfAborted();
    const { cause = error } = error as Error;
    const { code, message } = cause as NodeJS.ErrnoException;
    return fault(
      `its host does not answer (${printable(code ?? message)})`,
      "See that its DNS record leads to the distribution, that the certificate is valid, and that this machine has a " +
        "way there.",
    );
  }
  if (plain.status !== 200)
    return fault(
      `its host answers ${plain.status}`,
      'Run "pulumi up --refresh": it puts the object, the bucket policy and the distribution back.',
    );
  if (formatOf(bytes) === undefined && !isSvg(plain))
    return fault(
      "what is there is no picture, by its first bytes",
      'Run "pulumi up --refresh", or mend the URL in defaultPictures.',
    );
  const shown: Check = { ...row, status: "ok", found: `a picture of ${bytes.length.toLocaleString("en")} bytes` };
  const isOfStore = store !== undefined && url.startsWith(store.pictureBaseUrl);
  return [shown, ...(isOfStore ? [headersCheck(plain)] : []), scriptCheck(plain, crossOrigin)];
}

/** Which browsers show, and the store takes for a default picture. */
const isSvg = ({ headers }: Response) => headers.get("content-type")?.startsWith("image/svg+xml") === true;

function headersCheck({ headers }: Response): Check {
  const others = Object.entries(declaredHeaders).filter(([name, value]) => headers.get(name) !== value);
  const row = { check: "default-picture-headers", expected: "the headers that the store declares" } as const;
  if (others.length === 0)
    return { ...row, status: "ok", found: `${Object.keys(declaredHeaders).length} headers, each as declared` };
  return {
    ...row,
    status: "fault",
    found: others.map(([name]) => `${name}: ${printable(headers.get(name) ?? "none")}`).join("; "),
    expected: others.map(([name, value]) => `${name}: ${value}`).join("; "),
    fix: 'Run "pulumi up --refresh": it puts the response headers policy back, or the object, which has cache-control.',
  };
}

/**
 * A browser keeps what an `<img>` got, and answers a script of it: unless that has `Access-Control-Allow-Origin`, or
 * `Vary: Origin` makes the browser ask again, the script fails for as long as the picture is fresh.
 */
function scriptCheck(plain: Response, crossOrigin: Response): Check {
  const allows = ({ headers }: Response) => ["*", origin].includes(headers.get("access-control-allow-origin") ?? "");
  const varies = (plain.headers.get("vary") ?? "").split(",").some((one) => /^\s*(\*|origin)\s*$/i.test(one));
  const row = {
    check: "default-picture-script",
    expected: "Access-Control-Allow-Origin for an Origin, and without one either that or Vary: Origin",
  } as const;
  const said = [
    `with an Origin: Access-Control-Allow-Origin ${header(crossOrigin, "access-control-allow-origin")}`,
    `without: ${header(plain, "access-control-allow-origin")}, Vary ${header(plain, "vary")}`,
  ].join("; ");
  if (
    crossOrigin.status === 200 &&
    allows(crossOrigin) &&
    (varies || plain.headers.get("access-control-allow-origin") === "*")
  )
    return { ...row, status: "ok", found: said };
  return {
    ...{ ...row, status: "fault", found: said },
    fix:
      'Of the store\'s own picture: run "pulumi up --refresh", which puts the policy for other origins back. Of ' +
      "another host's: let it answer so, or keep the picture in the store.",
  };
}

const header = ({ headers }: Response, name: string) => printable(headers.get(name) ?? "none", 80);
