// Audits as they could be, of users who do not exist, for tests of what is made of a report.
import { buildReport } from "../../../cli/audit/audit-report.ts";
import type { AuditReport } from "../../../cli/audit/audit-report.ts";
import type { AuditedUser } from "../../../cli/audit/audited-user.ts";

export const baseUrl = "https://d111111abcdef8.cloudfront.net/";

const stored = (index: number, suffix = ".webp") =>
  `${baseUrl}u/${index.toString(16).padStart(32, "0")}/${"ab".repeat(32)}${suffix}`;

const google = (index: number) => `https://lh3.googleusercontent.com/a/ACg8oc${index}=s96-c`;

type MadeUser = Pick<AuditedUser, "origin" | "findings"> & Partial<AuditedUser>;

/** One of each kind, as an audit tells them. */
const kinds: readonly ((index: number) => MadeUser)[] = [
  (index) => ({
    origin: "user-metadata",
    url: stored(index),
    findings: [{ kind: "dead", reason: "the store's bucket has no such object" }],
  }),
  (index) => ({
    ...{ origin: "provider", url: google(index), connection: "google-oauth2" },
    findings: [
      { kind: "foreign", reason: "it is on lh3.googleusercontent.com, and neither in the store nor allowed" },
      { kind: "over-sized", reason: "it has 3,012 × 3,012 pixels; 1 MiB and 2048 × 2048 pixels are enough" },
    ],
  }),
  (index) => ({
    origin: "default-picture",
    url: `${baseUrl}d/${"cd".repeat(32)}.png`,
    thumbnail: `${baseUrl}d/${"cd".repeat(32)}.png`,
    hiddenUrl: `https://photos.example.org/people/${index}.png`,
    findings: [
      {
        kind: "hidden",
        reason: `it is on photos.example.org, under no prefix that is allowed (those that are: ${baseUrl}u/)`,
      },
    ],
  }),
  (index) => ({
    ...{ origin: "provider", connection: "facebook" },
    url: `https://platform-lookaside.fbsbx.com/platform/profilepic/?asid=${index}&ext=1700000000`,
    findings: [
      { kind: "expired", reason: "it expired on 2023-11-14" },
      { kind: "foreign", reason: "it is on platform-lookaside.fbsbx.com, and neither in the store nor allowed" },
    ],
  }),
  (index) => ({
    ...{ origin: "generated", connection: "Username-Password-Authentication" },
    url: `https://s.gravatar.com/avatar/${index.toString(16).padStart(32, "0")}?s=480&r=pg&d=https%3A%2F%2Fcdn.auth0.com%2Favatars%2Fad.png`,
    findings: [{ kind: "placeholder", reason: "the e-mail's Gravatar, or initials" }],
  }),
  (index) => ({
    origin: "user-metadata",
    ...{ url: stored(index), thumbnail: stored(index, "-96.webp") },
    findings: [{ kind: "at-risk", reason: "it is in the folder of auth0|42, and is deleted with that one's pictures" }],
  }),
  () => ({ origin: "none", findings: [{ kind: "missing", reason: "no login shows a picture" }] }),
  (index) => ({
    ...{ origin: "provider", url: google(index), connection: "google-oauth2" },
    findings: [
      { kind: "foreign", reason: "it is on lh3.googleusercontent.com, and neither in the store nor allowed" },
      { kind: "unknown", reason: "The host lh3.googleusercontent.com answers 429; only 200 gives a picture." },
    ],
  }),
];

const names = [
  "Ada Lind",
  "Grace Okafor",
  "李小龙",
  "Björn Åkesson",
  "Zoë van der Meer",
  "María-José Carreño",
  "Omar Haddad",
];

const connections = new Map(
  [
    { name: "google-oauth2", strategy: "google-oauth2", value: "on_each_login" },
    { name: "facebook", strategy: "facebook", value: "on_first_login" },
  ].map(({ name, strategy, value }) => [
    name,
    {
      ...{ name, strategy, setUserRootAttributes: value, overwritesPictures: value === "on_each_login" },
      mend:
        value === "on_each_login"
          ? `Declare connections: { ${name}: on_first_login } in the stack's settings, and run "pulumi up".`
          : undefined,
    },
  ]),
);

/**
 * @param others users besides those of `count`, who have every kind of finding in turn
 * @param most users of each kind are told
 */
export function madeReport(count: number, others: readonly AuditedUser[] = [], most?: number): AuditReport {
  const report = buildReport(
    {
      ...{ tenant: "example.eu.auth0.com", at: "2026-11-27T09:30:00.000Z", pictureBaseUrl: baseUrl },
      ...{ choiceDoubt: undefined, noAction: undefined, expiresWithinDays: 14, areHostsAsked: true },
    },
    connections,
    most,
  );
  for (const user of others) report.add(user);
  for (let index = 0; index < count; index += 1) report.add(madeUser(index));
  return report.end();
}

export function madeUser(index: number, changes: Partial<AuditedUser> = {}): AuditedUser {
  const name = names[index % names.length] ?? "";
  return {
    ...{ userId: `auth0|${(4_000_000 + index).toString(16)}`, name, email: `user${index}@example.org` },
    ...{ connection: undefined, url: undefined, hiddenUrl: undefined, thumbnail: undefined },
    ...(kinds[index % kinds.length] as (typeof kinds)[number])(index),
    ...changes,
  };
}
