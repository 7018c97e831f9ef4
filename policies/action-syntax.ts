// What an Action's code refers to, read from its syntax. That finds mistakes and carelessness; code that hides what it
// does from a reader hides it from these functions too.
import { parse } from "acorn";
import type { AnyNode, CallExpression, Comment, Identifier, MemberExpression, NewExpression, Program } from "acorn";
import { ancestor } from "acorn-walk";

export interface ActionCode {
  readonly program: Program;
  readonly comments: readonly Comment[];
}

/** Returns the parser's message where the code is not JavaScript. */
export function parseAction(code: string): ActionCode | string {
  const comments: Comment[] = [];
  try {
    const options = {
      ecmaVersion: "latest",
      locations: true,
      allowReturnOutsideFunction: true,
      onComment: comments,
    } as const;
    return { program: parse(code, { ...options, sourceType: "script" }), comments };
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

export const lineOf = ({ loc }: Pick<AnyNode, "loc">) => `line ${loc?.start.line ?? "?"}`;

export interface GlobalReference {
  readonly name: string;
  /** `fetch`, or the whole of `globalThis.fetch`. */
  readonly node: Identifier | MemberExpression;
  readonly parent: AnyNode | undefined;
}

const globalObjects = ["globalThis", "global", "self", "window"];

/**
 * Every use of a name that may be a global's, also as a property of the global object; a computed property of it is
 * named `*`. A variable that the code declares counts as well: scopes are not looked at.
 */
export function globalReferences(program: Program): GlobalReference[] {
  const references: GlobalReference[] = [];
  ancestor(program, {
    Identifier(node, _state, ancestors) {
      const parent = ancestors.at(-2);
      const isGlobalObject =
        parent?.type === "MemberExpression" && parent.object === node && globalObjects.includes(node.name);
      if (!isGlobalObject) references.push({ name: node.name, node, parent });
      else references.push({ name: propertyName(parent) ?? "*", node: parent, parent: ancestors.at(-3) });
    },
  });
  return references;
}

/** The name of a member's property; undefined if it is computed. */
export function propertyName({ property, computed }: MemberExpression): string | undefined {
  if (!computed) return property.type === "Identifier" ? property.name : undefined;
  return wholeTextOf(property);
}

/** The text of a string literal, or of a template up to its first expression. */
export function textOf(node: AnyNode | undefined): string | undefined {
  if (node?.type === "Literal" && typeof node.value === "string") return node.value;
  return node?.type === "TemplateLiteral" ? (node.quasis[0]?.value.cooked ?? undefined) : undefined;
}

/** The call or construction of which a node is the callee. */
export function callOf(node: AnyNode, parent: AnyNode | undefined): CallExpression | NewExpression | undefined {
  const isCall = parent?.type === "CallExpression" || parent?.type === "NewExpression";
  return isCall && parent.callee === node ? parent : undefined;
}

export interface RequiredModule {
  /** Undefined where it is computed. */
  readonly name: string | undefined;
  readonly node: AnyNode;
}

/** Every module that is loaded by `require("…")` or `import("…")`. A `require` in another use may load any module. */
export function requiredModules(program: Program): RequiredModule[] {
  const modules: RequiredModule[] = [];
  for (const { name, node, parent } of globalReferences(program)) {
    if (name !== "require" || isTypeof(parent)) continue;
    const call = callOf(node, parent);
    modules.push({ name: wholeTextOf(call?.arguments[0]), node });
  }
  ancestor(program, {
    ImportExpression: (node) => void modules.push({ name: wholeTextOf(node.source), node }),
  });
  return modules;
}

const wholeTextOf = (node: AnyNode | undefined) =>
  node?.type === "TemplateLiteral" && node.expressions.length > 0 ? undefined : textOf(node);

/** `typeof fetch` calls nothing. */
export const isTypeof = (parent: AnyNode | undefined) =>
  parent?.type === "UnaryExpression" && parent.operator === "typeof";
