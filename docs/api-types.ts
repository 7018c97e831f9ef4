// Types as the API reference shows them, and which of its interfaces docs/settings.md describes.
import { ReflectionKind } from "typedoc";
import type { DeclarationReflection, ProjectReflection, SomeType } from "typedoc";

/** As TypeScript writes it, in one line. */
export function typeText(type: SomeType | undefined): string {
  if (type === undefined) return "unknown";
  if (type.type === "reflection") return objectText(type.declaration);
  if (type.type === "array") return `${inParentheses(type.elementType)}[]`;
  if (type.type === "typeOperator") return `${type.operator} ${typeText(type.target)}`;
  if (type.type === "union") return type.types.map(inParentheses).join(" | ");
  if (type.type === "intersection") return type.types.map(inParentheses).join(" & ");
  if (type.type === "reference" && type.typeArguments?.length)
    return `${type.name}<${type.typeArguments.map(typeText).join(", ")}>`;
  return String(type);
}

function inParentheses(type: SomeType): string {
  const isOne = type.type !== "union" && !(type.type === "reflection" && type.declaration.signatures);
  return isOne ? typeText(type) : `(${typeText(type)})`;
}

function objectText({ signatures, children = [], indexSignatures = [] }: DeclarationReflection): string {
  const [call] = signatures ?? [];
  if (call) return functionTypeText(call, " =>");
  const keys = indexSignatures.map((one) => `[key: string]: ${typeText(one.type)}`);
  const members = children.map((one) => {
    const [method] = one.signatures ?? [];
    const mark = one.flags.isOptional ? "?" : "";
    return method ? `${one.name}${functionTypeText(method, ":")}` : `${one.name}${mark}: ${typeText(one.type)}`;
  });
  return `{ ${[...members, ...keys].join("; ")} }`;
}

function functionTypeText(
  { parameters = [], type }: NonNullable<DeclarationReflection["signatures"]>[number],
  arrow: string,
): string {
  const given = parameters.map((one) => `${one.name}${one.flags.isOptional ? "?" : ""}: ${typeText(one.type)}`);
  return `(${given.join(", ")})${arrow} ${typeText(type)}`;
}

/** The interfaces whose properties docs/settings.md describes, each with the path before their names. */
export function interfacesOfSettings(project: ProjectReflection): ReadonlyMap<DeclarationReflection, string> {
  const found = new Map<DeclarationReflection, string>();
  const interfaces = project.getReflectionsByKind(ReflectionKind.Interface) as DeclarationReflection[];
  const top = interfaces.find(({ name }) => name === "UserPicturesArgs");
  if (top === undefined) throw new Error("There is no interface UserPicturesArgs");
  visit(top, "");
  return found;

  function visit(one: DeclarationReflection, prefix: string): void {
    if (found.has(one)) return;
    found.set(one, prefix);
    for (const child of one.children ?? []) visitType(child.type, prefix + child.name);
  }

  function visitType(type: SomeType | undefined, path: string): void {
    if (type?.type === "array") visitType(type.elementType, `${path}[]`);
    if (type?.type === "typeOperator") visitType(type.target, path);
    if (type?.type !== "reference") return;
    const [first, second] = type.typeArguments ?? [];
    if (type.name === "Input") visitType(first, path);
    if (type.name === "Record") visitType(second, `${path}.<name>`);
    const declaration = interfaces.find((one) => one === type.reflection);
    if (declaration) visit(declaration, `${path}.`);
  }
}
