// The picture store by what a browser gets from it, on the sandbox's edge: each promise holds on the program as it is,
// and is broken by each change that should break it.
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { distributionArn } from "../../../sandbox/edge/identity.ts";
import { deployments } from "./deployed-store.ts";
import type { Breakage, DeployedStore } from "./deployed-store.ts";

const { deploy } = deployments();

const picture = Buffer.from("89504e470d0a1a0a00", "hex");
const defaultPicture = readFileSync("assets/default-picture.png");
const own = "u/5756aadff1ddeb12281ac50f7f975b5f/02a3e298.png";

function upload({ edge, bucketName }: DeployedStore, key = own): void {
  edge.controlPlane.putObject(bucketName, key, picture, {
    contentType: "image/png",
    cacheControl: "public, max-age=604800",
    metadata: { "cache-tag": "u:5756aadff1ddeb12281ac50f7f975b5f" },
  });
}

/** Changes one input, by its path, as `defaultCacheBehavior.viewerProtocolPolicy`; undefined takes it away. */
function input(type: string, path: string, value?: unknown): Breakage {
  return {
    type,
    change(inputs) {
      const changed = structuredClone(inputs) as Record<string, unknown>;
      const names = path.split(".");
      const last = names.pop() ?? "";
      const owner = names.reduce((object, name) => object[name] as Record<string, unknown>, changed);
      if (value === undefined) Reflect.deleteProperty(owner, last);
      else owner[last] = value;
      return changed;
    },
  };
}

const statementWithout = (sid: string) =>
  policyChange((statements) => statements.filter((statement) => statement["Sid"] !== sid));

function policyChange(change: (statements: Record<string, unknown>[]) => Record<string, unknown>[]): Breakage {
  return {
    type: "s3/bucketPolicy:BucketPolicy",
    change(inputs) {
      const policy = JSON.parse(inputs["policy"] as string) as { Statement: Record<string, unknown>[] };
      return { ...inputs, policy: JSON.stringify({ ...policy, Statement: change(policy.Statement) }) };
    },
  };
}

const distribution = "cloudfront/distribution:Distribution";
const headersPolicy = "cloudfront/responseHeadersPolicy:ResponseHeadersPolicy";
const withoutHeadersPolicy = input(distribution, "defaultCacheBehavior.responseHeadersPolicyId");
const object = (name: string, change: Breakage["change"]): Breakage => ({
  type: "s3/bucketObjectv2:BucketObjectv2",
  change: (inputs, resource) => (resource.startsWith(`pictures-${name}`) ? change(inputs, resource) : inputs),
});

interface Promised {
  readonly that: string;
  readonly holds: (store: DeployedStore) => Promise<void>;
  readonly unless: Readonly<Record<string, Breakage>>;
}

const header = (name: string, value: string | null) => async (store: DeployedStore) => {
  upload(store);
  const { headers } = await store.get(own, { headers: { origin: "https://app.example.org" } });
  expect(headers.get(name)).toBe(value);
};

const refused = async (store: DeployedStore, path: string) => {
  const response = await store.get(path);
  expect([response.status, await response.text()]).toEqual([403, expect.stringContaining("AccessDenied")]);
};

