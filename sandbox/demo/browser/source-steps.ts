// Where a user's picture comes from, step by step: what the identity provider sends, what Auth0 keeps, what the user
// has set, and which of them was shown. Each of the first three can be changed.
import type { Change, ConnectionView, ConsoleState, Person } from "../console-types.ts";
import { button, element } from "./elements.ts";
import { avatar } from "./pictures.ts";
import { ruleWords } from "./rule-words.ts";

/** By the value of `set_user_root_attributes`. */
const takenOver: Readonly<Record<NonNullable<ConnectionView["sync"]>, string>> = {
  on_each_login: "Auth0 takes it over at each login.",
  on_first_login: "Auth0 takes it over at the first login only.",
  never_on_login: "Auth0 does not take it over.",
};

type MakeChange = (what: Change["what"], picture: string | null) => Promise<void>;

export function sourceSteps(person: Person, state: ConsoleState, change: MakeChange): HTMLElement {
  const { name, provider, rootPicture, metadataPicture, lastLogin, isChanged, userId } = person;
  const connection = state.connections.find((one) => one.name === person.connection);
  const title = connection?.title ?? person.connection;
  const sync = connection?.sync ?? null;
  const rule = lastLogin?.rule;
  const isStored = metadataPicture?.startsWith(state.pictureBaseUrl) === true;
  const another = (host: string) => `https://${host}/${crypto.randomUUID().slice(0, 8)}`;
  const host = person.connection === "github" ? "avatars.githubusercontent.com/u" : "lh3.googleusercontent.com/a";
  const words = lastLogin && ruleWords(lastLogin);

  return element(
    "ol",
    { class: "chain" },
    step({
      title: provider ? `${title} sends` : "No identity provider",
      picture: provider?.picture ?? null,
      name,
      note: provider ? takenOver[sync ?? "on_each_login"] : "Auth0 keeps this user in its own database.",
      ...(provider && {
        editor: editor("provider", `What ${title} sends`, { [`Another at ${title}`]: another(host) }, change),
      }),
    }),
    step({
      title: "Auth0 keeps",
      code: "picture",
      picture: rootPicture,
      name,
      isShown: rule === "Auth0's own" && rootPicture === lastLogin?.picture,
      note:
        userId === null
          ? "Auth0 learns of this user at the first login."
          : sync === "on_each_login"
            ? `${title} writes it at each login, so Auth0 refuses an edit.`
            : "Nobody writes over it, so an edit stays.",
      ...(userId !== null && {
        editor: editor("root", "The root attribute picture", { "Another picture": another(host) }, change),
      }),
    }),
    step({
      title: "The user has set",
      code: "user_metadata.picture",
      picture: metadataPicture,
      name,
      isShown: rule === "metadata" && metadataPicture === lastLogin?.picture,
      isRefused: metadataPicture !== null && !isStored,
      note:
        metadataPicture === null || isStored
          ? "It comes before the others, if it lies in the picture store."
          : "Not shown to anybody: it does not lie in the picture store.",
      ...(userId !== null && { editor: editor("metadata", "What the user has set", hostile, change) }),
    }),
    step({
      title: "The last login showed",
      code: lastLogin?.rule ?? "no login since the start",
      picture: lastLogin?.picture ?? null,
      name,
      isClaim: true,
      note: words ? `${words.title}. ${words.why}` : "Sign in on the page to see it.",
      ...(isChanged && { warning: "Changed since: the next login decides anew." }),
    }),
  );
}

/** What a user who means harm may write. */
const hostile = {
  "A script": "javascript:alert(document.cookie)",
  "Another host": "https://tracker.example.net/pixel.png",
  "Without TLS": "http://pictures.example.net/me.png",
};

interface Step {
  readonly title: string;
  readonly code?: string;
  readonly picture: string | null;
  readonly name: string;
  readonly note: string;
  readonly warning?: string;
  readonly isShown?: boolean;
  readonly isRefused?: boolean;
  readonly isClaim?: boolean;
  readonly editor?: HTMLElement;
}

function step({ title, code, picture, name, note, warning, isShown, isRefused, isClaim, editor }: Step): HTMLElement {
  const kind = [isShown && "shown", isRefused && "refused", isClaim && "claim"].filter((one) => one !== undefined);
  const badge = isShown ? "shown" : isRefused ? "refused" : null;
  return element(
    "li",
    { class: kind.filter(Boolean).join(" ") },
    // What may not be shown is not loaded here either.
    avatar(isRefused ? null : picture, picture === null || isRefused ? "–" : name, "medium"),
    element(
      "div",
      {},
      element(
        "p",
        { class: "title" },
        element("b", {}, title),
        code === undefined ? null : element("code", {}, code),
        badge === null ? null : element("span", { class: "badge" }, badge),
      ),
      element("p", {}, picture === null ? "nothing" : element("code", {}, picture)),
      element("p", { class: "muted" }, note),
      warning === undefined ? null : element("p", { class: "warning" }, warning),
      editor ?? null,
    ),
  );
}

/** @param examples by the label of a button, which fills the field */
function editor(what: Change["what"], label: string, examples: Readonly<Record<string, string>>, change: MakeChange) {
  const id = `new-${what}`;
  const field = element("input", { id, type: "text", inputmode: "url", spellcheck: "false", autocomplete: "off" });
  const form = element(
    "form",
    {},
    element("label", { for: id }, `${label}: a new address`),
    field,
    element(
      "p",
      { class: "actions" },
      ...Object.entries(examples).map(([name, value]) =>
        button(name, { class: "chip" }, () => {
          field.value = value;
          field.focus();
        }),
      ),
    ),
    element(
      "p",
      { class: "actions" },
      element("button", { type: "submit", class: "primary" }, "Set it"),
      button("Remove it", {}, () => change(what, null)),
    ),
  );
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (field.value.trim() === "") field.focus();
    else void change(what, field.value);
  });
  return element(
    "details",
    { class: "change" },
    element("summary", {}, `Change ${what === "provider" ? "it there" : "it"}`),
    form,
  );
}
