// The language hosts that the engine attaches to: of Node, for programs and for plugins, and of what else is there.
import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { goHost } from "./go-host.ts";
import { serveLanguage } from "./language-host.ts";
import type { LanguageHost } from "./language-host.ts";
import type { LanguageTools } from "./language-tools.ts";
import { nodeHost } from "./node-host.ts";
import { pythonHost } from "./python-host.ts";

const run = promisify(execFile);

export interface LanguagesOptions {
  /** What programs get. A plugin gets the engine's own. */
  readonly environment: Readonly<Record<string, string>>;
  /** Where the engine runs: the program's. */
  readonly engineFolder: string;
  /** A folder for what is built. */
  readonly folder: string;
  readonly tools?: LanguageTools;
}

export interface ServedLanguages {
  /** The value of PULUMI_DEBUG_LANGUAGES: `nodejs:PORT,python:PORT,go:PORT`. */
  readonly attach: string;
  close(): void;
}

export async function serveLanguages(options: LanguagesOptions): Promise<ServedLanguages> {
  const { environment, engineFolder, folder, tools = { missing: {} } } = options;
  const { go, python, generateSdk } = tools;
  const hosts: LanguageHost[] = [nodeHost(environment, engineFolder)];
  if (generateSdk !== undefined) {
    const generatorOf = (language: string) => async (request: { schema: string; folder: string }) => {
      const temporary = await mkdtemp(join(folder, "schema-"));
      await writeFile(join(temporary, "schema.json"), request.schema);
      await run(generateSdk, [join(temporary, "schema.json"), language, request.folder]);
      await rm(temporary, { recursive: true });
    };
    if (python !== undefined) {
      hosts.push(pythonHost(environment, { python, generatePackage: generatorOf("python") }));
    }
    if (go !== undefined) {
      const binary = join(folder, "program");
      const caches = await goCaches(go);
      hosts.push(goHost(environment, { go, caches, binary, generatePackage: generatorOf("go") }));
    }
  }
  const served = await Promise.all(hosts.map(serveLanguage));
  return { attach: served.map(({ attach }) => attach).join(","), close: () => served.forEach((one) => one.close()) };
}

/** Where the user's own Go keeps what it has downloaded and compiled. */
async function goCaches(go: string): Promise<{ GOMODCACHE: string; GOCACHE: string }> {
  const { stdout } = await run(go, ["env", "-json", "GOMODCACHE", "GOCACHE"]);
  return JSON.parse(stdout) as { GOMODCACHE: string; GOCACHE: string };
}
