// A user, out of what the Management API or an export says: users write some of it, and nothing is where it should be
// only because it mostly is.
import type { TenantIdentity, TenantUser } from "./users-api.ts";

/** What is asked for. An export gives the same. */
export const userFields = [
  "user_id",
  "email",
  "email_verified",
  "name",
  "picture",
  "user_metadata",
  "identities",
  "created_at",
] as const;

/** Undefined for what is no user. What a user wrote as `picture` comes out as it is. */
export function tenantUser(value: unknown): TenantUser | undefined {
  if (!isRecord(value)) return undefined;
  const { user_id, email, email_verified, name, picture, user_metadata, identities, created_at } = value;
  if (typeof user_id !== "string") return undefined;
  return {
    user_id,
    ...(typeof email === "string" && { email }),
    ...(typeof email_verified === "boolean" && { email_verified }),
    ...(typeof name === "string" && { name }),
    ...(picture !== undefined && picture !== null && { picture }),
    ...(isRecord(user_metadata) && { user_metadata }),
    ...(typeof created_at === "string" && { created_at }),
    ...(Array.isArray(identities) && { identities: identities.flatMap(identityOf) }),
  };
}

function identityOf(value: unknown): TenantIdentity[] {
  if (!isRecord(value)) return [];
  const { connection, provider, user_id, isSocial, profileData } = value;
  if (typeof connection !== "string" || typeof provider !== "string") return [];
  return [
    {
      ...{ connection, provider },
      // Some providers' are numbers.
      user_id: String(user_id),
      ...(typeof isSocial === "boolean" && { isSocial }),
      ...(isRecord(profileData) && { profileData }),
    },
  ];
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);
