// The policies of picture buckets and distributions: what complies, what does not, what is not known yet, and what a
// configuration changes.
import type { PolicyResource } from "@pulumi/policy";
import { describe, expect, it } from "vitest";
import * as defaults from "../../components/picture-store/defaults.ts";
import { pictureBucketEncrypted } from "../../policies/picture-bucket-encrypted.ts";
import { pictureBucketPrivate } from "../../policies/picture-bucket-private.ts";
import { pictureBucketProtected } from "../../policies/picture-bucket-protected.ts";
import { pictureDistributionHeaders } from "../../policies/picture-distribution-headers.ts";
import { pictureDistributionTls } from "../../policies/picture-distribution-tls.ts";
import { judge, resource, unknown } from "./run-policy.ts";
import type { ResourceOptions } from "./run-policy.ts";

const parents = ["auth0-user-pictures:index:UserPictures", "auth0-user-pictures:index:PictureStore"];
const inStore = { parents };

const bucketOf = (props: object = {}, options: ResourceOptions = inStore) =>
  resource("aws:s3/bucket:Bucket", "pictures", { bucket: "pictures", id: "pictures", ...props }, options);
const bucket = bucketOf();

const accessBlockOf = (props: object = {}, options: ResourceOptions = {}) =>
  resource(
    "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock",
    "access-block",
    { bucket: "pictures", ...defaults.bucketPublicAccessBlock, ...props },
    options,
  );
const bucketPolicyOf = (policy: unknown, options: ResourceOptions = {}) =>
  resource("aws:s3/bucketPolicy:BucketPolicy", "policy", { bucket: "pictures", policy }, options);

const cloudFront = {
  Effect: "Allow",
  Principal: { Service: "cloudfront.amazonaws.com" },
  Action: "s3:GetObject",
  Resource: "arn:aws:s3:::pictures/u/*",
  Condition: { StringEquals: { "AWS:SourceArn": "arn:aws:cloudfront::123456789012:distribution/E1EXAMPLE" } },
};
const tlsOnly = {
  Effect: "Deny",
  Principal: "*",
  Action: "s3:*",
  Resource: ["arn:aws:s3:::pictures", "arn:aws:s3:::pictures/*"],
  Condition: { Bool: { "aws:SecureTransport": "false" } },
};
const policyOf = (...statements: object[]) => JSON.stringify({ Version: "2012-10-17", Statement: statements });

describe("which bucket is a picture bucket", () => {
  const judgedWith = async (options: ResourceOptions, props: object, config: object = {}) =>
    (await judge(pictureBucketPrivate, [bucketOf(props, options)], config)).length > 0;

  it("is one of a PictureStore, at any depth and under any name, and no other", async () => {
    expect(await judgedWith(inStore, {})).toBe(true);
    expect(await judgedWith({ parents: ["acme:index:Site", ...parents] }, {})).toBe(true);
    expect(await judgedWith({}, {})).toBe(false);
    expect(await judgedWith({ parents: ["acme:index:Avatars"] }, {})).toBe(false);
  });

  it("is also one of a configured component, or with a configured tag", async () => {
    const config = { componentTypes: ["acme:index:Avatars"], tag: "content=pictures" };
    expect(await judgedWith({ parents: ["acme:index:Avatars"] }, {}, config)).toBe(true);
    expect(await judgedWith({}, { tags: { content: "pictures" } }, config)).toBe(true);
    expect(await judgedWith({}, { tags: { content: "logs" } }, config)).toBe(false);
    expect(await judgedWith({}, { tags: { pictures: "" } }, { tag: "pictures" })).toBe(true);
    expect(await judge(pictureBucketPrivate, [bucketOf({ tags: unknown }, {})], config)).toEqual([
      "string value at .tags can't be known during preview",
    ]);
  });
});

