// Each option of the picture store by what it does on the sandbox's edge, beside other teams' zones, keys, buckets and
// distributions.
import { describe, expect, it } from "vitest";
import { AccessLogFormat, GeoRestrictionType, PriceClass } from "../../../components/picture-store/closed-sets.ts";
import { accountId, distributionArn } from "../../../sandbox/edge/identity.ts";
import { deployments } from "./deployed-store.ts";
import type { Breakage, DeployedStore } from "./deployed-store.ts";
import { valueOf } from "../mock-engine.ts";

const { edge, deploy } = deployments();
const domainName = "pictures.example.org";

/** Another team's certificate, issued by DNS elsewhere. */
function issuedCertificate(host = domainName): string {
  const api = edge().controlPlane;
  const arn = api.requestCertificate(host, "us-east-1");
  setElsewhere(api.describeCertificate(arn)?.validation);
  api.validateCertificate(arn);
  return arn;
}

function setElsewhere(record: { name: string; type: string; value: string } | undefined): void {
  if (record === undefined) throw new Error("There is no record to set");
  edge().controlPlane.putRecordElsewhere({ name: record.name, type: record.type, values: [record.value] });
}

const configOf = ({ distributionId }: DeployedStore) => edge().controlPlane.getDistribution(distributionId)?.config;
const statusOf = async (response: Promise<Response>) => (await response).status;

describe("domain", () => {
  it("with a zone gets a validated certificate in us-east-1, IPv4 and IPv6 records, and serves the pictures", async () => {
    const zoneId = edge().controlPlane.createHostedZone("example.org");
    const store = await deploy({ domain: { domainName, zoneId } });

    expect(store.baseUrl).toBe("https://pictures.example.org/");
    expect(store.defaultPictureUrl).toMatch(/^https:\/\/pictures\.example\.org\/d\/[0-9a-f]{64}\.png$/);
    expect(await statusOf(edge().fetch(store.defaultPictureUrl))).toBe(200);
    for (const type of ["A", "AAAA"]) expect(edge().controlPlane.getRecord(zoneId, domainName, type)).toBeDefined();
    expect(configOf(store)?.viewerCertificate).toEqual({
      acmCertificateArn: expect.stringContaining(":us-east-1:") as string,
      sslSupportMethod: "sni-only",
      minimumProtocolVersion: "TLSv1.2_2021",
    });
    expect(await valueOf(store.store.dnsRecords)).toEqual([]);
    // The distribution's own name goes on.
    const own = edge().controlPlane.getDistribution(store.distributionId)?.domainName;
    expect(await statusOf(edge().fetch(store.defaultPictureUrl.replace(domainName, own ?? "")))).toBe(200);
  });

  it("is refused by CloudFront with a certificate of another region", async () => {
    const zoneId = edge().controlPlane.createHostedZone("example.org");
    const elsewhere: Breakage = {
      type: "acm/certificate:Certificate",
      change: (inputs) => ({ ...inputs, region: "eu-west-1" }),
    };

    await expect(deploy({ domain: { domainName, zoneId } }, elsewhere)).rejects.toThrow("isn't in us-east-1 region");
  });

  it("is not found without its records, and not trusted without its alias", async () => {
    const zoneId = edge().controlPlane.createHostedZone("example.org");
    const record = "route53/record:Record";
    const { defaultPictureUrl } = await deploy(
      { domain: { domainName, zoneId } },
      { type: record, change: (inputs) => (inputs["type"] === "CNAME" ? inputs : undefined) },
      { type: "cloudfront/distribution:Distribution", change: ({ aliases, ...inputs }) => inputs },
    );
    const problem = () =>
      edge()
        .fetch(defaultPictureUrl)
        .catch((error: Error) => (error.cause as Error).message);

    expect(await problem()).toBe("getaddrinfo ENOTFOUND pictures.example.org");
    setElsewhere({ name: domainName, type: "CNAME", value: "d0.cloudfront.net" });
    expect(await problem()).not.toContain("ENOTFOUND");
  });

  it("with a certificate of another team's and no zone names the record to set, and works once it is set", async () => {
    const acmCertificateArn = issuedCertificate("*.example.org");
    const { store, defaultPictureUrl, distributionId } = await deploy({ domain: { domainName, acmCertificateArn } });
    const own = edge().controlPlane.getDistribution(distributionId)?.domainName;
    const records = await valueOf(store.dnsRecords);

    expect(records).toEqual([{ name: domainName, type: "CNAME", value: own }]);
    await expect(edge().fetch(defaultPictureUrl)).rejects.toThrow();
    for (const record of records) setElsewhere(record);
    expect(await statusOf(edge().fetch(defaultPictureUrl))).toBe(200);
  });

  it("with DNS elsewhere names the validation's record too", async () => {
    issuedCertificate(); // Its record is the same for every certificate of a host.
    const { store } = await deploy({ domain: { domainName, manualDns: true } });

    expect(await valueOf(store.dnsRecords)).toEqual([
      {
        name: expect.stringMatching(/^_[0-9a-f]{32}\.pictures\.example\.org\.$/) as string,
        type: "CNAME",
        value: expect.stringMatching(/\.acm-validations\.aws\.$/) as string,
      },
      { name: domainName, type: "CNAME", value: expect.stringMatching(/\.cloudfront\.net$/) as string },
    ]);
  });
});

