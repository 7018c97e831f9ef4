// What the engine needs of every provider, called over gRPC: handshake, checks, differences, previews, reads, refusals.
import { hash } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { obtainCertificate } from "../../../sandbox/tenant/certificate.ts";
import { startEdge } from "../../../sandbox/edge/edge.ts";
import type { Edge } from "../../../sandbox/edge/edge.ts";
import { assetSignature, signatureKey } from "../../../sandbox/engine/special-values.ts";
import { unknown } from "../../../sandbox/providers/protocol.ts";
import type { Properties } from "../../../sandbox/providers/protocol.ts";
import { serveProviders } from "../../../sandbox/providers/serve.ts";
import type { ServedProviders } from "../../../sandbox/providers/serve.ts";
import { connectProvider } from "./provider-client.ts";
import type { ProviderClient } from "./provider-client.ts";

const actionType = "auth0:index/action:Action";
const bucketType = "aws:s3/bucket:Bucket";
const objectType = "aws:s3/bucketObjectv2:BucketObjectv2";
const distributionType = "aws:cloudfront/distribution:Distribution";

let folder: string;
let edge: Edge;
let served: ServedProviders;
let auth0: ProviderClient;
let aws: ProviderClient;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "providers-"));
  edge = await startEdge({ folder, certificate: await obtainCertificate(folder, ["*.cloudfront.net"]) });
  // These tests do not call the tenant: no server listens on port 1.
  served = await serveProviders({ auth0: { domain: "localhost:1", clientId: "a", clientSecret: "b" }, edge });
  [auth0, aws] = [connectProvider(served.attach, "auth0"), connectProvider(served.attach, "aws")];
});
beforeEach(async () => void (await aws.configure({})));
afterAll(async () => {
  auth0.close();
  aws.close();
  await served.close();
  await edge.close();
  await rm(folder, { recursive: true });
});

const action = { name: "picture", code: "//", supportedTriggers: { id: "post-login", version: "v3" } };

test("the engine is told the SDK's version, that names may be configured, and to keep secrets to itself", async () => {
  const { version } = createRequire(import.meta.url)("@pulumi/auth0/package.json") as { version: string };
  expect(await auth0.version()).toBe(version);
  expect(await aws.handshake()).toMatchObject({ acceptSecrets: false, supportsAutonamingConfiguration: true });
  const configured = await aws.configure({ "aws:config:region": "eu-west-1" });
  expect(configured).toMatchObject({ acceptsecrets: false, supportspreview: true });
});

test("an account that is not among the allowed ones is refused", async () => {
  const configure = (ids: string[]) => aws.configure({ "aws:config:allowedAccountIds": JSON.stringify(ids) });
  await expect(configure(["210987654321"])).rejects.toThrow("AWS account ID not allowed: 123456789012");
  await configure(["210987654321", "123456789012"]);
});

test("Cancel, which comes at the end of every operation, leaves the provider at work", async () => {
  await aws.cancel();
  expect((await aws.check(bucketType, {})).failures).toEqual([]);
});

test("what a stand-in does not have is refused by name", async () => {
  await expect(auth0.check("auth0:index/role:Role", {})).rejects.toThrow(
    "no resource type 'auth0:index/role:Role'. It has: auth0:index/action:Action",
  );
  await expect(auth0.invoke("auth0:index/getConnection:getConnection")).rejects.toThrow(
    "no function 'auth0:index/getConnection:getConnection'",
  );
});

const examine = (path: string) => `Examine values at 'thing.${path}'.`;
const examined = (failure: string) => /Examine values at 'thing\.(.*)'\.$/.exec(failure)?.[1];
const missing = (path: string) =>
  `Missing required argument. The argument "${path}" is required, but no definition was found..`;

