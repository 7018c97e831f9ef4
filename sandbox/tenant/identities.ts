// The Management API's links of accounts: a user's account is joined to another's, and parted from it again (Auth0
// docs, "User Account Linking").
import type { FastifyInstance } from "fastify";
import { ManagementApiError, notSimulated, payloadError } from "./errors.ts";
import { needs, nonEmptyText } from "./requests.ts";
import { now, removeUsers, removeWhere, rootAttributes } from "./tenant-state.ts";
import type { Identity, JsonObject, RootAttributes, State, User } from "./tenant-state.ts";
import { findUser } from "./users.ts";

const linkSchema = {
  type: "object",
  additionalProperties: false,
  properties: {
    ...{ provider: nonEmptyText, user_id: nonEmptyText, connection_id: nonEmptyText, link_with: nonEmptyText },
  },
};

interface Link {
  provider?: string;
  user_id?: string;
  connection_id?: string;
  link_with?: string;
}

export function registerIdentities(api: FastifyInstance, state: State): void {
  api.post<{ Params: { id: string }; Body: Link }>(
    "/users/:id/identities",
    needs("update:users", linkSchema),
    ({ params, body, method, url }, reply) => {
      const { provider, user_id, link_with } = body;
      if (link_with !== undefined) throw notSimulated(method, `${url} with link_with`);
      if (provider === undefined || user_id === undefined) {
        throw payloadError("Missing required property: provider and user_id, or link_with");
      }
      const primary = findUser(state, params.id);
      const secondary = findUser(state, `${provider}|${user_id}`);
      if (secondary === primary) {
        throw new ManagementApiError(400, "Main principal and secondary principal are the same", "invalid_body");
      }
      const [own, ...others] = secondary.identities;
      // Docs: the secondary account's profile goes along; its metadata is gone, and so is the user.
      if (own) primary.identities.push({ ...own, profileData: profileOf(secondary) }, ...others);
      primary.updated_at = now();
      removeUsers(state, [secondary.user_id]);
      return reply.code(201).send(primary.identities);
    },
  );

  api.delete<{ Params: { id: string; provider: string; secondary: string } }>(
    "/users/:id/identities/:provider/:secondary",
    needs("update:users"),
    ({ params: { id, provider, secondary } }) => {
      const user = findUser(state, id);
      const identity = user.identities.slice(1).find((one) => one.provider === provider && one.user_id === secondary);
      if (!identity) throw new ManagementApiError(404, "The identity does not exist.", "inexistent_identity");
      removeWhere(user.identities, (one) => one === identity);
      user.updated_at = now();
      state.users.add(userOfIdentity(identity));
      return user.identities;
    },
  );
}

const profileOf = ({ email, email_verified, ...user }: User): JsonObject => ({
  ...{ email, email_verified },
  ...Object.fromEntries(rootAttributes.flatMap((name) => (user[name] === undefined ? [] : [[name, user[name]]]))),
});

/** Docs, "Unlink User Accounts": the secondary account is a user again, with its profile and without metadata. */
function userOfIdentity({ profileData = {}, ...identity }: Identity): User {
  const created_at = now();
  const { email, email_verified, ...attributes } = profileData;
  return {
    ...(attributes as RootAttributes),
    user_id: `${identity.provider}|${identity.user_id}`,
    email: email as string,
    email_verified: email_verified === true,
    identities: [identity],
    created_at,
    updated_at: created_at,
    logins_count: 0,
  };
}
