// The sweep's own file in a process, as it is deployed, with the sandbox's S3 and tenant: by a schedule, and by Auth0's
// event. A parameter store and CloudFront answer as AWS does.
import { fork } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join, resolve } from "node:path";
import { ManagementClient } from "auth0";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { cacheTag, userFolder } from "../../components/picture-store/image.ts";
import { UploadState, uploadTags } from "../../components/picture-store/picture-tags.ts";
import { startTenant } from "../../sandbox/tenant/tenant.ts";
import type { Tenant } from "../../sandbox/tenant/tenant.ts";
import { bucketName, region, runS3 } from "../sandbox/edge/running-s3.ts";
import { withSigningKey } from "../sandbox/tenant/signing-key.ts";

const connection = "Username-Password-Authentication";
const schedule = { source: "aws.events", "detail-type": "Scheduled Event", detail: {} };
const deletion = (userId: string) => ({
  source: "aws.partner/auth0.com/example-1234/auth0.events",
  detail: { type: "user.deleted", data: { object: { user_id: userId } } },
});
const s3 = runS3();
let tenant: Tenant;
let management: ManagementClient;
let aws: Server;
let child: ChildProcess;
let log = "";
const invalidations: string[] = [];

beforeAll(async () => {
  const connections = [{ name: connection, strategy: "auth0" }];
  const folder = await withSigningKey(join(s3.folder, "tenant"));
  tenant = await startTenant({ folder, certificate: s3.certificate, connections });
  management = new ManagementClient({ domain: tenant.domain, ...tenant.managementClient, fetch: s3.fetch });
  const { clientId, clientSecret } = tenant.createManagementClient(["read:users"]);
  aws = createServer((request, response) => {
    void request.toArray().then((chunks) => {
      const body = Buffer.concat(chunks as Buffer[]).toString();
      const { authorization = "" } = request.headers;
      if (authorization.includes(`/${region}/ssm/aws4_request`))
        return response.end(JSON.stringify({ Parameter: { Value: clientSecret } }));
      const isSigned = authorization.includes("/us-east-1/cloudfront/aws4_request");
      invalidations.push(`${isSigned ? "" : "unsigned "}${request.method} ${request.url} ${body}`);
      return response.writeHead(201).end("<Invalidation><Id>I1</Id></Invalidation>");
    });
  });
  aws.listen(0, "127.0.0.1");
  await once(aws, "listening");
  const endpoint = `http://127.0.0.1:${(aws.address() as AddressInfo).port}`;
  child = fork(resolve("test/functions/sweep-process.ts"), [resolve("functions/dist/sweep.cjs")], {
    env: {
      PICTURE_BUCKET: bucketName,
      AUTH0_DOMAIN: tenant.domain,
      READER_CLIENT_ID: clientId,
      READER_SECRET_PARAMETER: "/reader",
      DISTRIBUTION_ID: "E1EXAMPLE",
      SWEEP_REQUESTS_PER_SECOND: "50",
      SEARCH_LAG_SECONDS: "0",
      AWS_LAMBDA_FUNCTION_NAME: "sweep",
      AWS_REGION: region,
      AWS_ACCESS_KEY_ID: s3.sweeper.accessKeyId,
      AWS_SECRET_ACCESS_KEY: s3.sweeper.secretAccessKey,
      AWS_ENDPOINT_URL_S3: s3.endpoint,
      AWS_ENDPOINT_URL_SSM: endpoint,
      AWS_ENDPOINT_URL_CLOUDFRONT: endpoint,
      NODE_EXTRA_CA_CERTS: s3.certificate.caFile,
    },
    stdio: ["ignore", "pipe", "pipe", "ipc"],
  });
  for (const stream of [child.stdout, child.stderr]) stream?.on("data", (data: Buffer) => (log += data.toString()));
});
afterAll(async () => {
  if (child.exitCode === null && child.kill()) await once(child, "exit");
  aws.close();
  await tenant.close();
});
afterEach(() => {
  for (const key of s3.edge.controlPlane.listObjectVersions(bucketName))
    s3.edge.controlPlane.deleteObjectVersions(bucketName, key);
  log = "";
  invalidations.length = 0;
});

/** @returns the error's text, if it throws */
async function invoke(event: object, remaining = 600_000): Promise<string | undefined> {
  child.send({ event, remaining });
  const [{ error }] = (await once(child, "message")) as [{ error?: string }];
  return error;
}

