// Whether a live stack is as it was declared, and what to do where it is not. Changes nothing.
import type { STSClientConfig } from "@aws-sdk/client-sts";
import type { CommandContext } from "../command-context.ts";
import type { CommandOutcome } from "../terminal/command-outcome.ts";
import { paint } from "../terminal/paint.ts";
import { checkAwsAccount, checkTenant } from "./account-checks.ts";
import { checkAction } from "./action-checks.ts";
import type { Check } from "./check.ts";
import { checkDefaultPicture } from "./default-picture-checks.ts";
import type { PictureFetch } from "./default-picture-checks.ts";
import { checkDnsRecords } from "./dns-checks.ts";
import type { ResolveCname } from "./dns-checks.ts";
import { checkSync } from "./sync-checks.ts";

/** Other services than AWS's and the internet's, for tests. */
export interface DoctorServices {
  readonly sts?: STSClientConfig;
  readonly fetch?: PictureFetch;
  readonly resolveCname?: ResolveCname;
}

export async function examineStack(
  context: CommandContext,
  { sts, fetch, resolveCname }: DoctorServices = {},
): Promise<CommandOutcome> {
  const tenant = await checkTenant(context);
  const account = await checkAwsAccount(context, sts);
  const checks = [
    tenant,
    ...(account === undefined ? [] : [account]),
    // What another tenant has says nothing of the stack, and is nothing to mend.
    ...(tenant.status === "fault"
      ? notLookedAt(context)
      : [...(await checkAction(context)), ...(await checkSync(context))]),
    ...(await checkDefaultPicture(context, fetch)),
    ...(await checkDnsRecords(context, resolveCname)),
  ];
  const count = (status: Check["status"]) => checks.filter((check) => check.status === status).length;
  const counts = { ok: count("ok"), fault: count("fault"), unknown: count("unknown") };
  return {
    json: { checks, ...counts },
    text: [
      ...checks.map(textOf),
      "",
      `${counts.ok} as declared, ${counts.fault} at fault, ${counts.unknown} not known.`,
    ].join("\n"),
    hasFailed: counts.fault > 0,
  };
}

function notLookedAt({ target }: CommandContext): Check[] {
  const row = {
    status: "unknown",
    expected: "as the stack declares",
    found: "not looked at: these credentials do not lead to its tenant",
    fix: "Mend the tenant's row first.",
  } as const;
  return [
    ...(target.action === undefined
      ? []
      : (["action-live", "action-draft", "action-bound", "later-action"] as const).map((check) => ({ check, ...row }))),
    ...Object.keys(target.connections).map((subject) => ({ check: "connection-sync", subject, ...row }) as const),
  ];
}

const words = {
  ok: () => paint.good("ok     "),
  fault: () => paint.bad("FAULT  "),
  unknown: () => paint.doubtful("unknown"),
};

function textOf({ check, subject, status, found, expected, fix }: Check): string {
  const title = `${words[status]()} ${paint.strong(subject === undefined ? check : `${check} ${subject}`)}`;
  if (status === "ok") return `${title}: ${found}`;
  return [
    title,
    `          found:    ${found}`,
    `          expected: ${expected}`,
    ...(fix === undefined ? [] : [`          to do:    ${fix}`]),
  ].join("\n");
}
