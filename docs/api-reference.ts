// `npm run docs:api`: writes docs/api.md, the reference of what the npm package exports, from its docstrings. TypeDoc
// reads them; this writes one page of it that can be read from top to bottom.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Application, ReferenceReflection, ReflectionKind } from "typedoc";
import type { Comment, CommentDisplayPart, DeclarationReflection, ParameterReflection } from "typedoc";
import type { ProjectReflection, SignatureReflection } from "typedoc";
import { interfacesOfSettings, typeText } from "./api-types.ts";
import { formatted } from "./formatted.ts";
import { anchorOf, asCode } from "./settings-reference.ts";

const projectFolder = join(import.meta.dirname, "..");

/** What Pulumi's engine imports, or a page as it is: no program does. */
const internal = ["./sync-provider", "./deployment-provider", "./plugin-host", "./user-picture-upload.js"];

/** TypeDoc need not read them: they are many times as large as the library, and no export shows a type of theirs. */
const unread = ["@pulumi/aws", "@pulumi/aws/*", "@pulumi/auth0", "@pulumi/auth0/*", "auth0", "esbuild", "valibot"];

/** The export paths that programs import, each with the source file that it is compiled from. */
export function entryPoints(): ReadonlyMap<string, string> {
  const { name, exports } = JSON.parse(readFileSync(join(projectFolder, "package.json"), "utf8")) as {
    name: string;
    exports: Record<string, string | { types: string }>;
  };
  return new Map(
    Object.entries(exports).flatMap(([path, target]) =>
      typeof target === "string" || internal.includes(path)
        ? []
        : [[path.replace(/^\./, name), target.types.replace(/^\.\/dist\/(.*)\.d\.ts$/, "$1.ts")] as const],
    ),
  );
}

/**
 * docs/api.md, as it has to be.
 *
 * @throws Error for what an export shows that no export path has, and for an export without documentation
 */
export async function apiReference(): Promise<string> {
  const entries = entryPoints();
  const app = await Application.bootstrap({
    ...{ entryPoints: [...entries.values()], basePath: projectFolder, disableSources: true, logLevel: "Warn" },
    // `tsc` reports errors.
    ...{ tsconfig: join(projectFolder, "tsconfig.build.json"), skipErrorChecking: true },
    compilerOptions: { paths: Object.fromEntries(unread.map((name) => [name, ["./docs/unread.d.ts"]])) },
    ...{ excludeExternals: true, excludePrivate: true, excludeProtected: true },
    ...{ validation: { notExported: true, notDocumented: true, invalidLink: true, invalidPath: false } },
    requiredToBeDocumented: ["Class", "Interface", "TypeAlias", "Variable"],
  });
  const project = await app.convert();
  if (project === undefined) throw new Error("TypeDoc could not read the exports");
  app.validate(project);
  if (app.logger.hasErrors() || app.logger.hasWarnings()) throw new Error("TypeDoc warns of what is printed above");
  const modules = project.getChildrenByKind(ReflectionKind.Module).map((module) => {
    const file = project.getSymbolIdFromReflection(module)?.fileName ?? "";
    return { module, path: [...entries].find(([, source]) => file.endsWith(`/${source}`))?.[0] ?? "" };
  });
  const inOrder = [...entries.keys()].flatMap((path) => modules.filter((one) => one.path === path));
  return pageOf(inOrder, project);
}

interface Module {
  readonly module: DeclarationReflection;
  /** As a program imports it. */
  readonly path: string;
}

async function pageOf(modules: readonly Module[], project: ProjectReflection): Promise<string> {
  const settings = interfacesOfSettings(project);
  const used = new Map<string, number>();
  const contents: string[] = [];
  const sections: string[] = [];
  for (const { module, path } of modules) {
    const links: string[] = [];
    const texts = exportsOf(module).map((one) => {
      const anchor = one.name.toLowerCase();
      const count = used.get(anchor) ?? 0;
      used.set(anchor, count + 1);
      links.push(`[\`${one.name}\`](#${anchor}${count === 0 ? "" : `-${count}`})`);
      return `### \`${one.name}\`\n\n${sectionOf(one, settings)}`;
    });
    const again = (module.children ?? []).filter((one) => one instanceof ReferenceReflection);
    const names = again.map(({ name }) => `\`${name}\``).join(" and ");
    const alsoHere = again.length === 0 ? [] : [`It has ${names} too, described at another path.`];
    contents.push(`- \`${path}\`: ${links.join(", ")}`);
    sections.push([`## \`${path}\``, introductions[path] ?? "", ...alsoHere, ...texts].join("\n\n"));
  }
  const text = [introduction, contents.join("\n"), ...sections].join("\n\n");
  return formatted("api.md", text, { proseWrap: "always" });
}

