// The page's look: that of the project's demo, warm greys and one accent, in light and dark by the system's choice.
// Plain text, because the page has to be one file.
export const auditPageStyle = `
:root {
  color-scheme: light dark;
  --page: light-dark(#f6f5f1, #141716);
  --card: light-dark(#ffffff, #1c201e);
  --sunk: light-dark(#f3f1ec, #151917);
  --ink: light-dark(#1b1d1c, #edeeea);
  --soft: light-dark(#575b57, #aab0aa);
  --line: light-dark(#e0ddd5, #313733);
  --edge: light-dark(#858982, #7d857f);
  --accent: light-dark(#0b6b5b, #64d2b8);
  --on-accent: light-dark(#ffffff, #08231d);
  --wash: light-dark(#e6f2ee, #17302a);
  --bad: light-dark(#a3261f, #ff9d92);
  --bad-wash: light-dark(#fbecea, #341d1b);
  --note: light-dark(#7a4f00, #efc063);
  --note-wash: light-dark(#faf1dd, #302713);
  --small: 0.8125rem;
  --radius: 12px;
  --mono: ui-monospace, "SF Mono", "Cascadia Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace;
}
*, *::before, *::after { box-sizing: border-box; }
html {
  font-family: Inter, system-ui, -apple-system, "Segoe UI", Roboto, sans-serif;
  line-height: 1.5;
  text-size-adjust: 100%;
  background: var(--page);
  color: var(--ink);
}
body { margin: 0; }
h1, h2, h3, p, ol, ul, dl, dd, table { margin: 0; padding: 0; }
h1 {
  font-size: clamp(1.625rem, 1.3rem + 1.6vw, 2.25rem);
  font-weight: 650;
  letter-spacing: -0.02em;
  line-height: 1.15;
  overflow-wrap: anywhere;
}
h2 { font-size: 1.25rem; font-weight: 650; letter-spacing: -0.01em; line-height: 1.3; }
code { font-family: var(--mono); font-size: var(--small); overflow-wrap: anywhere; }
bdi { unicode-bidi: isolate; }
a { color: var(--accent); }
[hidden] { display: none !important; }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
.soft { color: var(--soft); }
.small { font-size: var(--small); }

main, header > div {
  max-width: 86rem;
  margin: 0 auto;
  padding-inline: clamp(1rem, 4vw, 2.5rem);
}
header { background: var(--card); border-bottom: 1px solid var(--line); }
header > div { display: grid; gap: 0.5rem; padding-block: clamp(1.25rem, 4vw, 2.25rem); }
.brand { display: flex; align-items: center; gap: 0.5rem; font-weight: 600; color: var(--accent); }
.brand svg { width: 1.375rem; height: 1.375rem; }
.lead { font-size: 1.0625rem; color: var(--soft); max-width: 46rem; text-wrap: pretty; }
main { display: grid; grid-template-columns: minmax(0, 1fr); gap: 1.25rem; padding-block: 1.25rem 4rem; }

.card {
  display: grid;
  grid-template-columns: minmax(0, 1fr);
  gap: 1rem;
  padding: clamp(1rem, 2.5vw, 1.5rem);
  background: var(--card);
  border: 1px solid var(--line);
  border-radius: var(--radius);
}
.heading { display: grid; gap: 0.25rem; }
.pair { display: grid; grid-template-columns: minmax(0, 1fr) minmax(0, 1fr); gap: 1.25rem; align-items: start; }
.pair > :only-child { grid-column: 1 / -1; }
.notice {
  padding: 0.75rem 1rem;
  border: 1px solid var(--note);
  border-radius: var(--radius);
  background: var(--note-wash);
}

/* What logins show */
.bar { display: block; width: 100%; height: 0.875rem; border-radius: 99px; background: var(--sunk); }
.o-user-metadata { --of: light-dark(#0b6b5b, #64d2b8); }
.o-application { --of: light-dark(#3f9c86, #2f8a74); }
.o-provider { --of: light-dark(#3c6fb0, #7fb0ef); }
.o-linked-identity { --of: light-dark(#7b5bb0, #bda0ee); }
.o-default-picture { --of: light-dark(#9aa09a, #858c86); }
.o-gravatar-fallback { --of: light-dark(#c08a2d, #d8ab55); }
.o-generated { --of: light-dark(#d5a94f, #9c7a35); }
.o-none { --of: light-dark(#c0564e, #c96f66); }
rect { fill: var(--of); }
.legend { display: grid; gap: 0.375rem; list-style: none; font-size: 0.9375rem; }
.legend li {
  display: grid;
  grid-template-columns: 0.75rem minmax(0, 1fr) auto 4rem;
  gap: 0.625rem;
  align-items: baseline;
}
.swatch {
  width: 0.75rem;
  height: 0.75rem;
  border-radius: 3px;
  background: var(--of);
  translate: 0 1px;
  forced-color-adjust: none;
}
.legend b { font-variant-numeric: tabular-nums; font-weight: 600; }
.legend .soft { text-align: end; font-variant-numeric: tabular-nums; }

/* Findings */
.tiles { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 14.5rem), 1fr)); gap: 0.75rem; }
button, input, select { font: inherit; color: inherit; }
button {
  min-height: 2.5rem;
  padding: 0.375rem 0.9375rem;
  border: 1px solid var(--edge);
  border-radius: 9px;
  background: var(--card);
  font-weight: 550;
  cursor: pointer;
}
button:hover { border-color: var(--accent); color: var(--accent); }
button:disabled { border-color: var(--line); color: var(--soft); cursor: default; }
.tile {
  --tone: var(--note);
  display: grid;
  grid-template-columns: minmax(0, 1fr) auto;
  align-content: start;
  gap: 0.125rem 0.75rem;
  padding: 0.875rem 1rem;
  border-color: var(--line);
  border-inline-start: 4px solid var(--tone);
  border-radius: 10px;
  text-align: start;
  font-weight: 400;
}
.tile.wrong { --tone: var(--bad); }
.tile:hover { color: inherit; border-color: var(--tone); }
.tile .title { font-weight: 650; }
.tile .count {
  font-size: 1.375rem;
  font-weight: 650;
  line-height: 1.1;
  letter-spacing: -0.02em;
  font-variant-numeric: tabular-nums;
  color: var(--tone);
}
.tile .meaning { grid-column: 1 / -1; font-size: var(--small); color: var(--soft); line-height: 1.4; }
.tile[aria-pressed="true"] {
  background: var(--wash);
  border-color: var(--accent);
  box-shadow: inset 0 0 0 1px var(--accent);
}

.group { display: grid; grid-template-columns: minmax(0, 1fr); gap: 0.625rem; }
h3 { margin: 0; font-size: var(--small); font-weight: 650; color: var(--soft); }

/* The table */
.interactive { display: grid; grid-template-columns: minmax(0, 1fr); gap: 0.75rem; }
.tools { display: flex; margin-top: 0.25rem; flex-wrap: wrap; align-items: end; gap: 0.75rem; }
.tools label { display: grid; gap: 0.25rem; font-size: var(--small); font-weight: 600; }
.tools .search { flex: 1 1 16rem; }
input, select {
  width: 100%;
  min-height: 2.5rem;
  padding: 0.375rem 0.75rem;
  border: 1px solid var(--edge);
  border-radius: 9px;
  background: var(--card);
  font-size: 0.9375rem;
  font-weight: 400;
}
table { width: 100%; border-collapse: collapse; font-size: 0.9375rem; }
th, td {
  padding: 0.75rem 1rem 0.75rem 0;
  border-top: 1px solid var(--line);
  text-align: start;
  vertical-align: top;
  overflow-wrap: anywhere;
}
:is(th, td):last-child { padding-inline-end: 0; }
thead th {
  padding-block: 0.375rem;
  border-top: 0;
  color: var(--soft);
  font-size: var(--small);
  font-weight: 600;
  white-space: nowrap;
  vertical-align: middle;
}
thead button {
  display: inline-flex;
  align-items: center;
  gap: 0.375rem;
  min-height: 2rem;
  margin-inline-start: -0.5rem;
  padding: 0.125rem 0.5rem;
  border-color: transparent;
  background: none;
  color: inherit;
  font-weight: 600;
}
thead button::after { content: "↕" / ""; opacity: 0.55; }
th[aria-sort="ascending"] button::after { content: "↑" / ""; opacity: 1; }
th[aria-sort="descending"] button::after { content: "↓" / ""; opacity: 1; }
th[aria-sort] button { color: var(--ink); }
tbody th { font-weight: 400; }
.users { table-layout: fixed; }
.users .w-picture { width: 5.5rem; }
.users .w-user { width: 22%; }
.users .w-from { width: 19%; }
.users .w-do { width: 27%; }
.name { display: block; font-weight: 600; }
.lines { display: grid; gap: 0.125rem; justify-items: start; }
.lines code { color: var(--soft); }
.lines > * + code { margin-top: 0.125rem; }
.plain { display: grid; gap: 0.5rem; list-style: none; }
.plain li { line-height: 1.45; }
.badge {
  --tone: var(--note);
  display: inline-block;
  padding: 0 0.5rem;
  margin-inline-end: 0.375rem;
  border-radius: 99px;
  border: 1px solid currentColor;
  background: var(--note-wash);
  color: var(--tone);
  font-size: var(--small);
  font-weight: 600;
}
.badge.wrong { --tone: var(--bad); background: var(--bad-wash); }
.command {
  display: grid;
  grid-template-columns: minmax(0, 1fr) auto;
  gap: 0.5rem;
  align-items: start;
  padding: 0.375rem 0.375rem 0.375rem 0.625rem;
  border-radius: 8px;
  background: var(--sunk);
}
.command code { align-self: center; }
.command button { min-height: 1.75rem; padding: 0 0.5rem; border-color: var(--line); font-size: var(--small); }
.avatar {
  position: relative;
  display: grid;
  place-items: center;
  width: 3.5rem;
  height: 3.5rem;
  border-radius: 50%;
  background: var(--sunk);
  box-shadow: inset 0 0 0 1px var(--line);
  color: var(--soft);
  font-weight: 600;
  overflow: hidden;
}
.avatar.broken { box-shadow: inset 0 0 0 2px var(--bad); color: var(--bad); }
.avatar img { position: absolute; inset: 0; width: 100%; height: 100%; object-fit: cover; background: var(--sunk); }
.picture { display: grid; justify-items: center; gap: 0.375rem; width: 3.5rem; }
:is(.picture, .command) button { white-space: nowrap; overflow-wrap: normal; }
.picture button { min-height: 1.75rem; padding: 0 0.5rem; font-size: var(--small); }
.pager {
  display: flex;
  flex-wrap: wrap;
  align-items: center;
  justify-content: space-between;
  gap: 0.75rem;
  padding-top: 1rem;
  border-top: 1px solid var(--line);
}
.pager div { display: flex; align-items: center; gap: 0.5rem; font-variant-numeric: tabular-nums; }
.empty { padding: 2.5rem 1rem; text-align: center; color: var(--soft); }
.yes { color: var(--note); font-weight: 600; }

@media (max-width: 62rem) {
  .pair { grid-template-columns: minmax(0, 1fr); }
  .users, .users :is(thead, tbody, tr, th, td) { display: block; width: auto !important; }
  .users colgroup { display: none; }
  .users thead tr { display: flex; flex-wrap: wrap; gap: 0.25rem 0.75rem; padding-bottom: 0.5rem; }
  .users thead th { padding: 0; }
  .users thead th:not(:has(button)) { display: none; }
  .users tbody :is(th, td) { padding: 0; border: 0; }
  .users tbody tr {
    display: grid;
    grid-template-columns: 4.5rem minmax(0, 1fr);
    gap: 0.625rem 1rem;
    padding-block: 1rem;
    border-top: 1px solid var(--line);
  }
  .users tbody td:nth-of-type(n + 2) { grid-column: 2; }
}
@media (max-width: 30rem) {
  .users tbody td:nth-of-type(n + 3) { grid-column: 1 / -1; }
  .tools > * { flex: 1 1 100%; }
}
@media (prefers-reduced-motion: no-preference) {
  button { transition: background-color 120ms, border-color 120ms, color 120ms; }
}
@media (forced-colors: active) {
  .tile[aria-pressed="true"] { outline: 2px solid Highlight; }
  .avatar { border: 1px solid CanvasText; }
}
@media print {
  :root { color-scheme: light; }
  html { background: none; font-size: 10pt; }
  header, .card { border: 0; padding-inline: 0; }
  main, header > div { max-width: none; padding-inline: 0; }
  .tools, .pager, .picture button, .command button, thead button::after { display: none; }
  .card, .tile { break-inside: avoid; }
  .card.list { break-inside: auto; }
  tr { break-inside: avoid; }
  thead { display: table-header-group; }
}
`;
