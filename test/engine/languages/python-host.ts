// Python programs, with the packages of an environment that was prepared, and SDKs from their own folders.
import { appendFile, readdir } from "node:fs/promises";
import { join } from "node:path";
import { unlessMissing } from "../../../sandbox/private-file.ts";
import type { LanguageHost } from "./language-host.ts";
import { programEnvironment } from "./program-environment.ts";

const runner = join(import.meta.dirname, "run_program.py");

export interface PythonHostOptions {
  /** The interpreter of an environment that has the SDK, and what installs packages from their sources. */
  readonly python: string;
  readonly generatePackage: NonNullable<LanguageHost["generatePackage"]>;
}

export function pythonHost(environment: Readonly<Record<string, string>>, options: PythonHostOptions): LanguageHost {
  return {
    name: "python",
    async run(program) {
      const { programFolder, entryPoint } = program;
      return {
        file: options.python,
        args: [runner, entryPoint],
        cwd: programFolder,
        env: { ...environment, ...programEnvironment(program), PYTHONPATH: packagesOf(programFolder) },
      };
    },
    generatePackage: options.generatePackage,
    link: (rootFolder, sdk) => appendFile(join(rootFolder, "requirements.txt"), `${sdk}\n`),
    async installDependencies(programFolder) {
      const sdks = (await unlessMissing(readdir(join(programFolder, "sdks")))) ?? [];
      if (sdks.length === 0) return undefined;
      const paths = sdks.map((name) => join(programFolder, "sdks", name));
      const offline = ["--no-index", "--no-build-isolation", "--no-deps", "--disable-pip-version-check"];
      const target = ["--upgrade", "--target", packagesOf(programFolder)];
      return {
        file: options.python,
        args: ["-m", "pip", "install", "--quiet", ...offline, ...target, ...paths],
        cwd: programFolder,
        env: environment,
      };
    },
  };
}

/** In place of an environment of the program's own. */
const packagesOf = (programFolder: string) => join(programFolder, "venv");
