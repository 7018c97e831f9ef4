// Every user of a tenant, however many: a search ends after 1,000, and an export does not (Auth0 docs, "Bulk User
// Exports"). The file is read as it comes, one user at a time. Its address is valid for a minute and can be asked for
// again for a day, so that what is cut off goes on where it ended.
import { pipeline, Readable } from "node:stream";
import { createGunzip } from "node:zlib";
import type { ManagementClient } from "auth0";
import { CommandError } from "../terminal/command-error.ts";
import { finishedJob } from "./tenant-job.ts";
import { tenantUser, userFields } from "./tenant-user.ts";
import type { TenantUser, UsersApi } from "./users-api.ts";

export interface ExportOptions extends Pick<UsersApi, "findUsers" | "getUser"> {
  readonly management: ManagementClient;
  readonly signal: AbortSignal;
  readonly fetch: typeof fetch;
  /** Puts what the SDK throws in words. */
  readonly call: <T>(answer: PromiseLike<T>) => Promise<T>;
  /** @default every connection */
  readonly connectionId: string | undefined;
}

/** Attempts that bring nothing new, one after the other. */
const mostFailures = 4;
/** In milliseconds: how long nothing may come. */
const longestSilence = 60_000;
/** Users for one search. */
const batchSize = 50;

/**
 * What the export leaves out is asked for by search, 50 users at a time: the profiles of linked identities, where the
 * file has the identities without them.
 *
 * @throws CommandError if Auth0 cannot export, or its file cannot be read
 */
export async function* exportUsers(options: ExportOptions): AsyncGenerator<TenantUser> {
  let incomplete: TenantUser[] = [];
  for await (const user of exportedUsers(options)) {
    if (hasProfiles(user)) {
      yield user;
      continue;
    }
    incomplete.push(user);
    if (incomplete.length < batchSize) continue;
    yield* withProfiles(options, incomplete);
    incomplete = [];
  }
  yield* withProfiles(options, incomplete);
}

const hasProfiles = ({ identities = [] }: TenantUser) =>
  identities.slice(1).every(({ profileData }) => profileData !== undefined);

async function* withProfiles({ findUsers, getUser }: ExportOptions, users: readonly TenantUser[]) {
  if (users.length === 0) return;
  const found = await findUsers(users.map(({ user_id }) => user_id));
  for (const user of users) {
    const searched = found.get(user.user_id);
    // The search can be behind.
    const isCurrent =
      searched !== undefined && hasProfiles(searched) && searched.identities?.length === user.identities?.length;
    const known = isCurrent ? searched : await getUser(user.user_id);
    yield known?.identities === undefined ? user : { ...user, identities: known.identities };
  }
}

async function* exportedUsers(options: ExportOptions): AsyncGenerator<TenantUser> {
  const { management, signal, call, connectionId } = options;
  const asked = {
    ...{ format: "json" as const, fields: userFields.map((name) => ({ name })) },
    ...(connectionId !== undefined && { connection_id: connectionId }),
  };
  const { id } = await call(management.jobs.usersExports.create(asked));
  let done = 0;
  for (let failures = 0; ;) {
    const location = locationOf(await finishedJob(() => call(management.jobs.get(id)), signal));
    const before = done;
    try {
      let line = 0;
      for await (const user of usersIn(await download(options, location), signal)) {
        if (line++ < done) continue;
        done += 1;
        yield user;
      }
      return;
    } catch (error) {
      signal.throwIfAborted();
      if (!(error instanceof BrokenExport)) throw error;
      failures = done > before ? 1 : failures + 1;
      if (failures >= mostFailures)
        throw new CommandError(`Auth0's export of the users cannot be read: ${error.message}. Run the command again.`);
    }
  }
}

/** What was read so far is right, and another attempt can bring the rest. */
class BrokenExport extends Error {}

function locationOf({ status, location, status_details }: Awaited<ReturnType<typeof finishedJob>>): string {
  if (status !== "completed") {
    const details = status_details === undefined ? "" : `: ${status_details}`;
    throw new CommandError(`Auth0's export of the users ${status}${details}. Run the command again.`);
  }
  if (typeof location === "string" && URL.parse(location)?.protocol === "https:") return location;
  throw new CommandError("Auth0's export of the users has no file.");
}

/** The file is a store's, which must not see the tenant's token. */
async function download({ fetch, signal }: ExportOptions, location: string): Promise<AsyncIterable<Uint8Array>> {
  const silence = new AbortController();
  const ended = AbortSignal.any([signal, silence.signal]);
  const inTime = <T>(part: Promise<T>): Promise<T> => {
    const timer = setTimeout(() => silence.abort(new Error("nothing more came")), longestSilence);
    return part.finally(() => clearTimeout(timer));
  };
  const response = await inTime(fetch(location, { signal: ended })).catch((error: unknown) => {
    throw new BrokenExport(String(error), { cause: error });
  });
  if (!response.ok || response.body === null) {
    await response.body?.cancel();
    throw new BrokenExport(`its address answers ${response.status}`);
  }
  return parts(response.body, inTime);
}

/** Who reads slowly is not kept to a time: only each part is. */
async function* parts(
  body: ReadableStream<Uint8Array>,
  inTime: <T>(part: Promise<T>) => Promise<T>,
): AsyncGenerator<Uint8Array> {
  const reader = body.getReader();
  try {
    for (;;) {
      const { done, value } = await inTime(reader.read());
      if (done) return;
      yield value;
    }
  } finally {
    // It has ended, or nobody wants the rest.
    await reader.cancel().catch(() => undefined);
  }
}

async function* usersIn(file: AsyncIterable<Uint8Array>, signal: AbortSignal): AsyncGenerator<TenantUser> {
  try {
    for await (const line of linesOf(await unzipped(file))) {
      if (line.trim() === "") continue;
      const user = tenantUser(JSON.parse(line));
      if (user === undefined) throw new Error("a line of it is no user");
      yield user;
    }
  } catch (error) {
    signal.throwIfAborted();
    throw new BrokenExport(error instanceof Error ? error.message : String(error), { cause: error });
  }
}

/** Whether it is compressed, its first bytes say: a store can also have a transfer compressed, which `fetch` undoes. */
async function unzipped(file: AsyncIterable<Uint8Array>): Promise<AsyncIterable<Uint8Array>> {
  const chunks = file[Symbol.asyncIterator]();
  let head = Buffer.alloc(0);
  while (head.length < 2) {
    const next = await chunks.next();
    if (next.done === true) break;
    head = Buffer.concat([head, next.value]);
  }
  const whole = Readable.from(
    (async function* () {
      yield head;
      yield* { [Symbol.asyncIterator]: () => chunks };
    })(),
    { objectMode: false },
  );
  if (head[0] !== 0x1f || head[1] !== 0x8b) return whole;
  const gunzip = createGunzip();
  // Its error is the source's, and whoever reads it gets it.
  pipeline(whole, gunzip, () => undefined);
  return gunzip;
}

/** JSON's lines end with a line feed, and may hold what other readers take for the end of a line. */
async function* linesOf(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder("utf-8", { fatal: true });
  let rest = "";
  for await (const chunk of bytes) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split("\n");
    rest = lines.pop() ?? "";
    yield* lines;
  }
  yield rest + decoder.decode();
}
