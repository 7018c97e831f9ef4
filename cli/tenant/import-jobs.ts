// Auth0's jobs that import users into a database connection (docs, "Bulk User Imports"), as far as they write pictures
// of users who are there.
import { setTimeout as sleep } from "node:timers/promises";
import type { ManagementClient } from "auth0";
import { CommandError } from "../terminal/command-error.ts";
import { explained, TenantCallError } from "./tenant-error.ts";
import { finishedJob } from "./tenant-job.ts";
import type { FinishedJob } from "./tenant-job.ts";
import type { TenantUser, UsersApi } from "./users-api.ts";

/** What Auth0 is told of one user. It finds the user by the address, and leaves alone what is not named here. */
export interface ImportRecord {
  readonly email: string;
  /** Where a record does not say it, the address is not verified any more. */
  readonly email_verified: boolean;
  /** What comes after the `auth0|`, which Auth0 puts before it whatever is there. */
  readonly user_id: string;
  readonly picture: string;
}

/** In bytes of a file; Auth0 takes 500 kB, and the request is a little more than the file. */
export const mostImportBytes = 480_000;

/** So many run at a time in one tenant, others' too. */
export const mostImportJobs = 2;

const idPrefix = "auth0|";

/** Undefined where a job cannot find the user, or would not leave the user as it is. */
export function importRecord(
  { user_id, email, email_verified }: TenantUser,
  picture: string,
): ImportRecord | undefined {
  if (email === undefined || !user_id.startsWith(idPrefix)) return undefined;
  return { email, email_verified: email_verified ?? false, user_id: user_id.slice(idPrefix.length), picture };
}

export interface ImportJobs {
  /**
   * Waits until the tenant has room for a job. Returns its id.
   *
   * @param onWait is told when it waits, and when it does not any more
   */
  begin(records: readonly ImportRecord[], onWait: (isWaiting: boolean) => void): Promise<string>;
  /**
   * Waits for its end. Returns what went wrong with which user, by the id; undefined for a job that Auth0 has
   * forgotten, as it does after a day.
   */
  failuresOf(job: string, userIds: readonly string[]): Promise<ReadonlyMap<string, string> | undefined>;
}

export interface ImportJobsOptions {
  readonly management: ManagementClient;
  readonly users: Pick<UsersApi, "findUsers" | "getUser">;
  readonly connectionId: string;
  readonly signal: AbortSignal;
}

/** In milliseconds: until a job is tried again for which there is no room; and in all. */
const pause = { first: 500, longest: 15_000, factor: 1.5 };
const longestWait = 6 * 60 * 60_000;

export function openImportJobs({ management, users, connectionId, signal }: ImportJobsOptions): ImportJobs {
  const call = <T>(answer: PromiseLike<T>): Promise<T> => explained(answer, signal);

  /** Undefined where there is no room. */
  async function tryBegin(records: readonly ImportRecord[]): Promise<string | undefined> {
    const file = new File([JSON.stringify(records)], "users.json", { type: "application/json" });
    const asked = { users: file, connection_id: connectionId, upsert: true, send_completion_email: false };
    try {
      return (await call(management.jobs.usersImports.create(asked))).id;
    } catch (error) {
      if (error instanceof TenantCallError && error.status === 429) return undefined;
      throw error;
    }
  }

  async function get(job: string): Promise<FinishedJob | undefined> {
    try {
      return await finishedJob(() => call(management.jobs.get(job)), signal);
    } catch (error) {
      if (error instanceof TenantCallError && error.status === 404) return undefined;
      throw error;
    }
  }

  /** Users who were deleted since they were looked up are made anew by a job, and nothing but their age tells. */
  async function madeAnew({ since, count }: { since: string; count: number }, userIds: readonly string[]) {
    const isNew = (user: TenantUser | undefined) =>
      user?.created_at !== undefined && Date.parse(user.created_at) >= Date.parse(since);
    const found = await users.findUsers(userIds);
    const made = new Set<string>();
    // The search can be behind: it does not know the new ones, or still the old ones.
    for (const id of userIds) if (isNew(found.get(id) ?? (await users.getUser(id)))) made.add(id);
    for (const id of userIds) if (made.size < count && !made.has(id) && isNew(await users.getUser(id))) made.add(id);
    return made;
  }

  return {
    async begin(records, onWait) {
      const until = performance.now() + longestWait;
      let isWaiting = false;
      try {
        for (let delay = pause.first; ; delay = Math.min(pause.longest, delay * pause.factor)) {
          signal.throwIfAborted();
          const id = await tryBegin(records);
          if (id !== undefined) return id;
          if (performance.now() > until)
            throw new CommandError(
              `The tenant has had no room for an import job for hours: ${mostImportJobs} others are running. ` +
                `Run the command again when they have ended.`,
            );
          if (!isWaiting) onWait((isWaiting = true));
          await sleep(delay, undefined, { signal });
        }
      } finally {
        if (isWaiting) onWait(false);
      }
    },
    async failuresOf(job, userIds) {
      const ended = await get(job);
      if (ended === undefined) return undefined;
      const { status, status_details, summary, created_at } = ended;
      if (status !== "completed") {
        const details = status_details === undefined ? "" : `: ${status_details}`;
        const reason = `Auth0's import job ${job} ${status}${details}.`;
        return new Map(userIds.map((id) => [id, reason]));
      }
      const failures = new Map<string, string>();
      const errors: unknown = (summary?.failed ?? 1) > 0 ? await call(management.jobs.errors.get(job)) : [];
      for (const error of Array.isArray(errors) ? (errors as JobError[]) : []) {
        const { user_id } = error.user ?? {};
        if (typeof user_id === "string") failures.set(idPrefix + user_id, describeErrors(job, error));
      }
      const count = summary?.inserted ?? 0;
      if (count > 0 && created_at !== undefined)
        for (const id of await madeAnew({ since: created_at, count }, userIds)) failures.set(id, madeAnewReason);
      return failures;
    },
  };
}

interface JobError {
  readonly user?: { readonly user_id?: unknown };
  readonly errors?: readonly { readonly code?: unknown; readonly message?: unknown }[];
}

const describeErrors = (job: string, { errors = [] }: JobError) =>
  `Auth0's import job ${job} refused it: ` +
  (errors.map(({ code, message }) => `${String(message)} (${String(code)})`).join("; ") || "it does not say why");

const madeAnewReason =
  "The user was deleted while the import ran, and Auth0's import job made a new account with the same id and " +
  "address, without a password. Delete it in Auth0's dashboard.";
