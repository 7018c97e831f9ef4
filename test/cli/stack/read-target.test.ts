// What a command works on, from a stack, a file and the environment: what comes first, and what is refused, all at
// once.
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readTarget } from "../../../cli/stack/read-target.ts";
import type { TargetOptions } from "../../../cli/stack/read-target.ts";
import { CommandError } from "../../../cli/terminal/command-error.ts";

const credentials = {
  AUTH0_DOMAIN: "example.eu.auth0.com",
  AUTH0_CLIENT_ID: "the-client",
  AUTH0_CLIENT_SECRET: "the-secret-of-the-client",
};

const outputs = {
  pictureBaseUrl: "https://pictures.example.com/",
  defaultPictureUrl: "https://pictures.example.com/d/0123.png",
  bucketName: "pictures-bucket-0123",
  distributionId: "E1EXAMPLE",
  distributionDomainName: "d111111abcdef8.cloudfront.net",
  uploaderPolicyJson: "{}",
  uploadsEndpoint: "https://abc.execute-api.eu-west-1.amazonaws.com/picture",
  dnsRecords: [{ name: "pictures.example.com", type: "CNAME", value: "d111111abcdef8.cloudfront.net" }],
  actionId: "01234567-89ab-cdef-0123-456789abcdef",
  actionVersionId: "11234567-89ab-cdef-0123-456789abcdef",
  connections: { "google-oauth2": "on_first_login" },
};

const target = {
  auth0: {
    domain: "example.eu.auth0.com",
    credentials: { clientId: "the-client", clientSecret: "the-secret-of-the-client" },
  },
  store: {
    bucketName: "pictures-bucket-0123",
    pictureBaseUrl: "https://pictures.example.com/",
    distributionId: "E1EXAMPLE",
    region: undefined,
  },
  action: {
    actionId: "01234567-89ab-cdef-0123-456789abcdef",
    actionVersionId: "11234567-89ab-cdef-0123-456789abcdef",
  },
  defaultPictureUrl: "https://pictures.example.com/d/0123.png",
  connections: { "google-oauth2": "on_first_login" },
  dnsRecords: outputs.dnsRecords,
  expectedTenant: undefined,
  expectedAwsAccounts: [],
};

let folder: string;
let files = 0;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "cli-stack-"));
});
afterAll(() => rm(folder, { recursive: true }));

type Given = Partial<Omit<TargetOptions, "environment">> & { environment?: Record<string, string> };
const read = ({ environment = {}, ...options }: Given = {}) =>
  readTarget({ environment: { ...credentials, ...environment }, signal: new AbortController().signal, ...options });

async function refusal(given: Given): Promise<string> {
  const error: unknown = await read(given).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(CommandError);
  const { message } = error as CommandError;
  expect(message).not.toContain("the-secret");
  return message.replaceAll(folder, "FOLDER");
}

async function file(content: unknown, name = "stack.json"): Promise<string> {
  const path = join(folder, `${(files += 1)}-${name}`);
  await writeFile(path, typeof content === "string" || content instanceof Buffer ? content : JSON.stringify(content));
  return path;
}

