// A bucket with users' pictures is private: only those whom its policies name read or list it.
import type { PolicyResource, StackValidationPolicy } from "@pulumi/policy";
import { accessPointsOf } from "./bucket-access-points.ts";
import { aclsOf, openAcl } from "./bucket-acls.ts";
import { openTo, statementsOf } from "./bucket-policy-document.ts";
import { attachedTo, bucketTypes, given, validatePictureResourceInStack } from "./picture-resources.ts";
import { pictureResourceSettings } from "./picture-resources.ts";
import { reportEach } from "./unknown-values.ts";

type Resources = readonly PolicyResource[];

export const pictureBucketPrivate: StackValidationPolicy = {
  name: "picture-bucket-private",
  description: "A bucket with users' pictures is private.",
  severity: "critical",
  configSchema: { properties: pictureResourceSettings },
  validateStack: validatePictureResourceInStack(bucketTypes, (bucket, { resources }, report) => {
    const checks = [
      () => accessBlockViolations(bucket, resources),
      ...aclsOf(bucket, resources).map((acl) => () => aclViolations(acl)),
      ...documentsOf(bucket, resources).map((document) => () => documentViolations(document)),
      ...accessPointsOf(bucket, resources).map((point) => () => switchViolations(point)),
      () => websiteViolations(bucket, resources),
    ];
    reportEach(checks, (violations) => violations(), report);
  }),
};

const switches = ["blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets"];

function accessBlockViolations(bucket: PolicyResource, resources: Resources): string[] {
  const blocks = attachedTo(bucket, "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock", resources);
  if (blocks.length === 0)
    return [
      "The stack has no BucketPublicAccessBlock for it, so nobody would notice if its access block were lifted. " +
        "Add one, all true.",
    ];
  return blocks.flatMap(({ props }) => {
    const open = switches.filter((name) => props[name] !== true);
    return open.length === 0
      ? []
      : [`Its BucketPublicAccessBlock leaves ${open.join(", ")} off. Set all four to true.`];
  });
}

function aclViolations({ whose, read }: ReturnType<typeof aclsOf>[number]): string[] {
  const open = openAcl(read());
  const remedy = "Take the ACL out: the bucket's policy says who may read.";
  return open === undefined ? [] : [`${whose} ACL ${open}. ${remedy}`];
}

interface PolicyDocument {
  readonly what: string;
  readonly read: () => unknown;
}

function documentsOf(bucket: PolicyResource, resources: Resources): PolicyDocument[] {
  const attached = attachedTo(bucket, "aws:s3/bucketPolicy:BucketPolicy", resources);
  return [
    { what: "Its policy", read: () => given(bucket, "policy") },
    ...attached.map(({ props }) => ({ what: "Its policy", read: () => props["policy"] as unknown })),
    ...accessPointsOf(bucket, resources).flatMap(({ name, policies }) =>
      policies.map((read) => ({ what: `The policy of its access point "${name}"`, read })),
    ),
  ];
}

function documentViolations({ what, read }: PolicyDocument): string[] {
  const remedy =
    "Name who may by their ARN or account, or add a condition such as AWS:SourceArn with the distribution's ARN.";
  return statementsOf(read()).flatMap((statement) => {
    const whom = openTo(statement);
    return whom === undefined ? [] : [`${what} lets in ${whom}. ${remedy}`];
  });
}

/** An access point blocks public access unless it is told otherwise. */
function switchViolations({ name, accessBlock }: ReturnType<typeof accessPointsOf>[number]): string[] {
  const block = (accessBlock() ?? {}) as Readonly<Record<string, unknown>>;
  const open = switches.filter((it) => block[it] === false);
  return open.length === 0
    ? []
    : [`Its access point "${name}" has ${open.join(", ")} off. Set them to true, or leave them out.`];
}

function websiteViolations(bucket: PolicyResource, resources: Resources): string[] {
  const type = "aws:s3/bucketWebsiteConfiguration:BucketWebsiteConfiguration";
  const inline = [given(bucket, "website"), given(bucket, "websites")].flat();
  return attachedTo(bucket, type, resources).length > 0 || inline.some((it) => it !== undefined && it !== null)
    ? [
        "It is a website, which answers without TLS and only what everybody may read. " +
          "Take the website out, and serve the bucket by a distribution with an origin access control.",
      ]
    : [];
}
