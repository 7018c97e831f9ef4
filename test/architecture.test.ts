// The rules of the tree (docs/architecture.md): who may import whom, and how long a component may be. Each rule is a
// row, with made-up files that break it, so that each is seen to fail.
import { globSync, readFileSync } from "node:fs";
import { posix } from "node:path";
import ts from "typescript";
import { describe, expect, it } from "vitest";

/** Source files: their texts by path from the repository's root. */
type Sources = Readonly<Record<string, string>>;

type Import = readonly [from: string, to: string];

interface Rule {
  readonly name: string;
  /** One line for each place that breaks the rule. */
  readonly offences: (sources: Sources, imports: readonly Import[]) => string[];
  /** Files that break the rule, and what it says of them. */
  readonly broken: Sources;
  readonly offencesOfBroken: readonly string[];
}

/** The product, from top to bottom: a room imports itself and what is below it. Wings stand beside each other. */
const product: readonly (readonly Room[])[] = [
  [room("the program", "index.ts")],
  // The plugin serves what is listed there to other languages, and no stack's settings.
  [room("settings", "settings/"), room("the plugin's process", "plugin-host/")],
  [room("the list of exports", "components/index.ts")],
  // Its arguments are long, and what it tells its parts, so they have files beside it.
  [
    room(
      "UserPictures",
      "components/user-pictures.ts",
      "components/user-pictures-args.ts",
      "components/user-pictures-parts.ts",
    ),
  ],
  [
    room("the picture store", "components/picture-store/"),
    room("the picture Action", "components/picture-action/"),
    room("the connection sync", "components/connection-sync/"),
    room("the picture uploads", "components/picture-uploads/"),
  ],
  // Every other file: what all components use.
  [room("what all components use", "components/")],
  [room("the test kit", "actions/testing/")],
  [room("the bundler", "actions/bundle/")],
  [room("the Action", "actions/user-picture/")],
];

/** Of the functions for uploads and of the library, what needs no Pulumi: a picture is stored in one way. */
const ofUploads = ["functions/services/", "functions/picture-upload/", "components/picture-store/"];
const ofAllCommands = [
  ...["cli/command-context.ts", "cli/store/", "cli/images/", "cli/tenant/", "cli/stack/", "cli/terminal/"],
  ...["actions/", "components/auth0/", "components/connection-sync/", ...ofUploads],
];

/** What stands beside the product, which imports none of it. */
const beside: readonly (Room & { readonly mayImport: readonly string[] })[] = [
  { ...room("the policies", "policies/"), mayImport: ["policies/", "components/", "actions/", "bundle-notices.ts"] },
  // What runs in Lambdas, of which neither knows the other. Of the components they have only what needs no Pulumi.
  {
    ...room("what both functions use", "functions/services/"),
    mayImport: ["functions/services/", "components/picture-store/", "components/auth0/retrying-fetch.ts"],
  },
  {
    ...room("the upload", "functions/picture-upload/"),
    mayImport: ["functions/picture-upload/", "functions/services/", "components/picture-store/"],
  },
  {
    ...room("the sweep", "functions/picture-sweep/"),
    mayImport: ["functions/picture-sweep/", "functions/services/", "components/picture-store/"],
  },
  // Their sources are what esbuild bundles, not what is imported.
  { ...room("the functions' builds", "functions/"), mayImport: ["functions/", "bundle-notices.ts"] },
  // What runs in a page: of the components only what reads a picture's header.
  { ...room("what runs in a page", "browser/"), mayImport: ["browser/", "components/picture-store/image-"] },
  { ...room("what the bundles' builds share", "bundle-notices.ts"), mayImport: [] },
  {
    ...room("the sandbox", "sandbox/"),
    mayImport: ["sandbox/", "index.ts", "settings/", "components/", "actions/", "browser/"],
  },
  // The command line, from top to bottom. Its commands stand beside each other.
  { ...room("the command line", "cli/main.ts", "cli/command-line.ts", "cli/commands.ts"), mayImport: ["cli/"] },
  ...["users", "import", "audit", "doctor"].map((folder) => ({
    ...room(`the commands of cli/${folder}/`, `cli/${folder}/`),
    mayImport: [`cli/${folder}/`, ...ofAllCommands],
  })),
  { ...room("what every command is given", "cli/command-context.ts"), mayImport: ofAllCommands },
  {
    ...room("the store as the command line sees it", "cli/store/"),
    mayImport: ["cli/store/", "cli/stack/", "cli/terminal/", "cli/tenant/", ...ofUploads],
  },
  { ...room("what decodes and fetches pictures", "cli/images/"), mayImport: ["cli/images/", ...ofUploads] },
  {
    ...room("the tenant as the command line sees it", "cli/tenant/"),
    mayImport: ["cli/tenant/", "cli/terminal/", "components/auth0/", "actions/", "functions/services/user-query.ts"],
  },
  {
    ...room("what the command line works on", "cli/stack/"),
    mayImport: ["cli/stack/", "cli/terminal/", "components/auth0/", "actions/bundle/schema.ts"],
  },
  { ...room("what the command line prints", "cli/terminal/"), mayImport: ["cli/terminal/"] },
  // The empty prefix is that of every path.
  { ...room("the audit", "audit/"), mayImport: [""] },
  { ...room("the tests", "test/"), mayImport: [""] },
  { ...room("the examples", "examples/"), mayImport: [""] },
  // It writes the settings' reference.
  { ...room("the documentation", "docs/"), mayImport: ["docs/"] },
  { ...room("the script of the plugin's schema", "plugin-host/schema/"), mayImport: ["plugin-host/schema/", "docs/"] },
  { ...room("the tools' configuration", "compile.ts", "line-length.ts", "vitest.config.ts"), mayImport: [] },
];

