// One line that says how far something is: `1,234 of 10,000 users (12 %), 15.2 a second, 9 min left`.
import type { ProgressOptions } from "./terminal.ts";
import { cutToWidth } from "./text-width.ts";

export interface ProgressState extends ProgressOptions {
  /** With those that a run before has done. */
  readonly done: number;
  /** A second. */
  readonly rate: number | undefined;
  /** What it waits for. */
  readonly reason: string | undefined;
}

const count = new Intl.NumberFormat("en-US");
const rateOf = new Intl.NumberFormat("en-US", { maximumSignificantDigits: 3 });

export function progressLine({ noun, total, done, rate, reason }: ProgressState): string {
  const known = total === undefined ? "" : ` of ${count.format(total)}`;
  const percent = total === undefined || total === 0 ? "" : ` (${percentOf(done, total)} %)`;
  const parts = [
    `${count.format(done)}${known} ${noun}${percent}`,
    ...(rate === undefined ? [] : [`${rateOf.format(rate)} a second`]),
    ...(total === undefined || rate === undefined || done >= total ? [] : [timeLeft((total - done) / rate)]),
    ...(reason === undefined ? [] : [`waiting for ${reason}`]),
  ];
  return parts.join(", ");
}

/** As `progressLine`, after a bar where the width has room for one. */
export function progressBar(state: ProgressState, width: number): string {
  const line = progressLine(state);
  const room = Math.min(24, width - line.length - 1);
  if (state.total === undefined || state.total === 0 || room < 8) return cutToWidth(line, width);
  const full = Math.min(room, Math.floor((room * state.done) / state.total));
  return `${"█".repeat(full)}${"░".repeat(room - full)} ${line}`;
}

/** Full only where all is done. */
const percentOf = (done: number, total: number) => Math.min(Math.floor((100 * done) / total), 100);

function timeLeft(seconds: number): string {
  if (!Number.isFinite(seconds)) return "time left unknown";
  if (seconds < 60) return `${Math.ceil(seconds)} s left`;
  const minutes = Math.ceil(seconds / 60);
  return minutes < 60 ? `${minutes} min left` : `${Math.floor(minutes / 60)} h ${minutes % 60} min left`;
}
