// esbuild's part: an Action's entry and all that it imports → one ES module, or the reasons why there is none.
import { isBuiltin } from "node:module";
import { basename, dirname, resolve } from "node:path";
import type { BuildOptions, BuildResult, Message, Metafile } from "esbuild";
import { ActionBundleError, shownPath } from "./bundle-error.ts";
import { EsbuildError, isBuildFailure, withEsbuild } from "./load-esbuild.ts";

export interface BuiltModule {
  /** Without the `#!` line that it may begin with. */
  readonly text: string;
  readonly metafile: Metafile;
}

type Alias = Readonly<Record<string, string>>;

/** @throws ActionBundleError */
export function buildEntry(entry: string, alias: Alias): BuiltModule {
  try {
    return builtModule(
      entry,
      withEsbuild(({ buildSync }) => buildSync(optionsFor(entry, alias))),
    );
  } catch (error) {
    throw explained(entry, error);
  }
}

/** As `buildEntry`, while this process does something else. */
export async function buildEntryMeanwhile(entry: string, alias: Alias): Promise<BuiltModule> {
  try {
    return builtModule(entry, await withEsbuild(({ build }) => build(optionsFor(entry, alias))));
  } catch (error) {
    throw explained(entry, error);
  }
}

const optionsFor = (entry: string, alias: Alias) =>
  ({
    alias,
    // Comments name files relative to this folder, so the working directory and the checkout's place do not show.
    absWorkingDir: dirname(entry),
    entryPoints: [basename(entry)],
    bundle: true,
    write: false,
    metafile: true,
    format: "esm",
    platform: "neutral",
    mainFields: ["module", "main"],
    target: "node22",
    // An Action is a CommonJS script: what only a module has fails here, and `import()` becomes a refused `require`.
    supported: { "top-level-await": false, "import-meta": false, "dynamic-import": false },
    logOverride: { "direct-eval": "error", "empty-import-meta": "error", "commonjs-variable-in-esm": "error" },
    charset: "utf8",
    legalComments: "inline",
    tsconfigRaw: {},
    logLevel: "silent",
  }) satisfies BuildOptions;

function builtModule(
  entry: string,
  { outputFiles, metafile }: BuildResult<ReturnType<typeof optionsFor>>,
): BuiltModule {
  const text = outputFiles.map((file) => file.text.replace(/\r\n?/g, "\n")).join("");
  // The header comes first, and JavaScript takes a `#!` line nowhere else.
  return { text: withoutRequire(text.replace(/^#!.*\n+/, ""), dirname(entry)), metafile };
}

function explained(entry: string, error: unknown): unknown {
  if (error instanceof EsbuildError) return new ActionBundleError(error.message);
  if (!isBuildFailure(error)) return error;
  return new ActionBundleError(error.errors.map((message) => explain(message, dirname(entry))).join("\n"));
}

function explain({ text, location, notes }: Message, folder: string): string {
  const place = location ? `${shownPath(resolve(folder, location.file))}:${location.line}: ` : "";
  const unresolved = /^Could not resolve "(.+)"$/.exec(text)?.[1];
  const native = /^No loader is configured for "\.node" files: (.+)$/.exec(text)?.[1];
  if (native !== undefined) return `${place}"${native}" is a native module, which an Action cannot load`;
  if (unresolved === undefined) return place + text;
  if (isBuiltin(unresolved)) {
    return (
      `${place}"${unresolved}" is part of Node, which a bundled Action cannot import: ` +
      `use what is global, such as URL`
    );
  }
  // What esbuild found out about an installed package; its advice on its own options does not apply here.
  const reasons = notes.map((note) => note.text).filter((note) => !/^(You can mark|Consider enabling) /.test(note));
  return reasons.length > 0
    ? `${place}"${unresolved}" cannot be bundled: ${reasons.join(" ").replace(/:$/, "")}`
    : `${place}"${unresolved}" cannot be found: install it beside the Action, or mend its name`;
}

/**
 * esbuild leaves a `require` that it cannot resolve to the run time, as a call of its helper `__require`, which is
 * refused. Where a file only asks for its type, as UMD modules do to find out what they run in, the helper is not
 * needed.
 */
function withoutRequire(text: string, folder: string): string {
  const helper = /^var __require = .*\n(?:.*\n)*?\}\);\n/m;
  if (!helper.test(text)) return text;
  let file = "";
  const faults: string[] = [];
  for (const line of text.replace(helper, "").replaceAll("typeof __require", "").split("\n")) {
    file = /^\/\/ (\S.*)$/.exec(line)?.[1] ?? file;
    const call = /\b__require\b(?:\("([^"]+)"\))?/.exec(line);
    if (!call) continue;
    const what = call[1] === undefined ? "a module that only the run time names" : `"${call[1]}"`;
    faults.push(`${shownPath(resolve(folder, file))}: requires ${what}, which cannot be bundled into an Action`);
  }
  if (faults.length > 0) throw new ActionBundleError(faults.join("\n"));
  return text.replace(helper, "var __require = () => void 0;\n");
}
