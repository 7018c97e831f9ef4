// An upload that is cut off before or after each of its calls, with the function's own clients, against the sandbox's
// S3 and tenant: what the metadata names is there and stays, and the next upload or a sweep lets go the others.
import { join } from "node:path";
import { ManagementClient } from "auth0";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { deadlineOf } from "../../functions/services/deadline.ts";
import { handleRequest } from "../../functions/picture-upload/handle-request.ts";
import { machineToken } from "../../functions/services/machine-token.ts";
import { s3ObjectStore } from "../../functions/services/object-store.ts";
import { longestUpload, namedStem, settleFolder, stemOf } from "../../functions/services/user-folder.ts";
import { userMetadata } from "../../functions/services/user-metadata.ts";
import { startTenant } from "../../sandbox/tenant/tenant.ts";
import type { Tenant } from "../../sandbox/tenant/tenant.ts";
import { bucketName, region, runS3 } from "../sandbox/edge/running-s3.ts";

const connection = "Username-Password-Authentication";
const userId = "auth0|ada";
const s3 = runS3();
let tenant: Tenant;
let management: ManagementClient;
let tokens: { reader: ReturnType<typeof machineToken>; writer: ReturnType<typeof machineToken> };
const secrets = new Map<string, string>();

beforeAll(async () => {
  const connections = [{ name: connection, strategy: "auth0" }];
  tenant = await startTenant({ folder: join(s3.folder, "tenant"), certificate: s3.certificate, connections });
  management = new ManagementClient({ domain: tenant.domain, ...tenant.managementClient, fetch: s3.fetch });
  await management.users.create({ connection, user_id: "ada", email: "ada@example.com", password: "Aa1-aaaaaaaa" });
  const tokenOf = (scope: string) => {
    const { clientId, clientSecret } = tenant.createManagementClient([scope]);
    secrets.set(scope, clientSecret);
    return machineToken({ clientId, secretParameter: scope });
  };
  tokens = { reader: tokenOf("read:users"), writer: tokenOf("update:users") };
});
afterAll(() => tenant.close());
beforeEach(async () => {
  for (const key of s3.edge.controlPlane.listObjectVersions(bucketName))
    s3.edge.controlPlane.deleteObjectVersions(bucketName, key);
  await management.users.update(userId, { user_metadata: {} });
});

function servicesBy(fetch: typeof globalThis.fetch) {
  const deadline = deadlineOf(() => 600_000);
  const credentials = () => s3.uploader;
  const proofs = { readSecret: async (scope: string) => secrets.get(scope) ?? "", sign: async () => Buffer.of() };
  return {
    store: s3ObjectStore({ bucket: bucketName, region, endpoint: s3.endpoint, credentials, deadline, fetch }),
    metadata: userMetadata({ domain: tenant.domain, ...tokens, proofs, deadline, fetch }),
  };
}

function upload(picture: string, fetch: typeof globalThis.fetch, method = "PUT") {
  const event = {
    headers: {},
    body: picture,
    isBase64Encoded: false,
    requestContext: { http: { method }, authorizer: { jwt: { claims: { sub: userId } } } },
  };
  return handleRequest(event, {
    ...servicesBy(fetch),
    processPicture: async (bytes) => ({ webp: bytes, smallWebp: bytes, jpeg: bytes }),
    baseUrl: "https://pictures.example.com/",
    maxPictures: 50,
    writesBack: true,
    log: () => undefined,
  });
}

/** Until nothing of it happens any more: it is done, or its call of that number is the last, or is not even sent. */
async function uploadUntil(last: number, isSent: boolean, picture: string, method?: string): Promise<number> {
  let calls = 0;
  const { promise, resolve } = Promise.withResolvers<undefined>();
  const cutting = (async (url, init) => {
    const number = calls++;
    if (number > last || (number === last && !isSent)) {
      resolve(undefined);
      return new Promise(() => undefined);
    }
    const response = await s3.fetch(url, init);
    if (number < last) return response;
    resolve(undefined);
    return new Promise(() => undefined);
  }) as typeof fetch;
  await Promise.race([promise, upload(picture, cutting, method)]);
  return calls;
}

async function outcome() {
  const named = namedStem(userId, (await management.users.get(userId)).user_metadata?.["picture"]);
  const keys = Object.keys(s3.edge.controlPlane.getBucket(bucketName)?.objects ?? {});
  const states = (wanted: boolean) => {
    const those = keys.filter((key) => (stemOf(key) === named) === wanted);
    return new Set(those.map((key) => s3.edge.controlPlane.headObject(bucketName, key)?.tags?.["state"]));
  };
  const isNamed = named !== undefined;
  const objects = keys.filter((key) => isNamed && stemOf(key) === named).length;
  return { isNamed, objects, named: states(true), others: states(false) };
}

/** As a sweep does, once every upload is over. */
async function sweep() {
  const { store, metadata } = servicesBy(s3.fetch);
  await settleFolder(store, userId, () => metadata.readPictures(userId), Date.now() + longestUpload + 2000);
}

describe("an upload over another, and over the same one", () => {
  const rows = [
    ["b", "PUT"],
    ["", "DELETE"],
    ["a", "PUT"],
  ] as const;
  it.each(rows)("can be cut off anywhere: %j by %s", async (picture, method) => {
    const whole = await uploadUntil(Infinity, true, "a").then(() => uploadUntil(Infinity, true, picture, method));
    expect(whole).toBeGreaterThan(5);

    for (const last of Array(whole).keys())
      for (const isSent of [false, true]) {
        await uploadUntil(Infinity, true, "a");
        await uploadUntil(last, isSent, picture, method);
        const where = `call ${last}, ${isSent ? "sent" : "not sent"}`;
        const { isNamed, objects, named } = await outcome();
        expect(objects, where).toBe(isNamed ? 3 : 0);
        expect(named, where).not.toContain("replaced");
        await sweep();
        const after = await outcome();
        expect([...after.named], where).toEqual(isNamed ? ["set"] : []);
        expect(
          [...after.others].filter((state) => state !== "replaced"),
          where,
        ).toEqual([]);
      }
  });
});
