// The element: who chooses a picture sees it, crops it, sends it, and hears how that went.
import { decodePicture, encodeSquare } from "./choose-picture.ts";
import { createParts } from "./element-parts.ts";
import type { ElementParts, View } from "./element-parts.ts";
import { elementStyle } from "./element-style.ts";
import { englishTexts } from "./english-texts.ts";
import type { RefusalWords, UploadTexts } from "./english-texts.ts";
import { callService, storedPictureOf } from "./send-picture.ts";
import type { StoredPicture } from "./send-picture.ts";
import { refusal, UserPictureError } from "./user-picture-error.ts";

/** What the element tells the page. Each goes up through the page, also out of another element's shadow. */
export interface UserPictureUploadEventMap {
  /** The service has stored the picture, and it is the user's. */
  "picture-changed": CustomEvent<StoredPicture>;
  "picture-removed": CustomEvent<null>;
  /** What the person was told; its `cause` is for who makes the page. */
  "picture-refused": CustomEvent<UserPictureError>;
}

/** Other words than the English ones; `refusals` are by code, the service's codes too. */
export interface ElementTexts extends Partial<UploadTexts> {
  readonly refusals?: Readonly<Record<string, RefusalWords>>;
}

declare global {
  interface HTMLElementTagNameMap {
    "user-picture-upload": UserPictureUpload;
  }
  // oxlint-disable-next-line typescript/no-empty-object-type -- it adds to the DOM's own
  interface HTMLElementEventMap extends UserPictureUploadEventMap {}
}

/** On a server that renders pages there are no elements, and the module can be imported there too. */
const ElementBase =
  (globalThis as { HTMLElement?: typeof HTMLElement }).HTMLElement ?? (class {} as typeof HTMLElement);

/**
 * `<user-picture-upload endpoint="https://…/picture" src="…" removable>`: the user's picture, and a way to change it.
 *
 * Its colours and shape are the custom properties `--user-picture-accent`, `--user-picture-on-accent`,
 * `--user-picture-error`, `--user-picture-radius` (50%) and `--user-picture-size` (6rem).
 *
 * @example
 * const upload = document.querySelector("user-picture-upload");
 * upload.accessToken = () => auth0.getTokenSilently();
 * upload.addEventListener("picture-changed", ({ detail }) => showPicture(detail.url));
 */
export class UserPictureUpload extends ElementBase {
  static readonly observedAttributes = ["src", "removable"];

  /** Gives a token of the service's API, with its scope, whenever one is needed. It is never kept. */
  declare accessToken: (() => string | Promise<string>) | null;

  /**
   * Where the service stores pictures and names none (`writeBack: "none"`): writes the URL to the user's metadata, or
   * takes it away. The picture has changed once what it returns is fulfilled.
   *
   * @default null: the service writes the URL itself
   */
  declare save: ((url: string | null) => unknown) | null;

  #texts = englishTexts;
  #ownRefusals: Readonly<Record<string, RefusalWords>> = {};
  #view: View = "idle";
  /** Ends what is under way. */
  #work = new AbortController();
  /** Of what failed, while it is shown. */
  #error: UserPictureError | undefined;
  readonly #parts: ElementParts;

