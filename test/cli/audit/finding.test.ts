// The commands that mend, as a shell reads them; and how much of an audit is kept.
import { execFileSync } from "node:child_process";
import { stripVTControlCharacters } from "node:util";
import { describe, expect, it } from "vitest";
import { buildReport } from "../../../cli/audit/audit-report.ts";
import { auditText } from "../../../cli/audit/audit-text.ts";
import { findingKinds, mendOf, shellWord } from "../../../cli/audit/finding.ts";
import { madeReport, madeUser } from "./made-report.ts";

describe("a word of a shell", () => {
  it.each([
    "auth0|ada",
    "ada@example.org",
    "a b",
    "it's",
    "''",
    "",
    "$(touch /tmp/x)`id`",
    "a\\nb\\",
    "a\nb\tc",
    "\u202eevil\u2066",
    "Zoë 李 🦊",
    '"; rm -rf ~; "',
    "!!",
    "*?[a]{b,c}~",
    "#no comment",
  ])("is read by bash as it was: %j", (text) => {
    const script = `printf %s ${shellWord(text)}`;
    const read = execFileSync("bash", ["--norc", "-c", script], {
      ...{ encoding: "utf8", env: { LC_ALL: "C.UTF-8" }, stdio: ["ignore", "pipe", "inherit"] },
    });
    expect(read).toBe(text);
    expect(shellWord(text)).toMatch(/^[ -~]*$/);
  });

  it("is no option", () => {
    expect(mendOf({ kind: "missing", reason: "" }, { ...madeUser(0), userId: "--json" })).toBe(
      "user-pictures set -- '--json' FILE",
    );
  });
});

it("names a command for every kind but what is unknown, and fetches only what can be fetched", () => {
  const user = madeUser(1, { userId: "auth0|a", url: "https://a.example/a b.png", origin: "provider" });
  const commands = findingKinds.map((kind) => [kind, mendOf({ kind, reason: "" }, user)]);
  expect(Object.fromEntries(commands)).toMatchInlineSnapshot(`
    {
      "at-risk": "user-pictures set 'auth0|a' 'https://a.example/a b.png'",
      "data-url": "user-pictures set 'auth0|a' FILE",
      "dead": "user-pictures set 'auth0|a' FILE",
      "expired": "user-pictures set 'auth0|a' FILE",
      "expiring": "user-pictures set 'auth0|a' 'https://a.example/a b.png'",
      "foreign": "user-pictures set 'auth0|a' 'https://a.example/a b.png'",
      "hidden": "user-pictures unset 'auth0|a'",
      "insecure": "user-pictures set 'auth0|a' FILE",
      "missing": "user-pictures set 'auth0|a' FILE",
      "no-address": "user-pictures set 'auth0|a' FILE",
      "over-sized": "user-pictures set 'auth0|a' 'https://a.example/a b.png'",
      "overwritten": "user-pictures set 'auth0|a' 'https://a.example/a b.png'",
      "placeholder": "user-pictures set 'auth0|a' FILE",
      "unknown": undefined,
    }
  `);
  const foreign = { kind: "foreign" as const, reason: "" };
  for (const url of ["http://a.example/a.png", "data:image/png;base64,AA", "https://a:b@a.example/", undefined])
    expect(mendOf(foreign, { ...user, url })).toBe("user-pictures set 'auth0|a' FILE");
  const dead = { kind: "dead" as const, reason: "" };
  expect(mendOf(dead, { ...user, origin: "user-metadata" })).toBe("user-pictures unset 'auth0|a'");
});

it("counts all, and keeps so many details of each kind", () => {
  const most = 100;
  const report = madeReport(8 * most + 80, [], most);
  expect([report.users, report.counts.dead, report.counts.foreign]).toEqual([880, 110, 330]);
  expect(report.omitted).toMatchObject({ dead: 10, missing: 10, hidden: 10, expired: 10 });
  for (const kind of findingKinds) {
    const told = report.rows.filter(({ findings }) => findings.some((finding) => finding.kind === kind)).length;
    expect([kind, told + (report.omitted[kind] ?? 0)]).toEqual([kind, report.counts[kind]]);
    expect(told).toBeGreaterThanOrEqual(Math.min(report.counts[kind], most));
  }
  expect(report.rows.length).toBeLessThanOrEqual(findingKinds.length * most);
  expect(auditText(report, undefined)).toContain("Of some kinds there are more than are told one by one");
});

it("prints nothing raw of what users write", () => {
  const text = "\u001b[31m\u202ex\r\n</script>";
  const user = madeUser(0, { userId: text, name: text, connection: text, url: text, origin: "provider" });
  const connection = { name: text, strategy: text, setUserRootAttributes: text, overwritesPictures: true, mend: text };
  const head = {
    ...{
      tenant: text,
      at: new Date(0).toISOString(),
      pictureBaseUrl: undefined,
      choiceDoubt: text,
      noAction: undefined,
    },
    ...{ expiresWithinDays: 14, areHostsAsked: true },
  };
  const report = buildReport(head, new Map([[text, connection]]));
  report.add({ ...user, findings: [{ kind: "dead", reason: text }] });
  const printed = stripVTControlCharacters(auditText(report.end(), text));
  expect(printed).toContain("\\u001b[31m\\u202ex\\r\\n");
  expect(printed).not.toMatch(/(?!\n)[\p{Cc}\p{Cf}]/u);
});
