// Which client calls the token endpoint, and whether it is that client (RFC 6749, section 2.3.1).
import type { IncomingHttpHeaders } from "node:http";
import { timingSafeEqual, hash } from "node:crypto";
import { OAuthError } from "../errors.ts";
import type { Application, State } from "../tenant-state.ts";
import type { Parameters } from "./oauth-context.ts";

/** A client that has none set may send its secret either way, but for those that cannot keep one. */
export function authenticationMethodOf({ token_endpoint_auth_method: method, app_type }: Application) {
  if (method === "none" || method === "client_secret_post" || method === "client_secret_basic") return method;
  return app_type === "spa" || app_type === "native" ? "none" : "any";
}

export interface ClientCredentialsGiven {
  readonly clientId: string;
  readonly secret?: string;
  readonly method: "client_secret_post" | "client_secret_basic" | "none";
}

/** Those of an `Authorization: Basic` header or, without it, of the body. */
export function readCredentials(headers: IncomingHttpHeaders, body: Parameters): ClientCredentialsGiven {
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
export function authenticateClient({ applications }: State, given: ClientCredentialsGiven): Application {
  const client = applications.find(({ client_id }) => client_id === given.clientId);
  if (!client) throw unauthorized();
  const method = authenticationMethodOf(client);
  if (method === "none") return client;
  const isRightWay = method === given.method || (method === "any" && given.method !== "none");
  if (!isRightWay || !isSecret(client.client_secret, given.secret)) throw unauthorized();
  return client;
}

const unauthorized = () => new OAuthError("access_denied", "Unauthorized", 401);

export function isSecret(expected: string, given = ""): boolean {
  const [a, b] = [expected, given].map((text) => hash("sha256", text, "buffer"));
  return a !== undefined && b !== undefined && timingSafeEqual(a, b);
}
