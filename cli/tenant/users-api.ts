// The tenant's users, as commands need them. Every call waits for the tenant's rate limit.
import type { ManagementClient } from "auth0";

/** As the Management API answers it, as far as pictures need it. What users can write need not be what it should be. */
export interface TenantUser {
  readonly user_id: string;
  readonly email?: string;
  readonly email_verified?: boolean;
  readonly name?: string;
  readonly picture?: unknown;
  readonly user_metadata?: Readonly<Record<string, unknown>>;
  readonly identities?: readonly TenantIdentity[];
  /** An ISO time. */
  readonly created_at?: string;
}

/** The first is the user's own, the others are linked to it. */
export interface TenantIdentity {
  readonly connection: string;
  readonly provider: string;
  readonly user_id: string;
  readonly isSocial?: boolean;
  readonly profileData?: Readonly<Record<string, unknown>>;
}

/** `null` takes it away. */
export type UserChange =
  | { readonly picture: string | null }
  /** Merged by Auth0 with what is there, key by key. */
  | { readonly user_metadata: { readonly picture: string | null } };

export interface UsersApi {
  /** Undefined for a user who is not there. */
  getUser(userId: string): Promise<TenantUser | undefined>;
  /** As it is written, and in lower case, as databases keep it. Of other connections capital letters count. */
  findByEmail(email: string): Promise<TenantUser[]>;
  /**
   * One call for at most 50 users, by their ids. The search can be some seconds behind: who is not found may be there,
   * and what it says of a user may be older than what `getUser` says.
   */
  findUsers(userIds: readonly string[]): Promise<ReadonlyMap<string, TenantUser>>;
  /**
   * Returns the user as it is then; undefined for a user who is not there.
   *
   * @throws ReadOnlyPictureError where the user's connection writes the root picture at each login
   */
  updateUser(userId: string, change: UserChange): Promise<TenantUser | undefined>;
  /**
   * However many, by an export job; in no order that means anything, and as they were when it ran.
   *
   * @param connectionId of whose users only, own and linked. @default every connection
   */
  everyUser(connectionId?: string): AsyncIterable<TenantUser>;
}

/** The connection syncs root attributes, so Auth0 refuses to change them. */
export class ReadOnlyPictureError extends Error {
  override readonly name = "ReadOnlyPictureError";
  readonly connection: string;

  constructor(connection: string, options?: ErrorOptions) {
    super(`The connection ${connection} writes the root picture at each login.`, options);
    this.connection = connection;
  }
}

/** The tenant's Management API, for one command. */
export interface TenantApi {
  readonly users: UsersApi;
  /** The official SDK, paced as `users` is, for everything else. */
  readonly management: ManagementClient;
}
