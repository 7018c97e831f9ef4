// A login as an application does it: OpenID Connect's code flow with PKCE, through openid-client, which verifies the ID
// token by the tenant's JWKS.
import * as oidc from "openid-client";
import { Agent, fetch } from "undici";

/** What a client needs to know about the tenant. */
export interface LoginTenant {
  readonly issuer: string;
  readonly application: { readonly clientId: string; readonly redirectUri: string };
}

export interface LoginOptions {
  /** The connection's name. */
  readonly connection: string;
  /** The user: an e-mail address or, with an identity provider, the `sub`. */
  readonly loginHint: string;
  /** @default `openid profile email` */
  readonly scope?: string;
  /** The identifier of the API that the access token is for. @default only the tenant's /userinfo */
  readonly audience?: string;
  /** The organization that the user logs in to as a member: its id or, if the tenant allows it, its name. */
  readonly organization?: string;
  /** The only certificate authority that this login trusts, as PEM. */
  readonly ca: string;
}

export interface LoginResult {
  /** The ID token's claims. */
  readonly claims: Record<string, unknown>;
  readonly idToken: string;
  readonly accessToken: string;
}

/** The tenant denied the login, or it failed. `error` and `errorDescription` are those of OAuth 2.0. */
export class LoginError extends Error {
  override readonly name = "LoginError";
  readonly error: string;
  readonly errorDescription: string | undefined;

  constructor(error: string, errorDescription: string | undefined, cause: unknown) {
    super(`The login failed: ${error}${errorDescription === undefined ? "" : `: ${errorDescription}`}`, { cause });
    this.error = error;
    this.errorDescription = errorDescription;
  }
}

/** @throws LoginError if the tenant responds with an error; and what openid-client throws if a token is not valid */
export async function logIn(
  tenant: LoginTenant,
  { connection, loginHint, scope = "openid profile email", audience, organization, ca }: LoginOptions,
): Promise<LoginResult> {
  const agent = new Agent({ connect: { ca } });
  try {
    // undici's own fetch: Node's built-in one need not accept an agent of another version of undici.
    const customFetch: oidc.CustomFetch = async (url, { body, ...options }) => {
      const init = { ...options, dispatcher: agent, ...(body != null && { body: body as string | URLSearchParams }) };
      return await fetch(url, init);
    };
    const { clientId, redirectUri } = tenant.application;
    const config = await oidc.discovery(new URL(tenant.issuer), clientId, undefined, oidc.None(), {
      [oidc.customFetch]: customFetch,
      // Else openid-client would not check the token's signature, because the token came over TLS.
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
      ...(organization !== undefined && { organization }),
      state: expectedState,
      nonce: expectedNonce,
      code_challenge: await oidc.calculatePKCECodeChallenge(pkceCodeVerifier),
      code_challenge_method: "S256",
    });
    const response = await fetch(authorization, { dispatcher: agent, redirect: "manual" });
    const location = response.headers.get("location");
    const text = await response.text();
    if (location === null) throw new LoginError("invalid_request", `${response.status} ${text}`, undefined);
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
