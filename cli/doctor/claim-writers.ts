// Whether an Action's code sets the claim `picture` of the ID token, read by its syntax: none of it is run. It finds
// what people write; what hides from its reader is at best unclear.
import { parse } from "acorn";
import type { AnyNode, CallExpression, MemberExpression, Program } from "acorn";

export type ClaimFinding =
  | { readonly kind: "clear" }
  /** On every login, or on some. */
  | { readonly kind: "sets"; readonly line: number }
  /** @property why a sentence's end, after "Whether it sets picture is unclear: " */
  | { readonly kind: "unclear"; readonly why: string };

const claim = "picture";
const setter = "setCustomClaim";
const handler = "onExecutePostLogin";

export function claimFinding(code: string): ClaimFinding {
  try {
    return findingIn(readCode(code));
  } catch (error) {
    // No JavaScript, or expressions in each other by the thousand.
    if (error instanceof SyntaxError || error instanceof RangeError)
      return { kind: "unclear", why: "its code cannot be read" };
    throw error;
  }
}

function findingIn(reading: Reading): ClaimFinding {
  const unclear: string[] = [];
  for (const node of reading.parents.keys()) {
    const finding = findingAt(node, reading);
    if (finding?.kind === "sets") return finding;
    if (finding?.kind === "unclear") unclear.push(finding.why);
  }
  const [why] = unclear;
  return why === undefined ? { kind: "clear" } : { kind: "unclear", why };
}

interface Reading {
  /** Every node but the program, each with its parent. */
  readonly parents: ReadonlyMap<AnyNode, AnyNode>;
  /** The only value of each name that has one only. */
  readonly values: ReadonlyMap<string, AnyNode>;
  /** What the handlers of logins call their second parameter. */
  readonly apis: ReadonlySet<string>;
}

function readCode(code: string): Reading {
  const options = { ecmaVersion: "latest", locations: true, allowReturnOutsideFunction: true } as const;
  const program: Program = parse(code, { ...options, sourceType: "script" });
  const parents = new Map<AnyNode, AnyNode>();
  const visit = (node: AnyNode): void => {
    for (const value of Object.values(node) as unknown[])
      for (const child of Array.isArray(value) ? (value as unknown[]) : [value])
        if (isNode(child)) parents.set(child, node);
  };
  visit(program);
  // A map that grows while it is walked.
  for (const node of parents.keys()) visit(node);
  const values = valuesIn(parents);
  return { parents, values, apis: apisIn(parents, values) };
}

const isNode = (value: unknown): value is AnyNode =>
  typeof value === "object" && value !== null && "type" in value && "start" in value;

function valuesIn(parents: ReadonlyMap<AnyNode, AnyNode>): Map<string, AnyNode> {
  const values = new Map<string, AnyNode>();
  const several = new Set<string>();
  const add = (name: string, value: AnyNode | null | undefined): void => {
    if (values.has(name) || !value) several.add(name);
    if (value) values.set(name, value);
  };
  for (const node of parents.keys()) {
    if (node.type === "VariableDeclarator" && node.id.type === "Identifier") add(node.id.name, node.init);
    if (node.type === "FunctionDeclaration") add(node.id?.name ?? "", node);
    if (node.type === "AssignmentExpression" && node.left.type === "Identifier") several.add(node.left.name);
    if (isFunction(node)) for (const one of node.params) if (one.type === "Identifier") several.add(one.name);
  }
  for (const name of several) values.delete(name);
  return values;
}

function apisIn(parents: ReadonlyMap<AnyNode, AnyNode>, values: ReadonlyMap<string, AnyNode>): Set<string> {
  const names = new Set<string>();
  for (const node of parents.keys()) {
    if (node.type !== "AssignmentExpression" || node.left.type !== "MemberExpression") continue;
    if (nameOf(node.left) !== handler) continue;
    const made = node.right.type === "Identifier" ? values.get(node.right.name) : node.right;
    const second = made && isFunction(made) ? made.params[1] : undefined;
    if (second?.type === "Identifier") names.add(second.name);
  }
  return names;
}

type AnyFunction = Extract<AnyNode, { type: "FunctionDeclaration" | "FunctionExpression" | "ArrowFunctionExpression" }>;

const isFunction = (node: AnyNode): node is AnyFunction =>
  ["FunctionDeclaration", "FunctionExpression", "ArrowFunctionExpression"].includes(node.type);

