// What anybody may send to the tenant and to the edge, in whatever form: each is answered in the form of Auth0's or
// AWS's errors, none is a fault of the sandbox, and the next request is served.
import { mkdtempSync, rmSync } from "node:fs";
import { connect as connectTcp } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect as connectTls } from "node:tls";
import { SignJWT, exportJWK, generateKeyPair } from "jose";
import * as fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startEdge } from "../../sandbox/edge/edge.ts";
import type { Edge } from "../../sandbox/edge/edge.ts";
import { obtainCertificate } from "../../sandbox/tenant/certificate.ts";
import { startTenant } from "../../sandbox/tenant/tenant.ts";
import type { Tenant } from "../../sandbox/tenant/tenant.ts";
import { codePoint } from "../code-points.ts";
import { isRare } from "../rare.ts";
import { withSigningKey } from "./tenant/signing-key.ts";

interface Answer {
  readonly status: number;
  readonly headers: string;
  readonly body: string;
}

let folder: string;
let tenant: Tenant;
let edge: Edge;
let token: string;
let userId: string;
let connectionId: string;
let distribution: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "hostile-"));
  const certificate = await obtainCertificate(folder, ["localhost", "*.cloudfront.net"]);
  tenant = await startTenant({
    ...{ folder: await withSigningKey(join(folder, "tenant")), certificate },
    connections: [
      { name: "users", strategy: "auth0" },
      { name: "constructor", strategy: "google-oauth2" },
    ],
    users: [{ connection: "users", email: "ada@example.com" }],
  });
  token = await managementToken();
  const first = async (path: string) =>
    (
      (await (await tenant.fetch(`${tenant.issuer}api/v2/${path}`, authorized())).json()) as Record<string, string>[]
    )[0];
  userId = (await first("users"))?.["user_id"] ?? "";
  connectionId = (await first("connections"))?.["id"] ?? "";
  edge = await startEdge({ folder: join(folder, "edge"), certificate });
  distribution = publish(edge);
});
afterAll(async () => {
  await tenant.close();
  await edge.close();
  rmSync(folder, { recursive: true });
});

const authorized = () => ({ headers: { authorization: `Bearer ${token}` } });

async function managementToken(): Promise<string> {
  const { clientId: client_id, clientSecret: client_secret } = tenant.managementClient;
  const audience = `${tenant.issuer}api/v2/`;
  const body = new URLSearchParams({ grant_type: "client_credentials", client_id, client_secret, audience });
  const response = await tenant.fetch(`${tenant.issuer}oauth/token`, { method: "POST", body });
  return ((await response.json()) as { access_token: string }).access_token;
}

/** A bucket that everybody may read and list, behind a distribution: most requests get to the origin. */
function publish({ controlPlane }: Edge): string {
  controlPlane.createBucket("pictures", "eu-west-1");
  const statement = {
    Effect: "Allow",
    Principal: "*",
    Action: "s3:*",
    Resource: ["arn:aws:s3:::pictures", "arn:aws:s3:::pictures/*"],
  };
  controlPlane.putBucketPolicy("pictures", JSON.stringify({ Version: "2012-10-17", Statement: [statement] }));
  controlPlane.putObject("pictures", "d/a.txt", Buffer.from("a"), { contentType: "text/plain" });
  const behavior = {
    targetOriginId: "s3",
    viewerProtocolPolicy: "allow-all",
    allowedMethods: ["GET", "HEAD", "OPTIONS", "PUT", "POST", "PATCH", "DELETE"],
    cachedMethods: ["GET", "HEAD"],
    cachePolicyId: "658327ea-f89d-4fab-a63d-7e88639e58f6",
    compress: true,
  };
  return controlPlane.createDistribution({
    enabled: true,
    origins: [{ originId: "s3", domainName: "pictures.s3.eu-west-1.amazonaws.com" }],
    defaultCacheBehavior: behavior,
  }).domainName;
}

