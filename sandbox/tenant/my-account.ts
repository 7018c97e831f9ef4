// The profile part of the My Account API, which is a Beta that Auth0 switches on for a tenant: a user reads and changes
// their own profile with their own access token (Auth0 docs, My Account API, "Get the authenticated user's profile" and
// "Update the authenticated user's profile"; the forms of errors and of the policy also in Auth0.swift's tests).
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { isObject } from "../json.ts";
import { ownsRootAttributes } from "./connections.ts";
import { bearerToken } from "./requests.ts";
import type { SigningKey } from "./signing-key.ts";
import { now, rootAttributes } from "./tenant-state.ts";
import type { JsonObject, State, User } from "./tenant-state.ts";
import { mergeMetadata } from "./users.ts";

export interface MyAccountOptions {
  readonly state: State;
  readonly signingKey: SigningKey;
  /** `https://localhost:PORT/` */
  readonly issuer: () => string;
}

interface ValidationError {
  readonly detail: string;
  /** The field as a JSON pointer. */
  readonly pointer?: string;
  readonly source?: string;
}

/** The response's body is a problem (RFC 7807): `{ type, status, title, detail, validation_errors? }`. */
class MyAccountError extends Error {
  readonly status: number;
  readonly code: string;
  readonly title: string;
  readonly validationErrors: readonly ValidationError[] | undefined;

  constructor(code: string, title: string, detail: string, validationErrors?: readonly ValidationError[]) {
    super(detail);
    this.status = Number(code.slice(0, 3));
    this.code = code;
    this.title = title;
    this.validationErrors = validationErrors;
  }
}

const unauthorized = () => new MyAccountError("401-0001", "Unauthorized", "Missing or invalid token.");

/** Whether a user may change a field themselves, and who does otherwise. */
interface FieldPolicy {
  readonly access: "read_only" | "read_write";
  readonly source: "user" | "idp" | "system";
  readonly reason?: string;
}

type Profile = Partial<Omit<User, "identities" | "app_metadata" | "logins_count" | "last_login">> & {
  profile_policy?: Record<string, FieldPolicy>;
};

/** The longest text of each field. */
const lengths = { given_name: 150, family_name: 150, name: 300, nickname: 300, picture: 2048 };
const fieldNames = [
  ...["given_name", "family_name", "name", "nickname", "picture", "email", "email_verified", "phone_number"],
  ...["phone_verified", "username", "user_metadata", "created_at", "updated_at", "user_id", "profile_policy"],
];

export function registerMyAccount(app: FastifyInstance, options: MyAccountOptions): void {
  const { state } = options;
  const errorHandler = (error: FastifyError | MyAccountError, _request: FastifyRequest, reply: FastifyReply) => {
    const { status, code, title, message, validationErrors } = asProblem(error);
    const type = `https://auth0.com/api-errors/A0E-${code}`;
    const details = validationErrors && { validation_errors: validationErrors };
    void reply.code(status).send({ type, status, title, detail: message, ...details });
  };
  const route = { errorHandler, config: { cors: true } };

  app.get<{ Querystring: JsonObject }>("/me/v1/profile", route, async (request) => {
    const user = await requireUser(request, options, "read:me:profile");
    return selected(profileOf(state, user), request.query);
  });

  app.patch("/me/v1/profile", route, async (request) => {
    const user = await requireUser(request, options, "update:me:profile");
    const change = checkChange(request.body === undefined ? {} : request.body, policyOf(state, user));
    const { user_metadata, ...attributes } = change;
    Object.assign(user, attributes);
    if (user_metadata) user.user_metadata = mergeMetadata(user.user_metadata, user_metadata);
    if (Object.keys(change).length > 0) user.updated_at = now();
    return profileOf(state, user);
  });
}

/** What is no problem of this API's own: a body that cannot be read, or a fault of ours. */
function asProblem(error: FastifyError | MyAccountError): MyAccountError {
  if (error instanceof MyAccountError) return error;
  const { statusCode = 500, message } = error;
  if (statusCode >= 500) return new MyAccountError("500-0001", "Internal Server Error", message);
  return new MyAccountError(`${statusCode}-0001`, statusCode === 400 ? "Bad Request" : error.name, message);
}

async function requireUser(
  { headers }: FastifyRequest,
  { state, signingKey, issuer }: MyAccountOptions,
  needed: string,
): Promise<User> {
  const expected = { issuer: issuer(), audience: `${issuer()}me/` };
  const { sub = "", scope } = await signingKey.verify(bearerToken(headers) ?? "", expected).catch(() => {
    throw unauthorized();
  });
  if (state.hasMyAccountProfile !== true) {
    throw new MyAccountError("404-0001", "Not Found", "The profile endpoint is not enabled.");
  }
  if (typeof scope !== "string" || !scope.split(" ").includes(needed)) {
    throw new MyAccountError("403-0002", "insufficient_scope", `Token lacks required scope: ${needed}`);
  }
  const user = state.users.get(sub);
  if (!user) throw unauthorized();
  return user;
}

