// Compiles the library, or what another configuration says: afterwards its `dist` has what its sources give, and
// nothing else.
// `tsc --build` alone goes by the files' times, so it misses an older file that was put in another's place, and it
// keeps what a deleted source had given.
import { readdirSync, rmSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import ts from "typescript";

const [configuration = "tsconfig.build.json"] = process.argv.slice(2);

const parsed = ts.getParsedCommandLineOfConfigFile(configuration, undefined, {
  ...ts.sys,
  onUnRecoverableConfigFileDiagnostic: ({ messageText }) => {
    throw new Error(ts.flattenDiagnosticMessageText(messageText, "\n"));
  },
});
const sources = parsed && { ...parsed, fileNames: withImports(parsed.fileNames) };
const outputs = new Set(sources?.fileNames.flatMap((file) => ts.getOutputFileNames(sources, file, false)));
const present = filesIn(parsed?.options.outDir ?? "");
// What TypeScript remembers of its last build is written last: an output that is newer is not that build's.
const built = Math.min(...present.filter(isMemory).map(changed));
const isUntouched = [...outputs].every((file) => changed(file) <= built);
for (const file of present) if (!outputs.has(file) && !(isMemory(file) && isUntouched)) rmSync(file, { force: true });

const host = ts.createSolutionBuilderHost({
  ...ts.sys,
  getModifiedTime(path) {
    // A source is always newer than what was built, so TypeScript compares its text with what it remembers.
    if (/(?<!\.d)\.ts$/.test(path)) return new Date();
    // Of its configuration it remembers no text. This time cannot be set to an old one.
    return /\btsconfig[^/]*\.json$/.test(path) ? statSync(path).ctime : ts.sys.getModifiedTime?.(path);
  },
});
// Else it looks for changes in what the configuration names, and not in what only that imports.
host.getParsedCommandLine = () => sources;
process.exitCode = ts.createSolutionBuilder(host, [configuration], {}).build();

/** What a configuration names, and what that imports from elsewhere: TypeScript compiles both. */
function withImports(files: readonly string[]): string[] {
  const found = new Set(files);
  // It goes on to those that it adds.
  for (const file of found)
    for (const { fileName } of ts.preProcessFile(ts.sys.readFile(file) ?? "", true, true).importedFiles)
      if (/^\.{1,2}\/.*\.ts$/.test(fileName)) found.add(ts.sys.resolvePath(join(dirname(file), fileName)));
  return [...found];
}

function filesIn(folder: string): string[] {
  if (!ts.sys.directoryExists(folder)) return [];
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name));
}

/** In milliseconds; not a number for a file that is not there. */
function changed(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? NaN;
}

function isMemory(file: string): boolean {
  return file.endsWith(".tsbuildinfo");
}