/** Those that are described here: a closed set is a constant and a type of one name, described once. */
function exportsOf(module: DeclarationReflection): DeclarationReflection[] {
  const all = (module.children ?? []).filter((one) => !(one instanceof ReferenceReflection));
  const isSet = ({ kind, name }: DeclarationReflection) =>
    kind === ReflectionKind.TypeAlias && all.some((one) => one.name === name && one.kind === ReflectionKind.Variable);
  return all.filter((one) => !isSet(one)).toSorted((a, b) => rank(a) - rank(b) || (a.name < b.name ? -1 : 1));
}

const order = [ReflectionKind.Class, ReflectionKind.Function, ReflectionKind.Variable];
const rank = ({ kind }: DeclarationReflection) => (order.indexOf(kind) + order.length + 1) % (order.length + 1);

function sectionOf(one: DeclarationReflection, settings: ReadonlyMap<DeclarationReflection, string>): string {
  const [signature] = one.signatures ?? [];
  const comment = one.comment ?? signature?.comment;
  if (comment === undefined) throw new Error(`${one.name}: it has no documentation`);
  if (signature !== undefined) return functionText(signature);
  if (one.kind === ReflectionKind.TypeAlias)
    return [codeOf(`type ${one.name} = ${typeText(one.type)};`), commentText(comment)].join("\n\n");
  const prefix = settings.get(one);
  if (prefix !== undefined) {
    const links = propertiesOf(one).map(({ name }) => `[\`${name}\`](settings.md#${anchorOf(prefix + name)})`);
    return [commentText(comment), `Its properties are settings: ${links.join(", ")}.`].join("\n\n");
  }
  if (one.kind === ReflectionKind.Variable && one.type?.type !== "reflection")
    return [codeOf(`const ${one.name}: ${valueText(one)};`), commentText(comment)].join("\n\n");
  return [commentText(comment), ...membersText(one)].join("\n\n");
}