const wings = ["picture-store", "picture-action", "connection-sync", "picture-uploads"];

const rules: readonly Rule[] = [
  {
    name: "every file is in a room",
    offences: (sources) =>
      Object.keys(sources)
        .filter((path) => !roomOf(path))
        .map((path) => `${path} is in no room: add it to this test and to docs/architecture.md`),
    broken: { "lib/a.ts": "", "components/a.ts": "", "main.ts": "" },
    offencesOfBroken: ["lib/a.ts", "main.ts"].map(
      (path) => `${path} is in no room: add it to this test and to docs/architecture.md`,
    ),
  },
  {
    name: "no import runs upwards, or to a room beside",
    offences: (_, imports) =>
      imports.flatMap(([from, to]) => {
        const [importer, imported] = [roomOf(from), roomOf(to)];
        if (!importer || !imported || isAllowed(importer, imported, to)) return [];
        return [`${from} (${importer.name}) imports ${to} (${imported.name})`];
      }),
    broken: {
      "index.ts": `import "./components/index.ts"; import "./sandbox/a.ts";`,
      "settings/a.ts": `import type { A } from "../index.ts";`,
      "components/index.ts": `export * from "./user-pictures.ts";`,
      "components/user-pictures.ts": `export { a } from "./index.ts";`,
      "components/auth0/a.ts": `const a = () => import("../connection-sync/a.ts");`,
      "components/connection-sync/a.ts": `import "../auth0/a.ts"; import "../picture-store/a.ts";`,
      "components/picture-store/a.ts": `type A = import("../../actions/bundle/a.ts").A;`,
      "actions/bundle/a.ts": `import { a } from "../../components/a.ts"; import "../user-picture/a.ts";`,
      "actions/user-picture/a.ts": `import { a } from "../testing/a.ts";`,
      "actions/testing/a.ts": `import a from "../bundle/a.ts"; import("../../policies/a.ts");`,
      "components/a.ts": `import "../test/a.ts";`,
      "policies/a.ts": `import "../components/a.ts"; import "../settings/a.ts";`,
      "functions/a.ts": `import "./picture-upload/a.ts"; import "../components/picture-store/a.ts";`,
      "functions/picture-upload/a.ts": `import "../services/a.ts"; import "../picture-sweep/a.ts";`,
      "functions/picture-sweep/a.ts": `import "../../components/picture-action/a.ts";`,
      "functions/services/a.ts": `import "../../components/picture-store/a.ts"; import "../picture-upload/a.ts";`,
      "browser/a.ts": `import "../components/picture-store/image-png.ts"; import "../components/picture-store/a.ts";`,
      "components/picture-store/image-png.ts": "",
      "components/picture-uploads/a.ts": `import "../../functions/a.ts";`,
      "components/picture-action/a.ts": "",
      "sandbox/a.ts": `import "../index.ts"; import "../test/a.ts";`,
      "test/a.ts": `import "../index.ts"; import "../policies/a.ts"; import "../sandbox/a.ts";`,
    },
    offencesOfBroken: [
      "index.ts (the program) imports sandbox/a.ts (the sandbox)",
      "settings/a.ts (settings) imports index.ts (the program)",
      "components/user-pictures.ts (UserPictures) imports components/index.ts (the list of exports)",
      "components/auth0/a.ts (what all components use) imports components/connection-sync/a.ts (the connection sync)",
      "components/connection-sync/a.ts (the connection sync) imports components/picture-store/a.ts (the picture store)",
      "actions/bundle/a.ts (the bundler) imports components/a.ts (what all components use)",
      "actions/user-picture/a.ts (the Action) imports actions/testing/a.ts (the test kit)",
      "actions/testing/a.ts (the test kit) imports policies/a.ts (the policies)",
      "components/a.ts (what all components use) imports test/a.ts (the tests)",
      "policies/a.ts (the policies) imports settings/a.ts (settings)",
      "functions/a.ts (the functions' builds) imports components/picture-store/a.ts (the picture store)",
      "functions/picture-upload/a.ts (the upload) imports functions/picture-sweep/a.ts (the sweep)",
      "functions/picture-sweep/a.ts (the sweep) imports components/picture-action/a.ts (the picture Action)",
      "functions/services/a.ts (what both functions use) imports functions/picture-upload/a.ts (the upload)",
      "browser/a.ts (what runs in a page) imports components/picture-store/a.ts (the picture store)",
      "components/picture-uploads/a.ts (the picture uploads) imports functions/a.ts (the functions' builds)",
      "sandbox/a.ts (the sandbox) imports test/a.ts (the tests)",
    ],
  },
  {
    name: "in components/, only UserPictures and the list of exports know more than one wing",
    offences: (sources, imports) =>
      Object.keys(sources)
        .filter((path) => path.startsWith("components/"))
        .filter((path) => !["UserPictures", "the list of exports"].includes(roomOf(path)?.name ?? ""))
        .flatMap((path) => {
          const paths = [path, ...imports.filter(([from]) => from === path).map(([, to]) => to)];
          const known = new Set(paths.map(wingOf).filter((wing) => wing !== undefined));
          return known.size > 1 ? [`${path} knows ${[...known].join(" and ")}`] : [];
        }),
    broken: {
      "components/user-pictures.ts": `import "./picture-store/a.ts"; import "./picture-action/a.ts";`,
      "components/outputs.ts": `import "./picture-store/a.ts"; import type {} from "./picture-action/a.ts";`,
      "components/picture-store/a.ts": `import "../connection-sync/a.ts";`,
      "components/picture-action/a.ts": "",
      "components/connection-sync/a.ts": "",
    },
    offencesOfBroken: [
      "components/outputs.ts knows picture-store and picture-action",
      "components/picture-store/a.ts knows picture-store and connection-sync",
    ],
  },
  {
    name: "components/auth0/ and components/validation.ts know no wing",
    offences: (_, imports) =>
      imports
        .filter(([from]) => from.startsWith("components/auth0/") || from === "components/validation.ts")
        .filter(([, to]) => wingOf(to) !== undefined)
        .map(([from, to]) => `${from} imports ${to}`),
    broken: {
      "components/auth0/a.ts": `import "../picture-action/a.ts"; import "../validation.ts";`,
      "components/validation.ts": `import { type A } from "./picture-store/a.ts";`,
      "components/picture-action/a.ts": "",
      "components/picture-store/a.ts": "",
    },
    offencesOfBroken: [
      "components/auth0/a.ts imports components/picture-action/a.ts",
      "components/validation.ts imports components/picture-store/a.ts",
    ],
  },
  {
    name: "there is no circle, not even one of types",
    offences: circles,
    broken: {
      "components/a.ts": `import "./b.ts"; import "./d.ts";`,
      "components/b.ts": `import type { C } from "./c.ts";`,
      "components/c.ts": `export * from "./a.ts";`,
      "components/d.ts": `import "./e.ts";`,
      "components/e.ts": "",
    },
    offencesOfBroken: ["components/a.ts → components/b.ts → components/c.ts → components/a.ts"],
  },
  {
    name: "no two files share a name, but for index.ts and the tests",
    offences: (sources) =>
      [...Map.groupBy(Object.keys(sources).filter(isNamed), (path) => posix.basename(path)).values()]
        .filter((paths) => paths.length > 1)
        .map((paths) => paths.join(" and ")),
    broken: {
      "index.ts": "",
      "components/index.ts": "",
      "components/picture-action/login.ts": "",
      "sandbox/tenant/login.ts": "",
      "test/sandbox/tenant/login.ts": "",
    },
    offencesOfBroken: ["components/picture-action/login.ts and sandbox/tenant/login.ts"],
  },
  {
    name: "a file of components/ has at most 200 lines",
    offences: (sources) =>
      Object.entries(sources)
        .filter(([path]) => path.startsWith("components/"))
        .map(([path, text]) => [path, text.trimEnd().split("\n").length] as const)
        .filter(([, lines]) => lines > 200)
        .map(([path, lines]) => `${path} has ${lines} lines`),
    broken: { "components/a.ts": "//\n".repeat(200), "components/b.ts": "//\n".repeat(201) },
    offencesOfBroken: ["components/b.ts has 201 lines"],
  },
  {
    name: "a constructor in components/ has at most 60 lines",
    offences: (sources) =>
      Object.entries(sources)
        .filter(([path]) => path.startsWith("components/"))
        .flatMap(([path, text]) => constructorsOf(path, text))
        .filter(({ lines }) => lines > 60)
        .map(({ path, className, lines }) => `${path}: the constructor of ${className} has ${lines} lines`),
    broken: {
      "components/a.ts": `class A {\n  /** Not\n   * counted */\n  constructor() {\n${"    a();\n".repeat(58)}  }\n}\n`,
      "components/b.ts": `class B {\n  constructor() {\n${"    b();\n".repeat(59)}  }\n}\n`,
    },
    offencesOfBroken: ["components/b.ts: the constructor of B has 61 lines"],
  },
];

