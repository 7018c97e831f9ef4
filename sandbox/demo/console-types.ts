// What the demo's server and its pages tell each other, as JSON.
import type { Rule } from "../picture-rule.ts";

/** What the page needs to know before somebody signs in. */
export interface PageConfig {
  /** The tenant's origin without TLS: `http://localhost:PORT`. */
  readonly domain: string;
  /** `https://localhost:PORT/` */
  readonly issuer: string;
  readonly clientId: string;
  /** The API that takes users' pictures. */
  readonly audience: string;
  /** What of that API the page asks for. */
  readonly scope: string;
  /** A user's picture is under it. */
  readonly pictureBaseUrl: string;
  readonly samples: readonly SamplePicture[];
}

/** A picture to choose: `file` is under `/demo/pictures/`. */
export interface SamplePicture {
  readonly name: string;
  readonly file: string;
}

export interface ConsoleState {
  readonly pictureBaseUrl: string;
  readonly defaultPictureUrl: string;
  /** The post-login Actions, in the order in which a login runs them. */
  readonly flow: readonly string[];
  readonly connections: readonly ConnectionView[];
  readonly people: readonly Person[];
  /** Newest first. */
  readonly served: readonly ServedPicture[];
}

export interface ConnectionView {
  readonly name: string;
  /** Such as `google-oauth2`. */
  readonly strategy: string;
  readonly title: string;
  /** Its option `set_user_root_attributes`; null where no identity provider writes root attributes. */
  readonly sync: "on_each_login" | "on_first_login" | "never_on_login" | null;
}

/** Somebody who can sign in. */
export interface Person {
  /** Unique, also for who has not signed in yet. */
  readonly key: string;
  /** Null until the first login of a user of an identity provider. */
  readonly userId: string | null;
  readonly name: string;
  readonly email: string;
  /** The connection's name. */
  readonly connection: string;
  /** What the identity provider says now; null for a user of the tenant's own database. */
  readonly provider: { readonly picture: string | null } | null;
  readonly rootPicture: string | null;
  readonly metadataPicture: string | null;
  readonly lastLogin: LoginView | null;
  /** Whether the user has changed since the last login. */
  readonly isChanged: boolean;
}

/** A user's last login, refresh or silent sign-in. */
export interface LoginView {
  /** An ISO time. */
  readonly at: string;
  /** Auth0's `event.transaction.protocol`. */
  readonly protocol: string;
  /** The ID token's claim. */
  readonly picture: string | null;
  readonly rule: Rule;
  /** `user_metadata.picture` at that time. */
  readonly metadataPicture: string | null;
  /** The ID token's claims about the user; null if the login failed. */
  readonly claims: Readonly<Record<string, unknown>> | null;
  /** Why it failed. */
  readonly error: string | null;
  readonly actions: readonly ActionView[];
}

export interface ActionView {
  readonly name: string;
  /** Its calls of the API object, such as `idToken.setCustomClaim("picture", "https://…")`. */
  readonly calls: readonly string[];
  readonly milliseconds: number;
  readonly ended: string;
  readonly message: string | null;
}

/** A picture that a page asked for. */
export interface ServedPicture {
  /** An ISO time. */
  readonly at: string;
  readonly url: string;
  /** `drawn`: of a host that is not in this sandbox, so nobody asked it. */
  readonly by: "edge" | "drawn";
  readonly status: number;
  /** In bytes. */
  readonly size: number;
  readonly headers: Readonly<Record<string, string>>;
}

/** A call of the Management API and its answer, as they were on the wire. */
export interface ManagementCall {
  readonly method: string;
  /** With the user's id encoded: `/api/v2/users/auth0%7Cada`. */
  readonly path: string;
  readonly body: unknown;
  readonly status: number;
  /** Of a refusal: Auth0's message. */
  readonly message: string | null;
}

/** What the console can set; null removes. */
export interface Change {
  /** A `Person`'s. */
  readonly key: string;
  readonly what: "provider" | "root" | "metadata";
  readonly picture: string | null;
}

/** `call` is null for what is no call of Auth0's: what the identity provider says. */
export interface ChangeResult {
  readonly call: ManagementCall | null;
}

/** What a page gets instead of an answer. */
export interface Refusal {
  readonly error: string;
}
