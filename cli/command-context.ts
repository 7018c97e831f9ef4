// What every command is given besides its own arguments.
import type { PictureBucket } from "./store/picture-bucket.ts";
import type { Target } from "./stack/target.ts";
import type { TenantApi } from "./tenant/users-api.ts";
import { CommandError } from "./terminal/command-error.ts";
import type { OpenTerminal } from "./terminal/open-terminal.ts";
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

export interface CommandConditions {
  readonly target: Target;
  readonly terminal: OpenTerminal;
  readonly isDryRun: boolean;
  readonly signal: AbortSignal;
}

/** Calls nothing yet. The SDKs are loaded here, those of AWS only where there is a store. */
export async function openContext({ target, ...conditions }: CommandConditions): Promise<CommandContext> {
  const { terminal, signal } = conditions;
  const [{ openTenantApi }, store] = await Promise.all([
    import("./tenant/open-tenant-api.ts"),
    target.store && import("./store/open-picture-bucket.ts"),
  ]);
  const tenant = openTenantApi(target.auth0, { signal, onWait: (reason) => terminal.wait(reason) });
  let bucket: PictureBucket | undefined;
  return {
    ...conditions,
    target,
    tenant,
    bucket() {
      if (target.store === undefined || store === undefined)
        throw new CommandError(
          "There is no picture store: neither the stack nor the file has a bucketName, and PICTURE_BUCKET is not " +
            "set. Name the stack that has the store (--stack), or set PICTURE_BUCKET and PICTURE_BASE_URL.",
        );
      return (bucket ??= store.openPictureBucket(target.store));
    },
  };
}
