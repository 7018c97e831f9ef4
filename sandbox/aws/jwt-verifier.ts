// A JWT authorizer's rules (API Gateway docs, "Control access to HTTP APIs with JWT authorizers in API Gateway").
import { createPublicKey, verify } from "node:crypto";
import type { JsonWebKey } from "node:crypto";
import { isObject } from "../json.ts";
import type { JwtAuthorizer } from "../edge/function-state.ts";

export type Claims = Readonly<Record<string, unknown>>;

/** A token that is refused. */
export class JwtRefusal extends Error {
  override readonly name = "JwtRefusal";
  /** As the header `www-authenticate` names it; undefined where there was no token at all. */
  readonly error: "invalid_token" | "insufficient_scope" | undefined;

  constructor(error: JwtRefusal["error"], message: string) {
    super(message);
    this.error = error;
  }
}

export interface JwtVerifier {
  /**
   * @param scopes of the route: the token needs one of them, if there are any
   * @throws JwtRefusal
   */
  verify(token: string | undefined, authorizer: JwtAuthorizer, scopes: readonly string[]): Promise<Claims>;
}

interface KeySet {
  readonly keys: readonly (JsonWebKey & { readonly kid?: string })[];
  readonly until: number;
}

/** "API Gateway can cache the public key for two hours." */
const keysLiveFor = 2 * 60 * 60_000;

const algorithms: Readonly<Record<string, string>> = { RS256: "RSA-SHA256", RS384: "RSA-SHA384", RS512: "RSA-SHA512" };

/** @param options.fetch reaches the issuers */
export function newJwtVerifier(options: { fetch: typeof fetch; now?: () => number }): JwtVerifier {
  const { fetch: get, now = Date.now } = options;
  const keySets = new Map<string, KeySet>();

  async function keysOf(issuer: string): Promise<KeySet["keys"]> {
    const known = keySets.get(issuer);
    if (known !== undefined && known.until > now()) return known.keys;
    const json = async (url: string) => (await (await get(url)).json()) as Readonly<Record<string, unknown>>;
    const discovery = await json(`${issuer.replace(/\/$/, "")}/.well-known/openid-configuration`);
    const { keys } = (await json(String(discovery["jwks_uri"]))) as unknown as KeySet;
    keySets.set(issuer, { keys, until: now() + keysLiveFor });
    return keys;
  }

  /** A key that is not there yet may be new; the issuer is asked once more. */
  async function keyNamed(issuer: string, kid: string): Promise<JsonWebKey | undefined> {
    const find = async () => (await keysOf(issuer)).find((key) => key.kid === kid);
    try {
      const found = await find();
      if (found !== undefined) return found;
      keySets.delete(issuer);
      return await find();
    } catch {
      throw new JwtRefusal("invalid_token", "unable to retrieve the keys of the issuer");
    }
  }

  return {
    async verify(token, { issuer, audiences }, scopes) {
      if (token === undefined || token.trim() === "") throw new JwtRefusal(undefined, "no token");
      // "The identitySource can include only the token, or the token prefixed with Bearer."
      const [head = "", body = "", signature = "", ...rest] = token
        .replace(/^Bearer +/i, "")
        .trim()
        .split(".");
      const [header, claims] = [decode(head), decode(body)];
      if (header === undefined || claims === undefined || rest.length > 0 || signature === "")
        throw new JwtRefusal("invalid_token", "the token is malformed");
      const algorithm = algorithms[String(header["alg"])];
      if (algorithm === undefined) throw new JwtRefusal("invalid_token", "signing method is invalid");
      checkClaims(claims, { issuer, audiences, seconds: now() / 1000 });
      const key = typeof header["kid"] === "string" ? await keyNamed(issuer, header["kid"]) : undefined;
      if (key?.kty !== "RSA")
        throw new JwtRefusal("invalid_token", "unable to find a signing key that matches the kid");
      const isSigned = verify(
        algorithm,
        Buffer.from(`${head}.${body}`),
        createPublicKey({ key, format: "jwk" }),
        Buffer.from(signature, "base64url"),
      );
      if (!isSigned) throw new JwtRefusal("invalid_token", "the signature is invalid");
      const own = scopesOf(claims);
      if (scopes.length > 0 && !scopes.some((scope) => own.includes(scope)))
        throw new JwtRefusal("insufficient_scope", "the token does not have a required scope");
      return claims;
    },
  };
}

/** In `scope` or, without it, `scp`: a text with spaces, or a list. */
export function scopesOf({ scope, scp }: Claims): readonly string[] {
  const given = scope ?? scp;
  if (typeof given === "string") return given.split(" ").filter((one) => one !== "");
  return Array.isArray(given) ? given.map(String) : [];
}

function checkClaims(
  claims: Claims,
  { issuer, audiences, seconds }: { issuer: string; audiences: readonly string[]; seconds: number },
): void {
  const refuse = (reason: string) => {
    throw new JwtRefusal("invalid_token", reason);
  };
  if (claims["iss"] !== issuer) refuse("the token has an invalid issuer");
  // "API Gateway validates client_id only if aud is not present."
  const audience = claims["aud"] ?? claims["client_id"];
  const own = Array.isArray(audience) ? audience.map(String) : [String(audience)];
  if (!audiences.some((one) => own.includes(one))) refuse("the token does not have a valid audience");
  const { exp, nbf, iat } = claims;
  if (typeof exp !== "number" || exp <= seconds) refuse("the token has expired");
  if (nbf !== undefined && !(typeof nbf === "number" && nbf <= seconds)) refuse("the token is not valid yet");
  if (iat !== undefined && !(typeof iat === "number" && iat <= seconds + 1))
    refuse("the token was issued in the future");
}

function decode(part: string): Claims | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(part, "base64url").toString());
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
