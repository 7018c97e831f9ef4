// The tokens of a login: the claims of the protocol join those about the user, and the tenant signs them.
import type { JWTPayload } from "jose";
import { isObject } from "../../json.ts";
import type { SigningKey } from "../signing-key.ts";
import type { LoginClaims } from "../tenant-login.ts";
import type { Application } from "../tenant-state.ts";
import { scopesOf } from "./oauth-context.ts";

export interface TokenSubject {
  readonly issuer: string;
  readonly client: Application;
  readonly userId: string;
  readonly scope: string;
  readonly audience?: string | undefined;
  /** What the audience's API says, in seconds. @default a day */
  readonly accessTokenSeconds?: number | undefined;
  readonly nonce?: string | undefined;
  readonly sessionId?: string | undefined;
  /** Of the credentials, as an ISO time. It is told to who asked with `max_age`. */
  readonly authTime?: string | undefined;
  readonly organization?: { readonly org_id: string; readonly org_name?: string } | undefined;
}

/** The claims of the tokens, before they are signed. */
export interface TokenClaims {
  readonly scope: string;
  /** Absent without the scope `openid`. */
  readonly idToken?: JWTPayload;
  readonly accessToken: JWTPayload;
  readonly idTokenSeconds: number;
  readonly accessTokenSeconds: number;
}

/** Auth0's defaults: an access token is valid for a day, an ID token for ten hours. */
export const defaultAccessTokenSeconds = 86_400;
const defaultIdTokenSeconds = 36_000;

export function tokenClaims(subject: TokenSubject, claims: LoginClaims): TokenClaims {
  const { issuer, client, userId, scope, audience, nonce, sessionId, authTime } = subject;
  const common = { iss: issuer, sub: userId, ...subject.organization };
  return {
    scope,
    accessTokenSeconds: subject.accessTokenSeconds ?? defaultAccessTokenSeconds,
    idTokenSeconds: idTokenSecondsOf(client),
    ...(scopesOf(scope).includes("openid") && {
      idToken: {
        ...claims.idTokenClaims,
        ...common,
        aud: client.client_id,
        ...(nonce !== undefined && { nonce }),
        ...(sessionId !== undefined && { sid: sessionId }),
        ...(authTime !== undefined && { auth_time: Math.floor(Date.parse(authTime) / 1000) }),
      },
    }),
    // At Auth0 an access token for /userinfo only is opaque. Here it is a JWT, to show what an Action set in it.
    accessToken: {
      ...claims.accessTokenClaims,
      ...common,
      aud: audience === undefined ? `${issuer}userinfo` : [audience, `${issuer}userinfo`],
      azp: client.client_id,
      scope,
    },
  };
}

function idTokenSecondsOf({ jwt_configuration: configuration }: Application): number {
  const seconds = isObject(configuration) ? configuration["lifetime_in_seconds"] : undefined;
  return typeof seconds === "number" ? seconds : defaultIdTokenSeconds;
}

/** The token endpoint's response (RFC 6749, section 5.1). */
export async function signTokens(key: SigningKey, claims: TokenClaims, refreshToken?: string) {
  const { idToken, idTokenSeconds, accessToken, accessTokenSeconds, scope } = claims;
  return {
    access_token: await key.sign(accessToken, accessTokenSeconds, "at+jwt"),
    ...(refreshToken !== undefined && { refresh_token: refreshToken }),
    ...(idToken && { id_token: await key.sign(idToken, idTokenSeconds) }),
    scope,
    expires_in: accessTokenSeconds,
    token_type: "Bearer",
  };
}
