// The part of Auth0's post-login trigger (v3) that the Action reads and writes. Auth0 publishes no types of its own.

/**
 * Auth0's event, as far as the Action reads it. Nothing in it is promised: the only guaranteed field of a user is
 * `user_id`, and users can write their own `user_metadata` (Auth0 docs, "Understand how metadata works").
 */
export interface PostLoginEvent {
  readonly user?: {
    readonly picture?: unknown;
    readonly user_metadata?: { readonly picture?: unknown } | null;
    readonly identities?: (LinkedIdentity | null)[] | null;
  } | null;
  readonly transaction?: { readonly protocol?: unknown } | null;
}

/** One identity of a user. Only linked (secondary) identities carry `profileData` (Auth0 docs, "User account linking"). */
export interface LinkedIdentity {
  readonly profileData?: { readonly picture?: unknown } | null;
}

/** Auth0's API object, as far as the Action uses it. */
export interface PostLoginApi {
  readonly idToken: { setCustomClaim(name: string, value: string): unknown };
  readonly accessToken: { setCustomClaim(name: string, value: string): unknown };
  readonly samlResponse: { setAttribute(name: string, value: string): unknown };
}
