// What a person does whose deployment was broken off: runs it again, and where a preview names a command that recovers, runs that.
import type { TestSandbox } from "./test-sandbox.ts";

/** What the preview's message says to run: `pulumi up --config adoptActionId=…`. */
const command = /run "pulumi up --config (?<setting>[a-zA-Z]+)=(?<value>[0-9a-f-]{36})"/;

/**
 * @returns the settings that recovered it; none where a run, or a second one, was enough
 * @throws what the last run rejects with
 */
export async function upWithRecovery(sandbox: TestSandbox): Promise<{ recoveredBy: string[] }> {
  const { workspace } = sandbox;
  sandbox.takeOutput();
  const first = await workspace.up({ skipPreview: true }).catch((error: unknown) => error as Error);
  if (!(first instanceof Error)) return { recoveredBy: [] };
  const second = await workspace.preview().catch((error: unknown) => error as Error);
  if (!(second instanceof Error)) {
    await workspace.up({ skipPreview: true });
    return { recoveredBy: [] };
  }
  const { setting, value } = command.exec(sandbox.takeOutput())?.groups ?? {};
  if (setting === undefined) throw first;
  await workspace.up({ config: { [setting]: value }, skipPreview: true });
  return { recoveredBy: [setting] };
}
