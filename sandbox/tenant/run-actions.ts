// The script of the child process that runs one login's Actions. It receives the flow as a message, and sends back what
// the Actions did. The process isolates them from the tenant and makes a time limit possible; it is no security
// boundary.
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

/** What the Actions did. The claims are as they were set; Auth0's restrictions are applied later. */
export interface Outcome {
  idTokenClaims: JsonObject;
  accessTokenClaims: JsonObject;
  userMetadata: JsonObject;
  appMetadata: JsonObject;
  transactionMetadata: JsonObject;
  cache: CacheRecords;
  /** The reason that was given to api.access.deny(). */
  denied?: string;
  /** The message of the error that an Action threw. */
  failed?: string;
}

type Handler = (event: unknown, api: unknown) => unknown;

/** Auth0 docs, "Actions Limitations": how many cache entries, and how many bytes in one value. */
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
    // Auth0 docs, "Post-login API Object", api.access.deny: after a denial no further Action runs.
    if (outcome.denied !== undefined) break;
  }
  return outcome;
}

/** Loads an Action, which is CommonJS. It can require built-in modules only: the sandbox installs no dependencies. */
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

/** The part of Auth0's API object that the sandbox has (docs, "Actions Triggers: post-login - API Object"). */
function makeApi(outcome: Outcome) {
  /** Copies the value by JSON, because the Action may change the object later. */
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
    // Only for responses of SAML and WS-Federation; the sandbox's logins use OpenID Connect.
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

// If the tenant has ended, it cannot kill this process at the time limit any more.
process.once("disconnect", () => process.exit());
