// The closed sets of values that the picture uploads' arguments take, and the one scope of their API.

/** Who writes `user_metadata.picture` once a picture is stored. */
export const WriteBack = {
  /** The upload function, by a client with `update:users` and no other scope. */
  UserMetadata: "user_metadata",
  /**
   * Nobody here: the page writes the URL that it is answered, with the user's own token. No credential that could write
   * is made.
   */
  None: "none",
} as const;
export type WriteBack = (typeof WriteBack)[keyof typeof WriteBack];

/** How the functions prove to Auth0 who they are. */
export const ClientAuthentication = {
  /** By a secret that Auth0 makes, kept in an encrypted parameter of Systems Manager and, encrypted, in the state. */
  ClientSecretPost: "client_secret_post",
  /** By keys that never leave AWS KMS, about $1 a month each. Auth0's Enterprise plan only. */
  PrivateKeyJwt: "private_key_jwt",
} as const;
export type ClientAuthentication = (typeof ClientAuthentication)[keyof typeof ClientAuthentication];

/** What an application asks for, for a user, to call the upload API: the scope of every route. */
export const uploadScope = "update:picture";
