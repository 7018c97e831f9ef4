// `npm run bench:connections [-- COUNT …] [--free-tenant]`: what one more connection costs a deployment, for stacks of
// 1, 10 and 100 of them. Calls are counted at the tenant; times are of this machine, so only their ratios count.
// --free-tenant keeps a free tenant's rate limit.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { openSandbox } from "../../sandbox/sandbox.ts";
import { seed } from "../../sandbox/seed.ts";
import { freeTenantRateLimit } from "../../sandbox/tenant/rate-limit.ts";

const { values, positionals } = parseArgs({
  options: { "free-tenant": { type: "boolean", default: false } },
  allowPositionals: true,
});
const counts = positionals.length > 0 ? positionals.map(Number) : [1, 10, 100];

console.log("connections  calls a connection: first up  second up  destroy   seconds: first up  second up  destroy");
for (const count of counts) {
  const folder = await mkdtemp(join(tmpdir(), "connections-"));
  const names = Array.from({ length: count }, (_, number) => `connection-${number}`);
  const connections = names.map((name) => ({ name, strategy: "oauth2", options: { client_id: name } }));
  let output = "";
  const sandbox = await openSandbox({
    folder,
    projectFolder: join(import.meta.dirname, "../.."),
    seed: { ...seed, connections: [...(seed.connections ?? []), ...connections] },
    onOutput: (text) => (output += text),
  });
  const { tenant, workspace } = sandbox;
  if (values["free-tenant"]) tenant.limitRate(freeTenantRateLimit);
  const config = { connections: Object.fromEntries(names.map((name) => [name, "on_first_login"])) };
  const rows: { calls: number; seconds: number }[] = [];
  try {
    for (const operation of [
      () => workspace.up({ config, skipPreview: true }),
      () => workspace.up({ config, skipPreview: true }),
      () => workspace.destroy({ config }),
    ]) {
      tenant.faults.resetCalls();
      const start = performance.now();
      await operation();
      const answered = tenant.faults.calls.filter(
        ({ path, status }) => path.includes("/connections") && status !== 429,
      );
      rows.push({ calls: answered.length / count, seconds: (performance.now() - start) / 1000 });
    }
  } catch (error) {
    console.error(output);
    throw error;
  } finally {
    await sandbox.close();
    await rm(folder, { recursive: true });
  }
  const [calls, seconds] = [rows.map((row) => row.calls.toFixed(1)), rows.map((row) => row.seconds.toFixed(1))];
  const columns = [
    String(count).padStart(11),
    "",
    calls[0],
    calls[1],
    calls[2],
    "",
    seconds[0],
    seconds[1],
    seconds[2],
  ];
  const widths = [11, 19, 9, 11, 9, 10, 9, 11, 9];
  console.log(columns.map((text = "", index) => text.padStart(widths[index] ?? 0)).join(""));
}
