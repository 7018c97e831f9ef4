// `user-pictures audit`: goes through all of a tenant's users and says whose picture is not as it should be. It changes
// nothing.
import type { PictureSettings } from "../../actions/user-picture/picture.ts";
import type { CommandContext } from "../command-context.ts";
import { inspectUrl } from "../images/inspect-url.ts";
import { readLiveSettings } from "../tenant/live-settings.ts";
import type { TenantUser } from "../tenant/users-api.ts";
import type { CommandOutcome } from "../terminal/command-outcome.ts";
import { auditPage } from "./audit-page.ts";
import { buildReport } from "./audit-report.ts";
import { auditText } from "./audit-text.ts";
import { auditUser } from "./audited-user.ts";
import type { AuditRules } from "./audited-user.ts";
import { findingKinds, findingWords, mendOf } from "./finding.ts";
import type { AuditReport } from "./audit-report.ts";
import { preparePage } from "./page-file.ts";
import { pictureInspector } from "./picture-inspector.ts";
import type { InspectUrl } from "./picture-inspector.ts";
import { listStoreObjects } from "./store-objects.ts";
import { readSyncedConnections } from "./synced-connections.ts";

export interface AuditArguments {
  /** Where the page goes. @default no page */
  readonly html?: string;
  /** What ends so soon is told. @default 14 */
  readonly expiresWithinDays?: number;
  /** Whether the hosts of pictures that are not in the store are asked for them. @default true */
  readonly fetch?: boolean;
}

/** So many users are looked at at once: most of them wait for a host, and none holds up the others. */
const usersAtOnce = 256;

export async function auditPictures(
  context: CommandContext,
  { html, expiresWithinDays = 14, fetch: areHostsAsked = true }: AuditArguments,
  inspect: InspectUrl = inspectUrl,
): Promise<CommandOutcome> {
  const { tenant, target, terminal, signal } = context;
  // Before an audit of half an hour, not after it.
  const page = html === undefined ? undefined : await preparePage(html);
  const choice = await readChoice(context);
  const connections = await readSyncedConnections(tenant.management, signal);
  const store = target.store && (await listStoreObjects(context.bucket(), target.store.pictureBaseUrl, signal));
  const now = Date.now();
  const inspector = pictureInspector(inspect, { signal });
  const rules: AuditRules = {
    ...{ settings: choice.settings, isChoiceKnown: choice.doubt === undefined, store, connections },
    ...{ expiresWithinDays, now, inspect: areHostsAsked ? (url) => inspector.inspect(url) : undefined },
  };
  const report = buildReport(
    {
      ...{ tenant: target.auth0.domain, at: new Date(now).toISOString(), expiresWithinDays, areHostsAsked },
      ...{ pictureBaseUrl: target.store?.pictureBaseUrl, choiceDoubt: choice.doubt, noAction: choice.noAction },
    },
    connections,
  );
  const progress = terminal.startProgress({ noun: "users" });
  try {
    await eachAtOnce(tenant.users.everyUser(), usersAtOnce, async (user: TenantUser) => {
      signal.throwIfAborted();
      report.add(await auditUser(rules, user));
      progress.advance();
    });
  } finally {
    progress.end();
  }
  const ended = report.end();
  if (page !== undefined) await page.write(auditPage(ended));
  const hasFailed = findingKinds.some((kind) => findingWords[kind].isWrong && ended.counts[kind] > 0);
  return { json: jsonOf(ended), text: auditText(ended, page?.path), hasFailed };
}

interface Choice {
  /** Undefined: Auth0's own claim stands. */
  readonly settings: PictureSettings | undefined;
  readonly noAction?: string;
  /** Why the settings are a guess. */
  readonly doubt?: string;
}

/** With which settings logins choose pictures. */
async function readChoice({ target, tenant }: CommandContext): Promise<Choice> {
  const base = target.store?.pictureBaseUrl;
  // What the stack's Action would have at least. So that pictures are looked at, not to say what is hidden.
  const guess = { allowedUrlPrefixes: base === undefined ? [] : [`${base}u/`, `${base}d/`] };
  if (target.action === undefined)
    return { settings: guess, doubt: "Nothing names the stack's Action (--stack, or actionId in the configuration)." };
  const live = await readLiveSettings(tenant.management, target.action.actionId);
  if (live.settings === undefined)
    return live.cause === "no such action" || live.cause === "no live version"
      ? { settings: undefined, noAction: live.reason }
      : { settings: guess, doubt: live.reason };
  return live.isBound
    ? { settings: live.settings }
    : {
        settings: undefined,
        noAction:
          "The Action is live, but the login flow does not have it: user-pictures doctor says how to mend that.",
      };
}

/** Acts on what comes, so many at once. The first error is thrown when all that had begun have ended. */
async function eachAtOnce<Item>(
  items: AsyncIterable<Item>,
  atOnce: number,
  act: (item: Item) => Promise<void>,
): Promise<void> {
  const iterator = items[Symbol.asyncIterator]();
  let hasFailed = false;
  const work = async () => {
    try {
      for (let next; !hasFailed && (next = await iterator.next()).done !== true;) await act(next.value);
    } catch (error) {
      hasFailed = true;
      throw error;
    }
  };
  const ended = await Promise.allSettled(Array.from({ length: atOnce }, work));
  await iterator.return?.();
  for (const one of ended) if (one.status === "rejected") throw one.reason;
}

function jsonOf({ rows, choiceDoubt, connections, ...rest }: AuditReport): CommandOutcome["json"] {
  const findings = rows.flatMap(({ findings, thumbnail: _, ...user }) =>
    findings.map((finding) => ({
      ...{ kind: finding.kind, reason: finding.reason, ...user, mend: mendOf(finding, user) },
    })),
  );
  return {
    ...{ ...rest, isChoiceKnown: choiceDoubt === undefined, choiceDoubt },
    // What cannot be told is there as such: an absent key would be taken for no.
    connections: connections.map((connection) => ({
      ...connection,
      overwritesPictures: connection.overwritesPictures ?? null,
    })),
    findings,
  };
}
