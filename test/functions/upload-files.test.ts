// The upload function as it is deployed: its three files, with sharp's WebAssembly build, against the sandbox's S3 and
// tenant.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { ManagementClient } from "auth0";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { userFolder } from "../../components/picture-store/image.ts";
import type { HttpEvent } from "../../functions/picture-upload/http-event.ts";
import { startTenant } from "../../sandbox/tenant/tenant.ts";
import type { Tenant } from "../../sandbox/tenant/tenant.ts";
import { bucketName, region, runS3 } from "../sandbox/edge/running-s3.ts";
import { runFunction } from "./running-function.ts";
import type { RunningFunction } from "./running-function.ts";
import { photos, refused, secret } from "./source-pictures.ts";
import { these } from "../rare.ts";

const connection = "Username-Password-Authentication";
const userId = "auth0|ada";
const baseUrl = "https://d111111abcdef8.cloudfront.net/";
const s3 = runS3();

let tenant: Tenant;
let management: ManagementClient;
let running: RunningFunction;

beforeAll(async () => {
  const folder = join(s3.folder, "tenant");
  const connections = [{ name: connection, strategy: "auth0" }];
  tenant = await startTenant({ folder, certificate: s3.certificate, connections });
  management = new ManagementClient({ domain: tenant.domain, ...tenant.managementClient, fetch: s3.fetch });
  await createUser();
  running = await start();
});
afterAll(async () => {
  await running.close();
  await tenant.close();
});

const createUser = () =>
  management.users.create({ connection, user_id: "ada", email: "ada@example.com", password: "Aa1-aaaaaaaa" });

function start(environment: Readonly<Record<string, string>> = {}): Promise<RunningFunction> {
  const [reader, writer] = [["read:users"], ["update:users"]].map((scopes) => tenant.createManagementClient(scopes));
  return runFunction(
    {
      PICTURE_BUCKET: bucketName,
      PICTURE_BASE_URL: baseUrl,
      AUTH0_DOMAIN: tenant.domain,
      READER_CLIENT_ID: reader?.clientId ?? "",
      READER_SECRET_PARAMETER: "/reader",
      WRITER_CLIENT_ID: writer?.clientId ?? "",
      WRITER_SECRET_PARAMETER: "/writer",
      // On a busy machine everything takes long.
      MAX_SECONDS: "300",
      AWS_REGION: region,
      AWS_ACCESS_KEY_ID: s3.uploader.accessKeyId,
      AWS_SECRET_ACCESS_KEY: s3.uploader.secretAccessKey,
      AWS_ENDPOINT_URL_S3: s3.endpoint,
      NODE_EXTRA_CA_CERTS: s3.certificate.caFile,
      ...environment,
    },
    { "/reader": reader?.clientSecret ?? "", "/writer": writer?.clientSecret ?? "" },
  );
}

const eventOf = (method: string, body?: Uint8Array, more: Partial<HttpEvent> = {}): HttpEvent => ({
  headers: {},
  ...(body && { body: Buffer.from(body).toString("base64") }),
  isBase64Encoded: true,
  requestContext: { requestId: "r1", http: { method }, authorizer: { jwt: { claims: { sub: userId } } } },
  ...more,
});

async function answerTo(event: HttpEvent, remaining?: number) {
  const { statusCode, body } = await running.invoke(event, remaining);
  return { status: statusCode, body: JSON.parse(body) as Record<string, unknown> };
}

/** Small, where what is asked is not what the decoder makes of it. */
const plain = (background: string) =>
  sharp({ create: { width: 70, height: 70, channels: 3, background } })
    .png()
    .toBuffer();
const photo = () => plain("#456");
const bytesOf = (key: string) => {
  const { sha256 = "" } = s3.edge.controlPlane.headObject(bucketName, key) ?? {};
  return readFileSync(join(s3.folder, "edge", "objects", sha256));
};
const pictureOf = async () => (await management.users.get(userId)).user_metadata?.["picture"];

