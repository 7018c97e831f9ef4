// Elements, made without markup in texts: nothing that a service, a file or a page says is ever read as HTML.

/** @param attributes what is "" is there without a value */
export function part<Name extends keyof HTMLElementTagNameMap>(
  name: Name,
  attributes: Readonly<Record<string, string>> = {},
  ...content: readonly Node[]
): HTMLElementTagNameMap[Name] {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...content);
  return made;
}

/** @param name also that by which a page styles it: `::part(name)` */
export const box = (name: string, ...content: readonly Node[]) => part("div", { class: name, part: name }, ...content);

export function pressable(kind: string, press: () => void): HTMLButtonElement {
  const made = part("button", { type: "button", part: kind, class: kind });
  made.addEventListener("click", () => {
    // A button that must keep the focus is not disabled, but says that it is.
    if (made.ariaDisabled !== "true") press();
  });
  return made;
}