describe("picture-bucket-private", () => {
  const said = (...resources: PolicyResource[]) => judge(pictureBucketPrivate, [bucket, ...resources]);

  it("takes a blocked bucket that only named principals read", async () => {
    expect(await said(accessBlockOf(), bucketPolicyOf(policyOf(cloudFront, tlsOnly)))).toEqual([]);
    const account = { ...cloudFront, Principal: { AWS: "arn:aws:iam::123456789012:root" }, Condition: undefined };
    expect(await said(accessBlockOf(), bucketPolicyOf({ Statement: account }))).toEqual([]);
  });

  it("refuses a missing, a foreign and a half access block", async () => {
    const missing = "pictures: The stack has no BucketPublicAccessBlock for it";
    expect(await said()).toEqual([expect.stringContaining(missing)]);
    expect(await said(accessBlockOf({ bucket: "logs" }))).toEqual([expect.stringContaining(missing)]);
    expect(await said(accessBlockOf({ blockPublicPolicy: false, ignorePublicAcls: undefined }))).toEqual([
      "pictures: Its BucketPublicAccessBlock leaves blockPublicPolicy, ignorePublicAcls off. Set all four to true.",
    ]);
  });

  it.each([
    ["everybody", { Principal: "*" }],
    ["everybody", { Principal: { AWS: ["*"] } }],
    [
      "everybody",
      { Principal: "*", Condition: { StringLike: { "aws:SourceArn": "arn:aws:cloudfront::*:distribution/*" } } },
    ],
    ["everybody", { Principal: "*", Condition: { IpAddress: { "aws:SourceIp": "0.0.0.0/0" } } }],
    ["everybody", { Principal: "*", Condition: { StringNotEquals: { "aws:SourceAccount": "123456789012" } } }],
    ["everybody", { Principal: "*", Condition: { Bool: { "aws:SecureTransport": "true" } } }],
    ["cloudfront.amazonaws.com, on behalf of any AWS account", { Principal: { Service: "cloudfront.amazonaws.com" } }],
  ])("refuses a policy that lets in %s", async (whom, statement) => {
    const policy = policyOf({ ...cloudFront, Condition: undefined, ...statement });
    expect(await said(accessBlockOf(), bucketPolicyOf(policy))).toEqual([
      expect.stringContaining(`pictures: Its policy lets in ${whom}.`),
    ]);
  });

  it("refuses a public ACL", async () => {
    const acl = resource("aws:s3/bucketAcl:BucketAcl", "acl", { bucket: "pictures", acl: "public-read" });
    expect(await said(accessBlockOf(), acl)).toEqual([expect.stringContaining("pictures: Its ACL is public-read.")]);
    expect(await judge(pictureBucketPrivate, [bucketOf({ acl: "public-read" }), accessBlockOf()])).toHaveLength(1);
  });

  it("finds what is attached to a bucket that the preview creates, and judges the rest of it", async () => {
    const created = bucketOf({ bucket: unknown, id: unknown });
    const attached = { from: { bucket: [created] } };
    const block = accessBlockOf({ bucket: unknown, blockPublicAcls: false }, attached);
    const policy = resource(
      "aws:s3/bucketPolicy:BucketPolicy",
      "policy",
      { bucket: unknown, policy: unknown },
      attached,
    );
    const foreign = accessBlockOf(
      { bucket: unknown, blockPublicAcls: false },
      { from: { bucket: [bucketOf({}, {})] } },
    );

    expect(await judge(pictureBucketPrivate, [created, block, policy])).toEqual([
      "pictures: Its BucketPublicAccessBlock leaves blockPublicAcls off. Set all four to true.",
      "string value at .policy can't be known during preview",
    ]);
    expect(await judge(pictureBucketPrivate, [created, foreign])).toEqual([
      expect.stringContaining("pictures: The stack has no BucketPublicAccessBlock for it"),
    ]);
    expect(await judge(pictureBucketPrivate, [created, accessBlockOf({ bucket: unknown }, attached)])).toEqual([]);
  });
});

