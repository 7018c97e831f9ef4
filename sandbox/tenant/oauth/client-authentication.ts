// Which client calls the token endpoint, and whether it is that client (RFC 6749, section 2.3.1).
import type { IncomingHttpHeaders } from "node:http";
import { timingSafeEqual, hash } from "node:crypto";
import { credentialIdsOf } from "../clients.ts";
import { OAuthError } from "../errors.ts";
import type { Application } from "../tenant-state.ts";
import { assertionType } from "./client-assertion.ts";
import type { OAuthContext, Parameters } from "./oauth-context.ts";

/** A client that has none set may send its secret either way, but for those that cannot keep one. */
export function authenticationMethodOf(client: Application) {
  const { token_endpoint_auth_method: method, app_type } = client;
  if (credentialIdsOf(client).length > 0) return "private_key_jwt";
  if (method === "none" || method === "client_secret_post" || method === "client_secret_basic") return method;
  return app_type === "spa" || app_type === "native" ? "none" : "any";
}

export interface ClientCredentialsGiven {
  readonly clientId: string;
  readonly secret?: string;
  /** Signed by the client, instead of its secret. */
  readonly assertion?: string;
  readonly method: "client_secret_post" | "client_secret_basic" | "private_key_jwt" | "none";
}

/** Those of an `Authorization: Basic` header or, without it, of the body. An assertion names its client itself. */
export function readCredentials(
  { assertions }: Pick<OAuthContext, "assertions">,
  headers: IncomingHttpHeaders,
  body: Parameters,
): ClientCredentialsGiven {
  const { client_assertion: assertion, client_assertion_type: type } = body;
  if (assertion !== undefined) {
    if (type !== assertionType) throw new OAuthError("invalid_request", "Invalid client_assertion_type");
    return { clientId: assertions.clientIdOf(assertion) ?? "", assertion, method: "private_key_jwt" };
  }
  const encoded = /^Basic (.+)$/i.exec(headers.authorization ?? "")?.[1];
  if (encoded !== undefined) {
    const decoded = Buffer.from(encoded, "base64").toString();
    const colon = decoded.indexOf(":");
    const [clientId, secret] = [decoded.slice(0, colon), decoded.slice(colon + 1)].map(decodeFormValue);
    return { clientId: clientId ?? "", secret: secret ?? "", method: "client_secret_basic" };
  }
  const { client_id: clientId = "", client_secret: secret } = body;
  return secret === undefined ? { clientId, method: "none" } : { clientId, secret, method: "client_secret_post" };
}

function decodeFormValue(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll("+", " "));
  } catch {
    throw new OAuthError("invalid_request", "Invalid client credentials");
  }
}

/** @throws OAuthError if there is no such client, or if its secret is missing, wrong or not where the client has it */
export function authenticateClient(
  { state, assertions }: Pick<OAuthContext, "state" | "assertions">,
  given: ClientCredentialsGiven,
): Application {
  const client = state.applications.find(({ client_id }) => client_id === given.clientId);
  if (!client) throw unauthorized();
  const method = authenticationMethodOf(client);
  if (method === "none") return client;
  if (method === "private_key_jwt" || given.assertion !== undefined) {
    if (method !== given.method || !assertions.isValid(client, given.assertion ?? "")) throw unauthorized();
    return client;
  }
  const isRightWay = method === given.method || (method === "any" && given.method !== "none");
  if (!isRightWay || !isSecret(client.client_secret, given.secret)) throw unauthorized();
  return client;
}

const unauthorized = () => new OAuthError("access_denied", "Unauthorized", 401);

export function isSecret(expected: string, given = ""): boolean {
  const [a, b] = [expected, given].map((text) => hash("sha256", text, "buffer"));
  return a !== undefined && b !== undefined && timingSafeEqual(a, b);
}
