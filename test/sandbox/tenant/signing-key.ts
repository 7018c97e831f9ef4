// The key of the tenants that tests start: to make one takes as long as all else of a tenant's start.
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openSigningKey } from "../../../sandbox/tenant/signing-key.ts";

/** By their names. */
type Files = ReadonlyMap<string, string>;
let made: Promise<Files> | undefined;

/**
 * Gives the folder of a tenant that has not started yet a key, the same as others of this process have: for a test in
 * which no two tenants are told apart by their keys.
 *
 * @returns the folder
 */
export async function withSigningKey(folder: string): Promise<string> {
  const files = await (made ??= makeKey());
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  for (const [name, content] of files) writeFileSync(join(folder, name), content, { mode: 0o600 });
  return folder;
}

async function makeKey(): Promise<Files> {
  const folder = mkdtempSync(join(tmpdir(), "signing-key-"));
  try {
    await openSigningKey(folder);
    return new Map(readdirSync(folder).map((name) => [name, readFileSync(join(folder, name), "utf8")]));
  } finally {
    rmSync(folder, { recursive: true });
  }
}