describe("picture-bucket-encrypted", () => {
  const said = (config: object, ...resources: PolicyResource[]) =>
    judge(pictureBucketEncrypted, [bucket, ...resources], config);
  const encryption = (sseAlgorithm: string) =>
    resource("aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration", "encryption", {
      bucket: "pictures",
      rules: [{ applyServerSideEncryptionByDefault: { sseAlgorithm } }],
    });
  const withTls = bucketPolicyOf(policyOf(cloudFront, tlsOnly));

  it("takes a bucket whose policy refuses what comes without TLS", async () => {
    expect(await said({}, withTls)).toEqual([]);
  });

  it.each([
    ["no policy", []],
    ["a policy without that", [bucketPolicyOf(policyOf(cloudFront))]],
    ["one for some actions", [bucketPolicyOf(policyOf({ ...tlsOnly, Action: "s3:GetObject" }))]],
    ["one for some principals", [bucketPolicyOf(policyOf({ ...tlsOnly, Principal: { AWS: "123456789012" } }))]],
    [
      "one with TLS",
      [bucketPolicyOf(policyOf({ ...tlsOnly, Condition: { Bool: { "aws:SecureTransport": "true" } } }))],
    ],
    ["one that allows it", [bucketPolicyOf(policyOf({ ...tlsOnly, Effect: "Allow" }))]],
  ])("refuses %s", async (_, resources) => {
    expect(await said({}, ...resources)).toEqual([
      expect.stringContaining("pictures: Its policy takes requests without TLS."),
    ]);
  });

  it("waits for a policy that is not known yet", async () => {
    expect(await said({}, bucketPolicyOf(unknown))).toEqual(["string value at .policy can't be known during preview"]);
  });

  it("asks for the configured algorithm", async () => {
    const config = { sseAlgorithms: ["aws:kms"] };
    expect(await said(config, withTls, encryption("aws:kms"))).toEqual([]);
    expect(await said(config, withTls, encryption("AES256"))).toEqual([
      expect.stringContaining("The stack sets AES256 for it"),
    ]);
    expect(await said(config, withTls)).toEqual([expect.stringContaining("The stack sets no encryption for it")]);
    expect(await said({}, withTls, encryption("AES256"))).toEqual([]);
  });
});

describe("picture-bucket-protected", () => {
  const said = (props: object, options: ResourceOptions, config?: object) =>
    judge(pictureBucketProtected, [bucketOf(props, options)], config);

  it("takes a protected bucket, refuses others, and says all that is wrong", async () => {
    expect(await said({ forceDestroy: false }, { parents, protect: true })).toEqual([]);
    expect(await said({}, { parents })).toEqual([expect.stringContaining("Set protect: true")]);
    expect(await said({ forceDestroy: true }, { parents })).toHaveLength(2);
    expect(await said({ forceDestroy: unknown }, { parents })).toEqual([
      expect.stringContaining("Set protect: true"),
      "string value at .forceDestroy can't be known during preview",
    ]);
  });

  it("looks at the configured buckets too", async () => {
    expect(await said({ tags: { pictures: "" } }, {})).toEqual([]);
    expect(await said({ tags: { pictures: "" } }, {}, { tag: "pictures" })).toHaveLength(1);
  });
});

const distributionOf = (props: object = {}, options: ResourceOptions = inStore) =>
  resource(
    "aws:cloudfront/distribution:Distribution",
    "distribution",
    {
      ...defaults.distribution,
      origins: [{ originId: "pictures", domainName: "pictures.s3.us-east-1.amazonaws.com" }],
      defaultCacheBehavior: { ...defaults.cacheBehavior, targetOriginId: "pictures" },
      ...props,
    },
    options,
  );

