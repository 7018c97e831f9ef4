// What the endpoints of OAuth share.
import type { FastifyRequest } from "fastify";
import type { SigningKey } from "../signing-key.ts";
import type { LoginMemory } from "../tenant-login.ts";
import type { State } from "../tenant-state.ts";
import type { BrowserSessions } from "./browser-sessions.ts";
import type { ClientAssertions } from "./client-assertion.ts";
import type { RefreshTokens } from "./refresh-tokens.ts";

export interface OAuthOptions {
  readonly state: State;
  readonly signingKey: SigningKey;
  readonly memory: LoginMemory;
  /** `https://localhost:PORT/`, whatever listener a request came to. It is known once the tenant listens. */
  readonly issuer: () => string;
}

export interface OAuthContext extends OAuthOptions {
  readonly sessions: BrowserSessions;
  readonly refreshTokens: RefreshTokens;
  readonly assertions: ClientAssertions;
  /** By user id: the ID token's claims that the last login made, which /userinfo returns. */
  readonly userInfo: Map<string, object>;
}

export type Parameters = Partial<Record<string, string>>;

/** A schema that has each parameter once, as OAuth demands (RFC 6749, section 3.1). */
export const parameters = { type: "object", additionalProperties: { type: "string" } };

export const scopesOf = (scope: string): string[] => scope.split(" ").filter((one) => one !== "");

/** `event.request` (Auth0 docs, "Actions Triggers: post-login - Event Object"). */
export const eventRequest = ({ ip, method, host, headers }: FastifyRequest, query: Parameters, body: Parameters) => ({
  ...{ ip, method, hostname: host },
  ...(headers["user-agent"] !== undefined && { user_agent: headers["user-agent"] }),
  ...{ query: withoutUndefined(query), body: withoutUndefined(body) },
});

const withoutUndefined = (given: Parameters) =>
  Object.fromEntries(Object.entries(given).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])));
