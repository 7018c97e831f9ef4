// Go programs, built with the user's own Go from modules that it has downloaded before.
import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import type { LanguageHost } from "./language-host.ts";
import { programEnvironment } from "./program-environment.ts";

const run = promisify(execFile);

export interface GoHostOptions {
  readonly go: string;
  /** The user's own caches: the environment has another home folder. */
  readonly caches: Readonly<Record<"GOMODCACHE" | "GOCACHE", string>>;
  /** The file to build the program to. One that is there and up to date is kept. */
  readonly binary: string;
  readonly generatePackage: NonNullable<LanguageHost["generatePackage"]>;
}

export function goHost(environment: Readonly<Record<string, string>>, options: GoHostOptions): LanguageHost {
  const { go, binary } = options;
  const offline = { GOPROXY: "off", GOFLAGS: "-mod=mod", GOTOOLCHAIN: "local", GOWORK: "off" };
  const env = { ...environment, ...options.caches, ...offline };
  return {
    name: "go",
    async run(program) {
      const { programFolder } = program;
      // Without the folder's path in it, what is compiled serves the next copy of the program.
      await run(go, ["build", "-trimpath", "-o", binary, "."], { cwd: programFolder, env });
      return { file: binary, args: [], cwd: programFolder, env: { ...environment, ...programEnvironment(program) } };
    },
    generatePackage: options.generatePackage,
    async link(rootFolder, sdk) {
      const module = /^module (\S+)/m.exec(await readFile(join(rootFolder, sdk, "go.mod"), "utf8"))?.[1] ?? "";
      const edits = [`-require=${module}@v0.0.0`, `-replace=${module}=./${sdk}`];
      await run(go, ["mod", "edit", ...edits], { cwd: rootFolder, env });
    },
  };
}