const onDisk = sourcesOnDisk();

describe.each(rules)("$name", ({ offences, broken, offencesOfBroken }) => {
  it("is held", () => {
    expect(offences(onDisk, importsOf(onDisk))).toEqual([]);
  });

  it("is seen to fail", () => {
    expect(offences(broken, importsOf(broken))).toEqual(offencesOfBroken);
  });
});

interface Room {
  readonly name: string;
  /** Files, and folders, which end in a slash. */
  readonly paths: readonly string[];
}

function room(name: string, ...paths: string[]): Room {
  return { name, paths };
}

/** The first room that has the path: the rooms in a folder stand above the room of all that is left there. */
function roomOf(path: string): Room | undefined {
  return [...beside, ...product.flat()].find(({ paths }) =>
    paths.some((own) => (own.endsWith("/") ? path.startsWith(own) : path === own)),
  );
}

function isAllowed(importer: Room, imported: Room, path: string): boolean {
  const other = beside.find(({ name }) => name === importer.name);
  if (other) return other.mayImport.some((prefix) => path.startsWith(prefix));
  const level = (wanted: Room) => product.findIndex((rooms) => rooms.includes(wanted));
  return imported === importer || level(imported) > level(importer);
}

function wingOf(path: string): string | undefined {
  return wings.find((wing) => path.startsWith(`components/${wing}/`));
}

