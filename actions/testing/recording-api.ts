// Auth0's post-login API object for a simulated login: every method that Auth0 documents, each call recorded.
import type { CacheRecord, PostLoginApi } from "../user-picture/post-login.ts";

/** A call of a method of `api`, e.g. `{ method: "user.setUserMetadata", args: ["color", "blue"] }`. */
export interface ApiCall {
  readonly method: string;
  readonly args: readonly unknown[];
}

/** Custom claims by name. */
export interface CustomClaims {
  readonly picture?: unknown;
  readonly [name: string]: unknown;
}

/** What an Action asked for in one login. */
export interface ApiRecord {
  /**
   * Of the ID token, as the Action set them. Auth0 then strips `picture` for clients that did not ask for the `profile`
   * scope.
   */
  readonly idToken: CustomClaims;
  readonly accessToken: CustomClaims;
  /** Attributes of the SAML or WS-Federation response, by name. */
  readonly samlResponse: Readonly<Record<string, unknown>>;
  /** The reason that an Action of your own gave to `api.access.deny`; absent: the login went on. */
  readonly denied?: string;
  /** Every call, in order. */
  readonly calls: readonly ApiCall[];
}

const methods: { readonly [Part in keyof PostLoginApi]: Readonly<Record<keyof PostLoginApi[Part], true>> } = {
  access: { deny: true },
  accessToken: { setCustomClaim: true, addScope: true, removeScope: true },
  authentication: {
    challengeWith: true,
    challengeWithAny: true,
    enrollWith: true,
    enrollWithAny: true,
    recordMethod: true,
    setPrimaryUser: true,
  },
  cache: { get: true, set: true, delete: true },
  idToken: { setCustomClaim: true },
  multifactor: { enable: true },
  prompt: { render: true },
  redirect: { encodeToken: true, sendUserTo: true, validateToken: true, canRedirect: true },
  refreshToken: {
    revoke: true,
    setExpiresAt: true,
    setIdleExpiresAt: true,
    setMetadata: true,
    deleteMetadata: true,
    evictMetadata: true,
  },
  rules: { wasExecuted: true },
  samlResponse: {
    setAttribute: true,
    setAudience: true,
    setRecipient: true,
    setDestination: true,
    setIssuer: true,
    setRelayState: true,
    setLifetimeInSeconds: true,
    setCreateUpnClaim: true,
    setPassthroughClaimsWithNoMapping: true,
    setMapUnknownClaimsAsIs: true,
    setMapIdentities: true,
    setTypedAttributes: true,
    setIncludeAttributeNameFormat: true,
    setNameIdentifierFormat: true,
    setNameIdentifierProbes: true,
    setAuthnContextClassRef: true,
    setSignResponse: true,
    setSignatureAlgorithm: true,
    setDigestAlgorithm: true,
    setSigningCert: true,
    setCert: true,
    setKey: true,
    setEncryptionCert: true,
    setEncryptionPublicKey: true,
    setEncryptionAlgorithm: true,
  },
  session: {
    revoke: true,
    setCookieMode: true,
    setExpiresAt: true,
    setIdleExpiresAt: true,
    setMetadata: true,
    deleteMetadata: true,
    evictMetadata: true,
  },
  transaction: { setMetadata: true },
  user: { setAppMetadata: true, setUserMetadata: true },
  validation: { error: true },
};

type SomeMethods = { readonly [Part in keyof PostLoginApi]?: Partial<PostLoginApi[Part]> };
type Method = (...args: readonly unknown[]) => unknown;

/** A fresh API object with an empty cache, and the record that it writes. */
export function recordingApi(): { readonly api: PostLoginApi; readonly record: ApiRecord } {
  const calls: ApiCall[] = [];
  const idToken: Record<string, unknown> = {};
  const accessToken: Record<string, unknown> = {};
  const samlResponse: Record<string, unknown> = {};
  const record: { -readonly [Field in keyof ApiRecord]: ApiRecord[Field] } = {
    idToken,
    accessToken,
    samlResponse,
    calls,
  };
  const cache = new Map<string, CacheRecord>();

  const setIn = (target: Record<string, unknown>) => (name: string, value: unknown) => {
    target[name] = value;
    return api;
  };
  // The others return the API object, so that calls can be chained.
  const answering: SomeMethods = {
    access: {
      deny: (reason) => {
        record.denied = reason;
        return api;
      },
    },
    idToken: { setCustomClaim: setIn(idToken) },
    accessToken: { setCustomClaim: setIn(accessToken) },
    samlResponse: { setAttribute: setIn(samlResponse) },
    cache: {
      get: (key) => cache.get(key),
      set: (key, value, { ttl = 86_400_000, expires_at = Date.now() + ttl } = {}) => {
        const entry: CacheRecord = { value, expires_at };
        cache.set(key, entry);
        return { type: "success", record: entry };
      },
      delete: (key) => (cache.delete(key) ? { type: "success" } : { type: "error", code: "ItemNotFound" }),
    },
    redirect: {
      encodeToken: ({ payload }) => `not-signed.${JSON.stringify(payload)}`,
      validateToken: () => {
        throw new Error("redirect.validateToken: a simulated login does not come back from a redirect");
      },
      canRedirect: () => true,
    },
    rules: { wasExecuted: () => false },
  };
  const part = (name: string, names: object, own: object): object =>
    Object.fromEntries(
      Object.keys(names).map((method) => {
        const answer = (own as Readonly<Record<string, Method>>)[method] ?? (() => api);
        const recorded: Method = (...args) => {
          calls.push({ method: `${name}.${method}`, args });
          return answer(...args);
        };
        return [method, recorded];
      }),
    );
  const api = Object.fromEntries(
    Object.entries(methods).map(([name, names]) => [
      name,
      part(name, names, answering[name as keyof PostLoginApi] ?? {}),
    ]),
  ) as unknown as PostLoginApi;
  return { api, record };
}
