// A post-login Action runs the code that was reviewed, and makes no other code while it runs.
import type { ResourceValidationPolicy } from "@pulumi/policy";
import type { AnyNode, Program } from "acorn";
import { ancestor } from "acorn-walk";
import { callOf, globalReferences, isTypeof, lineOf, propertyName, requiredModules, textOf } from "./action-syntax.ts";
import { validatePostLoginCode } from "./post-login-action.ts";

export const actionDynamicCode: ResourceValidationPolicy = {
  name: "action-dynamic-code",
  description: "A post-login Action makes no code from text.",
  severity: "high",
  validateResource: validatePostLoginCode(({ program }, _args, reportViolation) => {
    for (const { what, node } of makersOfCode(program)) reportViolation(`${lineOf(node)}: ${what}`);
  }),
};

const timers = ["setTimeout", "setInterval", "setImmediate"];

function makersOfCode(program: Program): { what: string; node: AnyNode }[] {
  const found: { what: string; node: AnyNode }[] = [];
  for (const { name, node, parent } of globalReferences(program)) {
    if (isTypeof(parent)) continue;
    if (name === "eval") found.push({ what: "eval runs text as code.", node });
    if (name === "*")
      found.push({ what: "a property of the global object is computed, so it may be any, eval too.", node });
    if (name === "Function" && !isHarmlessFunction(parent))
      found.push({ what: "Function makes code from text.", node });
    if (timers.includes(name) && textOf(callOf(node, parent)?.arguments[0]) !== undefined)
      found.push({ what: `${name} with a text runs it as code.`, node });
  }
  ancestor(program, {
    MemberExpression(node, _state, ancestors) {
      // (() => {}).constructor("…") is Function("…").
      const argument = callOf(node, ancestors.at(-2))?.arguments[0];
      if (propertyName(node) === "constructor" && textOf(argument) !== undefined)
        found.push({
          what: "a constructor that is called with a text may be Function, which makes code from it.",
          node,
        });
    },
  });
  for (const { name, node } of requiredModules(program))
    if (name === "vm" || name === "node:vm") found.push({ what: "the module vm runs text as code.", node });
  return found;
}

/** `x instanceof Function`, `Function.prototype`. */
function isHarmlessFunction(parent: AnyNode | undefined): boolean {
  if (parent?.type === "BinaryExpression") return parent.operator === "instanceof";
  return parent?.type === "MemberExpression" && propertyName(parent) === "prototype";
}
