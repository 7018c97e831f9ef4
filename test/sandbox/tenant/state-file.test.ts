// What the tenant keeps: each change of a user, wherever it is made and however late, and whenever the process ends.
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, rmdirSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openStateFile } from "../../../sandbox/tenant/state-file.ts";
import { removeUsers, userRecords } from "../../../sandbox/tenant/tenant-state.ts";
import type { Identity, State, User } from "../../../sandbox/tenant/tenant-state.ts";

let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), "state-file-"))));
afterEach(() => rmSync(folder, { recursive: true }));

const identity = (user_id: string): Identity => ({ connection: "users", provider: "auth0", user_id, isSocial: false });
const user = (id: string): User => ({
  ...{ user_id: `auth0|${id}`, email: `${id}@example.com`, email_verified: true, identities: [identity(id)] },
  ...{ user_metadata: { deep: { list: [1, 3] } }, created_at: "then", updated_at: "then", logins_count: 0 },
});
const makeState = (): State => ({
  application: { clientId: "a", redirectUri: "b" },
  ...{ managementClients: [], actions: [], bindings: {}, connections: [], profiles: {}, applications: [] },
  ...{ resourceServers: [], clientGrants: [], clientCredentials: [], eventStreams: [], jobs: [] },
  users: userRecords([user("a"), user("b"), user("c")]),
  organizations: [{ id: "org_1", name: "one", enabledConnections: [], members: ["auth0|a", "auth0|b"] }],
});
const open = () => {
  const file = openStateFile(folder, makeState);
  return { state: file.state, save: () => file.save(), close: () => file.close() };
};
/** As it is found by a process that starts now. */
const kept = () => JSON.parse(JSON.stringify(open().state)) as unknown;
const shown = (state: State) => JSON.parse(JSON.stringify(state)) as unknown;
const changesFile = () => join(folder, "tenant-changes.jsonl");
const existing = (state: State, id: string) => state.users.get(`auth0|${id}`) as User;

type Change = (state: State) => void;
const changes: Readonly<Record<string, Change>> = {
  "a value": (state) => (existing(state, "b").logins_count += 1),
  "a value deep inside": (state) => ((existing(state, "b").user_metadata as Deep).deep.list[0] = 2),
  "a list that grows": (state) => existing(state, "b").identities.push(identity("other")),
  "a list that shrinks": (state) => existing(state, "b").identities.splice(0, 1),
  "a list's order": (state) => (existing(state, "b").user_metadata as Deep).deep.list.reverse(),
  "several values": (state) => Object.assign(existing(state, "b"), { name: "B", nickname: "b" }),
  "a key that goes": (state) => delete existing(state, "b").user_metadata,
  "a key that is defined": (state) =>
    Object.defineProperty(existing(state, "b"), "name", { value: "B", enumerable: true }),
  "what another user had": (state) => existing(state, "b").identities.push(...existing(state, "a").identities),
  "an object around what it had": (state) =>
    (existing(state, "b").user_metadata = { around: existing(state, "b").user_metadata as Deep }),
  "a new user": (state) => state.users.add(user("new")),
  "a new user that changes": (state) => (state.users.add(user("new")).name = "New"),
  "users that go": (state) => removeUsers(state, ["auth0|a", "auth0|c"]),
  "a user in another's place": (state) => {
    state.users.delete("auth0|a");
    state.users.add({ ...user("a"), name: "Another" });
  },
  "another kind": (state) => (state.profiles["google-oauth2"] = [{ sub: "1", email: "1@example.com" }]),
};
interface Deep {
  [key: string]: { list: number[] };
  deep: { list: number[] };
}

describe.each(Object.entries(changes))("%s", (_, change) => {
  it("is kept, though the process is killed", () => {
    const { state, save } = open();
    const before = shown(state);
    save();
    change(state);
    save();

    expect(shown(state)).not.toEqual(before);
    expect(kept()).toEqual(shown(state));
  });

  it("is kept if it comes after another request's response", () => {
    const { state, save } = open();
    for (const id of ["a", "b", "c"]) existing(state, id);
    save();
    change(state);
    save();

    expect(kept()).toEqual(shown(state));
  });

  it("is kept as well where the changes were written into the state, and stayed beside it", () => {
    const { state, save } = open();
    change(state);
    save();
    const lines = readFileSync(changesFile(), "utf8");
    const once = kept();
    writeFileSync(changesFile(), lines);

    expect(kept()).toEqual(once);
  });
});