describe("geoRestriction", () => {
  it.each([
    [GeoRestrictionType.Whitelist, { DE: 200, FR: 403 }],
    [GeoRestrictionType.Blacklist, { DE: 403, FR: 200 }],
  ])("%s", async (restrictionType, statuses) => {
    const store = await deploy({ geoRestriction: { restrictionType, locations: ["DE", "AT"] } });

    for (const [country, status] of Object.entries(statuses))
      expect(await statusOf(store.get(store.defaultPictureUrl, { country }))).toBe(status);
  });
});

it("kmsMasterKeyId: pictures are read once the key's policy has the statement, by this distribution alone", async () => {
  const key = `arn:aws:kms:us-east-1:${accountId}:key/0f1e`;
  const api = edge().controlPlane;
  const ownStatement = { Effect: "Allow", Principal: { AWS: "*" }, Action: "kms:GenerateDataKey", Resource: "*" };
  const setPolicy = (...statements: unknown[]) =>
    api.putKeyPolicy(key, JSON.stringify({ Version: "2012-10-17", Statement: [ownStatement, ...statements] }));
  setPolicy();
  const store = await deploy({ kmsMasterKeyId: key });
  const read = () => statusOf(store.get(store.defaultPictureUrl));
  const statement = JSON.parse((await valueOf(store.store.kmsKeyPolicyStatement)) ?? "") as object;

  expect(await read()).toBe(403);
  setPolicy({ ...statement, Condition: { StringEquals: { "AWS:SourceArn": distributionArn("E0000000000000") } } });
  expect(await read()).toBe(403);
  setPolicy(statement);
  expect(await read()).toBe(200);
  expect(api.getBucket(store.bucketName)?.encryptionRules).toEqual([
    {
      applyServerSideEncryptionByDefault: { sseAlgorithm: "aws:kms", kmsMasterKeyId: key },
      bucketKeyEnabled: true,
      blockedEncryptionTypes: ["SSE-C"],
    },
  ]);
});

it("accessLogs: the distribution's are delivered from us-east-1, wherever the stack is", async () => {
  const { distributionId } = await deploy({
    accessLogs: {
      destinationResourceArn: "arn:aws:s3:::another-teams-logs",
      outputFormat: AccessLogFormat.Parquet,
      recordFields: ["date", "cs-uri-stem", "sc-status"],
    },
  });
  const { logDeliverySources, logDeliveryDestinations, logDeliveries } = edge().controlPlane.logDeliveryState();

  expect(Object.values(logDeliverySources)).toEqual([
    { region: "us-east-1", logType: "ACCESS_LOGS", resourceArn: distributionArn(distributionId) },
  ]);
  expect(Object.values(logDeliveryDestinations)).toEqual([
    { region: "us-east-1", destinationResourceArn: "arn:aws:s3:::another-teams-logs", outputFormat: "parquet" },
  ]);
  expect(Object.values(logDeliveries)).toMatchObject([{ recordFields: ["date", "cs-uri-stem", "sc-status"] }]);
});

it("webAclId, priceClass and tags reach the distribution, tags the bucket, and objectTags the pictures", async () => {
  const webAclId = `arn:aws:wafv2:us-east-1:${accountId}:global/webacl/pictures/0f1e`;
  const tags = { team: "identity" };
  const objectTags = { content: "default-picture" };
  const store = await deploy({ webAclId, priceClass: PriceClass.PriceClassAll, tags, objectTags });
  const bucket = edge().controlPlane.getBucket(store.bucketName);

  expect(configOf(store)).toMatchObject({ webAclId, priceClass: "PriceClass_All", tags });
  expect(bucket?.tags).toEqual(tags);
  expect(Object.values(bucket?.objects ?? {}).map((object) => object.tags)).toEqual([objectTags, objectTags]);
});

