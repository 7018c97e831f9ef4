// Refresh tokens, with rotation: each exchange makes a new token of the same family, and an old one that comes again
// ends the family (Auth0 docs, "Refresh Token Rotation"). They are in memory only, so a restart of the tenant ends
// them.
import { OAuthError } from "../errors.ts";
import { newId, now } from "../tenant-state.ts";
import type { Application, JsonObject } from "../tenant-state.ts";
import { ExpiringMap } from "./expiring-map.ts";

/** What a refresh token stands for. */
export interface RefreshGrant {
  readonly userId: string;
  /** The connection's name. */
  readonly connection: string;
  readonly clientId: string;
  readonly scope: string;
  readonly audience?: string;
  readonly authenticatedAt: string;
  readonly sessionId?: string;
  readonly organizationId?: string;
  readonly device: { ip: string; userAgent?: string };
}

interface Family {
  readonly grant: RefreshGrant;
  readonly createdAt: string;
  lastExchangedAt?: string;
  lastDevice: RefreshGrant["device"];
  isRevoked: boolean;
}

interface RefreshToken {
  readonly id: string;
  readonly family: Family;
  readonly createdAt: string;
  /** When its exchange began, in milliseconds since the epoch; absent if the client's tokens do not rotate. */
  exchangedAt?: number | undefined;
}

/** The application's `refresh_token`, with Auth0's names: lifetimes and the leeway are seconds. */
interface Settings {
  rotation_type?: "rotating" | "non-rotating";
  leeway?: number;
  token_lifetime?: number;
  infinite_token_lifetime?: boolean;
  idle_token_lifetime?: number;
  infinite_idle_token_lifetime?: boolean;
}

const yearMs = 365 * 24 * 60 * 60 * 1000;

const settingsOf = (client: Application) => (client["refresh_token"] ?? {}) as Settings;

const isRotating = (client: Application) => settingsOf(client).rotation_type === "rotating";

export const unknownRefreshToken = () => new OAuthError("invalid_grant", "Unknown or invalid refresh token.", 403);

export class RefreshTokens {
  readonly #tokens = new ExpiringMap<RefreshToken>(yearMs, 100_000);

  /** Begins a family. */
  issue(grant: RefreshGrant): string {
    return this.#issueIn({ grant, createdAt: now(), lastDevice: grant.device, isRevoked: false });
  }

  /**
   * Exchanges a token. It counts as exchanged before anything is awaited, so that of two exchanges at the same time the
   * second is a reuse.
   *
   * @param exchange does what the exchange is for; if it throws, the token is as it was
   * @returns the exchange's result, and the token for the next one: the same, if the client's tokens do not rotate
   * @throws OAuthError if the token is unknown, another client's, expired, revoked or, beyond the leeway, used before
   */
  async exchange<Result>(
    value: string,
    client: Application,
    device: RefreshGrant["device"],
    exchange: (grant: RefreshGrant, eventToken: JsonObject) => Promise<Result>,
  ): Promise<{ result: Result; refreshToken: string }> {
    const token = this.#tokens.get(value);
    if (token?.family.grant.clientId !== client.client_id) throw unknownRefreshToken();
    const { family, exchangedAt } = token;
    requireAlive(family);
    if (isExpired(family, client)) throw unknownRefreshToken();
    if (isRotating(client)) {
      if (exchangedAt !== undefined && !isWithinLeeway(exchangedAt, client)) {
        family.isRevoked = true;
        throw unknownRefreshToken();
      }
      token.exchangedAt ??= Date.now();
    }
    try {
      const result = await exchange(family.grant, eventRefreshToken(token, client));
      requireAlive(family); // Still.
      Object.assign(family, { lastExchangedAt: now(), lastDevice: device });
      return { result, refreshToken: isRotating(client) ? this.#issueIn(family) : value };
    } catch (error) {
      token.exchangedAt = exchangedAt;
      throw error;
    }
  }

  /** Ends the token's family. A token that is unknown or another client's is left. */
  revoke(value: string, clientId: string): void {
    const family = this.#tokens.get(value)?.family;
    if (family?.grant.clientId === clientId) family.isRevoked = true;
  }

  #issueIn(family: Family): string {
    const value = newId(64);
    this.#tokens.set(value, { id: newId(24), family, createdAt: now() });
    return value;
  }
}

const after = (time: string, seconds: number) => new Date(Date.parse(time) + seconds * 1000).toISOString();

/** When the family ends, by itself and for want of exchanges. */
function endsOf({ createdAt, lastExchangedAt = createdAt }: Family, client: Application) {
  const settings = settingsOf(client);
  const { token_lifetime = 2_592_000, infinite_token_lifetime = true } = settings;
  const { idle_token_lifetime = 1_296_000, infinite_idle_token_lifetime = true } = settings;
  return {
    ...(!infinite_token_lifetime && { expires_at: after(createdAt, token_lifetime) }),
    ...(!infinite_idle_token_lifetime && { idle_expires_at: after(lastExchangedAt, idle_token_lifetime) }),
  };
}

const isExpired = (family: Family, client: Application): boolean =>
  Object.values(endsOf(family, client)).some((end) => Date.parse(end) < Date.now());

function requireAlive({ isRevoked }: Family): void {
  if (isRevoked) throw unknownRefreshToken();
}

/** For so long an application may repeat an exchange whose response it did not get. */
const isWithinLeeway = (exchangedAt: number, client: Application): boolean =>
  exchangedAt + (settingsOf(client).leeway ?? 0) * 1000 > Date.now();

/** `event.refresh_token` (Auth0 docs, "Actions Triggers: post-login - Event Object"). */
function eventRefreshToken({ id, family, createdAt }: RefreshToken, client: Application): JsonObject {
  const { grant, lastExchangedAt, lastDevice } = family;
  return {
    ...{ id, client_id: grant.clientId, user_id: grant.userId, rotating: isRotating(client), created_at: createdAt },
    ...(lastExchangedAt !== undefined && { last_exchanged_at: lastExchangedAt }),
    ...(grant.sessionId !== undefined && { session_id: grant.sessionId }),
    ...endsOf(family, client),
    ...(grant.audience !== undefined && {
      resource_servers: [{ audience: grant.audience, scopes: grant.scope }],
    }),
    device: {
      ...{ initial_ip: grant.device.ip, last_ip: lastDevice.ip },
      ...(grant.device.userAgent !== undefined && { initial_user_agent: grant.device.userAgent }),
      ...(lastDevice.userAgent !== undefined && { last_user_agent: lastDevice.userAgent }),
    },
  };
}
