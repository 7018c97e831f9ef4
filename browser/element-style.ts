// How the element looks: the page's font and text colour, on whatever the page has behind it. A constructed sheet is
// allowed by a policy that allows no inline style.

/** Nothing of it moves by itself. The bundle has it without what only people need. */
const elementCss = `
/* Not the host's: a page may give it its own colours by names that are the same. */
.body {
  --accent: var(--user-picture-accent, light-dark(#1f5fd0, #8fb7ff));
  --on-accent: var(--user-picture-on-accent, light-dark(#fff, #0b1a33));
  --bad: var(--user-picture-error, light-dark(#a3261f, #ff9d92));
  --edge: color-mix(in srgb, currentColor 55%, transparent);
  --wash: color-mix(in srgb, currentColor 6%, transparent);
  --radius: var(--user-picture-radius, 50%);
}
:host {
  display: block;
  max-width: 38rem;
  line-height: 1.5;
  overflow-wrap: anywhere;
}
:host([hidden]), [hidden] { display: none !important; }
* { box-sizing: border-box; }
p { margin: 0; }
.body, .side, .error { display: grid; gap: .75rem; }
.body {
  gap: 1rem;
  padding: 1rem;
  border: 1px dashed var(--edge);
  border-radius: 12px;
}
.over { outline: 3px solid var(--accent); background: var(--wash); }
.row, .actions, .zoom { display: flex; flex-wrap: wrap; align-items: center; gap: 1rem 1.25rem; }
.side { flex: 1 1 11rem; min-width: 0; }
.actions { gap: .5rem; }
.portrait, .frame { flex: none; aspect-ratio: 1; background: var(--wash); overflow: hidden; }
.portrait { width: var(--user-picture-size, 6rem); border-radius: var(--radius); }
.portrait > *, canvas { display: block; width: 100%; height: 100%; object-fit: cover; }
.nobody {
  --skin: color-mix(in srgb, currentColor 32%, transparent);
  background:
    radial-gradient(circle at 50% 38%, var(--skin) 18%, #0000 18.5%),
    radial-gradient(circle at 50% 100%, var(--skin) 35%, #0000 35.5%);
}
.hint { font-size: .875em; opacity: .85; }
button {
  min-height: 2.75rem;
  padding: .375rem 1rem;
  border: 1px solid var(--edge);
  border-radius: 9px;
  background: none;
  color: inherit;
  font: inherit;
  font-weight: 550;
  cursor: pointer;
}
button:hover { border-color: currentColor; background: var(--wash); }
.primary, .primary:hover { border-color: var(--accent); background: var(--accent); color: var(--on-accent); }
.primary:hover { filter: brightness(.93); }
[aria-disabled=true] { opacity: .55; cursor: default; }
:focus-visible, .frame:has(:focus-visible) { outline: 3px solid var(--accent); outline-offset: 2px; }
.frame { position: relative; width: min(100%, 16rem); border-radius: 12px; touch-action: none; cursor: grab; }
.frame[inert] { opacity: .6; }
.mask, .frame input { position: absolute; inset: 3px; }
.mask { border: 2px solid #fff; border-radius: var(--radius); box-shadow: 0 0 0 99rem #0008, inset 0 0 0 1px #0006; }
.frame input { opacity: 0; pointer-events: none; }
.zoom { gap: .75rem; font-weight: 550; }
.zoom input { flex: 1; min-width: 0; margin: 0; height: 1.5rem; accent-color: var(--accent); }
progress {
  appearance: none;
  width: 100%;
  height: .625rem;
  border: 1px solid var(--edge);
  border-radius: 99px;
  background: none;
  overflow: hidden;
}
::-webkit-progress-bar { background: none; }
::-webkit-progress-value { background: var(--accent); }
::-moz-progress-bar { background: var(--accent); }
.error {
  gap: 0;
  padding: .625rem .875rem;
  border: 1px solid var(--bad);
  border-inline-start-width: 5px;
  border-radius: 9px;
}
b { color: var(--bad); }
/* Without a place, and there for who listens. */
.status:empty, .error:empty { position: absolute; padding: 0; border: 0; }
@media (forced-colors: active) {
  .body { --accent: Highlight; --on-accent: HighlightText; }
  .portrait, .frame { border: 1px solid; }
  .mask { border-color: Highlight; }
  .primary, progress { forced-color-adjust: none; }
}
`;

let sheet: CSSStyleSheet | undefined;

/** One for all elements of the page. */
export function elementStyle(): CSSStyleSheet {
  if (!sheet) {
    sheet = new CSSStyleSheet();
    sheet.replaceSync(elementCss);
  }
  return sheet;
}