function isNamed(path: string): boolean {
  return !path.startsWith("test/") && posix.basename(path) !== "index.ts";
}

function sourcesOnDisk(): Sources {
  const exclude = ["node_modules/**", "**/node_modules/**", "**/dist/**", ".sandbox/**"];
  const paths = globSync("**/*.ts", { exclude }).toSorted();
  return Object.fromEntries(paths.map((path) => [path, readFileSync(path, "utf8")]));
}

/** Every import of one file by another: of values and of types, written as a statement or as a call. */
function importsOf(sources: Sources): Import[] {
  return Object.entries(sources).flatMap(([from, text]) =>
    ts
      .preProcessFile(text, true, true)
      .importedFiles.filter(({ fileName }) => fileName.startsWith("."))
      .map(({ fileName }) => [from, posix.join(posix.dirname(from), fileName)] as const)
      .filter(([, to]) => to in sources),
  );
}

/** A circle for each import that leads back to a file on the way to it. */
function circles(sources: Sources, allImports: readonly Import[]): string[] {
  const imports = Map.groupBy(allImports, ([from]) => from);
  const found: string[] = [];
  const done = new Set<string>();
  const visit = (path: string, way: readonly string[]): void => {
    if (way.includes(path)) found.push([...way.slice(way.indexOf(path)), path].join(" → "));
    if (done.has(path)) return;
    done.add(path);
    for (const [, to] of imports.get(path) ?? []) visit(to, [...way, path]);
  };
  for (const path of Object.keys(sources)) visit(path, []);
  return found;
}

function constructorsOf(path: string, text: string) {
  const file = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true);
  const found: { path: string; className: string; lines: number }[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isConstructorDeclaration(node)) {
      const [first, last] = [node.getStart(), node.getEnd()].map((at) => file.getLineAndCharacterOfPosition(at).line);
      found.push({ path, className: node.parent.name?.text ?? "a class", lines: (last ?? 0) - (first ?? 0) + 1 });
    }
    ts.forEachChild(node, visit);
  };
  visit(file);
  return found;
}