async function newUser(id: string) {
  await management.users.create({ connection, user_id: id, email: `${id}@example.com`, password: "Aa1-aaaaaaaa" });
  return `auth0|${id}`;
}

/** A picture of the user's, as an upload has left it. */
function putPicture(userId: string, name: string, state: UploadState, versions = 1): string {
  const stem = `${userFolder(userId)}${name.repeat(64)}`;
  for (const key of [`${stem}.webp`, `${stem}-96.webp`, `${stem}.jpg`])
    for (let version = 0; version < versions; version += 1)
      s3.edge.controlPlane.putObject(bucketName, key, Buffer.from(key), { tags: uploadTags(userId, state) });
  return `https://pictures.example.com/${stem}.webp`;
}

const keysOf = (userId: string) =>
  s3.edge.controlPlane.listObjectVersions(bucketName).filter((key) => key.startsWith(userFolder(userId)));
const stateOf = (url: string) =>
  s3.edge.controlPlane.headObject(bucketName, new URL(url).pathname.slice(1))?.tags?.["state"];

describe("the sweep's file", () => {
  it("erases a user who is gone, and settles the others", async () => {
    const [ada, grace] = [await newUser("ada"), await newUser("grace")];
    const [before, named] = [putPicture(grace, "a", UploadState.Set), putPicture(grace, "b", UploadState.Replaced)];
    // As a write that Auth0 carried out after its caller had given it up.
    await management.users.update(grace, { user_metadata: { picture: named } });
    putPicture(ada, "a", UploadState.Set, 3);
    await management.users.delete(ada);

    expect(await invoke(schedule)).toBeUndefined();
    expect(keysOf(ada)).toEqual([]);
    expect([stateOf(before), stateOf(named)]).toEqual(["replaced", "set"]);
    expect(invalidations).toEqual([
      expect.stringMatching(
        `^POST /2020-05-31/distribution/E1EXAMPLE/invalidation .*<Path>#${cacheTag(ada)}</Path>.*</InvalidationBatch>$`,
      ),
    ]);
    const position = s3.edge.controlPlane.getObject(bucketName, "sweep/position.json").toString();
    expect(JSON.parse(position)).toMatchObject({ counts: { folders: 2, asked: 1, gone: 1 }, failed: [] });
    await expect.poll(() => log).toMatch(/"FunctionName":"sweep","SweepsCompleted":1,.*"HoursBehind":0/);
    // A day later it goes on; until then it rests.
    expect(await invoke(schedule)).toBeUndefined();
    expect(invalidations).toHaveLength(1);
    await management.users.delete(grace);
  });

  it("erases in its next run the user whom an event names, unless the user is there or linked to another", async () => {
    const [gone, there] = [await newUser("gone"), await newUser("there")];
    const [secondary, primary] = [await newUser("secondary"), await newUser("primary")];
    for (const id of [gone, there, secondary]) putPicture(id, "a", UploadState.Set);
    const url = putPicture(secondary, "b", UploadState.Set);
    await management.users.update(primary, { user_metadata: { picture: url } });
    await management.users.identities.link(primary, { provider: "auth0", user_id: "secondary" });
    await management.users.delete(gone);

    for (const id of [gone, there, secondary, "auth0|nobody"]) expect(await invoke(deletion(id))).toBeUndefined();
    expect(keysOf(gone)).toHaveLength(3);
    expect(await invoke(schedule)).toBeUndefined();
    expect(keysOf(gone)).toEqual([]);
    expect(keysOf(there)).toHaveLength(3);
    expect(stateOf(url)).toBe("set");
    expect(stateOf(url.replaceAll("b".repeat(64), "a".repeat(64)))).toBe("replaced");
    expect(invalidations).toHaveLength(1);
    expect(log).not.toMatch(/auth0\|/);
    for (const id of [there, primary]) await management.users.delete(id);
  });

  it("fails where it has no time, or is told of nobody, so that it is called again", async () => {
    expect(await invoke(deletion("auth0|ada"), 20_000)).toContain("DeadlineError");
    expect(await invoke({ ...deletion(""), detail: { type: "user.deleted" } })).toContain("names no user");
    expect(await invoke({ ...deletion(""), detail: { type: "user.deleted", a0purpose: "test" } })).toBeUndefined();
    await expect.poll(() => log).toContain('"code":"ignored_event"');
  });

  it("is small, and has no decoder in it", () => {
    const text = readFileSync("functions/dist/sweep.cjs", "utf8");

    expect(text.length).toBeLessThan(60_000);
    expect(text).not.toContain("sharp");
  });
});
