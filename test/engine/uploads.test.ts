// A stack with `uploads` on the real engine: a user changes the picture by what it deploys, and nobody else does.
import { decodeJwt, decodeProtectedHeader, generateKeyPair, SignJWT } from "jose";
import type { JWTPayload } from "jose";
import { join } from "node:path";
import sharp from "sharp";
import { beforeAll, describe, expect, it, onTestFinished, vi } from "vitest";
import { AwsError } from "../../sandbox/edge/aws-error.ts";
import { readEdgeState } from "../../sandbox/edge/edge-store.ts";
import { deploymentScopes, uploadsOptionScopes, uploadsScopes } from "../../sandbox/services.ts";
import { photos, secret } from "../functions/source-pictures.ts";
import { isRare } from "../rare.ts";
import { sandboxOf, tenantStateOf } from "./test-sandbox.ts";

const scopes = [...deploymentScopes, ...uploadsScopes, ...uploadsOptionScopes];
// CloudFront caches, as it does for everybody: a picture is gone when its edges say so.
const sandbox = sandboxOf(() => ".", "dev", { scopes, cacheClock: Date.now });
const connection = "Username-Password-Authentication";
const loginHint = "ada@example.com";
// What takes a second takes many on a machine that does other things too.
const config = { uploads: { accessLogs: {}, maxSeconds: 15 }, store: { picturesOnDestroy: "empty" } };

interface Answer {
  readonly status: number;
  readonly body: {
    readonly url?: string;
    readonly code?: string;
    readonly message?: string;
    readonly variants?: Record<string, string>;
  };
}

let endpoint: string;
let audience: string;
let scope: string;
let userId: string;
/** All that there is beside the user, before the stack is. */
let before: { readonly edge: unknown; readonly tenant: unknown };

/** Of a tenant without its users. */
const tenantState = () => ({ ...tenantStateOf(sandbox().tenant), users: [] });

/** A file of the sandbox's own has all of it. */
const edgeState = (): object => readEdgeState(join(sandbox().folder, "edge"));

const tokenOf = async (asked: { scope?: string; audience?: string } = {}) =>
  sandbox().logIn({ connection, loginHint, scope: `openid profile ${scope}`, audience, ...asked });

async function send(method: string, token: string, body?: Buffer): Promise<Answer> {
  const headers = { authorization: `Bearer ${token}`, ...(body && { "content-type": "image/jpeg" }) };
  const answer = await sandbox().aws.fetch(endpoint, { method, headers, ...(body && { body }) });
  return { status: answer.status, body: (await answer.json()) as Answer["body"] };
}

beforeAll(async () => {
  const user = { connection, email: loginHint, password: "Aa1-aaaaaaaa" };
  ({ user_id: userId = "" } = await sandbox().management.users.create(user));
  // The sandbox writes the file at the first change.
  sandbox().edge.controlPlane.createHostedZone("example.org");
  before = { edge: edgeState(), tenant: tenantState() };
});