  constructor() {
    super();
    this.#parts = createParts({
      files: (files) => void this.#take(files),
      use: () => void this.#send(),
      cancel: () => this.#cancel(),
      askToRemove: () => this.#show("asking"),
      remove: () => void this.#remove(),
    });
    const root = this.attachShadow({ mode: "open" });
    root.adoptedStyleSheets = [elementStyle()];
    root.append(this.#parts.body);
    this.attributeChangedCallback();
    this.#show("idle");
    // A page may have set properties before it loaded this module.
    for (const name of ["endpoint", "src", "removable", "texts"] as const) {
      if (!Object.hasOwn(this, name)) continue;
      const { [name]: value } = this;
      delete (this as Partial<this>)[name];
      Object.assign(this, { [name]: value });
    }
  }

  /** The upload service's URL of `/picture`. Also an attribute. */
  get endpoint(): string {
    return this.getAttribute("endpoint") ?? "";
  }
  set endpoint(url: string) {
    this.setAttribute("endpoint", url);
  }

  /** The picture that is shown, as the token names it. After a change it is the new one. Also an attribute. */
  get src(): string | null {
    return this.getAttribute("src");
  }
  set src(url: string | null | undefined) {
    if (url == null) this.removeAttribute("src");
    else this.setAttribute("src", url);
  }

  /**
   * Whether the picture can be removed: it is the user's own, no default picture. After a change it is set, and after a
   * removal it is not. Also an attribute.
   */
  get removable(): boolean {
    return this.hasAttribute("removable");
  }
  set removable(is: boolean) {
    this.toggleAttribute("removable", is);
  }

  /** What it says; what is left out stays English. */
  get texts(): ElementTexts {
    return { ...this.#texts, refusals: this.#ownRefusals };
  }
  set texts({ refusals = {}, ...texts }: ElementTexts) {
    this.#texts = { ...englishTexts, ...texts };
    this.#ownRefusals = refusals;
    this.#show(this.#view, this.#error);
  }

  /** Takes a file for the person, as if it had been chosen. */
  choose(file: Blob): Promise<void> {
    return this.#take([file]);
  }

  /** The first that can be used of what it shows. */
  override focus(): void {
    this.#parts.focus();
  }

  attributeChangedCallback(): void {
    this.#parts.showPicture(this.src);
    this.#parts.removeButton.hidden = !this.removable;
  }

  disconnectedCallback(): void {
    // What is moved to another place in the page is connected again at once.
    queueMicrotask(() => {
      if (!this.isConnected) this.#cancel();
    });
  }

  async #take(files: readonly Blob[]): Promise<void> {
    const [file] = files;
    if (file === undefined || this.#view === "sending" || this.#view === "removing") return;
    await this.#doing("reading", "idle", async (signal) => {
      if (files.length > 1) throw refusal("not_one_picture");
      const picture = await decodePicture(file);
      if (signal.aborted) return picture.close();
      this.#parts.stage.show(picture);
      this.#show("crop");
    });
  }

  async #send(): Promise<void> {
    await this.#doing("sending", "crop", async (signal) => {
      const show = (share: number) => this.#parts.showProgress(share, this.#texts);
      show(0);
      const answer = await this.#call("PUT", signal, await this.#parts.stage.encode(encodeSquare), show);
      const stored = storedPictureOf(answer);
      await this.#write(stored.url);
      if (signal.aborted) return;
      [this.src, this.removable] = [stored.url, true];
      this.#end(this.#texts.changed);
      this.#tell("picture-changed", stored);
    });
  }

  async #remove(): Promise<void> {
    await this.#doing("removing", "asking", async (signal) => {
      // The service that names no picture lets go only what is not named.
      await this.#write(null);
      await this.#call("DELETE", signal);
      if (signal.aborted) return;
      [this.src, this.removable] = [null, false];
      this.#end(this.#texts.removed);
      this.#tell("picture-removed", null);
    });
  }

  async #call(method: "PUT" | "DELETE", signal: AbortSignal, picture?: Blob, onProgress?: (share: number) => void) {
    const { endpoint, accessToken } = this;
    if (!endpoint || !accessToken) throw refusal("failed", new Error("There is no endpoint, or no accessToken"));
    const token = await this.#orRefuse("signed_out", accessToken);
    return callService({ method, endpoint, token, signal, picture, onProgress });
  }

  async #write(url: string | null): Promise<void> {
    await this.#orRefuse("busy", () => this.save?.(url));
  }

  /** What a function of the page's gives, or that it went wrong. */
  async #orRefuse<Given>(code: "signed_out" | "busy", give: () => Given) {
    try {
      return await give();
    } catch (error) {
      throw refusal(code, error);
    }
  }

  /** Shows a state while something is done, and another one with an error if that fails. */
  async #doing(view: View, failed: View, act: (signal: AbortSignal) => Promise<void>): Promise<void> {
    this.#work.abort();
    const { signal } = (this.#work = new AbortController());
    this.#show(view);
    try {
      await act(signal);
    } catch (error) {
      // What was cancelled has been said already.
      if (signal.aborted) return;
      const known = error instanceof UserPictureError ? error : refusal("failed", error);
      this.#show(failed, known);
      this.#tell("picture-refused", known);
    }
  }

  #cancel(): void {
    this.#work.abort();
    if (this.#view !== "idle") this.#end(this.#texts.unchanged);
  }

  #end(said: string): void {
    this.#show("idle");
    this.#parts.status.textContent = said;
  }

  #show(view: View, error?: UserPictureError): void {
    const { body, stage } = this.#parts;
    // Who is not in here keeps the focus where it is.
    const hadFocus = body.contains(this.shadowRoot?.activeElement ?? null);
    const hasMoved = view !== this.#view;
    [this.#view, this.#error] = [view, error];
    if (view === "idle") stage.clear();
    this.#parts.show(view, this.#texts, error && (this.#ownRefusals[error.code] ?? error));
    if (hadFocus && hasMoved) this.focus();
  }

  #tell<Name extends keyof UserPictureUploadEventMap>(
    name: Name,
    detail: UserPictureUploadEventMap[Name]["detail"],
  ): void {
    this.dispatchEvent(new CustomEvent(name, { detail, bubbles: true, composed: true }));
  }
}

// On the prototype they do not hide what a page has set before it loaded this module.
Object.assign(UserPictureUpload.prototype, { accessToken: null, save: null });
