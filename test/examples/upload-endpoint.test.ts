// The upload endpoint's example against the sandbox's tenant and S3: what it stores and names, and what it refuses.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import * as pulumi from "@pulumi/pulumi";
import { ManagementClient } from "auth0";
import { Agent, fetch as fetchWith } from "undici";
import type { RequestInit } from "undici";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { pictureKey } from "../../components/picture-store/image.ts";
import { uploaderPolicyJson } from "../../components/picture-store/uploader-policy.ts";
import { obtainCertificate } from "../../sandbox/certificate.ts";
import type { Certificate } from "../../sandbox/certificate.ts";
import { startEdge } from "../../sandbox/edge/edge.ts";
import type { Edge } from "../../sandbox/edge/edge.ts";
import { logIn } from "../../sandbox/login.ts";
import { openSigningKey } from "../../sandbox/tenant/signing-key.ts";
import { startTenant } from "../../sandbox/tenant/tenant.ts";
import type { Tenant } from "../../sandbox/tenant/tenant.ts";
import { valueOf } from "../components/mock-engine.ts";
import { picture, pngHeader, svg } from "../components/picture-store/pictures.ts";
import { audience, runEndpoint } from "./running-endpoint.ts";
import type { RunningEndpoint } from "./running-endpoint.ts";

const connection = "Username-Password-Authentication";
const bucketName = "pictures-bucket";
const pictureBaseUrl = "https://d111111abcdef8.cloudfront.net/";
const png = picture("png");

let folder: string;
let certificate: Certificate;
let agent: Agent;
let tenant: Tenant;
let edge: Edge;
let management: ManagementClient;
let endpoint: RunningEndpoint;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "upload-"));
  certificate = await obtainCertificate(folder, ["localhost", "127.0.0.1", "*.cloudfront.net"]);
  agent = new Agent({ connect: { ca: certificate.ca } });
  const seed = {
    connections: [{ name: connection, strategy: "auth0" }],
    apis: [audience, "https://other.example.com/"],
  };
  tenant = await startTenant({ folder: join(folder, "tenant"), certificate, seed });
  edge = await startEdge({ folder: join(folder, "edge"), certificate });
  edge.controlPlane.createBucket(bucketName, "us-east-1");
  const fetch = ((url: string, init?: RequestInit) =>
    fetchWith(url, { ...init, dispatcher: agent })) as typeof globalThis.fetch;
  management = new ManagementClient({ domain: tenant.domain, ...tenant.managementClient, fetch });
  for (const name of ["ada", "eve"])
    await management.users.create({
      connection,
      user_id: name,
      email: `${name}@example.com`,
      password: "Aa1-aaaaaaaa",
    });
  const policy = uploaderPolicyJson(
    { uploaderCanDelete: false },
    pulumi.output(`arn:aws:s3:::${bucketName}`),
    pulumi.output("arn:aws:cloudfront::123456789012:distribution/E1EXAMPLE"),
  );
  endpoint = await runEndpoint({
    ...{ tenant, edge, certificate, bucketName, pictureBaseUrl },
    uploaderPolicyJson: await valueOf(policy),
  });
});
afterAll(async () => {
  await endpoint.close();
  await edge.close();
  await tenant.close();
  await agent.close();
  await rm(folder, { recursive: true });
});

const tokens = new Map<string, string>();

/** The user's access token for an API, as a browser sends it. */
async function bearerOf(name: string, api = audience) {
  const who = { connection, loginHint: `${name}@example.com`, ca: certificate.ca, audience: api };
  const token = tokens.get(name + api) ?? (await logIn(tenant, who)).accessToken;
  tokens.set(name + api, token);
  return { authorization: `Bearer ${token}` };
}

const pictureOf = async (name: string) => (await management.users.get(`auth0|${name}`)).user_metadata?.["picture"];
const objects = () => Object.keys(edge.controlPlane.getBucket(bucketName)?.objects ?? {});

