// A deployment on a tenant that fails: each of its API calls fails once, in each way that a retry mends. The result is a clean run's, and
// what belongs to others is untouched.
import { beforeAll, describe, expect, it } from "vitest";
import type { Fault } from "../../sandbox/tenant/faults.ts";
import type { TenantSnapshot } from "../../sandbox/tenant/snapshot.ts";
import type { Tenant } from "../../sandbox/tenant/tenant.ts";
import { sandboxOf } from "./test-sandbox.ts";

const sandbox = sandboxOf(() => ".");

const faults: Fault[] = [
  { kind: "too many requests", resetHeader: true },
  { kind: "server error", status: 500 },
  { kind: "server error", status: 503 },
  { kind: "connection reset", when: "before effect" },
];

/** All that the tenant holds, without ids; each run's store has a domain of its own. */
function stateOf(tenant: Tenant): TenantSnapshot {
  const text = JSON.stringify(tenant.snapshot({ ids: false }));
  return JSON.parse(text.replaceAll(/d[0-9a-z]{13}\.cloudfront\.net/g, "store.example")) as TenantSnapshot;
}

type Method = "GET" | "POST" | "PATCH" | "DELETE";

/** A call without its ids, which each run has others of. */
interface Call {
  readonly method: string;
  readonly path: string;
}

const callKey = ({ method, path }: Call) =>
  `${method} ${path.replaceAll(/(?<=\/)(con_[^/]+|[0-9a-f-]{36})(?=\/|$)/g, "*")}`;

describe("each API call of a deployment", () => {
  let before: TenantSnapshot;
  let deployed: TenantSnapshot;
  /** What a clean run calls, each once. */
  let calls: string[];

  beforeAll(async () => {
    const { tenant, workspace } = sandbox();
    before = stateOf(tenant);
    tenant.faults.resetCalls();
    await workspace.up({ skipPreview: true });
    // The provider keeps its token from one operation to the next.
    calls = [...new Set(tenant.faults.calls.map(callKey))].filter((call) => call !== "POST /oauth/token");
    deployed = stateOf(tenant);
    await workspace.destroy();
    expect(stateOf(tenant)).toEqual(before);
  });

  it.each(faults.map((_, shift) => [shift]))("may fail once, each in its own way (turn %i)", async (shift) => {
    const { tenant, workspace } = sandbox();
    tenant.faults.resetCalls();
    calls.forEach((call, index) => {
      const [method, path = ""] = call.split(" ") as [Method, string];
      const fault = faults[(index + shift) % faults.length] as Fault;
      tenant.faults.inject(fault, { method, path: new RegExp(`^${path.replaceAll("*", "[^/]+")}$`) });
    });
    await workspace.up({ skipPreview: true });

    const struck = tenant.faults.calls.filter(({ fault }) => fault !== undefined);
    expect(struck.map(callKey).sort()).toEqual(calls.toSorted());
    expect(stateOf(tenant)).toEqual(deployed);
    await workspace.destroy();
    expect(stateOf(tenant)).toEqual(before);
  });

  it("may each fail for good: what was done stays known, and a rerun converges", async () => {
    const { tenant, workspace } = sandbox();
    for (const call of ["PATCH /api/v2/connections/*", "POST /api/v2/actions/actions/*/deploy"]) {
      const [method, path = ""] = call.split(" ") as [Method, string];
      const pattern = new RegExp(`^${path.replaceAll("*", "[^/]+")}$`);
      tenant.faults.inject({ kind: "server error", status: 503 }, { method, path: pattern, times: Infinity });
      await expect(workspace.up({ skipPreview: true })).rejects.toThrow("failed");
      tenant.faults.clear();
      await workspace.up({ skipPreview: true });

      expect(stateOf(tenant)).toMatchObject({
        bindings: deployed.bindings,
        connections: deployed.connections,
      });
      expect((await workspace.preview()).changes).toMatchObject({ create: 0, update: 0, delete: 0, replace: 0 });
      await workspace.destroy();
      expect(stateOf(tenant)).toEqual(before);
    }
  });
});
