// The build of an Action's draft: it goes on by the clock, whether or not anybody looks, and while the tenant is down.

export type BuildStatus = "pending" | "building" | "retrying" | "built" | "failed";

export interface Build {
  readonly began_at: string;
  readonly ends_at: string;
  /** At Auth0 for a dependency that npm cannot install. Code with a syntax error is built. */
  readonly fails?: true;
}

export interface BuildTime {
  /** The clock, in milliseconds since the epoch. @default the machine's */
  readonly now?: () => number;
  /** How long a build takes. At Auth0 it is a second or so, with dependencies several. @default 60 */
  readonly milliseconds?: number;
}

export interface Builds {
  /** @param action the name, by which a test may have said that the build fails */
  begin(action: string): Build;
  statusOf(action: BuiltAction): BuildStatus;
}

/** What an Action says of its draft's build. */
export interface BuiltAction {
  build?: Build;
  /** In place of it in a state that an older sandbox wrote. */
  status?: BuildStatus;
}

/** @param fails whether the build of this Action that begins now fails; it is asked once for each build */
export function openBuilds(
  fails: (action: string) => boolean,
  { now = Date.now, milliseconds = 60 }: BuildTime = {},
): Builds {
  const timeAt = (time: number) => new Date(time).toISOString();
  return {
    begin(action) {
      const time = now();
      return { began_at: timeAt(time), ends_at: timeAt(time + milliseconds), ...(fails(action) && { fails: true }) };
    },
    statusOf: ({ build, status }) => (build ? statusAt(build, now()) : statusOfOlder(status)),
  };
}

/** The order is as recorded (TestAccAction, 36 to 43, for a dependency that npm does not have). */
function statusAt({ began_at, ends_at, fails }: Build, time: number): BuildStatus {
  const [begin, end] = [Date.parse(began_at), Date.parse(ends_at)];
  if (time >= end) return fails ? "failed" : "built";
  const done = (time - begin) / (end - begin);
  if (done < 1 / 3) return "pending";
  return fails && done >= 2 / 3 ? "retrying" : "building";
}

/** Of an Action that an older sandbox wrote: its build ended long ago. */
const statusOfOlder = (status: BuildStatus = "built"): BuildStatus =>
  status === "failed" || status === "retrying" ? "failed" : "built";

/** For an Action that a new tenant has from the beginning. */
export function endedBuild(): Build {
  const time = new Date().toISOString();
  return { began_at: time, ends_at: time };
}
