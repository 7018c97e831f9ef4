// What a viewer gets from the edge: by a picture store that works, and by one with a mistake in each declaration.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { obtainCertificate } from "../../../sandbox/tenant/certificate.ts";
import type { Certificate } from "../../../sandbox/tenant/certificate.ts";
import { distributionArn } from "../../../sandbox/edge/identity.ts";
import { startEdge } from "../../../sandbox/edge/edge.ts";
import type { Edge } from "../../../sandbox/edge/edge.ts";
import type { DistributionConfig } from "../../../sandbox/edge/edge-state.ts";

const picture = Buffer.from("89504e470d0a1a0a00", "hex");
const bucket = "pictures-0123abc";
const plainBehavior = {
  targetOriginId: "pictures",
  viewerProtocolPolicy: "redirect-to-https",
  allowedMethods: ["GET", "HEAD"],
};
const block = { blockPublicAcls: true, blockPublicPolicy: true, ignorePublicAcls: true, restrictPublicBuckets: true };

let folder: string;
let certificate: Certificate;
let edge: Edge;
/** Of the store that works. Each test changes one thing of it. */
let distribution: { id: string; domainName: string };
let config: DistributionConfig;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "edge-"));
  certificate = await obtainCertificate(join(folder, "certificate"), ["*.cloudfront.net"]);
});
afterAll(() => rm(folder, { recursive: true }));

beforeEach(async () => {
  await rm(join(folder, "state"), { recursive: true, force: true });
  edge = await startEdge({ folder: join(folder, "state"), certificate });
  const { controlPlane } = edge;
  controlPlane.createBucket(bucket, "eu-west-1");
  controlPlane.putPublicAccessBlock(bucket, block);
  const cacheControl = "public, max-age=604800, immutable";
  controlPlane.putObject(bucket, "d/one.png", picture, {
    contentType: "image/png",
    cacheControl,
    metadata: { owner: "x" },
  });
  controlPlane.putObject(bucket, "private/one.png", picture, { contentType: "image/png" });
  const accessControl = controlPlane.originAccessControls.create({
    name: "pictures",
    originAccessControlOriginType: "s3",
    signingBehavior: "always",
    signingProtocol: "sigv4",
  });
  const headersPolicy = controlPlane.responseHeadersPolicies.create({
    name: "pictures",
    securityHeadersConfig: {
      contentSecurityPolicy: { contentSecurityPolicy: "default-src 'none'; sandbox", override: true },
      contentTypeOptions: { override: true },
      strictTransportSecurity: { accessControlMaxAgeSec: 31536000, includeSubdomains: true, override: true },
    },
    customHeadersConfig: {
      items: [
        { header: "Cross-Origin-Resource-Policy", value: "cross-origin", override: true },
        { header: "Cache-Control", value: "no-store", override: false },
      ],
    },
    removeHeadersConfig: { items: [{ header: "x-amz-meta-owner" }, { header: "X-Amz-Server-Side-Encryption" }] },
    corsConfig: {
      accessControlAllowCredentials: false,
      accessControlAllowHeaders: { items: ["*"] },
      accessControlAllowMethods: { items: ["GET", "HEAD"] },
      accessControlAllowOrigins: { items: ["https://*.example.com"] },
      originOverride: true,
    },
  });
  config = {
    enabled: true,
    origins: [
      {
        originId: "pictures",
        domainName: `${bucket}.s3.eu-west-1.amazonaws.com`,
        originAccessControlId: accessControl.id,
      },
    ],
    defaultCacheBehavior: { ...plainBehavior, responseHeadersPolicyId: headersPolicy.id },
  };
  distribution = controlPlane.createDistribution(config);
  controlPlane.putBucketPolicy(bucket, policy());
  return () => edge.close();
});

interface PolicyParts {
  arn?: string;
  resources?: string[];
  service?: string;
  statements?: object[];
}

function policy({ arn = distributionArn(distribution.id), resources = ["d/*", "u/*"], ...parts }: PolicyParts = {}) {
  const { service = "cloudfront.amazonaws.com", statements = [] } = parts;
  const objects = resources.map((resource) => `arn:aws:s3:::${bucket}/${resource}`);
  return JSON.stringify({
    Version: "2012-10-17",
    Statement: [
      {
        Effect: "Allow",
        Principal: { Service: service },
        Action: "s3:GetObject",
        Resource: objects,
        Condition: { StringEquals: { "AWS:SourceArn": arn } },
      },
      {
        Effect: "Deny",
        Principal: "*",
        Action: "s3:*",
        Resource: [`arn:aws:s3:::${bucket}`, `arn:aws:s3:::${bucket}/*`],
        Condition: { Bool: { "aws:SecureTransport": "false" } },
      },
      ...statements,
    ],
  });
}

