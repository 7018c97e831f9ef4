// A policy document of a bucket, an access point or a role, as far as the policies of this pack read it.
import { areWide } from "./address-ranges.ts";

/** An element of a document is named in any case. */
export type Statement = Readonly<Record<string, unknown>>;

/** The document is JSON text, or the object that the AWS provider takes instead. A bucket without one has "". */
export function statementsOf(document: unknown): Statement[] {
  if (document === undefined || document === null || document === "") return [];
  const parsed = (typeof document === "string" ? JSON.parse(document) : document) as Statement;
  return listOf(elementOf(parsed, "Statement")) as Statement[];
}

export function elementOf(object: Statement, name: string): unknown {
  const key = Object.keys(object).find((it) => it.toLowerCase() === name.toLowerCase());
  return key === undefined ? undefined : object[key];
}

/** AWS takes a single value instead of a list of one. */
export function listOf(value: unknown): unknown[] {
  if (value === undefined || value === null) return [];
  return Array.isArray(value) ? value : [value];
}

/** Every test of a statement's condition: all of them must be met, each by one of its values. */
function testsOf(statement: Statement): { operator: string; key: string; values: string[] }[] {
  return Object.entries(elementOf(statement, "Condition") ?? {}).flatMap(([operator, tests]) =>
    Object.entries(tests as object).map(([key, values]) => ({
      operator: operator.toLowerCase(),
      key: key.toLowerCase(),
      values: listOf(values).map(String),
    })),
  );
}

/**
 * The keys whose fixed values keep a statement from being public (AWS docs, "Blocking public access": "The meaning of
 * public").
 */
const narrowingKeys = [
  ...["aws:principalarn", "aws:principalaccount", "aws:principalorgid", "aws:principalorgpaths", "aws:userid"],
  ...["aws:sourcearn", "aws:sourceaccount", "aws:sourceowner", "aws:sourceorgid", "aws:sourceorgpaths"],
  ...["aws:sourcevpc", "aws:sourcevpce", "aws:sourceip", "s3:dataaccesspointarn", "s3:dataaccesspointaccount"],
];

/**
 * Operators that a request without the key does not pass. Those with `IfExists` and `ForAllValues:` it passes, and a
 * negated one is passed by all but what it names.
 */
const narrowingOperators =
  /^(?:foranyvalue:)?(?:stringequals|stringequalsignorecase|stringlike|arnequals|arnlike|ipaddress)$/;

/** Whether the condition lets in only accounts, networks or resources that it names. */
function isNarrowed(statement: Statement): boolean {
  return testsOf(statement).some(
    ({ operator, key, values }) =>
      narrowingOperators.test(operator) &&
      narrowingKeys.includes(key) &&
      values.length > 0 &&
      (key === "aws:sourceip" ? !areWide(values) : values.every((value) => isFixed(key, value))),
  );
}

/** Without a wildcard or a variable, but for the end of an organization's path and an access point's name. */
function isFixed(key: string, value: string): boolean {
  const named =
    key.endsWith("orgpaths") && /^o-[a-z0-9]+\//.test(value)
      ? value.replace(/\*$/, "")
      : key === "s3:dataaccesspointarn"
        ? value.replace(/(?<=:\d{12}:accesspoint\/)\*$/, "x")
        : value;
  return named !== "" && !/[*?]|\$\{/.test(named);
}

/**
 * Whom a statement lets in without a name: everybody, or a service that acts for any account. Undefined if it lets in
 * only what it names.
 */
export function openTo(statement: Statement): string | undefined {
  if (elementOf(statement, "Effect") !== "Allow" || isNarrowed(statement)) return undefined;
  const others = elementOf(statement, "NotPrincipal");
  if (others !== undefined) return `everybody but ${JSON.stringify(others)} (NotPrincipal)`;
  const principal = elementOf(statement, "Principal");
  if (isEverybody(principal)) return "everybody";
  const [service] = principalsOf(principal, "Service");
  return service === undefined ? undefined : `${service}, on behalf of any AWS account`;
}

function principalsOf(principal: unknown, kind: string): string[] {
  return typeof principal === "object" && principal !== null
    ? listOf(elementOf(principal as Statement, kind)).map(String)
    : [];
}

/** `"*"`, `{ AWS: "*" }` in any form, and what has a wildcard in an account's place. */
function isEverybody(principal: unknown): boolean {
  const named = typeof principal === "object" && principal !== null ? Object.values(principal) : [principal];
  return named.flatMap(listOf).some((value) => typeof value === "string" && /[*?]/.test(value));
}

/** Whether a statement denies every request for the bucket's objects without TLS (AWS Security Hub, S3.5). */
export function deniesWithoutTls(statement: Statement): boolean {
  const everything = listOf(elementOf(statement, "Action")).some((name) => /^(?:s3:)?\*$/i.test(String(name)));
  const objects = listOf(elementOf(statement, "Resource")).some((arn) => /^\*$|^[^/]*(?:\*|\/\*)$/.test(String(arn)));
  // A second test would let through what does not meet it.
  const [test, ...others] = testsOf(statement);
  const withoutTls =
    test !== undefined &&
    others.length === 0 &&
    /^bool(?:ifexists)?$/.test(test.operator) &&
    test.key === "aws:securetransport" &&
    test.values.includes("false");
  const isOfAll = isAll(elementOf(statement, "Principal"));
  return elementOf(statement, "Effect") === "Deny" && isOfAll && everything && objects && withoutTls;
}

/** A statement that denies something must name everybody as such. */
function isAll(principal: unknown): boolean {
  return principal === "*" || principalsOf(principal, "AWS").includes("*");
}
