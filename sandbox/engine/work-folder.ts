// Copies the project's Pulumi.yaml and the stack's settings into the sandbox's work folder. The engine writes to the
// copies, and an operation's settings are set in them, so no file of the repository changes.
import { readFile } from "node:fs/promises";
import { join, relative } from "node:path";
import { isMap, isNode, parseDocument, visit, type Document } from "yaml";
import { unlessMissing, writePrivateFile } from "../private-file.ts";

export interface WorkFolderOptions {
  /** The folder to write to. It exists. */
  readonly folder: string;
  /** The folder with Pulumi.yaml and Pulumi.<stack>.yaml. The latter may be missing. */
  readonly projectFolder: string;
  /** The absolute path of the program's module. */
  readonly program: string;
  readonly stack: string;
  /** Settings that replace the stack's own, by the keys of its file. A key without a namespace is the project's own. */
  readonly config: Readonly<Record<string, unknown>>;
}

/** The project's name in Pulumi.yaml. */
export async function projectName(projectFolder: string): Promise<string> {
  return (await readProject(projectFolder)).name;
}

/**
 * Writes both files again, but keeps the encryption salt that the engine wrote to an earlier copy: the stack's state
 * needs it.
 *
 * @returns the keys of the settings that were left out because another backend has encrypted them
 */
export async function writeWorkFolder(options: WorkFolderOptions): Promise<string[]> {
  const { folder, projectFolder, program, stack, config } = options;
  const { name, project } = await readProject(projectFolder);
  // The engine starts dynamic providers in the folder of this file.
  project.set("main", relative(folder, program));

  const file = `Pulumi.${stack}.yaml`;
  const settings = (await readYaml(join(projectFolder, file))) ?? parseDocument("{}\n");
  // These belong to another backend or to another key. The engine gives the copy its own.
  for (const key of ["environment", "secretsprovider", "encryptedkey", "encryptionsalt"]) settings.delete(key);
  const encrypted = deleteEncrypted(settings);
  for (const [key, value] of Object.entries(config)) {
    settings.setIn(["config", key.includes(":") ? key : `${name}:${key}`], value);
  }
  const leftOut = encrypted.filter((key) => !settings.hasIn(["config", key]));
  const salt = (await readYaml(join(folder, file)))?.get("encryptionsalt");
  if (salt !== undefined) settings.set("encryptionsalt", salt);

  writePrivateFile(join(folder, "Pulumi.yaml"), project.toString());
  writePrivateFile(join(folder, file), settings.toString());
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
  const text = await unlessMissing(readFile(path, "utf8"));
  if (text === undefined) return undefined;
  const document = parseDocument(text);
  if (document.errors[0] !== undefined) throw new Error(`${path}: ${document.errors[0].message}`);
  return document;
}

/** Deletes each setting that has a `secure:` value, at any depth, and returns their keys. */
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
