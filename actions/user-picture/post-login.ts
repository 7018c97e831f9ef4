// Auth0's post-login trigger (v3) as types, for this Action and for Actions of your own. Auth0 publishes none.

/**
 * Auth0's event (Auth0 docs, "Actions Triggers: post-login - Event Object"). Optional is all that Auth0 does not
 * promise.
 */
export interface PostLoginEvent {
  readonly user: PostLoginUser;
  readonly client: {
    readonly client_id: string;
    readonly name: string;
    readonly metadata: Readonly<Record<string, string>>;
  };
  readonly connection: {
    readonly id: string;
    readonly name: string;
    readonly strategy: string;
    readonly metadata?: Readonly<Record<string, string>>;
  };
  readonly request: {
    readonly ip: string;
    readonly method: string;
    readonly hostname?: string;
    readonly language?: string;
    readonly user_agent?: string;
    readonly asn?: string;
    readonly query: Readonly<Record<string, unknown>>;
    readonly body: Readonly<Record<string, unknown>>;
    readonly geoip: GeoIp;
  };
  readonly stats: { readonly logins_count: number };
  readonly tenant: { readonly id: string };
  /** By the names that the Action's `secrets` have. */
  readonly secrets: Readonly<Record<string, string>>;
  readonly transaction?: Transaction;
  readonly authentication?: {
    /** Completed in this session; `type` is the factor where `name` is `mfa`. */
    readonly methods: readonly { readonly name: string; readonly timestamp: string; readonly type?: string }[];
    readonly riskAssessment?: Readonly<Record<string, unknown>>;
  };
  readonly authorization?: { readonly roles: readonly string[] };
  readonly organization?: {
    readonly id: string;
    readonly name: string;
    readonly display_name?: string;
    readonly metadata: Readonly<Record<string, string>>;
  };
  readonly resource_server?: { readonly identifier: string };
  readonly prompt?: Readonly<Record<string, unknown>>;
  readonly session?: Lifetime;
  readonly refresh_token?: Lifetime & { readonly client_id?: string };
  readonly security_context?: Readonly<Record<string, unknown>>;
}

/**
 * "The only guaranteed field is `user_id`." Auth0 merges `app_metadata` into the profile's root (Auth0 docs, "Metadata
 * Field Names and Data Types"), and users can write their own `user_metadata`: a value need not be what its field says.
 */
export interface PostLoginUser {
  readonly user_id: string;
  readonly name?: string;
  readonly given_name?: string;
  readonly family_name?: string;
  readonly nickname?: string;
  readonly username?: string;
  readonly email?: string;
  readonly email_verified?: boolean;
  readonly phone_number?: string;
  readonly phone_verified?: boolean;
  readonly picture?: string;
  readonly created_at?: string;
  readonly updated_at?: string;
  readonly last_password_reset?: string;
  readonly user_metadata?: Readonly<Record<string, unknown>>;
  readonly app_metadata?: Readonly<Record<string, unknown>>;
  readonly identities?: UserIdentity[];
  readonly enrolledFactors?: readonly { readonly type: string; readonly options?: unknown }[];
  readonly multifactor?: readonly string[];
  /** What else the identity provider or `app_metadata` put there. */
  readonly [field: string]: unknown;
}

/**
 * One identity of a user. Only linked (secondary) identities carry `profileData` (Auth0 docs, "User Account Linking").
 */
export interface UserIdentity {
  readonly provider?: string;
  readonly connection?: string;
  readonly userId?: string;
  readonly user_id?: string;
  readonly isSocial?: boolean;
  readonly profileData?: Readonly<Record<string, unknown>>;
}

/** What an application asked for. */
export interface Transaction {
  /** `oidc-basic-profile`, `oauth2-refresh-token`, `samlp`, `wsfed`, … */
  readonly protocol?: string;
  readonly acr_values: readonly string[];
  readonly requested_scopes: readonly string[];
  readonly ui_locales: readonly string[];
  readonly locale?: string;
  readonly login_hint?: string;
  readonly prompt?: readonly string[];
  readonly redirect_uri?: string;
  readonly response_mode?: string;
  readonly response_type?: readonly string[];
  readonly state?: string;
  readonly linking_id?: string;
  /** Set by earlier Actions of this login. */
  readonly metadata?: Readonly<Record<string, string | number | boolean>>;
}

/** A session or a refresh token. */
export interface Lifetime {
  readonly id?: string;
  readonly created_at?: string;
  readonly updated_at?: string;
  readonly expires_at?: string;
  readonly idle_expires_at?: string;
  readonly authenticated_at?: string;
  readonly clients?: readonly { readonly client_id: string }[];
  readonly device?: Readonly<Record<string, unknown>>;
  readonly metadata?: Readonly<Record<string, string>>;
}

/** Where the request came from, by its address. */
export interface GeoIp {
  readonly continentCode?: string;
  readonly countryCode?: string;
  readonly countryCode3?: string;
  readonly countryName?: string;
  readonly subdivisionCode?: string;
  readonly subdivisionName?: string;
  readonly cityName?: string;
  readonly latitude?: number;
  readonly longitude?: number;
  readonly timeZone?: string;
}

