// The Management API's jobs: exports and imports of users, and where an export's file is.
import { createHmac } from "node:crypto";
import type { FastifyInstance, FastifyRequest } from "fastify";
import { findConnection, isDatabase } from "../connections.ts";
import { ManagementApiError, payloadError } from "../errors.ts";
import { needs, nonEmptyText } from "../requests.ts";
import type { Query } from "../requests.ts";
import { newId } from "../tenant-state.ts";
import type { ExportField, ExportJob, Job, State } from "../tenant-state.ts";
import type { Jobs } from "./jobs.ts";

const connectionId = "^con_[A-Za-z0-9]{16}$";
const exportSchema = {
  type: "object",
  additionalProperties: false,
  properties: {
    connection_id: { type: "string", pattern: connectionId },
    format: { enum: ["json", "csv"] },
    limit: { type: "integer", minimum: 1 },
    fields: {
      type: "array",
      items: {
        type: "object",
        additionalProperties: false,
        required: ["name"],
        properties: { name: nonEmptyText, export_as: nonEmptyText },
      },
    },
  },
};

interface ExportBody {
  connection_id?: string;
  format?: "json" | "csv";
  limit?: number;
  fields?: ExportField[];
}

/** Of the whole body: what live tenants say of a larger one names this number. */
const maxImportBytes = 512_000;
/** More is not even read. */
const maxReadBytes = 16_000_000;

export function registerJobs(api: FastifyInstance, state: State, jobs: Jobs): void {
  const find = (id: string): Job => {
    const job = jobs.find(id);
    if (!job) throw new ManagementApiError(404, "The job does not exist.", "inexistent_job");
    return job;
  };
  const show = (job: Job, host: string): object => {
    const status = jobs.statusOf(job);
    if (job.type === "users_import") {
      const { ends_at: _, times_out: __, outcome: ___, upsert: ____, ...shown } = job;
      return { ...shown, status };
    }
    const { ends_at: _, times_out: __, outcome: ___, secret: ____, ...shown } = job;
    return { ...shown, status, ...(status === "completed" && { location: locationOf(job, host, jobs.now()) }) };
  };
  // Docs, "Bulk User Imports" and the Management API's "Get a job".
  const toRead = { config: { scopes: ["create:users", "read:users"] } };

  // Recording TestJobManager_ExportUsers of go-auth0: 200.
  api.post<{ Body: ExportBody | undefined }>(
    "/jobs/users-exports",
    needs("read:users", exportSchema),
    ({ body = {}, host }) => {
      const { connection_id, format = "json", fields, ...others } = body;
      const connection = connection_id === undefined ? undefined : findConnection(state, connection_id);
      if (format === "csv") requireCsvFields(fields);
      const job = jobs.beginExport({
        ...(connection && { connection_id: connection.id, connection: connection.name }),
        ...{ format, ...others, ...(fields && { fields }), secret: newId(32) },
      });
      return show(job, host);
    },
  );

  api.get<{ Params: { id: string } }>("/jobs/:id", toRead, ({ params, host }) => show(find(params.id), host));

  // What it says of a job that failed as a whole is in the types of the official SDK.
  api.get<{ Params: { id: string } }>("/jobs/:id/errors", toRead, ({ params, host }, reply) => {
    const job = find(params.id);
    if (jobs.statusOf(job) === "failed") return show(job, host);
    const errors = job.type === "users_import" ? jobs.errorsOf(job) : [];
    return errors.length > 0 ? errors : reply.code(204).send();
  });

  void api.register((imports, _options, done) => {
    const asBytes = { parseAs: "buffer" as const, bodyLimit: maxReadBytes };
    imports.addContentTypeParser<Buffer>(
      "multipart/form-data",
      asBytes,
      async (request: FastifyRequest, body: Buffer) => readForm(request, body),
    );
    imports.post("/jobs/users-imports", needs("create:users"), async ({ body, host }, reply) => {
      const { connection_id, users, upsert, external_id } = await readImport(body);
      const connection = findConnection(state, connection_id);
      if (!isDatabase(connection)) {
        const reason = `Users are imported into databases, and ${connection.name} is of ${connection.strategy}`;
        throw new ManagementApiError(400, reason, "operation_not_supported");
      }
      // Docs, "Bulk User Imports", "Concurrent import jobs", where the body has no errorCode.
      if (jobs.activeImports >= 2) {
        const reason =
          "There are 2 active import users jobs, please wait until some of them are finished and try again";
        throw new ManagementApiError(429, reason);
      }
      const job = jobs.beginImport(
        {
          ...{ connection_id, connection: connection.name, upsert },
          ...(external_id !== "" && { external_id }),
        },
        users,
      );
      return reply.code(202).send(show(job, host));
    });
    done();
  });
}