describe("picture-distribution-tls", () => {
  const said = (props: object, options?: ResourceOptions, config?: object) =>
    judge(pictureDistributionTls, [distributionOf(props, options)], config);
  const origin = (originProtocolPolicy: string) => ({ originId: "site", customOriginConfig: { originProtocolPolicy } });

  it("takes this package's own, and one with a certificate and an origin of its own", async () => {
    expect(await said({})).toEqual([]);
    const viewerCertificate = { acmCertificateArn: "arn:aws:acm:…", minimumProtocolVersion: "TLSv1.2_2021" };
    expect(await said({ viewerCertificate, origins: [origin("https-only")] })).toEqual([]);
  });

  it("refuses what may be spoken without TLS, or with an old one, and says all of it", async () => {
    expect(
      await said({
        defaultCacheBehavior: { viewerProtocolPolicy: "https-only" },
        orderedCacheBehaviors: [{ viewerProtocolPolicy: "allow-all" }],
        viewerCertificate: { acmCertificateArn: "arn:aws:acm:…", minimumProtocolVersion: "TLSv1.1_2016" },
        origins: [origin("match-viewer")],
      }),
    ).toEqual([
      "distribution: orderedCacheBehaviors[0].viewerProtocolPolicy: allow-all was given; " +
        "set redirect-to-https or https-only.",
      "distribution: viewerCertificate.minimumProtocolVersion: TLSv1.1_2016 was given; " +
        "set TLSv1.2_2021 or a newer one.",
      expect.stringContaining("distribution: The origin site: originProtocolPolicy match-viewer was given"),
    ]);
  });

  it.each<[string, object, string]>([
    [
      "CloudFront's certificate beside a domain",
      { aliases: ["pictures.example.org"], viewerCertificate: { cloudfrontDefaultCertificate: true } },
      "viewerCertificate: CloudFront's own was given, which is not of pictures.example.org",
    ],
    [
      "it beside a certificate of one's own",
      {
        aliases: ["pictures.example.org"],
        viewerCertificate: { cloudfrontDefaultCertificate: true, acmCertificateArn: "arn:aws:acm:…" },
      },
      "viewerCertificate: CloudFront's own was given",
    ],
    [
      "no certificate beside a domain",
      { aliases: ["pictures.example.org"], viewerCertificate: { minimumProtocolVersion: "TLSv1.2_2021" } },
      "viewerCertificate: CloudFront's own was given",
    ],
    [
      "a certificate and no version",
      { viewerCertificate: { iamCertificateId: "x" } },
      "minimumProtocolVersion: nothing",
    ],
    [
      "an origin's old protocols",
      {
        origins: [
          {
            originId: "site",
            customOriginConfig: { originProtocolPolicy: "https-only", originSslProtocols: ["TLSv1", "TLSv1.2"] },
          },
        ],
      },
      "The origin site: originSslProtocols TLSv1, TLSv1.2 was given; set TLSv1.2 alone.",
    ],
    [
      "an origin without TLS",
      { origins: [origin("http-only")] },
      "originProtocolPolicy http-only was given; set https-only.",
    ],
    [
      "an ordered behaviour",
      { orderedCacheBehaviors: [{ viewerProtocolPolicy: "https-only" }, { viewerProtocolPolicy: "allow-all" }] },
      "orderedCacheBehaviors[1].viewerProtocolPolicy: allow-all was given",
    ],
  ])("refuses %s", async (_, props, message) => {
    expect(await said(props)).toEqual([expect.stringContaining(message)]);
  });

  it("takes a domain with a certificate that is not known yet", async () => {
    const viewerCertificate = { acmCertificateArn: unknown, minimumProtocolVersion: "TLSv1.2_2021" };
    expect(await said({ aliases: ["pictures.example.org"], viewerCertificate })).toEqual([]);
  });

  it("looks at MultitenantDistributions and VPC origins", async () => {
    const type = "aws:cloudfront/multitenantDistribution:MultitenantDistribution";
    const multitenant = resource(
      type,
      "tenants",
      {
        defaultCacheBehavior: { viewerProtocolPolicy: "https-only" },
        cacheBehaviors: [{ viewerProtocolPolicy: "allow-all" }],
        viewerCertificate: { cloudfrontDefaultCertificate: true },
        origins: [
          { id: "site", customOriginConfigs: [{ originProtocolPolicy: "https-only", originSslProtocols: ["SSLv3"] }] },
        ],
      },
      inStore,
    );
    expect(await judge(pictureDistributionTls, [multitenant])).toEqual([
      expect.stringContaining("tenants: cacheBehaviors[0].viewerProtocolPolicy: allow-all was given"),
      expect.stringContaining("tenants: The origin site: originSslProtocols SSLv3 was given"),
    ]);
    const endpoint = { originProtocolPolicy: "http-only", originSslProtocols: { items: ["TLSv1.1"] } };
    const props = { vpcOriginEndpointConfig: endpoint };
    const vpcOrigin = resource("aws:cloudfront/vpcOrigin:VpcOrigin", "inside", props, inStore);
    expect(await judge(pictureDistributionTls, [vpcOrigin])).toEqual([
      expect.stringContaining("inside: The origin inside: originProtocolPolicy http-only was given"),
      expect.stringContaining("inside: The origin inside: originSslProtocols TLSv1.1 was given"),
    ]);
  });

  it("judges what is known", async () => {
    expect(await said({ viewerCertificate: unknown, origins: [origin("http-only")] })).toEqual([
      expect.stringContaining("The origin site"),
      "string value at .viewerCertificate can't be known during preview",
    ]);
  });

  it("looks at the configured distributions too", async () => {
    const props = { viewerCertificate: {}, tags: { pictures: "" } };
    expect(await said(props, {})).toEqual([]);
    expect(await said(props, {}, { tag: "pictures" })).toHaveLength(1);
  });
});

