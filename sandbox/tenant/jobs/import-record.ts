// Which records an import job takes (docs, "Bulk User Import Database Schema and Examples"), and what it says of
// others: with the codes of "Bulk User Imports", in the words that are seen in answers of live tenants.
import { isObject } from "../../json.ts";
import type { JsonObject } from "../tenant-state.ts";

export interface RecordError {
  readonly code: string;
  readonly message: string;
  readonly path?: string;
}

/** A record that the schema takes. */
export interface UserRecord {
  readonly email: string;
  readonly email_verified?: boolean;
  readonly user_id?: string;
  readonly given_name?: string;
  readonly family_name?: string;
  readonly name?: string;
  readonly nickname?: string;
  readonly picture?: string;
  readonly app_metadata?: JsonObject;
  readonly user_metadata?: JsonObject;
}

type TypeName = "string" | "boolean" | "object" | "array";

const types: Readonly<Record<string, TypeName>> = {
  ...{ email: "string", email_verified: "boolean", user_id: "string" },
  ...{ given_name: "string", family_name: "string", name: "string", nickname: "string", picture: "string" },
  ...{ app_metadata: "object", user_metadata: "object" },
  // There are no passwords here.
  ...{ password_hash: "string", custom_password_hash: "object" },
};

/** Auth0 takes these. A record that has one is refused, because nothing here would keep it. */
const notSimulated = new Set(["username", "blocked", "mfa_factors"]);

/** The same page, "App metadata". */
const refusedInAppMetadata = new Set([
  ...["__tenant", "_id", "blocked", "clientID", "created_at", "email_verified", "email", "globalClientID"],
  ...["global_client_id", "identities", "lastIP", "lastLogin", "loginsCount", "metadata"],
  ...["multifactor_last_modified", "multifactor", "updated_at", "user_id"],
]);

/** What is wrong with the record; nothing if it is a `UserRecord`. */
export function errorsOfRecord(record: unknown): RecordError[] {
  if (!isObject(record)) {
    return [{ code: "INVALID_TYPE", message: `Expected type object but found type ${typeOf(record)}` }];
  }
  const errors: RecordError[] = [];
  const refuse = (path: string, code: string, message: string) =>
    void errors.push({ code, message: `Error in ${path} property - ${message}`, path });
  for (const [name, value] of Object.entries(record)) {
    const type = Object.hasOwn(types, name) ? types[name] : undefined;
    if (notSimulated.has(name)) refuse(name, "NOT_PASSED", "The sandbox does not simulate it");
    else if (type === undefined) {
      refuse(name, "OBJECT_ADDITIONAL_PROPERTIES", `Additional properties not allowed: ${name}`);
    } else if (typeOf(value) !== type) {
      refuse(name, "INVALID_TYPE", `Expected type ${type} but found type ${typeOf(value)}`);
    }
  }
  const { email, app_metadata, user_metadata } = record;
  if (email === undefined) refuse("email", "OBJECT_REQUIRED", "Missing required property: email");
  else if (typeof email === "string" && !/^[^@\s]+@[^@\s]+$/.test(email)) {
    refuse("email", "FORMAT", `Object didn't pass validation for format email: ${email}`);
  }
  for (const [path, metadata] of Object.entries({ app_metadata, user_metadata })) {
    for (const name of isObject(metadata) ? Object.keys(metadata) : []) {
      // Docs, "Metadata Field Names and Data Types".
      if (/[.$]/.test(name)) refuse(`${path}.${name}`, "PATTERN", `String does not match pattern ^[^.$]*$: ${name}`);
      else if (path === "app_metadata" && refusedInAppMetadata.has(name)) {
        refuse(`${path}.${name}`, "NOT_PASSED", 'Data matched schema from "not"');
      }
    }
  }
  return errors;
}

function typeOf(value: unknown): string {
  if (value === null) return "null";
  return Array.isArray(value) ? "array" : typeof value;
}

/** The record as the job's errors show it (docs, "Bulk User Imports": hashes of passwords are redacted). */
export function redacted(record: unknown): unknown {
  if (!isObject(record)) return record;
  const { password_hash: hash, custom_password_hash: custom, ...others } = record;
  return {
    ...others,
    ...(hash !== undefined && { password_hash: "*****" }),
    ...(custom !== undefined && {
      custom_password_hash: isObject(custom) ? { ...custom, hash: { value: "*****" } } : "*****",
    }),
  };
}
