// A post-login Action runs the code that was reviewed, and makes no other code while it runs.
import type { ResourceValidationPolicy } from "@pulumi/policy";
import type { AnyNode } from "acorn";
import { globalReferences, requiredModules } from "./action-globals.ts";
import type { GlobalReference } from "./action-globals.ts";
import { beginningOf, callOf, isTypeof, keyOf, lineOf, propertyName } from "./action-syntax.ts";
import type { ActionCode } from "./action-syntax.ts";
import { validatePostLoginCode } from "./post-login-action.ts";

export const actionDynamicCode: ResourceValidationPolicy = {
  name: "action-dynamic-code",
  description: "A post-login Action makes no code from text.",
  severity: "high",
  validateResource: validatePostLoginCode((code, _args, reportViolation) => {
    for (const { what, node } of makersOfCode(code))
      reportViolation(`${lineOf(node)}: ${what} Write the code out, so that it is reviewed.`);
  }),
};

interface Maker {
  readonly what: string;
  readonly node: AnyNode;
}

function makersOfCode(code: ActionCode): Maker[] {
  const found: Maker[] = [];
  for (const reference of globalReferences(code)) {
    const what = globalMaker(reference, code);
    if (what !== undefined) found.push({ what, node: reference.node });
  }
  for (const node of code.parents.keys())
    if (isFunctionConstructor(node, code))
      found.push({ what: "this constructor is or may be Function's, which makes code from text.", node });
  for (const { name, node } of requiredModules(code))
    if (name !== undefined && makingModules.includes(name.replace(/^node:/, "")))
      found.push({ what: `the module ${name} runs text or files as code.`, node });
  return found;
}

const makingModules = ["vm", "worker_threads", "child_process", "cluster", "module", "repl", "inspector"];

/** Loaders of native code and of modules, besides those that `requiredModules` finds. */
const nativeLoaders = ["process.binding", "process._linkedBinding", "process.dlopen", "module.constructor"];

const timers = ["setTimeout", "setInterval", "setImmediate"];

function globalMaker({ path, node }: GlobalReference, code: ActionCode): string | undefined {
  const parent = code.parents.get(node);
  if (isTypeof(parent)) return undefined;
  if (path === "eval") return "eval runs text as code.";
  if (path === "*") return "a property of the global object is computed, so it may be any, eval too.";
  if (/^(?:process|module)\.\*$/.test(path)) return `${path.slice(0, -2)}'s property is computed, so it may load code.`;
  if (path === "Function" && !isHarmlessFunction(parent, code)) return "Function makes code from text.";
  if (path === "Worker" || path === "SharedWorker") return `${path} runs a text or a file as code.`;
  if (nativeLoaders.includes(path)) return `${path} loads code that no review shows.`;
  const isTextTimer = timers.includes(path) && beginningOf(callOf(node, code)?.arguments[0], code) !== undefined;
  return isTextTimer ? `${path} with a text runs it as code.` : undefined;
}

/** `x instanceof Function`, `Function.prototype`, `Function.call.bind(…)`. */
function isHarmlessFunction(parent: AnyNode | undefined, { parents }: ActionCode): boolean {
  if (parent?.type === "BinaryExpression") return parent.operator === "instanceof";
  if (parent?.type !== "MemberExpression") return false;
  return propertyName(parent) === "prototype" || parents.get(parent)?.type === "MemberExpression";
}

/**
 * `(() => {}).constructor` in any use, and any `.constructor` that is called with a text, but for `this.constructor`,
 * which is a class of the code's own.
 */
function isFunctionConstructor(node: AnyNode, code: ActionCode): boolean {
  if (node.type === "Property" && keyOf(node) === "constructor") {
    const pattern = code.parents.get(node);
    const owner = pattern && code.parents.get(pattern);
    return owner?.type === "VariableDeclarator" && owner.id === pattern && !!owner.init && isFunction(owner.init);
  }
  if (node.type !== "MemberExpression" || propertyName(node) !== "constructor") return false;
  if (isFunction(node.object)) return true;
  return node.object.type !== "ThisExpression" && beginningOf(callOf(node, code)?.arguments[0], code) !== undefined;
}

/** A function, its prototype (`Object.getPrototypeOf(async () => {})`), or another's constructor. */
function isFunction(node: AnyNode): boolean {
  if (node.type === "MemberExpression") return propertyName(node) === "constructor";
  const [argument] = node.type === "CallExpression" ? node.arguments : [];
  if (argument && node.type === "CallExpression" && node.callee.type === "MemberExpression")
    return propertyName(node.callee) === "getPrototypeOf" && isFunction(argument);
  return node.type === "FunctionExpression" || node.type === "ArrowFunctionExpression";
}