const mayList = (arn = distributionArn(distribution.id)) => ({
  Effect: "Allow",
  Principal: { Service: "cloudfront.amazonaws.com" },
  Action: "s3:ListBucket",
  Resource: `arn:aws:s3:::${bucket}`,
  Condition: { StringEquals: { "AWS:SourceArn": arn } },
});

const get = (path: string, init?: Parameters<Edge["fetch"]>[1], host = distribution.domainName) =>
  edge.fetch(`https://${host}${path}`, init);
const update = (change: Partial<DistributionConfig>) =>
  edge.controlPlane.updateDistribution(distribution.id, { ...config, ...change });

describe("a picture", () => {
  test("comes with its bytes, its type and its caching, under a name like AWS's", async () => {
    expect(distribution.domainName).toMatch(/^d[0-9a-z]{13}\.cloudfront\.net$/);
    expect(distribution.id).toMatch(/^[0-9A-Z]{14}$/);
    const response = await get("/d/one.png");
    expect(response.status).toBe(200);
    expect(Buffer.from(await response.arrayBuffer())).toEqual(picture);
    expect(response.headers.get("content-type")).toBe("image/png");
    expect(response.headers.get("cache-control")).toBe("public, max-age=604800, immutable");
  });

  test("responds to HEAD without a body, and 304 to its own ETag only", async () => {
    const head = await get("/d/one.png", { method: "HEAD" });
    expect([head.status, head.headers.get("content-length"), await head.text()]).toEqual([200, "9", ""]);
    const etag = head.headers.get("etag") ?? "";
    expect((await get("/d/one.png", { headers: { "if-none-match": `"other", ${etag}` } })).status).toBe(304);
    expect((await get("/d/one.png", { headers: { "if-none-match": '"other"' } })).status).toBe(200);
    const since = head.headers.get("last-modified") ?? "";
    expect((await get("/d/one.png", { headers: { "if-modified-since": since } })).status).toBe(304);
  });

  test("carries the headers policy: set, removed, the origin's kept where not overridden", async () => {
    const { headers } = await get("/d/one.png");
    expect(headers.get("content-security-policy")).toBe("default-src 'none'; sandbox");
    expect(headers.get("x-content-type-options")).toBe("nosniff");
    expect(headers.get("strict-transport-security")).toBe("max-age=31536000; includeSubDomains");
    expect(headers.get("cross-origin-resource-policy")).toBe("cross-origin");
    expect(headers.get("cache-control")).not.toBe("no-store");
    expect(headers.has("x-amz-meta-owner")).toBe(false);
    expect(headers.has("x-amz-server-side-encryption")).toBe(false);
  });

  test("without the headers policy has none of them and shows what S3 adds", async () => {
    update({ defaultCacheBehavior: plainBehavior });
    const { headers } = await get("/d/one.png");
    expect(headers.has("content-security-policy")).toBe(false);
    expect(headers.get("x-amz-meta-owner")).toBe("x");
  });

  test("is shared with the declared web origins only", async () => {
    const allowed = await get("/d/one.png", { headers: { origin: "https://app.example.com" } });
    expect(allowed.headers.get("access-control-allow-origin")).toBe("https://app.example.com");
    const foreign = await get("/d/one.png", { headers: { origin: "https://example.org" } });
    expect(foreign.headers.has("access-control-allow-origin")).toBe(false);
  });

  test.each([
    ["says that it varies by Origin, and nothing to an application", undefined, "Origin", null],
    ["gives a custom Vary no say", "Accept", "Origin", null],
  ])("with a CORS part it %s", async (_, vary, plain, crossOrigin) => {
    await expectVary({ vary, cors: true }, { plain, crossOrigin });
  });

  test("without a CORS part it sends a custom Vary to everybody", async () => {
    await expectVary({ vary: "Accept", cors: false }, { plain: "Accept", crossOrigin: "Accept" });
    await expectVary({ vary: undefined, cors: false }, { plain: null, crossOrigin: null });
  });

  async function expectVary(
    { vary, cors }: { vary: string | undefined; cors: boolean },
    expected: { plain: string | null; crossOrigin: string | null },
  ) {
    const { responseHeadersPolicies } = edge.controlPlane;
    const id = config.defaultCacheBehavior.responseHeadersPolicyId ?? "";
    const { customHeadersConfig, corsConfig, ...policy } = responseHeadersPolicies.get(id)?.config ?? { name: "" };
    responseHeadersPolicies.update(id, {
      ...policy,
      ...(cors && corsConfig && { corsConfig }),
      ...(vary !== undefined && { customHeadersConfig: { items: [{ header: "Vary", value: vary, override: true }] } }),
    });
    const varyOf = async (headers: Record<string, string>) =>
      (await get("/d/one.png", { headers })).headers.get("vary");
    const { plain, crossOrigin } = expected;
    expect(await varyOf({})).toBe(plain);
    for (const origin of ["https://app.example.com", "https://example.org"])
      expect(await varyOf({ origin })).toBe(crossOrigin);
  }
});