describe("inputs are judged by the SDK's types", () => {
  test.each([
    ["a missing one", { code: unknown }, [`${missing("supported_triggers")} ${examine("supportedTriggers")}`]],
    ["an unknown one", { ...action, color: "red" }, [`Invalid or unknown key. ${examine("color")}`]],
    [
      "a missing nested one",
      { ...action, supportedTriggers: { id: "post-login" } },
      [`${missing("supported_triggers.0.version")} ${examine("supportedTriggers.version")}`],
    ],
    [
      "a nested one in a list",
      { ...action, dependencies: [{ name: "a", version: "1", x: 1 }] },
      [`Invalid or unknown key. ${examine("dependencies[0].x")}`],
    ],
    [
      "another kind",
      { ...action, code: ["//"], deploy: "maybe" },
      [
        `Attribute must be a single value, not a list. ${examine("code")}`,
        `cannot parse '' as bool: strconv.ParseBool: parsing "maybe": invalid syntax. ${examine("deploy")}`,
      ],
    ],
    [
      "the provider's own rules",
      { ...action, runtime: "node20" },
      [`expected runtime to be one of ["node12" "node16" "node18" "node22"], got node20. ${examine("runtime")}`],
    ],
    ["an output", { ...action, versionId: "1" }, [`Invalid or unknown key. ${examine("versionId")}`]],
  ])("%s, in the bridge's words", async (_, inputs, expected) => {
    expect((await auth0.check(actionType, inputs)).failures).toEqual(expected);
  });

  test("namespaced types of the aws SDK, at any depth", async () => {
    const origins = [{ originId: "s3", s3Config: {} }, unknown];
    const inputs = { enabled: true, origins, restrictions: { geoRestriction: {} }, viewerCertificate: {} };
    const behavior = { targetOriginId: "s3", allowedMethods: "GET", cachedMethods: [], viewerProtocolPolicy: unknown };
    const { failures } = await aws.check(distributionType, { ...inputs, defaultCacheBehavior: behavior });
    expect(failures.map(examined).sort()).toEqual([
      "defaultCacheBehavior.allowedMethods",
      "origins[0].domainName",
      "origins[0].s3Config",
      "restrictions.geoRestriction.restrictionType",
    ]);
  });

  test("a policy document: its text, or an object that is kept as text, or unknown", async () => {
    const type = "aws:s3/bucketPolicy:BucketPolicy";
    const statement = { Effect: "Allow", Principal: { Service: "cloudfront.amazonaws.com" }, Action: "s3:GetObject" };
    const document = { Version: "2012-10-17", Statement: [statement] };
    const checked = await aws.check(type, { bucket: "b", policy: document });
    expect(checked.failures).toEqual([]);
    expect(JSON.parse(checked.inputs["policy"] as string)).toEqual(document);
    const partly = { ...document, Statement: [{ ...statement, Resource: unknown }] };
    expect((await aws.check(type, { bucket: unknown, policy: partly })).inputs["policy"]).toBe(unknown);
    const wrong = await aws.check(type, { bucket: "b", policy: { Version: "2012-10-17", Statements: [] } });
    expect(wrong.failures.map(examined)).toEqual(["policy.Statement", "policy.Statements"]);
  });

  test("what AWS honours and the edge does not is refused, not dropped", async () => {
    const { failures } = await aws.check(bucketType, { acl: "public-read", versioning: { enabled: true } });
    expect(failures.map(examined)).toEqual(["acl", "versioning"]);
  });
});

