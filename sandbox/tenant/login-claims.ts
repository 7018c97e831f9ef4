// The claims about a user in a login's tokens: the profile's and those of the Actions, without the restricted ones, and
// only as far as the scopes reach.
import type { JsonObject, User } from "./tenant-state.ts";

/** The ID token's claims about the user, which need their scopes; an Action's come last and win. */
export const idTokenClaims = (user: User, setByActions: JsonObject, scopes: readonly string[]): JsonObject =>
  selectClaims({ ...userClaims(user), ...allowed(setByActions) }, scopes);

/** The access token's claims that Actions set. */
export const accessTokenClaims = (setByActions: JsonObject, scopes: readonly string[]): JsonObject =>
  selectClaims(allowed(setByActions), scopes);

const userClaims = ({ name, given_name, family_name, nickname, picture, email, email_verified, updated_at }: User) => ({
  ...(name !== undefined && { name }),
  ...(given_name !== undefined && { given_name }),
  ...(family_name !== undefined && { family_name }),
  ...(nickname !== undefined && { nickname }),
  ...(picture !== undefined && { picture }),
  ...{ updated_at, email, email_verified },
});

/** The restricted claims, which setCustomClaim ignores (Auth0 docs, "Create Custom Claims"). */
const restrictedClaims = new Set(
  (
    "acr act active amr at_hash ath attest aud auth_time authorization_details azp c_hash client_id cnf cty dest " +
    "entitlements events exp groups gty htm htu iat internalService iss jcard jku jti jwe jwk kid may_act mky nbf " +
    "nonce object_id org_id org_name orig origid permissions roles rph s_hash sid sub sub_jwk toe txn typ uuid vot " +
    "vtm x5t#S256"
  ).split(" "),
);

const allowed = (claims: JsonObject): JsonObject =>
  Object.fromEntries(
    Object.entries(claims).filter(([name]) => !restrictedClaims.has(name) && !name.startsWith("sip_")),
  );

/** A standard claim needs its scope, even if an Action has set it (Auth0 docs, "OpenID Connect Scopes"). */
const claimsOfScopes = {
  profile: (
    "name family_name given_name middle_name nickname preferred_username profile picture website gender birthdate " +
    "zoneinfo locale updated_at"
  ).split(" "),
  email: ["email", "email_verified"],
  address: ["address"],
  phone: ["phone_number", "phone_number_verified"],
};

function selectClaims(claims: JsonObject, scopes: readonly string[]): JsonObject {
  const withheld = new Set(
    Object.entries(claimsOfScopes).flatMap(([scope, names]) => (scopes.includes(scope) ? [] : names)),
  );
  return Object.fromEntries(Object.entries(claims).filter(([name]) => !withheld.has(name)));
}