it("responseHeadersPolicyId: another team's headers, and no policy of the store's own", async () => {
  const securityHeadersConfig = { frameOptions: { frameOption: "SAMEORIGIN", override: true } };
  const shared = edge().controlPlane.responseHeadersPolicies.create({ name: "shared", securityHeadersConfig });
  const store = await deploy({ responseHeadersPolicyId: shared.id });
  const { headers } = await store.get(store.defaultPictureUrl);

  expect(headers.get("x-frame-options")).toBe("SAMEORIGIN");
  expect(headers.has("content-security-policy")).toBe(false);
});

it("bucketName: the store's own bucket has that name, and is as private", async () => {
  const store = await deploy({ bucketName: "pictures.example.org" });

  expect(store.bucketName).toBe("pictures.example.org");
  expect(await statusOf(store.get(store.defaultPictureUrl))).toBe(200);
  expect(edge().controlPlane.getBucket("pictures.example.org")?.publicAccessBlock?.blockPublicPolicy).toBe(true);
});

it("existingBucket: only default pictures are put into it, and they are read once its policy has the statements", async () => {
  const api = edge().controlPlane;
  api.createBucket("another-teams-bucket", "us-east-1");
  const store = await deploy({ existingBucket: "another-teams-bucket" });
  const read = () => statusOf(store.get(store.defaultPictureUrl));

  expect(await read()).toBe(403);
  api.putBucketPolicy("another-teams-bucket", await valueOf(store.store.bucketPolicyJson));
  expect(await read()).toBe(200);
  const { objects, policy, ...settings } = api.getBucket("another-teams-bucket") ?? { objects: {} };
  expect(settings).toEqual({ region: "us-east-1", deleteMarkers: {}, noncurrentVersions: {} });
  expect(Object.keys(objects)).toEqual([expect.stringMatching(/^d\/[0-9a-f]{64}\.png$/), "d/missing"]);
});

it("existingDistribution: another team's distribution serves the pictures with what origin says", async () => {
  const api = edge().controlPlane;
  const behavior = { viewerProtocolPolicy: "redirect-to-https", allowedMethods: ["GET", "HEAD"] };
  const app = { originId: "app", domainName: "app.s3.us-east-1.amazonaws.com" };
  const config = { enabled: true, origins: [app], defaultCacheBehavior: { ...behavior, targetOriginId: "app" } };
  const theirs = api.createDistribution(config);
  const baseUrl = `https://${theirs.domainName}/`;
  const { store, defaultPictureUrl, distributionId } = await deploy({
    existingDistribution: { arn: distributionArn(theirs.id), baseUrl },
  });
  const origin = await valueOf(store.origin);
  const {
    domainName,
    originAccessControlId,
    responseHeadersPolicyId,
    missingPicturePath = "none",
    defaultRootObject,
  } = origin;
  api.updateDistribution(theirs.id, {
    ...config,
    origins: [app, { originId: "pictures", domainName, originAccessControlId }],
    orderedCacheBehaviors: ["d/*", "u/*"].map((pathPattern) => ({
      ...behavior,
      pathPattern,
      targetOriginId: "pictures",
      responseHeadersPolicyId,
    })),
    customErrorResponses: [{ errorCode: 404, responseCode: 404, responsePagePath: missingPicturePath }],
  });
  const found = await edge().fetch(defaultPictureUrl);
  const missing = await edge().fetch(`${baseUrl}u/none.png`);

  // Where the bucket is the default behaviour too, it must not be listed.
  const wholly = { ...config, defaultCacheBehavior: { ...behavior, targetOriginId: "pictures" } };
  const origins = [{ originId: "pictures", domainName, originAccessControlId }];
  api.updateDistribution(theirs.id, { ...wholly, origins });
  expect(await (await edge().fetch(baseUrl)).text()).toContain("ListBucketResult");
  api.updateDistribution(theirs.id, { ...wholly, origins, defaultRootObject });
  expect(await (await edge().fetch(baseUrl)).text()).not.toContain("ListBucketResult");

  expect([found.status, found.headers.get("x-content-type-options")]).toEqual([200, "nosniff"]);
  expect([missing.status, missing.headers.get("content-type")]).toEqual([404, "image/png"]);
  expect(distributionId).toBe(theirs.id);
  expect(await valueOf(store.distributionDomainName)).toBe(theirs.domainName);
});
