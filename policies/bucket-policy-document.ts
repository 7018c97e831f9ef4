// A bucket's policy document, as far as the policies of this pack read it.
import type { PolicyResource } from "@pulumi/policy";
import { attachedTo } from "./picture-resources.ts";

interface Statement {
  readonly Effect?: string;
  readonly Principal?: unknown;
  readonly Action?: unknown;
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

export function bucketPoliciesOf(bucket: PolicyResource, resources: readonly PolicyResource[]): PolicyResource[] {
  return attachedTo(bucket, "aws:s3/bucketPolicy:BucketPolicy", resources);
}

/** The document is JSON text, or the object that the AWS provider takes instead. */
export function statementsOf({ props }: PolicyResource): readonly Statement[] {
  const document: unknown = props["policy"];
  const parsed = (typeof document === "string" ? JSON.parse(document) : document) as { Statement?: unknown };
  return listOf(parsed.Statement) as Statement[];
}

/** AWS takes a single value instead of a list of one. */
function listOf(value: unknown): unknown[] {
  if (value === undefined) return [];
  return Array.isArray(value) ? value : [value];
}

/**
 * The keys whose fixed values keep a statement from being public (AWS docs, "Blocking public access": "The meaning of
 * public").
 */
const narrowingKeys = [
  ...["aws:principalarn", "aws:principalaccount", "aws:principalorgid", "aws:principalorgpaths", "aws:userid"],
  ...["aws:sourcearn", "aws:sourceaccount", "aws:sourceowner", "aws:sourceorgid", "aws:sourcevpc", "aws:sourcevpce"],
  ...["aws:sourceip", "s3:dataaccesspointarn", "s3:dataaccesspointaccount"],
];

const narrowingOperators = /^(?:StringEquals|StringLike|ArnEquals|ArnLike|IpAddress)$/i;

/** Whether the condition lets in only accounts, networks or resources that it names. */
function isNarrowed({ Condition: condition = {} }: Statement): boolean {
  return Object.entries(condition).some(
    ([operator, tests]) =>
      narrowingOperators.test(operator) &&
      Object.entries(tests).some(
        ([key, values]) =>
          narrowingKeys.includes(key.toLowerCase()) &&
          listOf(values).every((value) => typeof value === "string" && !/[*?]|^0\.0\.0\.0\/0$|^::\/0$/.test(value)),
      ),
  );
}

/**
 * Whom a statement lets in without a name: everybody, or a service that acts for any account. Undefined if it lets in
 * only what it names.
 */
export function openTo(statement: Statement): string | undefined {
  if (statement.Effect !== "Allow" || isNarrowed(statement)) return undefined;
  const { Principal: principal } = statement;
  if (isEverybody(principal)) return "everybody";
  const [service] = listOf((principal as { Service?: unknown } | null | undefined)?.Service) as string[];
  return service === undefined ? undefined : `${service}, on behalf of any AWS account`;
}

/** Whether a statement denies every request without TLS (AWS Security Hub, S3.5). */
export function deniesWithoutTls({
  Effect: effect,
  Principal: principal,
  Action: action,
  Condition: condition,
}: Statement) {
  const everything = listOf(action).some((name) => name === "*" || name === "s3:*");
  const tests = Object.entries(condition ?? {}).filter(([operator]) => operator.toLowerCase() === "bool");
  const withoutTls = tests
    .flatMap(([, test]) => Object.entries(test))
    .some(([key, value]) => key.toLowerCase() === "aws:securetransport" && String(listOf(value)[0]) === "false");
  return effect === "Deny" && isEverybody(principal) && everything && withoutTls;
}

function isEverybody(principal: unknown): boolean {
  return principal === "*" || listOf((principal as { AWS?: unknown } | null | undefined)?.AWS).includes("*");
}
