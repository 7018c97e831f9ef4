// The bench's figures have the promised shape; how large they are is no test's business.
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { expect, test } from "vitest";

test("--json prints exactly one object", { timeout: 60_000 }, () => {
  const output = execFileSync(process.execPath, [join(import.meta.dirname, "bench.ts"), "--json"], {
    encoding: "utf8",
  });
  const { action, program, ...more } = JSON.parse(output) as {
    action: Record<string, number>;
    program: Record<string, number>[];
  };
  expect(more).toEqual({});
  expect(Object.keys(action)).toEqual(["bytes", "gzipBytes", "nsPerLogin", "naiveNsPerLogin", "rs256VerifyNs"]);
  for (const [name, value] of Object.entries(action)) expect([name, value > 0]).toEqual([name, true]);
  // The Action's source is bundled once, whatever its settings.
  expect(program).toEqual([expect.objectContaining({ revision: "this checkout", bundles: 1 })]);
});
