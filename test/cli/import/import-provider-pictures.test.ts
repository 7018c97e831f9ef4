// Pictures of identity providers, from real TLS servers under the providers' names, copied into the store.
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { importProviderPictures } from "../../../cli/import/import-provider-pictures.ts";
import type { ImportProviderPicturesArgs } from "../../../cli/import/import-provider-pictures.ts";
import { taggedState, UploadState } from "../../../components/picture-store/picture-tags.ts";
import { providerHosts, providerPicture } from "../../../cli/import/provider-hosts.ts";
import { openPictureHosts } from "../images/picture-hosts.ts";
import type { PictureHosts, Respond } from "../images/picture-hosts.ts";
import { runSandbox } from "../running-sandbox.ts";
import { drawnPicture, indexIn } from "./generated-users.ts";
import { importContext, namedBy, pictureOf, recordPuts, runDecoder } from "./running-import.ts";
import type { ContextOptions } from "./running-import.ts";
import { openTableFolder } from "./table-folder.ts";
import type { TableFolder } from "./table-folder.ts";

const past = Math.floor(Date.now() / 1000) - 60;
const pictures: Readonly<Record<string, string>> = {
  google: "https://lh3.googleusercontent.com/a/google=s96-c",
  twitter: "http://pbs.twimg.com/profile_images/1/t_normal.jpg",
  facebook: `https://platform-lookaside.fbsbx.com/platform/profilepic/?asid=1&ext=${past}&hash=x`,
  chosen: "https://lh3.googleusercontent.com/a/chosen=s96-c",
  gravatar: `https://s.gravatar.com/avatar/${"0".repeat(32)}?s=480&r=pg&d=https%3A%2F%2Fcdn.auth0.com%2Favatars%2Fga.png`,
  initials: "https://cdn.auth0.com/avatars/in.png",
  gone: "https://avatars.githubusercontent.com/u/404?v=4",
  busy: "https://lh3.googleusercontent.com/a/busy=s96-c",
  away: "https://media.licdn.com/dms/image/away?e=9999999999&v=beta",
  corp: "https://pictures.corp.example/me.png",
};
const id = (name: string) => `auth0|${name}`;
const sandbox = runSandbox({
  connections: [
    { name: "db", strategy: "auth0" },
    { name: "staff", strategy: "auth0" },
  ],
  users: [
    ...Object.entries(pictures).map(([name, picture]) => ({
      ...{ connection: name === "corp" ? "staff" : "db", user_id: name, email: `${name}@example.com`, picture },
      ...(name === "chosen" && { user_metadata: { picture: "https://example.com/mine.png" } }),
    })),
    { connection: "db", user_id: "linked", email: "linked@example.com" },
    {
      connection: "staff",
      user_id: "second",
      email: "second@example.com",
      picture: "https://lh3.googleusercontent.com/a/l",
    },
  ],
});

const shared = runDecoder();
let internet: PictureHosts;
let files: TableFolder;
let puts: Map<string, number>;
const served: string[] = [];
const drawn = await Promise.all(Array.from({ length: 7 }, (_, index) => drawnPicture(index)));

beforeAll(async () => {
  const names = ["lh3.googleusercontent.com", "pbs.twimg.com", "avatars.githubusercontent.com", "media.licdn.com"];
  internet = await openPictureHosts([...names, "pictures.corp.example", "other.example"]);
  puts = recordPuts(sandbox);
});
afterAll(() => internet.close());
beforeEach(() => {
  files = openTableFolder();
  served.length = 0;
  internet.paths.clear();
  give("/a/google=s512-c", 1);
  give("/profile_images/1/t_normal.jpg", 2);
  give("/a/busy=s512-c", 3);
  give("/me.png", 4);
  give("/a/l", 5);
  give("/elsewhere", 6);
  internet.paths.set(
    "/dms/image/away?e=9999999999&v=beta",
    answer(302, { location: "https://other.example/elsewhere" }),
  );
});
afterEach(() => files.remove());