/** Docs, "Bulk Export User Data", "Limits". */
function requireCsvFields(fields: readonly ExportField[] = []): void {
  if (fields.length > 30) throw payloadError("Array is too long, maximum 30 on property fields");
  const whole = fields.find(({ name }) => name === "user_metadata" || name === "app_metadata");
  if (whole) throw payloadError(`CSV has no objects: name a field of ${whole.name} on property fields`);
}

async function readForm({ headers }: Pick<FastifyRequest, "headers">, body: Buffer): Promise<FormData> {
  if (body.length > maxImportBytes) {
    throw new ManagementApiError(413, `Payload content length greater than maximum allowed: ${maxImportBytes}`);
  }
  const form = new Response(new Uint8Array(body), { headers: { "content-type": headers["content-type"] ?? "" } });
  return form.formData().catch(() => {
    throw payloadError("Invalid multipart payload format");
  });
}

async function readImport(body: unknown) {
  if (!(body instanceof FormData)) throw payloadError("Expected a multipart form");
  const text = (name: string) => {
    const value = body.get(name) ?? "";
    if (typeof value !== "string") throw payloadError(`Expected type string but found a file on property ${name}`);
    return value;
  };
  const flag = (name: string, byDefault: boolean) => {
    const value = text(name) || String(byDefault);
    if (value !== "true" && value !== "false") throw payloadError(`Expected type boolean on property ${name}`);
    return value === "true";
  };
  const connection_id = text("connection_id");
  if (!new RegExp(connectionId).test(connection_id)) {
    throw payloadError(`String does not match pattern ${connectionId} on property connection_id`);
  }
  const file = body.get("users");
  if (file === null) throw payloadError("Missing required property: users");
  flag("send_completion_email", true); // Nobody is written to.
  const users = typeof file === "string" ? file : await file.text();
  return { connection_id, users, upsert: flag("upsert", false), external_id: text("external_id") };
}

/** Docs, "Bulk Export User Data": the link is valid for 60 seconds, and a look at the job gives another. */
const validSeconds = 60;

function locationOf(job: ExportJob, host: string, now: number): string {
  const expires = Math.floor(now / 1000) + validSeconds;
  const query = new URLSearchParams({ Expires: String(expires), Signature: signatureOf(job, expires) });
  return `https://${host}/user-exports/${job.id}/localhost.${job.format}.gz?${query.toString()}`;
}

const signatureOf = ({ secret }: ExportJob, expires: number) =>
  createHmac("sha256", secret).update(String(expires)).digest("hex");

/**
 * Where the files of exports are: at Auth0 a bucket, whose links need no token, and whose files are gzipped without
 * saying so in `Content-Encoding`.
 */
export function registerExportFiles(app: FastifyInstance, jobs: Jobs): void {
  app.get<{ Params: { id: string; file: string }; Querystring: Query }>(
    "/user-exports/:id/:file",
    ({ params, query }, reply) => {
      const job = jobs.find(params.id);
      if (job?.type !== "users_export" || job.outcome !== "completed") {
        throw new ManagementApiError(404, "The specified key does not exist.");
      }
      const expires = Number(query["Expires"]);
      if (query["Signature"] !== signatureOf(job, expires)) {
        throw new ManagementApiError(
          403,
          "The request signature we calculated does not match the signature you provided.",
        );
      }
      if (expires * 1000 <= jobs.now()) throw new ManagementApiError(403, "Request has expired");
      return reply.type("application/gzip").send(jobs.resultOf(job));
    },
  );
}