/** Sends bytes as they are, and reads until the connection ends. What hangs fails by the signal. */
function send(port: number, isSecure: boolean, bytes: string | Buffer): Promise<Answer> {
  const options = { host: "127.0.0.1", port };
  const secure = {
    ...options,
    rejectUnauthorized: false,
    servername: isSecure && port !== Number(portOf()) ? distribution : "localhost",
  };
  return new Promise((resolve, reject) => {
    const socket = isSecure ? connectTls(secure) : connectTcp(options);
    const hanging = setTimeout(() => {
      socket.destroy();
      reject(new Error("No answer within a minute"));
    }, 60_000);
    const parts: Buffer[] = [];
    socket.on("data", (part: Buffer) => parts.push(part));
    socket.on("error", () => undefined);
    socket.on("close", () => {
      clearTimeout(hanging);
      const text = Buffer.concat(parts).toString("latin1");
      const [head = "", ...body] = text.split("\r\n\r\n");
      resolve({ status: Number(/^HTTP\/1\.1 (\d+)/.exec(head)?.[1]), headers: head, body: body.join("\r\n\r\n") });
    });
    socket.on(isSecure ? "secureConnect" : "connect", () => socket.write(bytes));
  });
}

const portOf = () => new URL(tenant.issuer).port;

interface Sent {
  readonly method?: string;
  readonly path: string;
  readonly host?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
}

function message(
  { method = "GET", path, host, headers = {}, body = "" }: Sent,
  byDefault: Record<string, string>,
): Buffer {
  const length = body.length === 0 ? {} : { "content-length": String(Buffer.byteLength(body)) };
  const all = { host: host ?? "", ...byDefault, ...length, ...headers, connection: "close" };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}`);
  return Buffer.concat([
    Buffer.from([`${method} ${path} HTTP/1.1`, ...lines, "", ""].join("\r\n"), "latin1"),
    Buffer.from(body),
  ]);
}

const ask = (sent: Sent) => {
  const host = `localhost:${portOf()}`;
  const byDefault = { authorization: `Bearer ${token}`, "content-type": "application/json" };
  return send(Number(portOf()), true, message({ host, ...sent }, byDefault));
};
const view = (sent: Sent) => send(edge.ports.http, false, message({ host: distribution, ...sent }, {}));

const json = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
};
/** Of the Management API: its body says the status once more. */
const isAuth0s = ({ status, body }: Answer) => {
  const { statusCode, error, message: text } = json(body) as { statusCode?: number; error?: string; message?: string };
  return statusCode === status && typeof error === "string" && typeof text === "string";
};

async function expectServed(): Promise<void> {
  expect((await ask({ path: `/api/v2/users/${encodeURIComponent(userId)}` })).status).toBe(200);
}

const users = "/api/v2/users";
const post = (body: string | Buffer, more: Partial<Sent> = {}): Sent => ({
  method: "POST",
  path: users,
  body,
  ...more,
});
const nested = (depth: number) => `${"[".repeat(depth)}${"]".repeat(depth)}`;
const user = (more: object) => JSON.stringify({ connection: "users", password: "x", email: "b@example.com", ...more });
const metadata = (xml: string) => JSON.stringify({ name: "saml", strategy: "samlp", options: { metadataXml: xml } });

const refused: Readonly<Record<string, readonly [sent: () => Sent, status: number]>> = {
  "no JSON": [() => post("{"), 400],
  "JSON of another type": [() => post('"text"'), 400],
  "a body that ends too early": [() => post("{}", { headers: { "content-length": "2" } }), 400],
  "a key __proto__": [() => post('{"__proto__": {"email": "x"}}'), 400],
  "a key __proto__ in metadata": [() => post(user({}).replace("}", ',"user_metadata":{"__proto__":{"a":1}}}')), 400],
  "a key constructor.prototype": [() => post('{"constructor": {"prototype": {}}}'), 400],
  "lists in lists": [() => post(user({}).replace("}", `,"user_metadata":{"a":${nested(101)}}}`)), 400],
  "lists in lists, as many as fit": [() => post(nested(500_000)), 400],
  "quotes that are not closed": [() => post(`"${'\\"'.repeat(500_000)}`), 400],
  "a body that is too large": [() => post(user({ name: "x".repeat(2 ** 20) })), 413],
  "a content type that is none": [() => post("{}", { headers: { "content-type": 'no/type; charset="' } }), 415],
  XML: [() => post("<user/>", { headers: { "content-type": "application/xml" } }), 415],
  "bytes that are no UTF-8": [() => post(Buffer.from([0x7b, 0xff, 0xfe, 0x7d])), 400],
  "a percent sign": [() => ({ path: `${users}/%` }), 400],
  "half an encoded character": [() => ({ path: `${users}/%c3` }), 400],
  "an id of a NUL": [() => ({ path: `${users}/%00` }), 404],
  "an id of an encoded path": [() => ({ path: `${users}/..%2f..%2fetc%2fpasswd` }), 404],
  "an id of encoded dots": [() => ({ path: `${users}/%2e%2e` }), 404],
  "an id of 60,000 characters": [() => ({ path: `${users}/${"a".repeat(60_000)}` }), 404],
  "an id of a property that all objects have": [() => ({ path: `${users}/__proto__` }), 404],
  "a connection's id of such a property": [() => ({ path: "/api/v2/connections/constructor" }), 404],
  "a trigger of such a property": [() => ({ path: "/api/v2/actions/triggers/constructor/bindings" }), 404],
  "a path with dots": [() => ({ path: "/api/v2/../../etc/passwd" }), 501],
  "two slashes": [() => ({ path: "//" }), 501],
  "two slashes and a port": [() => ({ path: "//:0/api/v2/users" }), 501],
  "a method that no route has": [() => ({ method: "PUT", path: users, body: "{}" }), 501],
  "a method of other protocols": [() => ({ method: "PROPFIND", path: users }), 501],
  "a page that is no number": [() => ({ path: `${users}?page=x` }), 400],
  "a negative page": [() => ({ path: `${users}?page=-1` }), 400],
  "a page of too many": [() => ({ path: `${users}?per_page=101` }), 400],
  "two pages": [() => ({ path: `${users}?page=0&page=1` }), 400],
  "a checkpoint that is none": [() => ({ path: "/api/v2/connections?from=x&take=1" }), 400],
  "a search without an end": [() => ({ path: `${users}?q=${"(".repeat(20_000)}` }), 400],
  "a search of negations": [() => ({ path: `${users}?q=${"-".repeat(20_000)}` }), 400],
  "a search that sorts by nothing": [() => ({ path: `${users}?sort=` }), 400],
  "metadata that is no XML": [() => post(metadata("<a>"), { path: "/api/v2/connections" }), 400],
  "metadata with a document type": [() => post(metadata("<!DOCTYPE a><a/>"), { path: "/api/v2/connections" }), 400],
  "metadata with a certificate that is none": [
    () => post(metadata("<a><X509Certificate>AAAA</X509Certificate></a>"), { path: "/api/v2/connections" }),
    400,
  ],
  "metadata of attributes": [
    () => post(metadata(`<a ${"Location ".repeat(100_000)}`), { path: "/api/v2/connections" }),
    400,
  ],
  "a connection's name with a path": [
    () => post(JSON.stringify({ name: "../a", strategy: "auth0" }), { path: "/api/v2/connections" }),
    400,
  ],
  "another host": [() => ({ path: users, host: "example.com" }), 421],
  "no host": [() => ({ path: users, host: "" }), 421],
  "no token": [() => ({ path: users, headers: { authorization: "" } }), 401],
  "a token that is none": [() => ({ path: users, headers: { authorization: "Bearer a.b.c" } }), 401],
  "a token without an algorithm": [
    () => ({ path: users, headers: { authorization: `Bearer ${unsigned({ sub: "x" })}` } }),
    401,
  ],
};

