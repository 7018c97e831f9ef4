// Who is signed in, by Auth0's own library for pages: a redirect to the tenant's login page, tokens in memory only, a
// new token by a refresh token, and after a reload by the tenant's session.
import { Auth0Client } from "@auth0/auth0-spa-js";
import type { IdToken } from "@auth0/auth0-spa-js";
import type { PageConfig } from "../console-types.ts";

/** The ID token's claims. */
export interface IdClaims extends Readonly<Record<string, unknown>> {
  readonly sub: string;
  readonly name?: string;
  readonly email?: string;
  readonly picture?: string;
}

export interface Session {
  /**
   * Takes up the answer of the login page, or a session of the tenant's.
   *
   * @returns the ID token's claims; undefined if nobody is signed in
   * @throws Error if the tenant denied the login
   */
  resume(): Promise<IdClaims | undefined>;
  /** Leaves the page. With `again`, the tenant asks who it is even if somebody is signed in there. */
  signIn(again?: boolean): Promise<void>;
  /** A new ID token. @throws SessionEndedError */
  refresh(): Promise<IdClaims>;
  /** Of the ID token that is there. @throws SessionEndedError if there is none */
  claims(): Promise<IdClaims>;
  /** @throws SessionEndedError */
  accessToken(): Promise<string>;
  /** Leaves the page. */
  signOut(): Promise<void>;
}

/**
 * The tenant gave no token: it does not know the session any more, because it was restarted or the user signed out
 * elsewhere; or it does not answer at its old address.
 */
export class SessionEndedError extends Error {}

export function openSession({ domain, issuer, clientId, audience, scope }: PageConfig): Session {
  const page = new URL("/demo/", location.origin).href;
  const client = new Auth0Client({
    ...{ domain, issuer, clientId },
    authorizationParams: { redirect_uri: page, audience, scope: `openid profile email offline_access ${scope}`.trim() },
    useRefreshTokens: true,
    // After a reload there is no refresh token in memory, and the tenant's session gives another.
    useRefreshTokensFallback: true,
    workerUrl: "/demo/token-worker.js",
  });
  const token = async (options: { cacheMode?: "off" }) => {
    try {
      return (await client.getTokenSilently(options)) ?? "";
    } catch (error) {
      throw new SessionEndedError("", { cause: error });
    }
  };
  const claims = async () => {
    const found = await client.getIdTokenClaims();
    if (!found) throw new SessionEndedError();
    return claimsOf(found);
  };
  return {
    async resume() {
      const answer = new URLSearchParams(location.search);
      if (answer.has("state") && (answer.has("code") || answer.has("error"))) {
        // Else a reload would take up the same answer again.
        history.replaceState(null, "", page);
        await client.handleRedirectCallback(`${page}?${answer}`);
      } else await client.checkSession();
      const found = await client.getIdTokenClaims();
      return found && claimsOf(found);
    },
    signIn: (again = false) => client.loginWithRedirect({ authorizationParams: { ...(again && { prompt: "login" }) } }),
    async refresh() {
      await token({ cacheMode: "off" });
      return claims();
    },
    claims,
    accessToken: () => token({}),
    signOut: () => client.logout({ logoutParams: { returnTo: page } }),
  };
}

/** The library's own type takes any claim for anything. */
const claimsOf = (token: IdToken) => ({ ...token }) as Record<string, unknown> as IdClaims;