const promises: readonly Promised[] = [
  {
    that: "a picture comes with its bytes, its type and its caching",
    async holds(store) {
      upload(store);
      const response = await store.get(own);
      expect(response.status).toBe(200);
      expect(Buffer.from(await response.arrayBuffer())).toEqual(picture);
      expect(response.headers.get("content-type")).toBe("image/png");
      expect(response.headers.get("cache-control")).toBe("public, max-age=604800");
    },
    unless: {
      "the bucket's policy is not there": { type: "s3/bucketPolicy:BucketPolicy", change: () => undefined },
      "the policy names no users' pictures": policyChange((statements) =>
        statements.map((it) => (Array.isArray(it["Resource"]) ? { ...it, Resource: it["Resource"][0] as string } : it)),
      ),
      "the policy names another distribution": policyChange((statements) =>
        statements.map((it) =>
          it["Effect"] === "Allow"
            ? { ...it, Condition: { StringEquals: { "AWS:SourceArn": distributionArn("E0000000000000") } } }
            : it,
        ),
      ),
      "the origin is asked without access control": input(distribution, "origins.0.originAccessControlId"),
      "the access control does not sign": input(
        "cloudfront/originAccessControl:OriginAccessControl",
        "signingBehavior",
        "never",
      ),
      "the distribution is disabled": input(distribution, "enabled", false),
    },
  },
  {
    that: "the default picture is kept a week by browsers and a year by the edge",
    async holds(store) {
      const response = await store.get(store.defaultPictureUrl);
      expect(response.headers.get("cache-control")).toBe("public, max-age=604800, s-maxage=31536000, immutable");
      expect(Buffer.from(await response.arrayBuffer())).toEqual(defaultPicture);
    },
    unless: { "it says nothing of caching": object("default-picture", ({ cacheControl, ...inputs }) => inputs) },
  },
  ...Object.entries({
    "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'; sandbox; frame-ancestors 'none'",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "strict-transport-security": "max-age=31536000",
    "cross-origin-resource-policy": "cross-origin",
    "x-robots-tag": "noindex, noimageindex",
    "access-control-allow-origin": "*",
  }).map(([name, value]) => ({
    that: `a picture has the header ${name}`,
    holds: header(name, value),
    unless: { "the headers policy is not attached": withoutHeadersPolicy },
  })),
  {
    that: "what a browser keeps of a shown picture is not what it gives to a script",
    async holds(store) {
      for (const path of [store.defaultPictureUrl, "u/none.png"])
        expect((await store.get(path)).headers.get("vary")).toBe("Origin");
    },
    unless: {
      "the headers policy is not attached": withoutHeadersPolicy,
      "it has no CORS part": input(headersPolicy, "corsConfig"),
    },
  },
  ...["x-amz-meta-cache-tag", "x-amz-server-side-encryption", "x-amz-version-id"].map((name) => ({
    that: `a picture does not have the header ${name}`,
    holds: header(name, null),
    unless: { "nothing is removed": input(headersPolicy, "removeHeadersConfig") },
  })),
  {
    that: "a missing picture answers 404 with the default picture, for a minute, under every header",
    async holds(store) {
      const response = await store.get("u/none/none.png");
      expect(response.status).toBe(404);
      expect(Buffer.from(await response.arrayBuffer())).toEqual(defaultPicture);
      expect(response.headers.get("content-type")).toBe("image/png");
      expect(response.headers.get("cache-control")).toBe("public, max-age=60");
      expect(response.headers.get("content-security-policy")).toContain("sandbox");
    },
    unless: {
      "CloudFront may not list the bucket": statementWithout("CloudFrontSeesWhatIsMissing"),
      "there is no error response": input(distribution, "customErrorResponses", []),
      "its object is not there": object("missing-picture", () => undefined),
      "its object is kept for a year": object("missing-picture", (inputs) => ({
        ...inputs,
        cacheControl: "public, max-age=31536000",
      })),
      "the headers policy is not attached": withoutHeadersPolicy,
    },
  },
  {
    that: "a deleted default picture answers as a missing one, and so does one of d/ that never was",
    async holds(store) {
      store.edge.controlPlane.deleteObject(store.bucketName, new URL(store.defaultPictureUrl).pathname.slice(1));
      for (const path of [store.defaultPictureUrl, "d/none.png"]) expect((await store.get(path)).status).toBe(404);
    },
    unless: { "CloudFront may not list the bucket": statementWithout("CloudFrontSeesWhatIsMissing") },
  },
  {
    that: "any prefix but d/ and u/ is refused, whether there is something or not",
    async holds(store) {
      upload(store, "private/picture.png");
      upload(store, "users.csv");
      for (const path of ["private/picture.png", "private/none.png", "users.csv", "d", "u%2e/x", "D/none.png"])
        await refused(store, path);
    },
    unless: {
      "the policy names the whole bucket": policyChange((statements) =>
        statements.map((it) =>
          Array.isArray(it["Resource"]) && it["Effect"] === "Allow"
            ? { ...it, Resource: String(it["Resource"][0]).replace("/d/*", "/*") }
            : it,
        ),
      ),
    },
  },
  {
    that: "nobody lists the bucket",
    async holds(store) {
      upload(store);
      for (const path of ["/", "/?list-type=2", "/?prefix=u/"]) {
        const response = await store.get(path);
        expect(response.headers.get("content-type")).toBe("image/png");
        expect(Buffer.from(await response.arrayBuffer())).toEqual(defaultPicture);
      }
    },
    unless: { "there is no root object": input(distribution, "defaultRootObject") },
  },
  {
    that: "plain http is redirected to https",
    async holds({ edge, defaultPictureUrl }) {
      const url = defaultPictureUrl.replace("https:", "http:");
      const response = await edge.fetch(url, { redirect: "manual" });
      expect([response.status, response.headers.get("location")]).toEqual([301, defaultPictureUrl]);
    },
    unless: {
      "http is allowed": input(distribution, "defaultCacheBehavior.viewerProtocolPolicy", "allow-all"),
      "http is refused": input(distribution, "defaultCacheBehavior.viewerProtocolPolicy", "https-only"),
    },
  },
  {
    that: "the bucket gives nothing away over plain http, whatever a distribution allows",
    async holds(store) {
      const { edge, distributionId, defaultPictureUrl } = store;
      const config = edge.controlPlane.getDistribution(distributionId)?.config;
      if (config === undefined) throw new Error("The distribution is not there");
      const defaultCacheBehavior = { ...config.defaultCacheBehavior, viewerProtocolPolicy: "allow-all" };
      edge.controlPlane.updateDistribution(distributionId, { ...config, defaultCacheBehavior });
      await refused(store, defaultPictureUrl.replace("https:", "http:"));
    },
    unless: { "the policy does not ask for TLS": statementWithout("TlsOnly") },
  },
  {
    that: "another distribution gets nothing from the bucket",
    async holds(store) {
      const { edge, distributionId, defaultPictureUrl } = store;
      const config = edge.controlPlane.getDistribution(distributionId)?.config;
      if (config === undefined) throw new Error("The distribution is not there");
      const { domainName } = edge.controlPlane.createDistribution(config);
      await refused(store, defaultPictureUrl.replace(/\/\/[^/]+/, `//${domainName}`));
    },
    unless: {
      "the policy asks for no distribution's ARN": policyChange((statements) =>
        statements.map(({ Condition, ...it }) => (it["Effect"] === "Allow" ? it : { ...it, Condition })),
      ),
    },
  },
  {
    that: "only GET and HEAD are answered",
    async holds(store) {
      // A preflight too: S3 would refuse it, because the bucket has no CORS rules.
      for (const method of ["PUT", "POST", "DELETE", "PATCH", "OPTIONS"])
        expect((await store.get(own, { method })).headers.get("server")).toBe("CloudFront");
    },
    unless: {
      "preflights are let through": input(distribution, "defaultCacheBehavior.allowedMethods", [
        ...["GET", "HEAD", "OPTIONS"],
      ]),
      "every method is allowed": input(distribution, "defaultCacheBehavior.allowedMethods", [
        ...["GET", "HEAD", "OPTIONS", "PUT", "POST", "PATCH", "DELETE"],
      ]),
    },
  },
  {
    that: "an overwritten or deleted picture can be restored",
    async holds(store) {
      const { edge, bucketName } = store;
      upload(store);
      upload(store);
      edge.controlPlane.deleteObject(bucketName, own);
      expect(edge.controlPlane.getBucket(bucketName)?.noncurrentVersions?.[own]).toHaveLength(2);
    },
    unless: {
      "the bucket keeps no versions": { type: "s3/bucketVersioning:BucketVersioning", change: () => undefined },
    },
  },
];

describe.each(promises)("$that", ({ holds, unless }) => {
  it("holds", async () => {
    await holds(await deploy());
  });

  it.each(Object.entries(unless))("fails where %s", async (_, breakage) => {
    const store = await deploy({}, breakage);
    await expect(holds(store)).rejects.toThrow();
  });
});

describe("a store whose default picture is served elsewhere", () => {
  const args = { defaultPictures: { general: { url: "https://cdn.example.org/default.png" } } };
  const rootIsMissing = async (store: DeployedStore) => {
    const response = await store.get("/");
    expect(response.status).toBe(404);
    expect(await response.text()).toContain("NoSuchKey");
  };

  it("answers a plain 404 for a missing picture, and no list for the root", async () => {
    const store = await deploy(args);

    expect((await store.get("u/none.png")).status).toBe(404);
    await rootIsMissing(store);
  });

  it("would answer the list without a root object", async () => {
    await expect(rootIsMissing(await deploy(args, input(distribution, "defaultRootObject")))).rejects.toThrow();
  });
});