const unsigned = (claims: object) =>
  [{ alg: "none" }, claims].map((part) => Buffer.from(JSON.stringify(part)).toString("base64url")).join(".") + ".";

describe("the tenant refuses in the Management API's form, and goes on", () => {
  it.each(Object.entries(refused))("%s", async (_, [sent, status]) => {
    const answer = await ask(sent());

    expect([answer.status, isAuth0s(answer)]).toEqual([status, true]);
    await expectServed();
  });

  it.each(["expired", "of another key", "for another audience", "of another issuer"])("a token %s", async (kind) => {
    const other = await startTenant();
    const { privateKey } = await generateKeyPair("RS256", { extractable: true });
    const own = Buffer.from(token.split(".")[1] ?? "", "base64url").toString();
    const signed = (claims: object, expires: number) =>
      new SignJWT({ ...(JSON.parse(own) as object), ...claims })
        .setProtectedHeader({ alg: "RS256", typ: "at+jwt", jwk: {} })
        .setExpirationTime(expires)
        .sign(privateKey);
    expect((await exportJWK(privateKey)).kty).toBe("RSA");
    const later = Math.floor(Date.now() / 1000) + 3600;
    const foreign = async () => {
      const { clientId: client_id, clientSecret: client_secret } = other.managementClient;
      const audience = `${other.issuer}api/v2/`;
      const body = new URLSearchParams({ grant_type: "client_credentials", client_id, client_secret, audience });
      const response = await other.fetch(`${other.issuer}oauth/token`, { method: "POST", body });
      return ((await response.json()) as { access_token: string }).access_token;
    };
    const tokens: Record<string, () => Promise<string>> = {
      expired: () => signed({}, 1),
      "of another key": () => signed({}, later),
      "for another audience": () => signed({ aud: "https://other.example/" }, later),
      "of another issuer": foreign,
    };
    const answer = await ask({ path: users, headers: { authorization: `Bearer ${await tokens[kind]?.()}` } });
    await other.close();

    expect([answer.status, json(answer.body)]).toEqual([
      401,
      { statusCode: 401, error: "Unauthorized", message: "Invalid token" },
    ]);
  });

  it("takes names that are hard to cut, and pages beyond the last one", async () => {
    for (const name of ["😀 x", "x 😀", "😀", "\ud800 \ud800", " ", "\u0000"]) {
      const email = `${Buffer.from(name).toString("hex")}@example.com`;
      const created = await ask(post(user({ name, email })));
      expect([name, created.status]).toEqual([name, 201]);
      if (name === "😀 x") expect(created.body).toContain("%F0%9F%98%80x.png");
    }
    const last = await ask({ path: `${users}?page=${Number.MAX_SAFE_INTEGER}&per_page=100` });
    expect([last.status, json(last.body)]).toEqual([400, expect.objectContaining({ errorCode: "invalid_paging" })]);
    const deepest = user({}).replace("}", `,"user_metadata":{"a":${nested(98)}}}`);
    expect((await ask(post(deepest))).status).toBe(201);
    const login = tenant.logIn({ connection: "constructor", loginHint: "nobody" });
    await expect(login).rejects.toMatchObject({ error: "access_denied" });
  });

  it.each([
    ["no HTTP", "\r\n\u0000\u0001\r\n\r\n", 400],
    ["two lengths", "GET / HTTP/1.1\r\nhost: a\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\n", 400],
  ])("%s", async (_, bytes, status) => {
    const answer = await send(Number(portOf()), true, bytes);

    expect([answer.status, isAuth0s(answer)]).toEqual([status, true]);
    await expectServed();
  });
});

