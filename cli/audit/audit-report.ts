// What an audit found, as it grows: counts of all, and details of so many that 50,000 users need no more memory than
// 10,000.
import { findingKinds } from "./finding.ts";
import type { FindingKind, PictureOrigin } from "./finding.ts";
import type { AuditedUser } from "./audited-user.ts";
import type { SyncedConnection } from "./synced-connections.ts";

/** Of each kind, so many are told with their users; those after them are counted. */
const mostDetails = 10_000;

export interface AuditReport {
  readonly tenant: string;
  /** ISO 8601. */
  readonly at: string;
  readonly pictureBaseUrl: string | undefined;
  /** Why it is not known what logins show, in sentences; undefined where it is. */
  readonly choiceDoubt: string | undefined;
  /** Why logins show Auth0's own claim; undefined where an Action of the stack's decides. */
  readonly noAction: string | undefined;
  readonly expiresWithinDays: number;
  /** Whether the hosts of foreign pictures were asked. */
  readonly areHostsAsked: boolean;
  readonly users: number;
  /** Those with a finding at all. */
  readonly usersWithFindings: number;
  readonly shown: Readonly<Record<PictureOrigin, number>>;
  readonly counts: Readonly<Record<FindingKind, number>>;
  /** By kind: how many users are counted, and not told in `rows`. */
  readonly omitted: Readonly<Partial<Record<FindingKind, number>>>;
  readonly rows: readonly AuditedUser[];
  readonly connections: readonly CountedConnection[];
}

export interface CountedConnection extends SyncedConnection {
  /** Those whose own identity is the connection's: only they are written to. */
  readonly users: number;
}

type Head = Pick<
  AuditReport,
  "tenant" | "at" | "pictureBaseUrl" | "choiceDoubt" | "noAction" | "expiresWithinDays" | "areHostsAsked"
>;

export interface ReportBuilder {
  add(user: AuditedUser): void;
  end(): AuditReport;
}

/** @param most of each kind are told @default mostDetails */
export function buildReport(
  head: Head,
  connections: ReadonlyMap<string, SyncedConnection>,
  most: number = mostDetails,
): ReportBuilder {
  const counts = Object.fromEntries(findingKinds.map((kind) => [kind, 0])) as Record<FindingKind, number>;
  const shown: Record<PictureOrigin, number> = {
    ...{ "user-metadata": 0, application: 0, provider: 0, "linked-identity": 0, "default-picture": 0 },
    ...{ "gravatar-fallback": 0, generated: 0, none: 0 },
  };
  const usersOf = new Map<string, number>();
  const rows: AuditedUser[] = [];
  const omitted: Partial<Record<FindingKind, number>> = {};
  let [users, usersWithFindings] = [0, 0];
  return {
    add(user) {
      users += 1;
      shown[user.origin] += 1;
      const { connection = "" } = user;
      usersOf.set(connection, (usersOf.get(connection) ?? 0) + 1);
      if (user.findings.length === 0) return;
      usersWithFindings += 1;
      const kinds = new Set(user.findings.map(({ kind }) => kind));
      const isTold = [...kinds].some((kind) => counts[kind] < most);
      for (const kind of kinds) counts[kind] += 1;
      if (isTold) rows.push(user);
      else for (const kind of kinds) omitted[kind] = (omitted[kind] ?? 0) + 1;
    },
    end: () => ({
      ...{ ...head, users, usersWithFindings, shown, counts, omitted, rows },
      connections: [...connections.values()].map((connection) => ({
        ...connection,
        users: usersOf.get(connection.name) ?? 0,
      })),
    }),
  };
}
