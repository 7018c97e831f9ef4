// One TypeScript Action and its settings → the one CommonJS file that Auth0 runs, the same bytes on every machine.
import { readFileSync, realpathSync, statSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import type { Metafile } from "esbuild";
import { DefaultPictureMode, RootPictureMode } from "../user-picture/picture.ts";
import type { PictureSettings } from "../user-picture/picture.ts";
import { ActionBundleError, shownPath } from "./bundle-error.ts";
import { asCommonJs, refuseReservedNames } from "./commonjs-script.ts";
import { buildEntry, buildEntryMeanwhile } from "./esbuild.ts";
import type { BuiltModule } from "./esbuild.ts";
import { withModuleNames } from "./module-names.ts";
import { sha256 } from "./sha256.ts";

/** An Action's code may have at most 100 kB (Auth0 docs, "Actions Limitations"). */
const maxBytes = 100_000;

/** Whose code is bundled. */
export interface BundleOptions {
  /**
   * An Action of your own, relative to the working directory: an ES module that exports `onExecutePostLogin` and, if it
   * redirects, `onContinuePostLogin`. It can import `auth0-user-pictures/action` and finds the settings in the global
   * constant `PICTURE_SETTINGS`. Its npm dependencies are bundled in.
   *
   * @default the Action of this package
   */
  readonly entry?: string | undefined;
}

/** An Action whose source is bundled; its settings are not in it yet. */
export interface BundledAction {
  /**
   * The code to deploy. The text is not minified, holds no `require`, ends with
   * `exports.onExecutePostLogin = onExecutePostLogin;`, and depends on nothing but the sources and the settings.
   *
   * @param settings compiled in unchecked: `validatePictureSettings` checks them
   * @throws ActionBundleError for more than 100 kB
   */
  readonly codeWith: (settings: PictureSettings) => string;
}

/** The code of an Action with its settings: see {@link BundledAction}. */
export const bundleAction = (settings: PictureSettings, options?: BundleOptions): string =>
  bundleSource(options).codeWith(settings);

/** This package's own, once it is bundled: unlike an Action of yours, it stays the same while a process runs. */
let own: BundledAction | undefined;

/**
 * Bundles an Action's source, which is one run of esbuild, whatever settings follow.
 *
 * @throws ActionBundleError for a syntax error, a dependency that cannot be bundled in, or more than 100 kB
 */
export function bundleSource(options: BundleOptions = {}): BundledAction {
  if (options.entry === undefined && own) return own;
  const entry = findEntry(options);
  return kept(options, bundledAction(entry, buildEntry(entry, libraryAlias())));
}

/** As `bundleSource`, while this process does something else. */
export async function bundleSourceMeanwhile(options: BundleOptions = {}): Promise<BundledAction> {
  if (options.entry === undefined && own) return own;
  const entry = findEntry(options);
  return kept(options, bundledAction(entry, await buildEntryMeanwhile(entry, libraryAlias())));
}

function kept(options: BundleOptions, bundled: BundledAction): BundledAction {
  if (options.entry === undefined) own = bundled;
  return bundled;
}

const ownFolder = () => join(packageRoot(), "actions", "user-picture");
const library = "auth0-user-pictures/action";
const libraryAlias = () => ({ [library]: join(ownFolder(), "picture.ts") });

function findEntry(options: BundleOptions): string {
  const given = resolve(options.entry ?? join(ownFolder(), "action.ts"));
  const stats = statSync(given, { throwIfNoEntry: false });
  if (stats?.isFile()) return realpathSync(given);
  const reason = stats
    ? "no file, but the Action's entry is one, TypeScript or JavaScript"
    : "no such file, but it is the Action's entry";
  throw new ActionBundleError(`${shownPath(given)}: ${reason}`);
}

function bundledAction(entry: string, { text, metafile }: BuiltModule): BundledAction {
  const folder = dirname(entry);
  const isOurs = entry === realpathSync(join(ownFolder(), "action.ts"));
  const placed = asCommonJs(text, entry);
  const head = header(metafile, folder, isOurs);
  // What is refused is shown with its path, and what is deployed holds none.
  refuseReservedNames(head + settingsText(placed, noSettings) + placed, folder);
  const names = new Map(isOurs ? [] : Object.entries(libraryAlias()).map(([name, file]) => [realpathSync(file), name]));
  const body = withModuleNames(placed, Object.keys(metafile.inputs), folder, names);
  const codeWith = (settings: PictureSettings) => {
    const code = head + settingsText(body, settings) + body;
    refuseOverSize(code, metafile, entry);
    return code;
  };
  codeWith(noSettings);
  return { codeWith };
}

const noSettings: PictureSettings = { allowedUrlPrefixes: [] };

/**
 * The constant by which the Action finds its settings; an Action of your own need not use it. JSON is JavaScript as it
 * is.
 */
const settingsText = (body: string, settings: PictureSettings): string =>
  /\bPICTURE_SETTINGS\b/.test(body)
    ? `const PICTURE_SETTINGS = ${JSON.stringify(inFixedOrder(settings), null, 2)};\n\n`
    : "";

/**
 * The package refers to itself by name, so that the repository and the published `dist/` find the same TypeScript
 * source.
 */
function packageRoot(): string {
  return dirname(fileURLToPath(import.meta.resolve("auth0-user-pictures/package.json")));
}

/**
 * Every key is written, and always in this order: the bytes depend on the values alone, and no prototype can add a
 * setting.
 */
function inFixedOrder(settings: PictureSettings): PictureSettings {
  const { defaultPictures, mirrors } = settings;
  return {
    allowedUrlPrefixes: settings.allowedUrlPrefixes,
    allowAnyHost: settings.allowAnyHost ?? false,
    linkedIdentityPicture: settings.linkedIdentityPicture ?? false,
    rootPicture: settings.rootPicture ?? RootPictureMode.Trusted,
    providerPicturePrefixes: settings.providerPicturePrefixes ?? [],
    mode: settings.mode ?? DefaultPictureMode.Generated,
    defaultPictures: defaultPictures
      ? {
          general: defaultPictures.general,
          byConnection: sorted(defaultPictures.byConnection),
          byOrganization: sorted(defaultPictures.byOrganization),
        }
      : null,
    mirrors: {
      idTokenClaim: mirrors?.idTokenClaim ?? null,
      accessTokenClaim: mirrors?.accessTokenClaim ?? null,
      samlAttribute: mirrors?.samlAttribute ?? null,
    },
  };
}

function sorted(urls: Readonly<Record<string, string>> | null | undefined): Record<string, string> {
  return Object.fromEntries(Object.entries(urls ?? {}).sort(([a], [b]) => (a < b ? -1 : 1)));
}

function header(metafile: Metafile, folder: string, isOurs: boolean): string {
  const sources = Object.keys(metafile.inputs)
    .map((input) => sha256(readFileSync(resolve(folder, input), "utf8").replace(/\r\n?/g, "\n")))
    .sort();
  const purpose = isOurs
    ? `
 * Sets the picture of whoever logs in, where a rule of choosePicture applies; else Auth0's own claim stands.
 *`
    : "";
  return `/*${purpose}
 * Made by auth0-user-pictures: change its settings or its source, not this text, which the next deployment replaces.
 * Source: sha256 ${sha256(sources.join("\n")).slice(0, 16)}
 */
"use strict";

`;
}

function refuseOverSize(code: string, metafile: Metafile, entry: string): void {
  const bytes = Buffer.byteLength(code);
  if (bytes <= maxBytes) return;
  const folder = dirname(entry);
  const shares = Object.values(metafile.outputs).flatMap((output) => Object.entries(output.inputs));
  const [largest = "", share] = shares.sort(([, a], [, b]) => b.bytesInOutput - a.bytesInOutput)[0] ?? [];
  throw new ActionBundleError(
    `${shownPath(entry)}:${importLine(largest, metafile, folder)}: the bundle has ${bytes} bytes, ` +
      `more than the ${maxBytes} that Auth0 takes; ` +
      `${share?.bytesInOutput ?? 0} of them are ${shownPath(resolve(folder, largest))}`,
  );
}

/** The line of the entry that imports the file, be it through other files; 1 for the entry itself. */
function importLine(file: string, metafile: Metafile, folder: string): number {
  const entry = Object.values(metafile.outputs)[0]?.entryPoint ?? "";
  const seen = new Set([entry]);
  const leadsTo = (input: string): boolean => {
    if (input === file) return true;
    if (seen.has(input)) return false;
    seen.add(input);
    return (metafile.inputs[input]?.imports ?? []).some((next) => leadsTo(next.path));
  };
  const specifier = metafile.inputs[entry]?.imports.find((next) => leadsTo(next.path))?.original;
  if (specifier === undefined) return 1;
  const lines = readFileSync(resolve(folder, entry), "utf8").split("\n");
  return lines.findIndex((line) => line.includes(`"${specifier}"`) || line.includes(`'${specifier}'`)) + 1;
}
