// Runs a flow's Actions in a process of their own, and follows what each of them does.
import { dirname, extname } from "node:path";
import { fileURLToPath } from "node:url";
import type { ActionRun, Flow, Outcome, Progress } from "./run-actions.ts";
import { runScript } from "./run-script.ts";

/** Auth0 docs, "Actions Limitations": 20 seconds for all of a trigger's Actions together. */
const timeLimitMs = 20_000;

/**
 * Runs a flow's Actions in a process of their own. It has no environment variables and may not write files, and it is
 * killed at the time limit.
 *
 * @returns what they did together, and what each did that has begun
 */
export async function runActions(flow: Flow, limitMs = timeLimitMs): Promise<Outcome & { runs: ActionRun[] }> {
  const nothing: Outcome = {
    ...{ idTokenClaims: {}, accessTokenClaims: {}, userMetadata: {}, appMetadata: {}, transactionMetadata: {} },
    ...{ samlAttributes: {}, samlSettings: {}, cache: flow.cache },
  };
  if (flow.actions.length === 0) return { ...nothing, runs: [] };
  const script = fileURLToPath(new URL(`run-actions${extname(import.meta.url)}`, import.meta.url));
  const child = runScript(script, {
    env: {},
    flags: ["--permission", `--allow-fs-read=${dirname(script)}`, "--disable-warning=ExperimentalWarning"],
    output: "ignore",
  });
  const { promise, resolve } = Promise.withResolvers<Outcome & { runs: ActionRun[] }>();
  const runs: ActionRun[] = [];
  let begin = performance.now();
  const fail = (failed: string) => {
    const current = flow.actions[runs.length];
    if (current) {
      const milliseconds = Math.round(performance.now() - begin);
      runs.push({ name: current.name, calls: [], milliseconds, ended: "unfinished", message: failed });
    }
    resolve({ ...nothing, failed, runs: [...runs] });
  };
  const timer = setTimeout(() => {
    fail(`The Actions ran longer than ${limitMs / 1000} s`);
  }, limitMs);
  child.on("message", (message) => {
    const progress = JSON.parse(message as string) as Progress;
    if ("outcome" in progress) {
      resolve({ ...progress.outcome, runs: [...runs] });
      return;
    }
    runs.push(progress.ended);
    begin = performance.now();
  });
  child.once("error", (error) => {
    fail(`The Actions could not be run: ${error.message}`);
  });
  child.once("exit", () => {
    fail("The process of the Actions ended before they did");
  });
  child.send(flow);
  return promise.finally(() => {
    clearTimeout(timer);
    child.kill("SIGKILL"); // Even after a result: Auth0 does not wait for what an Action has left running.
  });
}
