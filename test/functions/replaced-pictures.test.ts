// What becomes of users' pictures by the rules that a store declares, day by day: the upload function and the sweep
// with their own clients, against the sandbox's S3 and tenant, and S3's lifecycle runs.
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { ManagementClient } from "auth0";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { userFolder } from "../../components/picture-store/image.ts";
import { lifecycleRules } from "../../components/picture-store/lifecycle-rules.ts";
import { handleRequest } from "../../functions/picture-upload/handle-request.ts";
import { requestPace } from "../../functions/picture-sweep/request-pace.ts";
import { sweepBucket } from "../../functions/picture-sweep/sweep-bucket.ts";
import { tenantUsers } from "../../functions/picture-sweep/tenant-users.ts";
import { deadlineOf } from "../../functions/services/deadline.ts";
import { machineToken } from "../../functions/services/machine-token.ts";
import { s3ObjectStore } from "../../functions/services/object-store.ts";
import { namedStem, stemOf } from "../../functions/services/user-folder.ts";
import { userMetadata } from "../../functions/services/user-metadata.ts";
import type { LifecycleRule } from "../../sandbox/edge/edge-state.ts";
import { startTenant } from "../../sandbox/tenant/tenant.ts";
import type { Tenant } from "../../sandbox/tenant/tenant.ts";
import { bucketName, region, runS3 } from "../sandbox/edge/running-s3.ts";
import { withSigningKey } from "../sandbox/tenant/signing-key.ts";

const connection = "Username-Password-Authentication";
const userId = "auth0|ada";
const folder = userFolder(userId);
const replacedPictureDays = 30;
const s3 = runS3();
let tenant: Tenant;
let management: ManagementClient;
let tokens: { reader: ReturnType<typeof machineToken>; writer: ReturnType<typeof machineToken> };
const secrets = new Map<string, string>();

/** In the middle of a day, so that a test does not run over a midnight. */
const start = Date.UTC(2027, 0, 1, 12);
const day = 24 * 60 * 60_000;
/** The clock of S3, Auth0 and the functions. @param time of the day, in hours */
const atDay = (count: number, time = 12) => vi.setSystemTime(start + count * day + (time - 12) * 60 * 60_000);

beforeAll(async () => {
  const connections = [{ name: connection, strategy: "auth0" }];
  const folder = await withSigningKey(join(s3.folder, "tenant"));
  tenant = await startTenant({ folder, certificate: s3.certificate, connections });
  management = new ManagementClient({ domain: tenant.domain, ...tenant.managementClient, fetch: s3.fetch });
  const tokenOf = (scope: string) => {
    const { clientId, clientSecret } = tenant.createManagementClient([scope]);
    secrets.set(scope, clientSecret);
    return machineToken({ clientId, secretParameter: scope });
  };
  tokens = { reader: tokenOf("read:users"), writer: tokenOf("update:users") };
});
afterAll(() => tenant.close());
beforeEach(async () => {
  atDay(0);
  const rules = lifecycleRules({ replacedPictureDays }) as LifecycleRule[];
  s3.edge.controlPlane.putBucketLifecycle(bucketName, rules);
  await management.users.create({ connection, user_id: "ada", email: "ada@example.com", password: "Aa1-aaaaaaaa" });
});
afterEach(async () => {
  await management.users.delete(userId);
  vi.useRealTimers();
  for (const key of s3.edge.controlPlane.listObjectVersions(bucketName))
    s3.edge.controlPlane.deleteObjectVersions(bucketName, key);
});

function access(credentials: { accessKeyId: string; secretAccessKey: string }) {
  const deadline = deadlineOf(() => 600_000);
  const proofs = { readSecret: async (scope: string) => secrets.get(scope) ?? "", sign: async () => Buffer.of() };
  const { endpoint, fetch } = s3;
  return {
    deadline,
    store: s3ObjectStore({ bucket: bucketName, region, endpoint, credentials: () => credentials, deadline, fetch }),
    toTenant: { domain: tenant.domain, proofs, deadline, fetch },
  };
}

/** @returns what all of its objects' keys begin with */
async function upload(picture: string): Promise<string> {
  const { store, toTenant } = access(s3.uploader);
  const event = {
    headers: {},
    body: picture,
    isBase64Encoded: false,
    requestContext: { http: { method: "PUT" }, authorizer: { jwt: { claims: { sub: userId } } } },
  };
  const { statusCode, body } = await handleRequest(event, {
    store,
    metadata: userMetadata({ ...toTenant, ...tokens }),
    processPicture: async (bytes) => ({
      webp: bytes,
      smallWebp: Buffer.concat([bytes, Buffer.from(", small")]),
      jpeg: Buffer.concat([bytes, Buffer.from(", as a JPEG")]),
    }),
    baseUrl: "https://pictures.example.com/",
    maxPictures: 50,
    writesBack: true,
    log: (line) => expect.fail(JSON.stringify(line)),
  });
  expect(statusCode).toBe(200);
  return namedStem(userId, (JSON.parse(body) as { url: string }).url) ?? expect.fail(body);
}