/** Of a class, an interface, or a constant that is an object. */
function membersText(one: DeclarationReflection): string[] {
  const inner = one.type?.type === "reflection" ? one.type.declaration : one;
  const isClass = one.kind === ReflectionKind.Class;
  // What a class has undocumented is what its parent asks for, such as an element's callbacks.
  const methods = (inner.children ?? [])
    .flatMap(({ kind, signatures = [] }) => (kind === ReflectionKind.Method ? signatures : []))
    .filter(({ comment }) => !isClass || comment !== undefined);
  const properties = propertiesOf(inner).filter((property) => !isClass || documentationOf(property) !== undefined);
  const constructor = inner.children?.find(({ kind }) => kind === ReflectionKind.Constructor)?.signatures?.[0];
  const parents = (one.extendedTypes ?? []).filter(
    (type) => type.toString() === "Error" || (type.type === "reference" && type.reflection !== undefined),
  );
  const undocumented = methods.filter(({ comment }) => comment === undefined);
  return [
    ...(constructor?.comment ? [functionText(constructor, `new ${one.name}`)] : []),
    ...(parents.length === 0 ? [] : [`Extends ${parents.map((type) => `\`${type.toString()}\``).join(", ")}.`]),
    properties.map((property) => propertyText(property, inner === one ? "" : `${one.name}.`)).join("\n"),
    ...(undocumented.length === 0 ? [] : [codeOf(undocumented.map((method) => declarationText(method)).join("\n"))]),
    ...methods.filter(({ comment }) => comment !== undefined).map((method) => functionText(method)),
  ];
}

/** What is inherited is described where it is from. */
const propertiesOf = ({ children = [] }: DeclarationReflection) =>
  children.filter(
    ({ kind, inheritedFrom }) =>
      (kind === ReflectionKind.Property || kind === ReflectionKind.Accessor) && inheritedFrom === undefined,
  );

const documentationOf = ({ comment, getSignature }: DeclarationReflection) => comment ?? getSignature?.comment;

function propertyText(property: DeclarationReflection, prefix: string): string {
  const { name, flags } = property;
  const words = commentText(documentationOf(property)).replaceAll("\n", "\n  ");
  const type = `\`${prefix}${name}${flags.isOptional ? "?" : ""}\`: \`${valueText(property)}\``;
  return `- ${type}${words === "" ? "" : `. ${words}`}`;
}

/** A constant's value says more than its type. */
function valueText({ type, getSignature, defaultValue = "" }: DeclarationReflection): string {
  return /^(?:"|\d)/.test(defaultValue) ? defaultValue : typeText(type ?? getSignature?.type);
}

function functionText(signature: SignatureReflection, name = signature.name): string {
  const { parameters = [], comment } = signature;
  const described = parameters.filter((one) => one.comment !== undefined).map(parameterText);
  return [
    codeOf(declarationText(signature, name)),
    partsText(comment?.summary),
    described.join("\n"),
    tagsText(comment),
  ].join("\n\n");
}

function declarationText({ parameters = [], type, name }: SignatureReflection, as = name): string {
  const given = parameters.map(
    (one) => `${nameOf(one)}${one.flags.isOptional || one.defaultValue ? "?" : ""}: ${typeText(one.type)}`,
  );
  return `${as}(${given.join(", ")})${as.startsWith("new ") ? "" : `: ${typeText(type)}`}`;
}

/** One that is taken apart in the parameter list has no name of its own. */
const nameOf = ({ name }: ParameterReflection) => (name === "__namedParameters" ? "options" : name);

const parameterText = (one: ParameterReflection) => `- \`${nameOf(one)}\`: ${commentText(one.comment)}`;

const codeOf = (text: string) => ["```ts", text, "```"].join("\n");

const commentText = (comment: Comment | undefined) =>
  [partsText(comment?.summary), tagsText(comment)].filter(Boolean).join("\n\n");

/** `{@link Name}` is for an editor. */
const partsText = (parts: readonly CommentDisplayPart[] = []) =>
  parts
    .map(({ kind, text }) => (kind === "inline-tag" ? `\`${text}\`` : text))
    .join("")
    .trim();

const words: Readonly<Record<string, string>> = {
  ...{ "@default": "Default", "@example": "Example", "@returns": "Returns", "@throws": "Throws" },
};

function tagsText(comment: Comment | undefined): string {
  return (comment?.blockTags ?? [])
    .map(({ tag, content }) => {
      const text = partsText(content);
      // TypeDoc takes a value after `@default` or `@example` for a block of code.
      const [, value] = /^```\w*\n([^\n]*)\n```$/.exec(text) ?? [];
      if (value === undefined && text.startsWith("```")) return text;
      return `${words[tag] ?? tag}: ${value === undefined ? text : asCode(value, tag === "@example" || undefined)}`;
    })
    .join("\n\n");
}

const introductions: Readonly<Record<string, string>> = {
  "auth0-user-pictures":
    "The components. A component's properties are its outputs and, at the end, its parts. Sets of allowed values are " +
    'constants: `PicturesOnDestroy.Protect` and `"protect"` are the same.',
  "auth0-user-pictures/picture": "For an application that takes uploads itself. It loads no Pulumi.",
  "auth0-user-pictures/picture-variant": "For a page or a server that shows pictures. It imports nothing.",
  "auth0-user-pictures/browser":
    "For a page in which users change their picture: importing it registers `<user-picture-upload>`. A page without " +
    "a bundler loads `auth0-user-pictures/user-picture-upload.js`, which is the same in one file.",
  "auth0-user-pictures/action": "For an Action of your own: what ours chooses by, and the types of Auth0's trigger.",
  "auth0-user-pictures/testing": "For tests of an Action, ours or your own: logins without a tenant.",
};

const introduction = `# What the npm package exports

<!-- Written by \`npm run docs:api\` from the docstrings: change those, not this file. -->

An ES module with six export paths; arguments that a stack's settings hold too are described in
[settings.md](settings.md). What a new version may change of all this is in [versioning.md](versioning.md). The plugin's
SDKs in other languages have the same components, arguments and outputs, in the spelling of the language.

A bad argument is refused before anything is registered, all of them at once, each by its name, with what was given and
what is allowed. What is known only during the deployment is refused there.`;

if (process.argv[1] === import.meta.filename) writeFileSync(join(projectFolder, "docs/api.md"), await apiReference());