function profileOf(state: State, user: User): Profile {
  const { user_id, given_name, family_name, name, nickname, picture, email, email_verified } = user;
  const { created_at, updated_at, user_metadata } = user;
  const profile = {
    ...{ user_id, given_name, family_name, name, nickname, picture, email, email_verified },
    ...{ created_at, updated_at, user_metadata, profile_policy: policyOf(state, user) },
  };
  return Object.fromEntries(Object.entries(profile).filter(([, value]) => value !== undefined));
}

/** By JSON pointer. Root attributes are the identity provider's as long as it writes them at each login. */
function policyOf({ connections }: State, { identities: [identity] }: User): Record<string, FieldPolicy> {
  const connection = connections.find(({ name }) => name === identity?.connection);
  const isOwn = !connection || ownsRootAttributes(connection);
  const users: FieldPolicy = { access: "read_write", source: "user" };
  const providers: FieldPolicy = { access: "read_only", source: "idp", reason: "managed_by_identity_provider" };
  const identifier: FieldPolicy = {
    access: "read_only",
    source: isOwn ? "user" : "idp",
    reason: "managed_via_me_identifiers",
  };
  const system: FieldPolicy = { access: "read_only", source: "system", reason: "system_field" };
  return {
    ...Object.fromEntries(rootAttributes.map((name) => [`/${name}`, isOwn ? users : providers])),
    ...{ "/email": identifier, "/email_verified": identifier },
    ...{ "/created_at": system, "/updated_at": system, "/user_metadata": users },
  };
}

type Change = Partial<Record<keyof typeof lengths, string>> & { user_metadata?: JsonObject };

/** All or nothing: @throws MyAccountError with all that is wrong */
function checkChange(body: unknown, policy: Record<string, FieldPolicy>): Change {
  if (!isObject(body)) throw invalid([{ detail: "must be object", pointer: "" }]);
  const faults = Object.entries(body).flatMap(([name, value]) => {
    const pointer = `/${name.replaceAll("~", "~0").replaceAll("/", "~1")}`;
    if (policy[pointer]?.access === "read_only") return [];
    return faultOf(name, value).map((detail) => ({ detail, pointer }));
  });
  if (faults.length > 0) throw invalid(faults);
  const refused = Object.keys(body).flatMap((name) => {
    const { access, reason = "" } = policy[`/${name}`] ?? {};
    const detail =
      reason === "managed_by_identity_provider" ? "Field is managed by the identity provider." : "Field is read-only.";
    return access === "read_only" ? [{ detail, pointer: `/${name}`, source: reason }] : [];
  });
  const [first] = refused;
  if (first) {
    throw new MyAccountError("400-0008", "read_only_field", `The field '${first.pointer}' is read-only.`, refused);
  }
  return body;
}

const invalid = (faults: readonly ValidationError[]) =>
  new MyAccountError("400-0003", "validation_error", "Invalid request.", faults);

function faultOf(name: string, value: unknown): string[] {
  if (name === "user_metadata") {
    if (!isObject(value)) return ["must be object"];
    // Auth0 docs, "Metadata Field Names and Data Types".
    return Object.keys(value).some((key) => /[.$]/.test(key))
      ? ["must not have names with a dot or a dollar sign"]
      : [];
  }
  if (!Object.hasOwn(lengths, name)) return ["must NOT have additional properties"];
  if (typeof value !== "string") return ["must be string"];
  const longest = lengths[name as keyof typeof lengths];
  if ([...value].length > longest) return [`must NOT have more than ${longest} characters`];
  if (name !== "picture") return /\S/.test(value) ? [] : [String.raw`must match pattern "\S"`];
  return value.startsWith("https://") && URL.canParse(value) ? [] : [`must be a URI that matches pattern "^https://"`];
}

/** By `fields` and `include_fields`. */
function selected(profile: Profile, { fields, include_fields = "true" }: JsonObject): object {
  const faults: ValidationError[] = [];
  const named = typeof fields === "string" && fields !== "" ? fields.split(",") : undefined;
  if (fields !== undefined && typeof fields !== "string") faults.push({ detail: "fields must be one list" });
  const unknown = named?.find((name) => !fieldNames.includes(name));
  if (unknown !== undefined) faults.push({ detail: `fields has no ${unknown}` });
  if (include_fields !== "true" && include_fields !== "false") faults.push({ detail: "include_fields is no boolean" });
  if (faults.length > 0) throw invalid(faults);
  if (!named) return profile;
  return Object.fromEntries(
    Object.entries(profile).filter(([name]) => named.includes(name) === (include_fields === "true")),
  );
}
