// A picture store on the real engine: every option deploys, and users' pictures survive what is done to the stack
// unless it says otherwise.
import { beforeAll, describe, expect, it } from "vitest";
import { isRare } from "../rare.ts";
import { everyOption } from "../components/picture-store/store-variants.ts";
import { sandboxOf } from "./test-sandbox.ts";

const sandbox = sandboxOf(() => "test/engine/fixture/picture-store");
const picture = Buffer.from("89504e470d0a1a0a00", "hex");
const key = "u/5756aadff1ddeb12281ac50f7f975b5f/02a3e298.png";

let options: Record<string, unknown>;
beforeAll(() => {
  const api = sandbox().edge.controlPlane;
  // Its own prefix names the bucket: one of a fixed name cannot be replaced.
  const { kmsMasterKeyId = "", domain, bucketName: _, ...others } = everyOption;
  const mayAll = { Effect: "Allow", Principal: { AWS: "*" }, Action: "kms:*", Resource: "*" };
  api.putKeyPolicy(kmsMasterKeyId as string, JSON.stringify({ Version: "2012-10-17", Statement: [mayAll] }));
  const zoneId = api.createHostedZone("example.org");
  const { defaultPictures, ...named } = { ...others, kmsMasterKeyId, domain: { ...domain, zoneId } };
  options = named;
});

const deploy = (picturesOnDestroy: string, bucketPrefix: string, skipPreview = false) =>
  sandbox().workspace.up({ config: { store: { ...options, picturesOnDestroy }, bucketPrefix }, skipPreview });
const upload = (bucketName: unknown) =>
  sandbox().edge.controlPlane.putObject(String(bucketName), key, picture, { contentType: "image/png" });
const isKept = (bucketName: unknown) => sandbox().edge.controlPlane.headObject(String(bucketName), key) !== undefined;
const bucketOf = (bucketName: unknown) => sandbox().edge.controlPlane.getBucket(String(bucketName));

describe("a picture store", () => {
  let bucketName: unknown;
  /** The uploaded picture's, by the distribution's own name. */
  let url: string;

  it("deploys with every option, and says before what becomes of the pictures", async () => {
    const { changes, outputs } = await deploy("fail", "first-");
    bucketName = outputs["bucketName"];
    upload(bucketName);
    const own = String(outputs["defaultPictureUrl"]).replace(
      "pictures.example.org",
      String(outputs["distributionDomainName"]),
    );

    expect(changes.create).toBe(22);
    const said = sandbox().takeOutput();
    expect(said).toMatch(/only while it holds no user's picture .*"fail".*run pulumi up, which must apply it first/);
    // The preview names the output, the update the statement.
    expect(said).toMatch(/403 until the policy of the key .* has the statement in the output kmsKeyPolicyStatement/);
    expect(said).toMatch(
      /403 until the policy of the key .* has this statement: .*"AWS:SourceArn":"arn:aws:cloudfront:/,
    );
    expect((await sandbox().edge.fetch(own, { country: "DE" })).status).toBe(200);
  });

  it("does not lose pictures when its bucket is replaced", async () => {
    await expect(deploy("fail", "second-", true)).rejects.toThrow("failed");

    expect(sandbox().takeOutput()).toContain("BucketNotEmpty");
    expect(isKept(bucketName)).toBe(true);
  });

  it("deletes the replaced bucket once it is empty, with the store's own pictures, and then protects the new one", async () => {
    sandbox().edge.controlPlane.deleteObjectVersions(String(bucketName), key);
    const { outputs } = await deploy("protect", "second-", true);

    expect(bucketOf(bucketName)).toBeUndefined();
    bucketName = outputs["bucketName"];
    upload(bucketName);
    url = `https://${String(outputs["distributionDomainName"])}/${key}`;
    expect(bucketName).toMatch(/^second-/);
  });

  it("refuses to replace or destroy a protected bucket, and leaves it as it is", async () => {
    const before = bucketOf(bucketName);
    const config = { store: { ...options, picturesOnDestroy: "protect" }, bucketPrefix: "third-" };
    sandbox().takeOutput();
    await expect(sandbox().workspace.preview({ config })).rejects.toThrow("failed");
    expect(sandbox().takeOutput()).toMatch(/unable to replace resource .*pictures-bucket/);
    await expect(sandbox().workspace.destroy()).rejects.toThrow("failed");
    expect(sandbox().takeOutput()).toMatch(/cannot be deleted\s+because it is protected/);

    expect(isKept(bucketName)).toBe(true);
    expect(bucketOf(bucketName)).toEqual(before);
    expect((await sandbox().edge.fetch(url, { country: "DE" })).status).toBe(200);
  });

  // As uploads.test.ts asks of a stack whose users have pictures.
  it.runIf(isRare)("is emptied by destroy once an update has said so", async () => {
    await deploy("empty", "second-");
    expect(sandbox().takeOutput()).toContain("delete it with every user's picture in it");
    expect(isKept(bucketName)).toBe(true);
    await sandbox().workspace.destroy();

    expect(bucketOf(bucketName)).toBeUndefined();
  });

  it.runIf(isRare)(
    "says where it has looked for another's bucket that is in another region",
    { timeout: 120_000 },
    async () => {
      sandbox().edge.controlPlane.createBucket("far-away-bucket", "ap-south-1");
      const config = {
        "aws:region": "eu-central-1",
        store: { existingBucket: "far-away-bucket" },
        bucketPrefix: "first-",
      };
      sandbox().takeOutput();

      await expect(sandbox().workspace.preview({ config })).rejects.toThrow("failed");
      const said = sandbox().takeOutput();
      expect(said).toContain("'far-away-bucket' does not exist");
      expect(said).toContain(
        "It is looked for in eu-central-1: one that is said not to exist may be in another region",
      );
    },
  );

  it.runIf(isRare)(
    "ends with the refusal of another's bucket whose name only the engine knows",
    { timeout: 120_000 },
    async () => {
      const config = { store: { existingBucket: "arn:aws:s3:::their-bucket" }, bucketPrefix: "first-" };
      sandbox().takeOutput();

      await expect(sandbox().workspace.preview({ config })).rejects.toThrow("failed");
      expect(sandbox().takeOutput()).toContain(
        'existingBucket: "arn:aws:s3:::their-bucket" was given; it must be the name of an S3 bucket, not its ARN.',
      );
    },
  );
});
