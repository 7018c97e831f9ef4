// `npm run docs:settings`: writes docs/settings.md, the reference of every setting, from the arguments' documentation.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import ts from "typescript";
import { docstringOf, membersOfSet, readProject, resolved } from "./docstrings.ts";
import type { Docstring } from "./docstrings.ts";
import { formatted } from "./formatted.ts";

/** An interface whose properties are settings, by the path under which they stand. */
interface Root {
  /** Relative to the project's folder. */
  readonly file: string;
  readonly name: string;
}

/** A stack's settings: the component's arguments, then those that the program alone reads. */
export const roots: readonly Root[] = [
  { file: "components/user-pictures-args.ts", name: "UserPicturesArgs" },
  { file: "settings/credentials.ts", name: "ExpectedTarget" },
];

export interface Setting extends Docstring {
  /** As a message names it, `<name>` for any key and `[]` for any item: `defaultPictures.byConnection.<name>.file`. */
  readonly path: string;
  readonly isRequired: boolean;
  /** In plain words: "text", "a list of texts". */
  readonly type: string;
  /** Whether a TypeScript program may give an Output, or a promise, in its place. */
  readonly mayBeOutput: boolean;
  /** Of a closed set: each value with what it means. */
  readonly values: readonly (readonly [value: string, meaning: string])[];
}

const projectFolder = join(import.meta.dirname, "..");

/**
 * Every setting of the interfaces, parents before what is in them.
 *
 * @throws Error for a property without documentation, or whose type this reference has no words for
 */
export function settingsOf(folder: string, interfaces: readonly Root[]): Setting[] {
  const files = interfaces.map(({ file }) => join(folder, file));
  const program = readProject(files);
  const checker = program.getTypeChecker();
  return interfaces.flatMap(({ name }, index) => {
    const declaration = program
      .getSourceFile(files[index] ?? "")
      ?.statements.find((one) => ts.isInterfaceDeclaration(one) && one.name.text === name);
    if (declaration === undefined) throw new Error(`${files[index]}: there is no interface ${name}`);
    return settingsIn(checker.getTypeAtLocation(declaration), "", checker);
  });
}

function settingsIn(type: ts.Type, prefix: string, checker: ts.TypeChecker): Setting[] {
  return checker.getPropertiesOfType(type).flatMap((property) => {
    const declaration = property.declarations?.find(ts.isPropertySignature);
    if (declaration?.type === undefined) throw new Error(`${prefix}${property.name}: no property with a type`);
    const path = prefix + property.name;
    const shape = shapeOf(declaration.type, path, checker);
    const docstring = docstringOf(declaration);
    const description = docstring.description || shape.description;
    if (description === "") throw new Error(`${path}: it has no documentation`);
    const { words: typeWords, mayBeOutput, values } = shape;
    const isRequired = declaration.questionToken === undefined;
    return [
      { ...docstring, path, description, isRequired, type: typeWords, mayBeOutput, values },
      ...(shape.inner ? settingsIn(shape.inner.type, shape.inner.prefix, checker) : []),
    ];
  });
}

interface Shape {
  readonly words: string;
  /** The same, of several: "a list of texts". */
  readonly plural: string;
  readonly mayBeOutput: boolean;
  readonly values: Setting["values"];
  /** What its interface says of itself. */
  readonly description: string;
  /** The interface of an object, or of the objects in a list or by name. */
  readonly inner?: { readonly type: ts.Type; readonly prefix: string };
}

const plain = (words: string, plural: string): Shape => ({
  words,
  plural,
  mayBeOutput: false,
  values: [],
  description: "",
});

const keywords: ReadonlyMap<ts.SyntaxKind, Shape> = new Map([
  [ts.SyntaxKind.StringKeyword, plain("text", "texts")],
  [ts.SyntaxKind.BooleanKeyword, plain("`true` or `false`", "`true` or `false`")],
  [ts.SyntaxKind.NumberKeyword, plain("a number", "numbers")],
]);

function shapeOf(node: ts.TypeNode, path: string, checker: ts.TypeChecker): Shape {
  const keyword = keywords.get(node.kind);
  if (keyword) return keyword;
  if (ts.isParenthesizedTypeNode(node)) return shapeOf(node.type, path, checker);
  if (ts.isTypeOperatorNode(node) && node.operator === ts.SyntaxKind.ReadonlyKeyword)
    return shapeOf(node.type, path, checker);
  if (ts.isArrayTypeNode(node)) {
    const item = shapeOf(node.elementType, `${path}[]`, checker);
    return { ...item, words: `a list of ${item.plural}`, plural: `lists of ${item.plural}` };
  }
  if (ts.isTypeReferenceNode(node)) return shapeOfReference(node, path, checker);
  throw new Error(`${path}: this reference has no words for the type ${node.getText()}`);
}

function shapeOfReference(node: ts.TypeReferenceNode, path: string, checker: ts.TypeChecker): Shape {
  const name = node.typeName.getText();
  const [first, second] = node.typeArguments ?? [];
  if (/^(pulumi\.)?Input$/.test(name) && first) return { ...shapeOf(first, path, checker), mayBeOutput: true };
  if (name === "Record" && second) {
    const value = shapeOf(second, `${path}.<name>`, checker);
    return { ...value, words: `by name, ${value.words}`, plural: `objects of ${value.plural} by name` };
  }

  const symbol = resolved(checker.getSymbolAtLocation(node.typeName), checker);
  const declarations = symbol?.declarations ?? [];
  if (declarations.some(ts.isInterfaceDeclaration)) {
    const description = declarations.map((one) => docstringOf(one).description).join("");
    const inner = { type: checker.getTypeFromTypeNode(node), prefix: `${path}.` };
    return { ...plain("an object", "objects"), description, inner };
  }
  const set = declarations.find(ts.isVariableDeclaration);
  if (set) {
    const values = membersOfSet(set).map(({ value, docstring }) => [value, docstring.description] as const);
    return { ...plain("one of these words", "of these words"), values };
  }
  const alias = declarations.find(ts.isTypeAliasDeclaration);
  if (alias) return shapeOf(alias.type, path, checker);
  // A resource, which no file of settings can hold.
  return plain(
    `\`${node.getText()}\`, in a TypeScript program only`,
    `\`${node.getText()}\`, in a TypeScript program only`,
  );
}