describe("a name", () => {
  test("is the logical one with a suffix, stays, and is left when it was the program's", async () => {
    const { inputs } = await auth0.check(actionType, { ...action, name: undefined });
    expect(inputs["name"]).toMatch(/^thing-[0-9a-f]{7}$/);
    const again = await auth0.check(
      actionType,
      { ...action, name: undefined },
      { olds: { ...inputs, name: "thing-old" } },
    );
    expect(again.inputs["name"]).toBe("thing-old");
    const freed = await auth0.check(actionType, { ...action, name: undefined }, { olds: { ...action, name: "mine" } });
    expect(freed.inputs["name"]).toMatch(/^thing-/);
    expect((await aws.check(objectType, { bucket: "b", content: "" })).inputs["key"]).toBe("thing");
  });

  test("follows the project's autonaming settings", async () => {
    const named = (mode: 0 | 1 | 2, name: string) => aws.check(bucketType, {}, { autonaming: [mode, name] });
    expect((await named(0, "Prod-Thing")).inputs["bucket"]).toBe("prod-thing");
    expect((await named(1, "Prod-Thing")).inputs["bucket"]).toBe("Prod-Thing");
    await expect(named(2, "")).rejects.toThrow("automatic naming is disabled but no explicit name was provided");
  });
});

/** What the aws provider has put in the state of each resource with tags. */
const placed = { region: "us-east-1", tagsAll: {} };

describe("a difference", () => {
  test("is shown by its path; nothing of an Action replaces it", async () => {
    const news = { ...action, code: unknown, supportedTriggers: { id: "post-login", version: "v2" }, deploy: true };
    expect(await auth0.diff(actionType, { ...action, __defaults: ["name"] }, news)).toEqual({
      changes: true,
      deleteFirst: false,
      replaces: [],
      detailed: { code: "UPDATE", "supportedTriggers.version": "UPDATE", deploy: "ADD" },
    });
  });

  test("is one to the state, and not to the inputs of before; a default or what the service sets is none", async () => {
    const state = { ...action, deploy: false, runtime: "node22", dependencies: [], versionId: "1" };
    const diff = async (news: Properties, ignored: string[] = []) =>
      (await auth0.diff(actionType, news, news, state, ignored)).detailed;
    expect(await diff(action)).toEqual({});
    expect(await diff({ ...action, deploy: false, dependencies: [] })).toEqual({});
    expect(await diff({ ...action, code: "// 2" })).toEqual({ code: "UPDATE" });
    expect(await diff({ ...action, code: "// 2" }, ["code"])).toEqual({});
    const dependencies = [
      { name: "a", version: "1" },
      { name: "b", version: "2" },
    ];
    expect(await diff({ ...action, dependencies })).toEqual({ dependencies: "ADD" });
    const drifted = { ...state, code: "// drift", dependencies };
    expect((await auth0.diff(actionType, action, action, drifted)).detailed).toEqual({
      code: "UPDATE",
      dependencies: "DELETE",
    });
    const reversed = { ...action, code: "// drift", dependencies: dependencies.toReversed() };
    expect((await auth0.diff(actionType, action, reversed, drifted)).changes).toBe(false);
  });

  test("in a binding's Action or trigger replaces, in its display name does not", async () => {
    const type = "auth0:index/triggerAction:TriggerAction";
    const binding = { trigger: "post-login", actionId: "1", displayName: "a" };
    for (const displayName of [undefined, ""])
      expect((await auth0.diff(type, binding, { ...binding, displayName })).changes).toBe(false);
    const diff = await auth0.diff(type, binding, { ...binding, actionId: unknown, displayName: "b" });
    expect(diff).toMatchObject({ replaces: ["actionId"], deleteFirst: false });
    expect(diff.detailed).toEqual({ actionId: "UPDATE_REPLACE", displayName: "UPDATE" });
  });

  test("of assets is that of their content; under a fixed name the old one goes first", async () => {
    const asset = (hash: string, path: string) => ({
      [signatureKey]: assetSignature,
      hash,
      path,
    });
    const object = { bucket: "b", key: "k", source: asset("1", "/here"), __defaults: [] };
    const state = { ...object, ...placed, etag: "1", versionId: "", forceDestroy: false };
    const diff = (change: Properties) => aws.diff(objectType, object, { ...object, ...change }, state);
    expect((await diff({ source: asset("1", "/there") })).changes).toBe(false);
    expect((await diff({ source: asset("2", "/here") })).detailed).toEqual({
      source: "UPDATE",
      etag: "UPDATE",
      versionId: "UPDATE",
    });
    expect(await diff({ bucket: "c" })).toMatchObject({ deleteFirst: true, replaces: ["bucket"] });
    expect(await diff({ bucket: "c", key: "l" })).toMatchObject({ deleteFirst: true, replaces: ["bucket", "key"] });
    expect((await diff({ bucket: "c", __defaults: ["key"] })).deleteFirst).toBe(false);
    expect((await diff({})).changes).toBe(false);
  });
});

