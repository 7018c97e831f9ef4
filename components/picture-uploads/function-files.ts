// The files that the functions are deployed as. This package brings its own code. Sharp's WebAssembly build, with
// libvips in it, is the user's own package: 9 MB, under the LGPL, which who takes no uploads has no use for. The plugin
// has it as an optional dependency, because nobody installs anything beside it.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, relative } from "node:path";
import { EsbuildError, isBuildFailure, withEsbuild } from "../../actions/bundle/load-esbuild.ts";
import type { Refusal } from "../../actions/bundle/schema.ts";
import { pluginFolder } from "../plugin-process.ts";
import { KeptFileError, keptFile } from "./kept-file.ts";

export interface FunctionFilesOptions {
  /**
   * The program's folder.
   *
   * @default the working directory
   */
  readonly folder?: string;
  /**
   * The plugin's folder, which is looked into in place of the program's: that one may be of any language.
   *
   * @default that of this process, if it is the plugin
   */
  readonly plugin?: string | undefined;
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
 * What the upload function's zip holds: by name in the zip, the path of the file, relative to the program's folder; in
 * the plugin, which the engine may start elsewhere, from the root. The files' bytes depend on the versions of the two
 * packages alone, whatever the folder, so that a deployment from another machine, or by the plugin, changes nothing.
 *
 * The three have to be files of their own: the second starts workers from its own file, and reads the third from its
 * own folder.
 *
 * @throws FunctionFilesError, KeptFileError
 */
export function functionFiles(options: FunctionFilesOptions = {}): Record<string, string> {
  const place = placeOf(options);
  const { folder: wasm, version } = wasmBuild(place, options.ownManifest ?? findOwnManifest());
  const wasmName = `sharp-wasm32-${version}.node.wasm`;
  return shownFrom(place, {
    "upload.cjs": ownFile("upload.cjs"),
    "sharp-wasm.cjs": keptFile(place.folder, `sharp-wasm-${version}.cjs`, bundleGlue(wasm)),
    [wasmName]: join(wasm, "lib", wasmName),
  });
}

/** What the sweep's zip holds, in the same way: it reads no picture, so it is one file of this package. */
export const sweepFiles = (options: FunctionFilesOptions = {}): Record<string, string> =>
  shownFrom(placeOf(options), { "sweep.cjs": ownFile("sweep.cjs") });

/**
 * Why the upload function has no files: the package that the user installs is not there, not whole, or in another
 * version, nothing can bundle it, or there is no place for the bundle.
 */
export function missingFiles(options: FunctionFilesOptions = {}): Refusal[] {
  try {
    functionFiles(options);
    return [];
  } catch (error) {
    if (isBuildFailure(error)) {
      const [first] = error.errors;
      const message = `${wasmPackage} is not whole: ${first?.text ?? ""}. ${installAgain(placeOf(options).plugin)}`;
      return [{ path: [], message }];
    }
    if (error instanceof FunctionFilesError || error instanceof KeptFileError || error instanceof EsbuildError)
      return [{ path: [], message: error.message }];
    throw error;
  }
}

const findOwnManifest = () => createRequire(import.meta.url).resolve("auth0-user-pictures/package.json");

const ownFile = (name: string): string => join(dirname(findOwnManifest()), "functions", "dist", name);

interface Place {
  /** Where the package is looked for, and what is made of it is kept. */
  readonly folder: string;
  /** The same folder, if it is the plugin's. */
  readonly plugin: string | undefined;
}

function placeOf({ folder = process.cwd(), plugin = pluginFolder() }: FunctionFilesOptions): Place {
  return { folder: plugin ?? folder, plugin };
}

const shownFrom = ({ folder, plugin }: Place, files: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(
    Object.entries(files).map(([name, path]) => [
      name,
      plugin === undefined ? relative(folder, path).replaceAll("\\", "/") : path,
    ]),
  );

interface Manifest {
  readonly version: string;
  readonly peerDependencies?: Readonly<Record<string, string>>;
}

const manifestOf = (file: string) => JSON.parse(readFileSync(file, "utf8")) as Manifest;

/** The package's folder, and the one version that sharp's JavaScript, which is in our bundle, works with. */
function wasmBuild(place: Place, ours: string): { readonly folder: string; readonly version: string } {
  const version = manifestOf(ours).peerDependencies?.[wasmPackage];
  if (version === undefined) throw new Error(`auth0-user-pictures/package.json names no ${wasmPackage}.`);
  return { folder: findWasmPackage(place, ours, version), version };
}

/** The folder of the package, as the program or the plugin sees it, or as this package does. */
function findWasmPackage({ folder, plugin }: Place, ours: string, version: string): string {
  const manifests = [join(folder, "package.json"), ours].flatMap((file) => {
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
  // What the plugin depends on stays as it was delivered.
  const options = plugin === undefined ? "--save-exact" : `--no-save --prefix "${plugin}"`;
  throw new FunctionFilesError(
    `${wasmPackage} ${version} processes the pictures, and is ${installed}. Install it: ` +
      `npm install ${options} ${wasmPackage}@${version}`,
  );
}

/** The plugin has no lockfile for `npm ci`, and `npm install` leaves alone what it has once installed. */
const installAgain = (plugin: string | undefined): string =>
  plugin === undefined
    ? "Install it again: npm ci"
    : `Delete ${join(plugin, "node_modules")} and install it again: npm install --prefix "${plugin}"`;

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
