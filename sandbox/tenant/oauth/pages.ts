// The pages that the tenant itself shows: where a person says who they are, and where something is wrong. They have no
// script, and load nothing.
import { hash } from "node:crypto";
import type { FastifyReply } from "fastify";

/** A text as HTML, in an element or in an attribute with double quotes. */
export const escapeHtml = (text: string): string =>
  text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);

export interface LoginChoice {
  /** The connection's name. */
  readonly connection: string;
  readonly strategy: string;
  readonly users: readonly { readonly hint: string; readonly name: string; readonly email: string }[];
  /** How many users there are that are not listed. */
  readonly others: number;
}

export interface LoginPage {
  readonly application: string;
  readonly organization?: string;
  /** The value that the form sends back as `state`. */
  readonly state: string;
  readonly choices: readonly LoginChoice[];
  /** What is typed beforehand for a user who is not listed. */
  readonly loginHint?: string;
  /** Why the last attempt failed. */
  readonly error?: string;
}

const style = `
:root { color-scheme: light dark; --page: light-dark(#f6f5f1, #141716); --card: light-dark(#fff, #1c201e);
  --soft: light-dark(#f3f1ec, #232826); --ink: light-dark(#1b1d1c, #edeeea); --quiet: light-dark(#575b57, #aab0aa);
  --line: light-dark(#e0ddd5, #313733); --edge: light-dark(#858982, #7d857f); --accent: light-dark(#0b6b5b, #64d2b8);
  --bad: light-dark(#a3261f, #ff9d92); }
* { box-sizing: border-box; }
body { margin: 0; min-height: 100vh; display: grid; place-items: center; padding: 1rem; background: var(--page);
  color: var(--ink); font: 1rem/1.5 Inter, system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; }
main { width: min(26rem, 100%); padding: clamp(1.25rem, 5vw, 2rem); overflow-wrap: anywhere; background: var(--card);
  border: 1px solid var(--line); border-radius: 1rem; }
h1 { font-size: 1.5rem; font-weight: 650; letter-spacing: -.015em; line-height: 1.25; margin: 0 0 .25rem; }
h2 { font-size: .8125rem; margin: 1.5rem 0 .5rem; color: var(--quiet); font-weight: 600; }
h2 code { margin-inline-start: .375rem; font-weight: 400; }
p { margin: 0 0 .5rem; color: var(--quiet); }
ul { list-style: none; margin: 0; padding: 0; display: grid; gap: .5rem; }
button, input { font: inherit; color: inherit; border: 1px solid var(--edge); border-radius: .625rem; min-height: 3rem;
  background: var(--card); padding: .5rem .75rem; }
button { font-weight: 550; cursor: pointer; }
button:hover { border-color: var(--accent); background: var(--soft); }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
.who { width: 100%; display: flex; gap: .75rem; align-items: center; text-align: start; }
.who > span:last-child { display: grid; line-height: 1.3; }
.who small { color: var(--quiet); font-weight: 400; }
.initials { flex: none; width: 2.25rem; height: 2.25rem; border-radius: 50%; display: grid; place-items: center;
  background: var(--soft); color: var(--quiet); font-size: .8125rem; font-weight: 600; }
summary { width: fit-content; margin-top: .5rem; color: var(--accent); font-size: .875rem; font-weight: 550;
  cursor: pointer; }
.other { display: flex; flex-wrap: wrap; gap: .5rem; margin-top: .5rem; }
.other input { flex: 1 1 10rem; min-width: 0; }
.error { border-inline-start: .25rem solid var(--bad); padding: .5rem .75rem; color: var(--ink);
  background: var(--soft); }
.hidden { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
footer { margin-top: 1.5rem; padding-top: 1rem; border-top: 1px solid var(--line); font-size: .8125rem;
  color: var(--quiet); }
`;

/**
 * No `form-action`: after the login a browser follows the redirects of the form's response, to the application and to
 * wherever that sends it, and would hold each against this list.
 */
