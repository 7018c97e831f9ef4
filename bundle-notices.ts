// Whose code is in a bundle: the licences of its packages, for the file that is published beside it.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Metafile } from "esbuild";

/** Each package's licence, and each notice that stands in a source. */
export function noticesOf({ inputs }: Metafile): string {
  const paths = Object.keys(inputs);
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
