// Planned Pulumi resources as a Terraform plan in JSON, for tools that judge such plans (Terraform docs, "JSON Output
// Format").
import * as pulumi from "@pulumi/pulumi";
import { isObject } from "../sandbox/json.ts";
import type { Json } from "../sandbox/json.ts";
import { references } from "./planned-resources.ts";
import type { PlannedResource } from "./planned-resources.ts";

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

/** The parts of a plan that tools need: the known values, and for unknown ones the resources that they come from. */
export interface TerraformPlan {
  format_version: string;
  terraform_version: string;
  planned_values: { root_module: { resources: (TerraformResource & { values: Record<string, Json> })[] } };
  resource_changes: (TerraformResource & { change: Change })[];
  configuration: { root_module: { resources: (TerraformResource & { expressions: Record<string, Json> })[] } };
}

/**
 * Terraform types that do not follow from the Pulumi type as aws_s3_bucket_policy does from
 * aws:s3/bucketPolicy:BucketPolicy.
 */
const typeNames: Readonly<Record<string, string>> = { "aws:s3/bucketObjectv2:BucketObjectv2": "aws_s3_object" };

/**
 * The properties that are an object or a list of objects. In Terraform each is a block, which is repeated for each
 * object and always shown as a list. In Pulumi it is an object if there can be only one, and else a list with a name in
 * the plural. A map is a map in both, and its keys stay as they are.
 */
const blocks: readonly string[] = [
  ...["accessLogSettings", "and", "corsConfiguration", "deadLetterConfig", "defaultRouteSettings", "destinationConfig"],
  ...["environment", "jwtConfiguration", "loggingConfig", "onFailure", "warmUpConfiguration"],
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
const maps: readonly string[] = ["dimensions", "metadata", "tags", "variables"];

/** @throws Error for a property with objects that the tables above do not name */
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

/** A Terraform name without hyphens: in the expression of a reference a hyphen could be read as a minus. */
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
    // A function's files are not judged, nor is what is secret.
    if (value === undefined || value === null || pulumi.asset.Archive.isInstance(value) || isSecret(value)) continue;
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
    // A plan does not have values that are only known after the apply. But a policy with such a value in it is shown,
    // to be judged by the rest of its text.
    if (!isReference(value)) values[snakeCase(name)] = withTerraformReferences(value);
  }
  return { values, expressions };
}

/** As Pulumi marks it in a resource's inputs. */
const isSecret = (value: unknown) =>
  isObject(value) && value[pulumi.runtime.specialSigKey] === pulumi.runtime.specialSecretSig;

const isReference = (value: unknown) =>
  typeof value === "string" && value.replace(references, "") === "" && value !== "";

function referencesIn(value: unknown): string[] {
  const found = [...JSON.stringify(value).matchAll(references)].flatMap(([, type = "", name = "", output = ""]) => [
    `${address(type, name)}.${snakeCase(output)}`,
    address(type, name),
  ]);
  return [...new Set(found)];
}

/** The value with each reference written as in Terraform. */
function withTerraformReferences(value: unknown): Json {
  const text = JSON.stringify(value).replace(
    references,
    (_, type: string, name: string, output: string) => `${address(type, name)}.${snakeCase(output)}`,
  );
  return JSON.parse(text) as Json;
}
