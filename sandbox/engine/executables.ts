// Finds programs of the user's own.
import { access, constants, realpath, stat } from "node:fs/promises";
import { delimiter, join, sep } from "node:path";

/**
 * The executable files of this name in the folders of `env.PATH`, each once, as absolute paths. What npm has installed
 * does not count: npm puts its `node_modules/.bin` folders first, and its `pulumi` is no CLI, but an installer of one.
 */
export async function findOnPath(name: string, env: NodeJS.ProcessEnv): Promise<string[]> {
  /** By the file to which links lead. */
  const found = new Map<string, string>();
  for (const folder of (env["PATH"] ?? "").split(delimiter)) {
    // An empty or relative entry means the current folder: a command in it is not trusted.
    if (!folder.startsWith("/")) continue;
    const path = join(folder, name);
    if (!(await isExecutable(path))) continue;
    const file = await realpath(path);
    const isOfNpm = [path, file].some((one) => one.split(sep).includes("node_modules"));
    if (!isOfNpm && !found.has(file)) found.set(file, path);
  }
  return [...found.values()];
}

/** Whether it is a file that can be executed; links are followed. */
export async function isExecutable(path: string): Promise<boolean> {
  try {
    await access(path, constants.X_OK);
    return (await stat(path)).isFile();
  } catch {
    return false;
  }
}
