// Runs the sweep's file as a Lambda does: in a process of its own, one event after another.
import { createRequire } from "node:module";

interface Invocation {
  readonly event: object;
  /** In milliseconds. */
  readonly remaining: number;
}

type Handler = (event: object, context: { getRemainingTimeInMillis(): number }) => Promise<void>;

const [, , file = ""] = process.argv;
const { handler } = createRequire(import.meta.url)(file) as { handler: Handler };

process.on("message", ({ event, remaining }: Invocation) => {
  const end = Date.now() + remaining;
  void handler(event, { getRemainingTimeInMillis: () => end - Date.now() }).then(
    () => process.send?.({}),
    (error: unknown) => process.send?.({ error: String(error) }),
  );
});
