// The globals that an Action's code refers to, and the modules that it loads.
import type { AnyNode, CallExpression, Pattern } from "acorn";
import { beginningOf, callOf, isTypeof, keyOf, propertyName } from "./action-syntax.ts";
import type { ActionCode } from "./action-syntax.ts";

export interface GlobalReference {
  /** From the global object, such as `fetch` or `process.getBuiltinModule`. What is computed is named `*`. */
  readonly path: string;
  /** `fetch`, the whole of `globalThis.fetch`, or what takes it out in `const { fetch } = globalThis`. */
  readonly node: AnyNode;
}

const globalObjects = ["globalThis", "global", "self", "window"];

/** What has other globals as its properties, so it is followed into the variables that get it. */
const containers = ["", "process", "module", "process.mainModule", "require.main"];

/** Every use of a global. A variable, parameter, function or class of the code with a global's name is none. */
export function globalReferences({ parents, variables }: ActionCode): GlobalReference[] {
  const references: GlobalReference[] = [];
  const followed = new Set<AnyNode>();
  for (const [node, variable] of variables)
    if (variable === null && node.type === "Identifier") follow(node, pathOf("", node.name));
  return references;

  function follow(node: AnyNode, path: string): void {
    if (followed.has(node)) return;
    followed.add(node);
    if (path !== "") references.push({ path, node });
    const parent = parents.get(node);
    if (parent?.type === "MemberExpression" && parent.object === node)
      follow(parent, pathOf(path, propertyName(parent) ?? "*"));
    if (!containers.includes(path)) return;
    // `globalThis` in `typeof globalThis === "object" ? globalThis : global` stands for the whole.
    if (parent?.type === "LogicalExpression") follow(parent, path);
    if (parent?.type === "ConditionalExpression" && parent.test !== node) follow(parent, path);
    if (parent?.type === "VariableDeclarator") give(parent.id, path);
    if (parent?.type === "AssignmentExpression" && parent.right === node) give(parent.left, path);
    if (parent?.type === "CallExpression" && parent.arguments[0] === node && isReflection(parent))
      references.push({ path: pathOf(path, "*"), node });
  }

  function give(pattern: Pattern, path: string): void {
    if (pattern.type === "AssignmentPattern") return give(pattern.left, path);
    if (pattern.type === "Identifier")
      for (const { identifier, init } of variables.get(pattern)?.references ?? [])
        if (init !== true) follow(identifier as AnyNode, path);
    if (pattern.type !== "ObjectPattern") return;
    for (const property of pattern.properties) {
      const name = property.type === "Property" ? keyOf(property) : undefined;
      const taken = pathOf(path, name ?? "*");
      references.push({ path: taken, node: property });
      if (property.type === "Property" && containers.includes(taken)) give(property.value, taken);
    }
  }
}

function pathOf(owner: string, name: string): string {
  if (owner !== "") return `${owner}.${name}`;
  return globalObjects.includes(name) ? "" : name;
}

/** `Reflect.get(globalThis, …)`, `Object.values(globalThis)`. */
const isReflection = ({ callee }: CallExpression) =>
  callee.type === "MemberExpression" &&
  callee.object.type === "Identifier" &&
  ["Reflect", "Object"].includes(callee.object.name);

export interface RequiredModule {
  /** Undefined where it is computed. */
  readonly name: string | undefined;
  readonly node: AnyNode;
}

const loaders =
  /^(?:require|module\.require|(?:require\.main|process\.mainModule)\.require|process\.getBuiltinModule)$/;

/** Every module that is loaded by `require("…")`, its like or `import("…")`. In another use, these may load any. */
export function requiredModules(code: ActionCode): RequiredModule[] {
  const modules: RequiredModule[] = [];
  const add = (node: AnyNode, name: AnyNode | undefined) => {
    const beginning = beginningOf(name, code);
    modules.push({ name: beginning?.isWhole === true ? beginning.text : undefined, node });
  };
  for (const { path, node } of globalReferences(code)) {
    const parent = code.parents.get(node);
    const isLookUp = parent?.type === "MemberExpression" && ["main", "resolve"].includes(propertyName(parent) ?? "");
    if (loaders.test(path) && !isLookUp && !isTypeof(parent)) add(node, callOf(node, code)?.arguments[0]);
  }
  for (const node of code.parents.keys()) if (node.type === "ImportExpression") add(node, node.source);
  return modules;
}