const answer =
  (status: number, headers: Record<string, string> = {}): Respond =>
  ({ url }, response) => {
    served.push(`${status} ${url}`);
    response.writeHead(status, headers).end();
  };
function give(path: string, index: number): void {
  const bytes = drawn[index];
  internet.paths.set(path, ({ url }, response) => {
    served.push(`200 ${url}`);
    response.writeHead(200).end(bytes);
  });
}

const run = (args: Partial<ImportProviderPicturesArgs> = {}, options: ContextOptions = {}) => {
  const context = importContext(sandbox, options);
  const [journal, report] = ["journal.jsonl", "failed.csv"].map((name) => join(files.folder, name));
  const outcome = importProviderPictures(
    context,
    { format: "webp", ...(journal && { journal }), ...(report && { report }), ...args },
    { ...shared, fetching: { requests: internet.requests }, pace: { interval: 1, backoff: 20 } },
  );
  return { context, outcome };
};
const indexOf = async (name: string) => {
  const picture = await pictureOf(sandbox, id(name));
  return picture && indexIn(picture);
};

it("shows in a dry run what would be copied", async () => {
  const { json, text } = await run({}, { isDryRun: true }).outcome;
  expect((json["changes"] as { user: string }[]).map(({ user }) => user).toSorted()).toEqual([
    ...[id("busy"), id("google"), id("second"), id("twitter")],
  ]);
  expect(text).toMatch(/^auth0\|google: https:\/\/lh3\.googleusercontent\.com\/a\/google=s96-c → https:\/\/.*\.webp$/m);
  expect(text).toMatch(/Nothing was changed: this was a dry run\.\nFrom then on these pictures no longer follow the /);
  expect(puts.size).toBe(0);
});

it("leaves a user alone who chose a picture while the import ran", async () => {
  const users = importContext(sandbox).tenant.users;
  const mine = "https://example.com/new.png";
  // After the export, before the search that is made just before the pictures are taken.
  const context = importContext(sandbox);
  const late = {
    ...context.tenant.users,
    async findUsers(ids: readonly string[]) {
      await users.updateUser(id("twitter"), { user_metadata: { picture: mine } });
      return context.tenant.users.findUsers(ids);
    },
  };
  const { json } = await importProviderPictures(
    { ...context, tenant: { ...context.tenant, users: late }, isDryRun: true },
    { format: "webp" },
    { ...shared, fetching: { requests: internet.requests }, pace: { interval: 1, backoff: 20 } },
  );
  expect((json["changes"] as { user: string }[]).map(({ user }) => user)).not.toContain(id("twitter"));
  expect((json["leftAlone"] as Record<string, number>)["they have chosen a picture of their own"]).toBe(2);
  await users.updateUser(id("twitter"), { user_metadata: { picture: null } });
});

