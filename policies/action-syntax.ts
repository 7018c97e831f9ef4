// An Action's code, read by its syntax. That finds mistakes and carelessness; code that hides what it does from its
// reader hides it from these functions too.
import { parse } from "acorn";
import type {
  AnyNode,
  CallExpression,
  Comment,
  MemberExpression,
  NewExpression,
  Program,
  VariableDeclarator,
} from "acorn";
import { analyze } from "eslint-scope";
import type { Variable } from "eslint-scope";

export interface ActionCode {
  readonly text: string;
  readonly comments: readonly Comment[];
  /** Every node but the program itself, in the code's order, each with its parent. */
  readonly parents: ReadonlyMap<AnyNode, AnyNode>;
  /** What each identifier refers to; undefined for a global's. */
  readonly variables: ReadonlyMap<AnyNode, Variable | null>;
}

/** Returns the parser's message where the code is not JavaScript. */
export function parseAction(text: string): ActionCode | string {
  const comments: Comment[] = [];
  let program: Program;
  try {
    const options = { ecmaVersion: "latest", locations: true, ranges: true, allowReturnOutsideFunction: true } as const;
    program = parse(text, { ...options, sourceType: "script", onComment: comments });
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
  return { text, comments, parents: parentsIn(program), variables: variablesIn(program) };
}

function parentsIn(program: Program): Map<AnyNode, AnyNode> {
  const parents = new Map<AnyNode, AnyNode>();
  // A map that grows while it is walked: a text can be a sum of more parts than calls may be nested.
  addChildren(program);
  for (const node of parents.keys()) addChildren(node);
  return new Map([...parents].sort(([a], [b]) => a.start - b.start));

  function addChildren(node: AnyNode): void {
    for (const value of Object.values(node) as unknown[])
      if (Array.isArray(value)) for (const item of value) add(item, node);
      else add(value, node);
  }

  function add(value: unknown, parent: AnyNode): void {
    if (isNode(value)) parents.set(value, parent);
  }
}

const isNode = (value: unknown): value is AnyNode =>
  typeof value === "object" && value !== null && "type" in value && "start" in value;

function variablesIn(program: Program): Map<AnyNode, Variable | null> {
  // Auth0 runs an Action as a CommonJS module, whose top level is a function's.
  const syntax = program as Parameters<typeof analyze>[0];
  const { scopes } = analyze(syntax, { ecmaVersion: 2022, sourceType: "script", nodejsScope: true });
  const references = scopes.flatMap((scope) => scope.references);
  return new Map(references.map(({ identifier, resolved }) => [identifier as AnyNode, resolved]));
}

export const lineOf = ({ loc }: Pick<AnyNode, "loc">) => `line ${loc?.start.line ?? "?"}`;

/** The name of a member's property; undefined if it is computed. */
export function propertyName({ property, computed }: MemberExpression): string | undefined {
  return computed || property.type !== "Identifier" ? literalOf(property) : property.name;
}

/** The name of an object's or a pattern's property; undefined if it is computed. */
export function keyOf({ key, computed }: { readonly key: AnyNode; readonly computed: boolean }): string | undefined {
  return computed || (key.type !== "Identifier" && key.type !== "PrivateIdentifier") ? literalOf(key) : key.name;
}

function literalOf(node: AnyNode): string | undefined {
  if (node.type === "Literal" && typeof node.value === "string") return node.value;
  const isText = node.type === "TemplateLiteral" && node.expressions.length === 0;
  return isText ? (node.quasis[0]?.value.cooked ?? undefined) : undefined;
}

export interface Beginning {
  readonly text: string;
  /** Whether nothing follows. */
  readonly isWhole: boolean;
}

/**
 * How the text begins that an expression gives, as far as literals say: a string, a template, a sum, and a constant of
 * one of these. Undefined where it may be no text.
 */
export function beginningOf(node: AnyNode | undefined, code: ActionCode): Beginning | undefined {
  const literal = node && literalOf(node);
  if (literal !== undefined) return { text: literal, isWhole: true };
  if (node?.type === "TemplateLiteral") {
    const parts = node.quasis.flatMap(({ value }, index) => [
      { text: value.cooked ?? value.raw, isWhole: true },
      ...(index < node.expressions.length ? [beginningOf(node.expressions[index], code)] : []),
    ]);
    return parts.reduce(sum);
  }
  if (node?.type === "BinaryExpression" && node.operator === "+") {
    const [left, right] = [beginningOf(node.left, code), beginningOf(node.right, code)];
    return left || right ? sum(left, right) : undefined;
  }
  return node && beginningOfConstant(node, code);
}

function sum(left: Beginning | undefined, right: Beginning | undefined): Beginning {
  if (left?.isWhole !== true) return { text: left?.text ?? "", isWhole: false };
  return { text: left.text + (right?.text ?? ""), isWhole: right?.isWhole === true };
}

function beginningOfConstant(node: AnyNode, code: ActionCode): Beginning | undefined {
  const [definition] = code.variables.get(node)?.defs ?? [];
  if (definition?.type !== "Variable" || definition.parent.kind !== "const") return undefined;
  const { id, init } = definition.node as unknown as VariableDeclarator;
  return id.type === "Identifier" && init && init.start < node.start ? beginningOf(init, code) : undefined;
}

/** The call or construction of which a node is the callee. */
export function callOf(node: AnyNode, { parents }: ActionCode): CallExpression | NewExpression | undefined {
  const parent = parents.get(node);
  const isCall = parent?.type === "CallExpression" || parent?.type === "NewExpression";
  return isCall && parent.callee === node ? parent : undefined;
}

/** `typeof fetch` calls nothing. */
export const isTypeof = (parent: AnyNode | undefined) =>
  parent?.type === "UnaryExpression" && parent.operator === "typeof";