describe("a stack with uploads", () => {
  it("is deployed", async () => {
    const { outputs } = await sandbox().workspace.up({ config, skipPreview: true });
    [endpoint, audience, scope] = ["Endpoint", "Audience", "Scope"].map((name) =>
      String(outputs[`uploads${name}`]),
    ) as [string, string, string];

    expect(endpoint).toMatch(/^https:\/\/[0-9a-z]{10}\.execute-api\.us-east-1\.amazonaws\.com\/picture$/);
  });

  it("has the applications' secrets encrypted in its state, and says none of them", async () => {
    const { parameters } = edgeState() as { parameters: Record<string, { type: string; value: string }> };
    const secrets = Object.values(parameters).map(({ type, value }) => [type, value] as const);
    const said = JSON.stringify(await sandbox().workspace.exportState()) + sandbox().takeOutput();

    expect(secrets.map(([type]) => type)).toEqual(["SecureString", "SecureString"]);
    expect(secrets.filter(([, value]) => value.length < 30 || said.includes(value))).toEqual([]);
  });

  it("takes a phone's photo, names it, serves it, and the next login has it", async () => {
    const photo = await photos["a JPEG that lies on its side, with GPS and a profile"]?.();
    const { accessToken } = await tokenOf();
    const { status, body } = await send("PUT", accessToken, photo);

    expect(body).toMatchObject({
      url: expect.stringMatching(/\.cloudfront\.net\/u\/[0-9a-f]{32}\/[0-9a-f]{64}\.webp$/) as string,
    });
    expect(status).toBe(200);
    const user = await sandbox().management.users.get(userId);
    expect(user.user_metadata).toMatchObject({ picture: body.url });
    for (const url of [body.url, ...Object.values(body.variants ?? {})]) {
      const served = await sandbox().edge.fetch(String(url));
      const bytes = Buffer.from(await served.arrayBuffer());
      expect(served.status).toBe(200);
      expect(bytes.includes(secret)).toBe(false);
      const { width, height } = await sharp(bytes).metadata();
      expect(width).toBe(height);
    }
    expect((await tokenOf()).claims).toMatchObject({ picture: body.url });
    expect(await send("GET", accessToken)).toMatchObject({ status: 200, body: { url: body.url } });
  });

  it("takes nobody's but a user's own token, for this API and with its scope", async () => {
    const { accessToken, idToken } = await tokenOf();
    const other = await tokenOf({ scope: "openid" });
    const elsewhere = await tokenOf({ audience: "https://upload.example.com/", scope: "openid" });
    const claims = decodeJwt(accessToken);
    const { kid } = decodeProtectedHeader(accessToken);
    const { privateKey } = await generateKeyPair("RS256");
    const forged = (changes: JWTPayload) =>
      new SignJWT({ ...claims, ...changes }).setProtectedHeader({ alg: "RS256", ...(kid && { kid }) }).sign(privateKey);
    const ofOthers = [other.accessToken, idToken, elsewhere.accessToken, await forged({})];
    const refused = [...ofOthers, await forged({ iss: "https://evil.example/" })];

    expect(await Promise.all(refused.map(async (token) => (await send("GET", token)).status))).toEqual([
      ...[403, 401, 401, 401, 401],
    ]);
    expect(claims.sub).toBe(userId);
  });

  it("is no application's own", async () => {
    const { management, tenant, fetch } = sandbox();
    const { client_id = "", client_secret = "" } = await management.clients.create({
      ...{ name: "Robot", app_type: "non_interactive", grant_types: ["client_credentials"] },
    });
    const body = new URLSearchParams({ grant_type: "client_credentials", client_id, client_secret, audience });
    const answer = await fetch(`${tenant.issuer}oauth/token`, { method: "POST", body });
    await management.clients.delete(client_id);

    expect([answer.status, ((await answer.json()) as { error: string }).error]).toEqual([403, "access_denied"]);
  });

  it("refuses what is no picture, and says so to who sent it", async () => {
    const { accessToken } = await tokenOf();
    const before = await send("GET", accessToken);
    const page = Buffer.from("<script>alert(1)</script>");

    expect(await send("PUT", accessToken, page)).toMatchObject({
      status: 415,
      body: { code: "not_a_picture", message: expect.any(String) as string },
    });
    expect(await send("GET", accessToken)).toEqual(before);
  });

  it("takes the picture away, by who has it", async () => {
    const { accessToken } = await tokenOf();

    expect(await send("DELETE", accessToken)).toMatchObject({ status: 200, body: { url: null } });
    expect((await tokenOf()).claims["picture"]).toMatch(/cloudfront\.net\/d\//);
  });

  it.runIf(isRare)("follows a secret that was rotated in the tenant, and changes nothing else", async () => {
    const { management, edge, workspace } = sandbox();
    const { data } = await management.clients.list();
    const writer = data.find(({ name }) => name?.includes("-writer-"))?.client_id ?? expect.fail("there is no writer");
    const rotated = "a-rotated-secret-of-more-than-forty-eight-characters-in-all";
    await management.clients.update(writer, { client_secret: rotated });
    const secrets = () => {
      const { parameters } = edgeState() as { parameters: Record<string, unknown> };
      return Object.keys(parameters).map((name) => edge.controlPlane.getParameter(name)?.value);
    };
    expect(secrets()).not.toContain(rotated);
    const { changes } = await workspace.up({ config, refresh: true, skipPreview: true });

    expect(secrets()).toContain(rotated);
    expect(changes).toMatchObject({ create: 0, update: 1, delete: 0, replace: 0 });
  });

  it("logs what it did, without the user", () => {
    const { controlPlane } = sandbox().edge;
    const groups = controlPlane.logGroupNames().map((name) => ({ name, lines: controlPlane.filterLogEvents(name) }));
    const linesOf = (part: string) => groups.find(({ name }) => name.includes(part))?.lines ?? [];
    const lines = [...linesOf("-upload-logs"), ...linesOf("-access-logs")];

    expect([linesOf("-upload-logs"), linesOf("-access-logs")]).not.toContainEqual([]);
    expect(lines.filter(({ message }) => message.includes(userId))).toEqual([]);
  });

  describe("forgets a user who is deleted, with every version, at the edge too", () => {
    /** A new user's picture, and what there is of it in the bucket. */
    const pictureOf = async (email: string) => {
      const { management } = sandbox();
      const { user_id: id = "" } = await management.users.create({ connection, email, password: "Aa1-aaaaaaaa" });
      const asked = { connection, loginHint: email, scope: `openid ${scope}`, audience };
      const photo = await photos["a JPEG that lies on its side, with GPS and a profile"]?.();
      const { body } = await send("PUT", (await sandbox().logIn(asked)).accessToken, photo);
      const folder = new URL(String(body.url)).pathname.slice(1).replace(/[^/]+$/, "");
      const urls = [String(body.url), ...Object.values(body.variants ?? {})];
      // So that the edge has them.
      expect(await statusesOf(urls)).toEqual(urls.map(() => 200));
      return { id, urls, folder };
    };
    /** The keys of all versions in a folder. */
    const versionsIn = (folder: string) => {
      const { buckets } = edgeState() as { buckets: Record<string, { objects: object; noncurrentVersions?: object }> };
      return Object.values(buckets)
        .flatMap(({ objects, noncurrentVersions = {} }) => [
          ...Object.keys(objects),
          ...Object.keys(noncurrentVersions),
        ])
        .filter((key) => key.startsWith(folder));
    };
    const statusesOf = async (urls: readonly string[]) =>
      Promise.all(urls.map(async (url) => (await sandbox().edge.fetch(url)).status));
    /** Has the bucket say of what the sweep has noted that it is older than the longest run. */
    const ageNotes = () => {
      const { controlPlane } = sandbox().edge;
      const { buckets } = edgeState() as { buckets: Record<string, { objects: object }> };
      vi.useFakeTimers({ toFake: ["Date"], now: Date.now() - 21 * 60_000 });
      onTestFinished(() => void vi.useRealTimers());
      const notes = Object.entries(buckets).flatMap(([bucket, { objects }]) =>
        Object.keys(objects)
          .filter((key) => key.startsWith("sweep/gone/"))
          .map((key) => controlPlane.putObject(bucket, key, controlPlane.getObject(bucket, key), {})),
      );
      vi.useRealTimers();
      return notes.length;
    };
    const ofSweep = (names: readonly { readonly name: string }[], part: string) =>
      names.find(({ name }) => name.includes(part))?.name ?? "";
    const sweep = async () => {
      const { controlPlane } = sandbox().edge;
      await sandbox().aws.events.fireSchedule(ofSweep(controlPlane.listRules(), "-schedule"));
    };
    const alarm = (part: string, at?: number) =>
      sandbox().aws.alarmState(ofSweep(sandbox().edge.controlPlane.listAlarms(), part), at);

    it("by the sweep alone, which keeps everybody else's", async () => {
      const [gone, kept] = [await pictureOf("gone@example.com"), await pictureOf("kept@example.com")];
      await sandbox().management.users.delete(gone.id);
      const invalidated = vi.spyOn(sandbox().edge.controlPlane, "createInvalidation");
      onTestFinished(() => invalidated.mockRestore());
      invalidated.mockImplementationOnce(() => {
        const message = "TooManyInvalidationsInProgress: Processing your request will cause you to exceed the maximum.";
        throw new AwsError("TooManyInvalidationsInProgress", message, 400);
      });
      await sweep();
      // What the bucket forgets the edge still has, and a later run tells it so.
      expect(versionsIn(gone.folder)).toEqual([]);
      expect(await statusesOf(gone.urls)).toEqual(gone.urls.map(() => 200));
      expect(ageNotes()).toBe(1);
      const hour = 3_600_000;
      // An alarm counts in whole hours of the clock.
      const begun = Math.floor(Date.now() / hour) * hour;
      await sweep();
      expect(await statusesOf(gone.urls)).toEqual(gone.urls.map(() => 404));
      expect(invalidated.mock.calls.map(([, items]) => items)).toEqual(Array(2).fill([expect.stringMatching(/^#u:/)]));
      expect(ageNotes()).toBe(0);
      const ofOther = await Promise.all(kept.urls.map((url) => sandbox().edge.fetch(url)));
      expect(ofOther.map(({ headers }) => headers.get("x-cache"))).toEqual(ofOther.map(() => "Hit from cloudfront"));
      expect(versionsIn(kept.folder).length).toBeGreaterThanOrEqual(3);
      expect(sandbox().edge.controlPlane.queueMessages(deadLetters())).toEqual([]);
      expect(alarm("-dead-letters-alarm")).toBe("OK");
      // It said how far behind it is. Hours later, without a sweep, somebody is told.
      const states = [Date.now(), begun + 3 * hour - 1, begun + 10 * hour].map((at) => alarm("-sweep-alarm", at));
      expect(states).toEqual(["INSUFFICIENT_DATA", "OK", "ALARM"]);
    });

    // Two more of the longest deployments.
    it.runIf(isRare)("and by the event, of an application that signs by a key", async () => {
      const uploads = { ...config.uploads, eventStream: true, clientAuthentication: "private_key_jwt" };
      await sandbox().workspace.up({ config: { ...config, uploads }, skipPreview: true });
      const { changes } = await sandbox().workspace.preview({ config: { ...config, uploads } });
      expect(changes).toMatchObject({ create: 0, update: 0, delete: 0, replace: 0 });
      const gone = await pictureOf("soon-gone@example.com");
      // At least once.
      sandbox().tenant.faults.disturbEvent("duplicate", { type: "user.deleted" });
      await sandbox().management.users.delete(gone.id);
      await sandbox().tenant.eventStreams.delivered();
      // The pass of today is over: the run does what the event has noted, and nothing else.
      await sweep();
      expect(versionsIn(gone.folder)).toEqual([]);
      expect(await statusesOf(gone.urls)).toEqual(gone.urls.map(() => 404));
      expect(sandbox().edge.controlPlane.queueMessages(deadLetters())).toEqual([]);
      expect(sandbox().aws.events.lost).toEqual([]);
    });

    const deadLetters = () => {
      const { queues } = edgeState() as { queues: Record<string, unknown> };
      return Object.keys(queues)[0] ?? "";
    };
  });

  it("leaves nothing of it", async () => {
    await sandbox().workspace.destroy({ config });

    // The key of the application that signs by one is there for some days yet, and can do nothing.
    const { signingKeys, ...left } = edgeState() as { signingKeys: Record<string, { state: string }> };
    expect({ ...left, signingKeys: {} }).toEqual(before.edge);
    expect(Object.values(signingKeys).map(({ state }) => state)).toEqual(
      isRare ? ["PendingDeletion", "PendingDeletion"] : [],
    );
    expect(tenantState()).toEqual(before.tenant);
    await expect(sandbox().aws.fetch(endpoint)).rejects.toThrow("fetch failed");
  });
});
