// What a bundle calls the files that it was made of: by their package, so that no path of an installation is in it.
import { existsSync, readFileSync } from "node:fs";
import { basename, dirname, join, relative, resolve } from "node:path";

interface Package {
  readonly folder: string;
  readonly name: string;
}

/**
 * esbuild writes a file's path as a comment before its code, and as the key of a CommonJS module. npm, pnpm and yarn
 * keep the same package in different folders.
 *
 * @param inputs the files, relative to the entry's folder
 * @param given names for single files, by their path; a file beside one of them is called after it
 */
export function withModuleNames(
  text: string,
  inputs: readonly string[],
  folder: string,
  given: ReadonlyMap<string, string>,
): string {
  const names = new Map(
    inputs.map((input) => [input, givenName(resolve(folder, input), given) ?? nameOf(input, folder)]),
  );
  return text
    .replace(/^\/\/ (.+)$/gm, (line, path: string) => (names.has(path) ? `// ${names.get(path) ?? ""}` : line))
    .replace(/^ {2}("(?:[^"\\]|\\.)+")\(/gm, (line, quoted: string) => {
      const name = names.get(JSON.parse(quoted) as string);
      return name === undefined ? line : `  ${JSON.stringify(name)}(`;
    });
}

function givenName(path: string, given: ReadonlyMap<string, string>): string | undefined {
  const beside = [...given].find(([file]) => dirname(file) === dirname(path));
  return given.get(path) ?? (beside && `${beside[1]}/${basename(path)}`);
}

/** A file of the entry's own package keeps its path from there; one of another is `package/path`. */
function nameOf(input: string, folder: string): string {
  const path = resolve(folder, input);
  const owner = packageOf(path);
  if (owner === undefined || owner.folder === packageOf(join(folder, "entry"))?.folder) return input;
  return `${owner.name}/${relative(owner.folder, path).replaceAll("\\", "/")}`;
}

function packageOf(path: string): Package | undefined {
  const installed = /^.*[\\/]node_modules[\\/]((?:@[^\\/]+[\\/])?[^\\/]+)(?=[\\/])/.exec(path);
  if (installed) {
    const [folder, name = ""] = installed;
    return { folder, name: declaredName(folder) ?? name.replaceAll("\\", "/") };
  }
  // A linked workspace is where it is developed.
  for (let folder = dirname(path); folder !== dirname(folder); folder = dirname(folder)) {
    const name = declaredName(folder);
    if (name !== undefined) return { folder, name };
  }
  return undefined;
}

/** An alias is another folder in npm and in pnpm; what the package calls itself is the same. */
function declaredName(folder: string): string | undefined {
  const file = join(folder, "package.json");
  if (!existsSync(file)) return undefined;
  // The decoder leaves a byte order mark out, which npm and esbuild take too.
  const { name } = JSON.parse(new TextDecoder().decode(readFileSync(file))) as { name?: unknown };
  return typeof name === "string" ? name : undefined;
}
