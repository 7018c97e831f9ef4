// Before the first test: the engine, which on a fresh machine is downloaded or built, and what it needs for programs in
// other languages than Node's. The only other part of a test run that uses the network fetches pnpm, in
// real-layouts.test.ts.
import { obtainEngine } from "../../sandbox/engine/engine.ts";
import { obtainLanguageTools } from "./languages/language-tools.ts";

export default async function setup(): Promise<void> {
  const progress = (line: string) => void process.stderr.write(`${line}\n`);
  const { missing } = await obtainLanguageTools(await obtainEngine({ progress }), { progress });
  for (const [language, reason] of Object.entries(missing))
    progress(`Programs in ${language} are not tested: ${reason}.`);
}
