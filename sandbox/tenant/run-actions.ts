// The script of the child process that runs one login's Actions: it gets the flow as a message and answers with what they asked for.
// A process for isolation from the tenant and for the time limit, not a security boundary.
import { compileFunction } from "node:vm";
import type { JsonObject } from "./tenant-state.ts";

export type CacheRecords = Record<string, { value: string; expires_at: number }>;

export interface Flow {
  /** In the order in which they run. */
  actions: { name: string; code: string; secrets: Record<string, string> }[];
  /** Auth0's event for post-login v3, without `secrets`. */
  event: JsonObject;
  cache: CacheRecords;
}

/** What the Actions asked for. Claims as they were set: Auth0's own restrictions come later. */
export interface Outcome {
  idTokenClaims: JsonObject;
  accessTokenClaims: JsonObject;
  userMetadata: JsonObject;
  appMetadata: JsonObject;
  transactionMetadata: JsonObject;
  cache: CacheRecords;
  /** The reason of api.access.deny(). */
  denied?: string;
  /** The message of the error that an Action threw. */
  failed?: string;
}

type Handler = (event: unknown, api: unknown) => unknown;

/** Auth0 docs, "Actions Limitations": cache entries, and the bytes of one value. */
const cacheLimits = { entries: 20, bytes: 8 * 1024, lifetimeMs: 24 * 60 * 60 * 1000 };

async function run({ actions, event, cache }: Flow): Promise<Outcome> {
  const outcome: Outcome = {
    idTokenClaims: {},
    accessTokenClaims: {},
    userMetadata: {},
    appMetadata: {},
    transactionMetadata: {},
    cache,
  };
  for (const { name, code, secrets } of actions) {
    try {
      const handler = load(code);
      const transaction = { ...(event["transaction"] as JsonObject), metadata: outcome.transactionMetadata };
      await handler(structuredClone({ ...event, transaction, secrets }), makeApi(outcome));
    } catch (error) {
      return { ...outcome, failed: error instanceof Error ? error.message : `${name}: ${String(error)}` };
    }
    // Auth0 docs, "Post-login API Object", api.access.deny: no further Actions after the one that denied.
    if (outcome.denied !== undefined) break;
  }
  return outcome;
}

/** CommonJS, as Auth0 wants it; built-in modules only, for the sandbox installs no dependencies. */
function load(code: string): Handler {
  const module: { exports: { onExecutePostLogin?: Handler } } = { exports: {} };
  const require = (id: string) => {
    const builtin: unknown = process.getBuiltinModule(id);
    if (builtin === undefined) throw new Error(`Cannot find module '${id}'`);
    return builtin;
  };
  const main = compileFunction(code, ["exports", "module", "require"]) as (...parameters: unknown[]) => void;
  main(module.exports, module, require);
  const handler = module.exports.onExecutePostLogin;
  if (typeof handler !== "function") throw new Error("onExecutePostLogin is not a function");
  return handler;
}

/** Auth0 docs, "Actions Triggers: post-login - API Object": the part of it that the sandbox has. */
function makeApi(outcome: Outcome) {
  /** Keeps the value as it is now, as JSON: an Action may go on to change the object. */
  const setIn = (target: JsonObject) => (name: string, value: unknown) => {
    const text = JSON.stringify(value) as string | undefined;
    if (text === undefined) Reflect.deleteProperty(target, name);
    else target[name] = JSON.parse(text) as JsonObject[string];
    return api;
  };
  const api = {
    access: {
      deny(reason: string) {
        outcome.denied = reason;
        return api;
      },
    },
    accessToken: { setCustomClaim: setIn(outcome.accessTokenClaims) },
    idToken: { setCustomClaim: setIn(outcome.idTokenClaims) },
    // Changes SAML and WS-Federation answers only; the sandbox's logins are OpenID Connect.
    samlResponse: { setAttribute: () => api },
    transaction: { setMetadata: setIn(outcome.transactionMetadata) },
    user: { setUserMetadata: setIn(outcome.userMetadata), setAppMetadata: setIn(outcome.appMetadata) },
    cache: makeCache(outcome.cache),
  };
  return api;
}

function makeCache(records: CacheRecords) {
  return {
    get(key: string) {
      const record = records[key];
      return record && record.expires_at > Date.now() ? record : undefined;
    },
    set(key: string, value: string, { ttl = cacheLimits.lifetimeMs }: { ttl?: number } = {}) {
      const isFull = !(key in records) && Object.keys(records).length >= cacheLimits.entries;
      if (isFull || Buffer.byteLength(value) > cacheLimits.bytes) return { type: "error", code: "CacheSizeExceeded" };
      const record = { value, expires_at: Date.now() + Math.min(ttl, cacheLimits.lifetimeMs) };
      records[key] = record;
      return { type: "success", record };
    },
    delete(key: string) {
      return { type: Reflect.deleteProperty(records, key) ? "success" : "error" };
    },
  };
}

process.once("message", (flow: Flow) => {
  void run(flow).then((outcome) => {
    process.send?.(JSON.stringify(outcome));
  });
});

// The tenant is gone: nobody is left to stop an Action that waits.
process.once("disconnect", () => process.exit());