function findingAt(node: AnyNode, reading: Reading): ClaimFinding | undefined {
  if (node.type === "MemberExpression" && nameOf(node) === setter) {
    const parent = reading.parents.get(node);
    if (parent?.type === "CallExpression" && parent.callee === node) return findingOfCall(parent, node, reading);
    return unclearAt(node, `it hands ${setter} on`);
  }
  if (node.type === "Property" && node.key.type === "Identifier" && node.key.name === setter && !node.computed)
    return unclearAt(node, `it takes ${setter} out of its object`);
  if (node.type === "Identifier" && reading.apis.has(node.name)) return findingOfApi(node, reading);
  return undefined;
}

function findingOfCall(call: CallExpression, member: MemberExpression, reading: Reading): ClaimFinding | undefined {
  const token = tokenOf(member.object, reading);
  if (token === "accessToken") return undefined;
  const [name] = call.arguments;
  const isPicture = name === undefined ? "no" : mayBeClaim(name, reading);
  if (isPicture === "no") return undefined;
  if (isPicture === "yes" && token === "idToken") return { kind: "sets", line: member.loc?.start.line ?? 0 };
  return unclearAt(
    member,
    isPicture === "yes" ? "which token it sets it in is not written there" : "it computes the claim's name",
  );
}

/** The last name of `api.idToken`, or of what a variable was given. */
function tokenOf(object: AnyNode, { values }: Reading): string | undefined {
  const value = object.type === "Identifier" ? (values.get(object.name) ?? object) : object;
  if (value.type === "Identifier") return value.name;
  return value.type === "MemberExpression" ? nameOf(value) : undefined;
}

/** What the whole api is used for: only its parts, by their names, can be followed. */
function findingOfApi(node: AnyNode, { parents, values }: Reading): ClaimFinding | undefined {
  const parent = parents.get(node);
  if (parent?.type === "MemberExpression" && parent.object === node)
    return nameOf(parent) === undefined ? unclearAt(node, "it computes what it uses of the api") : undefined;
  if (parent?.type !== "CallExpression" || !parent.arguments.some((one) => one === node)) return undefined;
  const { callee } = parent;
  const made = callee.type === "Identifier" ? values.get(callee.name) : undefined;
  return made && isFunction(made) ? undefined : unclearAt(node, "it hands the api to code that is not there");
}

function unclearAt({ loc }: AnyNode, what: string): ClaimFinding {
  return { kind: "unclear", why: `${what} (line ${loc?.start.line ?? "?"})` };
}

/** Whether a text may be the claim's name. */
function mayBeClaim(node: AnyNode, reading: Reading): "yes" | "no" | "maybe" {
  const text = literalOf(node);
  if (text !== undefined) return text === claim ? "yes" : "no";
  if (node.type === "Identifier") {
    const value = reading.values.get(node.name);
    return value === undefined || value.type === "Identifier" ? "maybe" : mayBeClaim(value, reading);
  }
  if (node.type === "ConditionalExpression") {
    const both = [node.consequent, node.alternate].map((one) => mayBeClaim(one, reading));
    return both.includes("yes") ? "yes" : both.includes("maybe") ? "maybe" : "no";
  }
  const [first, last] = endsOf(node, reading);
  return claim.startsWith(first) && claim.endsWith(last) ? "maybe" : "no";
}

/** What a text begins and ends with, as far as it is written out. */
function endsOf(node: AnyNode, reading: Reading): readonly [first: string, last: string] {
  const text = literalOf(node);
  if (text !== undefined) return [text, text];
  if (node.type === "Identifier") {
    const value = literalOf(reading.values.get(node.name) ?? node) ?? "";
    return [value, value];
  }
  if (node.type === "TemplateLiteral") {
    const [before = "", after = ""] = [node.quasis[0], node.quasis.at(-1)].map((one) => one?.value.cooked ?? "");
    const [start, end] = [node.expressions[0], node.expressions.at(-1)];
    return [before || (start ? endsOf(start, reading)[0] : ""), after || (end ? endsOf(end, reading)[1] : "")];
  }
  if (node.type !== "BinaryExpression" || node.operator !== "+") return ["", ""];
  return [endsOf(node.left, reading)[0], endsOf(node.right, reading)[1]];
}

function nameOf({ property, computed }: MemberExpression): string | undefined {
  return !computed && property.type === "Identifier" ? property.name : literalOf(property);
}

function literalOf(node: AnyNode): string | undefined {
  if (node.type === "Literal") return typeof node.value === "string" ? node.value : undefined;
  const isWhole = node.type === "TemplateLiteral" && node.expressions.length === 0;
  return isWhole ? (node.quasis[0]?.value.cooked ?? undefined) : undefined;
}
