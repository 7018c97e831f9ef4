// Elements of a page, made without markup in texts: nothing that a user or a tenant says is ever read as HTML.

type Content = Node | string | null;

/**
 * @param attributes a boolean one is there if it is true; what is undefined is left out
 * @param content null is left out
 */
export function element<Name extends keyof HTMLElementTagNameMap>(
  name: Name,
  attributes: Readonly<Record<string, string | boolean | undefined>> = {},
  ...content: readonly Content[]
): HTMLElementTagNameMap[Name] {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value === true) made.setAttribute(key, "");
    else if (typeof value === "string") made.setAttribute(key, value);
  }
  made.append(...content.filter((one) => one !== null));
  return made;
}

export function button(label: string, attributes: Readonly<Record<string, string>>, act: () => unknown) {
  const made = element("button", { type: "button", ...attributes }, label);
  made.addEventListener("click", () => void act());
  return made;
}

/** @throws Error if the page has no such element */
export function byId(id: string): HTMLElement {
  const found = document.getElementById(id);
  if (!found) throw new Error(`The page has no #${id}`);
  return found;
}

/** For assistive technology too: it is read out where the user is. */
export function say(text: string): void {
  byId("status").textContent = text;
}

/** A heading can have the focus after what it heads has come in the place of something else. */
export function focusOn(target: HTMLElement): void {
  target.setAttribute("tabindex", "-1");
  target.focus();
}

/** A time of today, such as 14:05:09. */
export const clock = (isoTime: string) => new Date(isoTime).toLocaleTimeString("en-GB");
