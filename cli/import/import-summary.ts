// What an import has done, for people and for programs.
import { printable } from "../terminal/printable.ts";

/** One user's picture, before and after. */
export interface PictureChange {
  readonly user: string;
  readonly from: string | undefined;
  readonly to: string;
}

export interface FailedPicture {
  readonly user: string;
  readonly picture: string;
  readonly place: string;
  readonly error: string;
}

export interface ImportSummary {
  /** Users who have another picture now. */
  done: number;
  /** Users who had it already. */
  unchanged: number;
  failed: number;
  /** Users whom the journal has as done. */
  skipped: number;
  /** Why users were left alone, and how many for each reason. */
  readonly leftAlone: Record<string, number>;
  /** Of what was read. */
  bytesBefore: number;
  /** Of what those users name now. */
  bytesAfter: number;
  /** The same with its variants. */
  bytesStored: number;
  readonly failures: FailedPicture[];
  /** In a dry run: what would be. */
  readonly changes: PictureChange[];
  seconds: number;
}

export function emptySummary(leftAlone: ImportSummary["leftAlone"] = {}): ImportSummary {
  return {
    ...{ done: 0, unchanged: 0, failed: 0, skipped: 0, leftAlone },
    ...{ bytesBefore: 0, bytesAfter: 0, bytesStored: 0, failures: [], changes: [], seconds: 0 },
  };
}

const usersPerSecond = ({ done, unchanged, seconds }: ImportSummary): number =>
  seconds > 0 ? Math.round(((done + unchanged) / seconds) * 10) / 10 : 0;

/** The keys are a contract. */
export function summaryJson(summary: ImportSummary, isDryRun: boolean): Record<string, unknown> {
  const { done, unchanged, failed, skipped, leftAlone, bytesBefore, bytesAfter, bytesStored, failures } = summary;
  return {
    dryRun: isDryRun,
    ...{ done, unchanged, failed, skipped, leftAlone, bytesBefore, bytesAfter, bytesStored },
    usersPerSecond: usersPerSecond(summary),
    failures,
    ...(isDryRun && { changes: summary.changes }),
  };
}

export function summaryLines(summary: ImportSummary, isDryRun: boolean): string[] {
  const { done, unchanged, failed, skipped, leftAlone, bytesBefore, bytesAfter, bytesStored } = summary;
  const others = Object.entries(leftAlone).map(([reason, count]) => `${amount(count)} left alone: ${reason}`);
  const counts = [
    `${amount(done)} ${isDryRun ? "would be done" : "done"}`,
    ...(unchanged > 0 ? [`${amount(unchanged)} had it already`] : []),
    ...(skipped > 0 ? [`${amount(skipped)} done by an earlier run`] : []),
    `${amount(failed)} failed`,
  ];
  const sizes = `${size(bytesBefore)} read, ${size(bytesAfter)} to be shown (${size(bytesStored)} with the variants)`;
  return [
    ...(isDryRun ? summary.changes.map(changeLine) : []),
    `Users' pictures: ${counts.join(", ")}.`,
    ...others.map((line) => `${line}.`),
    ...(done + unchanged > 0 ? [`${sizes}; ${usersPerSecond(summary)} users a second.`] : []),
    ...(isDryRun ? ["Nothing was changed: this was a dry run."] : []),
  ];
}

const changeLine = ({ user, from, to }: PictureChange) =>
  `${printable(user)}: ${from === undefined ? "no picture" : printable(from)} → ${printable(to)}`;

const amount = (count: number) => count.toLocaleString("en-US");

function size(bytes: number): string {
  return bytes < 1_000_000 ? `${(bytes / 1000).toFixed(1)} kB` : `${(bytes / 1_000_000).toFixed(1)} MB`;
}
