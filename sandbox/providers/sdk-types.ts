// Checks inputs by the type declarations of the Pulumi SDK: which inputs exist, which are required, and of which type
// each is. Of the SDK's .d.ts files only the interfaces that a resource uses are parsed, each once.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import ts from "typescript";
import { isObject } from "../json.ts";
import { isAssetOrArchive, unknown } from "./protocol.ts";
import type { Properties } from "./protocol.ts";

/** A resource's arguments in an SDK, such as `{ sdk: "@pulumi/aws", module: "s3/bucket", args: "BucketArgs" }`. */
export interface SdkArguments {
  readonly sdk: string;
  readonly module: string;
  readonly args: string;
}

/** `property` is a path, such as `origins[0].domainName`. */
export interface CheckFailure {
  readonly property: string;
  readonly reason: string;
}

interface Property {
  readonly required: boolean;
  readonly deprecated: boolean;
  readonly type: ts.TypeNode;
}
type Interface = ReadonlyMap<string, Property>;

const require = createRequire(import.meta.url);
const texts = new Map<string, string>();
const interfaces = new Map<string, Interface>();

/** The names of all arguments of a resource in the SDK. */
export const argumentNames = (args: SdkArguments): readonly string[] => [...argumentsOf(args).keys()];

/** All failures of the inputs, by the SDK's types, in the bridge's words. An unknown value passes everywhere. */
export function checkInputs(args: SdkArguments, inputs: Properties): CheckFailure[] {
  return checkObject(args.sdk, argumentsOf(args), inputs, "");
}

/** What is deprecated in the SDK: the paths of inputs, and "" if it is the resource's class. */
export function deprecations(args: SdkArguments, inputs: Properties): string[] {
  const resource = args.args.replace(/Args$/, "");
  const ofClass = new RegExp(`@deprecated[^/]*\\*/\\s*export declare class ${resource} `);
  return [
    ...(ofClass.test(sdkText(args.sdk, `${args.module}.d.ts`)) ? [""] : []),
    ...deprecatedIn(args.sdk, argumentsOf(args), inputs, ""),
  ];
}

function deprecatedIn(sdk: string, shape: Interface, value: Properties, path: string): string[] {
  return Object.entries(value).flatMap(([name, member]) => {
    const property = shape.get(name);
    if (property === undefined) return [];
    const at = path === "" ? name : `${path}.${name}`;
    const [, nested] = /\binputs\.([\w.]+)/.exec(property.type.getText()) ?? [];
    const names = nested?.split(".") ?? [];
    const typeName = names.pop();
    const inner = typeName === undefined ? undefined : readInterface(sdk, "types/input.d.ts", names, typeName);
    const items = (Array.isArray(member) ? member : [member]).filter(isObject);
    return [
      ...(property.deprecated ? [at] : []),
      ...(inner ? items.flatMap((item) => deprecatedIn(sdk, inner, item, at)) : []),
    ];
  });
}

const argumentsOf = ({ sdk, module, args }: SdkArguments) => readInterface(sdk, `${module}.d.ts`, [], args);

const missingArgument = (path: string) =>
  "Missing required argument. " + `The argument "${terraformPath(path)}" is required, but no definition was found.`;

/** `defaultCacheBehavior.minTtl` is `default_cache_behavior.0.min_ttl` there: an only item is the first. */
export const terraformPath = (path: string) =>
  path
    .replaceAll(/\[(\d+)\]/g, ".$1")
    .replaceAll(/(?<!\.\d+)\.(?=[A-Za-z])/g, ".0.")
    .replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

function checkObject(sdk: string, shape: Interface, value: Properties, path: string): CheckFailure[] {
  const at = (name: string) => (path === "" ? name : `${path}.${name}`);
  const missing = [...shape].filter(([name, { required }]) => required && (value[name] ?? undefined) === undefined);
  return [
    ...missing.map(([name]) => ({ property: at(name), reason: missingArgument(at(name)) })),
    ...Object.entries(value).flatMap(([name, member]): CheckFailure[] => {
      // Names that begin with __, such as __defaults, are the engine's own; null means the same as absent.
      if (name.startsWith("__") || member === undefined || member === null) return [];
      const declared = shape.get(name);
      if (declared === undefined) return [{ property: at(name), reason: "Invalid or unknown key" }];
      return checkType(sdk, declared.type, member, at(name));
    }),
  ];
}

