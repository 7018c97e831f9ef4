// The picture under a frame that stands still: dragged, pinched, or moved by keys, until the frame shows what is kept.
// The two sliders in it are what a screen reader meets; arrow keys move both ways in either of them.
import { centreSquare, movedCrop, positionOf, wholeCrop, zoomedCrop, zoomLimit, zoomOf } from "./crop-square.ts";
import type { PictureCrop } from "./crop-square.ts";
import { filled } from "./english-texts.ts";
import type { UploadTexts } from "./english-texts.ts";
import { box, part } from "./shadow-parts.ts";
import { refusal } from "./user-picture-error.ts";

export interface CropStage {
  /** The picture and its frame. */
  readonly frame: HTMLElement;
  /** A labelled slider. */
  readonly zoom: HTMLElement;
  /** @param encode is given what of the picture is kept, in whole pixels */
  encode(encode: (picture: ImageBitmap, crop: PictureCrop) => Promise<Blob>): Promise<Blob>;
  show(picture: ImageBitmap): void;
  /** Frees the picture. */
  clear(): void;
  label(texts: UploadTexts): void;
  focus(): void;
}

/** Of the frame's side, for one press of an arrow key; with Shift five times as much. */
const step = 0.02;
const arrows: Readonly<Record<string, readonly [right: number, down: number]>> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
};

export function createCropStage(): CropStage {
  const canvas = part("canvas");
  // The frame is moved over the picture as it lies, whatever way the page is written.
  const across = part("input", { type: "range", step: "any", dir: "ltr" });
  const down = part("input", { type: "range", step: "any", dir: "ltr", tabindex: "-1" });
  const frame = box("frame", canvas, box("mask"), across, down);
  const zoomName = part("span");
  const zoomSlider = part("input", { type: "range" });
  const zoom = part("label", { class: "zoom" }, zoomName, zoomSlider);
  let picture: ImageBitmap | undefined;
  let crop: PictureCrop = { x: 0, y: 0, size: 1 };
  let words: Pick<UploadTexts, "position" | "percent"> = { position: "", percent: "" };

  function draw(): void {
    const side = Math.round(frame.clientWidth * devicePixelRatio);
    const context = canvas.getContext("2d");
    if (!picture || !context || side === 0) return;
    canvas.width = canvas.height = side;
    context.imageSmoothingQuality = "high";
    context.drawImage(picture, crop.x, crop.y, crop.size, crop.size, 0, 0, side, side);
  }

  function update(next: (picture: ImageBitmap) => PictureCrop): void {
    if (!picture) return;
    crop = next(picture);
    const position = positionOf(crop, picture);
    const zoomed = zoomOf(crop, picture);
    [across.value, down.value] = [String(position.x), String(position.y)];
    across.ariaValueText = down.ariaValueText = filled(words.position, position);
    // Each step of the slider enlarges by the same part.
    zoomSlider.value = String(100 * (Math.log(zoomed) / Math.log(zoomLimit(picture)) || 0));
    zoomSlider.ariaValueText = filled(words.percent, { n: 100 * zoomed });
    draw();
  }

  const move = (right: number, below: number) =>
    update((of) => movedCrop(crop, right * crop.size, below * crop.size, of));
  const enlarge = (factor: number) => update((of) => zoomedCrop(crop, zoomOf(crop, of) * factor, of));

  const slide = () =>
    update(({ width, height }) => ({
      x: (Number(across.value) / 100) * (width - crop.size),
      y: (Number(down.value) / 100) * (height - crop.size),
      size: crop.size,
    }));
  across.addEventListener("input", slide);
  down.addEventListener("input", slide);
  zoomSlider.addEventListener("input", () =>
    update((of) => zoomedCrop(crop, zoomLimit(of) ** (Number(zoomSlider.value) / 100), of)),
  );
  frame.addEventListener("keydown", (event) => {
    const { key, shiftKey, ctrlKey, metaKey, altKey } = event;
    const way = arrows[key];
    if (!way || ctrlKey || metaKey || altKey) return;
    const by = shiftKey ? 5 * step : step;
    move(way[0] * by, way[1] * by);
    event.preventDefault();
  });
  followPointers(frame, { move, enlarge });
  new ResizeObserver(draw).observe(frame);

  return {
    frame,
    zoom,
    async encode(encode) {
      if (!picture) throw refusal("failed");
      return encode(picture, wholeCrop(crop, picture));
    },
    show(next) {
      picture?.close();
      picture = next;
      zoomSlider.disabled = zoomLimit(next) === 1;
      update(centreSquare);
    },
    clear() {
      picture?.close();
      picture = undefined;
    },
    label(texts) {
      words = texts;
      [across.ariaLabel, down.ariaLabel, zoomName.textContent] = [texts.across, texts.down, texts.zoom];
      update(() => crop);
    },
    focus: () => across.focus(),
  };
}

/** One pointer drags, and two also pinch. */
function followPointers(
  frame: HTMLElement,
  { move, enlarge }: { move: (right: number, down: number) => void; enlarge: (factor: number) => void },
): void {
  const pointers = new Map<number, { readonly x: number; readonly y: number }>();
  /** The middle of the pointers, and how far apart they are. */
  const seen = () => {
    const [a = { x: 0, y: 0 }, b = a] = [...pointers.values()];
    return { x: (a.x + b.x) / 2, y: (a.y + b.y) / 2, apart: Math.hypot(a.x - b.x, a.y - b.y) };
  };
  frame.addEventListener("pointerdown", ({ pointerId, clientX, clientY, button }) => {
    if (button !== 0) return;
    frame.setPointerCapture(pointerId);
    pointers.set(pointerId, { x: clientX, y: clientY });
  });
  frame.addEventListener("pointermove", ({ pointerId, clientX, clientY }) => {
    if (!pointers.has(pointerId)) return;
    const before = seen();
    pointers.set(pointerId, { x: clientX, y: clientY });
    const after = seen();
    // The picture goes with the pointer, so the frame goes the other way.
    move((before.x - after.x) / frame.clientWidth, (before.y - after.y) / frame.clientWidth);
    if (before.apart > 0 && after.apart > 0) enlarge(after.apart / before.apart);
  });
  const release = ({ pointerId }: PointerEvent) => void pointers.delete(pointerId);
  frame.addEventListener("pointerup", release);
  frame.addEventListener("pointercancel", release);
}