describe("the upload endpoint", () => {
  it("stores a user's picture under its key, as what its bytes are, and names it in the user's metadata", async () => {
    const key = pictureKey("auth0|ada", png, "image/png");
    const headers = { ...(await bearerOf("ada")), "content-type": "text/html" };

    expect(await endpoint.put(png, headers)).toEqual({ status: 200, body: { picture: pictureBaseUrl + key } });
    expect(await pictureOf("ada")).toBe(pictureBaseUrl + key);
    expect(edge.controlPlane.headObject(bucketName, key)).toMatchObject({
      contentType: "image/png",
      cacheControl: "public, max-age=604800, s-maxage=31536000, immutable",
      metadata: { "cache-tag": `u:${key.slice(2, 34)}` },
    });
    expect(await endpoint.put(png, headers)).toMatchObject({ status: 200 });
    expect(objects()).toEqual([key]);
  });

  it("keeps two users' same picture apart", async () => {
    const answers = [await endpoint.put(png, await bearerOf("ada")), await endpoint.put(png, await bearerOf("eve"))];
    const [adas, eves] = answers.map(({ body }) => (body as { picture: string }).picture);

    expect(adas).not.toBe(eves);
    expect([await pictureOf("ada"), await pictureOf("eve")]).toEqual([adas, eves]);
  });

  it.each([
    ["no token", async () => ({}), 401],
    ["a token that is none", async () => ({ authorization: "Bearer x.y.z" }), 401],
    ["a token for another API", () => bearerOf("ada", "https://other.example.com/"), 401],
    ["an application's own token", applicationsOwn, 401],
  ])("refuses %s before it reads the picture", async (_, headers, status) => {
    const before = objects();

    expect(await endpoint.put(png, await headers())).toEqual({ status, body: { error: expect.any(String) as string } });
    expect(objects()).toEqual(before);
  });

  it.each([
    ["an SVG that is said to be a PNG", Buffer.from(svg), 422, /no PNG, JPEG, WebP or GIF/],
    ["an HTML page", Buffer.from("<!doctype html><script>alert(1)</script>"), 422, /no PNG, JPEG, WebP or GIF/],
    ["a picture that claims gigabytes", pngHeader(60_000, 60_000), 422, /60000 × 60000 pixels/],
    ["nothing", Buffer.alloc(0), 422, /no PNG/],
    ["more than 1 MiB", Buffer.concat([png, Buffer.alloc(1024 * 1024)]), 413, /more than 1048576 bytes/],
  ])("refuses %s, and stores nothing", async (_, bytes, status, message) => {
    const before = objects();
    const answer = await endpoint.put(bytes, { ...(await bearerOf("ada")), "content-type": "image/png" });

    expect(answer).toEqual({ status, body: { error: expect.stringMatching(message) as string } });
    expect(objects()).toEqual(before);
  });

  it("says no more than that it failed where S3 refuses, and names no picture", async () => {
    const before = await pictureOf("eve");
    edge.controlPlane.putBucketPolicy(bucketName, denyAll);
    const answer = await endpoint.put(pngHeader(64, 64), await bearerOf("eve"));
    edge.controlPlane.putBucketPolicy(bucketName, undefined);

    expect(answer).toEqual({ status: 500, body: { error: "The picture could not be stored." } });
    expect(await pictureOf("eve")).toBe(before);
    expect(endpoint.log()).toContain("AccessDenied");
  });
});

describe("the uploader's policy", () => {
  const put = async (Key: string, secretAccessKey?: string) => {
    const { credentials, ...s3 } = endpoint.s3;
    const client = new S3Client({
      ...s3,
      credentials: { ...credentials, ...(secretAccessKey !== undefined && { secretAccessKey }) },
      maxAttempts: 1,
      requestHandler: { httpsAgent: { ca: certificate.ca } },
    });
    return client
      .send(new PutObjectCommand({ Bucket: bucketName, Key, Body: png }))
      .then(
        () => "stored",
        ({ name }: Error) => name,
      )
      .finally(() => client.destroy());
  };

  it.each(["d/default.png", "x.png", "U/x.png", "u", "private/u/x.png"])("refuses the key %s", async (key) => {
    expect(await put(key)).toBe("AccessDenied");
  });

  it("takes a user's picture, but from nobody with another secret", async () => {
    expect(await put("u/0/x y(1).png")).toBe("stored");
    expect(await put("u/0/y.png", "another secret")).toBe("SignatureDoesNotMatch");
    expect(objects()).toContain("u/0/x y(1).png");
    expect(objects()).not.toContain("u/0/y.png");
  });
});

const denyAll = JSON.stringify({
  Version: "2012-10-17",
  Statement: [{ Effect: "Deny", Principal: "*", Action: "s3:PutObject", Resource: `arn:aws:s3:::${bucketName}/*` }],
});

/**
 * A token for this API that an application gets for itself (Auth0 docs, "Client Credentials Flow"); the sandbox's
 * endpoint issues none.
 */
async function applicationsOwn() {
  const signingKey = await openSigningKey(join(folder, "tenant"));
  const claims = { iss: tenant.issuer, sub: "client@clients", aud: audience, gty: "client-credentials" };
  return { authorization: `Bearer ${await signingKey.sign(claims, 60, "at+jwt")}` };
}