const policy = [
  "default-src 'none'",
  `style-src 'sha256-${hash("sha256", style, "base64")}'`,
  "frame-ancestors 'none'",
  "base-uri 'none'",
].join("; ");

export const sendPage = (reply: FastifyReply, html: string): FastifyReply =>
  reply
    .header("content-type", "text/html; charset=utf-8")
    .header("content-security-policy", policy)
    .header("cache-control", "no-store")
    // With "no-referrer" a browser would send the form with the origin "null".
    .header("referrer-policy", "same-origin")
    .header("x-content-type-options", "nosniff")
    .send(html);

const page = (title: string, content: string) => `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>${escapeHtml(title)}</title>
<style>${style}</style>
</head>
<body>
<main>
${content}
</main>
</body>
</html>
`;

export const messagePage = (title: string, error?: string) =>
  page(
    title,
    `<h1>${escapeHtml(title)}</h1>
${error === undefined ? "" : `<p class="error" role="alert">${escapeHtml(error)}</p>`}
<footer>A tenant of the sandbox, on this machine.</footer>`,
  );

export const loginPage = ({ application, organization, state, choices, loginHint = "", error }: LoginPage) =>
  page(
    `Log in to ${application}`,
    `<h1>Log in to ${escapeHtml(application)}</h1>
<p>${organization === undefined ? "" : `As a member of ${escapeHtml(organization)}. `}There are no passwords here: \
choose who you are.</p>
${error === undefined ? "" : `<p class="error" role="alert">${escapeHtml(error)}</p>`}
${choices.length === 0 ? "<p>This tenant has no connection to log in with.</p>" : ""}
${choices.map((choice, index) => section(choice, index, state, loginHint)).join("\n")}
<footer>A tenant of the sandbox, on this machine.</footer>`,
  );

/** As the provider's button says it; for another strategy its name. */
const titles: Readonly<Record<string, string>> = {
  auth0: "Database",
  email: "E-mail",
  github: "GitHub",
  "google-oauth2": "Google",
};

function section({ connection, strategy, users, others }: LoginChoice, index: number, state: string, hint: string) {
  const hidden = `<input type="hidden" name="state" value="${escapeHtml(state)}">
<input type="hidden" name="connection" value="${escapeHtml(connection)}">`;
  const known = users.map(
    (user) => `<li><button class="who" name="login_hint" value="${escapeHtml(user.hint)}">
<span class="initials" aria-hidden="true">${escapeHtml(initials(user.name))}</span>
<span>${escapeHtml(user.name)}${user.name === user.email ? "" : ` <small>${escapeHtml(user.email)}</small>`}</span>
</button></li>`,
  );
  const label = `Another user of ${connection}`;
  const title = titles[strategy] ?? strategy;
  const heading = `<h2 id="connection-${index}">${escapeHtml(title)} <code>${escapeHtml(connection)}</code></h2>`;
  // A field would take nothing that leads anywhere.
  if (known.length === 0)
    return `<section aria-labelledby="connection-${index}">\n${heading}\n<p>Nobody can log in by it yet.</p></section>`;
  return `<section aria-labelledby="connection-${index}">
${heading}
<form method="post" action="/u/login">${hidden}<ul>
${known.join("\n")}
</ul></form>
<details${hint === "" ? "" : " open"}><summary>Somebody else</summary>
<form method="post" action="/u/login" class="other">${hidden}
<label class="hidden" for="hint-${index}">${escapeHtml(label)}: e-mail address or id</label>
<input id="hint-${index}" name="login_hint" required autocomplete="username" placeholder="${escapeHtml(
    others > 0 ? `One of ${others} others: e-mail or id` : "Another: e-mail or id",
  )}" value="${escapeHtml(hint)}">
<button>Continue</button></form>
</details>
</section>`;
}

function initials(name: string): string {
  const words = name.split(/[\s@._-]+/).filter((word) => word !== "");
  return words
    .slice(0, 2)
    .map((word) => [...word][0] ?? "")
    .join("")
    .toUpperCase();
}
