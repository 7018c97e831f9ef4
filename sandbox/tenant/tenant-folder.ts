// Where a tenant keeps what it has: in a folder that no other sandbox uses, which can be a temporary one.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { lockFolder } from "../folder-lock.ts";

export interface TenantFolder {
  readonly folder: string;
  /** Leaves the folder to others; a temporary one is removed. */
  readonly close: () => Promise<void>;
}

/**
 * @param given without one, a temporary folder is made
 * @throws Error if a tenant that is running has the folder
 */
export async function openFolder(given: string | undefined): Promise<TenantFolder> {
  if (given === undefined) {
    const folder = await mkdtemp(join(tmpdir(), "auth0-tenant-sandbox-"));
    return { folder, close: () => rm(folder, { recursive: true, force: true }) };
  }
  const lock = lockFolder(given);
  return { folder: given, close: () => lock.close() };
}
