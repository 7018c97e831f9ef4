// The bucket by the AWS SDK: what it says of what AWS refuses, how it finds its endpoints, and the edges. That it keeps
// the contract of an object store, test/functions/object-store.test.ts holds.
import { execFile } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import { openPictureBucket } from "../../../cli/store/open-picture-bucket.ts";
import type { PictureBucketOptions } from "../../../cli/store/open-picture-bucket.ts";
import { StoreUnavailableError } from "../../../cli/store/picture-bucket.ts";
import { CommandError } from "../../../cli/terminal/command-error.ts";
import { bucketName, region, runS3 } from "../../sandbox/edge/running-s3.ts";

const s3 = runS3();

const target = { bucketName, region, pictureBaseUrl: "https://pictures.example.org/", distributionId: "E1EXAMPLE" };

interface Sent {
  readonly method: string;
  readonly hostname: string;
  readonly path: string;
  readonly body?: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** What answers instead of AWS, and all that was sent. */
function answering(
  answer: (request: Sent) => { status: number; body?: string; headers?: Record<string, string> } | Error,
) {
  const sent: Sent[] = [];
  const requestHandler = {
    async handle(request: Sent) {
      sent.push(request);
      const given = answer(request);
      if (given instanceof Error) throw given;
      const { status, body = "", headers = {} } = given;
      const stream = new Blob([body]).stream();
      return { response: { statusCode: status, headers, body: stream } };
    },
  } as unknown as NonNullable<PictureBucketOptions["requestHandler"]>;
  const credentials = { accessKeyId: "AKIAEXAMPLE", secretAccessKey: "a-secret-that-is-not-printed" };
  return { sent, options: { requestHandler, credentials } };
}

const s3Error = (code: string, message = "AWS's own words") =>
  `<Error><Code>${code}</Code><Message>${message}</Message></Error>`;

const failureOf = async (action: Promise<unknown>) =>
  action.then(
    () => expect.fail("nothing was refused"),
    (error: unknown) => error as Error,
  );

describe("what AWS refuses", () => {
  it.each([
    [403, "AccessDenied", CommandError, /may not do s3:ListBucket on the bucket "pictures-bucket".*AWS's own words/],
    [404, "NoSuchBucket", CommandError, /knows no such bucket.*PICTURE_BUCKET/],
    [400, "ExpiredToken", CommandError, /have expired\. Log in again/],
    [403, "InvalidAccessKeyId", CommandError, /does not know the access key/],
    [403, "SignatureDoesNotMatch", CommandError, /secret access key is not/],
    [400, "InvalidToken", CommandError, /session token/],
    [400, "AuthorizationHeaderMalformed", CommandError, /not in eu-west-1.*AWS_REGION/],
    [405, "MethodNotAllowed", CommandError, /405 MethodNotAllowed/],
    [503, "SlowDown", StoreUnavailableError, /503 SlowDown.*Repeat/],
    [500, "InternalError", StoreUnavailableError, /Repeat/],
  ])("is told of %i %s in words", async (status, code, type, message) => {
    const { options } = answering(() => ({ status, body: s3Error(code) }));
    const error = await failureOf(openPictureBucket(target, options).objects.list("u/"));

    expect(error).toBeInstanceOf(type);
    expect(error.message).toMatch(message);
    expect(error.message).not.toContain("a-secret");
  });

  it.each([
    [
      Object.assign(new Error("getaddrinfo ENOTFOUND"), { code: "ENOTFOUND" }),
      StoreUnavailableError,
      /cannot be reached.*ENOTFOUND/,
    ],
    [Object.assign(new Error("connect"), { code: "ECONNREFUSED" }), StoreUnavailableError, /ECONNREFUSED/],
    [Object.assign(new Error("timed out"), { name: "TimeoutError" }), StoreUnavailableError, /timed out/],
    [
      Object.assign(new Error("self-signed"), { code: "SELF_SIGNED_CERT_IN_CHAIN" }),
      CommandError,
      /NODE_EXTRA_CA_CERTS/,
    ],
    [
      Object.assign(new Error("no providers"), { name: "CredentialsProviderError" }),
      CommandError,
      /no AWS credentials.*AWS_PROFILE/,
    ],
  ])("is told of %s", async (failure, type, message) => {
    const { options } = answering(() => failure);
    const error = await failureOf(openPictureBucket(target, options).objects.list("u/"));

    expect(error).toBeInstanceOf(type);
    expect(error.message).toMatch(message);
  });

  it("names each call's permission", async () => {
    const { options } = answering(() => ({ status: 403, body: s3Error("AccessDenied") }));
    const bucket = openPictureBucket(target, options);
    const { objects } = bucket;
    const headers = { contentType: "image/webp", cacheControl: "", cacheTag: "u:0", tags: {} };
    const calls: [string, () => Promise<unknown>][] = [
      ["s3:PutObject and s3:PutObjectTagging", () => objects.putIfAbsent("u/a", new Uint8Array(1), headers)],
      ["s3:GetObject and s3:PutObject", () => objects.rewrite("u/a", headers)],
      ["s3:ListBucketVersions", () => objects.listVersions("u/")],
      ["s3:GetObjectTagging", () => objects.tagsOf("u/a")],
      ["s3:GetObjectVersionTagging", () => objects.tagsOf("u/a", "v")],
      ["s3:DeleteObjectVersion", () => objects.deleteVersion("u/a", "v")],
      ["s3:GetObject on", () => objects.readText("a")],
      ["s3:PutObject on", () => objects.writeText("a", "b")],
      ["cloudfront:CreateInvalidation", () => bucket.forget(["u:0"])],
    ];
    for (const [permission, call] of calls) expect((await failureOf(call())).message).toContain(permission);
  });

  it("says that no region is known", async () => {
    const before = { ...process.env };
    for (const name of ["AWS_REGION", "AWS_DEFAULT_REGION", "AWS_PROFILE"]) delete process.env[name];
    Object.assign(process.env, { AWS_CONFIG_FILE: "/nowhere", AWS_SHARED_CREDENTIALS_FILE: "/nowhere" });
    try {
      const { options } = answering(() => ({ status: 200 }));
      const error = await failureOf(openPictureBucket({ ...target, region: undefined }, options).objects.list("u/"));
      expect(error.message).toMatch(/region.*AWS_REGION/);
      expect(error).toBeInstanceOf(CommandError);
    } finally {
      for (const name of Object.keys(process.env)) if (!(name in before)) delete process.env[name];
      Object.assign(process.env, before);
    }
  });
});

describe("where it goes", () => {
  it("follows S3 into the bucket's own region", async () => {
    const list = "<ListBucketResult><IsTruncated>false</IsTruncated></ListBucketResult>";
    const { sent, options } = answering(({ hostname }) =>
      hostname.includes("us-west-2")
        ? { status: 200, body: list }
        : { status: 301, body: s3Error("PermanentRedirect"), headers: { "x-amz-bucket-region": "us-west-2" } },
    );
    expect(await openPictureBucket(target, options).objects.list("u/")).toEqual([]);
    expect(sent.map(({ hostname }) => hostname)).toEqual([
      "pictures-bucket.s3.eu-west-1.amazonaws.com",
      "pictures-bucket.s3.us-west-2.amazonaws.com",
    ]);
  });

  it("takes the SDK's own variable for the endpoint", async () => {
    const name = "AWS_ENDPOINT_URL_S3";
    const before = process.env[name];
    process.env[name] = "https://storage.internal:9000";
    const { sent, options } = answering(() => new Error("not sent"));
    await failureOf(openPictureBucket(target, options).objects.list("u/"));
    if (before === undefined) delete process.env[name];
    else process.env[name] = before;
    expect(sent[0]?.hostname).toMatch(/storage\.internal$/);
  });

  it("lists page by page, with sizes", async () => {
    const options = {
      endpoint: s3.endpoint,
      credentials: s3.sweeper,
      requestHandler: { httpsAgent: { ca: s3.certificate.ca } },
    };
    const bucket = openPictureBucket(target, options);
    const { controlPlane } = s3.edge;
    for (let at = 0; at < 1001; at += 1)
      controlPlane.putObject(bucketName, `u/${String(at).padStart(4, "0")}`, Buffer.alloc(at % 3), {});
    const keys: string[] = [];
    for await (const { key } of bucket.everyObject("u/")) keys.push(key);
    expect([keys.length, keys[0], keys.at(-1)]).toEqual([1001, "u/0000", "u/1000"]);
    expect(bucket.urlOf("u/a.webp")).toBe("https://pictures.example.org/u/a.webp");
  });
});

describe("the edges", () => {
  it("are told of 3,000 tags at once, each call with a reference of its own", async () => {
    const { sent, options } = answering(() => ({ status: 201, body: "<Invalidation><Id>I</Id></Invalidation>" }));
    await openPictureBucket(target, options).forget(Array.from({ length: 3001 }, (_, at) => `u:${at}`));

    expect(sent.map(({ body }) => /<Quantity>(\d+)/.exec(String(body))?.[1])).toEqual(["3000", "1"]);
    expect(sent[1]).toMatchObject({
      hostname: "cloudfront.amazonaws.com",
      path: expect.stringContaining("/distribution/E1EXAMPLE/invalidation") as string,
    });
    expect(sent[1]?.body).toContain("<Path>#u:3000</Path>");
    const references = sent.map(({ body }) => /<CallerReference>([^<]+)/.exec(String(body))?.[1]);
    expect(new Set(references).size).toBe(2);
    expect(sent[0]?.headers["authorization"]).toContain("/us-east-1/cloudfront/");
  });

  it("are China's for a bucket there, and none where the stack has none", async () => {
    const { sent, options } = answering(() => ({ status: 201, body: "<Invalidation/>" }));
    await openPictureBucket({ ...target, region: "cn-north-1" }, options).forget(["u:0"]);
    expect(sent[0]?.hostname).toBe("cloudfront.cn-northwest-1.amazonaws.com.cn");
    await openPictureBucket({ ...target, distributionId: undefined }, options).forget(["u:0"]);
    await openPictureBucket(target, options).forget([]);
    expect(sent).toHaveLength(1);
  });
});

it("is asked through the proxy that Node is told of", async () => {
  const asked: string[] = [];
  const proxy = createServer().on("connect", ({ url = "" }, client) => {
    asked.push(url);
    client.end("HTTP/1.1 403 Forbidden\r\n\r\n");
  });
  await once(proxy.listen(0, "127.0.0.1"), "listening");
  const { port } = proxy.address() as AddressInfo;
  const module = JSON.stringify(join(import.meta.dirname, "../../../cli/store/open-picture-bucket.ts"));
  // Node is told when it starts.
  const program = `
    const { openPictureBucket } = await import(${module});
    const bucket = openPictureBucket(${JSON.stringify(target)});
    await bucket.objects.list("u/").catch(() => undefined);
    await bucket.forget(["u:0"]).catch(() => undefined);
  `;
  const env = {
    ...{ PATH: process.env["PATH"], AWS_ACCESS_KEY_ID: "AKIAEXAMPLE", AWS_SECRET_ACCESS_KEY: "secret" },
    ...{ NODE_USE_ENV_PROXY: "1", HTTPS_PROXY: `http://127.0.0.1:${port}`, AWS_MAX_ATTEMPTS: "1" },
  };
  try {
    await promisify(execFile)(process.execPath, ["--input-type=module", "--eval", program], { env });
  } finally {
    proxy.close();
  }

  expect(asked).toEqual(["pictures-bucket.s3.eu-west-1.amazonaws.com:443", "cloudfront.amazonaws.com:443"]);
});
