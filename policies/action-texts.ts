// The texts that are written in an Action's code, each with the names of what gets it.
import type { AnyNode, BinaryExpression, MemberExpression, SwitchCase, TemplateLiteral } from "acorn";
import { beginningOf, callOf, keyOf, propertyName } from "./action-syntax.ts";
import type { ActionCode } from "./action-syntax.ts";

export interface NamedText {
  readonly text: string;
  /** Of the variable, property, parameter or header that gets it, or with which it is compared. */
  readonly names: readonly string[];
  /** Whether it is of a key that is there to be published. */
  readonly isPublic: boolean;
  /** A template is the node of each of its parts. */
  readonly node: AnyNode;
}

/** A sum of literals is one text; a template with expressions is one for each part between them. */
export function textsOf(code: ActionCode): NamedText[] {
  const texts: NamedText[] = [];
  const partsOfSums = new Set<AnyNode>();
  for (const [node, parent] of code.parents) {
    if (partsOfSums.has(parent)) partsOfSums.add(node);
    if (partsOfSums.has(node) || !(isText(node) || node.type === "TemplateLiteral")) continue;
    if (node.type === "BinaryExpression") partsOfSums.add(node.left).add(node.right);
    const parts = node.type === "TemplateLiteral" ? partsOf(node) : [beginningOf(node, code)?.text ?? ""];
    const isPublic = isOfPublicKey(node, code);
    for (const text of parts) texts.push({ text, names: namesFor(node, code), isPublic, node });
  }
  return texts;
}

const partsOf = ({ quasis }: TemplateLiteral) => quasis.map(({ value }) => value.cooked ?? value.raw);

function isText(node: AnyNode): boolean {
  if (node.type === "BinaryExpression") return node.operator === "+" && isText(node.left) && isText(node.right);
  return node.type === "Literal" && typeof node.value === "string";
}

/**
 * A member of a JSON Web Key without its private half, a line of a public key in PEM format, or the key of a property,
 * as in a map of clients by their ids.
 */
function isOfPublicKey(node: AnyNode, code: ActionCode): boolean {
  const parent = code.parents.get(node);
  if (parent?.type === "Property" && parent.key === node) return true;
  if (parent?.type === "ArrayExpression")
    return (
      isOfPublicKey(parent, code) ||
      parent.elements.some((line) => line?.type === "Literal" && /^-----BEGIN (?!.*PRIVATE)/.test(String(line.value)))
    );
  const owner = parent?.type === "Property" ? code.parents.get(parent) : undefined;
  if (owner?.type !== "ObjectExpression") return false;
  const keys = owner.properties.map((property) => (property.type === "Property" ? keyOf(property) : undefined));
  return keys.includes("kty") && !keys.includes("d") && !keys.includes("k");
}

function namesFor(node: AnyNode, code: ActionCode): string[] {
  const parent = code.parents.get(node);
  if (parent?.type === "VariableDeclarator") return namesOf(parent.id);
  if (parent?.type === "AssignmentExpression" || parent?.type === "AssignmentPattern") return namesOf(parent.left);
  if (parent?.type === "Property" || parent?.type === "PropertyDefinition")
    return parent.value === node ? listOf(keyOf(parent)) : [];
  if (parent?.type === "BinaryExpression") return comparedWith(node, parent);
  // `const token = isTest ? "…" : "…"`, `event.secrets.TOKEN ?? "…"`
  if (parent?.type === "ConditionalExpression") return parent.test === node ? [] : namesFor(parent, code);
  if (parent?.type === "LogicalExpression")
    return [...(parent.right === node ? namesOf(parent.left) : []), ...namesFor(parent, code)];
  // `headers.set("x-api-key", "…")`, `new Headers([["x-api-key", "…"]])`
  if (parent?.type === "CallExpression") {
    if (parent.arguments[1] === node && isSigner(parent.callee)) return ["signingKey"];
    return isSetter(parent.callee) ? literalBefore(node, parent.arguments) : [];
  }
  if (parent?.type === "ArrayExpression") {
    const before = parent.elements.length === 2 ? literalBefore(node, parent.elements) : [];
    return isWords(node) ? before : [...before, ...namesFor(parent, code)];
  }
  // `["…"].includes(event.client.client_id)`
  if (parent?.type === "MemberExpression") return callOf(parent, code)?.arguments.flatMap(namesOf) ?? [];
  return parent?.type === "SwitchCase" && !isWord(node) ? namesOfCase(parent, code) : [];
}

function namesOfCase(node: SwitchCase, code: ActionCode): string[] {
  const parent = code.parents.get(node);
  return parent?.type === "SwitchStatement" ? namesOf(parent.discriminant) : [];
}

/** The other side of a comparison; a plain word is compared with kinds of things, not with secrets. */
function comparedWith(node: AnyNode, { operator, left, right }: BinaryExpression): string[] {
  return /^[!=]==?$/.test(operator) && !isWord(node) ? namesOf(left === node ? right : left) : [];
}

const isWord = (node: AnyNode) => node.type === "Literal" && /^[a-z]+$/i.test(String(node.value));

/** A list's tokens or keys are more often kinds of such than secrets. */
const isWords = (node: AnyNode) => node.type === "Literal" && /^[a-z-]+$/i.test(String(node.value));

const isSetter = (callee: AnyNode) =>
  /^(?:set|append|put|header|setHeader|setRequestHeader)$/.test(namesOf(callee)[0] ?? "");

/** `jwt.sign(claims, "…")`, `createHmac("sha256", "…")` */
function isSigner(callee: AnyNode): boolean {
  const [name = ""] = namesOf(callee);
  if (name === "createHmac") return true;
  const [owner = ""] =
    callee.type === "MemberExpression" && callee.object.type !== "Super" ? namesOf(callee.object) : [];
  return /^(?:sign|verify)$/.test(name) && /jwt|jsonwebtoken/i.test(owner);
}

function literalBefore(node: AnyNode, list: readonly (AnyNode | null)[]): string[] {
  const before = list[list.indexOf(node) - 1];
  return before?.type === "Literal" && typeof before.value === "string" ? [before.value] : [];
}

function namesOf(node: AnyNode): string[] {
  if (node.type === "Identifier" || node.type === "PrivateIdentifier") return [node.name];
  if (node.type === "ChainExpression") return namesOf(node.expression);
  // `hash.digest("base64") === "…"`
  if (node.type === "CallExpression") return namesOf(node.callee);
  return node.type === "MemberExpression" ? listOf(memberName(node)) : [];
}

const memberName = (node: MemberExpression) =>
  node.property.type === "PrivateIdentifier" ? node.property.name : propertyName(node);

const listOf = (name: string | undefined) => (name === undefined ? [] : [name]);
