// What UserPictures joins: the store's URLs reach the Action, each connection gets its sync setting, faults come
// together.
import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import * as auth0 from "@pulumi/auth0";
import { afterEach, describe, expect, it, vi } from "vitest";
import { bundleAction } from "../../actions/bundle/bundle.ts";
import { DefaultPictureMode, RootPictureMode } from "../../actions/user-picture/picture.ts";
import { SetUserRootAttributes } from "../../components/connection-sync/sync-values.ts";
import { refusalText } from "../../actions/bundle/schema.ts";
import { UserPictures } from "../../components/user-pictures.ts";
import { validateUserPictures } from "../../components/user-pictures-args.ts";
import type { UserPicturesArgs } from "../../components/user-pictures-args.ts";
import { mockEngine, valueOf } from "./mock-engine.ts";

const engine = mockEngine();
afterEach(() => vi.unstubAllEnvs());
const defaultPictures = { general: { file: "assets/default-picture.png" } };
const kept = { store: {}, defaultPictures };
const baseUrl = "https://d111111abcdef8.cloudfront.net/";

const refusalsOf = (args: UserPicturesArgs) => validateUserPictures("User pictures", args).refusals.map(refusalText);

describe("UserPictures", () => {
  it("refuses what would lead to another tenant than its auth0 provider's, before it makes anything", async () => {
    const provider = new auth0.Provider("other", { domain: "other.eu.auth0.com" }, engine.recorded);
    const connections = { "google-oauth2": SetUserRootAttributes.OnFirstLogin };
    const make = () =>
      new UserPictures(
        "pictures",
        { ...kept, action: { loginFlow: {} }, connections },
        { ...engine.recorded, providers: [provider] },
      );
    expect(make).toThrow(
      /\n {2}- action\.loginFlow: with an auth0 provider of its own[^]*\n {2}- connections: an auth0 provider of its own/,
    );
    new UserPictures("others", { ...kept, connections: {} }, { ...engine.recorded, providers: [provider] });
    const registered = (await engine.registered()).map(({ name }) => name);
    expect(registered.slice(0, 4)).toEqual(["other", "pictures", "others", "others-store"]);
  });

  it("allows the store's pictures, shows its default picture and sets the connections", async () => {
    const pictures = new UserPictures(
      "pictures",
      {
        ...kept,
        action: { allowedUrlPrefixes: ["https://avatars.example.org/"] },
        connections: {
          "google-oauth2": SetUserRootAttributes.OnFirstLogin,
          "acme-saml": SetUserRootAttributes.OnEachLogin,
        },
      },
      engine.recorded,
    );
    const defaultPictureUrl = (await valueOf(pictures.defaultPictureUrl)) ?? "";
    const connections = await valueOf(pictures.connections);
    const registered = await engine.registered();

    expect(connections).toEqual({ "google-oauth2": "on_first_login", "acme-saml": "on_each_login" });
    expect(registered.find(({ type }) => type === "auth0:index/action:Action")?.inputs["code"]).toBe(
      bundleAction({
        allowedUrlPrefixes: [`${baseUrl}d/`, `${baseUrl}u/`, "https://avatars.example.org/"],
        mode: "generated",
        defaultPictures: { general: defaultPictureUrl },
      }),
    );
    const resources = registered.map(({ type, name }) => `${type} ${name.replace(/-[0-9a-f]{8}$/, "-<hash>")}`);
    expect(resources).toMatchInlineSnapshot(`
      [
        "auth0-user-pictures:index:UserPictures pictures",
        "auth0-user-pictures:index:PictureStore pictures-store",
        "aws:s3/bucket:Bucket pictures-store-bucket",
        "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock pictures-store-public-access-block",
        "aws:s3/bucketOwnershipControls:BucketOwnershipControls pictures-store-ownership-controls",
        "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration pictures-store-encryption",
        "aws:s3/bucketVersioning:BucketVersioning pictures-store-versioning",
        "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration pictures-store-lifecycle",
        "aws:cloudfront/originAccessControl:OriginAccessControl pictures-store-origin-access-control",
        "aws:cloudfront/responseHeadersPolicy:ResponseHeadersPolicy pictures-store-response-headers-policy",
        "aws:cloudfront/distribution:Distribution pictures-store-distribution",
        "aws:s3/bucketPolicy:BucketPolicy pictures-store-bucket-policy",
        "aws:s3/bucketObjectv2:BucketObjectv2 pictures-store-default-picture-<hash>",
        "aws:s3/bucketObjectv2:BucketObjectv2 pictures-store-missing-picture",
        "auth0-user-pictures:index:PictureAction pictures-action",
        "auth0:index/action:Action pictures-action-action",
        "auth0:index/triggerAction:TriggerAction pictures-action-binding",
        "pulumi-nodejs:dynamic/auth0-user-pictures:ActionDeployment pictures-action-deployment",
        "auth0-user-pictures:index:ConnectionSync pictures-google-oauth2",
        "pulumi-nodejs:dynamic/auth0-user-pictures:ConnectionSyncFlag pictures-google-oauth2-flag",
        "auth0-user-pictures:index:ConnectionSync pictures-acme-saml",
        "pulumi-nodejs:dynamic/auth0-user-pictures:ConnectionSyncFlag pictures-acme-saml-flag",
      ]
    `);
    expect(registered.filter(({ type }) => type.endsWith(":ConnectionSyncFlag")).map(({ inputs }) => inputs)).toEqual([
      { connectionName: "google-oauth2", setUserRootAttributes: "on_first_login" },
      { connectionName: "acme-saml", setUserRootAttributes: "on_each_login" },
    ]);
  });

  it("shows its children, with every output that they have", async () => {
    const pictures = new UserPictures("pictures", kept, engine.recorded);
    const url = "https://cdn.example.org/";
    const other = { pictureBaseUrl: url, action: { name: "Elsewhere" } };
    const elsewhere = new UserPictures("elsewhere", other, engine.recorded);
    const store = pictures.store ?? expect.fail("there is no store");
    const values = await Promise.all(
      [pictures.bucketName, store.bucketName, store.bucketArn, pictures.actionId, pictures.action.actionId].map(
        (output) => valueOf<unknown>(output),
      ),
    );

    const bucketName = "pictures-store-bucket";
    const actionId = "pictures-action-action-id";
    expect(values).toEqual([bucketName, bucketName, `arn:aws:s3:::${bucketName}`, actionId, actionId]);
    expect(elsewhere.store).toBeUndefined();
    expect(await valueOf(elsewhere.action.actionId)).toBe("elsewhere-action-action-id");
  });

  it("hands the Action's name, source and options over", async () => {
    const entry = join(await mkdtemp(join(tmpdir(), "own-action-")), "my-action.ts");
    await writeFile(entry, "export const onExecutePostLogin = async () => console.log(PICTURE_SETTINGS);\n");
    const options = {
      allowAnyHost: true,
      linkedIdentityPicture: true,
      rootPicture: RootPictureMode.Guarded,
      providerPicturePrefixes: ["https://photos.example.org/"],
      mirrors: { accessTokenClaim: "picture" },
    };
    const args = {
      ...kept,
      mode: DefaultPictureMode.Missing,
      action: { name: "Avatar", entry, ...options },
    };
    const pictures = new UserPictures("pictures", args, engine.recorded);
    const url = (await valueOf(pictures.defaultPictureUrl)) ?? "";
    const expected = bundleAction(
      {
        allowedUrlPrefixes: [`${baseUrl}d/`, `${baseUrl}u/`],
        mode: "missing",
        defaultPictures: { general: url },
        ...options,
      },
      { entry },
    );
    const action = (await engine.registered()).find(({ type }) => type === "auth0:index/action:Action");
    await rm(dirname(entry), { recursive: true });

    expect(action?.inputs).toMatchObject({ name: "Avatar", code: expected });
  });

  it("goes on allowing CloudFront's own name for the pictures beside the store's domain", async () => {
    const domain = { domainName: "pictures.example.org", zoneId: "Z0123456789" };
    const pictures = new UserPictures("pictures", { store: { domain }, defaultPictures }, engine.recorded);
    const url = (await valueOf(pictures.defaultPictureUrl)) ?? "";
    const action = (await engine.registered()).find(({ type }) => type === "auth0:index/action:Action");

    expect(url).toMatch(/^https:\/\/pictures\.example\.org\/d\//);
    expect(action?.inputs["code"]).toBe(
      bundleAction({
        allowedUrlPrefixes: ["https://pictures.example.org/", baseUrl].flatMap((it) => [`${it}d/`, `${it}u/`]),
        mode: "generated",
        defaultPictures: { general: url },
      }),
    );
  });

  it("does without a store where pictures are kept elsewhere", async () => {
    const pictureBaseUrl = "https://cdn.example.org/avatars/";
    const defaultPictureUrl = `${pictureBaseUrl}default.png`;
    const allowedUrlPrefixes = ["https://avatars.example.org/"];
    const acme = `${pictureBaseUrl}acme.png`;
    const pictures = new UserPictures(
      "pictures",
      {
        pictureBaseUrl,
        defaultPictures: { general: { url: defaultPictureUrl }, byOrganization: { acme: { url: acme } } },
        action: { allowedUrlPrefixes },
      },
      engine.recorded,
    );
    const outputs = [pictures.pictureBaseUrl, pictures.defaultPictureUrl, pictures.bucketName, pictures.dnsRecords];
    const values = await Promise.all(outputs.map((output) => valueOf<unknown>(output)));
    const registered = await engine.registered();

    expect(values).toEqual([pictureBaseUrl, defaultPictureUrl, undefined, undefined]);
    expect(registered.filter(({ type }) => type.startsWith("aws:") || type.includes("PictureStore"))).toEqual([]);
    expect(registered.find(({ type }) => type === "auth0:index/action:Action")?.inputs["code"]).toBe(
      bundleAction({
        allowedUrlPrefixes: [...allowedUrlPrefixes, pictureBaseUrl],
        mode: "generated",
        defaultPictures: { general: defaultPictureUrl, byOrganization: { acme } },
      }),
    );
  });

  it.each([
    ["without a store", `{ pictureBaseUrl: "https://cdn.example.org/" }`, []],
    [
      "with a store",
      `{ store: {}, defaultPictures: { general: { file: "assets/default-picture.png" } } }`,
      ["cloudfront", "s3"],
    ],
    [
      "with uploads",
      `{ store: {}, defaultPictures: { general: { file: "assets/default-picture.png" } }, uploads: {} }`,
      ["apigatewayv2", "cloudfront", "cloudwatch", "iam", "lambda", "s3", "sqs", "ssm"],
    ],
  ])("%s loads of the AWS SDK what it declares alone: %s", async (_, args, loaded) => {
    const program = `
      import { Module } from "node:module";
      import * as pulumi from "@pulumi/pulumi";
      import { UserPictures } from "./components/index.ts";
      const newResource = ({ name, inputs }) => ({ id: name, state: inputs });
      await pulumi.runtime.setMocks({ newResource, call: () => ({}) }, "program", "test", true);
      new UserPictures("pictures", ${args});
      await pulumi.runtime.disconnect();
      const paths = Object.keys(Module._cache);
      const services = paths.flatMap((path) => /@pulumi\\/aws\\/(\\w+)\\//.exec(path)?.[1] ?? []);
      const whole = paths.filter((path) => /@pulumi\\/(?:auth0|aws)\\/index\\.js$/.test(path));
      console.log(JSON.stringify({ services: [...new Set(services)].sort(), whole }));`;
    const flags = ["--input-type=module", "--eval", program];
    const env = { ...process.env, AUTH0_DOMAIN: "example.eu.auth0.com" };
    const { stdout } = await promisify(execFile)(process.execPath, flags, { env });

    const { services, whole } = JSON.parse(stdout.trim().split("\n").pop() ?? "") as Record<string, string[]>;
    expect(services?.filter((name) => name !== "types")).toEqual(loaded);
    // Nor the whole of either SDK, which takes a program longer than all else that it declares.
    expect(whole).toEqual([]);
  });

  it("hands the store to the service that takes uploads, and lets what one replaces expire there", async () => {
    vi.stubEnv("AUTH0_DOMAIN", "example.eu.auth0.com");
    const kmsMasterKeyId = "arn:aws:kms:us-east-1:123456789012:key/60669652-455b-4ae9-85a4-c4c02393f86c";
    const store = { kmsMasterKeyId };
    const uploads = { allowedOrigins: ["https://app.example.org"], replacedPictureDays: 90 };
    const pictures = new UserPictures("pictures", { store, defaultPictures, uploads }, engine.recorded);
    const theirs = { store: { existingBucket: "another-teams-bucket" }, uploads: {} };
    const elsewhere = new UserPictures(
      "theirs",
      { ...theirs, defaultPictures, action: { name: "Theirs" } },
      engine.recorded,
    );
    const outputs = [pictures.uploadsEndpoint, pictures.uploadsAudience, pictures.uploadsScope, elsewhere.uploadsScope];
    const values = await Promise.all(outputs.map((output) => valueOf<unknown>(output)));
    const child = pictures.uploads ?? expect.fail("there is no service");
    expect(values.slice(0, 2)).toEqual(await Promise.all([child.endpoint, child.audience].map((it) => valueOf(it))));
    const registered = await engine.registered();
    const inputsOf = (name: string) => registered.find((one) => one.name === name)?.inputs;

    const distributionArn = "arn:aws:cloudfront::123456789012:distribution/E1EXAMPLE";
    expect(inputsOf("pictures-uploads")).toEqual({
      ...uploads,
      bucketName: "pictures-store-bucket",
      bucketArn: "arn:aws:s3:::pictures-store-bucket",
      pictureBaseUrl: baseUrl,
      distributionArn,
      kmsMasterKeyId,
      bucketExpiresReplaced: true,
    });
    expect(inputsOf("pictures-store")).toMatchObject({ replacedPictureDays: 90 });
    expect(inputsOf("theirs-uploads")).toMatchObject({ distributionArn, bucketExpiresReplaced: false });
    expect(inputsOf("theirs-store")).not.toHaveProperty("replacedPictureDays");
    expect(values).toEqual([
      expect.stringMatching(/\/picture$/),
      "urn:auth0-user-pictures:auth0-user-pictures:test:pictures-uploads",
      "update:picture",
      "update:picture",
    ]);
  });

  it("refuses uploads that have no store, with all else that is wrong of them", () => {
    const uploads = { allowedOrigins: ["*"], maxPictures: 0, writeback: "none" };

    expect(refusalsOf({ pictureBaseUrl: "https://cdn.example.org/", uploads })).toEqual([
      expect.stringMatching(/^uploads\.allowedOrigins\[0\]: "\*" would let every page upload/),
      "uploads.maxPictures: 0 was given; it must be a whole number of pictures, 1 to 300.",
      expect.stringMatching(/^uploads\.writeback: there is no such setting\. There are allowedOrigins, /),
      "uploads: there is no store, whose bucket the service puts pictures into. Give one, {} at least, in the place of " +
        "pictureBaseUrl; or leave uploads out, and bring a service of your own.",
    ]);
    expect(refusalsOf({ uploads: {} })).toEqual([
      expect.stringMatching(/^store: nothing was given/),
      expect.stringMatching(/^uploads: there is no store/),
    ]);
    expect(refusalsOf({ ...kept, uploads: {} })).toEqual([]);
  });

  it("refuses uploads of no tenant, and an alarm in another region, before it makes anything", async () => {
    vi.stubEnv("AUTH0_DOMAIN", "");
    vi.stubEnv("AWS_REGION", "eu-central-1");
    const uploads = { alarmActions: ["arn:aws:sns:us-east-1:123456789012:on-call"] };

    expect(() => new UserPictures("pictures", { ...kept, uploads }, engine.recorded)).toThrow(
      /\n {2}- uploads: the functions call a tenant, and nothing says which\.[^]*\n {2}- uploads\.alarmActions\[0\]: it is in us-east-1/,
    );
    expect((await engine.registered()).map(({ name }) => name)).toEqual(["pictures"]);
  });

  it("touches no connection that is not named", async () => {
    new UserPictures("pictures", kept, engine.recorded);
    const types = (await engine.registered()).map(({ type }) => type);

    expect(types).not.toContain("auth0-user-pictures:index:ConnectionSync");
  });

  it("takes every mode of the default picture, and tells the store of it", () => {
    const elsewhere = { general: { url: "https://cdn.example.org/default.webp" } };
    for (const mode of Object.values(DefaultPictureMode)) {
      expect(refusalsOf({ ...kept, mode })).toEqual([]);
      for (const place of [{ store: {} }, { pictureBaseUrl: "https://cdn.example.org/" }])
        expect(refusalsOf({ ...place, defaultPictures: elsewhere, mode })).toEqual(
          mode === "gravatar-fallback" ? [expect.stringMatching(/^defaultPictures\.general\.url: .* Gravatar/)] : [],
        );
    }
  });

  it("compiles the default pictures of connections and organizations in", async () => {
    const pictures = new UserPictures(
      "pictures",
      {
        store: {},
        defaultPictures: {
          ...defaultPictures,
          byConnection: { "acme-saml": { file: "assets/default-picture.png" } },
          byOrganization: { acme: { url: "https://cdn.example.org/acme.png" } },
        },
      },
      engine.recorded,
    );
    const url = (await valueOf(pictures.defaultPictureUrl)) ?? "";
    const action = (await engine.registered()).find(({ type }) => type === "auth0:index/action:Action");

    expect(action?.inputs["code"]).toBe(
      bundleAction({
        allowedUrlPrefixes: [`${baseUrl}d/`, `${baseUrl}u/`],
        mode: "generated",
        defaultPictures: {
          general: url,
          byConnection: { "acme-saml": url },
          byOrganization: { acme: "https://cdn.example.org/acme.png" },
        },
      }),
    );
  });

  it("takes default pictures from one place, beside the store", () => {
    const store = { defaultPictures } as UserPicturesArgs["store"] & object;

    expect(refusalsOf({ store, defaultPictures })).toEqual([
      expect.stringMatching(/^store\.defaultPictures: there is no such setting\. There are picturesOnDestroy, /),
    ]);
  });

  it("refuses the store's, the Action's and the connections' bad arguments together", async () => {
    expect(refusalsOf({})).toEqual([expect.stringMatching(/^store: nothing was given/)]);
    const args = {
      store: {},
      defaultPictures: { general: { file: "README.md" } },
      action: { name: "", entry: "no-such-action.ts", allowedUrlPrefixes: ["https://app.example.org/logout"] },
      pictureBaseUrl: "http://cdn.example.org/",
      connections: { "google-oauth2": "never_on_login" as SetUserRootAttributes },
    };

    expect(() => new UserPictures("pictures", args, engine.recorded)).toThrowErrorMatchingInlineSnapshot(`
      [Error: UserPictures "pictures" cannot be created:
        - pictureBaseUrl: "http://cdn.example.org/" cannot be an allowed prefix: it is http, not https. A prefix is one exact host, https://host/ or https://host/path/. Write "https://cdn.example.org/".
        - action.name: "" was given; name the Action as people shall read it in Auth0's dashboard.
        - action.allowedUrlPrefixes[0]: "https://app.example.org/logout" cannot be an allowed prefix: it does not end in "/", so that longer names would match too. A prefix is one exact host, https://host/ or https://host/path/. Write "https://app.example.org/logout/".
        - connections.google-oauth2: never_on_login also keeps new users from being created at their first login. To keep changed pictures, set on_first_login.
        - pictureBaseUrl: a store was given too, and pictures are kept in one place. Leave one of them out.
        - defaultPictures.general.file: "README.md" is no PNG, JPEG, WebP or GIF by its first bytes. Convert it to one of them.
        - action.entry: no-such-action.ts: no such file, but it is the Action's entry]
    `);
    expect(await engine.registered()).toEqual([]);
  });
});
