// Before the first test: the engine, which on a fresh machine is downloaded or built. The only other part of a test run
// that uses the network fetches pnpm, in real-layouts.test.ts.
import { obtainEngine } from "../../sandbox/engine/engine.ts";

export default async function setup(): Promise<void> {
  await obtainEngine({ progress: (line) => void process.stderr.write(`${line}\n`) });
}
