// An audit for people in a terminal: one line for each kind of finding, with examples.
import { paint } from "../terminal/paint.ts";
import { printable } from "../terminal/printable.ts";
import { textTable } from "../terminal/text-table.ts";
import type { AuditReport } from "./audit-report.ts";
import { findingKinds, findingWords, mendOf, originWords } from "./finding.ts";
import type { FindingKind } from "./finding.ts";

/** @param pagePath of the page that was written */
export function auditText(report: AuditReport, pagePath: string | undefined): string {
  const { tenant, users, usersWithFindings, counts } = report;
  const found = findingKinds.filter((kind) => counts[kind] > 0);
  const counted =
    `${printable(tenant)}: ${number(users)} ${users === 1 ? "user" : "users"}, ` +
    `${usersWithFindings === 0 ? "none" : number(usersWithFindings)} of them with a finding.`;
  const parts = [
    counted,
    ...doubts(report),
    shownTable(report),
    found.length === 0 ? paint.good("Nothing was found.") : findingTable(report, found),
    ...(report.connections.length === 0 ? [] : [connectionTable(report)]),
    ...hints(report),
    ...whereElse(pagePath, found.length > 0),
  ];
  return parts.join("\n\n");
}

function doubts({ choiceDoubt, noAction }: AuditReport): string[] {
  if (noAction !== undefined)
    return [paint.doubtful(`Logins show Auth0's own picture claim. ${printable(noAction, 400)}`)];
  if (choiceDoubt === undefined) return [];
  const guess =
    "What is told is by what a stack's Action would show at least, and user_metadata that is not shown is not told.";
  return [paint.doubtful(`It is not known what logins show. ${printable(choiceDoubt, 400)} ${guess}`)];
}

function whereElse(pagePath: string | undefined, hasFindings: boolean): string[] {
  if (pagePath !== undefined)
    return [
      `The page is ${printable(pagePath, 1000)}. It names people, so only you can read it. Opening it asks the store ` +
        "for its pictures, and other hosts only when you say so.",
    ];
  return hasFindings ? [paint.faint("--json has all of them, and --html FILE makes a page with the pictures.")] : [];
}

function shownTable({ shown, users }: AuditReport): string {
  const rows = Object.entries(originWords)
    .map(([origin, words]) => [words, shown[origin as keyof typeof shown]] as const)
    .filter(([, count]) => count > 0)
    .map(([words, count]) => [words, number(count), `${((100 * count) / users).toFixed(1)} %`]);
  return textTable(["A login shows", "Users", ""], rows);
}

function findingTable(report: AuditReport, kinds: readonly FindingKind[]): string {
  const rows = kinds.flatMap((kind) => {
    const { title, isWrong } = findingWords[kind];
    const [first, ...others] = examplesOf(report, kind);
    const head = [isWrong ? paint.bad(title) : paint.doubtful(title), number(report.counts[kind])];
    return [[...head, ...(first ?? [])], ...others.map((example) => ["", "", ...example])];
  });
  return textTable(["Finding", "Users", "For example", "Why", "What to do"], rows);
}

const examples = 2;

function examplesOf({ rows }: AuditReport, kind: FindingKind): string[][] {
  const found: string[][] = [];
  for (const user of rows) {
    const finding = user.findings.find((one) => one.kind === kind);
    if (finding === undefined) continue;
    // A command that is cut would be pasted cut.
    const mend = mendOf(finding, user) ?? "";
    found.push([printable(user.userId, 60), printable(finding.reason, 120), mend.length > 160 ? "" : mend]);
    if (found.length === examples) break;
  }
  return found;
}

function connectionTable({ connections }: AuditReport): string {
  const rows = connections.map(({ name, strategy, users, setUserRootAttributes, overwritesPictures }) => [
    printable(name, 60),
    printable(strategy, 40),
    number(users),
    setUserRootAttributes === undefined
      ? paint.doubtful("not to be seen")
      : overwritesPictures === true
        ? paint.doubtful("yes, at each login")
        : `no (${printable(setUserRootAttributes, 40)})`,
  ]);
  return textTable(["Connection", "Strategy", "Users", "Overwrites pictures"], rows);
}

function hints({ connections, counts, areHostsAsked, omitted }: AuditReport): string[] {
  const overwriting = connections.filter(({ overwritesPictures }) => overwritesPictures !== false);
  const isOmitted = Object.keys(omitted).length > 0;
  return [
    ...(overwriting[0]?.mend === undefined
      ? []
      : [`So that a connection overwrites no more pictures: ${printable(overwriting[0].mend, 400)}`]),
    ...(counts.foreign > 0
      ? [
          "All foreign pictures that connections gave are copied into the store by " +
            '"user-pictures import --from-identity-provider".',
        ]
      : []),
    ...(areHostsAsked || counts.unknown === 0
      ? []
      : ["No host was asked (--no-fetch), so which foreign pictures are dead or over-sized is not known."]),
    ...(isOmitted
      ? ["Of some kinds there are more than are told one by one: mend those, and audit again for the others."]
      : []),
  ];
}

const number = (count: number) => count.toLocaleString("en");
