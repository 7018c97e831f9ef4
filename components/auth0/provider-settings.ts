// The auth0 provider's settings, for calls of the Management API that lead to the same tenant. Loads no SDK.
import { savedByUp, withoutStack } from "./api-error.ts";

/** A stack's settings, which come before the environment's: `auth0:domain` before `AUTH0_DOMAIN`, and so on. */
export interface Auth0ProviderConfig {
  get(key: string): string | undefined;
}

type Environment = Readonly<Record<string, string | undefined>>;
type Setting = (key: SettingName) => string | undefined;

/** Those that are read here, as the auth0 provider names them (terraform-provider-auth0, "Provider configuration"). */
export const settingNames = [
  "domain",
  "audience",
  "clientId",
  "clientSecret",
  "clientAssertionPrivateKey",
  "clientAssertionSigningAlg",
  "apiToken",
] as const;
type SettingName = (typeof settingNames)[number];

/** As the SDK's client takes them. */
export interface Auth0ProviderSettings {
  readonly domain: string;
  readonly audience?: string;
  readonly credentials: ReturnType<typeof credentialsOf>;
}

/** A tenant's domain as the provider takes it: with `https://` or without. */
export const tenantDomain = (text: string): string => text.replace(/^https:\/\//, "").replace(/\/$/, "");

/** `AUTH0_CLIENT_ID` for `clientId`. */
const variableOf = (key: string) => `AUTH0_${key.replace(/[A-Z]/g, "_$&").toUpperCase()}`;

const settingOf =
  (config: Auth0ProviderConfig, environment: Environment): Setting =>
  (key) =>
    config.get(`auth0:${key}`) || environment[variableOf(key)] || undefined;

/** The tenant's own domain, such as `example.eu.auth0.com`; undefined where nothing says it. */
export function providerDomain(config: Auth0ProviderConfig, environment: Environment): string | undefined {
  const given = settingOf(config, environment)("domain");
  return given === undefined ? undefined : tenantDomain(given);
}

/**
 * Why a token is none, without the token: undefined for a good one. It would be an HTTP header, and `fetch` prints the
 * header that it refuses.
 */
export const tokenFault = (token: string | undefined): string | undefined =>
  token === undefined || /^[\x21-\x7e]+$/.test(token.trim())
    ? undefined
    : "a space, a line break, or a sign that no token has is in it. Copy the token again, in one line.";

const namesOf = (keys: readonly string[]) => keys.map((key) => `auth0:${key} (or ${variableOf(key)})`);

/**
 * The missing ones of the settings that log in: a token, or a client with a secret or a private key
 * (terraform-provider-auth0, "Provider configuration"). The provider also takes the login of Auth0's CLI. That one
 * belongs to a person, so it is not used here.
 */
export function missingCredentials(config: Auth0ProviderConfig, environment: Environment): string[] {
  return namesOf(missingKeys(settingOf(config, environment)));
}

/** As `missingCredentials`, for a program that takes them from the environment only: the variables' names. */
export function missingCredentialVariables(environment: Environment): string[] {
  return missingKeys(settingOf({ get: () => undefined }, environment)).map(variableOf);
}

function missingKeys(setting: Setting): string[] {
  if (setting("apiToken") !== undefined) return [];
  const hasKey = setting("clientAssertionPrivateKey") !== undefined;
  // The provider takes a key with its algorithm only.
  const needed = ["clientId", hasKey ? "clientAssertionSigningAlg" : "clientSecret"] as const;
  return needed.filter((key) => setting(key) === undefined);
}

/** @throws Error naming each missing setting, where it may stand and what it is for */
export function readProviderSettings(config: Auth0ProviderConfig, environment: Environment): Auth0ProviderSettings {
  const setting = settingOf(config, environment);
  const domain = providerDomain(config, environment) ?? "";
  const missing = [...(domain === "" ? namesOf(["domain"]) : []), ...missingCredentials(config, environment)];
  if (missing.length > 0)
    throw withoutStack(
      `The Auth0 Management API cannot be reached without ${missing.join(", ")}. ` +
        `Set them with "pulumi config set [--secret]" or in the environment. ${savedByUp}`,
    );
  if (/[/?#\s]/.test(domain))
    throw withoutStack(
      `auth0:domain: ${JSON.stringify(domain)} was given; write the tenant's domain only, ` +
        `such as example.eu.auth0.com.`,
    );
  const fault = tokenFault(setting("apiToken"));
  if (fault !== undefined) throw withoutStack(`${namesOf(["apiToken"]).join()}: ${fault}`);
  const audience = setting("audience");
  return { domain, ...(audience !== undefined && { audience }), credentials: credentialsOf(setting) };
}

/** Of settings among which none is missing. */
function credentialsOf(setting: Setting) {
  const [token, clientAssertionSigningKey] = [setting("apiToken"), setting("clientAssertionPrivateKey")];
  const clientId = setting("clientId") ?? "";
  if (token !== undefined) return { token };
  if (clientAssertionSigningKey === undefined) return { clientId, clientSecret: setting("clientSecret") ?? "" };
  const clientAssertionSigningAlg = setting("clientAssertionSigningAlg") ?? "";
  return { clientId, clientAssertionSigningKey, clientAssertionSigningAlg };
}
