// A sandbox for one test file: in a temporary folder, with its output kept, closed and deleted at the end.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll } from "vitest";
import { openSandbox } from "../../sandbox/sandbox.ts";
import type { Sandbox, SandboxOptions } from "../../sandbox/sandbox.ts";
import { seed } from "../../sandbox/seed.ts";
import type { TenantSnapshot } from "../../sandbox/tenant/snapshot.ts";
import type { Tenant } from "../../sandbox/tenant/tenant.ts";

export interface TestSandbox extends Sandbox {
  readonly folder: string;
  /** What the engine and the program printed since the last call. */
  takeOutput(): string;
}

/** The answered function gives the sandbox, in tests and in later `beforeAll`s. */
export function sandboxOf(
  projectFolder: () => string,
  stack = "dev",
  options: Partial<Pick<SandboxOptions, "seed" | "scopes" | "cacheClock">> = {},
): () => TestSandbox {
  let folder: string;
  let sandbox: TestSandbox;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "sandbox-"));
    let output = "";
    const opened = await openSandbox({
      folder,
      projectFolder: projectFolder(),
      stack,
      seed,
      ...options,
      onOutput: (text) => (output += text),
    });
    const takeOutput = () => {
      const taken = output;
      output = "";
      return taken;
    };
    sandbox = { ...opened, folder, takeOutput };
  });
  afterAll(async () => {
    await sandbox.close();
    await rm(folder, { recursive: true });
  });
  return () => sandbox;
}

/** All that the tenant holds, without ids; each deployment's store has a domain of its own. */
export function tenantStateOf(tenant: Tenant): TenantSnapshot {
  const text = JSON.stringify(tenant.snapshot({ ids: false }));
  return JSON.parse(text.replaceAll(/d[0-9a-z]{13}\.cloudfront\.net/g, "store.example")) as TenantSnapshot;
}
