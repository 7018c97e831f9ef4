// The console: who can sign in, where their pictures come from, and what the last login made of them.
import type { ChangeResult, ConsoleState, Person } from "../console-types.ts";
import { callCard } from "./call-card.ts";
import { connectionRows } from "./connection-rows.ts";
import { byId, element, focusOn, say } from "./elements.ts";
import { loginDetails } from "./login-details.ts";
import { avatar, picturesReady } from "./pictures.ts";
import { ruleWords } from "./rule-words.ts";
import { call, post } from "./server-api.ts";
import { servedRows } from "./served-rows.ts";
import { sourceSteps } from "./source-steps.ts";

void start();

async function start(): Promise<void> {
  await picturesReady();
  byId("reload").addEventListener("click", () => void look("The tenant as it is now."));
  addEventListener("hashchange", () => void look().then(() => focusOn(byId("person-title"))));
  // Somebody who comes back from the page has changed something there.
  document.addEventListener("visibilitychange", () => {
    const isEditing = document.querySelector("details.change[open]") !== null;
    if (document.visibilityState === "visible" && !isEditing) void look();
  });
  await look();
}

async function look(message = ""): Promise<void> {
  try {
    show(await call<ConsoleState>("console"));
    say(message);
  } catch (error) {
    say(error instanceof Error ? error.message : String(error));
  }
}

function show(state: ConsoleState): void {
  const { people, connections, served } = state;
  const chosen = decodeURIComponent(location.hash.slice(1));
  const person = people.find(({ key }) => key === chosen) ?? people[0];
  byId("people").replaceChildren(...people.map((one) => personItem(one, one === person, state)));
  byId("person").replaceChildren(...(person ? [personPanel(person, state)] : []));
  byId("connections").replaceChildren(...connectionRows(connections));
  byId("served").replaceChildren(...servedRows(served));
  byId("served-table").hidden = served.length === 0;
  byId("served-none").hidden = served.length > 0;
}

const titleOf = ({ connection }: Person, { connections }: ConsoleState) =>
  connections.find(({ name }) => name === connection)?.title ?? connection;

function personItem(person: Person, isChosen: boolean, state: ConsoleState): HTMLElement {
  const { key, name, lastLogin } = person;
  const detail = `${titleOf(person, state)} · ${lastLogin ? ruleWords(lastLogin).short : "no login seen"}`;
  const link = element(
    "a",
    { href: `#${encodeURIComponent(key)}`, ...(isChosen && { "aria-current": "true" }) },
    avatar(lastLogin?.picture ?? null, name, "small"),
    element("span", {}, element("b", {}, name), element("small", {}, detail)),
  );
  return element("li", {}, link);
}

function personPanel(person: Person, state: ConsoleState): HTMLElement {
  const { key, name, email, userId } = person;
  const outcome = element("div", { id: "outcome" });
  const change = async (what: "provider" | "root" | "metadata", picture: string | null) => {
    try {
      const { call: made } = await post<ChangeResult>("change", { key, what, picture });
      await look();
      const result = resultOf(made, titleOf(person, state));
      byId("outcome").replaceChildren(...result.content);
      say(result.message);
      focusOn(byId("outcome"));
    } catch (error) {
      say(error instanceof Error ? error.message : String(error));
    }
  };
  return element(
    "section",
    { class: "card", "aria-labelledby": "person-title" },
    element("h2", { id: "person-title" }, name),
    element("p", { class: "muted" }, `${email} · `, element("code", {}, userId ?? "no user of the tenant yet")),
    element("h3", {}, "Where the picture comes from"),
    sourceSteps(person, state, change),
    outcome,
    element("h3", {}, "The last login"),
    ...loginDetails(person, state),
  );
}

function resultOf(made: ChangeResult["call"], connection: string): { message: string; content: HTMLElement[] } {
  if (made === null) {
    const message = `${connection} says so now. Auth0 learns of it when the user signs in there, if it takes it.`;
    return { message, content: [element("p", { class: "call" }, `No call of Auth0's: ${message}`)] };
  }
  const message =
    made.message === null
      ? `${made.status}: changed. The next login, or a refresh of the token, chooses anew.`
      : `${made.status}: ${made.message}`;
  const kind = made.message === null ? "good" : "bad";
  return { message, content: [callCard("Management API", made), element("p", { class: kind }, message)] };
}
