// The script of the child process that runs one login's Actions. It receives the flow as a message, and sends back what
// the Actions did. The process isolates them from the tenant and makes a time limit possible; it is no security
// boundary.
import { compileFunction } from "node:vm";
import type { Json, JsonObject } from "./tenant-state.ts";

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
  /** What `samlResponse.setAttribute` set, by name; null takes an attribute away. */
  samlAttributes: JsonObject;
  /** What the other setters of `samlResponse` set, by the names that the SAML2 Web App add-on has for it. */
  samlSettings: JsonObject;
  cache: CacheRecords;
  /** The reason that was given to api.access.deny(). */
  denied?: string;
  /** The message of the error that an Action threw. */
  failed?: string;
}

/** What one Action of a login did. */
export interface ActionRun {
  name: string;
  /** Its calls of the API object that may change something, in order: at most the first 100. */
  calls: {
    /** Such as `idToken.setCustomClaim`. */
    method: string;
    /** As they were given; of `samlResponse.setKey`, which is given a private key, nothing is kept. */
    arguments: Json[];
  }[];
  milliseconds: number;
  /** `unfinished`: the process ended before the Action did, by itself or at the time limit. */
  ended: "returned" | "denied" | "threw" | "unfinished";
  /** The reason of a denial, or the message of what was thrown. */
  message?: string;
}

/** A message of this process: an Action has ended, or all have. */
export type Progress = { ended: ActionRun } | { outcome: Outcome };

type Handler = (event: unknown, api: unknown) => unknown;

/** Auth0 docs, "Actions Limitations": how many cache entries, and how many bytes in one value. */
const cacheLimits = { entries: 20, bytes: 8 * 1024, lifetimeMs: 24 * 60 * 60 * 1000 };
const recordedCalls = 100;

async function run({ actions, event, cache }: Flow): Promise<Outcome> {
  const outcome: Outcome = {
    idTokenClaims: {},
    accessTokenClaims: {},
    userMetadata: {},
    appMetadata: {},
    transactionMetadata: {},
    samlAttributes: {},
    samlSettings: {},
    cache,
  };
  for (const { name, code, secrets } of actions) {
    const calls: ActionRun["calls"] = [];
    const begin = performance.now();
    const end = (ended: ActionRun["ended"], message?: string) => {
      const milliseconds = Math.round(performance.now() - begin);
      tell({ ended: { name, calls, milliseconds, ended, ...(message !== undefined && { message }) } });
    };
    try {
      const handler = load(code);
      const transaction = { ...(event["transaction"] as JsonObject), metadata: outcome.transactionMetadata };
      await handler(structuredClone({ ...event, transaction, secrets }), makeApi(outcome, calls));
    } catch (error) {
      const failed = error instanceof Error ? error.message : `${name}: ${String(error)}`;
      end("threw", failed);
      return { ...outcome, failed };
    }
    end(outcome.denied === undefined ? "returned" : "denied", outcome.denied);
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

/**
 * What `api.samlResponse` sets besides attributes, each by a method such as `setAudience` (the same page; for
 * `setEncryptionAlgorithm`, docs, "Sign and Encrypt SAML Requests").
 */
const samlSettings = (
  "audience authnContextClassRef cert createUpnClaim destination digestAlgorithm encryptionAlgorithm encryptionCert " +
  "encryptionPublicKey includeAttributeNameFormat issuer key lifetimeInSeconds mapIdentities mapUnknownClaimsAsIs " +
  "nameIdentifierFormat nameIdentifierProbes passthroughClaimsWithNoMapping recipient relayState signResponse " +
  "signatureAlgorithm signingCert typedAttributes"
).split(" ");

/** Those whose argument is a private key. */
const secretCalls: ReadonlySet<string> = new Set(["samlResponse.setKey"]);

/** The part of Auth0's API object that the sandbox has (docs, "Actions Triggers: post-login - API Object"). */
function makeApi(outcome: Outcome, calls: ActionRun["calls"]) {
  const recorded = <Arguments extends unknown[], Result>(method: string, act: (...given: Arguments) => Result) => {
    return (...given: Arguments): Result => {
      const shown = secretCalls.has(method) ? () => "[not kept]" : asJson;
      if (calls.length < recordedCalls) calls.push({ method, arguments: given.map(shown) });
      return act(...given);
    };
  };
  /** Copies the value by JSON, because the Action may change the object later. */
  const set = (target: JsonObject, name: string, value: unknown) => {
    const text = JSON.stringify(value) as string | undefined;
    if (text === undefined) Reflect.deleteProperty(target, name);
    else target[name] = JSON.parse(text) as JsonObject[string];
    return api;
  };
  const setIn = (method: string, target: JsonObject) =>
    recorded(method, (name: string, value: unknown) => set(target, name, value));
  const api: Record<string, object> = {
    access: {
      deny: recorded("access.deny", (reason: string) => {
        outcome.denied = reason;
        return api;
      }),
    },
    accessToken: { setCustomClaim: setIn("accessToken.setCustomClaim", outcome.accessTokenClaims) },
    idToken: { setCustomClaim: setIn("idToken.setCustomClaim", outcome.idTokenClaims) },
    samlResponse: {
      // "Setting this value to `null` or `undefined` will remove the claim from the assertion" (the same page).
      setAttribute: recorded("samlResponse.setAttribute", (name: string, value: unknown) =>
        set(outcome.samlAttributes, name, value ?? null),
      ),
      ...Object.fromEntries(
        samlSettings.map((name) => {
          const method = `set${name.charAt(0).toUpperCase()}${name.slice(1)}`;
          return [
            method,
            recorded(`samlResponse.${method}`, (value: unknown) => set(outcome.samlSettings, name, value)),
          ];
        }),
      ),
    },
    transaction: { setMetadata: setIn("transaction.setMetadata", outcome.transactionMetadata) },
    user: {
      setUserMetadata: setIn("user.setUserMetadata", outcome.userMetadata),
      setAppMetadata: setIn("user.setAppMetadata", outcome.appMetadata),
    },
    cache: makeCache(outcome.cache, recorded),
  };
  return api;
}

function makeCache(
  records: CacheRecords,
  recorded: <A extends unknown[], R>(method: string, act: (...given: A) => R) => (...given: A) => R,
) {
  return {
    get(key: string) {
      const record = records[key];
      return record && record.expires_at > Date.now() ? record : undefined;
    },
    set: recorded("cache.set", (key: string, value: string, options: { ttl?: number } = {}) => {
      const { ttl = cacheLimits.lifetimeMs } = options;
      const isFull = !(key in records) && Object.keys(records).length >= cacheLimits.entries;
      if (isFull || Buffer.byteLength(value) > cacheLimits.bytes) return { type: "error", code: "CacheSizeExceeded" };
      const record = { value, expires_at: Date.now() + Math.min(ttl, cacheLimits.lifetimeMs) };
      records[key] = record;
      return { type: "success", record };
    }),
    delete: recorded("cache.delete", (key: string) => ({
      type: Reflect.deleteProperty(records, key) ? "success" : "error",
    })),
  };
}

/** A copy for the record, which must not be what makes a call throw. */
function asJson(value: unknown): Json {
  try {
    return JSON.parse(JSON.stringify(value)) as Json;
  } catch {
    return String(value);
  }
}

const tell = (progress: Progress) => process.send?.(JSON.stringify(progress));

process.once("message", (flow: Flow) => {
  void run(flow).then((outcome) => tell({ outcome }));
});

// If the tenant has ended, it cannot kill this process at the time limit any more.
process.once("disconnect", () => process.exit());
