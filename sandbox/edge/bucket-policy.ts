// The policies of resources, mostly of buckets: parsed as PutBucketPolicy parses them, evaluated as IAM evaluates them,
// and told apart into public ones and others as S3 does it.
import { isObject } from "../json.ts";
import { AwsError, fail } from "./aws-error.ts";

/** Who requests what, and the request's condition keys (AWS docs, "AWS global condition context keys"). */
export interface PolicyRequest {
  /** The service principal that signed the request, such as `cloudfront.amazonaws.com`; absent in an anonymous one. */
  readonly service?: string;
  /** The ARN of the user or the role that signed it. */
  readonly principal?: string;
  readonly action: string;
  /** The ARN of the bucket or the object. */
  readonly resource: string;
  /** The condition keys that the request has, in lower case, with their values. */
  readonly context: Readonly<Record<string, string>>;
}

/** A user or a role that calls AWS: its ARN, and the statements of its policies. */
export interface Caller {
  readonly arn: string;
  readonly statements: readonly Statement[];
}

type OneOrMore = string | readonly string[];
type Principal = "*" | Readonly<Record<string, OneOrMore>>;
export interface Statement {
  readonly Sid?: string;
  readonly Effect: "Allow" | "Deny";
  readonly Principal?: Principal;
  readonly NotPrincipal?: Principal;
  readonly Action?: OneOrMore;
  readonly NotAction?: OneOrMore;
  readonly Resource?: OneOrMore;
  readonly NotResource?: OneOrMore;
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, OneOrMore | boolean>>>>;
}
export interface BucketPolicy {
  readonly Version?: string;
  readonly Statement: readonly Statement[];
}

const list = (value: OneOrMore | boolean | undefined): readonly string[] =>
  value === undefined ? [] : typeof value === "object" ? value : [String(value)];

/** IAM's wildcards: `*` stands for any characters, `?` for one. */
export function matchesWildcard(pattern: string, value: string): boolean {
  const source = pattern
    .replace(/[\\^$.|+()[\]{}]/g, "\\$&")
    .replaceAll("*", ".*")
    .replaceAll("?", ".");
  return new RegExp(`^${source}$`, "s").test(value);
}

type Test = (wanted: string, actual: string) => boolean;
const equals: Test = (wanted, actual) => wanted === actual;
const equalsIgnoringCase: Test = (wanted, actual) => wanted.toLowerCase() === actual.toLowerCase();

/** The condition operators that the edge evaluates. A `negated` one is true where the request does not have the key. */
const operators: Readonly<Record<string, { readonly test: Test; readonly negated?: true }>> = {
  StringEquals: { test: equals },
  StringNotEquals: { test: equals, negated: true },
  StringEqualsIgnoreCase: { test: equalsIgnoringCase },
  StringNotEqualsIgnoreCase: { test: equalsIgnoringCase, negated: true },
  StringLike: { test: matchesWildcard },
  StringNotLike: { test: matchesWildcard, negated: true },
  ArnEquals: { test: matchesWildcard },
  ArnLike: { test: matchesWildcard },
  ArnNotEquals: { test: matchesWildcard, negated: true },
  ArnNotLike: { test: matchesWildcard, negated: true },
  Bool: { test: equalsIgnoringCase },
  NumericLessThan: { test: (wanted, actual) => Number(actual) < Number(wanted) },
  NumericGreaterThanEquals: { test: (wanted, actual) => Number(actual) >= Number(wanted) },
};

/**
 * Parses a policy and refuses what PutBucketPolicy refuses, with S3's texts.
 *
 * @throws AwsError MalformedPolicy; NotEvaluated for a condition operator that AWS knows and this edge does not
 */
export const parseBucketPolicy = (text: string, bucket: string) =>
  parsePolicy(text, {
    service: "s3",
    ownsResource: (resource) =>
      matchesWildcard(resource.split("/", 1)[0] ?? "", `arn:aws:s3:::${bucket}`) || resource === "*",
  });