describe("the bucket policy decides", () => {
  const refused = async (path = "/d/one.png") => {
    const response = await get(path);
    expect(await response.text()).toContain("<Code>AccessDenied</Code>");
    expect(response.status).toBe(403);
  };

  test("another prefix is refused", () => refused("/private/one.png"));
  test("no policy", () => (edge.controlPlane.putBucketPolicy(bucket, undefined), refused()));
  test("another distribution's ARN", () => {
    edge.controlPlane.putBucketPolicy(bucket, policy({ arn: distributionArn("E0000000000000") }));
    return refused();
  });
  test("another service", () => {
    edge.controlPlane.putBucketPolicy(bucket, policy({ service: "logging.s3.amazonaws.com" }));
    return refused();
  });
  test("an explicit Deny wins", () => {
    const deny = { Effect: "Deny", Principal: "*", Action: "s3:Get*", Resource: `arn:aws:s3:::${bucket}/d/one.*` };
    edge.controlPlane.putBucketPolicy(bucket, policy({ statements: [deny] }));
    return refused();
  });
  test("a second distribution on the same bucket", async () => {
    const { domainName } = edge.controlPlane.createDistribution(config);
    expect((await get("/d/one.png", {}, domainName)).status).toBe(403);
  });
  test("an origin without access control, or one that never signs", async () => {
    const [origin] = config.origins;
    const { originAccessControlId: id = "", ...unsigned } = origin ?? { originId: "", domainName: "" };
    update({ origins: [unsigned] });
    await refused();
    update({});
    expect((await get("/d/one.png")).status).toBe(200);
    const accessControl = edge.controlPlane.originAccessControls.get(id)?.config;
    if (accessControl)
      edge.controlPlane.originAccessControls.update(id, { ...accessControl, signingBehavior: "never" });
    await refused();
  });
  test("a public policy is for everyone, until RestrictPublicBuckets limits it to AWS and the account", async () => {
    const everyone = { Effect: "Allow", Principal: "*", Action: "s3:GetObject", Resource: `arn:aws:s3:::${bucket}/*` };
    edge.controlPlane.putPublicAccessBlock(bucket, undefined);
    edge.controlPlane.putBucketPolicy(bucket, policy({ statements: [everyone] }));
    update({ origins: [{ originId: "pictures", domainName: `${bucket}.s3.eu-west-1.amazonaws.com` }] });
    expect((await get("/private/one.png")).status).toBe(200);
    edge.controlPlane.putPublicAccessBlock(bucket, block);
    await refused("/private/one.png");
    update({});
    expect((await get("/private/one.png")).status).toBe(200);
  });
  test("plain HTTP to the bucket is denied where the viewer may use it", async () => {
    update({ defaultCacheBehavior: { ...config.defaultCacheBehavior, viewerProtocolPolicy: "allow-all" } });
    expect((await edge.fetch(`http://${distribution.domainName}/d/one.png`)).status).toBe(403);
    const [allow] = (JSON.parse(policy()) as { Statement: object[] }).Statement;
    edge.controlPlane.putBucketPolicy(bucket, JSON.stringify({ Statement: [allow] }));
    expect((await edge.fetch(`http://${distribution.domainName}/d/one.png`)).status).toBe(200);
  });
});

