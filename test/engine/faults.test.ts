// A deployment on a tenant that fails: each of its API calls is struck in every way. What a retry mends ends as a clean
// run does; after what it does not mend a rerun converges, by the command that the preview names. What belongs to
// others is untouched.
import { beforeAll, describe, expect, it } from "vitest";
import type { Fault } from "../../sandbox/tenant/faults.ts";
import type { TenantSnapshot } from "../../sandbox/tenant/snapshot.ts";
import { sandboxOf, tenantStateOf } from "./test-sandbox.ts";
import { upWithRecovery } from "./recovery.ts";

const sandbox = sandboxOf(() => ".");

/**
 * By turn, what each call meets before it goes well. Three errors at the most: then a client gives up; limits of the
 * rate it may meet as often as they come.
 */
const turns: readonly (readonly [string, readonly Fault[]])[] = [
  // What leaves a deployment half done; each turn is two operations of the engine or more.
  ["a reset after the effect", [{ kind: "connection reset", when: "after effect" }]],
  // What retries mend, as test/components/auth0/ asks of our own client.
  [
    "limits and errors, one after the other",
    [
      { kind: "too many requests", resetHeader: true },
      { kind: "server error", status: 503 },
      { kind: "too many requests", resetHeader: false },
      { kind: "server error", status: 500 },
      { kind: "connection reset", when: "before effect" },
    ],
  ],
  ["a slow response", [{ kind: "slow response", milliseconds: 300 }]],
];

type Method = "GET" | "POST" | "PATCH" | "DELETE";

/** A call without its ids, which each run has others of. */
interface Call {
  readonly method: string;
  readonly path: string;
}

const callKey = ({ method, path }: Call) =>
  `${method} ${path.replaceAll(/(?<=\/)(con_[^/]+|[0-9a-f-]{36})(?=\/|$)/g, "*")}`;

function inject(fault: Fault, call: string, times = 1): void {
  const [method, path] = call.split(" ") as [Method, string];
  const pattern = new RegExp(`^${path.replaceAll("*", "[^/]+")}$`);
  sandbox().tenant.faults.inject(fault, { method, path: pattern, times });
}

describe("each API call of a deployment", () => {
  let before: TenantSnapshot;
  let deployed: TenantSnapshot;
  /** What a clean deployment calls, and a clean destroy, each once. */
  let calls: string[];
  let destroyCalls: string[];

  beforeAll(async () => {
    const { tenant, workspace } = sandbox();
    before = tenantStateOf(tenant);
    // The provider keeps its token from one operation to the next.
    const called = () => [...new Set(tenant.faults.calls.map(callKey))].filter((call) => call !== "POST /oauth/token");
    tenant.faults.resetCalls();
    await workspace.up({ skipPreview: true });
    calls = called();
    deployed = tenantStateOf(tenant);
    tenant.faults.resetCalls();
    await workspace.destroy();
    destroyCalls = called();
    expect(tenantStateOf(tenant)).toEqual(before);
  });

  const strike = (these: readonly string[], faults: readonly Fault[]) => {
    sandbox().tenant.faults.resetCalls();
    // Of two that are due the later one is first.
    for (const call of these) for (const fault of faults.toReversed()) inject(fault, call);
  };
  const struck = () =>
    sandbox().tenant.faults.calls.flatMap((call) =>
      call.fault === undefined ? [] : [`${callKey(call)}: ${call.fault}`],
    );
  const expected = (these: readonly string[], faults: readonly Fault[]) =>
    these.flatMap((call) => faults.map(({ kind }) => `${call}: ${kind}`)).sort();

  it.each(turns)("may meet %s", async (_, faults) => {
    const { tenant, workspace } = sandbox();
    strike(calls, faults);
    const { recoveredBy } = await upWithRecovery(sandbox());

    expect(struck().sort()).toEqual(expected(calls, faults));
    expect(tenantStateOf(tenant)).toEqual(deployed);
    // The one write that cannot be repeated: the answer that was lost had the new Action's id.
    const isLost = faults.some((fault) => fault.kind === "connection reset" && fault.when === "after effect");
    expect(recoveredBy).toEqual(isLost ? ["action.importActionId"] : []);

    // A limit without a time is waited for 5 seconds each time: once for each call is enough.
    const timed = faults.filter((fault) => fault.kind !== "too many requests" || fault.resetHeader);
    strike(destroyCalls, timed);
    await workspace.destroy();
    expect(struck().sort()).toEqual(expected(destroyCalls, timed));
    expect(tenantStateOf(tenant)).toEqual(before);
  });

  it("may fail for good, as may the build: what was done stays known, so a rerun converges, and a destroy leaves nothing", async () => {
    const { tenant, workspace } = sandbox();
    const connection = "/api/v2/connections/*";
    const lasting = (call: string) => () => inject({ kind: "server error", status: 503 }, call, Infinity);
    // Written, and then nobody can see it.
    const unseen = () => inject({ kind: "meanwhile", when: "after effect", act: lasting(`GET ${connection}`) }, `PATCH ${connection}`); // prettier-ignore
    const fail = async (start: () => void, config = {}) => {
      start();
      await expect(workspace.up({ config, skipPreview: true })).rejects.toThrow("failed");
      tenant.faults.clear();
    };
    const destroy = async () => {
      await workspace.destroy();
      expect(tenantStateOf(tenant)).toEqual(before);
    };

    await fail(unseen);
    const deploy = lasting("POST /api/v2/actions/actions/*/deploy");
    const build = () => tenant.faults.failBuild({ action: "User picture" });
    for (const [version, start] of [
      ["3.55", build],
      ["3.49", lasting(`PATCH ${connection}`)],
      ["3.49", deploy],
      ["3.49", build],
      ["3.55", deploy],
    ] as const) {
      await destroy();
      sandbox().auth0Plugin.version = version;
      await fail(start);
      const { recoveredBy } = await upWithRecovery(sandbox());

      expect(recoveredBy).toEqual([]);
      expect(tenantStateOf(tenant)).toEqual(deployed);
    }
    await fail(unseen, { connections: { "google-oauth2": "on_each_login" } });
    await destroy();
  });
});
