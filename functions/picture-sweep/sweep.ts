// The file that a Lambda runs by a schedule, and for each user whom the tenant has deleted.
import { readSweepEnvironment } from "./sweep-environment.ts";

/** Of a schedule's rule, or of an event of Auth0's in EventBridge. */
export async function handler(): Promise<void> {
  const { bucket } = readSweepEnvironment(process.env);
  process.stdout.write(`${JSON.stringify({ level: "info", code: "not_swept", bucket })}\n`);
}
