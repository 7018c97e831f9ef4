// Logins as a member of an organization: whether the application may ask for it, by which connections it goes, and who
// is a member (Auth0 docs, "Define Organization Behavior", "Enable Organization Connections").
import type { Authentication } from "./authenticate.ts";
import { OAuthError, notSimulated } from "./errors.ts";
import type { Application, Connection, Organization, State } from "./tenant-state.ts";

/**
 * The organization that a login is for.
 *
 * @param asked the parameter `organization`: an id or, if the tenant allows it, a name
 * @throws OAuthError if the application must or must not ask for one, or if there is none such
 */
export function findLoginOrganization(
  { organizations, settings }: State,
  client: Application,
  asked: string | undefined,
): Organization | undefined {
  const usage = client["organization_usage"] ?? "deny";
  const behavior = client["organization_require_behavior"] ?? "no_prompt";
  if (asked === undefined) {
    if (usage === "deny") return undefined;
    if (behavior !== "no_prompt") {
      throw notSimulated("GET", `/authorize without an organization, for a client with ${JSON.stringify(behavior)},`);
    }
    if (usage === "require")
      throw new OAuthError("invalid_request", "parameter organization is required for this client");
    return undefined;
  }
  // Both errors are in reports of users of Auth0.
  if (usage === "deny")
    throw new OAuthError("invalid_request", "parameter organization is not allowed for this client");
  // Auth0 docs, "Use Organization Names in Authentication API".
  const byName = settings?.allow_organization_name_in_authentication_api === true;
  const found = organizations.find(({ id, name }) => id === asked || (byName && name === asked.toLowerCase()));
  if (!found) throw new OAuthError("invalid_request", `the organization ${asked} was not found`);
  if (found.enabledConnections.length === 0) {
    throw new OAuthError("invalid_request", "no connections enabled for the organization");
  }
  return found;
}

const enabledFor = ({ enabledConnections }: Organization, { id }: Connection) =>
  enabledConnections.find(({ connection_id }) => connection_id === id);

/** Without an organization, any connection leads to the application. */
export const leadsTo = (organization: Organization | undefined, connection: Connection): boolean =>
  organization === undefined || enabledFor(organization, connection) !== undefined;

/**
 * Lets only members in, before any Action runs; a connection with auto-membership makes members (docs, "Grant
 * Just-In-Time Membership to an Organization Connection").
 *
 * @throws OAuthError
 */
export function requireMembership({ organizations }: State, organization: Organization, login: Authentication): void {
  const { user, connection } = login;
  const enabled = enabledFor(organization, connection);
  if (!enabled || !organizations.includes(organization)) {
    throw new OAuthError("invalid_request", "the connection is not enabled for the organization");
  }
  if (organization.members.includes(user.user_id)) return;
  if (!enabled.assign_membership_on_login) {
    const description = `user ${user.user_id} is not part of the ${organization.id} organization`;
    throw new OAuthError("access_denied", description, 403);
  }
  organization.members.push(user.user_id);
}

/** The claims of an organization in both tokens (docs, "Work with Tokens and Organizations"). */
export const organizationClaims = ({ settings }: State, { id, name }: Organization) => ({
  org_id: id,
  ...(settings?.allow_organization_name_in_authentication_api && { org_name: name }),
});
