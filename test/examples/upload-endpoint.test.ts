// The upload endpoint's example against the sandbox's tenant and S3: what it stores and names, and what it refuses.
import { once } from "node:events";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import * as pulumi from "@pulumi/pulumi";
import { ManagementClient } from "auth0";
import { SignJWT, calculateJwkThumbprint, importJWK } from "jose";
import type { JWK } from "jose";
import { Agent, fetch as fetchWith } from "undici";
import type { RequestInit } from "undici";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { pictureKey } from "../../components/picture-store/image.ts";
import { uploaderPolicyJson } from "../../components/picture-store/uploader-policy.ts";
import { obtainCertificate } from "../../sandbox/tenant/certificate.ts";
import type { Certificate } from "../../sandbox/tenant/certificate.ts";
import { startEdge } from "../../sandbox/edge/edge.ts";
import type { Edge } from "../../sandbox/edge/edge.ts";
import { logIn } from "../../sandbox/tenant/login.ts";
import { startTenant } from "../../sandbox/tenant/tenant.ts";
import type { Tenant } from "../../sandbox/tenant/tenant.ts";
import { valueOf } from "../components/mock-engine.ts";
import { picture, pngHeader, svg } from "../components/picture-store/pictures.ts";
import { audience, runEndpoint } from "./running-endpoint.ts";
import type { RunningEndpoint } from "./running-endpoint.ts";
import { withSigningKey } from "../sandbox/tenant/signing-key.ts";

const connection = "Username-Password-Authentication";
const bucketName = "pictures-bucket";
const pictureBaseUrl = "https://d111111abcdef8.cloudfront.net/";
/** The origin of an application's page. */
const page = "https://app.example.com";
/** Of a web page that is packed in a telephone's application. */
const app = "capacitor://localhost";
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
  tenant = await startTenant({ folder: await withSigningKey(join(folder, "tenant")), certificate, ...seed });
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
  endpoint = await start({
    ALLOWED_ORIGINS: `${page}, https://other.example.com:8443,${app},`,
    REQUEST_TIMEOUT_MS: "",
  });
});
afterAll(async () => {
  await endpoint.close();
  await edge.close();
  await tenant.close();
  await agent.close();
  await rm(folder, { recursive: true });
});

async function start(environment: Readonly<Record<string, string>>): Promise<RunningEndpoint> {
  const policy = uploaderPolicyJson(
    { uploaderCanDelete: false },
    pulumi.output(`arn:aws:s3:::${bucketName}`),
    pulumi.output("arn:aws:cloudfront::123456789012:distribution/E1EXAMPLE"),
  );
  return runEndpoint({
    ...{ tenant, edge, certificate, bucketName, pictureBaseUrl },
    // Each process compiles the same modules.
    environment: { NODE_COMPILE_CACHE: process.env["NODE_COMPILE_CACHE"] ?? "", ...environment },
    uploaderPolicyJson: await valueOf(policy),
  });
}

let imports = 0;

/**
 * Why the program ends at its start: it is imported here, because a process of its own takes long to load what it uses.
 * Without a port it ends in any case.
 */