it("the tenant ends what is too long for HTTP, and goes on", async () => {
  for (const [path, value] of [
    ["/", "a".repeat(66_000)],
    [`/${"a".repeat(66_000)}`, ""],
  ] as const) {
    const { status } = await ask({ path, headers: { a: value } });
    // The connection may end before its answer is read.
    if (!Number.isNaN(status)) expect(status).toBe(431);
    await expectServed();
  }
});

describe("the edge refuses in AWS's form, and goes on", () => {
  it.each([
    ["another host", () => ({ path: "/", host: "example.com" }), 403],
    ["a percent sign", () => ({ path: "/%" }), 400],
    ["an object of a property that all objects have", () => ({ path: "/__proto__" }), 404],
    ["an object of another such property", () => ({ path: "/constructor" }), 404],
    ["a NUL", () => ({ path: "/%00" }), 404],
    ["dots", () => ({ path: "/d/../../../../etc/passwd" }), 404],
    ["encoded dots", () => ({ path: "/%2e%2e%2f%2e%2e%2fetc%2fpasswd" }), 404],
    ["a write", () => ({ method: "PUT", path: "/d/a.txt", body: "b" }), 501],
    ["a method of other protocols", () => ({ method: "PROPFIND", path: "/d/a.txt" }), 403],
    ["a URL of twice as much as there may be", () => ({ path: `/${"a".repeat(32_768)}` }), 413],
  ] as const)("%s", async (_, sent, status) => {
    const answer = await view(sent());

    expect(answer.status).toBe(status);
    expect(answer.body).toMatch(/<Error><Code>\w+<\/Code>|<H1>\d+ ERROR<\/H1>/);
    expect((await view({ path: "/d/a.txt" })).body).toBe("a");
  });

  it("what is no HTTP", async () => {
    for (const bytes of ["\u0000\u0001\r\n\r\n", "GET / HTTP/1.1\r\ncontent-length: x\r\n\r\n"])
      for (const [port, isSecure] of [
        [edge.ports.http, false],
        [edge.ports.https, true],
      ] as const) {
        const answer = await send(port, isSecure, bytes);
        expect([answer.status, answer.body]).toEqual([400, expect.stringContaining("<H1>400 ERROR</H1>")]);
      }
  });

  it("an object whose file is gone", async () => {
    rmSync(join(folder, "edge/objects"), { recursive: true });
    expect((await view({ path: "/d/a.txt" })).status).toBe(500);
    expect((await view({ path: "/d/b.txt" })).status).toBe(404);
  });
});

