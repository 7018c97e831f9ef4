// Which attributes a SAML assertion has about a user, with the names that Auth0 gives them (docs, "Customize SAML
// Assertions" and "Map SAML Attributes with Auth0 as IdP/SAML Add-on"; live tenants' responses in metabase's
// test_resources).
import { OAuthError } from "../errors.ts";
import { isObject } from "../../json.ts";
import type { Json, JsonObject, User } from "../tenant-state.ts";
import { defaultMappings, upn } from "./saml-settings.ts";
import type { SamlSettings } from "./saml-settings.ts";

export type AttributeValue = string | number | boolean | Date;

/** By name; each has at least one value. */
export type SamlAttributes = ReadonlyMap<string, readonly AttributeValue[]>;

type Profile = Readonly<Record<string, Json | Date>>;

/** The prefix of what is not mapped. The docs have it without the "s", and the responses with it. */
const ownSchema = "http://schemas.auth0.com/";

/** @param byAction what `samlResponse.setAttribute` set: it comes last and wins, and null takes an attribute away */
export function samlAttributes(
  user: User,
  clientId: string,
  settings: SamlSettings,
  byAction: JsonObject,
): SamlAttributes {
  const attributes = new Map<string, readonly AttributeValue[]>();
  const set = (name: string, value: Json | Date | undefined) => {
    const values = valuesOf(value);
    if (values.length > 0) attributes.set(name, values);
    else attributes.delete(name);
  };
  const profile = profileOf(user, clientId);
  const mapped = settings.mappings ?? defaultMappings;
  for (const [path, names] of Object.entries(mapped)) for (const name of names) set(name, valueAt(profile, path));
  if (settings.createUpnClaim && !attributes.has(upn)) set(upn, profile["upn"] ?? user.email);
  if (settings.mapIdentities) {
    for (const [name, value] of Object.entries(identityOf(user))) {
      if (!Object.hasOwn(mapped, name)) set(`${ownSchema}identities/default/${name}`, value);
    }
  }
  if (settings.passthroughClaimsWithNoMapping) {
    for (const [name, value] of Object.entries(profile)) {
      if (!Object.hasOwn(mapped, name)) set(settings.mapUnknownClaimsAsIs ? name : `${ownSchema}${name}`, value);
    }
  }
  for (const [name, value] of Object.entries(byAction)) set(name, value);
  return attributes;
}

/**
 * The subject: the first of the probed attributes that has a value. What is not among the attributes, because it is
 * mapped otherwise, is still "mapped from user_id" and so on, as the docs say of the probes.
 *
 * @throws OAuthError in the words of auth0/node-samlp
 */
export function nameIdOf(user: User, attributes: SamlAttributes, { nameIdentifierProbes }: SamlSettings): string {
  const usual = new Map(
    Object.entries(defaultMappings).flatMap(([path, names]) =>
      names.map((name) => [name, valueAt(profileOf(user), path)] as const),
    ),
  );
  for (const probe of nameIdentifierProbes) {
    const [value] = attributes.get(probe) ?? valuesOf(usual.get(probe));
    if (value !== undefined && value !== "") return String(value);
  }
  throw new OAuthError(
    "invalid_request",
    `No attribute was found to generate the nameIdentifier. We tried with: ${nameIdentifierProbes.join(", ")}`,
  );
}

/** Docs, "Metadata Field Names and Data Types": the keys of app_metadata are merged into the profile's root. */
function profileOf(user: User, clientID?: string): Profile {
  const { user_id, email, email_verified, name, given_name, family_name, nickname, picture } = user;
  const { created_at, updated_at, user_metadata, app_metadata } = user;
  const profile = {
    ...{ user_id, email, name, given_name, family_name, clientID },
    ...{ email_verified, nickname, picture },
    ...{ created_at: new Date(created_at), updated_at: new Date(updated_at) },
    ...{ user_metadata, app_metadata },
    ...app_metadata,
  };
  return Object.fromEntries(Object.entries(profile).filter(([, value]) => value !== undefined)) as Profile;
}

function identityOf({ identities: [identity] }: User): JsonObject {
  if (!identity) return {};
  const { user_id, provider, connection, isSocial } = identity;
  return { user_id, provider, connection, isSocial };
}

/** By a path such as `user_metadata.color`, or by a key that has dots itself. */
function valueAt(profile: Profile, path: string): Json | Date | undefined {
  if (Object.hasOwn(profile, path)) return profile[path];
  const [first = "", ...rest] = path.split(".");
  const inner = Object.hasOwn(profile, first) ? profile[first] : undefined;
  return rest.length > 0 && isObject(inner) ? valueAt(inner, rest.join(".")) : undefined;
}

/** An object is no attribute's value: `user_metadata` "does not appear in the SAML response at all". */
const valuesOf = (value: Json | Date | undefined): AttributeValue[] =>
  [value]
    .flat()
    .filter((one): one is AttributeValue => one instanceof Date || (typeof one !== "object" && one !== undefined));
