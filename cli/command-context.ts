// What every command is given besides its own arguments.
import type { PictureBucket } from "./store/picture-bucket.ts";
import type { Target } from "./stack/target.ts";
import type { TenantApi } from "./tenant/users-api.ts";
import type { Terminal } from "./terminal/terminal.ts";

export interface CommandContext {
  readonly terminal: Terminal;
  readonly target: Target;
  readonly tenant: TenantApi;
  /** @throws CommandError where the stack has no store */
  readonly bucket: () => PictureBucket;
  /** Says what would change, and changes nothing. */
  readonly isDryRun: boolean;
  /** Aborted by the first Ctrl-C: finish what is under way, begin nothing new, leave nothing half-done. */
  readonly signal: AbortSignal;
}