describe("a file", () => {
  it("is what `pulumi stack output --json` writes", async () => {
    expect(await read({ config: await file(outputs) })).toEqual(target);
  });

  it("may be YAML, say more than the outputs, and leave out what the environment says", async () => {
    const config = await file(
      [
        "# of the dev stack",
        "pictureBaseUrl: https://pictures.example.com # without its slash",
        "domain: https://EXAMPLE.eu.auth0.com/",
        "region: eu-west-1",
        'expectedAwsAccount: "012345678901"',
        "expectedTenant: Example.eu.auth0.com",
        "distributionId: null",
      ].join("\r\n"),
      "stack.yaml",
    );
    const environment = {
      PICTURE_BUCKET: "the-bucket",
      PICTURE_BASE_URL: "https://elsewhere.example/",
      PICTURE_ACTION_ID: "a1",
    };
    expect(await read({ config, environment })).toEqual({
      ...target,
      auth0: { ...target.auth0, domain: "EXAMPLE.eu.auth0.com" },
      store: { ...target.store, bucketName: "the-bucket", region: "eu-west-1", distributionId: undefined },
      action: { actionId: "a1", actionVersionId: undefined },
      defaultPictureUrl: undefined,
      connections: {},
      dnsRecords: [],
      expectedTenant: "example.eu.auth0.com",
      expectedAwsAccounts: ["012345678901"],
    });
  });

  it.each(["utf-8 with a mark", "utf-16le", "utf-16be"])("may be in %s, as Windows writes it", async (encoding) => {
    const text = `\ufeff${JSON.stringify(outputs)}`;
    const bytes = Buffer.from(text, encoding.startsWith("utf-16") ? "utf16le" : "utf8");
    const config = await file(encoding === "utf-16be" ? bytes.swap16() : bytes);
    expect(await read({ config })).toEqual(target);
  });

  it("is named by USER_PICTURES_CONFIG, where neither a file nor a stack is given", async () => {
    const environment = { USER_PICTURES_CONFIG: await file(outputs) };
    expect(await read({ environment })).toEqual(target);
    const other = await file({ ...outputs, bucketName: "another" });
    expect((await read({ config: other, environment })).store?.bucketName).toBe("another");
  });

  it("may have the outputs in an object of their own, as a larger stack does", async () => {
    const larger = {
      url: "https://app.example.com",
      region: "eu-west-1",
      pictures: { ...outputs, urn: "urn:pulumi:…" },
    };
    const config = await file(larger);
    expect(await read({ config, outputs: "pictures" })).toEqual({
      ...target,
      store: { ...target.store, region: "eu-west-1" },
    });
    expect(await refusal({ config })).toContain("url: there is no such setting.");
    expect(await refusal({ config, outputs: "picture" })).toMatch(
      /^--outputs: FOLDER\/.* has no object picture among its outputs: url, region, pictures\. Try --outputs pictures\.$/,
    );
    expect(await refusal({ config, outputs: "__proto__" })).toContain("has no object __proto__ among");
  });

  it("is refused with every mistake at once, each by its name", async () => {
    const config = await file({
      bucketName: ["pictures"],
      pictureBaseUrl: "https://ada:pass@pictures.example.com/",
      distributionID: "E1EXAMPLE",
      defaultPictureUrl: "ftp://pictures.example.com/a.png",
      actionId: "../x",
      connections: { "google-oauth2": true },
      dnsRecords: [{ name: "a", type: "CNAME" }],
      region: "Ireland",
      domain: "example.eu.auth0.com/api",
      expectedAwsAccount: 123456789012,
      clientSecret: "the-secret-of-the-client",
      "auth0:apiToken": "the-secret-token",
      "\u001b[31m": "",
    });
    const lines = (await refusal({ config })).split("\n");
    expect(lines).toEqual([
      "The configuration is wrong:",
      `  - bucketName: ["pictures"] was given; it must be the name of an S3 bucket.`,
      `  - pictureBaseUrl: "https://…@pictures.example.com/" was given; it must be a URL such as https://pictures.example.com/.`,
      `  - defaultPictureUrl: "ftp://pictures.example.com/a.png" was given; it must be an https URL.`,
      `  - actionId: "../x" was given; it must be an id, as the stack's output says it.`,
      `  - connections.google-oauth2: true was given; it must be a text of one line.`,
      `  - dnsRecords[0].value: nothing was given; it must be a text of one line.`,
      `  - domain: "example.eu.auth0.com/api" was given; it must be the tenant's domain only, such as example.eu.auth0.com.`,
      `  - region: "Ireland" was given; it must be an AWS region, such as eu-central-1.`,
      `  - expectedAwsAccount: 123456789012 was given; it must be the account's 12 digits, in quotes.`,
      expect.stringMatching(/^ {2}- distributionID: there is no such setting\. There are bucketName, pictureBaseUrl, /),
      expect.stringMatching(/^ {2}- clientSecret: a credential does not belong in a file\./),
      expect.stringMatching(/^ {2}- auth0:apiToken: a credential does not belong in a file\./),
      expect.stringMatching(/^ {2}- \["\\u001b\[31m"\]: there is no such setting\./),
    ]);
  });

  it("is refused with a tenant that is no text", async () => {
    const config = await file({ ...outputs, domain: 5, expectedTenant: {} });
    expect((await refusal({ config })).split("\n")).toHaveLength(3);
  });

  it.each([
    ["[secret]", "it is a secret in the stack, and no secret is read. Export it as it is."],
    [{ toString: "x" }, `{"toString":"x"} was given; it must be the name of an S3 bucket.`],
    ["Pictures_Bucket", `"Pictures_Bucket" was given; it must be the name of an S3 bucket.`],
    ["b\u001b[31m", `"b\\u001b[31m" was given; it must be the name of an S3 bucket.`],
  ])("is refused for the bucket %j", async (bucketName, message) => {
    const config = await file({ ...outputs, bucketName });
    expect(await refusal({ config })).toBe(`The configuration is wrong:\n  - bucketName: ${message}`);
  });

  it.each([
    ["no content", "", "is no object with the stack's outputs, such as bucketName and actionId."],
    ["a list", "[1]", "is no object with the stack's outputs, such as bucketName and actionId."],
    ["no JSON", `{"a": "the-secret"`, "is neither JSON nor YAML: line 1, column 19: "],
    ["a key that is there twice", "bucketName: a\nbucketName: b", "is neither JSON nor YAML: line 2, column 1: "],
    ["a web page", "<!doctype html>\n<p>", "is no object with the stack's outputs, such as bucketName and actionId."],
    ["no text", Buffer.from([0xff, 0xd8, 0xff, 0xe0]), "is not text in UTF-8 or UTF-16."],
    ["a billion aliases", billionAliases(), "is no object with the stack's outputs, such as bucketName and actionId."],
    ["too much", " ".repeat(2 ** 20 + 1), "has more than 1 MiB. It should be what the stack's outputs are."],
  ])("is refused with %s", async (_, content, reason) => {
    const message = await refusal({ config: await file(content) });
    expect(message.replace(/\d+-stack/, "stack")).toMatch(/^--config: FOLDER\/stack\.json /);
    expect(message).toContain(` ${reason}`);
  });

  it("is refused where it is none", async () => {
    await mkdir(join(folder, "sub"));
    expect(await refusal({ config: join(folder, "no\u202efile") })).toBe(
      "--config: FOLDER/no\\u202efile is not there.",
    );
    expect(await refusal({ config: join(folder, "sub") })).toBe("--config: FOLDER/sub is a folder; name a file.");
    expect(await refusal({ config: "a\0b" })).toMatch(/^--config: a\\u0000b cannot be read: /);
  });
});