it("copies what providers keep, in the largest size, and leaves everybody else alone", async () => {
  let refusals = 0;
  const taken = internet.paths.get("/a/busy=s512-c");
  internet.paths.set("/a/busy=s512-c", (request, response) => {
    if (++refusals <= 2) answer(refusals === 1 ? 429 : 403)(request, response);
    else taken?.(request, response);
  });
  const { context, outcome } = run();
  const { json, text } = await outcome;
  expect(json).toMatchObject({ done: 4, unchanged: 0, failed: 2, skipped: 0 });
  expect(json["leftAlone"]).toEqual({
    "their picture is from no identity provider": 4,
    "they have chosen a picture of their own": 1,
    "the provider's URL has expired, and the next login brings another": 1,
  });
  const failures = json["failures"] as { user: string; picture: string; error: string }[];
  expect(failures.map(({ user, picture }) => [user, picture]).toSorted()).toEqual([
    [id("away"), pictures["away"]],
    [id("gone"), pictures["gone"]],
  ]);
  expect(failures.find(({ user }) => user === id("away"))?.error).toContain("other.example");
  expect([await indexOf("google"), await indexOf("twitter"), await indexOf("busy"), await indexOf("second")]).toEqual([
    ...[1, 2, 3, 5],
  ]);
  expect(namedBy(sandbox, id("chosen"))).toBe("https://example.com/mine.png");
  for (const name of ["facebook", "gravatar", "initials", "gone", "away", "corp", "linked"])
    expect(namedBy(sandbox, id(name)), name).toBeUndefined();
  expect(served).not.toContain("200 /elsewhere");
  expect(text).toContain(`"user-pictures unset USER" undoes that.`);
  expect(context.said).toContain("auth0|facebook: the provider's URL has expired, and the next login brings another.");

  // Of the report, too, the guard is asked.
  expect(readFileSync(join(files.folder, "failed.csv"), "utf8")).toContain(`"${id("gone")}","${pictures["gone"]}"`);

  // A user who went back to what the provider has stays there.
  const users = context.tenant.users;
  await users.updateUser(id("google"), { user_metadata: { picture: null } });
  served.length = 0;
  const again = await run().outcome;
  expect(again.json).toMatchObject({ done: 0, unchanged: 0, failed: 2, skipped: 4 });
  // What the import has stored itself nobody chose.
  expect(again.json["leftAlone"]).toMatchObject({ "they have chosen a picture of their own": 1 });
  expect(served.filter((line) => line.includes("google"))).toEqual([]);
  expect(namedBy(sandbox, id("google"))).toBeUndefined();
});

it("copies from hosts that are named, and of connections that are chosen, linked identities too", async () => {
  const users = importContext(sandbox).tenant.management.users;
  await users.identities.link(id("linked"), { provider: "auth0", user_id: "second" });
  const { json } = await run({ hosts: ["*.corp.example"], connections: ["staff"] }).outcome;
  expect(json).toMatchObject({ done: 2, failed: 0 });
  expect([await indexOf("corp"), await indexOf("linked")]).toEqual([4, 5]);
});

it("says of which connection no user has an account, as after a slip", async () => {
  const { json, text, hasFailed } = await run({ connections: ["staff", "Staff"] }, { isDryRun: true }).outcome;
  expect(hasFailed).toBe(true);
  expect(json["unknownConnections"]).toEqual(["Staff"]);
  expect(text).toContain("No user has an account of the connection Staff");
});

it("finishes users whose picture a run before has named, and leaves alone who chose one since", async () => {
  const names = ["google", "twitter", "busy"];
  const context = importContext(sandbox);
  const { users } = context.tenant;
  for (const name of names) await users.updateUser(id(name), { user_metadata: { picture: null } });
  const { objects, ...bucket } = context.bucket();
  // All three are named when it ends.
  const folders = new Set<string>();
  const { promise: ended, reject: end } = Promise.withResolvers<never>();
  const rewrite: typeof objects.rewrite = (key, headers, since) => {
    if (taggedState(headers.tags) !== UploadState.Set) return objects.rewrite(key, headers, since);
    if (folders.add(dirname(key)).size === names.length) end(new Error("ended"));
    return ended;
  };
  const journal = join(files.folder, "journal.jsonl");
  const options = { ...shared, fetching: { requests: internet.requests }, pace: { interval: 1, backoff: 20 } };
  const args = { format: "webp", journal, report: join(files.folder, "failed.csv") } as const;
  const cutOff = importProviderPictures(
    { ...context, bucket: () => ({ ...bucket, objects: { ...objects, rewrite } }) },
    args,
    options,
  );
  await expect(cutOff).rejects.toThrow("ended");
  for (const name of names) expect(namedBy(sandbox, id(name)), name).toBeDefined();
  const mine = "https://example.com/mine.png";
  const [chooser = "", ...others] = names;
  await users.updateUser(id(chooser), { user_metadata: { picture: mine } });

  expect((await run().outcome).json).toMatchObject({ done: 0, unchanged: others.length });
  expect(namedBy(sandbox, id(chooser))).toBe(mine);
  for (const name of others) {
    const key = new URL(namedBy(sandbox, id(name)) ?? "").pathname.slice(1);
    expect(taggedState((await objects.tagsOf(key)) ?? {}), name).toBe(UploadState.Set);
  }
  expect((await run().outcome).json).toMatchObject({ done: 0, unchanged: 0, skipped: others.length });
  await users.updateUser(id(chooser), { user_metadata: { picture: null } });
});

