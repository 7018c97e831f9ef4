// A folder of its own for tables and pictures; and all rows that are read from it.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ImportRow } from "../../../cli/import/import-row.ts";
import { openImportSource } from "../../../cli/import/import-source.ts";
import type { ImportSourceOptions } from "../../../cli/import/import-source.ts";

export interface TableFolder {
  readonly folder: string;
  /** Returns its path. */
  write(name: string, content: string | Uint8Array): string;
  remove(): void;
}

export function openTableFolder(): TableFolder {
  const folder = mkdtempSync(join(tmpdir(), "import-"));
  return {
    folder,
    write(name, content) {
      const path = join(folder, name);
      writeFileSync(path, content);
      return path;
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

export async function readAll(path: string, options?: ImportSourceOptions): Promise<ImportRow[]> {
  const source = await openImportSource(path, options);
  const rows: ImportRow[] = [];
  for await (const row of source.rows()) rows.push(row);
  if (rows.length !== source.total) throw new Error(`${rows.length} rows were read, and ${source.total} announced.`);
  return rows;
}
