// Pictures as an application shows them: by their own URL. A service worker answers in the place of DNS, so no picture
// is rendered before it does.
import { element } from "./elements.ts";

/** Resolves once the page is controlled by the worker. Rejects where there are no service workers. */
export async function picturesReady(): Promise<void> {
  const { serviceWorker } = navigator;
  await serviceWorker.register("/demo/picture-worker.js");
  const { active } = await serviceWorker.ready;
  if (serviceWorker.controller) return;
  const controlled = new Promise<void>((resolve) => {
    serviceWorker.addEventListener("controllerchange", () => resolve(), { once: true });
  });
  // After a hard reload the worker is active, and has to be asked.
  active?.postMessage("claim");
  await controlled;
}

const initialsOf = (name: string) =>
  name
    .split(/\s+/)
    .slice(0, 2)
    .map((word) => word.charAt(0).toUpperCase())
    .join("");

/**
 * A picture, or the name's initials where there is none, or none that the page may show.
 *
 * @param alt "" beside the name, which says the same
 */
export function avatar(url: string | null, name: string, size: "small" | "medium" | "large", alt = "") {
  const frame = element("span", { class: `avatar ${size}` });
  const initials = () => {
    const label = alt === "" ? { "aria-hidden": "true" } : { role: "img", "aria-label": `${alt}: none, but initials` };
    frame.replaceChildren(element("span", { class: "initials", ...label }, initialsOf(name)));
  };
  if (url === null) {
    initials();
    return frame;
  }
  const image = element("img", { alt, src: url, referrerpolicy: "no-referrer" });
  image.addEventListener("error", initials);
  frame.append(image);
  return frame;
}
