// What one run of the dev stack's program costs its own process, of this checkout and, side by side, of an earlier
// revision.
import { execFile, execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { parse } from "yaml";
import { obtainCertificate } from "../../sandbox/tenant/certificate.ts";
import { deploymentScopes } from "../../sandbox/services.ts";
import { seed } from "../../sandbox/seed.ts";
import { startTenant } from "../../sandbox/tenant/tenant.ts";
import type { ProgramTimes } from "./program-process.ts";

const project = join(import.meta.dirname, "../..");

/** Each phase's median over the rounds. */
export interface ProgramCost extends ProgramTimes {
  readonly revision: string;
}

/** @param revision any name that git has for a commit; without it only this checkout is measured */
export async function programCosts(rounds: number, revision?: string): Promise<ProgramCost[]> {
  const folder = mkdtempSync(join(tmpdir(), "bench-"));
  const certificate = await obtainCertificate(folder, ["localhost"]);
  const tenant = await startTenant({ folder: join(folder, "tenant"), certificate, ...seed });
  try {
    const { clientId, clientSecret } = tenant.createManagementClient(deploymentScopes);
    const environment = {
      ...process.env,
      AUTH0_DOMAIN: tenant.domain,
      AUTH0_CLIENT_ID: clientId,
      AUTH0_CLIENT_SECRET: clientSecret,
      NODE_EXTRA_CA_CERTS: certificate.caFile,
    };
    const checkouts = [
      ...(revision === undefined ? [] : [{ revision, folder: checkOut(revision, join(folder, "checkout")) }]),
      { revision: "this checkout", folder: project },
    ].map((checkout) => ({ ...checkout, times: [] as ProgramTimes[] }));
    // In turn, so that what else the machine does falls on both; the first round only warms the caches.
    for (let round = -1; round < rounds; round++)
      for (const { folder: checkout, times } of checkouts) {
        const script = join(import.meta.dirname, "program-process.ts");
        const args = [script, checkout, JSON.stringify(devConfig(checkout))];
        const { stdout } = await promisify(execFile)(process.execPath, args, { env: environment });
        if (round >= 0) times.push(JSON.parse(stdout.trim().split("\n").at(-1) ?? "") as ProgramTimes);
      }
    return checkouts.map(({ revision: name, times }) => ({ revision: name, ...medians(times) }));
  } finally {
    await tenant.close();
    if (revision !== undefined) execFileSync("git", ["worktree", "prune"], { cwd: project });
    rmSync(folder, { recursive: true });
  }
}

function checkOut(revision: string, folder: string): string {
  execFileSync("git", ["worktree", "add", "--quiet", "--detach", folder, revision], { cwd: project });
  symlinkSync(join(project, "node_modules"), join(folder, "node_modules"));
  return folder;
}

/** The dev stack's config as Pulumi hands it over: defaults, then the stack's own, all as text. */
function devConfig(checkout: string): Record<string, string> {
  const read = (file: string) =>
    (parse(readFileSync(join(checkout, file), "utf8")) as { config?: Record<string, unknown> }).config ?? {};
  const declared = Object.entries(read("Pulumi.yaml")).map(
    ([name, setting]) => [`auth0-user-pictures:${name}`, (setting as { default: unknown }).default] as const,
  );
  const config = { ...Object.fromEntries(declared), ...read("Pulumi.dev.yaml") };
  return Object.fromEntries(
    Object.entries(config).map(([key, value]) => [key, typeof value === "string" ? value : JSON.stringify(value)]),
  );
}

function medians(times: readonly ProgramTimes[]): ProgramTimes {
  const of = (name: keyof ProgramTimes) =>
    times.map((one) => one[name]).toSorted((a, b) => a - b)[Math.floor(times.length / 2)] ?? Number.NaN;
  return {
    modules: of("modules"),
    bundling: of("bundling"),
    bundles: of("bundles"),
    waiting: of("waiting"),
    total: of("total"),
    processor: of("processor"),
  };
}
