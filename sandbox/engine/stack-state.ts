// A stack's state in a file:// backend: read without the engine, and restored if a kill has left a file incomplete.
import { access, copyFile, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { isObject } from "../json.ts";
import { unlessMissing } from "../private-file.ts";
import { secretSignature, signatureKey } from "./special-values.ts";

interface Deployment {
  readonly resources?: readonly { readonly type: string; readonly outputs?: Readonly<Record<string, unknown>> }[];
  readonly pending_operations?: readonly { readonly resource: { readonly urn: string } }[];
}

/** Whether the state has this stack, deployed or not. */
export async function isInState(stateFolder: string, project: string, stack: string): Promise<boolean> {
  return (await unlessMissing(access(stackFile(stateFolder, project, stack)).then(() => true))) ?? false;
}

/** The URNs of the resources whose creation, update or deletion has begun and neither succeeded nor failed. */
export async function pendingOperations(stateFolder: string, project: string, stack: string): Promise<string[]> {
  const { pending_operations = [] } = await readDeployment(stateFolder, project, stack);
  return pending_operations.map(({ resource }) => resource.urn);
}

/** The stack's outputs since the last `up`; none if it is not deployed. A secret, at any depth, reads `[secret]`. */
export async function stackOutputs(
  stateFolder: string,
  project: string,
  stack: string,
): Promise<Readonly<Record<string, unknown>>> {
  const { resources = [] } = await readDeployment(stateFolder, project, stack);
  const outputs = resources.find(({ type }) => type === "pulumi:pulumi:Stack")?.outputs ?? {};
  return masked(outputs) as Record<string, unknown>;
}

function masked(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(masked);
  if (!isObject(value)) return value;
  if (value[signatureKey] === secretSignature) return "[secret]";
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, masked(inner)]));
}

/**
 * Restores the files of a stack's state. A kill can leave a file incomplete that the engine was writing, and then no
 * command can read the stack any more. It is the state itself, whose previous version the engine keeps as `.bak`, or
 * the file with its content type (`.attrs`), which may be missing.
 *
 * @returns whether a file was incomplete; then the state is now the one before the engine's last step
 */
export async function restoreIncompleteState(stateFolder: string, project: string, stack: string): Promise<boolean> {
  const file = stackFile(stateFolder, project, stack);
  const [backup, attributes] = [`${file}.bak`, `${file}.attrs`];
  const isStateIncomplete = (await isComplete(file)) === false;
  const areAttributesIncomplete = (await isComplete(attributes)) === false;
  if (areAttributesIncomplete) await rm(attributes);
  if (isStateIncomplete && (await isComplete(backup))) await copyFile(backup, file);
  else if (isStateIncomplete) await rm(file);
  return isStateIncomplete || areAttributesIncomplete;
}

/** Whether a file of JSON is complete; undefined if there is no such file. */
async function isComplete(file: string): Promise<boolean | undefined> {
  const text = await unlessMissing(readFile(file, "utf8"));
  if (text === undefined) return undefined;
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

const stackFile = (stateFolder: string, project: string, stack: string) =>
  join(stateFolder, ".pulumi", "stacks", project, `${stack}.json`);

async function readDeployment(stateFolder: string, project: string, stack: string): Promise<Deployment> {
  const text = await unlessMissing(readFile(stackFile(stateFolder, project, stack), "utf8"));
  if (text === undefined) return {};
  const { checkpoint } = JSON.parse(text) as { checkpoint: { latest?: Deployment | null } };
  return checkpoint.latest ?? {};
}