async function refusal(environment: Readonly<Record<string, string>>): Promise<string> {
  const needed = ["AUTH0_DOMAIN", "AUTH0_AUDIENCE", "AUTH0_CLIENT_ID", "AUTH0_CLIENT_SECRET", "PICTURE_BUCKET"];
  for (const name of [...needed, "PICTURE_BASE_URL"]) vi.stubEnv(name, "x.example.com");
  for (const [name, value] of Object.entries({ PORT: "", ...environment })) vi.stubEnv(name, value);
  imports += 1;
  try {
    await import(`../../examples/upload-endpoint/server.ts?start=${imports}`);
    return "";
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  } finally {
    vi.unstubAllEnvs();
  }
}

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

  it.each<[string, () => Promise<Record<string, string>>]>([
    ["no token", async () => ({})],
    ["a token that is none", async () => ({ authorization: "Bearer x.y.z" })],
    ["a token for another API", () => bearerOf("ada", "https://other.example.com/")],
    ["a token that has ended", () => bearerWith({ sub: "auth0|ada", exp: 1_600_000_000 })],
    ["a token that never ends", () => bearerWith({ sub: "auth0|ada", exp: undefined })],
    ["an application's own token", () => bearerWith({ sub: "client@clients", gty: "client-credentials" })],
    ["an application's that does not say so", () => bearerWith({ sub: "client@clients" })],
    ["an application's that names a user", () => bearerWith({ sub: "auth0|ada", gty: "client-credentials" })],
    ["a token without a user", () => bearerWith({})],
    ["a token of an empty user", () => bearerWith({ sub: "" })],
    ["a token of a blank user", () => bearerWith({ sub: " " })],
    ["a token of a number", () => bearerWith({ sub: 42 })],
    ["a token of a list", () => bearerWith({ sub: ["auth0|ada"] })],
    ["a token of an object", () => bearerWith({ sub: { id: "auth0|ada" } })],
    ["a token of null", () => bearerWith({ sub: null })],
  ])("refuses %s before it reads the picture", async (_, headers) => {
    const before = objects();

    expect(await endpoint.put(png, await headers())).toEqual({
      status: 401,
      body: { error: expect.any(String) as string },
    });
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

  it("takes it on itself where Auth0 does not answer with its keys", async () => {
    const { host } = new URL(endpoint.s3.endpoint);
    const elsewhere = await start({ AUTH0_DOMAIN: host });
    const answer = await elsewhere.put(png, await bearerWith({ iss: `https://${host}/`, sub: "auth0|ada" }));
    await elsewhere.close();

    expect(answer).toEqual({ status: 500, body: { error: "The picture could not be stored." } });
    expect(elsewhere.log()).toContain("JSON Web Key Set");
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

describe("pages on other hosts", () => {
  const ask = (origin: string | undefined, more: Readonly<Record<string, string>> = {}) =>
    fetch(new URL("/picture", endpoint.address), {
      method: "OPTIONS",
      headers: { ...(origin !== undefined && { origin }), "access-control-request-method": "PUT", ...more },
    });
  const corsHeadersOf = ({ headers }: Response) => [...headers.keys()].filter((name) => /^access-control-/.test(name));

  it.each([page, "https://other.example.com:8443", app])("may call it, without cookies, from %s", async (origin) => {
    const answer = await ask(origin, { "access-control-request-headers": "authorization,content-type" });

    expect(answer.status).toBe(204);
    expect(Object.fromEntries(answer.headers)).toMatchObject({
      "access-control-allow-origin": origin,
      "access-control-allow-methods": "PUT",
      "access-control-allow-headers": "authorization, content-type",
      vary: "Origin",
    });
    expect(corsHeadersOf(answer)).not.toContain("access-control-allow-credentials");
  });

  it.each([
    undefined,
    "null",
    "",
    "https://evil.example",
    "http://app.example.com",
    `${page}:8443`,
    `${page}.evil.example`,
    `${page}/`,
    `x.${page}`,
    "https://other.example.com",
    "capacitor://localhost.evil.example",
    "capacitor://",
    `${page},https://other.example.com:8443`,
  ])("may not where they are not named: %s", async (origin) => {
    for (const answer of [
      await ask(origin),
      await fetch(new URL("/picture", endpoint.address), {
        ...{ method: "PUT", body: png },
        headers: { ...(await bearerOf("ada")), ...(origin !== undefined && { origin }) },
      }),
    ]) {
      expect(answer.headers.get("vary")).toBe("Origin");
      expect(corsHeadersOf(answer)).toEqual([]);
    }
  });

  it.each([
    ["its picture", () => bearerOf("ada"), png, 200],
    ["that it has to log in", async () => ({}), png, 401],
    ["that it is no picture", () => bearerOf("ada"), svg, 422],
    ["that it is too large", () => bearerOf("ada"), Buffer.alloc(1024 * 1024 + 1), 413],
  ])("can read %s", async (_, headers, body, status) => {
    const answer = await fetch(new URL("/picture", endpoint.address), {
      ...{ method: "PUT", body },
      headers: { ...(await headers()), origin: page },
    });

    expect(answer.status).toBe(status);
    expect(answer.headers.get("access-control-allow-origin")).toBe(page);
    expect(answer.headers.get("vary")).toBe("Origin");
  });

  it.each([
    ["*", page],
    ["null", page],
    ["app.example.com", page],
    [`${page}/`, page],
    ["HTTPS://App.example.com:443", page],
    [`${page}/upload?x#y`, page],
    ["https://user@app.example.com", page],
    ["https://bücher.example", "https://xn--bcher-kva.example"],
    [`${app}/`, app],
  ])("are refused at the start where no browser sends what names them: %s", async (origin, right) => {
    expect(await refusal({ ALLOWED_ORIGINS: `${page},${origin}` })).toBe(
      `ALLOWED_ORIGINS: ${origin} is no origin, such as ${right}.`,
    );
  });
});

describe("a caller who does not send all", () => {
  /** A request line and headers that promise a picture, and how much of it is sent. */
  const request = async (sent: Buffer | string) => {
    const { authorization } = await bearerOf("ada");
    const head = `PUT /picture HTTP/1.1\r\nHost: x\r\nAuthorization: ${authorization}\r\nContent-Length: 1000\r\n\r\n`;
    return Buffer.concat([Buffer.from(head), Buffer.from(sent)]);
  };
  const chunked = async (body: string) =>
    Buffer.from((await request("")).toString().replace("Content-Length: 1000", "Transfer-Encoding: chunked") + body);
  const connectTo = async ({ address }: RunningEndpoint) => {
    const socket = connect(Number(new URL(address).port), "127.0.0.1");
    await once(socket, "connect");
    return socket;
  };

  it.each(["0", "-1", "30s", "0.5", "Infinity"])("is waited for no time that is none: %s", async (time) => {
    expect(await refusal({ REQUEST_TIMEOUT_MS: time })).toContain("REQUEST_TIMEOUT_MS is no whole number");
  });

  it("is not served at all where it is started with such a time", async () => {
    await expect(start({ REQUEST_TIMEOUT_MS: "0" })).rejects.toThrow("REQUEST_TIMEOUT_MS is no whole number");
  });

  describe("and is slow", () => {
    let impatient: RunningEndpoint;
    beforeAll(async () => (impatient = await start({ REQUEST_TIMEOUT_MS: "500" })));
    afterAll(() => impatient.close());

    it.concurrent.each([
      ["nothing", async () => ""],
      ["a part of the headers", async () => (await request("")).subarray(0, 40)],
      ["the headers", () => request("")],
      ["a part of the picture", () => request(png.subarray(0, 10))],
      ["a part of the picture, and a byte from time to time", () => request(png.subarray(0, 10)), true],
    ])("is ended after %s", async (_, bytes, drips = false) => {
      const before = objects();
      const sent = await bytes();
      const socket = await connectTo(impatient);
      let answer = "";
      socket.on("data", (data) => (answer += data.toString()));
      socket.write(sent);
      const drip = setInterval(() => drips && socket.write("x"), 100);
      // A byte that crosses the end makes a reset of it, which may overtake the answer.
      socket.on("error", () => expect(drips).toBe(true));
      await once(socket, "close").finally(() => clearInterval(drip));

      if (!drips) expect(answer).toMatch(/^HTTP\/1\.1 408 /);
      expect(impatient.log()).not.toContain(`"level":`);
      expect(await impatient.put(png, {})).toMatchObject({ status: 401 });
      expect(objects()).toEqual(before);
    });
  });

  it.each([
    ["in the middle of the picture", () => request(png.subarray(0, 10))],
    ["after the headers", () => request("")],
    ["in the middle of a chunk", () => chunked("400\r\nx")],
    ["between chunks", () => chunked("1\r\nx\r\n")],
    ["after a chunk that is none", () => chunked("x\r\n")],
    ["after all of it", async () => Buffer.concat([await request(png.subarray(0, 10)), Buffer.alloc(990)])],
  ])("and goes away is nothing to log as an error: %s", async (_, bytes) => {
    const before = objects();
    const logged = endpoint.log();
    const sent = await bytes();
    const socket = await connectTo(endpoint);
    socket.write(sent);
    // Time for the endpoint to begin to read.
    await endpoint.put(svg, await bearerOf("ada"));
    socket.resetAndDestroy();
    expect(await endpoint.put(svg, await bearerOf("ada"))).toMatchObject({ status: 422 });

    expect(endpoint.log()).toBe(logged);
    expect(objects()).toEqual(before);
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
 * A token for this API with claims of its own, such as one that an application gets for itself (Auth0 docs, "Client
 * Credentials Flow"); the sandbox's endpoint issues none.
 */
async function bearerWith(claims: object) {
  const key = JSON.parse(await readFile(join(folder, "tenant/signing-key.json"), "utf8")) as JWK;
  const header = { alg: "RS256", typ: "at+jwt", kid: await calculateJwkThumbprint(key) };
  const exp = Math.floor(Date.now() / 1000) + 60;
  const token = new SignJWT({ iss: tenant.issuer, aud: audience, exp, ...claims }).setProtectedHeader(header);
  return { authorization: `Bearer ${await token.sign(await importJWK(key, "RS256"))}` };
}