describe("whatever is sent", () => {
  const text = fc.oneof(
    fc.string({ unit: codePoint, maxLength: 40 }),
    fc.constantFrom("__proto__", "constructor", "toString", "..", "%2e%2e", "\u0000", "auth0|1", "-1", "1e9", "null"),
  );
  const segment = fc.oneof(
    text.map((value) => encodeURIComponent(value.toWellFormed())),
    fc.constantFrom("%", "%ff", "%2f", "..", "", "a".repeat(5000)),
  );
  const query = fc.array(
    fc.tuple(
      fc.constantFrom("q", "page", "per_page", "from", "take", "fields", "sort", "include_totals", "name", "email"),
      segment,
    ),
    { maxLength: 4 },
  );
  const names = ["name", "email", "connection", "options", "strategy", "user_metadata", "members", "bindings", "code"];
  const value = fc.oneof(
    fc.jsonValue(),
    fc.dictionary(fc.oneof(text, fc.constantFrom(...names)), fc.jsonValue(), { maxKeys: 5 }),
  );
  const body = fc.oneof(
    fc.dictionary(fc.constantFrom(...names), value, { maxKeys: 5 }).map((object) => JSON.stringify(object)),
    value.map((object) => JSON.stringify(object)),
    fc.string({ unit: codePoint, maxLength: 200 }).map((raw) => raw.toWellFormed()),
  );
  const type = fc.constantFrom("application/json", "application/x-www-form-urlencoded", "text/plain", "a", "");

  it("the tenant answers no 500, at any of its operations", async () => {
    const operations = tenant.operations.filter((operation) => operation !== "OPTIONS *");
    expect(operations.length).toBeGreaterThan(50);
    const property = fc.asyncProperty(
      fc.constantFrom(...operations),
      fc.array(segment, { minLength: 4, maxLength: 4 }),
      query,
      fc.option(body, { nil: "" }),
      type,
      fc.boolean(),
      async (operation, segments, parameters, content, contentType, isKnown) => {
        const [method = "", route = ""] = operation.split(" ");
        let at = 0;
        const known = () => encodeURIComponent(route.includes("users") ? userId : connectionId);
        const path = route.replaceAll(/:\w+|\*/g, () => (isKnown && at++ === 0 ? known() : (segments[at++] ?? "")));
        const search = parameters.map(([name, raw]) => `${name}=${raw}`).join("&");
        // The user that the others are asked by stays.
        if (method === "DELETE" && isKnown) return;
        const headers = { "content-type": contentType };
        const { status } = await ask({ method, path: `${path}?${search}`, body: content, headers });
        expect(status).toBeGreaterThanOrEqual(200);
        expect([500, 502, 503]).not.toContain(status);
      },
    );
    await fc.assert(property, { numRuns: isRare ? 2000 : 200, endOnFailure: true });
    await expectServed();
  });

  it("the edge answers no 500", async () => {
    const property = fc.asyncProperty(
      fc.constantFrom("GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH"),
      fc.array(segment, { maxLength: 4 }),
      fc.dictionary(fc.constantFrom("origin", "range", "if-none-match", "if-modified-since", "authorization"), segment),
      async (method, segments, headers) => {
        const { status } = await view({ method, path: `/${segments.join("/")}`, headers });
        expect(status).toBeGreaterThanOrEqual(200);
        expect([500, 502, 503]).not.toContain(status);
      },
    );
    await fc.assert(property, { numRuns: isRare ? 2000 : 150, endOnFailure: true });
  });
});