/** The same for any resource's policy. `service` is the prefix of its actions, such as `kms` in `kms:Decrypt`. */
export function parsePolicy(
  text: string,
  { service, ownsResource }: { service: string; ownsResource: (resource: string) => boolean },
): BucketPolicy {
  const malformed = (reason: string) => new AwsError("MalformedPolicy", reason, 400);
  const policy = readPolicy(text, malformed);
  for (const statement of policy.Statement) {
    const { Principal, NotPrincipal, Action, NotAction, Resource, NotResource } = statement;
    if (!Principal && !NotPrincipal) throw malformed("Missing required field Principal");
    const actions = [...list(Action), ...list(NotAction)];
    if (!actions.every((action) => action === "*" || action.toLowerCase().startsWith(`${service}:`)))
      throw malformed("Policy has invalid action");
    const resources = [...list(Resource), ...list(NotResource)];
    if (resources.length === 0) throw malformed("Missing required field Resource");
    if (!resources.every(ownsResource)) throw malformed("Policy has invalid resource");
  }
  return policy;
}

/**
 * A policy of a user or a role, as PutRolePolicy parses it (IAM docs, "IAM JSON policy elements").
 *
 * @throws AwsError MalformedPolicyDocument; NotEvaluated for what AWS evaluates and this sandbox does not
 */
