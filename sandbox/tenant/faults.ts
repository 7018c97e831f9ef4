// Faults of the tenant's API, which a test injects at chosen calls, and a record of all calls.
import type { Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { TLSSocket } from "node:tls";
import type { FastifyInstance, FastifyRequest } from "fastify";
import { ManagementApiError, OAuthError, expiredToken } from "./errors.ts";
import { bearerToken } from "./requests.ts";
import { freeTenantRateLimit, nextSecond, rateLimitHeaders, tooManyRequests } from "./rate-limit.ts";

type Moment = "before effect" | "after effect";

export type Fault =
  /** A 429; the call has no effect. `X-RateLimit-Reset`, if there is one, names the next second. */
  | { readonly kind: "too many requests"; readonly resetHeader: boolean }
  /** An error; the call has no effect. */
  | { readonly kind: "server error"; readonly status: 500 | 502 | 503 | 504 }
  /** A 401: the call's access token has expired, and is refused from now on. Another one is taken. */
  | { readonly kind: "expired token" }
  /** A TCP RST. After the effect, the state has changed and is saved, and only the response is lost. */
  | { readonly kind: "connection reset"; readonly when: Moment }
  /** The call takes effect at once, and its response comes late. */
  | { readonly kind: "slow response"; readonly milliseconds: number }
  /** The call succeeds, but something else happens meanwhile: another client's write, or a signal to the caller. */
  | { readonly kind: "meanwhile"; readonly when: Moment; readonly act: () => void | Promise<void> };

/**
 * What becomes of an event of an event stream: it arrives twice, or after the one that follows it, or not before
 * `eventStreams.releaseHeld()`, or never.
 */
export type EventFault = "duplicate" | "overtaken" | "held" | "failed";

/** Which calls a fault strikes. @default the next call, whatever it is */
export interface Occurrence {
  readonly method?: "GET" | "POST" | "PATCH" | "DELETE";
  /** Matches the path without the query, such as `/api/v2/connections/con_1`. */
  readonly path?: RegExp;
  /** Which of the following calls that match. @default 1, the next one */
  readonly nth?: number;
  /** How many calls that match are struck, from the nth on; with Infinity all, until `clear()`. @default 1 */
  readonly times?: number;
}

/** A call of the Management API or of the token endpoint, or the download of an export's file. */
export interface ApiCall {
  readonly method: string;
  /** As it was sent, without the query, such as `/api/v2/connections/con_1` or `/oauth/token`. */
  readonly path: string;
  /** Such as `name=users`; "" if there is no query. */
  readonly query: string;
  /** Absent before the response, and always if the connection was reset. */
  readonly status?: number;
  readonly fault?: Fault["kind"];
}

export interface Faults {
  /**
   * Only one fault strikes a call. If two are due, the one that was injected later strikes the next call that it
   * matches.
   *
   * @throws RangeError if `nth` or `times` is no number from 1 on
   */
  inject(fault: Fault, at?: Occurrence): void;
  /**
   * The next build that begins, of this Action or of any, goes through `retrying` to `failed`: as for a dependency that
   * npm does not have. The sandbox asks no registry, so no other build fails.
   */
  failBuild(which?: { readonly action?: string; readonly times?: number }): void;
  /** The next events, of this type (such as `user.deleted`) or of any; `nth` and `times` are as those of a call. */
  disturbEvent(
    fault: EventFault,
    at?: { readonly type?: string; readonly nth?: number; readonly times?: number },
  ): void;
  /**
   * Whether the search of users goes on to find them as they are now. Auth0's is eventually consistent (docs, "User
   * Search Best Practices"), unlike a user's own record.
   */
  holdUserSearch(isHeld: boolean): void;
  /** Removes the faults that have not struck. */
  clear(): void;
  /** How many faults, including failing builds, have not yet struck as often as they should. */
  readonly pending: number;
  /** The calls since the start or the last `resetCalls()`, in the order of their arrival. */
  readonly calls: readonly ApiCall[];
  resetCalls(): void;
}

type Mutable<T> = { -readonly [Key in keyof T]: T[Key] };

interface Pending<What, Subject> {
  readonly what: What;
  readonly matches: (subject: Subject) => boolean;
  skip: number;
  times: number;
}

const recorded = ["/api/v2/", "/oauth/token", "/user-exports/"];

/** The faults, and what the parts of the tenant need to know of them. */
export interface FaultInjection {
  readonly faults: Faults;
  /** Whether this build of the Action fails. It is called once for each build, when it begins. */
  readonly buildFails: (action: string) => boolean;
  /** What becomes of this event of an event stream. It is called once for each. */
  readonly eventFault: (type: string) => EventFault | undefined;
}

/** Adds hooks to every route of the API that is registered after this call. */
export function injectFaults(app: FastifyInstance, holdUserSearch: Faults["holdUserSearch"]): FaultInjection {
  let calls: Mutable<ApiCall>[] = [];
  const callFaults: Pending<Fault, ApiCall>[] = [];
  const buildFaults: Pending<true, string>[] = [];
  const eventFaults: Pending<EventFault, string>[] = [];
  const current = new WeakMap<FastifyRequest, { call: Mutable<ApiCall>; fault: Fault | undefined }>();
  const reset = resetter(app);
  const expired = new Set<string>();

  app.addHook("onRequest", async (request, reply) => {
    // Not by URL, which throws at some paths.
    const [path = "", ...queries] = request.url.split("?");
    if (!recorded.some((start) => path.startsWith(start))) return;
    const call: Mutable<ApiCall> = { method: request.method, path, query: queries.join("?") };
    calls.push(call);
    const fault = strike(callFaults, call);
    current.set(request, { call, fault });
    const token = bearerToken(request.headers);
    if (fault?.kind === "expired token" && token !== undefined) expired.add(token);
    if (!fault) {
      if (token !== undefined && expired.has(token)) throw expiredToken();
      return;
    }
    call.fault = fault.kind;
    switch (fault.kind) {
      case "too many requests":
        if (fault.resetHeader) reply.headers(rateLimitHeaders(freeTenantRateLimit.burst, 0, nextSecond()));
        throw path === "/oauth/token"
          ? new OAuthError("too_many_requests", "Too many requests", 429)
          : tooManyRequests();
      case "server error":
        throw path === "/oauth/token"
          ? new OAuthError("server_error", "An injected fault", fault.status)
          : new ManagementApiError(fault.status, "An injected fault");
      case "expired token":
        throw expiredToken();
      case "connection reset":
        if (fault.when === "after effect") return;
        reply.hijack();
        reset(request);
        return reply;
      case "meanwhile":
        if (fault.when === "before effect") await fault.act();
        return;
      case "slow response":
        return;
    }
  });

  // The state is already saved: the hook that saves it was added before this one.
  app.addHook("onSend", async (request, reply, payload) => {
    const { call, fault } = current.get(request) ?? {};
    if (fault?.kind === "slow response") await sleep(fault.milliseconds, undefined, { ref: false });
    if (fault?.kind === "meanwhile" && fault.when === "after effect") await fault.act();
    if (fault?.kind === "connection reset") reset(request);
    else if (call) call.status = reply.statusCode;
    return payload;
  });

  return {
    faults: {
      inject(fault, { method, path, nth = 1, times = 1 } = {}) {
        // Only these calls have a token that expires.
        const isPossible = ({ path: of }: ApiCall) => fault.kind !== "expired token" || of.startsWith("/api/v2/");
        const matches = (call: ApiCall) =>
          isPossible(call) &&
          (method === undefined || call.method === method) &&
          (path === undefined || call.path.search(path) >= 0);
        callFaults.push({ what: fault, matches, skip: ordinal("nth", nth) - 1, times: ordinal("times", times) });
      },
      failBuild({ action, times = 1 } = {}) {
        const matches = (name: string) => action === undefined || name === action;
        buildFaults.push({ what: true, matches, skip: 0, times: ordinal("times", times) });
      },
      disturbEvent(fault, { type, nth = 1, times = 1 } = {}) {
        const matches = (one: string) => type === undefined || one === type;
        eventFaults.push({ what: fault, matches, skip: ordinal("nth", nth) - 1, times: ordinal("times", times) });
      },
      holdUserSearch,
      clear() {
        for (const faults of [callFaults, buildFaults, eventFaults]) faults.length = 0;
        holdUserSearch(false);
      },
      get pending() {
        return callFaults.length + buildFaults.length + eventFaults.length;
      },
      get calls() {
        return calls;
      },
      resetCalls() {
        calls = [];
      },
    },
    buildFails: (action) => strike(buildFaults, action) ?? false,
    eventFault: (type) => strike(eventFaults, type),
  };
}

/** Counts the subject for every fault that matches it, and returns the first fault that is due. */
function strike<What, Subject>(pending: Pending<What, Subject>[], subject: Subject): What | undefined {
  let struck: Pending<What, Subject> | undefined;
  for (const candidate of pending.filter(({ matches }) => matches(subject))) {
    if (candidate.skip > 0) candidate.skip -= 1;
    else struck ??= candidate;
  }
  if (struck && --struck.times === 0) pending.splice(pending.indexOf(struck), 1);
  return struck?.what;
}

function ordinal(name: string, value: number): number {
  if (value >= 1 && (Number.isInteger(value) || value === Infinity)) return value;
  throw new RangeError(`${name} counts from 1, and ${value} was given`);
}

/** Returns what resets a request's connection: the TCP socket does, and a TLS socket can only be closed. */
function resetter(app: FastifyInstance): (request: FastifyRequest) => void {
  const sockets = new Map<number | undefined, Socket>();
  app.server.on("connection", (socket: Socket) => {
    const { remotePort } = socket;
    sockets.set(remotePort, socket);
    socket.once("close", () => {
      if (sockets.get(remotePort) === socket) sockets.delete(remotePort);
    });
  });
  return ({ socket }) => (socket instanceof TLSSocket ? sockets.get(socket.remotePort) : socket)?.resetAndDestroy();
}
