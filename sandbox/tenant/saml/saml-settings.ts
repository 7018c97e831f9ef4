// The settings of an application's SAML2 Web App add-on, and what an Action puts in their place (Auth0 docs, "Customize
// SAML Assertions"; "Actions Triggers: post-login - API Object").
import { X509Certificate, createPrivateKey } from "node:crypto";
import { isObject } from "../../json.ts";
import { ManagementApiError, OAuthError } from "../errors.ts";
import type { Application, JsonObject } from "../tenant-state.ts";

export interface SamlSettings {
  /** By attribute of the profile, or path in it: the names of the SAML attributes. Default: Auth0's mapping. */
  readonly mappings?: Readonly<Record<string, readonly string[]>>;
  readonly audience?: string;
  readonly recipient?: string;
  readonly destination?: string;
  readonly issuer?: string;
  readonly relayState?: string;
  readonly createUpnClaim: boolean;
  readonly passthroughClaimsWithNoMapping: boolean;
  readonly mapUnknownClaimsAsIs: boolean;
  readonly mapIdentities: boolean;
  readonly signatureAlgorithm: SignatureAlgorithm;
  readonly digestAlgorithm: DigestAlgorithm;
  readonly lifetimeInSeconds: number;
  /** Whether the response is signed, and the assertion in it is not. */
  readonly signResponse: boolean;
  readonly nameIdentifierFormat: string;
  readonly nameIdentifierProbes: readonly string[];
  readonly authnContextClassRef: string;
  readonly typedAttributes: boolean;
  readonly includeAttributeNameFormat: boolean;
  /** With which the service provider signs its requests, as PEM; they need no signature without it. */
  readonly signingCert?: string;
  /** What the response is signed with, as PEM, in place of the tenant's own. */
  readonly ownKey?: { readonly key: string; readonly cert: string };
}

export const signatureAlgorithms = {
  "rsa-sha256": "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256",
  "rsa-sha1": "http://www.w3.org/2000/09/xmldsig#rsa-sha1",
} as const;
export const digestAlgorithms = {
  sha256: "http://www.w3.org/2001/04/xmlenc#sha256",
  sha1: "http://www.w3.org/2000/09/xmldsig#sha1",
} as const;
type SignatureAlgorithm = keyof typeof signatureAlgorithms;
type DigestAlgorithm = keyof typeof digestAlgorithms;

const claims = "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/";
const nameIdentifier = `${claims}nameidentifier`;
export const upn = `${claims}upn`;

/** That of the dashboard's sample settings, and of the responses of live tenants (metabase, test_resources). */
export const defaultMappings: NonNullable<SamlSettings["mappings"]> = {
  user_id: [nameIdentifier],
  email: [`${claims}emailaddress`],
  name: [`${claims}name`],
  given_name: [`${claims}givenname`],
  family_name: [`${claims}surname`],
  upn: [upn],
  groups: ["http://schemas.xmlsoap.org/claims/Group"],
};

/**
 * The algorithms are those that the API object's page calls the defaults; older pages, and tenants of 2020, have SHA-1.
 */
const defaults = {
  ...{ createUpnClaim: true, passthroughClaimsWithNoMapping: true, mapUnknownClaimsAsIs: false, mapIdentities: true },
  ...{ signatureAlgorithm: "rsa-sha256", digestAlgorithm: "sha256", lifetimeInSeconds: 3600, signResponse: false },
  nameIdentifierFormat: "urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified",
  nameIdentifierProbes: [nameIdentifier, `${claims}emailaddress`, `${claims}name`],
  authnContextClassRef: "urn:oasis:names:tc:SAML:2.0:ac:classes:unspecified",
  ...{ typedAttributes: true, includeAttributeNameFormat: true },
} satisfies Partial<SamlSettings>;

/** The add-on's settings as they are stored; undefined if the application has no such add-on. */
export function samlAddon({ addons }: Application): JsonObject | undefined {
  const addon = isObject(addons) ? addons["samlp"] : undefined;
  return isObject(addon) ? addon : undefined;
}

