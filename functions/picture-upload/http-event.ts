// An HTTP API's request as a Lambda gets it, and its answer (Amazon API Gateway docs, "Create AWS Lambda proxy
// integrations for HTTP APIs", payload format 2.0), as far as they are used here.
import { refusalTexts, UploadRefusal } from "./upload-refusal.ts";
import type { RefusalCode } from "./upload-refusal.ts";

export interface HttpEvent {
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body?: string;
  readonly isBase64Encoded: boolean;
  readonly requestContext: {
    readonly requestId?: string;
    readonly http: { readonly method: string };
    /** Of the token that the API's authorizer has verified; every claim is a text. */
    readonly authorizer?: { readonly jwt?: { readonly claims?: Readonly<Record<string, unknown>> } };
  };
}

export interface HttpAnswer {
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export const jsonAnswer = (statusCode: number, body: unknown): HttpAnswer => ({
  statusCode,
  headers: { "content-type": "application/json", "cache-control": "no-store" },
  body: JSON.stringify(body),
});

export function refusalAnswer(code: RefusalCode): HttpAnswer {
  const { status, message, whatToDo } = refusalTexts[code];
  return jsonAnswer(status, { code, message, whatToDo });
}

/** As Auth0 names a user: by the strategy, and by the id that it has there. API Gateway writes a list as `[a b]`. */
const userId = /^[^|[\s]+\|[^]+$/;

/**
 * The token's user. The authorizer lets an application's own token pass, which has no user.
 *
 * @throws UploadRefusal
 */
export function userOf({ requestContext }: HttpEvent): string {
  const { sub, gty } = requestContext.authorizer?.jwt?.claims ?? {};
  if (typeof sub !== "string" || !userId.test(sub) || sub.endsWith("@clients") || gty === "client-credentials")
    throw new UploadRefusal("not_a_user");
  return sub;
}

/**
 * The picture that the request has: its body, or the one file of a form.
 *
 * @throws UploadRefusal
 */
export async function pictureOf(event: HttpEvent): Promise<Uint8Array<ArrayBuffer>> {
  // Whether it is base64 does not follow from its type.
  const body = Uint8Array.from(Buffer.from(event.body ?? "", event.isBase64Encoded ? "base64" : "utf8"));
  const type = event.headers["content-type"] ?? "";
  if (!/^multipart\/form-data\s*;/i.test(type)) return body;
  const form = await readForm(body, type).catch((error: unknown) => {
    throw new UploadRefusal("unreadable_request", { cause: error });
  });
  const files = [...form.values()].filter((value) => typeof value !== "string").filter((file) => !isUnchosen(file));
  const [file] = files;
  if (file === undefined) throw new UploadRefusal("no_picture");
  if (files.length > 1) throw new UploadRefusal("not_one_picture");
  return new Uint8Array(await file.arrayBuffer());
}

/** As a browser sends a field that nothing was chosen for (HTML Standard, "constructing the entry list"). */
const isUnchosen = ({ name, size }: File) => name === "" && size === 0;

/** By Node's own parser, that of fetch. @throws TypeError, also for a type that no header can have */
async function readForm(body: Uint8Array<ArrayBuffer>, type: string): Promise<FormData> {
  return new Response(body, { headers: { "content-type": type } }).formData();
}