function billionAliases(): string {
  const lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"];
  for (let level = 1; level < 10; level += 1)
    lines.push(`a${level}: &a${level} [${Array.from({ length: 9 }, () => `*a${level - 1}`).join(", ")}]`);
  return lines.join("\n");
}

describe("the environment", () => {
  it("is enough by itself; a stack without a store has none", async () => {
    const environment = {
      ...{ PICTURE_BUCKET: "pictures-bucket-0123", PICTURE_BASE_URL: "https://pictures.example.com" },
      ...{ PICTURE_DISTRIBUTION_ID: "E1EXAMPLE", PICTURE_DEFAULT_URL: outputs.defaultPictureUrl },
      ...{ PICTURE_ACTION_ID: outputs.actionId, PICTURE_ACTION_VERSION_ID: outputs.actionVersionId },
      ...{ EXPECTED_TENANT: "example.eu.auth0.com", EXPECTED_AWS_ACCOUNT: "123456789012" },
    };
    expect(await read({ environment })).toEqual({
      ...target,
      ...{ connections: {}, dnsRecords: [], expectedTenant: "example.eu.auth0.com" },
      expectedAwsAccounts: ["123456789012"],
    });
    expect(await read()).toMatchObject({ store: undefined, action: undefined, defaultPictureUrl: undefined });
    expect((await read({ environment: { PICTURE_BASE_URL: "https://p.example/" } })).store).toBeUndefined();
  });

  it("may be a sandbox on this machine without TLS, and nothing else without it", async () => {
    const given = (url: string) => ({ environment: { PICTURE_BUCKET: "bucket", PICTURE_BASE_URL: url } });
    expect((await read(given("http://127.0.0.1:4000/x"))).store?.pictureBaseUrl).toBe("http://127.0.0.1:4000/x/");
    for (const url of [
      "http://pictures.example.com/",
      "https://p.example/?a",
      "https://p.example/#a",
      "p.example",
      "file:///a",
    ])
      expect(await refusal(given(url))).toContain("\n  - PICTURE_BASE_URL: ");
  });

  it("is refused by its variables' names; what is said elsewhere is not looked at", async () => {
    const environment = { PICTURE_BUCKET: "A", PICTURE_BASE_URL: "B", EXPECTED_AWS_ACCOUNT: "1" };
    expect((await refusal({ environment })).split("\n").map((line) => line.split(": ")[0])).toEqual([
      "The configuration is wrong:",
      "  - PICTURE_BUCKET",
      "  - PICTURE_BASE_URL",
      "  - EXPECTED_AWS_ACCOUNT",
    ]);
    const config = await file({ ...outputs, expectedAwsAccount: "123456789012" });
    expect((await read({ config, environment })).store).toEqual(target.store);
  });

  it.each([
    "https://pictures.example.com",
    "https://pictures.example.com/\n",
    " https://Pictures.Example.com ",
    "https://pictures.example.com:443/?",
    "https://pictures.example.com/#",
  ])("has the base of the pictures' URLs as a browser reads it: %j", async (pictureBaseUrl) => {
    const environment = { PICTURE_BUCKET: "pictures", PICTURE_BASE_URL: pictureBaseUrl };

    expect((await read({ environment })).store?.pictureBaseUrl).toBe("https://pictures.example.com/");
  });

  it("does not print a token that no header can have", async () => {
    const environment = { AUTH0_API_TOKEN: "the-token\nin-two-lines" };
    const error = await read({ environment }).catch((one: unknown) => one as Error);

    expect(error).toMatchObject({
      name: "CommandError",
      message:
        "The configuration is wrong:\n  - AUTH0_API_TOKEN: a space, a line break, or a sign that no token has is in " +
        "it. Copy the token again, in one line.",
    });
  });

  it("names what is missing of a store, and of the credentials", async () => {
    const environment = { PICTURE_BUCKET: "bucket", AUTH0_DOMAIN: "", AUTH0_CLIENT_ID: "", AUTH0_CLIENT_SECRET: "" };
    expect((await refusal({ environment })).split("\n")).toEqual([
      "The configuration is wrong:",
      "  - pictureBaseUrl: nothing was given, and a store has it: it is the stack's output (or PICTURE_BASE_URL).",
      "  - domain: nothing says which tenant. Name a stack (--stack dev), a file (--config), or set AUTH0_DOMAIN to the tenant's domain.",
      "  - AUTH0_CLIENT_ID and AUTH0_CLIENT_SECRET: nothing was given. Credentials are read from the environment only: those of a machine-to-machine application of the tenant, or a token as AUTH0_API_TOKEN.",
    ]);
    expect(await refusal({ environment: { AUTH0_CLIENT_ID: "" } })).toContain(
      "  - AUTH0_CLIENT_ID: nothing was given.",
    );
    expect(await refusal({ environment: { AUTH0_CLIENT_ASSERTION_PRIVATE_KEY: "the-secret-key" } })).toContain(
      "  - AUTH0_CLIENT_ASSERTION_SIGNING_ALG: nothing was given.",
    );
  });

  it("logs in by a token, or by a private key", async () => {
    expect((await read({ environment: { AUTH0_API_TOKEN: "the-token" } })).auth0.credentials).toEqual({
      token: "the-token",
    });
    const environment = {
      ...{ AUTH0_CLIENT_ASSERTION_PRIVATE_KEY: "the-key", AUTH0_CLIENT_ASSERTION_SIGNING_ALG: "RS256" },
      AUTH0_AUDIENCE: "https://example.eu.auth0.com/api/v2/",
    };
    expect((await read({ environment })).auth0).toEqual({
      domain: "example.eu.auth0.com",
      audience: "https://example.eu.auth0.com/api/v2/",
      credentials: {
        ...{ clientId: "the-client", clientAssertionSigningKey: "the-key" },
        clientAssertionSigningAlg: "RS256",
      },
    });
  });
});

describe("the wrong tenant", () => {
  it("is refused where the stack expects another", async () => {
    const config = await file({ ...outputs, expectedTenant: "prod.eu.auth0.com" });
    expect(await refusal({ config })).toBe(
      "The configuration is wrong:\n  - expectedTenant: prod.eu.auth0.com was expected, and the credentials lead to " +
        "example.eu.auth0.com. Give the credentials of prod.eu.auth0.com, or another stack.",
    );
    expect(await refusal({ environment: { EXPECTED_TENANT: "example.eu.auth0.com.evil.example" } })).toContain(
      "expectedTenant: ",
    );
  });

  it("never has a secret of another sent to it", async () => {
    const config = await file({ ...outputs, domain: "attacker.example" });
    expect(await refusal({ config })).toBe(
      "The configuration is wrong:\n  - AUTH0_DOMAIN: the environment's credentials are those of example.eu.auth0.com, " +
        "and the stack or file is of attacker.example. Give the credentials of that tenant, or another stack.",
    );
    expect((await read({ config, environment: { AUTH0_DOMAIN: "" } })).auth0.domain).toBe("attacker.example");
  });
});
