// A call of the Management API, as an operator or an application would make it.
import type { ManagementCall } from "../console-types.ts";
import { element } from "./elements.ts";

/** @param outcome what follows from the answer, in a sentence */
export function callCard(title: string, { method, path, body }: Pick<ManagementCall, "method" | "path" | "body">) {
  const text = `${method} ${decodeURIComponent(path)}\n${JSON.stringify(body, undefined, 2)}`;
  // What is wider than a phone is scrolled, so it has to be reachable by keyboard.
  const code = element("pre", { tabindex: "0", role: "region", "aria-label": title }, element("code", {}, text));
  return element("div", { class: "call" }, element("p", { class: "eyebrow" }, title), code);
}