/** docs/settings.md, as it has to be. */
export async function settingsReference(): Promise<string> {
  return referenceOf(settingsOf(projectFolder, roots));
}

/** @throws Error for a setting's documentation that is no Markdown */
export async function referenceOf(settings: readonly Setting[]): Promise<string> {
  const isTop = ({ path }: Setting) => !/[.[]/.test(path);
  const contents = settings.filter(isTop).map((top) => {
    const inner = settings.filter(({ path }) => path !== top.path && /^[^.[]+/.exec(path)?.[0] === top.path);
    const links = inner.map((one) => linkTo(one, one.path.slice(top.path.length).replace(/^\./, "")));
    return `- ${[linkTo(top, top.path), ...links].join(", ").replace(", ", ": ")}`;
  });
  const sections = settings.map(
    (setting) => `${isTop(setting) ? "##" : "###"} \`${setting.path}\`\n\n${sectionOf(setting)}`,
  );
  const text = [introduction, contents.join("\n"), ...sections].join("\n\n");
  return formatted("settings.md", text, { proseWrap: "always" });
}

const linkTo = ({ path }: Setting, text: string) => `[\`${text}\`](#${anchorOf(path)})`;

/** As GitHub makes it of a heading. */
export const anchorOf = (path: string) => path.toLowerCase().replace(/[^\w-]/g, "");

function sectionOf(setting: Setting): string {
  const { description, values, type, mayBeOutput, defaultValue, isRequired, examples } = setting;
  const lines = [
    `- Type: ${type}${mayBeOutput ? ", or an Output" : ""}`,
    ...values.map(([value, meaning]) => `  - \`${value}\`${meaning === "" ? "" : `: ${inOneLine(meaning)}`}`),
    ...(isRequired ? ["- Required"] : []),
    ...(defaultValue === undefined ? [] : [`- Default: ${asCode(defaultValue)}`]),
    ...examples.filter((example) => !isBlock(example)).map((example) => `- Example: ${asCode(example, true)}`),
  ];
  const fence = "```";
  const blocks = examples
    .filter(isBlock)
    .map((example) => (example.startsWith(fence) ? example : [fence, example, fence].join("\n")));
  return [linked(description), lines.join("\n"), ...blocks].join("\n\n");
}

const isBlock = (example: string) => example.includes("\n") || example.startsWith("```");

const inOneLine = (text: string) => linked(text).replace(/\s*\n\s*/g, " ");

/** `{@link Name}` is for an editor. */
const linked = (text: string) => text.replace(/\{@link ([^}]+)\}/g, "`$1`");

/** A literal is code, without the quotes that a file of settings does not need; what says it in words is not code. */
export function asCode(text: string, isLiteral = /^(".*"|true|false|\d+|\{.*\}|\[.*\])$/.test(text)): string {
  if (!isLiteral || text.includes("`")) return inOneLine(text);
  return `\`${/^"(.*\D.*)"$/.exec(text)?.[1] ?? text}\``;
}

const introduction = `# Settings

<!-- Written by \`npm run docs:settings\` from the arguments' documentation: change that, not this file. -->

A stack's settings, in \`Pulumi.<stack>.yaml\`, are the arguments of \`UserPictures\`, by the same names and in the same
places. \`expectedTenant\` and \`expectedAwsAccount\` are the program's own.

\`\`\`yaml
config:
  auth0-user-pictures:store:
    picturesOnDestroy: protect
    domain: { domainName: pictures.example.org, zoneId: Z0123456789ABCDEFGHIJ }
  auth0-user-pictures:defaultPictures:
    general: { file: assets/default-picture.png }
    byOrganization: { acme: { url: "https://cdn.example.org/acme.png" } }
  auth0-user-pictures:mode: generated
  auth0-user-pictures:action:
    mirrors: { idTokenClaim: "https://example.com/picture" }
  auth0-user-pictures:connections:
    google-oauth2: on_first_login
\`\`\`

The command line sets one of them; what is in another needs \`--path\`:

\`\`\`sh
npm run pulumi -- config set mode missing
npm run pulumi -- config set --path store.picturesOnDestroy protect
npm run pulumi -- config set --path 'connections["google-oauth2"]' on_first_login
\`\`\`

In a TypeScript program \`store\`, \`defaultPictures\`, \`mode\`, \`action\`, \`uploads\` and \`connections\` are
arguments of \`UserPictures\`. A \`PictureStore\` of its own takes what is in \`store\`, and \`defaultPictures\`; a
\`PictureAction\` takes what is in \`action\`, \`mode\`, and \`defaultPictures\` that are URLs. "Or an Output" says
that a value may be given which only another resource will know. All else is plain: a value that is known when the
program starts.

A stack with a \`store\` and without a \`defaultPictures.general\` shows \`assets/default-picture.png\`.

In the paths below \`<name>\` is any name, and \`[]\` is each item of a list.`;

if (process.argv[1] === import.meta.filename)
  writeFileSync(join(projectFolder, "docs/settings.md"), await settingsReference());
