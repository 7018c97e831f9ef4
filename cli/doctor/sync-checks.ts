// When each declared connection's identity provider writes users' pictures.
import { syncAttribute, syncAttributeOf } from "../../components/connection-sync/connection.ts";
import type { CommandContext } from "../command-context.ts";
import { printable } from "../terminal/printable.ts";
import type { Check } from "./check.ts";
import { tenantCause } from "./unknown-cause.ts";

export async function checkSync(context: CommandContext): Promise<Check[]> {
  const checks: Check[] = [];
  for (const [name, declared] of Object.entries(context.target.connections))
    checks.push(await checkConnection(context, name, declared));
  return checks;
}

async function checkConnection({ tenant, signal }: CommandContext, name: string, declared: string): Promise<Check> {
  const row = {
    check: "connection-sync",
    subject: printable(name),
    expected: `${syncAttribute}: ${printable(declared)}`,
  } as const;
  try {
    const { data } = await tenant.management.connections.list({ name });
    const found = data.find((one) => one.name === name);
    if (found === undefined)
      return {
        ...{ ...row, status: "fault", found: "the tenant has no such connection" },
        fix: "Take it out of the stack's settings, or mend its name: capital and small letters count.",
      };
    const { id = "", strategy = "", options } = found;
    // Without the scope Auth0 leaves them out, or empties them; a default is the absence of a value.
    if (Object.keys(options ?? {}).length === 0)
      return {
        ...{ ...row, status: "unknown", found: "the tenant shows none of its options" },
        fix: "Grant the client the scope read:connections_options.",
      };
    const value = syncAttributeOf({ id, name, strategy, options: { ...options } });
    if (value === declared) return { ...row, status: "ok", found: `${syncAttribute}: ${printable(value)}` };
    return {
      ...{ ...row, status: "fault", found: `${syncAttribute}: ${printable(value)}` },
      fix: 'Run "pulumi up --refresh", which sets it again; see first who changed it, and why.',
    };
  } catch (error) {
    signal.throwIfAborted();
    return { ...row, status: "unknown", ...foundAndFix(error) };
  }
}

function foundAndFix(error: unknown): Pick<Check, "found" | "fix"> {
  const { found, fix } = tenantCause(error);
  return { found, fix };
}