describe("the function's files", () => {
  it.each(these(photos, "a JPEG that lies on its side, with GPS and a profile"))(
    "store %s as clean pictures, the same each time",
    async (_, make) => {
      const event = eventOf("PUT", await make());
      const { status, body } = await answerTo(event);

      expect(status).toBe(200);
      expect(await pictureOf()).toBe(body["url"]);
      const key = String(body["url"]).replace(baseUrl, "");
      expect(key).toMatch(new RegExp(`^${userFolder(userId)}[0-9a-f]{64}\\.webp$`));
      for (const [suffix, format, side] of [
        [".webp", "webp", 480],
        ["-96.webp", "webp", 96],
        [".jpg", "jpeg", 480],
      ] as const) {
        const bytes = bytesOf(key.replace(".webp", suffix));
        const { exif, icc, xmp, ...read } = await sharp(bytes).metadata();
        expect(read).toMatchObject({ format, width: side, height: side, space: "srgb" });
        expect({ exif, icc, xmp }).toEqual({});
        expect(bytes.includes(secret)).toBe(false);
      }
      expect((await answerTo(event)).body).toEqual(body);
    },
  );

  it.each(
    these(refused, "a HEIC photo", "half a JPEG", "a PNG of 400 million pixels", "a JPEG of more than 100 scans"),
  )("refuse %s, and serve the next", async (_, [code, make]) => {
    const before = s3.edge.controlPlane.listObjectVersions(bucketName);
    const { status, body } = await answerTo(eventOf("PUT", await make()));

    expect(body).toEqual({ code, message: expect.any(String) as string, whatToDo: expect.any(String) as string });
    expect(status).toBeGreaterThanOrEqual(400);
    expect(s3.edge.controlPlane.listObjectVersions(bucketName)).toEqual(before);
  });

  it("end a picture at its time limit, and serve the next", async () => {
    // What is left for it is 10 ms, and the decoder alone takes longer to be loaded.
    expect(await answerTo(eventOf("PUT", await photo()), 4510)).toMatchObject({ body: { code: "too_complex" } });
    expect(await answerTo(eventOf("PUT", await photo()))).toMatchObject({ status: 200 });
  });

  it("take the one file of a form", async () => {
    const form = new FormData();
    form.set("note", "mine");
    form.set("picture", new Blob([Uint8Array.from(await photo())]), "me.png");
    const request = new Response(form);
    const headers = { "content-type": request.headers.get("content-type") ?? "" };
    const event = eventOf("PUT", await request.bytes(), { headers });

    expect(await answerTo(event)).toMatchObject({ status: 200 });
    form.append("picture", new Blob(["x"]), "other.jpg");
    const two = new Response(form);
    const twoFiles = { "content-type": two.headers.get("content-type") ?? "" };
    expect(await answerTo(eventOf("PUT", await two.bytes(), { headers: twoFiles }))).toMatchObject({
      body: { code: "not_one_picture" },
    });
    expect(await answerTo(eventOf("PUT", Buffer.from("--x"), { headers }))).toMatchObject({
      body: { code: "unreadable_request" },
    });
  });

  it.each([{ sub: "client@clients" }, { sub: userId, gty: "client-credentials" }, { sub: " " }, {}])(
    "refuse a token of no user: %o",
    async (claims) => {
      const requestContext = { http: { method: "PUT" }, authorizer: { jwt: { claims } } };

      expect(await answerTo(eventOf("PUT", await photo(), { requestContext }))).toMatchObject({ status: 403 });
    },
  );

  it("tell the picture, and take its name away", async () => {
    const { body } = await answerTo(eventOf("PUT", await photo()));

    expect(await answerTo(eventOf("GET"))).toEqual({ status: 200, body });
    expect(await answerTo(eventOf("DELETE"))).toEqual({ status: 200, body: { url: null, variants: {} } });
    expect(await pictureOf()).toBeUndefined();
    const states = s3.edge.controlPlane
      .listObjectVersions(bucketName)
      .map((key) => s3.edge.controlPlane.headObject(bucketName, key)?.tags?.["state"]);
    expect(new Set(states)).toEqual(new Set(["replaced"]));
  });

  it("wait for Auth0's rate limit, repeat what broke off, and get a new token where one is refused", async () => {
    tenant.faults.resetCalls();
    tenant.faults.inject({ kind: "too many requests", resetHeader: true }, { method: "PATCH" });
    tenant.faults.inject({ kind: "connection reset", when: "after effect" }, { method: "PATCH", nth: 2 });

    expect(await answerTo(eventOf("PUT", await photo()))).toMatchObject({ status: 200 });
    expect(tenant.faults.calls.filter(({ method }) => method === "PATCH")).toHaveLength(3);
    // The tokens are kept from the first request on.
    expect(tenant.faults.calls.filter(({ path }) => path === "/oauth/token")).toEqual([]);
    expect(running.reads()).toBe(2);
  });

  it("answer 503 where Auth0 stays away, and name nothing", async () => {
    const before = await pictureOf();
    tenant.faults.inject({ kind: "server error", status: 503 }, { method: "PATCH", times: Infinity });
    const { status, body } = await answerTo(eventOf("PUT", await plain("#789")));
    tenant.faults.clear();

    expect({ status, code: body["code"] }).toEqual({ status: 503, code: "busy" });
    expect(await pictureOf()).toBe(before);
    expect(running.log()).toContain("Auth0 PATCH: 503");
    // The log is of the operator, and no user is named in it.
    expect(running.log()).not.toContain(userId);
  });

  it("answer 410 where the user is gone, and leave nothing that they put", async () => {
    await management.users.delete(userId);
    const before = s3.edge.controlPlane.listObjectVersions(bucketName).toSorted();

    expect(await answerTo(eventOf("PUT", await plain("#123")))).toMatchObject({
      status: 410,
      body: { code: "user_deleted" },
    });
    expect(s3.edge.controlPlane.listObjectVersions(bucketName).toSorted()).toEqual(before);
    await createUser();
  });

  it("say no more than that it failed where they are set up wrongly", async () => {
    const wrong = await start({ PICTURE_BUCKET: "" });
    const { statusCode, body } = await wrong.invoke(eventOf("GET"));
    await wrong.close();

    expect({ statusCode, body: JSON.parse(body) as unknown }).toMatchObject({
      statusCode: 500,
      body: { code: "failed" },
    });
    expect(wrong.log()).toContain("PICTURE_BUCKET");
  });
});
