// PNG (W3C, "Portable Network Graphics", third edition): the header says the size, and an animation's frames lie in it.
import { Damage, tagAt } from "./image-reader.ts";
import type { Measure } from "./image-reader.ts";

export function measurePng(view: DataView): Measure {
  if (view.getUint32(8) !== 13 || tagAt(view, 12) !== "IHDR") throw new Damage("it does not begin with its header");
  const [width, height] = [view.getUint32(16), view.getUint32(20)];
  let hasPixels = false;
  for (let at = 33; ; at += 12 + view.getUint32(at)) {
    const chunk = tagAt(view, at + 4);
    hasPixels ||= chunk === "IDAT";
    if (chunk !== "IEND") continue;
    if (!hasPixels) throw new Damage("it has no pixels");
    return { width, height };
  }
}