describe("a preview", () => {
  test("of a create knows the inputs and nothing that AWS decides, and creates nothing", async () => {
    const { id, outputs } = await aws.create(
      bucketType,
      { bucket: "previewed", tags: { a: unknown } },
      { preview: true },
    );
    expect(id).toBe("");
    expect(outputs).toMatchObject({
      bucket: "previewed",
      tags: { a: unknown },
      arn: unknown,
      bucketRegionalDomainName: unknown,
    });
    expect(edge.controlPlane.getBucket("previewed")).toBeUndefined();
  });

  test("of an update keeps what will not change, so that no more than what changes cascades", async () => {
    const inputs = { bucket: "kept" };
    const { id, outputs } = await aws.create(bucketType, inputs);
    const news = { ...inputs, tags: { team: "identity" } };
    expect(await aws.update(bucketType, id, outputs, news, { preview: true })).toMatchObject({
      arn: "arn:aws:s3:::kept",
      ...news,
    });
    expect(edge.controlPlane.getBucket("kept")?.tags).toEqual({});
    const object = await aws.create(objectType, { bucket: "kept", key: "k", content: "1" });
    const preview = (change: object) =>
      aws.update(
        objectType,
        "k",
        object.outputs,
        { bucket: "kept", key: "k", content: "1", ...change },
        { preview: true },
      );
    expect((await preview({ content: "2" }))["etag"]).toBe(unknown);
    expect((await preview({ cacheControl: "no-store" }))["etag"]).toBe(object.outputs["etag"]);
  });
});

describe("a read", () => {
  test("of what is gone has no id", async () => {
    expect(await aws.read(bucketType, "never-made")).toEqual({ id: "", outputs: {}, inputs: {} });
  });

  test("for an import finds the inputs, for a refresh what others have changed", async () => {
    const inputs = { bucket: "read", key: "d/a.txt", content: "a", contentType: "text/plain" };
    await aws.create(bucketType, { bucket: "read" });
    const { outputs } = await aws.create(objectType, inputs);
    const imported = await aws.read(objectType, "read/d/a.txt");
    expect(imported).toMatchObject({
      id: "d/a.txt",
      inputs: { bucket: "read", key: "d/a.txt", contentType: "text/plain" },
    });
    expect((await aws.read(objectType, "d/a.txt", { inputs, outputs })).inputs).toEqual(inputs);
    edge.controlPlane.putObject("read", "d/a.txt", Buffer.from("a"), {
      contentType: "text/html",
      cacheControl: "no-store",
    });
    // The inputs are those of the program; what others have added is in the state, and so in the next difference.
    const seen = await aws.read(objectType, "d/a.txt", { inputs, outputs });
    expect(seen.inputs).toEqual({ ...inputs, contentType: "text/html" });
    expect((await aws.diff(objectType, seen.inputs, inputs, seen.outputs)).detailed).toEqual({
      cacheControl: "DELETE",
      contentType: "UPDATE",
      versionId: "UPDATE",
    });
  });
});

