// Before the first test: the engine, which on a fresh machine is built. The only part of a test run that uses the
// network.
import { obtainEngine } from "../../sandbox/engine/engine.ts";

export default async function setup(): Promise<void> {
  await obtainEngine({ progress: (line) => void process.stderr.write(`${line}\n`) });
}