async function sweep(): Promise<void> {
  const { store, deadline, toTenant } = access(s3.sweeper);
  await sweepBucket({
    ...{ store, deadline, lastStore: store, edge: undefined, searchLag: 0, replacedDays: undefined },
    users: tenantUsers(tokens.reader, { ...toTenant, pace: requestPace(1000, deadline) }),
    now: Date.now,
    log: (line) => expect.fail(JSON.stringify(line)),
    report: () => undefined,
  });
}

/** S3's runs from one day to another, each a little after midnight. */
function runLifecycle(from: number, to: number, afterRun: (count: number) => void = () => undefined): void {
  for (let count = from; count <= to; count += 1) {
    atDay(count, 0.2);
    s3.edge.controlPlane.applyLifecycle(bucketName, new Date());
    afterRun(count);
  }
}

/** What the bucket has of a picture, with what S3 lists. */
async function kept(stem: string) {
  const { versions } = await access(s3.sweeper).store.listVersions(stem);
  const of = versions.filter(({ key }) => stemOf(key) === stem);
  const current = of.filter(({ isLatest, isMarker }) => isLatest && !isMarker);
  const states = current.map(({ key }) => s3.edge.controlPlane.headObject(bucketName, key)?.tags?.["state"]);
  const markers = of.filter(({ isMarker }) => isMarker).length;
  return { current: states, markers, earlier: of.length - current.length - markers };
}

const named = { current: ["set", "set", "set"], markers: 0, earlier: 0 };
const nothing = { current: [], markers: 0, earlier: 0 };

describe("a picture that is replaced", () => {
  it("goes after its days, then its versions and its markers, and the named one stays", async () => {
    const [replaced, stays] = [await upload("a"), await upload("b")];
    const isShown = (stem: string) => s3.edge.controlPlane.headObject(bucketName, `${stem}.webp`) !== undefined;
    const hasKey = (stem: string) =>
      s3.edge.controlPlane.listObjectVersions(bucketName).some((key) => key.startsWith(stem));
    const shown: number[] = [];
    const left: number[] = [];
    runLifecycle(1, 60, (count) => {
      if (isShown(replaced)) shown.push(count);
      if (hasKey(replaced)) left.push(count);
      expect(isShown(stays), `day ${count}`).toBe(true);
    });

    // The days are rounded up to midnight.
    expect(shown.at(-1)).toBe(replacedPictureDays);
    expect(left.at(-1)).toBe(replacedPictureDays + 1 + 7);
    expect(await kept(replaced)).toEqual(nothing);
    expect(await kept(stays)).toEqual(named);
    expect(readdirSync(join(s3.folder, "edge", "objects"))).toHaveLength(3);
  });

  it("stays if it is uploaded again before, and the other goes", async () => {
    const [first, second] = [await upload("a"), await upload("b")];
    runLifecycle(1, 20);
    atDay(20);
    expect(await upload("a")).toBe(first);
    runLifecycle(21, 20 + replacedPictureDays);
    expect(await kept(second)).toMatchObject({ current: ["replaced", "replaced", "replaced"] });
    runLifecycle(21 + replacedPictureDays, 100);

    expect(await kept(first)).toEqual(named);
    expect(await kept(second)).toEqual(nothing);
  });

  it("can be uploaded again over its markers, which go then", async () => {
    const first = await upload("a");
    await upload("b");
    runLifecycle(1, 32);
    expect(await kept(first)).toEqual({ current: [], markers: 3, earlier: 3 });
    atDay(32);
    expect(await upload("a")).toBe(first);
    expect(await kept(first)).toMatchObject({ current: ["set", "set", "set"], markers: 3 });
    runLifecycle(33, 100);

    expect(await kept(first)).toEqual(named);
  });
});

describe("the folder of a deleted user", () => {
  it.each([
    ["a picture and markers", "b"],
    ["markers over earlier versions alone", undefined],
  ])("is erased with %s in it", async (_, next) => {
    const first = await upload("a");
    if (next === undefined) {
      await management.users.update(userId, { user_metadata: {} });
      atDay(1);
      await sweep();
    } else await upload(next);
    runLifecycle(2, 35);
    expect(await kept(first)).toEqual({ current: [], markers: 3, earlier: 3 });
    atDay(35);
    await management.users.delete(userId);
    await sweep();

    const left = s3.edge.controlPlane.listObjectVersions(bucketName);
    expect(left.filter((key) => key.startsWith(folder))).toEqual([]);
    expect(readdirSync(join(s3.folder, "edge", "objects")).length).toBeLessThanOrEqual(3);
  });
});
