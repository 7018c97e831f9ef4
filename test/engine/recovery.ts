// What a person does whose deployment was broken off: runs it again, and where a preview names a command that recovers, runs that.
import { OperationError } from "../../sandbox/engine/workspace.ts";
import type { OperationResult } from "../../sandbox/engine/workspace.ts";
import type { TestSandbox } from "./test-sandbox.ts";

/** What the preview's message says to run. */
const command = /"pulumi up --config (?<setting>[a-zA-Z]+)=(?<value>[0-9a-f-]{36})"/;

interface Recovered {
  /** The settings of the commands that recovered it; none where a run, or a second one, was enough. */
  readonly recoveredBy: readonly string[];
  readonly outputs: OperationResult["outputs"];
  /** What was printed on the way. */
  readonly output: string;
}

/** @throws what the last run rejects with */
export async function upWithRecovery(sandbox: TestSandbox): Promise<Recovered> {
  const { workspace } = sandbox;
  let output = "";
  const up = async (config: Readonly<Record<string, unknown>>): Promise<Recovered> => {
    const { outputs } = await workspace.up({ config, skipPreview: true });
    return { recoveredBy: Object.keys(config), outputs, output: output + sandbox.takeOutput() };
  };
  try {
    return await up({});
  } catch (error) {
    output += sandbox.takeOutput();
    const preview = await workspace.preview().catch((refused: unknown) => refused);
    const said = sandbox.takeOutput();
    output += said;
    if (!(preview instanceof OperationError)) return up({});
    const { setting, value } = command.exec(said)?.groups ?? {};
    if (setting === undefined) throw error;
    return up({ [setting]: value });
  }
}