export function parseIdentityPolicy(text: string): BucketPolicy {
  const malformed = (reason: string) => new AwsError("MalformedPolicyDocument", reason, 400);
  const policy = readPolicy(text, malformed);
  for (const { Principal, NotPrincipal, Action, NotAction, Resource, NotResource } of policy.Statement) {
    if (Principal !== undefined || NotPrincipal !== undefined)
      throw malformed("Policy document should not specify a principal.");
    for (const action of [...list(Action), ...list(NotAction)])
      if (action !== "*" && !/^[a-z0-9-]+:[\w*?]+$/i.test(action))
        throw malformed("Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.");
    const resources = [...list(Resource), ...list(NotResource)];
    if (resources.length === 0) throw malformed("Policy statement must contain resources.");
    const wrong = resources.find((resource) => !/^(?:\*|arn:[^:]*:[^:]*:[^:]*:[^:]*:.+)$/s.test(resource));
    if (wrong !== undefined) throw malformed(`Resource ${wrong} must be in ARN format or "*".`);
  }
  // Such as ${aws:username}, which would stay as it is and match nothing.
  if (/\$\{/.test(text)) fail("NotEvaluated", "The sandbox does not evaluate policy variables", 501);
  return policy;
}

/**
 * A role's trust policy, as CreateRole parses it.
 *
 * @throws AwsError MalformedPolicyDocument; NotEvaluated
 */
export function parseTrustPolicy(text: string): BucketPolicy {
  const malformed = (reason: string) => new AwsError("MalformedPolicyDocument", reason, 400);
  const policy = readPolicy(text, malformed);
  for (const { Principal, Action, NotAction, Resource, NotResource } of policy.Statement) {
    if (Principal === undefined) throw malformed("AssumeRolePolicy must contain Principal.");
    if (Resource !== undefined || NotResource !== undefined) throw malformed("Has prohibited field Resource");
    if ([...list(Action), ...list(NotAction)].some((action) => !action.startsWith("sts:")))
      throw malformed("AssumeRole policy may only specify STS AssumeRole actions.");
  }
  return policy;
}

/** What is the same in every kind of policy: an effect, an action, and conditions that are evaluated here. */
function readPolicy(text: string, malformed: (reason: string) => AwsError): BucketPolicy {
  let policy: unknown;
  try {
    policy = JSON.parse(text);
  } catch {
    throw malformed("This policy contains invalid Json");
  }
  if (!isObject(policy)) throw malformed("Policies must be valid JSON and the first byte must be '{'");
  const statements = (Array.isArray(policy["Statement"]) ? policy["Statement"] : [policy["Statement"]]) as unknown[];
  for (const statement of statements) {
    if (!isObject(statement)) throw malformed("Missing required field Statement");
    const { Effect, Action, NotAction, Condition } = statement as Partial<Statement>;
    if (Effect !== "Allow" && Effect !== "Deny") throw malformed(`Invalid effect: ${String(Effect)}`);
    if ([...list(Action), ...list(NotAction)].length === 0) throw malformed("Missing required field Action");
    for (const operator of Object.keys(Condition ?? {}))
      if (operators[operator.replace(/IfExists$/, "")] === undefined && operator !== "Null")
        fail("NotEvaluated", `The sandbox's edge does not evaluate the condition operator ${operator}`, 501);
  }
  return { ...policy, Statement: statements as Statement[] };
}

/** IAM's policy evaluation logic: one Deny refuses the request; else it needs an Allow. */
export function isAllowed(policy: BucketPolicy, request: PolicyRequest): boolean {
  const effects = policy.Statement.filter((statement) => applies(statement, request)).map(({ Effect }) => Effect);
  return effects.includes("Allow") && !effects.includes("Deny");
}

function applies(statement: Statement, request: PolicyRequest): boolean {
  const { Principal, NotPrincipal, Action, NotAction, Resource, NotResource, Condition } = statement;
  const names = (patterns: OneOrMore | undefined, value: string) =>
    list(patterns).some((pattern) => matchesWildcard(pattern, value));
  const action = request.action.toLowerCase();
  const lowerCase = (value: OneOrMore | undefined) => list(value).map((name) => name.toLowerCase());
  return (
    (Principal === undefined ? !includes(NotPrincipal, request) : includes(Principal, request)) &&
    (Action === undefined ? !names(lowerCase(NotAction), action) : names(lowerCase(Action), action)) &&
    (Resource === undefined ? !names(NotResource, request.resource) : names(Resource, request.resource)) &&
    Object.entries(Condition ?? {}).every(([operator, keys]) =>
      Object.entries(keys).every(([key, wanted]) => holds(operator, request.context[key.toLowerCase()], list(wanted))),
    )
  );
}

function includes(principal: Principal | undefined, { service, principal: arn }: PolicyRequest): boolean {
  if (principal === undefined) return false;
  if (principal === "*" || list(principal["AWS"]).includes("*")) return true;
  if (arn !== undefined && list(principal["AWS"]).includes(arn)) return true;
  return service !== undefined && list(principal["Service"]).includes(service);
}

function holds(operator: string, actual: string | undefined, wanted: readonly string[]): boolean {
  if (operator === "Null") return wanted.includes(String(actual === undefined));
  const rule = operators[operator.replace(/IfExists$/, "")];
  if (rule === undefined) return false;
  if (actual === undefined) return rule.negated === true || operator.endsWith("IfExists");
  return wanted.some((value) => rule.test(value, actual)) !== (rule.negated === true);
}

const fixingKeys = ["aws:sourcearn", "aws:sourceaccount", "aws:sourceowner", "aws:sourcevpc", "aws:principalorgid"];

/**
 * Whether a policy is public: it has an Allow for everyone, `*`, and no condition limits that to a fixed source. An AWS
 * service as principal is not public (Amazon S3 docs, "The meaning of 'public'").
 */
export function isPublic(policy: BucketPolicy): boolean {
  return policy.Statement.some(({ Effect, Principal, NotPrincipal, Condition }) => {
    const everyone = NotPrincipal !== undefined || includes(Principal, { action: "", resource: "", context: {} });
    const fixed = Object.entries(Condition ?? {}).some(
      ([operator, keys]) =>
        /^(String|Arn)(Equals|Like)/.test(operator) &&
        Object.entries(keys).some(
          ([key, values]) =>
            fixingKeys.includes(key.toLowerCase()) && !list(values).some((value) => /[*?]/.test(value)),
        ),
    );
    return Effect === "Allow" && everyone && !fixed;
  });
}