describe("picture-distribution-headers", () => {
  const headers = (securityHeadersConfig: object, props: object = {}) =>
    resource("aws:cloudfront/responseHeadersPolicy:ResponseHeadersPolicy", "headers", {
      id: "headers-1",
      securityHeadersConfig,
      ...props,
    });
  const contentSecurityPolicy = { contentSecurityPolicy: "default-src 'none'; sandbox", override: true };
  const good = { contentSecurityPolicy, contentTypeOptions: { override: true } };
  const withHeaders = (id: unknown, options: ResourceOptions = inStore) =>
    distributionOf({ defaultCacheBehavior: { ...defaults.cacheBehavior, responseHeadersPolicyId: id } }, options);

  it("takes a distribution whose headers have a sandbox and nosniff", async () => {
    expect(await judge(pictureDistributionHeaders, [withHeaders("headers-1"), headers(good)])).toEqual([]);
  });

  it("refuses a behaviour without headers, with weak ones, and with foreign ones", async () => {
    const said = async (...resources: PolicyResource[]) => judge(pictureDistributionHeaders, resources);
    const bare = distributionOf({ orderedCacheBehaviors: [{ pathPattern: "/d/*" }] });
    expect(await said(bare)).toEqual([
      expect.stringContaining("distribution: defaultCacheBehavior: it has no responseHeadersPolicyId."),
      expect.stringContaining("distribution: orderedCacheBehaviors[0]: it has no responseHeadersPolicyId."),
    ]);
    const scripts = { contentSecurityPolicy: "sandbox allow-scripts", override: true };
    expect(await said(withHeaders("headers-1"), headers({ ...good, contentSecurityPolicy: scripts }))).toEqual([
      expect.stringContaining('its response headers policy "headers" lacks a contentSecurityPolicy with `sandbox`'),
    ]);
    expect(
      await said(withHeaders("headers-1"), headers({ contentSecurityPolicy, contentTypeOptions: { override: false } })),
    ).toEqual([expect.stringContaining("lacks contentTypeOptions (nosniff)")]);
    expect(await said(withHeaders("headers-2"), headers(good))).toEqual([
      expect.stringContaining("its response headers policy headers-2 is not of this stack."),
    ]);
  });

  it("finds the headers of a provider that has no id among their outputs", async () => {
    const declared = headers({ contentSecurityPolicy }, { id: undefined });
    const distribution = withHeaders("headers-1", { ...inStore, from: { defaultCacheBehavior: [declared] } });
    expect(await judge(pictureDistributionHeaders, [distribution, declared])).toEqual([
      expect.stringContaining("lacks contentTypeOptions (nosniff)"),
    ]);
    expect(await judge(pictureDistributionHeaders, [withHeaders("headers-1"), declared])).toEqual([
      expect.stringContaining("its response headers policy headers-1 is not of this stack."),
    ]);
  });

  it("finds the headers that the preview creates, and waits for those of others", async () => {
    const created = headers({ contentSecurityPolicy }, { id: unknown });
    const distribution = withHeaders(unknown, { ...inStore, from: { defaultCacheBehavior: [created] } });
    expect(await judge(pictureDistributionHeaders, [distribution, created])).toEqual([
      expect.stringContaining("lacks contentTypeOptions (nosniff)"),
    ]);
    const ordered = { orderedCacheBehaviors: [{ responseHeadersPolicyId: unknown }, { pathPattern: "/d/*" }] };
    const sources = { defaultCacheBehavior: [headers(good)], orderedCacheBehaviors: [headers(good)] };
    const defaultCacheBehavior = { responseHeadersPolicyId: unknown };
    const mixed = distributionOf({ ...ordered, defaultCacheBehavior }, { ...inStore, from: sources });
    expect(await judge(pictureDistributionHeaders, [mixed, headers(good, { id: unknown })])).toEqual([
      expect.stringContaining("distribution: orderedCacheBehaviors[1]: it has no responseHeadersPolicyId."),
    ]);
    expect(await judge(pictureDistributionHeaders, [withHeaders(unknown), created])).toEqual([
      "string value at .defaultCacheBehavior.responseHeadersPolicyId can't be known during preview",
    ]);
  });

  it.each<[string, object, string]>([
    [
      "removes one",
      { removeHeadersConfig: { items: [{ header: "Server" }, { header: "content-security-policy" }] } },
      "removes content-security-policy. Take that out of removeHeadersConfig.",
    ],
    [
      "removes the other",
      { removeHeadersConfig: { items: [{ header: "X-Content-Type-Options" }] } },
      "removes X-Content-Type-Options.",
    ],
    [
      "sets one again",
      { customHeadersConfig: { items: [{ header: "Content-Security-Policy", value: "*", override: true }] } },
      "sets Content-Security-Policy in customHeadersConfig as well.",
    ],
    [
      "makes a page of every picture",
      { customHeadersConfig: { items: [{ header: "Content-Type", value: "text/html", override: true }] } },
      "sets Content-Type in customHeadersConfig as well.",
    ],
  ])("refuses a policy that %s", async (_, props, message) => {
    expect(await judge(pictureDistributionHeaders, [withHeaders("headers-1"), headers(good, props)])).toEqual([
      expect.stringContaining(`its response headers policy "headers" ${message}`),
    ]);
  });

  it("takes a policy that removes and sets other headers", async () => {
    const props = {
      removeHeadersConfig: { items: [{ header: "Server" }] },
      customHeadersConfig: {
        items: [{ header: "Cross-Origin-Resource-Policy", value: "cross-origin", override: true }],
      },
    };
    expect(await judge(pictureDistributionHeaders, [withHeaders("headers-1"), headers(good, props)])).toEqual([]);
  });

  describe("where functions run", () => {
    const behavior = (associations: object) => ({
      ...defaults.cacheBehavior,
      responseHeadersPolicyId: "headers-1",
      ...associations,
    });
    const lambda = { eventType: "origin-response", lambdaArn: "arn:aws:lambda:us-east-1:123456789012:function:x:7" };
    const edge = { eventType: "viewer-response", functionArn: "arn:aws:cloudfront::123456789012:function/x" };
    const said = (props: object, config?: object) =>
      judge(pictureDistributionHeaders, [distributionOf(props), headers(good)], config);

    it("refuses one that may change a response, in every behaviour, unless it is configured", async () => {
      const props = {
        defaultCacheBehavior: behavior({ functionAssociations: [edge] }),
        orderedCacheBehaviors: [behavior({ lambdaFunctionAssociations: [lambda] })],
      };
      expect(await said(props)).toEqual([
        expect.stringContaining("defaultCacheBehavior: a function of it runs on viewer-response, and may take the"),
        expect.stringContaining("orderedCacheBehaviors[0]: a function of it runs on origin-response"),
      ]);
      const good = [edge.functionArn, "arn:aws:lambda:us-east-1:123456789012:function:x"];
      expect(await said(props, { responseFunctionArns: good })).toEqual([]);
      expect(
        await said(props, { responseFunctionArns: ["arn:aws:lambda:us-east-1:123456789012:function:y"] }),
      ).toHaveLength(2);
    });

    it("takes one that changes a request", async () => {
      const functionAssociations = [{ ...edge, eventType: "viewer-request" }];
      expect(await said({ defaultCacheBehavior: behavior({ functionAssociations }) })).toEqual([]);
    });

    it("refuses an ordered behaviour without the headers", async () => {
      const props = { defaultCacheBehavior: behavior({}), orderedCacheBehaviors: [{ pathPattern: "/d/*" }] };
      expect(await said(props)).toEqual([
        expect.stringContaining("orderedCacheBehaviors[0]: it has no responseHeaders"),
      ]);
    });

    it("looks at a MultitenantDistribution's behaviours", async () => {
      const type = "aws:cloudfront/multitenantDistribution:MultitenantDistribution";
      const props = { defaultCacheBehavior: behavior({}), cacheBehaviors: [{ pathPattern: "/d/*" }] };
      expect(
        await judge(pictureDistributionHeaders, [resource(type, "tenants", props, inStore), headers(good)]),
      ).toEqual([expect.stringContaining("tenants: cacheBehaviors[0]: it has no responseHeadersPolicyId.")]);
    });
  });

  it("takes the configured ones from outside", async () => {
    const config = { responseHeadersPolicyIds: ["headers-2"] };
    expect(await judge(pictureDistributionHeaders, [withHeaders("headers-2")], config)).toEqual([]);
  });
});