describe("an object's entity tag", () => {
  const bytes = Buffer.from("the default picture");
  const inputs = { key: "d/a.png", contentBase64: bytes.toString("base64"), contentType: "image/png" };
  const overwrite = (bucket: string) =>
    edge.controlPlane.putObject(bucket, "d/a.png", Buffer.from("another"), { contentType: "image/png" });
  const of = (bucket: string, etag = hash("md5", bytes)) => ({ bucket, ...inputs, etag });
  /** The object is put anew, as another version. */
  const put = { etag: "UPDATE", versionId: "UPDATE" };

  test("shows a refresh that the bytes, which are not read, are others, and an update puts them back", async () => {
    await aws.create(bucketType, { bucket: "tagged" });
    const { outputs } = await aws.create(objectType, of("tagged"));
    const refresh = () => aws.read(objectType, "d/a.png", { inputs: of("tagged"), outputs });
    expect((await refresh()).inputs).toEqual(of("tagged"));
    overwrite("tagged");
    const seen = await refresh();

    expect((await aws.diff(objectType, seen.inputs, of("tagged"), seen.outputs)).detailed).toEqual(put);
    await aws.update(objectType, "d/a.png", seen.outputs, of("tagged"));
    expect((await refresh()).inputs).toEqual(of("tagged"));
  });

  test("is no change where it is said for the first time, as the service says it", async () => {
    await aws.create(bucketType, { bucket: "untagged" });
    const { etag, ...before } = of("untagged");
    const { outputs } = await aws.create(objectType, before);

    expect((await aws.diff(objectType, before, of("untagged"), outputs)).changes).toBe(false);
    expect((await aws.diff(objectType, before, of("untagged", "0f1e"), outputs)).detailed).toEqual(put);
    overwrite("untagged");
    expect((await aws.read(objectType, "d/a.png", { inputs: before, outputs })).inputs).toEqual(before);
  });

  test("is not that of the bytes where a KMS key encrypts them", async () => {
    const kmsMasterKeyId = "arn:aws:kms:us-east-1:123456789012:key/0f1e";
    const statement = { Effect: "Allow", Principal: { AWS: "*" }, Action: "kms:*", Resource: "*" };
    edge.controlPlane.putKeyPolicy(kmsMasterKeyId, JSON.stringify({ Statement: [statement] }));
    await aws.create(bucketType, { bucket: "encrypted" });
    const byDefault = { sseAlgorithm: "aws:kms", kmsMasterKeyId };
    edge.controlPlane.putBucketEncryption("encrypted", [{ applyServerSideEncryptionByDefault: byDefault }]);
    const { outputs } = await aws.create(objectType, of("encrypted"));
    const { inputs: seen } = await aws.read(objectType, "d/a.png", { inputs: of("encrypted"), outputs });

    expect((await aws.diff(objectType, seen, of("encrypted"), outputs)).detailed).toEqual(put);
  });
});

describe("a bucket that the deployment may not see", () => {
  test("is missing to a refresh, as it is, and is found again", async () => {
    const inputs = { bucket: "unseen" };
    const { outputs } = await aws.create(bucketType, inputs);
    const refresh = async () => (await aws.read(bucketType, "unseen", { inputs, outputs })).id;
    expect(await refresh()).toBe("unseen");
    edge.controlPlane.denyListBucket("unseen", true);
    expect(await refresh()).toBe("");
    expect(edge.controlPlane.getBucket("unseen")).toBeDefined();
    edge.controlPlane.denyListBucket("unseen", false);
    expect(await refresh()).toBe("unseen");
  });

  test("is imported with its region, which is no difference from a program that names none", async () => {
    await aws.configure({ "aws:config:region": "eu-west-1" });
    await aws.create(bucketType, { bucket: "imported" });
    const { inputs, outputs } = await aws.read(bucketType, "imported");
    expect(inputs).toMatchObject({ bucket: "imported", region: "eu-west-1" });
    const program = { bucket: "imported" };

    expect((await aws.diff(bucketType, inputs, program, outputs)).changes).toBe(false);
    await aws.configure({ "aws:config:region": "us-east-1" });
    expect((await aws.diff(bucketType, inputs, program, outputs)).replaces).toEqual(["region"]);
  });
});

