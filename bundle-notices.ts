// Bundles that are published, and whose code is in them: the licences of their packages, in a file beside them.
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Metafile } from "esbuild";

/** A bundle's text, and what is in it. */
export interface PublishedBundle {
  readonly text: string;
  readonly metafile: Metafile;
}

/** Writes bundles, by name, and their `licenses.txt`, where they differ from what is there. Nothing else stays. */
export function writeBundles(folder: string, bundles: Readonly<Record<string, PublishedBundle>>): void {
  const contents = new Map(Object.entries(bundles).map(([name, { text }]) => [name, text]));
  contents.set("licenses.txt", noticesOf(Object.values(bundles)));
  mkdirSync(folder, { recursive: true });
  const present = new Map(readdirSync(folder).map((file) => [file, readFileSync(join(folder, file), "utf8")]));
  for (const file of present.keys()) if (!contents.has(file)) rmSync(join(folder, file));
  for (const [file, wanted] of contents) if (present.get(file) !== wanted) writeFileSync(join(folder, file), wanted);
}

/** Each package's licence, and each notice that stands in a source. */
function noticesOf(bundles: readonly PublishedBundle[]): string {
  const paths = [...new Set(bundles.flatMap(({ metafile }) => Object.keys(metafile.inputs)))];
  const packages = new Set(paths.flatMap((path) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path)?.[0] ?? []));
  // A bundle can be in a package, whose parts say in comments whose they are.
  const notices = paths.flatMap((path) =>
    existsSync(path) ? (readFileSync(path, "utf8").match(/\/\*(?:(?!\*\/)[^])*Copyright[^]*?\*\//g) ?? []) : [],
  );
  return [...[...packages].sort().map(licenseOf), ...new Set(notices)].join("\n\n");
}

/** A package without a file of its licence has it in its README. */
function licenseOf(path: string): string {
  const { name, version, license } = JSON.parse(readFileSync(join(path, "package.json"), "utf8")) as {
    readonly name: string;
    readonly version: string;
    readonly license?: string;
  };
  const files = readdirSync(path);
  const file = files.find((it) => /^licen[cs]e/i.test(it)) ?? files.find((it) => /^readme/i.test(it));
  if (file === undefined) throw new Error(`${name} has no licence that could be shown.`);
  return `${name} ${version} (${license})\n\n${readFileSync(join(path, file), "utf8").trim()}\n`;
}
