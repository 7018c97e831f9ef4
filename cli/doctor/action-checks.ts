// The Action: whether logins run what was deployed, and whether what it does lasts to the end of a login.
import type { CommandContext } from "../command-context.ts";
import type { ActionTarget } from "../stack/target.ts";
import { statusOf } from "../tenant/tenant-error.ts";
import { printable } from "../terminal/printable.ts";
import type { Check } from "./check.ts";
import { claimFinding } from "./claim-writers.ts";
import { tenantCause } from "./unknown-cause.ts";

const deploy = 'Run "pulumi up": it deploys the Action that the stack declares.';
const order = "Auth0's dashboard, Actions > Triggers > post-login";

interface Binding {
  readonly id: string;
  readonly name: string;
}

export async function checkAction(context: CommandContext): Promise<Check[]> {
  const { action } = context.target;
  if (action === undefined)
    return [
      {
        ...{ check: "action-live", status: "unknown", expected: "the version that the stack deployed" },
        found: "nothing names the Action, so nothing of it was looked at",
        fix: "Name the stack (--stack), or set PICTURE_ACTION_ID to its output actionId.",
      },
    ];
  return [...(await checkVersion(context, action)), ...(await checkFlow(context, action))];
}

async function checkVersion({ tenant, signal }: CommandContext, target: ActionTarget): Promise<Check[]> {
  const { actionId, actionVersionId } = target;
  const expected =
    actionVersionId === undefined ? "the version that the stack deployed" : `version ${printable(actionVersionId)}`;
  const live = { check: "action-live", expected } as const;
  const draft = { check: "action-draft", expected: "no change that is not deployed" } as const;
  try {
    const { deployed_version: version, all_changes_deployed } = await tenant.management.actions.get(actionId);
    if (version?.id === undefined)
      return [{ ...live, status: "fault", found: "no version is live, so no login runs it", fix: deploy }];
    return [liveVersion(live, version.id, actionVersionId), { ...draft, ...draftFinding(all_changes_deployed) }];
  } catch (error) {
    signal.throwIfAborted();
    if (statusOf(error) === 404 || statusOf(error) === 400)
      return [
        {
          ...{ ...live, status: "fault", found: `the tenant has no Action ${printable(actionId)}` },
          fix: 'Run "pulumi up --refresh": it makes the Action again.',
        },
      ];
    const { found, fix } = tenantCause(error);
    return [live, draft].map((row) => ({ ...row, status: "unknown", found, fix }));
  }
}

function draftFinding(isDeployed: boolean | undefined): Pick<Check, "status" | "found" | "fix"> {
  if (isDeployed === undefined)
    return { status: "unknown", found: "Auth0 does not say", fix: "See it in Auth0's dashboard." };
  if (isDeployed) return { status: "ok", found: "the draft is what is live" };
  return {
    status: "fault",
    found: "somebody has changed the draft, and not deployed it",
    fix: 'Run "pulumi up --refresh", which puts the declared code back; take over first what is meant to stay.',
  };
}

function liveVersion(row: Pick<Check, "check" | "expected">, live: string, declared: string | undefined): Check {
  if (declared === undefined)
    return {
      ...{ ...row, status: "unknown", found: `version ${printable(live)}, and nothing says whether that is right` },
      fix: "Name the stack (--stack), or set PICTURE_ACTION_VERSION_ID to its output actionVersionId.",
    };
  if (live === declared) return { ...row, status: "ok", found: `version ${printable(live)}` };
  return {
    ...{ ...row, status: "fault", found: `version ${printable(live)}` },
    fix:
      "Somebody deployed the Action elsewhere. See in its version history what changed, then run " +
      '"pulumi up --refresh".',
  };
}

async function checkFlow(context: CommandContext, { actionId }: ActionTarget): Promise<Check[]> {
  const { tenant, signal } = context;
  const row = { check: "action-bound", expected: "bound to post-login" } as const;
  const bindings: Binding[] = [];
  try {
    for await (const { action, display_name } of await tenant.management.actions.triggers.bindings.list("post-login", {
      per_page: 50,
    }))
      bindings.push({ id: action?.id ?? "", name: display_name ?? action?.name ?? "" });
  } catch (error) {
    signal.throwIfAborted();
    const { found, fix } = tenantCause(error);
    return [
      { ...row, status: "unknown", found, fix },
      { check: "later-action", status: "unknown", expected: "no later Action sets picture", found, fix },
    ];
  }
  const place = bindings.findIndex(({ id }) => id === actionId);
  if (place < 0)
    return [
      {
        ...{ ...row, status: "fault", found: `none of the ${bindings.length} bound Actions is it: no login runs it` },
        fix: `Run "pulumi up --refresh", or add it in ${order}.`,
      },
    ];
  const bound: Check = { ...row, status: "ok", found: `it runs as number ${place + 1} of ${bindings.length}` };
  return [bound, ...(await checkLater(context, bindings.slice(place + 1)))];
}

/** Whoever sets a claim last has it. */
async function checkLater({ tenant, signal }: CommandContext, later: readonly Binding[]): Promise<Check[]> {
  const row = { check: "later-action", expected: "does not set picture" } as const;
  if (later.length === 0) return [{ ...row, status: "ok", found: "no Action runs after it" }];
  const checks: Check[] = [];
  for (const { id, name } of later) {
    const [subject, title] = [printable(name), printable(JSON.stringify(name))];
    const look = `Read its code in ${order}: if it sets picture, move it before the picture's Action.`;
    try {
      const code = (await tenant.management.actions.get(id)).deployed_version?.code;
      const finding = claimFinding(code ?? "");
      if (code === undefined)
        checks.push({ ...row, subject, status: "unknown", found: `${title} shows no code that is live`, fix: look });
      else if (finding.kind === "clear")
        checks.push({ ...row, subject, status: "ok", found: `${title} does not set picture` });
      else if (finding.kind === "unclear")
        checks.push({ ...row, subject, status: "unknown", found: `it is unclear: ${finding.why}`, fix: look });
      else
        checks.push({
          ...{ ...row, subject, status: "fault", found: `${title} sets picture too (line ${finding.line}), and later` },
          fix: `Move it before the picture's Action (${order}), or take that line away.`,
        });
    } catch (error) {
      signal.throwIfAborted();
      const { found, fix } = tenantCause(error);
      checks.push({ ...row, subject, status: "unknown", found, fix });
    }
  }
  return checks;
}
