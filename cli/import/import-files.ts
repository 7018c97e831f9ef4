// Where an import writes beside its pictures, where nothing else is said: its journal, and the report of what failed.
import { basename, dirname, extname, join, resolve } from "node:path";

export interface ImportFiles {
  readonly journal: string;
  readonly report: string;
}

/** Beside the table, or beside the folder: in it, it would be a file to import. */
export function importFiles(source: string): ImportFiles {
  const path = resolve(source);
  const [folder, name] = [dirname(path), basename(path)];
  return { journal: join(folder, `${name}.import.jsonl`), report: join(folder, reportName(name)) };
}

/** `users.failed.csv`; and of what is a report itself, `users.failed-2.csv`. */
function reportName(name: string): string {
  const stem = /^\.(?:csv|tsv|txt|tab)$/i.test(extname(name)) ? name.slice(0, -extname(name).length) : name;
  const [, before = stem, count = "1"] = /^(.*)\.failed(?:-(\d+))?$/.exec(stem) ?? [undefined, stem, "0"];
  const next = Number(count) + 1;
  return `${before}.failed${next > 1 ? `-${next}` : ""}.csv`;
}