/**
 * @param byAction by the same names, which win
 * @throws OAuthError for a value of another type; ManagementApiError 501 for an encrypted assertion
 */
export function samlSettings(addon: JsonObject, byAction: JsonObject = {}): SamlSettings {
  const given: JsonObject = { ...addon, ...byAction };
  for (const name of ["encryptionCert", "encryptionPublicKey", "encryptionAlgorithm"]) {
    if (!isSet(given[name])) continue;
    throw new ManagementApiError(501, `An encrypted SAML assertion (${name}) is not simulated by the sandbox`);
  }
  const value = <T>(name: string, isType: (value: unknown) => value is T): T | undefined => {
    const found = given[name];
    if (!isSet(found)) return undefined;
    if (isType(found)) return found;
    throw new OAuthError("invalid_request", `The SAML setting ${name} cannot be ${JSON.stringify(found)}`);
  };
  const texts = ["audience", "recipient", "destination", "issuer", "relayState", "signingCert"];
  const flags = [
    ...["createUpnClaim", "passthroughClaimsWithNoMapping", "mapUnknownClaimsAsIs", "mapIdentities", "signResponse"],
    ...["typedAttributes", "includeAttributeNameFormat"],
  ];
  const found = {
    ...Object.fromEntries([...texts, "nameIdentifierFormat", "authnContextClassRef"].map((n) => [n, value(n, isText)])),
    ...Object.fromEntries(flags.map((name) => [name, value(name, isFlag)])),
    signatureAlgorithm: value("signatureAlgorithm", isKeyOf(signatureAlgorithms)),
    digestAlgorithm: value("digestAlgorithm", isKeyOf(digestAlgorithms)),
    lifetimeInSeconds: value("lifetimeInSeconds", isLifetime),
    nameIdentifierProbes: value("nameIdentifierProbes", isTexts),
    mappings: namesByAttribute(value("mappings", isObject)),
    ownKey: keyPair(value("key", isText), value("cert", isText)),
  };
  const set = Object.entries(found).filter(([, one]) => one !== undefined);
  return { ...defaults, ...Object.fromEntries(set) };
}

const isSet = (value: unknown) => value !== undefined && value !== null;
const isText = (value: unknown): value is string => typeof value === "string";
const isFlag = (value: unknown): value is boolean => typeof value === "boolean";
const isTexts = (value: unknown): value is string[] => Array.isArray(value) && value.every(isText);
const isLifetime = (value: unknown): value is number => typeof value === "number" && value > 0 && value < 1e9;
const isKeyOf =
  <T extends object>(known: T) =>
  (value: unknown): value is keyof T =>
    typeof value === "string" && Object.hasOwn(known, value);

/** "When using the SAML2 add-on, an empty mappings object generates by default" (Auth0 docs, "Map SAML Attributes"). */
function namesByAttribute(mappings: Record<string, unknown> | undefined): SamlSettings["mappings"] {
  const entries = Object.entries(mappings ?? {}).map(([attribute, names]) => {
    const list = isText(names) ? [names] : names;
    if (isTexts(list)) return [attribute, list] as const;
    throw new OAuthError(
      "invalid_request",
      `The SAML setting mappings.${attribute} cannot be ${JSON.stringify(names)}`,
    );
  });
  return entries.length > 0 ? Object.fromEntries(entries) : undefined;
}

function keyPair(key: string | undefined, cert: string | undefined): SamlSettings["ownKey"] {
  if (key !== undefined && cert !== undefined) {
    if (isPrivateKey(key) && isCertificate(cert)) return { key, cert };
    throw new OAuthError("invalid_request", "The SAML settings key and cert cannot be read as PEM");
  }
  if (key === undefined && cert === undefined) return undefined;
  throw new OAuthError("invalid_request", "Both the certificate and private key must be specified");
}

const isPrivateKey = (pem: string) => succeeds(() => createPrivateKey(pem));
const isCertificate = (pem: string) => succeeds(() => new X509Certificate(pem));

function succeeds(read: () => unknown): boolean {
  try {
    read();
    return true;
  } catch {
    return false;
  }
}
