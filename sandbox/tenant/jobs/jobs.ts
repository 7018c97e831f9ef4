// The tenant's jobs: each goes on by the clock, whether or not anybody looks, and while the tenant is down. What one
// has to do it does at its end, before whatever request comes next. Its record is a part of the state; its data is in
// files.
import { mkdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { readIfPresent, writePrivateFile } from "../../private-file.ts";
import { newId, removeWhere } from "../tenant-state.ts";
import type { ExportJob, ImportJob, Job, State } from "../tenant-state.ts";
import { exportUsers } from "./export-users.ts";
import { importUsers } from "./import-users.ts";
import type { FailedRecord } from "./import-users.ts";

export interface JobTime {
  /** The clock, in milliseconds since the epoch. @default the machine's */
  readonly now?: () => number;
  /** How long a job takes that begins now. Of more than two hours it fails (docs, "Bulk User Imports"). @default 60 */
  readonly milliseconds?: number;
}

type ExportAsked = Pick<ExportJob, "connection_id" | "connection" | "format" | "limit" | "fields" | "secret">;
type ImportAsked = Pick<ImportJob, "connection_id" | "connection" | "upsert" | "external_id">;

export interface Jobs {
  beginExport(asked: ExportAsked): ExportJob;
  /** @param users the file, as it was sent */
  beginImport(asked: ImportAsked, users: string): ImportJob;
  find(id: string): Job | undefined;
  /** As the Management API says it. */
  statusOf(job: Job): string;
  /** How many imports have not ended. */
  readonly activeImports: number;
  /** The records that an import refused. */
  errorsOf(job: ImportJob): readonly FailedRecord[];
  /** What an export wrote, gzipped. */
  resultOf(job: ExportJob): Uint8Array;
  /** Does what the jobs have to do that have ended since the last call, and forgets those of yesterday. */
  settle(): void;
  readonly now: () => number;
}

const hour = 3_600_000;

/** @param folder the tenant's */
export function openJobs(state: State, folder: string, jobTime: JobTime = {}): Jobs {
  const { now = Date.now } = jobTime;
  const place = join(folder, "jobs");
  const given = (id: string) => join(place, `${id}.users.json`);
  const errors = (id: string) => join(place, `${id}.errors.json`);
  const result = (id: string) => join(place, `${id}.gz`);
  const timeAt = (time: number) => new Date(time).toISOString();

  /** What all jobs have. */
  function begin() {
    const time = now();
    const { milliseconds = 60 } = jobTime;
    mkdirSync(place, { recursive: true, mode: 0o700 });
    return {
      id: `job_${newId(16)}`,
      created_at: timeAt(time),
      // Docs, "Bulk User Imports": a job that takes more than two hours fails.
      ends_at: timeAt(time + Math.min(milliseconds, 2 * hour)),
      ...(milliseconds > 2 * hour && { times_out: true as const }),
    };
  }

  function end(job: Job): void {
    job.outcome = "completed";
    if (job.times_out) job.outcome = "failed";
    else if (job.type === "users_export") writePrivateFile(result(job.id), exportUsers(state.users.all, job));
    else endImport(job);
  }

  function endImport(job: ImportJob): void {
    const done = importUsers(state, job, readFileSync(given(job.id), "utf8"));
    if (done) {
      job.summary = done.summary;
      if (done.failed.length > 0) writePrivateFile(errors(job.id), JSON.stringify(done.failed));
    } else {
      job.outcome = "failed";
      job.status_details = "Failed to parse users file JSON when importing users. Make sure it is valid JSON.";
    }
  }

  return {
    beginExport(asked) {
      const job: ExportJob = { type: "users_export", ...begin(), ...asked };
      state.jobs.push(job);
      return job;
    },
    beginImport(asked, users) {
      const job: ImportJob = { type: "users_import", ...begin(), ...asked };
      writePrivateFile(given(job.id), users);
      state.jobs.push(job);
      return job;
    },
    find: (id) => state.jobs.find((job) => job.id === id),
    statusOf: (job) => job.outcome ?? statusAt(job, now()),
    get activeImports() {
      return state.jobs.filter(({ type, outcome }) => type === "users_import" && outcome === undefined).length;
    },
    errorsOf: ({ id }) => JSON.parse(readIfPresent(errors(id)) ?? "[]") as FailedRecord[],
    resultOf: ({ id }) => readFileSync(result(id)),
    settle() {
      if (state.jobs.length === 0) return;
      const time = timeAt(now());
      const ended = state.jobs.filter(({ outcome, ends_at }) => outcome === undefined && ends_at <= time);
      for (const job of ended.sort((a, b) => (a.ends_at < b.ends_at ? -1 : 1))) end(job);
      // Docs, "Bulk User Imports" and "Bulk Export User Data": all data of a job is deleted after 24 hours.
      const yesterday = timeAt(now() - 24 * hour);
      for (const { id, created_at } of state.jobs) {
        if (created_at > yesterday) continue;
        for (const file of [given(id), errors(id), result(id)]) rmSync(file, { force: true });
      }
      removeWhere(state.jobs, ({ created_at }) => created_at <= yesterday);
    },
    now,
  };
}

function statusAt({ created_at, ends_at }: Job, time: number): string {
  const [begin, end] = [Date.parse(created_at), Date.parse(ends_at)];
  return time - begin < (end - begin) / 3 ? "pending" : "processing";
}
