// The audit of a real tenant and a real bucket, with users of every kind: what is found of each, and that it is found
// no more when it is mended.
import { mkdir, readdir, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import sharp from "sharp";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { bundleAction } from "../../../actions/bundle/bundle.ts";
import type { PictureSettings } from "../../../actions/user-picture/picture.ts";
import { auditPictures } from "../../../cli/audit/audit-pictures.ts";
import type { AuditArguments } from "../../../cli/audit/audit-pictures.ts";
import type { AuditReport } from "../../../cli/audit/audit-report.ts";
import type { FindingKind } from "../../../cli/audit/finding.ts";
import type { CommandContext } from "../../../cli/command-context.ts";
import { inspectUrl } from "../../../cli/images/inspect-url.ts";
import type { Target } from "../../../cli/stack/target.ts";
import { openPictureBucket } from "../../../cli/store/open-picture-bucket.ts";
import type { PictureBucket } from "../../../cli/store/picture-bucket.ts";
import { openTenantApi } from "../../../cli/tenant/open-tenant-api.ts";
import type { TenantApi } from "../../../cli/tenant/users-api.ts";
import { CommandError } from "../../../cli/terminal/command-error.ts";
import { cacheTag, userFolder } from "../../../components/picture-store/image.ts";
import { UploadState, uploadTags } from "../../../components/picture-store/picture-tags.ts";
import { logIn } from "../../../sandbox/tenant/login.ts";
import { bindActions, buildAndDeploy } from "../../sandbox/tenant/running-tenant.ts";
import { openPictureHosts } from "../images/picture-hosts.ts";
import type { PictureHosts } from "../images/picture-hosts.ts";
import { runSandbox } from "../running-sandbox.ts";

const running = runSandbox({
  connections: [
    { name: "users", strategy: "auth0" },
    { name: "google-oauth2", strategy: "google-oauth2" },
    { name: "acme-saml", strategy: "samlp" },
    { name: "old-users", strategy: "auth0", options: { enabledDatabaseCustomization: true } },
    { name: "quiet", strategy: "github", options: { set_user_root_attributes: "on_first_login" } },
    { name: "email", strategy: "email" },
  ],
  profiles: [{ connection: "google-oauth2", sub: "1234", email: "gina@example.org", name: "Gina" }],
});

let hosts: PictureHosts;
let tenant: TenantApi;
let bucket: PictureBucket;
let actionId: string;

const supported_triggers = [{ id: "post-login" as const, version: "v3" }];

beforeAll(async () => {
  hosts = await openPictureHosts();
  bucket = openPictureBucket(running.store, running.bucketOptions);
  tenant = openTenantApi(auth0(), { signal: new AbortController().signal, fetch: running.tenant.fetch });
  const code = bundleAction(settings());
  const { id = "" } = await tenant.management.actions.create({ name: "User picture", code, supported_triggers });
  await buildAndDeploy(tenant.management, id);
  await bindActions({ management: tenant.management }, [id]);
  actionId = id;
  for (const [path, [status, type, body]] of Object.entries(await answers()))
    hosts.paths.set(path, (_, response) => void response.writeHead(status, { "content-type": type }).end(body));
  // A host without an address. What is no *.pictures.example has no certificate that is good for it.
  hosts.records.set("gone.example", [[]]);
});
afterAll(() => hosts.close());
beforeEach(() => {
  hosts.received.length = 0;
});

const auth0 = () => ({ domain: running.tenant.domain, credentials: running.tenant.managementClient });

const settings = (): PictureSettings => ({
  allowedUrlPrefixes: [`${base()}u/`, `${base()}d/`, "https://pictures.example/"],
});

const base = () => running.store.pictureBaseUrl;

/** What hosts answer, by path. */
async function answers(): Promise<Record<string, readonly [number, string, Uint8Array | string]>> {
  const png = (width: number, height: number) =>
    sharp({ create: { width, height, channels: 3, background: "#7a5" } })
      .png()
      .toBuffer();
  return {
    "/fine.png": [200, "image/png", await png(96, 96)],
    [signedUntilSoon]: [200, "image/png", await png(96, 96)],
    "/wide.png": [200, "image/png", await png(3000, 64)],
    "/large.png": [200, "image/png", Buffer.concat([await png(96, 96), Buffer.alloc(1024 * 1024)])],
    "/removed.png": [410, "text/plain", "gone"],
    "/page.png": [200, "text/html", "<p>There is nothing here.</p>"],
    "/busy.png": [503, "text/plain", "later"],
    "/private.png": [403, "text/plain", "no"],
  };
}

function context(changes: Partial<Target> = {}, signal = new AbortController().signal): CommandContext {
  const target: Target = {
    ...{ auth0: auth0(), store: running.store, action: { actionId, actionVersionId: undefined } },
    ...{ defaultPictureUrl: undefined, connections: {}, dnsRecords: [], expectedTenant: undefined },
    expectedAwsAccounts: [],
    ...changes,
  };
  const progress = { advance: () => undefined, wait: () => undefined, end: () => undefined };
  const terminal = { say: () => undefined, startProgress: () => progress };
  return { ...{ terminal, target, tenant, signal, isDryRun: false }, bucket: () => bucket };
}

type Outcome = AuditReport & {
  readonly isChoiceKnown: boolean;
  readonly findings: readonly { userId: string; kind: FindingKind; reason: string; mend?: string; url?: string }[];
};

async function audit(args: AuditArguments = {}, given = context()) {
  const outcome = await auditPictures(given, args, (url, options) =>
    inspectUrl(url, { ...options, requests: hosts.requests }),
  );
  return { ...outcome, json: outcome.json as unknown as Outcome };
}

const kindsOf = ({ findings }: Outcome, userId: string) =>
  findings.filter((finding) => finding.userId === userId).map(({ kind }) => kind);

/** Puts an object into a user's folder, and returns its address. */
async function stored(userId: string, state: UploadState = UploadState.Set, bytes = 100, owner = userId) {
  const key = `${userFolder(userId)}${crypto.randomUUID().replaceAll("-", "").repeat(2)}.webp`;
  await bucket.objects.putIfAbsent(key, new Uint8Array(bytes), headers(owner, state));
  return `${base()}${key}`;
}

const headers = (userId: string, state: UploadState) => ({
  ...{ contentType: "image/webp", cacheControl: "public", cacheTag: cacheTag(userId) },
  tags: uploadTags(userId, state),
});

interface Picture {
  /** `null`: none at all. @default that of "fine" users */
  readonly picture?: string | null;
  readonly metadata?: unknown;
}

interface Row {
  readonly name: string;
  readonly is: Picture | ((userId: string) => Promise<Picture>);
  readonly kinds: readonly FindingKind[];
  /** Of the first of them. */
  readonly reason?: RegExp;
  /** @default what is fine is set in its place, in metadata or in the profile */
  readonly mend?: (userId: string) => Promise<unknown>;
}

const signedUntilSoon = `/fine.png?Signature=a&Expires=${Math.floor(Date.now() / 1000) + 3 * 24 * 60 * 60}`;
const fine = "https://pictures.example/fine.png";
const host = "https://cdn.pictures.example";

const rows: readonly Row[] = [
  { name: "own picture in the store", is: async (id) => ({ metadata: await stored(id) }), kinds: [] },
  { name: "own picture under another allowed prefix", is: { metadata: fine }, kinds: [] },
  {
    name: "own picture whose object is not there",
    is: async (id) => ({ metadata: `${base()}${userFolder(id)}${"ab".repeat(32)}.webp` }),
    kinds: ["dead"],
    reason: /bucket has no such object/,
  },
  {
    name: "own picture whose object has more bytes than allowed",
    is: async (id) => ({ metadata: await stored(id, UploadState.Set, 1024 * 1024 + 1) }),
    kinds: ["over-sized"],
    reason: /1,048,577 bytes/,
  },
  {
    name: "own picture whose object will expire",
    is: async (id) => ({ metadata: await stored(id, UploadState.Replaced) }),
    kinds: ["at-risk"],
    reason: /tagged as replaced/,
    mend: async (id) => {
      const [object] = await bucket.objects.list(userFolder(id));
      await bucket.objects.rewrite(object?.key ?? "", headers(id, UploadState.Set));
    },
  },
  {
    name: "own picture in another's folder",
    is: async () => ({ metadata: await stored("auth0|somebody else") }),
    kinds: ["at-risk"],
    reason: /folder of auth0\|somebody else/,
  },
  { name: "own picture that answers 404", is: { metadata: "https://pictures.example/no.png" }, kinds: ["dead"] },
  { name: "own picture that answers 410", is: { metadata: "https://pictures.example/removed.png" }, kinds: ["dead"] },
  { name: "own picture that is a page", is: { metadata: "https://pictures.example/page.png" }, kinds: ["dead"] },
  {
    name: "own picture that is wide",
    is: { metadata: "https://pictures.example/wide.png" },
    kinds: ["over-sized"],
    reason: /3000 × 64 pixels/,
  },
  {
    name: "own picture that is large",
    is: { metadata: "https://pictures.example/large.png" },
    kinds: ["over-sized"],
    reason: /bytes/,
  },
  { name: "own picture of a busy host", is: { metadata: "https://pictures.example/busy.png" }, kinds: ["unknown"] },
  {
    name: "own picture that not everybody may see",
    is: { metadata: "https://pictures.example/private.png" },
    kinds: ["unknown"],
  },
  { name: "own picture elsewhere", is: { metadata: `${host}/fine.png` }, kinds: ["hidden"], reason: /under no prefix/ },
  {
    name: "own picture by http",
    is: { metadata: "http://pictures.example/fine.png" },
    kinds: ["hidden"],
    reason: /http,/,
  },
  { name: "own picture by ftp", is: { metadata: "ftp://pictures.example/a.png" }, kinds: ["hidden"], reason: /ftp:/ },
  { name: "own script", is: { metadata: "javascript:alert(1)" }, kinds: ["hidden"], reason: /javascript:/ },
  { name: "own data", is: { metadata: "data:image/png;base64,AAAA" }, kinds: ["hidden"], reason: /data:/ },
  { name: "own number", is: { metadata: 7 }, kinds: ["hidden"], reason: /a number/ },
  { name: "own object", is: { metadata: { url: fine } }, kinds: ["hidden"], reason: /an object/ },
  { name: "own text", is: { metadata: "me.png" }, kinds: ["hidden"], reason: /no address/ },
  { name: "own spaces", is: { metadata: "  " }, kinds: ["hidden"], reason: /spaces/ },
  {
    name: "own password",
    is: { metadata: "https://a:b@pictures.example/a.png" },
    kinds: ["hidden"],
    reason: /password/,
  },
  { name: "own port", is: { metadata: "https://pictures.example:444/a.png" }, kinds: ["hidden"], reason: /port, 444/ },
  { name: "own long text", is: { metadata: `${fine}?${"a".repeat(2100)}` }, kinds: ["hidden"], reason: /2\d{3} char/ },
  { name: "own step up", is: { metadata: "https://pictures.example/a/..%2fb" }, kinds: ["hidden"], reason: /steps up/ },
  {
    name: "own picture that has expired",
    is: { metadata: "https://pictures.example/a.png?Signature=a&Expires=1700000000" },
    kinds: ["hidden", "expired"],
    reason: /expired on 2023-11-14/,
  },
  {
    name: "own picture that ends soon",
    is: { metadata: `https://pictures.example${signedUntilSoon}` },
    kinds: ["expiring"],
  },
  {
    name: "Gravatar's",
    is: {
      picture: `https://s.gravatar.com/avatar/${"ab".repeat(16)}?s=480&r=pg&d=https%3A%2F%2Fcdn.auth0.com%2Favatars%2Fab.png`,
    },
    kinds: ["placeholder"],
  },
  { name: "initials", is: { picture: "https://cdn.auth0.com/avatars/ab.png" }, kinds: ["placeholder"] },
  { name: "none", is: { picture: null }, kinds: ["missing"] },
  {
    name: "a provider's",
    is: { picture: `${host}/fine.png` },
    kinds: ["foreign"],
    reason: /on cdn\.pictures\.example/,
  },
  { name: "a provider's that is gone", is: { picture: `${host}/no.png` }, kinds: ["foreign", "dead"] },
  { name: "of no host", is: { picture: "https://gone.example/a.png" }, kinds: ["foreign", "dead"] },
  { name: "of a bad certificate", is: { picture: "https://pictures.elsewhere/a.png" }, kinds: ["foreign", "dead"] },
  {
    name: "by http",
    is: { picture: "http://cdn.pictures.example/fine.png" },
    kinds: ["insecure", "foreign", "unknown"],
  },
  {
    name: "data",
    is: { picture: `data:image/png;base64,${"A".repeat(5000)}` },
    kinds: ["data-url"],
    reason: /5,0\d\d|50\d\d/,
  },
  { name: "DATA", is: { picture: " DATA:image/png;base64,AAAA" }, kinds: ["data-url"] },
  { name: "no address", is: { picture: "n/a" }, kinds: ["no-address"] },
  { name: "a password", is: { picture: "https://a:b@cdn.pictures.example/fine.png" }, kinds: ["no-address"] },
  { name: "a long text", is: { picture: `${host}/${"a".repeat(2100)}` }, kinds: ["no-address"] },
  {
    name: "Facebook's of long ago",
    is: { picture: "https://platform-lookaside.fbsbx.com/platform/profilepic/?asid=1&ext=1700000000" },
    kinds: ["expired", "foreign"],
  },
  {
    name: "a signed one that ends soon",
    is: { picture: `${host}${signedUntilSoon}` },
    kinds: ["expiring", "foreign"],
  },
];

/** Creates a user of the database, who has what the row says. */
async function create(index: number, { is }: Pick<Row, "is">): Promise<string> {
  const userId = `auth0|row${index}`;
  const { picture = fine, metadata } = typeof is === "function" ? await is(userId) : is;
  await tenant.management.users.create({
    ...{ connection: "users", user_id: `row${index}`, email: `row${index}@example.org`, password: "Secret-1234" },
    ...(metadata !== undefined && { user_metadata: { picture: metadata } }),
    ...(picture !== null && { picture }),
  });
  if (picture === null) await tenant.users.updateUser(userId, { picture: null });
  return userId;
}

describe("of users of every kind", () => {
  const ids: string[] = [];
  let first: Awaited<ReturnType<typeof audit>>;

  beforeAll(async () => {
    for (const [index, row] of rows.entries()) ids.push(await create(index, row));
    first = await audit();
  });

  it.each(rows.map((row, index) => ({ ...row, index })))("finds of $name: $kinds", ({ index, kinds, reason }) => {
    const id = ids[index] ?? "";
    expect(kindsOf(first.json, id).toSorted()).toEqual(kinds.toSorted());
    const found = first.json.findings.find(({ userId, kind }) => userId === id && kind === kinds[0]);
    if (reason) expect(found?.reason).toMatch(reason);
  });

  it("counts all of them, fails, and asks each address once", () => {
    const { json, hasFailed } = first;
    expect(hasFailed).toBe(true);
    expect(json.users).toBe(rows.length);
    expect(json.usersWithFindings).toBe(rows.filter(({ kinds }) => kinds.length > 0).length);
    for (const kind of Object.keys(json.counts) as FindingKind[])
      expect([kind, json.counts[kind]]).toEqual([kind, rows.filter(({ kinds }) => kinds.includes(kind)).length]);
    expect(json.omitted).toEqual({});
    expect(JSON.parse(JSON.stringify(json))).toMatchObject({ tenant: running.tenant.domain, isChoiceKnown: true });
  });

  it("says it in words that a terminal can show, with a command for each kind", () => {
    expect(first.text).toContain(`${running.tenant.domain}: ${rows.length} users`);
    expect(first.text).toMatch(/Dead +\d+ +auth0\|row2 +the store's bucket has no such object +user-pictures unset/);
    expect(first.text).toMatch(/google-oauth2 +google-oauth2 +0 +yes, at each login/);
    expect(first.text).not.toMatch(/(?!\n)\p{Cc}/u);
  });

  it("finds nothing any more when each of them is mended", async () => {
    for (const [index, { mend, is }] of rows.entries()) {
      const userId = ids[index] ?? "";
      if (mend) await mend(userId);
      else if (typeof is === "function" || "metadata" in is)
        await tenant.users.updateUser(userId, { user_metadata: { picture: await stored(userId) } });
      else await tenant.users.updateUser(userId, { picture: fine });
    }
    const { json, hasFailed, text } = await audit();
    expect(json.findings).toEqual([]);
    expect([hasFailed, json.users, json.usersWithFindings]).toEqual([false, rows.length, 0]);
    expect(text).toContain("Nothing was found.");
  });

  it("asks a host once for what many show, and asks nobody under --no-fetch", async () => {
    const many = rows.map((_, index) => ids[index] ?? "").slice(0, 12);
    for (const id of many) await tenant.users.updateUser(id, { user_metadata: { picture: `${fine}?shared` } });
    hosts.paths.set("/fine.png?shared", (_, response) => void response.writeHead(410).end());
    hosts.received.length = 0;
    const asked = await audit();
    expect(hosts.received.filter(({ url }) => url === "/fine.png?shared")).toHaveLength(1);
    expect(many.map((id) => kindsOf(asked.json, id))).toEqual(many.map(() => ["dead"]));
    hosts.received.length = 0;
    const { json, text, hasFailed } = await audit({ fetch: false });
    expect(hosts.received).toEqual([]);
    expect(many.map((id) => kindsOf(json, id))).toEqual(many.map(() => ["unknown"]));
    expect(hasFailed).toBe(false);
    expect(text).toContain("No host was asked (--no-fetch)");
    for (const id of many) await tenant.users.updateUser(id, { user_metadata: { picture: await stored(id) } });
  });
});

describe("of connections", () => {
  const states = async () => {
    const { json } = await audit({ fetch: false });
    return json.connections.map(({ name, overwritesPictures, users }) => [name, overwritesPictures, users]);
  };

  it("tells those that can have the setting, and the user whose picture is overwritten", async () => {
    const { management, users } = tenant;
    await logIn(running.tenant, {
      ...{ connection: "google-oauth2", loginHint: "gina@example.org", ca: running.certificate.ca },
    });
    const page = await management.connections.list({ name: "google-oauth2" });
    const { id = "", options } = page.data[0] ?? {};
    const setSync = (set_user_root_attributes: "on_each_login" | "on_first_login") =>
      management.connections.update(id, { options: { ...options, set_user_root_attributes } });
    await setSync("on_first_login");
    const userId = "google-oauth2|1234";
    await users.updateUser(userId, { picture: await stored(userId) });
    expect(kindsOf((await audit()).json, userId)).toEqual([]);
    expect(await states()).toContainEqual(["google-oauth2", false, 1]);
    await setSync("on_each_login");
    const { json, hasFailed } = await audit();
    expect(kindsOf(json, userId)).toEqual(["overwritten"]);
    expect(hasFailed).toBe(true);
    expect((await states()).toSorted()).toEqual([
      ["acme-saml", true, 0],
      ["google-oauth2", true, 1],
      ["old-users", true, 0],
      ["quiet", false, 0],
    ]);
    expect(json.connections.find(({ name }) => name === "google-oauth2")?.mend).toContain(
      "connections: { google-oauth2: on_first_login }",
    );
    await setSync("on_first_login");
    expect(kindsOf((await audit()).json, userId)).toEqual([]);
  });

  it("does not take for fine what it may not see", async () => {
    const scopes = ["read:users", "read:connections", "read:actions", "create:users_exports", "read:user_exports"];
    const credentials = running.tenant.createManagementClient([...scopes, "read:jobs", "read:users_app_metadata"]);
    const narrow = openTenantApi(
      { ...auth0(), credentials },
      { signal: new AbortController().signal, fetch: running.tenant.fetch },
    );
    const { json, text } = await audit({ fetch: false }, { ...context(), tenant: narrow });
    expect(json.connections.find(({ name }) => name === "google-oauth2")).toMatchObject({
      overwritesPictures: null,
    });
    expect(text).toMatch(/google-oauth2 .* not to be seen/);
  });
});

describe("where what logins show depends on the Action", () => {
  let userId: string;
  beforeAll(async () => {
    userId = await create(100, {
      is: { picture: "https://cdn.auth0.com/avatars/ab.png", metadata: `${host}/fine.png` },
    });
  });

  it("finds no placeholder where the default picture takes its place", async () => {
    const { management } = tenant;
    const defaultPictures = { general: `${base()}d/${"cd".repeat(32)}.png` };
    await management.actions.update(actionId, { code: bundleAction({ ...settings(), defaultPictures }) });
    await buildAndDeploy(management, actionId);
    const { json } = await audit();
    expect(json.shown).toMatchObject({ "default-picture": 1, generated: 0 });
    expect(kindsOf(json, userId)).toEqual(["hidden"]);
    await management.actions.update(actionId, { code: bundleAction(settings()) });
    await buildAndDeploy(management, actionId);
    expect(kindsOf((await audit()).json, userId)).toEqual(["placeholder", "hidden"]);
  });

  it("says that no login looks at metadata where no Action is bound", async () => {
    await bindActions({ management: tenant.management }, []);
    const { json, text } = await audit();
    expect(json.noAction).toContain("the login flow does not have it: user-pictures doctor");
    expect(text).toContain("Logins show Auth0's own picture claim.");
    const { reason } = json.findings.find((one) => one.userId === userId && one.kind === "hidden") ?? {};
    expect(reason).toContain("no login runs this stack's Action");
    await bindActions({ management: tenant.management }, [actionId]);
  });

  it("says that it does not know, where nothing names the Action or another one is there", async () => {
    const code = "exports.onExecutePostLogin = async () => {};";
    const { id = "" } = await tenant.management.actions.create({ name: "Another", code, supported_triggers });
    await buildAndDeploy(tenant.management, id);
    for (const action of [undefined, { actionId: id, actionVersionId: undefined }]) {
      const { json, text } = await audit({}, context({ action }));
      expect(json.isChoiceKnown).toBe(false);
      expect(text).toContain("It is not known what logins show.");
      // The own picture is looked at, as the Action would; what it hides is not known.
      expect(kindsOf(json, "auth0|row0")).toEqual([]);
      expect(kindsOf(json, userId)).toEqual(["placeholder"]);
    }
  });

  it("works without a store", async () => {
    const { json } = await audit({ fetch: false }, context({ store: undefined }));
    expect(kindsOf(json, "auth0|row0")).toEqual(["unknown"]);
    expect(json.pictureBaseUrl).toBeUndefined();
  });
});

describe("as a page", () => {
  const file = (name: string) => join(running.folder, name);

  it("is written whole, for its owner alone, over what was there", async () => {
    await writeFile(file("audit.html"), "before", { mode: 0o644 });
    const before = (await readdir(running.folder)).toSorted();
    const { text } = await audit({ html: file("audit.html"), fetch: false });
    expect(text).toContain(file("audit.html"));
    expect(await readFile(file("audit.html"), "utf8")).toMatch(/^<!doctype html>[^]*<\/html>\n$/);
    expect((await stat(file("audit.html"))).mode & 0o777).toBe(0o600);
    expect((await readdir(running.folder)).toSorted()).toEqual(before);
  });

  it.each([
    ["in a folder that is not there", () => file("none/audit.html"), /there is no folder .*none\. Make it/],
    ["that is a folder", () => file("folder"), /this is a folder/],
    ["in a file", () => file("audit.html/a.html"), /there is no folder/],
    ["without a name", () => "", /write the name of a file/],
    ["with a name that is too long", () => file("a".repeat(300)), /could not be written \(ENAMETOOLONG\)/],
  ])("is refused %s", async (_, path, message) => {
    await mkdir(file("folder"), { recursive: true });
    const before = (await readdir(running.folder)).toSorted();
    running.tenant.faults.resetCalls();
    const refusal = await audit({ html: path(), fetch: false }).catch((error: unknown) => error);
    expect(refusal).toBeInstanceOf(CommandError);
    expect((refusal as CommandError).message).toMatch(message);
    expect((await readdir(running.folder)).toSorted()).toEqual(before);
  });

  it("is not begun where the command is ended", async () => {
    const controller = new AbortController();
    const users = {
      ...tenant.users,
      async *everyUser() {
        for await (const user of tenant.users.everyUser()) {
          controller.abort(new Error("Ctrl-C"));
          yield user;
        }
      },
    };
    const given = { ...context({}, controller.signal), tenant: { ...tenant, users } };
    await expect(audit({ html: file("ended.html") }, given)).rejects.toThrow("Ctrl-C");
    expect(await readdir(running.folder)).not.toContain("ended.html");
  });
});

it("is one object on standard output under --json, and the exit code says whether something is wrong", async () => {
  const run = (...args: string[]) =>
    running.runCli(["audit", "--no-fetch", ...args], { env: { PICTURE_ACTION_ID: actionId } });
  const { code, stdout } = await run("--json", "--html", "from-json.html");
  expect(code).toBe(1);
  const outcome = JSON.parse(stdout) as Outcome;
  expect(outcome.counts.hidden).toBe(1);
  expect(outcome.findings.map(({ kind }) => kind)).toContain("hidden");
  expect((await stat(join(running.folder, "from-json.html"))).mode & 0o777).toBe(0o600);
  const hidden = outcome.findings.filter(({ kind }) => kind === "hidden");
  for (const { userId } of hidden) await tenant.users.updateUser(userId, { user_metadata: { picture: null } });
  const mended = await run();
  expect([mended.code, mended.stdout]).toEqual([0, expect.stringMatching(/^localhost.*: \d+ users, \d+ of them/)]);
});
