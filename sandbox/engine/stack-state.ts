// A stack's state as a file:// backend keeps it, read without the engine, and put right where a kill cut it off.
import { copyFile, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { unlessMissing } from "./interruption.ts";

interface Deployment {
  readonly resources?: readonly { readonly type: string; readonly outputs?: Readonly<Record<string, unknown>> }[];
  readonly pending_operations?: readonly { readonly resource: { readonly urn: string } }[];
}

/** The URNs of the resources whose creation, update or deletion was begun and neither finished nor given up. */
export async function pendingOperations(stateFolder: string, project: string, stack: string): Promise<string[]> {
  const { pending_operations = [] } = await deployment(stateFolder, project, stack);
  return pending_operations.map(({ resource }) => resource.urn);
}

/** The stack's outputs as of its last `up`; what is secret in them, at any depth, reads `[secret]`. Empty for a stack that is not deployed. */
export async function stackOutputs(
  stateFolder: string,
  project: string,
  stack: string,
): Promise<Readonly<Record<string, unknown>>> {
  const { resources = [] } = await deployment(stateFolder, project, stack);
  const outputs = resources.find(({ type }) => type === "pulumi:pulumi:Stack")?.outputs ?? {};
  return masked(outputs) as Record<string, unknown>;
}

/** How a state marks a value of a special kind, and the mark of a secret (pulumi/pulumi, sdk/go/common/resource/sig). */
const specialKey = "4dabf18193072939515e22adb298388d";
const secretMark = "1b47061264138c4ac30d75fd1eb44270";

function masked(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(masked);
  if (typeof value !== "object" || value === null) return value;
  if (specialKey in value && value[specialKey] === secretMark) return "[secret]";
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, masked(inner)]));
}

/**
 * A kill can cut off what the engine was writing, and then no command reads the stack any more: the stack's file, of which the engine keeps the one
 * before as `.bak`, or the note of its content type beside it (`.attrs`), which may be missing.
 *
 * @returns whether something was cut off, and is now as it was one step before
 */
export async function restoreCutOffState(stateFolder: string, project: string, stack: string): Promise<boolean> {
  const file = stackFile(stateFolder, project, stack);
  const [isCutOff, isNoteCutOff] = await Promise.all([file, `${file}.attrs`].map(async (one) => (await isWhole(one)) === false)); // prettier-ignore
  if (isNoteCutOff) await rm(`${file}.attrs`);
  if (isCutOff && (await isWhole(`${file}.bak`))) await copyFile(`${file}.bak`, file);
  else if (isCutOff) await rm(file);
  return isCutOff === true || isNoteCutOff === true;
}

/** Undefined where there is no such file. */
async function isWhole(file: string): Promise<boolean | undefined> {
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

async function deployment(stateFolder: string, project: string, stack: string): Promise<Deployment> {
  const text = await unlessMissing(readFile(stackFile(stateFolder, project, stack), "utf8"));
  if (text === undefined) return {};
  const { checkpoint } = JSON.parse(text) as { checkpoint: { latest?: Deployment | null } };
  return checkpoint.latest ?? {};
}
