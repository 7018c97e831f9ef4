// An audit as one page: a single file that asks nobody for anything but pictures, the store's at once and others' when
// somebody says so. What comes from outside is escaped here, or is data for the page's script, which makes texts of it.
import { createHash } from "node:crypto";
import { showableUrl } from "../../actions/user-picture/page-url.ts";
import { printable } from "../terminal/printable.ts";
import { auditPageScript } from "./audit-page-script.ts";
import { auditPageStyle } from "./audit-page-style.ts";
import type { AuditReport } from "./audit-report.ts";
import type { AuditedUser } from "./audited-user.ts";
import { findingKinds, findingWords, mendOf, originWords } from "./finding.ts";
import type { FindingKind, PictureOrigin } from "./finding.ts";

/** A text that is markup already. */
class Markup {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

type Part = string | number | Markup | readonly Markup[];

/** Markup with every value in it escaped, unless it is markup itself. */
function markup(texts: TemplateStringsArray, ...values: readonly Part[]): Markup {
  return new Markup(texts.reduce((all, text, index) => `${all}${shown(values[index - 1] ?? "")}${text}`));
}

function shown(part: Part): string {
  if (part instanceof Markup) return part.text;
  if (typeof part === "object") return part.map(({ text }) => text).join("");
  return String(part).replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}

const nothing = new Markup("");

export function auditPage(report: AuditReport): string {
  const { tenant, at, users, usersWithFindings, rows } = report;
  const policy = [
    ...["default-src 'none'", "img-src https:", `script-src ${hashOf(auditPageScript)}`],
    ...[`style-src ${hashOf(auditPageStyle)}`, "base-uri 'none'", "form-action 'none'"],
    ...["require-trusted-types-for 'script'", "trusted-types 'none'"],
  ].join("; ");
  const looked = `${number(users)} ${users === 1 ? "user was" : "users were"} looked at on`;
  const found =
    usersWithFindings === 0
      ? "There is nothing to mend, and nothing to know."
      : `${number(usersWithFindings)} of them have something to mend or to know.`;
  const page = markup`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="referrer" content="no-referrer">
<meta name="robots" content="noindex">
<meta http-equiv="x-dns-prefetch-control" content="off">
<meta name="viewport" content="width=device-width">
<title>User pictures of ${printable(tenant)}</title>
<style>${new Markup(auditPageStyle)}</style>
</head>
<body>
<header><div>
<p class="brand">${mark} User pictures</p>
<h1>${printable(tenant)}</h1>
<p class="lead">${looked} <time datetime="${at}">${at.slice(0, 10)}, ${at.slice(11, 16)} UTC</time>. ${found}</p>
</div></header>
<main>
${notice(report)}
<div class="pair">${shownCard(report)}${connectionCard(report)}</div>
${findingCard(report)}
${rows.length === 0 ? nothing : userCard(report)}
</main>
${rows.length === 0 ? nothing : scripts(report)}
</body>
</html>
`;
  return page.text;
}

const scripts = (report: AuditReport) =>
  markup`<script type="application/json" id="data">${new Markup(dataOf(report))}</script>
<script>${new Markup(auditPageScript)}</script>`;

const mark = new Markup(
  '<svg viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="2" aria-hidden="true">' +
    '<circle cx="12" cy="12" r="10"/><circle cx="12" cy="9.5" r="3.5"/><path d="M5.5 19a7 7 0 0 1 13 0"/></svg>',
);

function notice({ choiceDoubt, noAction }: AuditReport): Markup {
  if (choiceDoubt !== undefined)
    return markup`<p class="notice"><b>It is not known what logins show.</b> ${printable(choiceDoubt, 400)}
What is told here is what a stack’s Action would show at least.</p>`;
  if (noAction !== undefined)
    return markup`<p class="notice"><b>Logins show Auth0’s own picture claim.</b> ${printable(noAction, 400)}</p>`;
  return nothing;
}

function shownCard({ shown: counts, users }: AuditReport): Markup {
  const origins = (Object.keys(originWords) as PictureOrigin[]).filter((origin) => counts[origin] > 0);
  let at = 0;
  const bars = origins.map((origin) => {
    const [x, width] = [at, (1000 * counts[origin]) / users];
    at += width;
    // Narrower by a gap to the next one.
    const drawn = Math.max(1, width - 3).toFixed(2);
    return markup`<rect class="o-${origin}" x="${x.toFixed(2)}" width="${drawn}" height="10"/>`;
  });
  const items = origins.map((origin) => {
    const percent = ((100 * counts[origin]) / users).toFixed(1);
    return markup`<li class="o-${origin}"><span class="swatch"></span><span>${upperFirst(originWords[origin])}</span>
<b>${number(counts[origin])}</b><span class="soft">${percent} %</span></li>`;
  });
  return markup`<section class="card" aria-labelledby="shown-title">
<h2 id="shown-title">What a login shows</h2>
<svg class="bar" viewBox="0 0 1000 10" preserveAspectRatio="none" aria-hidden="true">${bars}</svg>
<ul class="legend">${items}</ul>
</section>`;
}

function connectionCard({ connections }: AuditReport): Markup {
  if (connections.length === 0) return nothing;
  const rows = connections.map(({ name, strategy, users, setUserRootAttributes, overwritesPictures }) => {
    const state =
      overwritesPictures === false
        ? markup`No <span class="soft small">${printable(setUserRootAttributes)}</span>`
        : markup`<span class="yes">${overwritesPictures === true ? "At each login" : "Not to be seen"}</span>`;
    return markup`<tr><th scope="row"><bdi>${printable(name)}</bdi>
<span class="soft small">${printable(strategy)}</span></th><td>${number(users)}</td><td>${state}</td></tr>`;
  });
  const mend = connections.find(({ overwritesPictures }) => overwritesPictures !== false)?.mend;
  return markup`<section class="card" aria-labelledby="connections-title">
<h2 id="connections-title">Connections that write pictures</h2>
<table aria-labelledby="connections-title">
<thead><tr><th scope="col">Connection</th><th scope="col">Users</th><th scope="col">Overwrites</th></tr></thead>
<tbody>${rows}</tbody></table>
${mend === undefined ? nothing : markup`<p class="soft small">${printable(mend, 400)}</p>`}
</section>`;
}

function findingCard({ counts, areHostsAsked }: AuditReport): Markup {
  const found = findingKinds.filter((kind) => counts[kind] > 0);
  const others = findingKinds
    .filter((kind) => counts[kind] === 0)
    .map((kind) => findingWords[kind].title.toLowerCase());
  const tile = (kind: FindingKind) => {
    const { title, meaning, isWrong } = findingWords[kind];
    return markup`<button type="button" class="tile${isWrong ? " wrong" : ""}" data-kind="${kind}" aria-pressed="false">
<span class="title">${title}</span><span class="count">${number(counts[kind])}</span>
<span class="meaning">${meaning}</span></button>`;
  };
  const group = (title: string, isWrong: boolean) => {
    const tiles = found.filter((kind) => findingWords[kind].isWrong === isWrong).map(tile);
    return tiles.length === 0
      ? nothing
      : markup`<div class="group"><h3>${title}</h3><div class="tiles">${tiles}</div></div>`;
  };
  const intro = found.length === 0 ? "There are none." : "Press one to see its users.";
  const asked = areHostsAsked ? "" : " The hosts of foreign pictures were not asked (--no-fetch).";
  return markup`<section class="card" aria-labelledby="findings-title">
<div class="heading"><h2 id="findings-title">Findings</h2><p class="soft small">${intro}</p></div>
${group("To mend", true)}
${group("To know", false)}
<p class="soft small">${others.length === 0 ? "" : `Not found: ${others.join(", ")}.`}${asked}</p>
</section>`;
}

function userCard(report: AuditReport): Markup {
  const { rows, omitted, pictureBaseUrl } = report;
  const hosts = new Set(rows.map(askedHost).filter((host) => host !== undefined));
  const store = pictureBaseUrl === undefined ? "" : printable(hostOf(pictureBaseUrl));
  const options = findingKinds
    .filter((kind) => report.counts[kind] > 0)
    .map((kind) => markup`<option value="${kind}">${findingWords[kind].title}</option>`);
  const left = findingKinds.flatMap((kind) => {
    const count = omitted[kind] ?? 0;
    return count === 0 ? [] : [`${number(count)} more of “${findingWords[kind].title}”`];
  });
  const asks = store === "" ? "" : `This page asks ${store} for the store’s pictures. `;
  const counted = left.length === 0 ? "" : ` Counted, but not listed: ${left.join(", ")}.`;
  const showAll = `Show pictures of ${number(hosts.size)} other ${hosts.size === 1 ? "host" : "hosts"}`;
  return markup`<section class="card list" id="users" aria-labelledby="users-title">
<div class="heading"><h2 id="users-title">Users</h2>
<p class="soft small">${asks}Other hosts are asked only when you press Show: then they learn who looks.${counted}</p>
</div>
<noscript><p class="notice">The list needs JavaScript: the page has one script, and it loads nothing.</p></noscript>
<div class="interactive" hidden>
<div class="tools">
<label class="search">Search<input id="search" type="search" autocomplete="off" spellcheck="false"
placeholder="Name, e-mail, id, address or reason"></label>
<label>Finding<select id="finding"><option value="">All findings</option>${options}</select></label>
${hosts.size === 0 ? nothing : markup`<button type="button" id="show-all">${showAll}</button>`}
</div>
<p id="status" class="soft small" role="status"></p>
<table class="users" aria-labelledby="users-title">
<colgroup><col class="w-picture"><col class="w-user"><col class="w-from"><col><col class="w-do"></colgroup>
<thead><tr><th scope="col">Picture</th>
<th scope="col" data-sort="user"><button type="button">User</button></th>
<th scope="col" data-sort="from"><button type="button">Comes from</button></th>
<th scope="col" data-sort="finding"><button type="button">What is wrong</button></th>
<th scope="col">What to do</th></tr></thead>
<tbody id="rows"></tbody>
</table>
<p id="empty" class="empty" hidden>No user is like that.</p>
<nav class="pager" aria-label="Pages of users"><div id="place"></div>
<div><button type="button" id="previous">Previous</button><button type="button" id="next">Next</button></div></nav>
</div>
</section>`;
}

/** For the script. No text in it can end the element that holds it. */
function dataOf({ rows }: AuditReport): string {
  const kinds = findingKinds.map((kind, rank) => {
    const { title, isWrong } = findingWords[kind];
    return [kind, { title, isWrong, rank }] as const;
  });
  return JSON.stringify({ kinds: Object.fromEntries(kinds), rows: rows.map(rowOf) }).replaceAll("<", "\\u003c");
}

function rowOf(user: AuditedUser) {
  const { userId, name = "", email = "", connection = "", origin, url, hiddenUrl, thumbnail, findings } = user;
  const commands = new Set(findings.map((finding) => mendOf(finding, user)).filter((one) => one !== undefined));
  const [address, hidden] = [printable(url ?? "", 400), printable(hiddenUrl ?? "", 400)];
  const picture = pictureToShow(user);
  return {
    ...{ id: printable(userId, 120), name: printable(name, 120), email: printable(email, 120) },
    // By what is searched for, too, where it looks otherwise.
    ...(printable(userId, 120) !== userId && { rawId: userId.slice(0, 200) }),
    ...{
      connection: printable(connection, 80),
      from: upperFirst(originWords[origin]),
      host: printable(hostOf(url), 80),
    },
    ...{ address, short: shortened(address) },
    ...(hidden !== "" && { hidden, shortHidden: shortened(hidden) }),
    ...(picture !== undefined && { picture, isStores: thumbnail !== undefined }),
    findings: findings.map(({ kind, reason }) => ({ kind, reason: printable(reason, 400) })),
    ...{ commands: [...commands], advice: "Audit again, or look at it yourself." },
  };
}

/** Only what is https, and has no password in it, is ever asked for; what is dead is not. */
function pictureToShow({ url, thumbnail, findings }: AuditedUser): string | undefined {
  if (thumbnail !== undefined) return thumbnail;
  return findings.some(({ kind }) => kind === "dead") ? undefined : showableUrl(url);
}

/** Whose picture is shown only after a click. */
const askedHost = (user: AuditedUser): string | undefined =>
  user.thumbnail === undefined ? hostOf(pictureToShow(user)) || undefined : undefined;

const hostOf = (url = ""): string => URL.parse(url)?.host ?? "";

/** Without what every address has, and with both of its ends. */
function shortened(address: string): string {
  const text = address.replace(/^https:\/\//, "");
  return text.length > 56 ? `${text.slice(0, 34)}…${text.slice(-18)}` : text;
}

const hashOf = (text: string) => `'sha256-${createHash("sha256").update(text).digest("base64")}'`;

const number = (count: number) => count.toLocaleString("en");

const upperFirst = (text: string) => text.charAt(0).toUpperCase() + text.slice(1);