function checkType(sdk: string, type: ts.TypeNode, value: unknown, path: string): CheckFailure[] {
  if (value === unknown) return [];
  const mismatch = (expected: string) => [{ property: path, reason: `expected ${expected}, got ${kindOf(value)}` }];
  if (ts.isParenthesizedTypeNode(type)) return checkType(sdk, type.type, value, path);
  if (ts.isUnionTypeNode(type)) {
    // The failures are those of the alternative that fits best: with `string | PolicyDocument`, an object is checked as
    // a PolicyDocument.
    const verdicts = type.types
      .filter(({ kind }) => kind !== ts.SyntaxKind.UndefinedKeyword)
      .map((alternative) => checkType(sdk, alternative, value, path));
    const concerns = (verdict: CheckFailure[]) => verdict.some(({ property }) => property === path);
    return verdicts.sort((a, b) => Number(concerns(a)) - Number(concerns(b)) || a.length - b.length)[0] ?? [];
  }
  if (ts.isArrayTypeNode(type)) {
    if (!Array.isArray(value)) return mismatch("a list");
    return value.flatMap((item, index) => checkType(sdk, type.elementType, item, `${path}[${index}]`));
  }
  if (ts.isTypeLiteralNode(type)) {
    if (!isObject(value)) return mismatch("an object");
    const [signature] = type.members;
    if (signature === undefined || !ts.isIndexSignatureDeclaration(signature)) return [];
    return Object.entries(value).flatMap(([key, member]) =>
      checkType(sdk, signature.type, member, `${path}["${key}"]`),
    );
  }
  if (ts.isTypeReferenceNode(type)) return checkReference(sdk, type, value, path);
  const scalar = scalars.get(type.kind);
  if (scalar === undefined) return [];
  if (typeof value === "object") {
    const reason = `Attribute must be a single value, not a ${Array.isArray(value) ? "list" : "map"}`;
    return [{ property: path, reason }];
  }
  return scalar.accepts(value as Scalar) ? [] : [{ property: path, reason: unparsed(scalar.parser, value as Scalar) }];
}

type Scalar = string | number | boolean;

const unparsed = (parser: string, value: Scalar) =>
  `cannot parse '' as ${parser.toLowerCase()}: strconv.Parse${parser}: parsing "${value}": invalid syntax`;

/** Scalars as the bridged providers accept them: `"5"` passes as a number, and `5` as a string. */
const scalars = new Map<ts.SyntaxKind, { parser: string; accepts: (value: Scalar) => boolean }>([
  [ts.SyntaxKind.StringKeyword, { parser: "", accepts: () => true }],
  [
    ts.SyntaxKind.NumberKeyword,
    {
      parser: "Float",
      accepts: (value) => typeof value !== "boolean" && String(value).trim() !== "" && !isNaN(Number(value)),
    },
  ],
  [ts.SyntaxKind.BooleanKeyword, { parser: "Bool", accepts: (value) => ["true", "false"].includes(String(value)) }],
]);

function checkReference(sdk: string, type: ts.TypeReferenceNode, value: unknown, path: string): CheckFailure[] {
  const [root = "", ...names] = type.typeName.getText().split(".");
  const [argument] = type.typeArguments ?? [];
  if (root === "pulumi" && names[0] === "Input" && argument) return checkType(sdk, argument, value, path);
  if (root === "pulumi" && names[0] === "asset")
    return isAssetOrArchive(value) ? [] : [{ property: path, reason: `expected an asset, got ${kindOf(value)}` }];
  const name = names.pop();
  if (root === "inputs" && name !== undefined) {
    if (!isObject(value)) return [{ property: path, reason: `expected an object, got ${kindOf(value)}` }];
    return checkObject(sdk, readInterface(sdk, "types/input.d.ts", names, name), value, path);
  }
  // The other types are the SDK's enums, and resources in place of their ids. Both are strings on the wire.
  return typeof value === "object" ? [{ property: path, reason: `expected a string, got ${kindOf(value)}` }] : [];
}

const kindOf = (value: unknown) =>
  Array.isArray(value)
    ? "a list"
    : typeof value === "object"
      ? "an object"
      : `${typeof value} ${JSON.stringify(value)}`;

function sdkText(sdk: string, file: string): string {
  const path = join(dirname(require.resolve(`${sdk}/package.json`)), file);
  const text = texts.get(path) ?? readFileSync(path, "utf8");
  texts.set(path, text);
  return text;
}

/** Finds an interface in the text, in its namespace if it has one, and parses only this part. */
function readInterface(sdk: string, file: string, namespaces: readonly string[], name: string): Interface {
  const id = [sdk, file, ...namespaces, name].join(" ");
  const known = interfaces.get(id);
  if (known) return known;
  const text = sdkText(sdk, file);
  const [namespace] = namespaces;
  const from = namespace === undefined ? 0 : text.indexOf(`\nexport declare namespace ${namespace} {`);
  const indent = namespace === undefined ? "" : "    ";
  const start = text.indexOf(`\n${indent}${namespace === undefined ? "export " : ""}interface ${name} {`, from);
  const end = text.indexOf(`\n${indent}}`, start + 1);
  const namespaceEnd = namespace === undefined ? Infinity : text.indexOf("\n}", from);
  if (from < 0 || start < 0 || end < 0 || start > namespaceEnd)
    throw new Error(`${sdk}/${file} has no interface ${[...namespaces, name].join(".")}`);

  const source = ts.createSourceFile(
    "slice.d.ts",
    text.slice(start, end + indent.length + 2),
    ts.ScriptTarget.Latest,
    true,
  );
  const declaration = source.statements.find(ts.isInterfaceDeclaration);
  const shape: Interface = new Map(
    declaration?.members.filter(ts.isPropertySignature).flatMap((member) => {
      const { name, type, questionToken } = member;
      const deprecated = ts.getJSDocDeprecatedTag(member) !== undefined;
      return type === undefined
        ? []
        : [[name.getText(), { required: questionToken === undefined, deprecated, type }] as const];
    }),
  );
  interfaces.set(id, shape);
  return shape;
}
