// Copies the project's Pulumi.yaml and the stack's settings into the sandbox's work folder, so that what the engine writes into them and
// what an operation overrides never changes a file of the repository.
import { readFile, rename, writeFile } from "node:fs/promises";
import { join, relative } from "node:path";
import { isMap, isNode, parseDocument, visit, type Document } from "yaml";

export interface WorkFolderOptions {
  /** The folder to write into; it exists. */
  readonly folder: string;
  /** Where Pulumi.yaml and Pulumi.<stack>.yaml are. The latter may be missing. */
  readonly projectFolder: string;
  /** Absolute path of the program's module. */
  readonly program: string;
  readonly stack: string;
  /** Plain settings that stand in for those of the stack, keyed as in its file; a key without a namespace is the project's own. */
  readonly config: Readonly<Record<string, unknown>>;
}

/** The project's name, by Pulumi.yaml. */
export async function projectName(projectFolder: string): Promise<string> {
  return (await readProject(projectFolder)).name;
}

/**
 * Writes both files anew, but keeps the encryption salt that the engine wrote into an earlier copy: the stack's state needs it.
 *
 * @returns The settings that were left out because another backend has encrypted them.
 */
export async function writeWorkFolder(options: WorkFolderOptions): Promise<string[]> {
  const { folder, projectFolder, program, stack, config } = options;
  const { name, project } = await readProject(projectFolder);
  // The engine starts dynamic providers in the folder of this file.
  project.set("main", relative(folder, program));

  const file = `Pulumi.${stack}.yaml`;
  const settings = (await readYaml(join(projectFolder, file))) ?? parseDocument("{}\n");
  // What belongs to a backend of Pulumi's or to another key: the engine gives the copy its own.
  for (const key of ["environment", "secretsprovider", "encryptedkey", "encryptionsalt"]) settings.delete(key);
  const encrypted = deleteEncrypted(settings);
  for (const [key, value] of Object.entries(config)) {
    settings.setIn(["config", key.includes(":") ? key : `${name}:${key}`], value);
  }
  const leftOut = encrypted.filter((key) => !settings.hasIn(["config", key]));
  const salt = (await readYaml(join(folder, file)))?.get("encryptionsalt");
  if (salt !== undefined) settings.set("encryptionsalt", salt);

  await replaceFile(join(folder, "Pulumi.yaml"), project.toString());
  await replaceFile(join(folder, file), settings.toString());
  return leftOut;
}

async function readProject(folder: string): Promise<{ name: string; project: Document }> {
  const file = join(folder, "Pulumi.yaml");
  const project = await readYaml(file);
  const name = project?.get("name");
  if (project === undefined || typeof name !== "string") throw new Error(`${file} is missing or has no name.`);
  return { name, project };
}

async function readYaml(path: string): Promise<Document | undefined> {
  let text;
  try {
    text = await readFile(path, "utf8");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    throw error;
  }
  const document = parseDocument(text);
  if (document.errors[0] !== undefined) throw new Error(`${path}: ${document.errors[0].message}`);
  return document;
}

/** Deletes each setting that holds a `secure:` value, at any depth. */
function deleteEncrypted(settings: Document): string[] {
  const config = settings.get("config");
  if (!isMap(config)) return [];
  const encrypted = config.items.filter(({ value }) => {
    const secure: unknown[] = [];
    if (isNode(value)) visit(value, { Map: (_, map) => void (map.has("secure") && secure.push(map)) });
    return secure.length > 0;
  });
  for (const { key } of encrypted) config.delete(key);
  return encrypted.map(({ key }) => String(key));
}

/** A reader, or a run after one that was killed, finds the old text or the new one. It may hold settings' values: only for the user. */
async function replaceFile(path: string, text: string): Promise<void> {
  await writeFile(`${path}.new`, text, { mode: 0o600 });
  await rename(`${path}.new`, path);
}