describe("a missing object", () => {
  test("is 403, and 404 only where the distribution may list the bucket", async () => {
    expect((await get("/d/none.png")).status).toBe(403);
    edge.controlPlane.putBucketPolicy(bucket, policy({ statements: [mayList()] }));
    expect((await get("/d/none.png")).status).toBe(404);
    edge.controlPlane.putBucketPolicy(bucket, policy({ statements: [mayList(distributionArn("E0000000000000"))] }));
    expect((await get("/d/none.png")).status).toBe(403);
  });

  test("that was deleted says so, as S3 does, unless a page stands for it", async () => {
    edge.controlPlane.putBucketPolicy(bucket, policy({ statements: [mayList()] }));
    edge.controlPlane.putBucketVersioning(bucket, "Enabled");
    edge.controlPlane.putObject(bucket, "d/two.png", picture, {});
    const marker = edge.controlPlane.deleteObject(bucket, "d/two.png");
    const shown = async () => {
      const { status, headers } = await get("/d/two.png");
      return [status, headers.get("x-amz-delete-marker"), headers.get("x-amz-version-id")];
    };
    expect(await shown()).toEqual([404, "true", marker?.versionId]);
    update({ customErrorResponses: [{ errorCode: 404, responseCode: 404, responsePagePath: "/d/one.png" }] });
    expect(await shown()).toEqual([404, null, null]);
  });

  test("shows the declared error page with its status, or the origin's error if the page is missing", async () => {
    edge.controlPlane.putBucketPolicy(bucket, policy({ statements: [mayList()] }));
    const rule = { errorCode: 404, responseCode: 404, responsePagePath: "/d/one.png" };
    update({ customErrorResponses: [rule] });
    const etag = (await get("/d/one.png")).headers.get("etag") ?? "";
    const response = await get("/d/none.png", { headers: { "if-none-match": etag } });
    expect([response.status, response.headers.get("content-type")]).toEqual([404, "image/png"]);
    expect(Buffer.from(await response.arrayBuffer())).toEqual(picture);
    expect((await get("/private/one.png")).headers.get("content-type")).toBe("application/xml");
    update({ customErrorResponses: [{ ...rule, responseCode: 200, responsePagePath: "/d/gone.png" }] });
    expect((await get("/d/none.png")).status).toBe(404);
  });

  test("the right to list gives the list away at / unless a default root object stands there", async () => {
    expect((await get("/")).status).toBe(403);
    edge.controlPlane.putBucketPolicy(bucket, policy({ statements: [mayList()] }));
    expect(await (await get("/")).text()).toContain("<Key>private/one.png</Key>");
    update({ defaultRootObject: "d/one.png" });
    expect((await get("/")).headers.get("content-type")).toBe("image/png");
  });
});

describe("the viewer", () => {
  test("is sent from http to https, or refused, as the behaviour says", async () => {
    const url = `http://${distribution.domainName}/d/one.png?x=1`;
    const moved = await edge.fetch(url, { redirect: "manual" });
    expect([moved.status, moved.headers.get("location")]).toEqual([301, url.replace("http:", "https:")]);
    expect((await edge.fetch(url)).status).toBe(200);
    update({ defaultCacheBehavior: { ...config.defaultCacheBehavior, viewerProtocolPolicy: "https-only" } });
    expect((await edge.fetch(url)).status).toBe(403);
  });

  test("may use the allowed methods only", async () => {
    const refused = await get("/d/one.png", { method: "PUT" });
    expect([refused.status, refused.headers.get("server")]).toEqual([403, "CloudFront"]);
    expect((await get("/d/one.png", { method: "OPTIONS" })).headers.get("server")).toBe("CloudFront");
    const allowedMethods = ["GET", "HEAD", "OPTIONS"];
    update({ defaultCacheBehavior: { ...config.defaultCacheBehavior, allowedMethods } });
    const preflight = await get("/d/one.png", {
      method: "OPTIONS",
      headers: { origin: "https://app.example.com", "access-control-request-method": "GET" },
    });
    expect(preflight.headers.get("access-control-allow-methods")).toBe("GET, HEAD");
    // S3 refuses it where the bucket has no CORS rules, so no preflight succeeds.
    expect(preflight.status).toBe(403);
  });

  test("gets CloudFront's 403 from a disabled distribution and from a name that none has", async () => {
    update({ enabled: false });
    expect((await get("/d/one.png")).status).toBe(403);
    const unknown = await get("/d/one.png", {}, "d0000000000000.cloudfront.net");
    expect([unknown.status, await unknown.text()]).toEqual([403, expect.stringContaining("We can't connect")]);
  });

  test("gets the behaviour of the first path pattern that matches", async () => {
    update({ orderedCacheBehaviors: [{ ...plainBehavior, pathPattern: "d/*.png" }] });
    expect((await get("/d/one.png")).headers.has("content-security-policy")).toBe(false);
    expect((await get("/u/one.png")).headers.has("content-security-policy")).toBe(true);
  });

  test("trusts the sandbox's authority and no other", async () => {
    const other = await obtainCertificate(join(folder, "other"), ["*.cloudfront.net"]);
    await edge.close();
    edge = await startEdge({ folder: join(folder, "state"), certificate: { ...certificate, ca: other.ca } });
    await expect(get("/d/one.png")).rejects.toThrow("fetch failed");
  });
});

test("everything survives a restart", async () => {
  await edge.close();
  edge = await startEdge({ folder: join(folder, "state"), certificate });
  const response = await get("/d/one.png");
  expect(Buffer.from(await response.arrayBuffer())).toEqual(picture);
  expect(response.headers.get("content-security-policy")).toContain("sandbox");
});