it("leaves a host alone that says too often that it is asked too much, and says so", async () => {
  const users = importContext(sandbox).tenant.users;
  for (const name of ["google", "busy"]) await users.updateUser(id(name), { user_metadata: { picture: null } });
  internet.paths.set("/a/google=s512-c", answer(429));
  internet.paths.set("/a/busy=s512-c", answer(429, { "retry-after": "0" }));
  const { json } = await run().outcome;
  const failures = json["failures"] as { user: string; error: string }[];
  expect(json).toMatchObject({ done: 0 });
  expect(failures.filter(({ user }) => [id("google"), id("busy")].includes(user))).toHaveLength(2);
  // Three times each at most.
  expect(served.filter((line) => line.startsWith("429")).length).toBeLessThanOrEqual(6);
});

it.each(["https://pictures.example.com", "pictures.example.com/a", "localhost", "10.0.0.1", "*", "*.com", "a..b", ""])(
  "takes no --host %j",
  async (host) => {
    await expect(run({ hosts: [host] }).outcome).rejects.toThrow(/^--host is ".*"; it must be a host's name/);
  },
);

describe("a provider's picture", () => {
  const now = Date.parse("2026-01-01T00:00:00Z");
  const seconds = now / 1000;
  const of = (picture: unknown) => providerPicture(picture, providerHosts(), now);

  it.each([
    ["https://lh3.googleusercontent.com/a/x=s96-c", "https://lh3.googleusercontent.com/a/x=s512-c"],
    ["https://lh5.googleusercontent.com/a-/x=s50", "https://lh5.googleusercontent.com/a-/x=s512-c"],
    ["https://lh3.googleusercontent.com/a/x", undefined],
    ["http://pbs.twimg.com/profile_images/1/a_normal.png", "https://pbs.twimg.com/profile_images/1/a_400x400.png"],
    ["https://pbs.twimg.com/profile_images/1/a_normal_b.png", undefined],
    ["https://avatars.githubusercontent.com/u/1?v=4", undefined],
    [`https://media.licdn.com/dms/image/x?e=${seconds + 1}&v=beta&t=x`, undefined],
    [`https://scontent.xx.fbcdn.net/v/x.jpg?oh=1&oe=${(seconds + 1).toString(16).toUpperCase()}`, undefined],
    [" https://lh3.googleusercontent.com/a/x ", undefined],
  ])("%s is fetched as the largest that there is", (picture, larger) => {
    const original = picture.trim().replace("http:", "https:");
    expect(of(picture)).toEqual(larger === undefined ? { url: original } : { url: larger, original });
  });

  it.each([
    `https://media.licdn.com/dms/image/x?e=${seconds}&v=beta&t=x`,
    `https://scontent.xx.fbcdn.net/v/x.jpg?oh=1&oe=${(seconds - 1).toString(16)}`,
    `https://platform-lookaside.fbsbx.com/platform/profilepic/?asid=1&ext=${seconds - 1}&hash=x`,
  ])("%s has expired", (picture) => {
    expect(of(picture)).toHaveProperty("skipped");
  });

  it.each([
    ...["", "x", undefined, null, 7, {}, "data:image/png;base64,AA", "ftp://lh3.googleusercontent.com/a"],
    ...["https://lh3.googleusercontent.com.example.com/a", "https://example.com/lh3.googleusercontent.com/a"],
    ...["https://fbcdn.net/a", "https://xfbcdn.net/a", "https://lh3.googleusercontent.com@example.com/a"],
    ...["https://www.gravatar.com/avatar/x", "https://cdn.auth0.com/avatars/ab.png"],
  ])("%j is none", (picture) => {
    expect(of(picture)).toBeUndefined();
  });
});
