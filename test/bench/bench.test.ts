// The bench's figures have the promised shape, and a login costs what was promised; how large the others are is no
// test's business.
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { expect, test } from "vitest";

interface Figures {
  readonly action: Record<string, number>;
  readonly program: Record<string, number>[];
}

const measure = () =>
  JSON.parse(
    execFileSync(process.execPath, [join(import.meta.dirname, "bench.ts"), "--json"], { encoding: "utf8" }),
  ) as Figures;
const first = measure();

test("--json prints exactly one object", () => {
  const { action, program, ...more } = first;
  expect(more).toEqual({});
  expect(Object.keys(action)).toEqual(["bytes", "gzipBytes", "nsPerLogin", "naiveNsPerLogin", "rs256VerifyNs"]);
  for (const [name, value] of Object.entries(action)) expect([name, value > 0]).toEqual([name, true]);
  // The Action's source is bundled once, whatever its settings.
  expect(program).toEqual([expect.objectContaining({ revision: "this checkout", bundles: 1 })]);
});

// What else the machine does falls on both, but not always evenly.
test("a login costs at most a fortieth of an RS256 verification", () => {
  const ratio = ({ action: { nsPerLogin = Number.NaN, rs256VerifyNs = Number.NaN } }: Figures) =>
    rs256VerifyNs / nsPerLogin;
  expect(ratio(first) > 40 || ratio(measure()) > 40 || ratio(measure()) > 40).toBe(true);
});
