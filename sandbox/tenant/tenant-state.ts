// What a tenant contains.
import { randomBytes, randomUUID } from "node:crypto";
import type { JsonObject } from "../json.ts";
import type { BuiltAction } from "./builds.ts";
import { Records } from "./records.ts";

export type { Json, JsonObject } from "../json.ts";

/** The values of a connection's `set_user_root_attributes` in the Management API. */
export type SyncMode = "on_each_login" | "on_first_login" | "never_on_login";

export interface Client {
  readonly clientId: string;
  readonly clientSecret: string;
  /** The Management API's scopes that the client is granted. */
  readonly scopes: readonly string[];
  /** How long its access tokens are valid. @default a day */
  readonly tokenSeconds?: number;
}

/** An application, as the Management API shows it. */
export type Application = JsonObject & {
  client_id: string;
  client_secret: string;
  name: string;
  callbacks?: string[];
  client_metadata?: JsonObject;
};

export interface Organization {
  id: string;
  name: string;
  display_name?: string;
  branding?: JsonObject;
  metadata?: JsonObject;
  enabledConnections: { connection_id: string; assign_membership_on_login: boolean; show_as_button?: boolean }[];
  /** The ids of users. */
  members: string[];
}

/** An API. Auth0's own are of the system: what is kept of their identifier is what follows the issuer. */
export type ResourceServer = JsonObject & { id: string; identifier: string; is_system?: boolean };

/** What an application may ask of an API: for its users, or for itself. */
export interface ClientGrant {
  id: string;
  client_id: string;
  resourceServerId: string;
  scope: string[];
  subject_type: "user" | "client";
}

/** A public key of an application's, which has no secret then. */
export interface ClientCredential {
  id: string;
  client_id: string;
  credential_type: "public_key";
  pem: string;
  kid: string;
  alg: "RS256" | "RS384" | "PS256";
  name?: string;
  created_at: string;
  updated_at: string;
  expires_at?: string;
}

/** Whom the tenant tells of events (Auth0 docs, "Create an Event Stream"). */
export interface EventStream {
  id: string;
  name: string;
  status: "enabled" | "disabled";
  subscriptions: { event_type: string }[];
  destination: {
    type: "eventbridge";
    configuration: { aws_account_id: string; aws_region: string; aws_partner_event_source: string };
  };
  created_at: string;
  updated_at: string;
}

export interface Trigger {
  id: string;
  version: string;
}

export interface ActionSecret {
  name: string;
  value: string;
  updated_at: string;
}

/** What a version copies from the draft. */
export interface ActionContent {
  code: string;
  runtime: string;
  dependencies: { name: string; version: string }[];
  secrets: ActionSecret[];
  supported_triggers: Trigger[];
}

export interface ActionVersion extends ActionContent {
  id: string;
  number: number;
  created_at: string;
  built_at: string;
}

export interface Action extends ActionContent, BuiltAction {
  id: string;
  name: string;
  created_at: string;
  updated_at: string;
  /** Newest first. */
  versions: ActionVersion[];
  /** The version that logins run. */
  deployedVersionId?: string;
  /** Whether the deployed version has the draft's content. */
  allChangesDeployed: boolean;
}

export interface Binding {
  id: string;
  actionId: string;
  display_name: string;
  created_at: string;
  updated_at: string;
}

export interface Connection {
  id: string;
  name: string;
  strategy: string;
  options: JsonObject;
  display_name?: string;
  metadata?: JsonObject;
  is_domain_connection?: boolean;
  show_as_button?: boolean;
  realms?: string[];
  authentication?: JsonObject;
  connected_accounts?: JsonObject;
  cross_app_access_requesting_app?: JsonObject;
  cross_app_access_resource_app?: JsonObject | null;
  enabled_clients: string[];
}

export const rootAttributes = ["name", "given_name", "family_name", "nickname", "picture"] as const;

/** The root attributes that an identity provider's profile sets. */
export type RootAttributes = Partial<Record<(typeof rootAttributes)[number], string>>;

