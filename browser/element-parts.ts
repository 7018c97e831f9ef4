// The element's inside: all of it at once, and each state shows some of it.
import { createCropStage } from "./crop-stage.ts";
import { filled } from "./english-texts.ts";
import type { UploadTexts } from "./english-texts.ts";
import { box, part, pressable } from "./shadow-parts.ts";

/** What a person does. */
export interface Doings {
  /** The files that were chosen, dropped or pasted. */
  readonly files: (files: readonly Blob[]) => void;
  readonly use: () => void;
  readonly cancel: () => void;
  readonly askToRemove: () => void;
  readonly remove: () => void;
}

/**
 * `idle` shows the picture, `reading` waits for a file to be decoded, `crop` and `sending` show the chosen one;
 * `asking` is whether to remove the picture, and `removing` does it.
 */
export type View = "idle" | "reading" | "crop" | "sending" | "asking" | "removing";

export type ElementParts = ReturnType<typeof createParts>;

export function createParts({ files, use, cancel, askToRemove, remove }: Doings) {
  const input = part("input", { type: "file", accept: "image/*", hidden: "" });
  input.addEventListener("change", () => {
    const chosen = [...(input.files ?? [])];
    // The same file again is a change too.
    input.value = "";
    files(chosen);
  });
  const chooseButton = pressable("primary", () => input.click());
  const removeButton = pressable("secondary", askToRemove);
  const confirmButton = pressable("primary", remove);
  const useButton = pressable("primary", use);
  const keepButton = pressable("secondary", cancel);
  const backButton = pressable("secondary", cancel);
  const stopButton = pressable("secondary", cancel);
  const [chooseHint, cropHint] = [part("p", { class: "hint" }), part("p", { class: "hint" })];
  const [question, sendingName, status] = [part("p"), part("p"), part("p", { class: "status", role: "status" })];

  const image = part("img", { part: "picture", referrerpolicy: "no-referrer" });
  image.addEventListener("error", () => showPicture(null));
  const nobody = part("div", { class: "nobody", role: "img" });
  const choices = box("side", box("actions", chooseButton, removeButton), chooseHint);
  const removal = box("side", question, box("actions", confirmButton, keepButton));
  const current = box("row", box("portrait", image, nobody), choices, removal);

  const stage = createCropStage();
  const controls = box("side", cropHint, stage.zoom, box("actions", useButton, backButton));
  const progress = part("progress");
  const sending = box("side", sendingName, progress, box("actions", stopButton));
  const editor = box("row", stage.frame, controls, sending);

  const error = box("error");
  error.role = "alert";
  const body = box("body", error, current, editor, status, input);
  body.role = editor.role = "group";
  body.addEventListener("keydown", ({ key }) => {
    if (key === "Escape") (editor.hidden ? keepButton : sending.hidden ? backButton : stopButton).click();
  });
  takeDropped(body, files);

  function showPicture(url: string | null): void {
    image.hidden = !url;
    nobody.hidden = !image.hidden;
    if (!url) image.removeAttribute("src");
    else if (image.src !== url) image.src = url;
  }

  return {
    ...{ body, stage, removeButton, status, showPicture },

    /** @param failed what went wrong, if what is shown is to be tried again */
    show(view: View, texts: UploadTexts, failed?: { readonly message: string; readonly whatToDo: string }): void {
      body.ariaLabel = texts.label;
      image.alt = texts.picture;
      nobody.ariaLabel = texts.noPicture;
      chooseButton.textContent = texts.choose;
      chooseHint.textContent = texts.chooseHint;
      removeButton.textContent = texts.remove;
      question.textContent = texts.removeQuestion;
      confirmButton.textContent = failed ? texts.tryAgain : texts.confirmRemove;
      useButton.textContent = failed ? texts.tryAgain : texts.use;
      keepButton.textContent = backButton.textContent = stopButton.textContent = texts.cancel;
      editor.ariaLabel = texts.crop;
      cropHint.textContent = texts.cropHint;
      progress.ariaLabel = texts.sending;
      stage.label(texts);

      const [isSending, isRemoving, isReading] = [view === "sending", view === "removing", view === "reading"];
      current.hidden = view === "crop" || isSending;
      editor.hidden = !current.hidden;
      removal.hidden = view !== "asking" && !isRemoving;
      choices.hidden = !removal.hidden;
      sending.hidden = !isSending;
      controls.hidden = stage.frame.inert = isSending;
      chooseButton.ariaDisabled = removeButton.ariaDisabled = String(isReading);
      confirmButton.ariaDisabled = keepButton.ariaDisabled = String(isRemoving);
      status.textContent = isReading || isRemoving ? texts.wait : "";

      const [message, whatToDo] = [part("b"), part("span")];
      error.replaceChildren(...(failed ? [message, whatToDo] : []));
      message.textContent = failed?.message ?? "";
      whatToDo.textContent = failed?.whatToDo ?? "";
    },

    /** @param share of the picture that is sent, from 0 to 1 */
    showProgress(share: number, texts: UploadTexts): void {
      progress.value = share;
      progress.ariaValueText = filled(texts.percent, { n: 100 * share });
      sendingName.textContent = share < 1 ? texts.sending : texts.sent;
      // What the service has whole cannot be called back.
      stopButton.ariaDisabled = String(share === 1);
    },

    /** Where somebody goes on who was in what is hidden now. */
    focus(): void {
      if (!editor.hidden) (sending.hidden ? stage : stopButton).focus();
      else (removal.hidden ? chooseButton : keepButton).focus();
    },
  };
}

function takeDropped(body: HTMLElement, files: Doings["files"]): void {
  const over = (is: boolean) => body.classList.toggle("over", is);
  const take = (event: Event, given: DataTransfer | null) => {
    if (!given?.files.length) return;
    event.preventDefault();
    files([...given.files]);
  };
  body.addEventListener("dragover", (event) => {
    if (!event.dataTransfer?.types.includes("Files")) return;
    // Else the browser opens the file in the place of the page.
    event.preventDefault();
    over(true);
  });
  body.addEventListener("dragleave", () => over(false));
  body.addEventListener("drop", (event) => {
    over(false);
    take(event, event.dataTransfer);
  });
  body.addEventListener("paste", (event) => take(event, event.clipboardData));
}
