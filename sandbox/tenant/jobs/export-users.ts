// The file that an export job writes (docs, "Bulk Export User Data"): a line of JSON for each user, or CSV; gzipped.
import { gzipSync } from "node:zlib";
import type { Unchanging } from "../records.ts";
import type { ExportField, ExportJob, User } from "../tenant-state.ts";

/** Those of a job that names none. The titles are as in exports that others have published. */
const defaultFields: readonly ExportField[] = [
  { name: "user_id", export_as: "Id" },
  { name: "given_name", export_as: "Given Name" },
  { name: "family_name", export_as: "Family Name" },
  { name: "nickname", export_as: "Nickname" },
  { name: "name", export_as: "Name" },
  { name: "email", export_as: "Email" },
  { name: "email_verified", export_as: "Email Verified" },
  { name: "picture", export_as: "Picture" },
  { name: "identities[0].connection", export_as: "Connection" },
  { name: "created_at", export_as: "Created At" },
  { name: "updated_at", export_as: "Updated At" },
];

/** Dates that Auth0 writes: CSV has them as they are. */
const dates = new Set(["created_at", "updated_at", "last_login"]);

export function exportUsers(
  users: readonly Unchanging<User>[],
  { connection, format, limit = Infinity, fields = defaultFields }: ExportJob,
): Uint8Array {
  const columns = fields.map(({ name, export_as: title = name }) => ({ name, title, path: pathOf(name) }));
  const isExported = ({ identities }: Unchanging<User>) =>
    connection === undefined || identities.some((identity) => identity.connection === connection);
  const exported = users.filter(isExported).slice(0, limit);
  const lines = exported.map((user) => {
    if (format === "csv") {
      return columns.map(({ name, path }) => csvOf(valueAt(user, path), dates.has(name))).join();
    }
    return JSON.stringify(Object.fromEntries(columns.map(({ title, path }) => [title, valueAt(user, path)])));
  });
  if (format === "csv") lines.unshift(columns.map(({ title }) => quoted(title)).join());
  return gzipSync(lines.map((line) => `${line}\n`).join(""));
}

/** Of `identities[0].connection`: `identities`, `0`, `connection`. */
const pathOf = (name: string) => name.split(/[.[\]]+/).filter((part) => part !== "");

function valueAt(value: unknown, path: readonly string[]): unknown {
  let found = value;
  for (const name of path) {
    if (typeof found !== "object" || found === null || !Object.hasOwn(found, name)) return undefined;
    found = (found as Record<string, unknown>)[name];
  }
  return found;
}

/** The same page: a text begins with a single quote, so that no spreadsheet takes it for a formula. */
function csvOf(value: unknown, isDate: boolean): string {
  if (value === undefined || value === null) return "";
  const text = typeof value === "string" ? value : JSON.stringify(value);
  return isDate || typeof value === "number" || typeof value === "boolean" ? text : quoted(`'${text}`);
}

const quoted = (text: string) => `"${text.replaceAll('"', '""')}"`;
