// What the console changes: a user, by the Management API's call that an operator or an application would make; or what
// an identity provider says, which is no call of Auth0's.
import type { Tenant } from "../tenant/tenant.ts";
import type { Change, ChangeResult, Person } from "./console-types.ts";
import type { RecordedManagement } from "./management-calls.ts";
import { RefusedCallError } from "./refused-call.ts";

/** A refusal of Auth0's is a result too. @throws RefusedCallError */
export async function applyChange(
  { tenant, recordCall }: Pick<RecordedManagement, "recordCall"> & { readonly tenant: Tenant },
  { connection, email, userId }: Person,
  { what, picture }: Change,
): Promise<ChangeResult> {
  if (what === "provider") {
    const profile = tenant.identityProvider.profiles(connection).find((one) => one.email === email);
    if (!profile) throw new RefusedCallError(400, "The tenant's own database has no identity provider.");
    const { picture: _, ...others } = profile;
    tenant.identityProvider.setProfile(connection, { ...others, ...(picture !== null && { picture }) });
    return { call: null };
  }
  if (userId === null) throw new RefusedCallError(400, "Auth0 has no such user before the first sign-in.");
  const body = what === "root" ? { picture } : { user_metadata: { picture } };
  return { call: await recordCall(({ users }) => users.update(userId, body)) };
}

/** Of a `Change`. No URL that a user could write is kept out: which of them is shown is for the Action to decide. */
export const changeSchema = {
  type: "object",
  additionalProperties: false,
  required: ["key", "what", "picture"],
  properties: {
    key: { type: "string" },
    what: { enum: ["provider", "root", "metadata"] },
    picture: { type: ["string", "null"], minLength: 1, maxLength: 4096 },
  },
};