/** Auth0's API object (Auth0 docs, "Actions Triggers: post-login - API Object"). */
export interface PostLoginApi {
  readonly access: { deny(reason: string): PostLoginApi };
  readonly accessToken: {
    setCustomClaim(name: string, value: unknown): PostLoginApi;
    addScope(scope: string): void;
    removeScope(scope: string): void;
  };
  readonly authentication: {
    challengeWith(factor: Factor, options?: { readonly additionalFactors?: readonly Factor[] }): void;
    challengeWithAny(factors: readonly Factor[]): void;
    enrollWith(factor: Factor, options?: { readonly additionalFactors?: readonly Factor[] }): void;
    enrollWithAny(factors: readonly Factor[]): void;
    recordMethod(providerUrl: string): PostLoginApi;
    setPrimaryUser(userId: string): void;
  };
  /** At most 20 entries of 8 kB each. Times in milliseconds. */
  readonly cache: {
    get(key: string): CacheRecord | undefined;
    set(key: string, value: string, options?: { readonly expires_at?: number; readonly ttl?: number }): CacheResult;
    delete(key: string): CacheResult;
  };
  readonly idToken: { setCustomClaim(name: string, value: unknown): PostLoginApi };
  readonly multifactor: {
    enable(
      provider: string,
      options?: { readonly allowRememberBrowser?: boolean; readonly providerOptions?: unknown },
    ): PostLoginApi;
  };
  readonly prompt: {
    render(
      promptId: string,
      options?: {
        readonly fields?: Readonly<Record<string, unknown>>;
        readonly vars?: Readonly<Record<string, unknown>>;
      },
    ): void;
  };
  readonly redirect: {
    encodeToken(options: {
      readonly secret: string;
      readonly payload: Readonly<Record<string, unknown>>;
      readonly expiresInSeconds?: number;
    }): string;
    sendUserTo(url: string, options?: { readonly query?: Readonly<Record<string, string>> }): PostLoginApi;
    validateToken(options: { readonly secret: string; readonly tokenParameterName?: string }): Record<string, unknown>;
    canRedirect(): boolean;
  };
  readonly refreshToken: LifetimeApi & { revoke(reason: string): void };
  readonly rules: { wasExecuted(ruleId: string): boolean };
  readonly samlResponse: SamlResponseApi;
  readonly session: LifetimeApi & {
    revoke(reason: string, options?: { readonly preserveRefreshTokens?: boolean }): void;
    setCookieMode(mode: "persistent" | "non-persistent"): void;
  };
  readonly transaction: { setMetadata(key: string, value: string | number | boolean | null): void };
  /** Written once, after the last Action; null removes. */
  readonly user: {
    setAppMetadata(key: string, value: unknown): PostLoginApi;
    setUserMetadata(key: string, value: unknown): PostLoginApi;
  };
  readonly validation: { error(code: string, message: string): PostLoginApi };
}

/** A factor of multi-factor authentication, such as `otp`. */
export interface Factor {
  readonly type: string;
  readonly options?: unknown;
}

/** An entry of the Action's cache. */
export interface CacheRecord {
  readonly value: string;
  readonly expires_at: number;
}

/** What became of a write to the cache. */
export type CacheResult =
  | { readonly type: "success"; readonly record?: CacheRecord }
  | { readonly type: "error"; readonly code: string };

/** Times in milliseconds since 1970. */
export interface LifetimeApi {
  setExpiresAt(time: number): void;
  setIdleExpiresAt(time: number): void;
  setMetadata(key: string, value: string): void;
  deleteMetadata(key: string): void;
  evictMetadata(): void;
}

/** The response of a login to a SAML application. */
export interface SamlResponseApi {
  setAttribute(
    name: string,
    value: string | number | boolean | readonly (string | number | boolean)[] | null | undefined,
  ): void;
  setAudience(audience: string): void;
  setRecipient(recipient: string): void;
  setDestination(destination: string): void;
  setIssuer(issuer: string): void;
  setRelayState(relayState: string): void;
  setLifetimeInSeconds(seconds: number): void;
  setCreateUpnClaim(create: boolean): void;
  setPassthroughClaimsWithNoMapping(pass: boolean): void;
  setMapUnknownClaimsAsIs(map: boolean): void;
  setMapIdentities(map: boolean): void;
  setTypedAttributes(typed: boolean): void;
  setIncludeAttributeNameFormat(include: boolean): void;
  setNameIdentifierFormat(format: string): void;
  setNameIdentifierProbes(probes: readonly string[]): void;
  setAuthnContextClassRef(reference: string): void;
  setSignResponse(sign: boolean): void;
  setSignatureAlgorithm(algorithm: "rsa-sha256" | "rsa-sha1"): void;
  setDigestAlgorithm(algorithm: "sha256" | "sha1"): void;
  setSigningCert(certificate: string): void;
  setCert(certificate: string): void;
  setKey(key: string): void;
  setEncryptionCert(certificate: string): void;
  setEncryptionPublicKey(key: string): void;
  /** Auth0 docs, "Sign and Encrypt SAML Requests". */
  setEncryptionAlgorithm(algorithm: "aes256-gcm" | "aes256-cbc"): void;
}
