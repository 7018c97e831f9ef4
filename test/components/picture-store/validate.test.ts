// What a picture store refuses: one sentence for each fault, all at once.
import { output } from "@pulumi/pulumi";
import { describe, expect, it } from "vitest";
import { refusalText } from "../../../actions/bundle/schema.ts";
import { validatePictureStore } from "../../../components/picture-store/validate.ts";
import { variants } from "./store-variants.ts";

const defaultPictures = { general: { file: "assets/default-picture.png" } };
/** As a stack's settings may have them: not checked by the compiler. */
const refusalsOf = (args: object) =>
  validatePictureStore("A store", { defaultPictures, ...args }).refusals.map(refusalText);
const certificate = (region: string) => `arn:aws:acm:${region}:123456789012:certificate/0f1e`;

describe("validatePictureStore", () => {
  it.each(Object.entries(variants))("finds none in %s", (_, args) => {
    expect(refusalsOf(args)).toEqual([]);
  });

  it("names every bad argument at once, with what is allowed", () => {
    const args = {
      picturesOnDestroy: "keep",
      domain: { domainName: "https://pictures.example.org/", minimumProtocolVersion: "TLSv1" },
      priceClass: "PriceClass_300",
      geoRestriction: { restrictionType: "allow", locations: ["de", "Germany"] },
      webAclId: "arn:aws:wafv2:eu-west-1:123456789012:regional/webacl/pictures/0f1e",
      accessLogs: { destinationResourceArn: "logs", outputFormat: "xml", recordFields: [] },
      kmsMasterKeyId: "alias/pictures",
      responseHeadersPolicyId: "Managed-SecurityHeadersPolicy",
      existingBucket: "arn:aws:s3:::pictures",
      tags: { "aws:team": "identity", cost: "50%", "": "empty", team: 7, long: "x".repeat(257) },
      objectTags: Object.fromEntries(Array.from({ length: 11 }, (_, index) => [`tag${index}`, "x"])),
    };

    expect(refusalsOf(args).join("\n")).toMatchInlineSnapshot(`
      "picturesOnDestroy: "keep" was given; allowed are protect, fail, empty.
      domain.domainName: "https://pictures.example.org/" was given; it must be a host in lower case, such as pictures.example.org, without https:// and without a path.
      domain.minimumProtocolVersion: "TLSv1" was given; allowed are TLSv1.2_2021, TLSv1.2_2025, TLSv1.3_2025.
      domain: https://pictures.example.org/ has neither a certificate nor a zone. Give its Route 53 hosted zone (zoneId), in which a certificate is validated; or the acmCertificateArn of a certificate in us-east-1; or manualDns: true, to set the DNS records yourself.
      priceClass: "PriceClass_300" was given; allowed are PriceClass_100, PriceClass_200, PriceClass_All.
      geoRestriction.restrictionType: "allow" was given; allowed are whitelist, blacklist.
      geoRestriction.locations[0]: "de" was given; it must be two capitals, as DE (ISO 3166-1 alpha-2).
      geoRestriction.locations[1]: "Germany" was given; it must be two capitals, as DE (ISO 3166-1 alpha-2).
      webAclId: "arn:aws:wafv2:eu-west-1:123456789012:regional/webacl/pictures/0f1e" was given; it must be the ARN of a WAFv2 web ACL of the scope CLOUDFRONT, arn:aws:wafv2:us-east-1:<account>:global/webacl/<name>/<id>; a regional one protects no distribution.
      accessLogs.destinationResourceArn: "logs" was given; it must be the ARN of an S3 bucket, a CloudWatch log group or a Firehose stream.
      accessLogs.outputFormat: "xml" was given; allowed are json, plain, w3c, raw, parquet.
      accessLogs.recordFields: [] was given; name at least one field, as date.
      kmsMasterKeyId: "alias/pictures" was given; it must be the ARN of a KMS key, arn:aws:kms:<region>:<account>:key/<id>; an alias is none.
      responseHeadersPolicyId: "Managed-SecurityHeadersPolicy" was given; it must be the id of a response headers policy, such as 60669652-455b-4ae9-85a4-c4c02393f86c.
      existingBucket: "arn:aws:s3:::pictures" was given; it must be the name of an S3 bucket, not its ARN.
      tags.cost: "50%" was given; a tag's value takes letters, digits, spaces and _ . : / = + - @ only.
      tags.team: 7 was given; a tag's value is a string.
      tags.long: a tag's value has at most 256 characters; this one has 257.
      tags["aws:team"]: keys that begin with aws: are AWS's own.
      tags[""]: a tag's key has 1 to 128 characters.
      objectTags: 11 tags were given; S3 takes at most 10 on an object."
    `);
  });

  it("takes a switch for true or false only, and a missing value for nothing", () => {
    const switches = {
      uploaderCanDelete: "yes",
      defaultPictures: { ...defaultPictures, allowSvg: 1 },
      geoRestriction: { locations: ["DE"] },
    };
    expect(refusalsOf(switches)).toEqual([
      "geoRestriction.restrictionType: nothing was given; allowed are whitelist, blacklist.",
      'uploaderCanDelete: "yes" was given; it must be true or false.',
      "defaultPictures.allowSvg: 1 was given; it must be true or false.",
    ]);
  });

  it("keeps replaced pictures for whole days, and sets no rule for a bucket that is not its own", () => {
    const message = (given: unknown) => [
      `replacedPictureDays: ${JSON.stringify(given)} was given; it must be a whole number of days, 1 to 3650.`,
    ];
    for (const days of [0, 3651, 1.5, "30", -1])
      expect(refusalsOf({ replacedPictureDays: days })).toEqual(message(days));
    for (const days of [1, 30, 3650]) expect(refusalsOf({ replacedPictureDays: days })).toEqual([]);
    expect(refusalsOf({ replacedPictureDays: 30, existingBucket: "theirs" })).toEqual([
      "replacedPictureDays: it is a lifecycle rule of the bucket, and existingBucket is not the store's. Leave it out.",
    ]);
  });

  it("refuses a domain that cannot be served", () => {
    const domains = [
      { domainName: "pictures.example.org" },
      { domainName: "pictures.example.org", zoneId: "Z0123456789", manualDns: true },
      { domainName: "pictures.example.org", acmCertificateArn: certificate("eu-central-1") },
      { domainName: "pictures.example.org", acmCertificateArn: "pictures" },
      { domainName: "pictures.example.org", zoneId: "example.org" },
      { zoneId: "Z0123456789" },
      { name: "pictures.example.org" },
      "pictures.example.org",
    ];

    expect(domains.map((domain) => refusalsOf({ domain }).join("\n")).join("\n")).toMatchInlineSnapshot(`
      "domain: pictures.example.org has neither a certificate nor a zone. Give its Route 53 hosted zone (zoneId), in which a certificate is validated; or the acmCertificateArn of a certificate in us-east-1; or manualDns: true, to set the DNS records yourself.
      domain: zoneId and manualDns were given; the records are set in that zone, or elsewhere by you.
      domain.acmCertificateArn: "arn:aws:acm:eu-central-1:123456789012:certificate/0f1e" is a certificate in eu-central-1; CloudFront takes certificates in us-east-1 only. Request or import it there, or give a zoneId instead, and one is made.
      domain.acmCertificateArn: "pictures" was given; it must be the ARN of an ACM certificate, arn:aws:acm:us-east-1:<account>:certificate/<id>.
      domain.zoneId: "example.org" was given; it must be the id of a Route 53 hosted zone, such as Z0123456789ABCDEFGHIJ.
      domain.domainName: nothing was given; it must be a host in lower case, such as pictures.example.org, without https:// and without a path.
      domain.domainName: nothing was given; it must be a host in lower case, such as pictures.example.org, without https:// and without a path.
      domain.name: there is no such setting. There are domainName, zoneId, acmCertificateArn, manualDns, minimumProtocolVersion.
      domain: the host has neither a certificate nor a zone. Give its Route 53 hosted zone (zoneId), in which a certificate is validated; or the acmCertificateArn of a certificate in us-east-1; or manualDns: true, to set the DNS records yourself.
      domain: "pictures.example.org" was given; it must be an object with domainName, zoneId, acmCertificateArn, manualDns, minimumProtocolVersion."
    `);
  });

  it("leaves to the distribution's owner what belongs to the distribution", () => {
    const existingDistribution = { arn: "E1EXAMPLE", baseUrl: "https://cdn.example.org/pictures/" };
    const domain = { domainName: "pictures.example.org", manualDns: true };
    const geoRestriction = { restrictionType: "whitelist", locations: ["DE"] };

    expect(refusalsOf({ existingDistribution, domain, geoRestriction }).join("\n")).toMatchInlineSnapshot(`
      "existingDistribution.arn: "E1EXAMPLE" was given; it must be the ARN of a CloudFront distribution, arn:aws:cloudfront::<account>:distribution/<id>.
      existingDistribution.baseUrl: "https://cdn.example.org/pictures/" was given; it must be https://host/, with the slash and without a path: the pictures' keys begin with "d/" and "u/".
      domain: it belongs to the distribution, and existingDistribution is not the store's. Set it there.
      geoRestriction: it belongs to the distribution, and existingDistribution is not the store's. Set it there."
    `);
  });

  it("takes a certificate in us-east-1, fifty tags, ten object tags, and what only the engine will know", () => {
    const tags = (length: number) =>
      Object.fromEntries(Array.from({ length }, (_, index) => [`Kostenstelle ${index}`, "ä_.:/=+-@ 1"]));
    const domain = { domainName: "pictures.example.org", acmCertificateArn: certificate("us-east-1") };
    const known = { domain, tags: tags(50), objectTags: tags(10) };
    const unknown = { kmsMasterKeyId: output("later"), webAclId: Promise.resolve("later"), existingBucket: output("") };

    expect(refusalsOf({ ...known, ...unknown })).toEqual([]);
    expect(refusalsOf({ tags: tags(51), objectTags: tags(11) })).toHaveLength(2);
  });
});
