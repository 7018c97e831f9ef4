// What a connection's sync attribute may be set to.

/**
 * When an identity provider writes a user's root attributes. `never_on_login` is not among them: it also keeps new
 * users from being created (Auth0 Management API, "Update a connection").
 */
export const SetUserRootAttributes = {
  /** Only when the profile is created, so that a changed picture stays changed. */
  OnFirstLogin: "on_first_login",
  /** At every login: Auth0's default. */
  OnEachLogin: "on_each_login",
} as const;
export type SetUserRootAttributes = (typeof SetUserRootAttributes)[keyof typeof SetUserRootAttributes];
