// The Management API as Pulumi resources call it: the official SDK, with the auth0 provider's own settings and retries.
import { ManagementClient } from "auth0";
import { decodeJwt } from "jose";
import { withoutStack } from "./api-error.ts";
import { retryingFetch } from "./retrying-fetch.ts";

/** The auth0 provider's settings: those of the stack (`auth0:domain`, …) before those of the environment (`AUTH0_DOMAIN`, …). */
export interface Auth0ProviderConfig {
  get(key: string): string | undefined;
}

export interface ManagementApi {
  readonly client: ManagementClient;
  /** The scopes of the access token last used; undefined before the first call, and for a token that is no JWT. */
  grantedScopes(): readonly string[] | undefined;
}

/** A tenant's domain as the provider takes it: with `https://` or without. */
export const tenantDomain = (text: string): string => text.replace(/^https:\/\//, "").replace(/\/$/, "");

const settingOf = (config: Auth0ProviderConfig, environment: NodeJS.ProcessEnv) => (key: string, variable: string) =>
  config.get(`auth0:${key}`) || environment[variable] || undefined;

/**
 * The settings that are missing of those that log in: a token, or a client with a secret or a private key (terraform-provider-auth0, "Provider
 * configuration"). The login of Auth0's CLI, which the provider takes too, is a person's, and leads to no client of the program's own.
 */
export function missingCredentials(config: Auth0ProviderConfig, environment: NodeJS.ProcessEnv): string[] {
  const setting = settingOf(config, environment);
  if (setting("apiToken", "AUTH0_API_TOKEN") !== undefined) return [];
  const missing = (key: string, variable: string) =>
    setting(key, variable) === undefined ? [`auth0:${key} (or ${variable})`] : [];
  const hasKey = setting("clientAssertionPrivateKey", "AUTH0_CLIENT_ASSERTION_PRIVATE_KEY") !== undefined;
  return [
    ...missing("clientId", "AUTH0_CLIENT_ID"),
    // The provider takes a key with its algorithm only.
    ...(hasKey
      ? missing("clientAssertionSigningAlg", "AUTH0_CLIENT_ASSERTION_SIGNING_ALG")
      : missing("clientSecret", "AUTH0_CLIENT_SECRET")),
  ];
}

/** @throws Error naming each missing setting, where it may stand and what it is for. */
export function openManagementApi(config: Auth0ProviderConfig, environment: NodeJS.ProcessEnv): ManagementApi {
  const setting = settingOf(config, environment);
  const given = setting("domain", "AUTH0_DOMAIN");
  const domain = given === undefined ? undefined : tenantDomain(given);
  const token = setting("apiToken", "AUTH0_API_TOKEN");
  const clientId = setting("clientId", "AUTH0_CLIENT_ID");
  const clientSecret = setting("clientSecret", "AUTH0_CLIENT_SECRET");
  const signingKey = setting("clientAssertionPrivateKey", "AUTH0_CLIENT_ASSERTION_PRIVATE_KEY");

  const missing = [
    ...(domain === undefined ? ["auth0:domain (or AUTH0_DOMAIN)"] : []),
    ...missingCredentials(config, environment),
  ];
  if (domain === undefined || missing.length > 0)
    throw withoutStack(
      `The Auth0 Management API cannot be reached without ${missing.join(", ")}. ` +
        `Set them with "pulumi config set [--secret]" or in the environment.`,
    );

  if (/[/?#\s]/.test(domain))
    throw withoutStack(
      `auth0:domain: ${JSON.stringify(domain)} was given; write the tenant's domain only, such as example.eu.auth0.com.`,
    );

  let lastToken: string | undefined;
  const observedFetch: typeof fetch = (url, init) => {
    const authorization = new Headers(init?.headers).get("authorization");
    if (authorization !== null) lastToken = authorization.replace(/^Bearer /i, "");
    return isMergedFromRead(url, init) ? fetchOnce(url, init) : fetchWithRetries(url, init);
  };
  const audience = setting("audience", "AUTH0_AUDIENCE");
  const algorithm = setting("clientAssertionSigningAlg", "AUTH0_CLIENT_ASSERTION_SIGNING_ALG");
  const options = {
    ...{ domain, fetch: observedFetch, maxRetries: 0, timeoutInSeconds: 3600, telemetry: false },
    ...(audience !== undefined && { audience }),
  };
  const client = { clientId: clientId ?? "" };
  const credentials =
    token !== undefined
      ? { token }
      : signingKey !== undefined
        ? {
            ...client,
            clientAssertionSigningKey: signingKey,
            ...(algorithm !== undefined && { clientAssertionSigningAlg: algorithm }),
          }
        : { ...client, clientSecret: clientSecret ?? "" };
  return {
    client: new ManagementClient({ ...options, ...credentials }),
    grantedScopes: () => (lastToken === undefined ? undefined : scopesOf(lastToken)),
  };
}

/** The SDK's own signal counts the waits of retries too, so each attempt has a time limit of its own. */
const fetchOnce: typeof fetch = (input, init) =>
  fetch(input, { ...init, signal: AbortSignal.timeout(30_000) }).catch((error: unknown) => {
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
    const { host } = new URL(input instanceof Request ? input.url : input);
    throw new Error(`${host} could not be reached: ${cause instanceof Error ? cause.message : String(cause)}`);
  });

let saidRateLimit = false;

/** Says it once for each process. */
export function sayRateLimit(): void {
  if (!saidRateLimit)
    console.info("Auth0's rate limit is reached: this goes on as fast as the tenant allows, and does not fail.");
  saidRateLimit = true;
}

/** Runs one piece of work after the other, also after one that failed. */
export function newTurns(): <T>(work: () => Promise<T>) => Promise<T> {
  let last: Promise<unknown> = Promise.resolve();
  return (work) => {
    const turn = last.then(work);
    last = turn.catch(() => undefined);
    return turn;
  };
}

const inTurn = newTurns();

/**
 * Methods that, once the rate limit was reached, run one at a time: between a read and the write that is merged from it, others' calls would use
 * the limit up.
 */
export function inTurns<Methods extends object>(methods: Methods): Methods {
  const ofMethod = ([name, method]: [string, (...args: unknown[]) => Promise<unknown>]) => {
    const taken = (...args: unknown[]) => (saidRateLimit ? inTurn(() => method(...args)) : method(...args));
    return [name, taken] as const;
  };
  return Object.fromEntries(Object.entries(methods).map(ofMethod)) as Methods;
}

const fetchWithRetries = retryingFetch(fetchOnce, sayRateLimit);

/** A connection's options, merged from what was just read. Sent again later they would undo what others did meanwhile: sync-write.ts reads again first. */
const isMergedFromRead = (url: string | URL | Request, init?: RequestInit) =>
  init?.method === "PATCH" &&
  new URL(url instanceof Request ? url.url : url).pathname.startsWith("/api/v2/connections/");

function scopesOf(token: string): readonly string[] | undefined {
  try {
    const { scope } = decodeJwt(token);
    return typeof scope === "string" ? scope.split(" ") : undefined;
  } catch {
    return undefined;
  }
}