it("of a change that was not written to its end nothing is kept, and the tenant starts", () => {
  const { state, save } = open();
  existing(state, "a").name = "Kept";
  save();
  const once = shown(state);
  existing(state, "b").name = "Lost";
  state.profiles["google-oauth2"] = [];
  save();
  const text = readFileSync(changesFile(), "utf8");
  for (const cut of [1, 2, 30]) {
    writeFileSync(changesFile(), text.slice(0, -cut));
    expect(kept()).toEqual(once);
  }
});

describe("after a change that could not be written, as on a full disk", () => {
  const fail = () => {
    const opened = open();
    mkdirSync(changesFile());
    existing(opened.state, "a").name = "Behind";
    opened.state.profiles["google-oauth2"] = [];
    expect(opened.save).toThrow("EISDIR");
    rmdirSync(changesFile());
    return opened;
  };

  it("the next save writes it as well", () => {
    const { state, save } = fail();
    save();
    expect(kept()).toEqual(shown(state));
  });

  it("half a line that it left spoils nothing", () => {
    const { state, save } = fail();
    writeFileSync(changesFile(), '{"kinds":{},"us');
    existing(state, "b").name = "Next";
    save();
    expect(kept()).toEqual(shown(state));
  });

  it("the end writes it as well", () => {
    const { state, close } = fail();
    close();
    expect(kept()).toEqual(shown(state));
  });
});

it.each(["tenant.json", "tenant-changes.jsonl"])("%s is named if it is damaged", (name) => {
  open();
  for (const text of ["{\n", "\0\0\n", "null\n"]) {
    writeFileSync(join(folder, name), text);
    expect(open).toThrow(`${join(folder, name)} is damaged: `);
  }
});

it("users who come and go at once keep their order", () => {
  const { state, save } = open();
  state.users.add(user("new"));
  state.users.add(user("newer"));
  state.users.delete("auth0|new");
  state.users.add(user("new"));
  save();

  expect(kept()).toEqual(shown(state));
});

it("a change of a user who was new before, and what is stored again and again, is kept", () => {
  const { state, save } = open();
  const added = state.users.add(user("new"));
  save();
  added.name = "New";
  const known = existing(state, "a");
  for (let time = 0; time < 20_000; time++) known.user_metadata = { ...known.user_metadata };
  (known.user_metadata as Deep).deep.list.push(4);
  save();

  expect(kept()).toEqual(shown(state));
});

it("what has changed is written once", () => {
  const { state, save } = open();
  changes["another kind"]?.(state);
  changes["a value"]?.(state);
  save();
  const text = readFileSync(changesFile(), "utf8");
  save();

  expect(readFileSync(changesFile(), "utf8")).toBe(text);
});

it("what was only read is written nowhere", () => {
  const { state, save } = open();
  expect(state.users.all.map(({ email }) => email)).toHaveLength(3);
  expect(existing(state, "a").identities[0]?.user_id).toBe("a");
  save();

  expect(readdirSync(folder)).toEqual(["tenant.json"]);
});

it("a changed user is written alone, and all are written together after enough changes, or at the end", () => {
  const { state, save, close } = open();
  existing(state, "a").name = "Ada";
  save();
  expect(readFileSync(changesFile(), "utf8")).toContain("Ada");
  expect(readFileSync(changesFile(), "utf8")).not.toContain("b@example.com");

  existing(state, "b").user_metadata = { text: "x".repeat(1_000_001) };
  save();
  expect(readdirSync(folder)).toEqual(["tenant.json"]);
  existing(state, "c").name = "Carol";
  save();
  close();
  expect(readdirSync(folder)).toEqual(["tenant.json"]);
  expect(kept()).toEqual(shown(state));
});

it("a user who is asked for twice is one, and may be compared", () => {
  const { state } = open();

  expect(existing(state, "a")).toBe(existing(state, "a"));
  expect(existing(state, "a").identities[0]).toBe(existing(state, "a").identities[0]);
});

it("the state of an older sandbox, in one file, is read", () => {
  const { applications, organizations, resourceServers, clientGrants, ...older } = makeState();
  writeFileSync(join(folder, "tenant.json"), JSON.stringify({ ...older, apis: ["https://api.example/"] }));

  expect([applications, organizations, resourceServers, clientGrants]).toHaveLength(4);
  const api = expect.objectContaining({ identifier: "https://api.example/", signing_alg: "RS256" }) as unknown;
  expect(kept()).toEqual({
    ...(shown(makeState()) as object),
    ...{
      applications: [],
      organizations: [],
      clientGrants: [],
      clientCredentials: [],
      eventStreams: [],
      jobs: [],
      resourceServers: [api],
    },
  });
});