describe("the aws resources", () => {
  test("a bucket with objects is deleted only with forceDestroy, in AWS's words", async () => {
    const { outputs } = await aws.create(bucketType, { bucket: "full" });
    await aws.create(objectType, { bucket: "full", key: "k", contentBase64: "AAEC" });
    await expect(aws.delete(bucketType, "full", outputs)).rejects.toThrow("BucketNotEmpty");
    await aws.delete(bucketType, "full", { ...outputs, forceDestroy: true });
    expect(edge.controlPlane.getBucket("full")).toBeUndefined();
    await aws.delete(bucketType, "full", outputs);
  });

  test("default tags that the stack gets are an update of what has tags, and another region replaces", async () => {
    const inputs = { bucket: "retagged", tags: { env: "dev" } };
    const { outputs } = await aws.create(bucketType, inputs);
    const detailed = async () => (await aws.diff(bucketType, inputs, inputs, outputs)).detailed;
    expect(await detailed()).toEqual({});
    await aws.configure({ "aws:config:defaultTags": '{"tags":{"team":"identity"}}' });
    expect(await detailed()).toEqual({ "tagsAll.team": "ADD" });
    const updated = await aws.update(bucketType, "retagged", outputs, inputs);
    expect(updated["tagsAll"]).toEqual({ team: "identity", env: "dev" });
    expect(edge.controlPlane.getBucket("retagged")?.tags).toEqual({ team: "identity", env: "dev" });
    await aws.configure({ "aws:config:region": "eu-west-1" });
    expect(await detailed()).toEqual({ region: "UPDATE_REPLACE" });
  });

  test("region and default tags come from the stack's settings, and a resource may differ", async () => {
    await aws.configure({ "aws:config:region": "eu-west-1", "aws:config:defaultTags": '{"tags":{"team":"identity"}}' });
    const { outputs } = await aws.create(bucketType, { bucket: "european", tags: { env: "dev" } });
    expect(outputs).toMatchObject({
      region: "eu-west-1",
      bucketRegionalDomainName: "european.s3.eu-west-1.amazonaws.com",
      tagsAll: { team: "identity", env: "dev" },
    });
    const other = await aws.create(bucketType, { bucket: "american", region: "us-west-2" });
    expect(other.outputs["bucketRegionalDomainName"]).toBe("american.s3.us-west-2.amazonaws.com");
    const overrideProvider = { defaultTags: { tags: {} } };
    await aws.create(objectType, { bucket: "european", key: "bare", content: "", overrideProvider });
    expect(edge.controlPlane.headObject("european", "bare")?.tags).toEqual({});
  });

  test("a bucket's settings and the resources of domains and logs exist from creation to deletion", async () => {
    const { controlPlane } = edge;
    const zoneId = controlPlane.createHostedZone("example.org");
    const { id: distributionId } = controlPlane.createDistribution({
      enabled: true,
      origins: [{ originId: "s3", domainName: "settings.s3.us-east-1.amazonaws.com" }],
      defaultCacheBehavior: { targetOriginId: "s3", viewerProtocolPolicy: "https-only", allowedMethods: ["GET"] },
    });
    const made = async (type: string, inputs: Properties) => {
      const checked = await aws.check(`aws:${type}`, inputs);
      expect(checked.failures).toEqual([]);
      const { id, outputs } = await aws.create(`aws:${type}`, checked.inputs);
      expect(await aws.read(`aws:${type}`, id, { outputs, inputs: checked.inputs })).toMatchObject({ id, inputs });
      return { type: `aws:${type}`, id, outputs };
    };
    await aws.create(bucketType, { bucket: "settings" });
    const bucket = "settings";
    const region = "us-east-1";
    const rule = { id: "old", status: "Enabled", noncurrentVersionExpiration: { noncurrentDays: 7 } };
    const encryption = { applyServerSideEncryptionByDefault: { sseAlgorithm: "AES256" } };
    const settings = [
      await made("s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration", {
        bucket,
        rules: [encryption],
      }),
      await made("s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration", { bucket, rules: [rule] }),
    ];
    const versioningConfiguration = { status: "Enabled" };
    const versioning = await made("s3/bucketVersioning:BucketVersioning", { bucket, versioningConfiguration });
    const certificate = await made("acm/certificate:Certificate", { domainName: "pictures.example.org", region });
    const validationOptions = certificate.outputs["domainValidationOptions"] as Record<string, string>[];
    const [{ resourceRecordName: name = "", resourceRecordValue = "" } = {}] = validationOptions;
    const validationType = "acm/certificateValidation:CertificateValidation";
    const validation = { certificateArn: certificate.id, region };
    await expect(aws.create(`aws:${validationType}`, validation)).rejects.toThrow("to be issued");
    const record = { zoneId, name, type: "CNAME", records: [resourceRecordValue], ttl: 60 };
    const cname = await made("route53/record:Record", record);
    await made(validationType, validation); // It only waits, so it is never deleted.
    const resourceArn = `arn:aws:cloudfront::123456789012:distribution/${distributionId}`;
    const source = await made("cloudwatch/logDeliverySource:LogDeliverySource", {
      region,
      logType: "ACCESS_LOGS",
      resourceArn,
    });
    const destination = await made("cloudwatch/logDeliveryDestination:LogDeliveryDestination", {
      region,
      deliveryDestinationConfiguration: { destinationResourceArn: "arn:aws:s3:::logs" },
    });
    const delivery = await made("cloudwatch/logDelivery:LogDelivery", {
      region,
      deliverySourceName: source.outputs["name"],
      deliveryDestinationArn: destination.outputs["arn"],
    });

    for (const { type, id, outputs } of [...settings, cname, certificate, delivery, source, destination]) {
      await aws.delete(type, id, outputs);
      expect((await aws.read(type, id, { outputs, inputs: {} })).id).toBe("");
      await aws.delete(type, id, outputs);
    }
    // Versioning cannot be removed.
    await aws.delete(versioning.type, versioning.id, versioning.outputs);
    expect(controlPlane.getBucket(bucket)?.versioning).toBe("Suspended");
  });

  test("to name the bucket that Pulumi has named changes nothing, and another name is another bucket", async () => {
    const { inputs } = await aws.check(bucketType, {}, { autonaming: [0, "pictures-bucket-0123456"] });
    const { inputs: named } = await aws.check(bucketType, { bucket: "pictures-bucket-0123456" }, { olds: inputs });
    const state = { ...inputs, ...placed };
    expect(await aws.diff(bucketType, inputs, named, state)).toMatchObject({ changes: false, replaces: [] });
    expect((await aws.diff(bucketType, inputs, { bucket: "others" }, state)).replaces).toEqual(["bucket"]);
  });

  test("a refresh sees the fields of a log delivery that somebody changed", async () => {
    const type = "aws:cloudwatch/logDelivery:LogDelivery";
    const inputs = { deliverySourceName: "source", deliveryDestinationArn: "arn", recordFields: ["date"] };
    edge.controlPlane.updateDelivery("changed-delivery", { ...inputs, recordFields: ["date", "c-ip"] });
    const seen = await aws.read(type, "changed-delivery", { inputs, outputs: { ...inputs, ...placed } });

    expect((await aws.diff(type, seen.inputs, inputs, seen.outputs)).detailed).toEqual({
      "recordFields[1]": "DELETE",
    });
  });

  test("a record that is there is refused but with allowOverwrite, and is imported by its id", async () => {
    const type = "aws:route53/record:Record";
    const zoneId = edge.controlPlane.createHostedZone("example.net");
    edge.controlPlane.putRecord(zoneId, { name: "a.example.net", type: "A", values: ["192.0.2.1"], ttl: 60 }, { overwrite: false }); // prettier-ignore
    const inputs = { zoneId, name: "a.example.net", type: "A", records: ["192.0.2.2"], ttl: 60 };

    await expect(aws.create(type, inputs)).rejects.toThrow("but it already exists");
    const { inputs: imported } = await aws.read(type, `${zoneId}_a.example.net_A`);
    expect(imported).toEqual({ ...inputs, records: ["192.0.2.1"], __defaults: [] });
    await aws.create(type, { ...inputs, allowOverwrite: true });
    expect(edge.controlPlane.getRecord(zoneId, "a.example.net", "A")?.values).toEqual(["192.0.2.2"]);
  });

  test("a bucket of another region is taken for missing", async () => {
    edge.controlPlane.createBucket("elsewhere", "ap-south-1");
    expect((await aws.read(bucketType, "elsewhere")).id).toBe("");
    const state = { outputs: { region: "ap-south-1" }, inputs: {} };
    expect((await aws.read(bucketType, "elsewhere", state)).id).toBe("elsewhere");
  });

  test("a delivery's fields are kept where the program leaves them out again, as what is optional and computed", async () => {
    const type = "aws:cloudwatch/logDelivery:LogDelivery";
    const inputs = { deliverySourceName: "a", deliveryDestinationArn: "b" };
    const said = { ...inputs, recordFields: ["date"] };
    expect(await aws.diff(type, said, inputs, { ...said, ...placed })).toMatchObject({ changes: false });
    expect(await aws.diff(type, inputs, said, { ...inputs, ...placed })).toMatchObject({ changes: true, replaces: [] });
  });

  test("another kind of log destination is another one, and another bucket is not", async () => {
    const type = "aws:cloudwatch/logDeliveryDestination:LogDeliveryDestination";
    const to = (destinationResourceArn: string) => ({
      name: "logs",
      deliveryDestinationConfiguration: { destinationResourceArn },
    });
    const bucket = to("arn:aws:s3:::logs");
    const group = to("arn:aws:logs:us-east-1:123456789012:log-group:pictures");
    const replaced = async (news: Properties) =>
      (await aws.diff(type, bucket, news, { ...bucket, ...placed })).replaces;
    expect(await replaced(to("arn:aws:s3:::others"))).toEqual([]);
    expect(await replaced(group)).toEqual(["deliveryDestinationConfiguration"]);
    expect(await replaced({ ...bucket, outputFormat: "raw" })).toEqual(["outputFormat"]);
  });

  test("a name that is too long is not cut, and an access control's is changed in place", async () => {
    const type = "aws:cloudfront/originAccessControl:OriginAccessControl";
    const inputs = { originAccessControlOriginType: "s3", signingBehavior: "always", signingProtocol: "sigv4" };
    const long = "n".repeat(70);
    const proposed = await aws.check(type, inputs, { autonaming: [0, long] });
    expect(proposed).toMatchObject({ failures: [], inputs: { name: long } });
    await expect(aws.create(type, proposed.inputs)).rejects.toThrow("InvalidArgument");
    const change = await aws.diff(type, { ...inputs, name: "a" }, { ...inputs, name: "b" });
    expect(change).toMatchObject({ changes: true, replaces: [] });
  });

  test("an object's asset must still be what the engine hashed", async () => {
    await aws.create(bucketType, { bucket: "assets" });
    const source = {
      [signatureKey]: assetSignature,
      hash: "ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb", // sha256 of "a"
      text: "a",
    };
    const { outputs } = await aws.create(objectType, { bucket: "assets", key: "a", source });
    expect(outputs["etag"]).toBe("0cc175b9c0f1b6a831c399e269772661");
    const changed = { ...source, text: "b" };
    await expect(aws.create(objectType, { bucket: "assets", key: "b", source: changed })).rejects.toThrow(
      "changed while",
    );
  });
});
