// Calls of the demo's server.
import type { Refusal } from "../console-types.ts";

/** The server refused, or could not be reached. The message is a sentence for the page. */
export class ServerError extends Error {}

/** @throws ServerError */
export async function call<Answer>(path: string, init: RequestInit = {}): Promise<Answer> {
  const response = await fetch(`/demo/api/${path}`, init).catch(() => {
    throw new ServerError("The demo does not answer. Is `npm run demo` still running?");
  });
  const answer = (await response.json()) as Answer | Refusal;
  if (!response.ok) throw new ServerError((answer as Refusal).error);
  return answer as Answer;
}

export const post = <Answer>(path: string, body: object) =>
  call<Answer>(path, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) });
