// Authorization codes: each is for one exchange, by the client that it was made for (RFC 6749, section 4.1.3).
import { hash } from "node:crypto";
import { OAuthError } from "../errors.ts";
import { newId } from "../tenant-state.ts";
import type { Application } from "../tenant-state.ts";
import { ExpiringMap } from "./expiring-map.ts";
import type { Parameters } from "./oauth-context.ts";
import type { RefreshGrant, RefreshTokens } from "./refresh-tokens.ts";
import type { TokenClaims } from "./tokens.ts";

/** What a code is exchanged for. */
export interface CodeGrant {
  readonly clientId: string;
  readonly redirectUri: string;
  readonly codeChallenge?: string | undefined;
  readonly claims: TokenClaims;
  /** Absent without the scope `offline_access`. */
  readonly refresh?: RefreshGrant | undefined;
}

const lifetimeMs = 60_000;

const invalidCode = () => new OAuthError("invalid_grant", "Invalid authorization code", 403);

export class AuthorizationCodes {
  readonly #codes = new ExpiringMap<{ grant: CodeGrant; isUsed: boolean; refreshToken?: string }>(lifetimeMs);
  readonly #refreshTokens: RefreshTokens;

  constructor(refreshTokens: RefreshTokens) {
    this.#refreshTokens = refreshTokens;
  }

  issue(grant: CodeGrant): string {
    const code = newId(48);
    this.#codes.set(code, { grant, isUsed: false });
    return code;
  }

  /**
   * A code ends at its first exchange, also if that fails. If it comes again, somebody has stolen it: the refresh
   * tokens that it brought end (RFC 6749, section 4.1.2).
   *
   * @throws OAuthError if the code is unknown, expired or used, or if it was made for another client, redirect URI or
   * verifier
   */
  redeem(client: Application, given: Parameters): { claims: TokenClaims; refreshToken?: string } {
    const entry = this.#codes.get(given["code"] ?? "");
    if (!entry) throw invalidCode();
    const { grant } = entry;
    if (entry.isUsed) {
      if (entry.refreshToken !== undefined) this.#refreshTokens.revoke(entry.refreshToken, grant.clientId);
      throw invalidCode();
    }
    entry.isUsed = true;
    if (client.client_id !== grant.clientId || given["redirect_uri"] !== grant.redirectUri) throw invalidCode();
    const { code_verifier } = given;
    const challenge = code_verifier === undefined ? undefined : hash("sha256", code_verifier, "base64url");
    if (challenge !== grant.codeChallenge) throw new OAuthError("invalid_grant", "Failed to verify code verifier", 403);
    if (!grant.refresh) return { claims: grant.claims };
    entry.refreshToken = this.#refreshTokens.issue(grant.refresh);
    return { claims: grant.claims, refreshToken: entry.refreshToken };
  }
}