export interface Identity {
  connection: string;
  provider: string;
  user_id: string;
  isSocial: boolean;
  /** Of a linked account: what its identity provider says. The user's root attributes stay as they are. */
  profileData?: JsonObject;
}

export interface User extends RootAttributes {
  user_id: string;
  email: string;
  email_verified: boolean;
  /** The first is the user's own; the others are those of accounts that were linked. */
  identities: Identity[];
  user_metadata?: JsonObject;
  app_metadata?: JsonObject;
  created_at: string;
  updated_at: string;
  logins_count: number;
  last_login?: string;
}

/** What an identity provider says about a user. */
export interface Profile {
  sub: string;
  email: string;
  name?: string;
  given_name?: string;
  family_name?: string;
  picture?: string;
}

/** A field of an export: where it is in a user, such as `identities[0].connection`, and its title. */
export interface ExportField {
  name: string;
  export_as?: string;
}

interface JobOf<Type extends string> {
  type: Type;
  id: string;
  created_at: string;
  ends_at: string;
  /** Whether it takes so long that it fails. */
  times_out?: true;
  /** Absent until it has ended. */
  outcome?: "completed" | "failed";
}

export interface ExportJob extends JobOf<"users_export"> {
  /** Absent if it exports the users of all. */
  connection_id?: string;
  /** The connection's name. */
  connection?: string;
  format: "json" | "csv";
  limit?: number;
  fields?: readonly ExportField[];
  /** By which the links to its file are signed. */
  secret: string;
}

export interface ImportJob extends JobOf<"users_import"> {
  connection_id: string;
  /** The connection's name. */
  connection: string;
  upsert: boolean;
  external_id?: string;
  summary?: JobSummary;
  /** Why it failed. */
  status_details?: string;
}

export interface JobSummary {
  failed: number;
  updated: number;
  inserted: number;
  total: number;
}

export type Job = ExportJob | ImportJob;

export interface State {
  readonly application: { clientId: string; redirectUri: string };
  readonly managementClients: Client[];
  readonly actions: Action[];
  /** By trigger: its bindings, in the order in which they run. */
  readonly bindings: Record<string, Binding[]>;
  readonly connections: Connection[];
  readonly users: Records<User>;
  /** By connection: the users of its identity provider. */
  readonly profiles: Record<string, Profile[]>;
  readonly applications: Application[];
  readonly organizations: Organization[];
  readonly resourceServers: ResourceServer[];
  readonly clientGrants: ClientGrant[];
  readonly clientCredentials: ClientCredential[];
  readonly eventStreams: EventStream[];
  readonly jobs: Job[];
  /** Absent until one is set. */
  settings?: TenantSettings;
  /** Whether the My Account API has its profile part, which Auth0 switches on for a tenant. @default false */
  hasMyAccountProfile?: boolean;
}

/** Those of the tenant's settings that the sandbox heeds. */
export interface TenantSettings {
  /** Where a logout without a client may return to. */
  allowed_logout_urls?: string[];
  /** Whether a login may name its organization, and whether tokens then do (`org_name`). @default false */
  allow_organization_name_in_authentication_api?: boolean;
}

export const newId = (length = 24) => randomBytes(length).toString("hex").slice(0, length);

export const newUuid = (): string => randomUUID();

export const now = () => new Date().toISOString();

/** Removes items from a list in place, because others hold the list. */
export function removeWhere<T>(items: T[], isRemoved: (item: T) => boolean): void {
  items.splice(0, Infinity, ...items.filter((item) => !isRemoved(item)));
}

export const userRecords = (users: readonly User[] = []) => new Records(({ user_id }) => user_id, users);

/** The users of a connection's identity provider. */
export const profilesOf = ({ profiles }: Pick<State, "profiles">, connection: string): readonly Profile[] =>
  // A connection's name can be that of a property which every object has.
  (Object.hasOwn(profiles, connection) ? profiles[connection] : undefined) ?? [];

/** Removes users, also from their organizations. */
export function removeUsers({ users, organizations }: State, ids: readonly string[]): void {
  for (const id of ids) users.delete(id);
  const removed = new Set(ids);
  for (const { members } of organizations) removeWhere(members, (id) => removed.has(id));
}
