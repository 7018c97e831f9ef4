// Planned Pulumi resources as a Terraform plan in JSON, which tools that judge plans read (Terraform docs, "JSON Output Format").
import { references } from "./planned-resources.ts";
import type { PlannedResource } from "./planned-resources.ts";

type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

interface TerraformResource {
  address: string;
  mode: "managed";
  type: string;
  name: string;
}

interface Change {
  actions: ["create"];
  before: null;
  after: Record<string, Json>;
  after_unknown: Record<string, never>;
}

/** What a reader of plans needs: the values that are known, and for those that are not, to which resource they refer. */
export interface TerraformPlan {
  format_version: string;
  terraform_version: string;
  planned_values: { root_module: { resources: (TerraformResource & { values: Record<string, Json> })[] } };
  resource_changes: (TerraformResource & { change: Change })[];
  configuration: { root_module: { resources: (TerraformResource & { expressions: Record<string, Json> })[] } };
}

/** Resources whose Terraform type is not the Pulumi type's own words: aws:s3/bucketPolicy:BucketPolicy is aws_s3_bucket_policy. */
const typeNames: Readonly<Record<string, string>> = { "aws:s3/bucketObjectv2:BucketObjectv2": "aws_s3_object" };

/**
 * Every property that is an object or a list of objects. Terraform has a block there, which it repeats for each object and shows as a list
 * always; Pulumi takes one object where there can be one only, and names a list in the plural. A map is one in both, its keys as they are.
 */
const blocks: readonly string[] = [
  ...["abortIncompleteMultipartUpload", "accessControlAllowHeaders", "accessControlAllowMethods"],
  ...["accessControlAllowOrigins", "accessControlExposeHeaders", "applyServerSideEncryptionByDefault"],
  ...["cacheTagConfig", "contentSecurityPolicy", "contentTypeOptions", "corsConfig", "customHeadersConfig"],
  ...["defaultCacheBehavior", "defaultTags", "deliveryDestinationConfiguration", "expiration", "filter"],
  ...["frameOptions", "geoRestriction", "items", "noncurrentVersionExpiration", "originShield", "overrideProvider"],
  ...["referrerPolicy", "removeHeadersConfig", "restrictions", "rule", "s3OriginConfig", "securityHeadersConfig"],
  ...["strictTransportSecurity", "versioningConfiguration", "viewerCertificate", "xssProtection"],
];
const pluralBlocks: Readonly<Record<string, string>> = {
  aliases: "alias",
  customErrorResponses: "custom_error_response",
  orderedCacheBehaviors: "ordered_cache_behavior",
  origins: "origin",
  rules: "rule",
  s3DeliveryConfigurations: "s3_delivery_configuration",
};
const maps: readonly string[] = ["metadata", "tags"];

/** @throws Error for a property of which the tables above do not say what it is in Terraform */
export function terraformPlan(planned: readonly PlannedResource[]): TerraformPlan {
  const resources = planned.map(({ type, name, inputs }) => {
    const resource = {
      address: address(type, name),
      mode: "managed",
      type: typeName(type),
      name: label(name),
    } as const;
    return { resource, ...block(inputs, `${type} ${name}`) };
  });
  return {
    format_version: "1.2",
    terraform_version: "1.9.0",
    planned_values: { root_module: { resources: resources.map(({ resource, values }) => ({ ...resource, values })) } },
    resource_changes: resources.map(({ resource, values }) => ({
      ...resource,
      change: { actions: ["create"], before: null, after: values, after_unknown: {} },
    })),
    configuration: {
      root_module: { resources: resources.map(({ resource, expressions }) => ({ ...resource, expressions })) },
    },
  };
}

const snakeCase = (name: string) => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

function typeName(type: string): string {
  const [, module = ""] = type.split(":");
  return typeNames[type] ?? `aws_${module.split("/").map(snakeCase).join("_")}`;
}

/** References are written as expressions, where a hyphen would be a minus. */
const label = (name: string) => name.replaceAll("-", "_");

const address = (type: string, name: string) => `${typeName(type)}.${label(name)}`;

interface Block {
  readonly values: Record<string, Json>;
  readonly expressions: Record<string, Json>;
}

function block(inputs: Readonly<Record<string, unknown>>, path: string): Block {
  const values: Record<string, Json> = {};
  const expressions: Record<string, Json> = {};
  for (const [name, value] of Object.entries(inputs)) {
    if (value === undefined || value === null) continue;
    const objects = (Array.isArray(value) ? (value as unknown[]) : [value]).filter(isObject);
    if (objects.length > 0 && !maps.includes(name)) {
      const terraformName = blocks.includes(name) ? snakeCase(name) : pluralBlocks[name];
      if (terraformName === undefined) throw new Error(`${path}.${name}: there is no Terraform name for this block`);
      const inner = objects.map((it) => block(it, `${path}.${name}`));
      values[terraformName] = inner.map((it) => it.values);
      expressions[terraformName] = inner.map((it) => it.expressions);
      continue;
    }
    const found = referencesIn(value);
    if (found.length > 0) expressions[snakeCase(name)] = { references: found };
    // A plan does not hold what is known after the apply; but a policy is judged by what it says around such a value.
    if (!isReference(value)) values[snakeCase(name)] = readable(value);
  }
  return { values, expressions };
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const isReference = (value: unknown) =>
  typeof value === "string" && value.replace(references, "") === "" && value !== "";

function referencesIn(value: unknown): string[] {
  const found = [...JSON.stringify(value).matchAll(references)].flatMap(([, type = "", name = "", output = ""]) => [
    `${address(type, name)}.${snakeCase(output)}`,
    address(type, name),
  ]);
  return [...new Set(found)];
}

/** With each reference as Terraform writes it. */
function readable(value: unknown): Json {
  const text = JSON.stringify(value).replace(
    references,
    (_, type: string, name: string, output: string) => `${address(type, name)}.${snakeCase(output)}`,
  );
  return JSON.parse(text) as Json;
}
