// The files that the functions are deployed as. This package brings its own code. Sharp's WebAssembly build, with
// libvips in it, is the user's own package: 9 MB, under the LGPL, which who takes no uploads has no use for.
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, relative } from "node:path";
import { EsbuildError, isBuildFailure, withEsbuild } from "../../actions/bundle/load-esbuild.ts";
import type { Refusal } from "../../actions/bundle/schema.ts";

export interface FunctionFilesOptions {
  /**
   * The program's folder.
   *
   * @default the working directory
   */
  readonly folder?: string;
  /**
   * This package's package.json.
   *
   * @default as the program sees it
   */
  readonly ownManifest?: string;
}

/** There is no WebAssembly build of the right version. The message has the line that installs it. */
export class FunctionFilesError extends Error {
  override readonly name = "FunctionFilesError";
}

const wasmPackage = "@img/sharp-wasm32";

/**
 * What the upload function's zip holds: by name in the zip, the path of the file, relative to the program's folder. The
 * files' bytes depend on the versions of the two packages alone, whatever the folder, so that a deployment from another
 * machine changes nothing.
 *
 * The three have to be files of their own: the second starts workers from its own file, and reads the third from its
 * own folder.
 *
 * @throws FunctionFilesError
 */
export function functionFiles({ folder = process.cwd() }: FunctionFilesOptions = {}): Record<string, string> {
  const { folder: wasm, version } = wasmBuild(folder, findOwnManifest());
  const wasmName = `sharp-wasm32-${version}.node.wasm`;
  const cache = join(folder, "node_modules", ".cache", "auth0-user-pictures");
  const glueFile = join(cache, `sharp-wasm-${version}.cjs`);
  writeIfChanged(glueFile, bundleGlue(wasm));
  return relativeTo(folder, {
    "upload.cjs": ownFile("upload.cjs"),
    "sharp-wasm.cjs": glueFile,
    [wasmName]: join(wasm, "lib", wasmName),
  });
}

/** What the sweep's zip holds, in the same way: it reads no picture, so it is one file of this package. */
export const sweepFiles = ({ folder = process.cwd() }: FunctionFilesOptions = {}): Record<string, string> =>
  relativeTo(folder, { "sweep.cjs": ownFile("sweep.cjs") });

/**
 * Why the upload function has no files: the package that the user installs is not there, not whole, or in another
 * version, or nothing can bundle it.
 */
export function missingFiles({
  folder = process.cwd(),
  ownManifest = findOwnManifest(),
}: FunctionFilesOptions = {}): Refusal[] {
  try {
    bundleGlue(wasmBuild(folder, ownManifest).folder);
    return [];
  } catch (error) {
    if (isBuildFailure(error)) {
      const [first] = error.errors;
      return [{ path: [], message: `${wasmPackage} is not whole: ${first?.text ?? ""}. Install it again: npm ci` }];
    }
    if (error instanceof FunctionFilesError || error instanceof EsbuildError)
      return [{ path: [], message: error.message }];
    throw error;
  }
}

const findOwnManifest = () => createRequire(import.meta.url).resolve("auth0-user-pictures/package.json");

const ownFile = (name: string): string => join(dirname(findOwnManifest()), "functions", "dist", name);

const relativeTo = (folder: string, files: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(Object.entries(files).map(([name, path]) => [name, relative(folder, path).replaceAll("\\", "/")]));

interface Manifest {
  readonly version: string;
  readonly peerDependencies?: Readonly<Record<string, string>>;
}

const manifestOf = (file: string) => JSON.parse(readFileSync(file, "utf8")) as Manifest;

/** The package's folder, and the one version that sharp's JavaScript, which is in our bundle, works with. */
function wasmBuild(folder: string, ours: string): { readonly folder: string; readonly version: string } {
  const version = manifestOf(ours).peerDependencies?.[wasmPackage];
  if (version === undefined) throw new Error(`auth0-user-pictures/package.json names no ${wasmPackage}.`);
  return { folder: findWasmPackage([join(folder, "package.json"), ours], version), version };
}

/** The folder of the package, as the program sees it, or as this package does. */
function findWasmPackage(from: readonly string[], version: string): string {
  const manifests = from.flatMap((file) => {
    try {
      return createRequire(file).resolve(`${wasmPackage}/package`);
    } catch {
      return [];
    }
  });
  const found = manifests.find((file) => manifestOf(file).version === version);
  if (found !== undefined) return dirname(found);
  const [other] = manifests;
  const installed = other === undefined ? "not installed" : `installed in version ${manifestOf(other).version}`;
  throw new FunctionFilesError(
    `${wasmPackage} ${version} processes the pictures, and is ${installed}. Install it: ` +
      `npm install --save-exact ${wasmPackage}@${version}`,
  );
}

/** By the package's folder. */
const bundled = new Map<string, string>();

/** The package's JavaScript and what it needs, in one file. Minified, because comments would name its folder. */
function bundleGlue(folder: string): string {
  const known = bundled.get(folder);
  if (known !== undefined) return known;
  const { outputFiles } = withEsbuild(({ buildSync }) =>
    buildSync({
      entryPoints: [join(folder, "index.cjs")],
      bundle: true,
      write: false,
      platform: "node",
      format: "cjs",
      target: "node22",
      minify: true,
      legalComments: "none",
      tsconfigRaw: {},
      logLevel: "silent",
    }),
  );
  const text = outputFiles.map((file) => file.text).join("");
  bundled.set(folder, text);
  return text;
}

function writeIfChanged(file: string, text: string): void {
  try {
    if (readFileSync(file, "utf8") === text) return;
  } catch {
    mkdirSync(dirname(file), { recursive: true });
  }
  writeFileSync(file, text);
}
