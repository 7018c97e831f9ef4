// What a user's last login did: its Actions in order, and the claims that came of it.
import type { ConsoleState, LoginView, Person } from "../console-types.ts";
import { claimRows } from "./claims-table.ts";
import { clock, element } from "./elements.ts";

const kinds: Readonly<Record<string, string>> = {
  "oauth2-refresh-token": "a refresh of the token",
  samlp: "a sign-in by SAML",
};

export function loginDetails({ lastLogin }: Person, { flow }: ConsoleState): HTMLElement[] {
  if (lastLogin === null) {
    const text = `None since the demo was started. A login runs ${flow.join(", then ")}.`;
    return [element("p", { class: "muted" }, text)];
  }
  const { at, protocol, claims, error } = lastLogin;
  const kind = kinds[protocol] ?? "a sign-in";
  const outcome = error === null ? "" : ` It failed: ${error}`;
  return [
    element("p", { class: "muted" }, `At ${clock(at)}, ${kind}.${outcome}`),
    element(
      "table",
      { class: "names" },
      element(
        "thead",
        {},
        element("tr", {}, element("th", { scope: "col" }, "Action"), element("th", { scope: "col" }, "What it did")),
      ),
      element("tbody", {}, ...flowOf(lastLogin, flow).map(actionRow)),
    ),
    ...(claims === null ? [] : [claimDetails(claims)]),
  ];
}

/** Those that ran, and then those of the flow that did not. */
function flowOf({ actions }: LoginView, flow: readonly string[]) {
  const ran = new Set(actions.map(({ name }) => name));
  const others = flow.filter((name) => !ran.has(name));
  return [...actions, ...others.map((name) => ({ name, calls: [], milliseconds: null, ended: "", message: null }))];
}

function actionRow({
  name,
  calls,
  milliseconds,
  message,
}: Pick<LoginView["actions"][number], "name" | "calls" | "message"> & { readonly milliseconds: number | null }) {
  const lines = calls.map((one) => element("li", {}, element("code", {}, one)));
  const nothing = milliseconds === null ? "Did not run." : "Nothing.";
  return element(
    "tr",
    {},
    element("th", { scope: "row" }, name, milliseconds === null ? null : element("small", {}, `${milliseconds} ms`)),
    element(
      "td",
      {},
      lines.length > 0 ? element("ul", { class: "plain" }, ...lines) : nothing,
      message === null ? null : element("p", { class: "bad" }, message),
    ),
  );
}

function claimDetails(claims: Readonly<Record<string, unknown>>): HTMLElement {
  const head = element("tr", {}, element("th", { scope: "col" }, "Claim"), element("th", { scope: "col" }, "Value"));
  return element(
    "details",
    {},
    element("summary", {}, "The ID token's claims about the user"),
    element("table", {}, element("thead", {}, head), element("tbody", {}, ...claimRows(claims))),
  );
}
