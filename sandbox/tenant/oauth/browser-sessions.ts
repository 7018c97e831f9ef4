// The sessions of browsers that have logged in: what lets a later login, or a silent one, go without a user's hand.
// They are in memory only, so a restart of the tenant ends them.
import type { FastifyReply, FastifyRequest } from "fastify";
import type { Authentication } from "../authenticate.ts";
import { newId, now } from "../tenant-state.ts";
import type { JsonObject, State } from "../tenant-state.ts";
import { ExpiringMap } from "./expiring-map.ts";

export interface BrowserSession {
  /** The `sid` claim. It is no secret, unlike the cookie. */
  readonly id: string;
  readonly userId: string;
  /** The connection's name. */
  readonly connection: string;
  readonly createdAt: string;
  readonly authenticatedAt: string;
  lastInteractedAt: string;
  readonly clientIds: Set<string>;
  readonly device: { initial_ip: string; initial_user_agent?: string; last_ip: string; last_user_agent?: string };
}

/** Auth0's defaults: a session ends after three days without a login, and after seven days at the latest. */
const idleMs = 3 * 24 * 60 * 60 * 1000;
const absoluteMs = 7 * 24 * 60 * 60 * 1000;

export class BrowserSessions {
  readonly #byCookie = new ExpiringMap<BrowserSession>(idleMs);
  readonly #byId = new ExpiringMap<BrowserSession>(idleMs);
  readonly #state: State;
  readonly #cookieName: () => string;

  /** @param cookieName unlike other tenants' on this machine: the ports of localhost share their cookies */
  constructor(state: State, cookieName: () => string) {
    this.#state = state;
    this.#cookieName = cookieName;
  }

  /** The session of the request's browser, if its user and connection still are. */
  find(request: FastifyRequest): { session: BrowserSession; authentication: Authentication } | undefined {
    const session = this.#byCookie.get(this.#cookieOf(request) ?? "");
    if (!session || isOver(session)) return undefined;
    const user = this.#state.users.get(session.userId);
    const connection = this.#state.connections.find(({ name }) => name === session.connection);
    return user && connection && { session, authentication: { user, connection, at: session.authenticatedAt } };
  }

  /** @param id the `sid` claim */
  byId(id: string): BrowserSession | undefined {
    const session = this.#byId.get(id);
    return session && !isOver(session) ? session : undefined;
  }

  /** Begins a session in place of the one that the browser has. */
  begin(request: FastifyRequest, reply: FastifyReply, { user, connection, at }: Authentication): BrowserSession {
    this.#forget(request);
    const userAgent = request.headers["user-agent"];
    const session: BrowserSession = {
      id: newId(32),
      userId: user.user_id,
      connection: connection.name,
      createdAt: at,
      authenticatedAt: at,
      lastInteractedAt: at,
      clientIds: new Set(),
      device: {
        ...{ initial_ip: request.ip, last_ip: request.ip },
        ...(userAgent !== undefined && { initial_user_agent: userAgent, last_user_agent: userAgent }),
      },
    };
    const secret = newId(64);
    this.#byCookie.set(secret, session);
    this.#byId.set(session.id, session);
    this.#setCookie(request, reply, secret, idleMs / 1000);
    return session;
  }

  /** Notes that a client has used the session, which then lives on. */
  touch(request: FastifyRequest, session: BrowserSession, clientId: string): void {
    const cookie = this.#cookieOf(request);
    if (cookie !== undefined && this.#byCookie.get(cookie) === session) {
      this.#byCookie.set(cookie, session);
      this.#byId.set(session.id, session);
    }
    session.lastInteractedAt = now();
    session.clientIds.add(clientId);
    session.device.last_ip = request.ip;
    const userAgent = request.headers["user-agent"];
    if (userAgent !== undefined) session.device.last_user_agent = userAgent;
  }

  end(request: FastifyRequest, reply: FastifyReply): void {
    this.#forget(request);
    this.#setCookie(request, reply, "", 0);
  }

  #forget(request: FastifyRequest): void {
    const cookie = this.#cookieOf(request) ?? "";
    this.#byId.delete(this.#byCookie.get(cookie)?.id ?? "");
    this.#byCookie.delete(cookie);
  }

  #cookieOf({ headers }: FastifyRequest): string | undefined {
    const prefix = `${this.#cookieName()}=`;
    const pairs = (headers.cookie ?? "").split(";").map((pair) => pair.trim());
    return pairs.find((pair) => pair.startsWith(prefix))?.slice(prefix.length);
  }

  /**
   * Over https a page of any site may ask silently in a frame, as at Auth0. Over http no browser takes such a cookie,
   * and none is needed: all ports of localhost are one site.
   */
  #setCookie(request: FastifyRequest, reply: FastifyReply, value: string, maxAge: number): void {
    const sameSite = request.protocol === "https" ? "SameSite=None; Secure" : "SameSite=Lax";
    const cookie = `${this.#cookieName()}=${value}; Path=/; HttpOnly; Max-Age=${maxAge}; ${sameSite}`;
    reply.header("set-cookie", cookie);
  }
}

/** `event.session` (Auth0 docs, "Actions Triggers: post-login - Event Object"). */
export const eventSession = (session: BrowserSession): JsonObject => ({
  id: session.id,
  user_id: session.userId,
  ...{ created_at: session.createdAt, authenticated_at: session.authenticatedAt },
  ...{ last_interacted_at: session.lastInteractedAt, updated_at: session.lastInteractedAt },
  expires_at: after(session.createdAt, absoluteMs),
  idle_expires_at: after(session.lastInteractedAt, idleMs),
  clients: [...session.clientIds].map((client_id) => ({ client_id })),
  device: session.device,
});

const isOver = ({ createdAt }: BrowserSession) => Date.parse(createdAt) + absoluteMs < Date.now();

const after = (time: string, ms: number) => new Date(Date.parse(time) + ms).toISOString();
