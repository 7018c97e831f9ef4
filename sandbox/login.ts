// A login as an application does it: OpenID Connect code flow with PKCE through openid-client, ID token verified by the tenant's JWKS.
import * as oidc from "openid-client";
import { Agent, fetch } from "undici";

/** What a client needs to know of the tenant. */
export interface LoginTenant {
  readonly issuer: string;
  readonly application: { readonly clientId: string; readonly redirectUri: string };
}

export interface LoginOptions {
  /** The connection's name. */
  readonly connection: string;
  /** Who signs in: an e-mail address or, with an identity provider, its `sub`. */
  readonly loginHint: string;
  /** Default: `openid profile email`. */
  readonly scope?: string;
  /** The identifier of the API that the access token is for. Default: the tenant's /userinfo only. */
  readonly audience?: string;
  /** PEM of the only certificate authority that this login trusts. */
  readonly ca: string;
}

export interface LoginResult {
  /** The ID token's claims. */
  readonly claims: Record<string, unknown>;
  readonly idToken: string;
  readonly accessToken: string;
}

/** A login that the tenant denied or failed: `error` and `error_description` as OAuth 2.0 names them. */
export class LoginError extends Error {
  readonly error: string;
  readonly errorDescription: string | undefined;

  constructor(error: string, errorDescription: string | undefined, cause: unknown) {
    super(`The login failed: ${error}${errorDescription === undefined ? "" : `: ${errorDescription}`}`, { cause });
    this.error = error;
    this.errorDescription = errorDescription;
  }
}

/** @throws LoginError if the tenant answers with an error, and what `openid-client` throws if a token is not as it must be */
export async function logIn(
  tenant: LoginTenant,
  { connection, loginHint, scope = "openid profile email", audience, ca }: LoginOptions,
): Promise<LoginResult> {
  const agent = new Agent({ connect: { ca } });
  try {
    // undici's own fetch, because Node's built-in one does not promise to take an agent of another undici version.
    const customFetch: oidc.CustomFetch = async (url, { body, ...options }) => {
      const init = { ...options, dispatcher: agent, ...(body != null && { body: body as string | URLSearchParams }) };
      return await fetch(url, init);
    };
    const { clientId, redirectUri } = tenant.application;
    const config = await oidc.discovery(new URL(tenant.issuer), clientId, undefined, oidc.None(), {
      [oidc.customFetch]: customFetch,
      // Else the token's signature is not checked, because it came over TLS.
      execute: [oidc.enableNonRepudiationChecks],
    });
    const pkceCodeVerifier = oidc.randomPKCECodeVerifier();
    const expectedState = oidc.randomState();
    const expectedNonce = oidc.randomNonce();
    const authorization = oidc.buildAuthorizationUrl(config, {
      redirect_uri: redirectUri,
      scope,
      connection,
      login_hint: loginHint,
      ...(audience !== undefined && { audience }),
      state: expectedState,
      nonce: expectedNonce,
      code_challenge: await oidc.calculatePKCECodeChallenge(pkceCodeVerifier),
      code_challenge_method: "S256",
    });
    const answer = await fetch(authorization, { dispatcher: agent, redirect: "manual" });
    const location = answer.headers.get("location");
    const text = await answer.text();
    if (location === null) throw new LoginError("invalid_request", `${answer.status} ${text}`, undefined);
    const tokens = await oidc.authorizationCodeGrant(config, new URL(location), {
      pkceCodeVerifier,
      expectedState,
      expectedNonce,
      idTokenExpected: true,
    });
    return { claims: { ...tokens.claims() }, idToken: tokens.id_token ?? "", accessToken: tokens.access_token };
  } catch (error) {
    if (error instanceof oidc.AuthorizationResponseError || error instanceof oidc.ResponseBodyError) {
      throw new LoginError(error.error, error.error_description, error);
    }
    throw error;
  } finally {
    await agent.close();
  }
}
