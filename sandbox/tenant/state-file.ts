// The files that keep what a tenant contains: its content as it was at some time, and what has changed since then, so
// that a change costs what it is. They are read at the start, and written before the response to each request that
// changed something.
import { appendFileSync, mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { isObject } from "../json.ts";
import { readIfPresent, writePrivateFile } from "../private-file.ts";
import { newResourceServer } from "./resource-servers.ts";
import { userRecords } from "./tenant-state.ts";
import type { Json, State, User } from "./tenant-state.ts";

type Kind = Exclude<keyof State, "users">;

/** As it is in the file. A state that an older sandbox wrote lacks some kinds, and has the identifiers of its APIs. */
type StoredState = Omit<State, "users" | Newer> &
  Partial<Pick<State, Newer>> & { readonly users: readonly User[]; readonly apis?: readonly string[] };
type Newer =
  | "applications"
  | "organizations"
  | "resourceServers"
  | "clientGrants"
  | "clientCredentials"
  | "eventStreams"
  | "jobs";

/** What one request changed, in a line of its own. */
interface Change {
  /** The kinds that changed, each as a whole. */
  readonly kinds?: Readonly<Record<string, Json>>;
  /** The users that changed, by id; null for one that is gone. */
  readonly users?: readonly (readonly [id: string, user: User | null])[];
}

export interface StateFile {
  readonly state: State;
  /** Writes what has changed since the last call. */
  save(): void;
  /** Writes all into one file. */
  close(): void;
}

/** Changes of more characters than this, and than the state itself has, are written into the state. */
const enoughChanges = 1_000_000;

/**
 * Opens the folder's state, or creates it.
 *
 * @throws Error if the files cannot be read or written, or if what is in them is no state
 */
export function openStateFile(folder: string, makeState: () => State): StateFile {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const { file, changesFile } = filesIn(folder);
  const stored = readIfPresent(file);
  const state = stored === undefined ? makeState() : restore(folder, stored);

  let written: Partial<Record<Kind, string>>;
  let [stateLength, changesLength] = [0, 0];
  // A write that failed, as on a full disk, may have left half a change, to which no other can be added.
  let isWhole = true;
  const writeAll = () => {
    isWhole = false;
    const text = `${JSON.stringify(state, null, 2)}\n`;
    written = textsOf(state);
    state.users.takeChanges();
    if (stateLength > 0 || text !== stored) writePrivateFile(file, text);
    // If this does not happen, the same changes are made once more at the next start, which changes nothing.
    rmSync(changesFile, { force: true });
    [stateLength, changesLength] = [text.length, 0];
    isWhole = true;
  };
  writeAll();

  return {
    state,
    save() {
      if (!isWhole) {
        writeAll();
        return;
      }
      const texts = Object.entries(textsOf(state)).filter(([kind, text]) => written[kind as Kind] !== text);
      const users = state.users.takeChanges();
      if (texts.length === 0 && users.length === 0) return;
      const kinds = texts.map(([kind, text]) => `${JSON.stringify(kind)}:${text}`).join();
      const line = `{"kinds":{${kinds}},"users":${JSON.stringify(users)}}\n`;
      isWhole = false;
      appendFileSync(changesFile, line, { mode: 0o600 });
      isWhole = true;
      Object.assign(written, Object.fromEntries(texts));
      changesLength += line.length;
      if (changesLength > Math.max(enoughChanges, stateLength)) writeAll();
    },
    close() {
      if (changesLength > 0 || !isWhole) writeAll();
    },
  };
}

function textsOf({ users: _, ...kinds }: State): Partial<Record<Kind, string>> {
  return Object.fromEntries(Object.entries(kinds).map(([kind, value]) => [kind, JSON.stringify(value)]));
}

const filesIn = (folder: string) => ({
  file: join(folder, "tenant.json"),
  changesFile: join(folder, "tenant-changes.jsonl"),
});

function restore(folder: string, stored: string): State {
  const { file, changesFile } = filesIn(folder);
  const { users: storedUsers, apis = [], ...kinds } = parse(file, stored) as StoredState;
  const users = new Map(storedUsers.map((user) => [user.user_id, user]));
  const resourceServers = apis.map((identifier) => newResourceServer({ identifier }));
  const newer = { applications: [], organizations: [], clientGrants: [], clientCredentials: [] };
  const newest = { eventStreams: [], jobs: [] };
  const state = { ...newer, ...newest, resourceServers, ...kinds };
  // A last line without its end is of a request that was not answered.
  for (const line of (readIfPresent(changesFile) ?? "").split("\n").slice(0, -1)) {
    const change = parse(changesFile, line) as Change;
    Object.assign(state, change.kinds);
    for (const [id, user] of change.users ?? []) {
      if (user === null) users.delete(id);
      else users.set(id, user);
    }
  }
  return { ...state, users: userRecords([...users.values()]) };
}

function parse(file: string, text: string): object {
  try {
    const value: unknown = JSON.parse(text);
    if (!isObject(value)) throw new Error("it holds no object");
    return value;
  } catch (error) {
    throw new Error(`${file} is damaged: ${(error as Error).message}`, { cause: error });
  }
}
