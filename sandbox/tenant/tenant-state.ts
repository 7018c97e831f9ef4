// What a tenant holds, and its one file: read at the start, written before each answer that changed it.
import { randomBytes, randomUUID } from "node:crypto";
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
export type JsonObject = Record<string, Json>;

/** The Management API's values of a connection's `set_user_root_attributes`. */
export type SyncMode = "on_each_login" | "on_first_login" | "never_on_login";

export interface Client {
  readonly clientId: string;
  readonly clientSecret: string;
  /** Management API scopes that the client is granted. */
  readonly scopes: readonly string[];
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

/** What a version freezes of a draft. */
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

export interface Action extends ActionContent {
  id: string;
  name: string;
  status: "pending" | "building" | "retrying" | "built" | "failed";
  created_at: string;
  updated_at: string;
  /** Newest first. */
  versions: ActionVersion[];
  /** The version that logins run. */
  deployedVersionId?: string;
  /** Whether the draft is what the deployed version holds. */
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
  enabled_clients: string[];
}

export const rootAttributes = ["name", "given_name", "family_name", "nickname", "picture"] as const;

/** The root attributes that an identity provider's profile sets. */
export type RootAttributes = Partial<Record<(typeof rootAttributes)[number], string>>;

export interface User extends RootAttributes {
  user_id: string;
  email: string;
  email_verified: boolean;
  identities: { connection: string; provider: string; user_id: string; isSocial: boolean }[];
  user_metadata?: JsonObject;
  app_metadata?: JsonObject;
  created_at: string;
  updated_at: string;
  logins_count: number;
  last_login?: string;
}

/** What an identity provider says of a user. */
export interface Profile {
  sub: string;
  email: string;
  name?: string;
  given_name?: string;
  family_name?: string;
  picture?: string;
}

export interface State {
  readonly application: { clientId: string; redirectUri: string };
  readonly managementClients: Client[];
  readonly actions: Action[];
  /** By trigger, in the order in which they run. */
  readonly bindings: Record<string, Binding[]>;
  readonly connections: Connection[];
  readonly users: User[];
  /** By connection. */
  readonly profiles: Record<string, Profile[]>;
  /** Identifiers; absent in a state that was written before there were any. */
  readonly apis?: readonly string[];
}

export const newId = (length = 24) => randomBytes(length).toString("hex").slice(0, length);

export const newUuid = (): string => randomUUID();

export const now = () => new Date().toISOString();

/** A whole file or none: readers and a crash see the old content or the new. Mode 0600, for it may hold secrets. */
export function writePrivateFile(file: string, content: string): void {
  const temporary = `${file}.${newId(8)}.tmp`;
  try {
    writeFileSync(temporary, content, { mode: 0o600 });
    renameSync(temporary, file);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
}

/** Reads a file that may be missing. */
export function readIfThere(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

/** Opens the folder's state, or makes it. `save` writes the file if anything changed since it was last written. */
export function openState(folder: string, makeState: () => State): { state: State; save: () => void } {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const file = join(folder, "tenant.json");
  let written = readIfThere(file);
  const state = written === undefined ? makeState() : (JSON.parse(written) as State);
  const save = () => {
    const content = `${JSON.stringify(state, null, 2)}\n`;
    if (content === written) return;
    writePrivateFile(file, content);
    written = content;
  };
  save();
  return { state, save };
}
