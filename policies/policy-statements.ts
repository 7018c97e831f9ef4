// A bucket's policy document, as far as the policies read it.

interface Statement {
  readonly Effect?: string;
  readonly Principal?: unknown;
  readonly Action?: unknown;
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

/** @param document its JSON, or the object that the AWS provider takes in its place */
export function statementsOf(document: unknown): readonly Statement[] {
  const parsed = (typeof document === "string" ? JSON.parse(document) : document) as { Statement?: unknown };
  return listOf(parsed.Statement) as Statement[];
}

/** AWS takes a single value in the place of a list of one. */
function listOf(value: unknown): unknown[] {
  if (value === undefined) return [];
  return Array.isArray(value) ? value : [value];
}

/** The keys whose fixed values keep a statement from being public (AWS docs, "Blocking public access": "The meaning of public"). */
const narrowingKeys = [
  ...["aws:principalarn", "aws:principalaccount", "aws:principalorgid", "aws:principalorgpaths", "aws:userid"],
  ...["aws:sourcearn", "aws:sourceaccount", "aws:sourceowner", "aws:sourceorgid", "aws:sourcevpc", "aws:sourcevpce"],
  ...["aws:sourceip", "s3:dataaccesspointarn", "s3:dataaccesspointaccount"],
];

const narrowingOperators = /^(?:StringEquals|StringLike|ArnEquals|ArnLike|IpAddress)$/i;

/** Whether a condition lets only named accounts, networks or resources in. */
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

/** Whom a statement lets in although it should name who may: everybody, or a service that acts for everybody; undefined: nobody. */
export function openTo(statement: Statement): string | undefined {
  if (statement.Effect !== "Allow" || isNarrowed(statement)) return undefined;
  const { Principal: principal } = statement;
  if (principal === "*") return "everybody";
  if (typeof principal !== "object" || principal === null) return undefined;
  const { AWS: accounts, Service: services } = principal as { AWS?: unknown; Service?: unknown };
  if (listOf(accounts).includes("*")) return "everybody";
  const [service] = listOf(services) as string[];
  return service === undefined ? undefined : `${service}, on behalf of any AWS account`;
}

/** Whether a statement refuses whatever comes without TLS (AWS Security Hub, S3.5). */
export function refusesWithoutTls({
  Effect: effect,
  Principal: principal,
  Action: action,
  Condition: condition,
}: Statement) {
  const everybody = principal === "*" || listOf((principal as { AWS?: unknown } | undefined)?.AWS).includes("*");
  const everything = listOf(action).some((name) => name === "*" || name === "s3:*");
  const tests = Object.entries(condition ?? {}).filter(([operator]) => operator.toLowerCase() === "bool");
  const withoutTls = tests
    .flatMap(([, test]) => Object.entries(test))
    .some(([key, value]) => key.toLowerCase() === "aws:securetransport" && String(listOf(value)[0]) === "false");
  return effect === "Deny" && everybody && everything && withoutTls;
}
