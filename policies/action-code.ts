// A post-login Action and what its code refers to, read from its syntax. It guards against mistakes and carelessness; code that hides what it
// does from a reader hides it from here too.
import type { ActionArgs } from "@pulumi/auth0";
import type { ReportViolation, ResourceValidation, ResourceValidationArgs } from "@pulumi/policy";
import type { Unwrap } from "@pulumi/pulumi";
import { parse } from "acorn";
import type { AnyNode, CallExpression, Comment, Identifier, MemberExpression, NewExpression, Program } from "acorn";
import { ancestor } from "acorn-walk";

export type PostLoginAction = Unwrap<ActionArgs>;

/** The Action, if the resource is one of the post-login trigger. */
export function postLoginAction({ type, props }: ResourceValidationArgs): PostLoginAction | undefined {
  if (type !== "auth0:index/action:Action") return undefined;
  const action = props as PostLoginAction;
  return action.supportedTriggers.id === "post-login" ? action : undefined;
}

export interface ActionCode {
  readonly program: Program;
  readonly comments: readonly Comment[];
}

/** A policy of a post-login Action's code. Code that is no JavaScript cannot be judged, so it is a violation itself. */
export function validateCode(
  judge: (code: ActionCode, args: ResourceValidationArgs, reportViolation: ReportViolation) => void,
): ResourceValidation {
  return (args, reportViolation) => {
    const action = postLoginAction(args);
    if (action === undefined) return;
    const code = parseAction(action.code);
    if (typeof code === "string") reportViolation(`Its code cannot be read: ${code}.`);
    else judge(code, args, reportViolation);
  };
}

/** Answers the parser's complaint where there is one. */
function parseAction(code: string): ActionCode | string {
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
 * Every use of a name that may be a global's, also as a property of the global object; a computed property of it is named `*`. A variable
 * of the code's own with such a name counts as well.
 */
export function globalReferences(program: Program): GlobalReference[] {
  const references: GlobalReference[] = [];
  ancestor(program, {
    Identifier(node, _state, ancestors) {
      const parent = ancestors.at(-2);
      const isObject =
        parent?.type === "MemberExpression" && parent.object === node && globalObjects.includes(node.name);
      if (!isObject) references.push({ name: node.name, node, parent });
      else
        references.push({
          name: propertyName(parent) ?? "*",
          node: parent,
          parent: ancestors.at(-3),
        });
    },
  });
  return references;
}

/** The name of a member's property; undefined if it is computed. */
export function propertyName({ property, computed }: MemberExpression): string | undefined {
  if (!computed) return property.type === "Identifier" ? property.name : undefined;
  return wholeTextOf(property);
}

/** The text of a string literal, or of a template's beginning up to its first expression. */
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

/** Every module that is loaded: by `require("…")` or `import("…")`; a `require` that is used otherwise may load any. */
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
