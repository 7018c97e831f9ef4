// The bytes of assets and archives, which the engine gives a provider as paths and hashes.
import { hash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { isArchive, isAsset } from "./protocol.ts";
import type { Asset } from "./protocol.ts";

/**
 * A file that has changed since the engine hashed it is refused.
 *
 * @param property that has the asset, for an error
 */
export async function assetContent(asset: unknown, property: string): Promise<Uint8Array> {
  if (!isAsset(asset)) throw new Error(`${property}: the sandbox's stand-in takes a FileAsset or a StringAsset`);
  const bytes = await read(asset, property);
  if (asset.hash && asset.hash !== hash("sha256", bytes))
    throw new Error(`${property}: ${asset.path ?? "the asset"} changed while it was deployed`);
  return bytes;
}

/** The files of an archive that is given as assets, by their names in it. */
export async function archiveContent(archive: unknown, property: string): Promise<Record<string, Uint8Array>> {
  if (!isArchive(archive) || archive.assets === undefined)
    throw new Error(`${property}: the sandbox's stand-in takes an AssetArchive`);
  const files = Object.entries(archive.assets).map(
    async ([name, asset]) => [name, await assetContent(asset, `${property}["${name}"]`)] as const,
  );
  return Object.fromEntries(await Promise.all(files));
}

async function read({ path, text, uri }: Asset, property: string): Promise<Uint8Array> {
  if (path) return readFile(resolve(path));
  if (uri) throw new Error(`${property}: the sandbox fetches nothing, so not ${uri} either`);
  return Buffer.from(text ?? "");
}
