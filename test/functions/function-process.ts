// Runs the upload function's files as a Lambda does: in a process of its own, one request after another.
import { createRequire } from "node:module";
import type { HttpAnswer, HttpEvent } from "../../functions/picture-upload/http-event.ts";

interface Invocation {
  readonly event: HttpEvent;
  /** In milliseconds. */
  readonly remaining: number;
}

type Handler = (event: HttpEvent, context: { getRemainingTimeInMillis(): number }) => Promise<HttpAnswer>;

const [, , file = ""] = process.argv;
const { handler } = createRequire(import.meta.url)(file) as { handler: Handler };

process.on("message", (message: Invocation | "memory") => {
  if (message === "memory") {
    process.send?.((process.resourceUsage().maxRSS * 1024) / 1e6);
    return;
  }
  const { event, remaining } = message;
  const end = Date.now() + remaining;
  void handler(event, { getRemainingTimeInMillis: () => end - Date.now() }).then((answer) => process.send?.(answer));
});
