// <user-picture-upload> as a person meets it in a real browser, and as a page uses it: the file that is published,
// under a policy that allows nothing inline.
import type { Locator } from "playwright-core";
import sharp from "sharp";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { isRare } from "../rare.ts";
import { executablePath, why } from "./demo-browser.ts";
import { elementPages, oneElement } from "./element-page.ts";
import type { ElementPage, ServiceAnswer } from "./element-page.ts";
import { overflow, violations, violationsInBothSchemes } from "./page-checks.ts";

/** Each pixel of another colour than its neighbours, so that no two squares of it look alike. */
async function picture(width: number, height: number) {
  const pixels = Buffer.alloc(width * height * 3);
  for (let at = 0; at < width * height; at++)
    pixels.set([(at % width) % 256, Math.floor(at / width) % 256, ((at % width) * 7) % 256], at * 3);
  const buffer = await sharp(pixels, { raw: { width, height, channels: 3 } })
    .png()
    .toBuffer();
  return { name: "a.png", mimeType: "image/png", buffer };
}

const button = (page: ElementPage, name: string) => page.getByRole("button", { name });
const choose = async (page: ElementPage, file: { name: string; mimeType: string; buffer: Buffer }) => {
  await page.locator("user-picture-upload input[type=file]").first().setInputFiles(file);
};
const openCrop = async (page: ElementPage, width = 800, height = 400) => {
  await choose(page, await picture(width, height));
  await button(page, "Use this picture").waitFor();
};
const told = (page: ElementPage) => page.evaluate<object[]>("told");
const status = (page: ElementPage) => page.getByRole("status");
const error = (page: ElementPage) => page.getByRole("alert");
const focusedName = (page: ElementPage) =>
  page.evaluate<string>(`((one) => (one?.ariaLabel ?? one?.labels?.[0]?.textContent ?? one?.textContent ?? "").trim())(
    document.activeElement?.shadowRoot?.activeElement)`);

/** An answer that waits until it is let go. */
function held<Answer>() {
  const { promise, resolve } = Promise.withResolvers<Answer>();
  return { promise, release: resolve };
}

describe.skipIf(why !== "")(`<user-picture-upload> in ${executablePath}${why}`, () => {
  const { open, serve } = elementPages();

  it("sends what was cropped, with a token, and shows what the service stored", async () => {
    const page = await open();
    await openCrop(page);
    await button(page, "Use this picture").click();
    await status(page).filter({ hasText: "Your picture has changed." }).waitFor();

    expect(
      page.asked.map(({ method, headers: { authorization, "content-type": type } }) => [method, authorization, type]),
    ).toEqual([["PUT", "Bearer a token", "image/webp"]]);
    expect(await sharp(page.asked[0]?.body).metadata()).toMatchObject({ format: "webp", width: 400, height: 400 });
    const stored = `${page.origin}/stored.png`;
    expect(await page.locator("user-picture-upload").getAttribute("src")).toBe(stored);
    expect(await page.getByRole("img", { name: "Your picture as it is now" }).getAttribute("src")).toBe(stored);
    expect(await told(page)).toEqual([{ type: "picture-changed", id: "own", url: stored }]);
    // The token is in no attribute, and nothing broke the page's policy.
    expect(
      await page.locator("user-picture-upload").evaluate((one) => (one as unknown as { outerHTML: string }).outerHTML),
    ).not.toContain("token");
    expect(page.complaints).toEqual([]);
  });

  describe("is cropped by pointer and by keyboard", () => {
    let page: ElementPage;
    beforeEach(async () => {
      page = await open();
    });
    const sent = async (crop: (sliders: { position: Locator; zoom: Locator; frame: Locator }) => Promise<void>) => {
      await openCrop(page);
      const position = page.getByRole("slider", { name: "From left to right" });
      await crop({ position, zoom: page.getByRole("slider", { name: "Zoom" }), frame: page.locator(".frame") });
      const said = await position.getAttribute("aria-valuetext");
      await button(page, "Use this picture").click();
      await status(page).filter({ hasText: "Your picture has changed." }).waitFor();
      return { said, picture: page.asked.at(-1)?.body.toString("base64") };
    };
    const drag = async (frame: Locator, right: number, down: number) => {
      const box = await frame.boundingBox();
      const [x, y] = [(box?.x ?? 0) + 120, (box?.y ?? 0) + 120];
      await page.mouse.move(x, y);
      await page.mouse.down();
      // The frame is 256 pixels wide.
      await page.mouse.move(x + 256 * right, y + 256 * down, { steps: 4 });
      await page.mouse.up();
    };
    const press = async (one: Locator, key: string, times: number) => {
      for (let pressed = 0; pressed < times; pressed++) await one.press(key);
    };
    const enlarge = async (zoom: Locator) => {
      await zoom.fill("37");
      return zoom.getAttribute("aria-valuetext");
    };

    it("to the same pixels, and each way is announced", async () => {
      const whole = await sent(async () => undefined);
      expect(whole.said).toBe("50 % from the left, 50 % from the top");
      const dragged = await sent(({ frame }) => drag(frame, 0.2, 0));
      expect(dragged.picture).not.toBe(whole.picture);
      // Arrows move the frame, and the pointer the picture beneath it.
      expect(await sent(({ position }) => press(position, "ArrowLeft", 10))).toEqual(dragged);
      expect(dragged.said).toBe("30 % from the left, 50 % from the top");
    });

    it.runIf(isRare)("in larger steps, enlarged, and as far as the picture goes", async () => {
      const whole = await sent(async () => undefined);
      const moved = await sent(({ position }) => press(position, "ArrowLeft", 10));
      expect(await sent(({ position }) => press(position, "Shift+ArrowLeft", 2))).toEqual(moved);

      const both = await sent(async ({ frame, zoom }) => {
        expect(await enlarge(zoom)).toBe("197 %");
        await drag(frame, -0.1, -0.1);
      });
      const byKeys = await sent(async ({ position, zoom }) => {
        await enlarge(zoom);
        await press(position, "ArrowRight", 5);
        await press(position, "ArrowDown", 5);
      });
      expect(byKeys).toEqual(both);
      expect(both.picture).not.toBe(whole.picture);
      expect((await sharp(page.asked.at(-1)?.body).metadata()).width).toBe(203);
      // As far as the picture goes.
      const edge = await sent(({ position }) => press(position, "ArrowLeft", 60));
      expect(edge.said).toBe("0 % from the left, 50 % from the top");
      expect(await sent(({ frame }) => drag(frame, 5, 0))).toEqual(edge);
    });
  });

  it.runIf(isRare)("is zoomed by two fingers, and by a screen reader's own step of a slider", async () => {
    const page = await open();
    await openCrop(page);
    const zoomed = () => page.getByRole("slider", { name: "Zoom" }).getAttribute("aria-valuetext");
    await page.evaluate(`(() => {
      const frame = own.shadowRoot.querySelector(".frame");
      frame.setPointerCapture = () => {};
      const { x, y } = frame.getBoundingClientRect();
      const finger = (type, pointerId, at) => frame.dispatchEvent(
        new PointerEvent(type, { pointerId, clientX: x + at, clientY: y + 100, button: 0, bubbles: true }));
      for (const [type, pointerId, at] of [["pointerdown", 1, 100], ["pointerdown", 2, 150], ["pointermove", 2, 200],
        ["pointerup", 2, 200], ["pointercancel", 1, 100], ["pointermove", 1, 0]]) finger(type, pointerId, at);
    })()`);
    expect(await zoomed()).toBe("200 %");
    const down = page.getByRole("slider", { name: "From top to bottom" });
    await down.fill("0");
    expect(await down.getAttribute("aria-valuetext")).toMatch(/, 0 % from the top$/);
    // What has no more than 64 pixels cannot be enlarged.
    await openCrop(page, 64, 64);
    expect(await page.getByRole("slider", { name: "Zoom" }).isDisabled()).toBe(true);
  });

  it.runIf(isRare)("shows how much is sent, and cancels what the service does not have yet", async () => {
    const page = await open();
    const { promise, release } = held<ServiceAnswer>();
    page.answer = () => promise;
    const session = await page.context().newCDPSession(page);
    await session.send("Network.enable");
    const upload = (bytes: number) =>
      session.send("Network.emulateNetworkConditions", {
        ...{ offline: false, latency: 0, downloadThroughput: -1, uploadThroughput: bytes },
      });
    const bar = page.getByRole("progressbar", { name: "Sending the picture" });
    const share = () => bar.evaluate((one) => (one as unknown as { value: number }).value);
    await upload(20_000);
    await openCrop(page, 1000, 1000);
    await button(page, "Use this picture").click();
    await vi.waitFor(async () => expect(await share()).toBeGreaterThan(0), { timeout: 60_000 });
    expect(await share()).toBeLessThan(1);
    expect(await bar.getAttribute("aria-valuetext")).toMatch(/^\d\d? %$/);
    await button(page, "Cancel").click();
    await status(page).filter({ hasText: "Nothing was changed." }).waitFor();
    expect(await told(page)).toEqual([]);

    await upload(-1);
    await openCrop(page);
    await button(page, "Use this picture").click();
    await page.getByText("Sent. It is being saved …").waitFor();
    expect(await share()).toBe(1);
    expect(await button(page, "Cancel").getAttribute("aria-disabled")).toBe("true");
    await button(page, "Cancel").click({ force: true });
    await page.keyboard.press("Escape");
    release({ body: { url: `${page.origin}/stored.png`, variants: { jpeg: `${page.origin}/stored.jpg` } } });
    await status(page).filter({ hasText: "Your picture has changed." }).waitFor();
    expect(await told(page)).toMatchObject([{ type: "picture-changed" }]);
  });

  it("says each refusal in words, never as markup, and tries again", async () => {
    const page = await open();
    await openCrop(page);
    const refusal = { code: "too_many_pictures", message: "<b>Often</b>.", whatToDo: "<img src=x onerror=alert(1)>" };
    const rows: [ServiceAnswer | "break", string, string][] = [
      [{ status: 429, body: refusal }, "too_many_pictures", refusal.message + refusal.whatToDo],
      [
        { status: 401, body: { message: "Unauthorized" } },
        "signed_out",
        "Your sign-in has ended.Sign in again, and try again.",
      ],
      [
        { status: 403, body: { message: "Forbidden" } },
        "not_allowed",
        "You may not change the picture here.Sign in again, and try again.",
      ],
      [
        { status: 429, body: { message: "Too Many Requests" } },
        "too_many_requests",
        "Many pictures are being changed just now.Try again in a minute.",
      ],
      [
        { status: 503, body: "<html>no JSON" },
        "busy",
        "The picture could not be saved just now.Try again in a minute.",
      ],
      [{ status: 500, body: null }, "failed", "Something went wrong here.Try again in a minute."],
      [{ status: 200, body: { url: "nowhere" } }, "failed", "Something went wrong here.Try again in a minute."],
      ["break", "no_connection", "The service could not be reached.Check your connection, and try again."],
    ];
    for (const [answer, , text] of rows) {
      page.answer = () => answer;
      await page.locator(".primary:visible").click();
      await button(page, "Try again").waitFor();
      await vi.waitFor(async () => expect(await error(page).textContent()).toBe(text));
      expect(await error(page).locator("img").count()).toBe(0);
    }
    expect(await told(page)).toEqual(rows.map(([, code]) => ({ type: "picture-refused", id: "own", code })));

    await page.evaluate(`own.accessToken = () => Promise.reject(new Error("login required"))`);
    await button(page, "Try again").click();
    await vi.waitFor(async () => expect((await told(page)).at(-1)).toMatchObject({ code: "signed_out" }));
    await page.evaluate(`own.accessToken = null`);
    await button(page, "Try again").click();
    await vi.waitFor(async () => expect((await told(page)).at(-1)).toMatchObject({ code: "failed" }));
    await page.evaluate(`own.accessToken = () => "another"`);
    page.answer = () => ({ body: { url: `${page.origin}/stored.png` } });
    await button(page, "Try again").click();
    await status(page).filter({ hasText: "Your picture has changed." }).waitFor();
    expect(await error(page).textContent()).toBe("");
    expect(page.asked.at(-1)?.headers.authorization).toBe("Bearer another");
    expect(page.complaints).toEqual([]);
  });

  it("refuses a file in words, and takes the next; one that is dropped or pasted too", async () => {
    const page = await open();
    await choose(page, { name: "a.svg", mimeType: "image/svg+xml", buffer: Buffer.from("<svg onload='alert(1)'/>") });
    await error(page).filter({ hasText: "The file is no JPEG, PNG, WebP or GIF picture." }).waitFor();
    const { buffer } = await picture(100, 100);
    const give = (type: string, count: number) =>
      page.evaluate(`(() => {
        const given = new DataTransfer();
        const bytes = Uint8Array.from(atob("${buffer.toString("base64")}"), (one) => one.charCodeAt(0));
        for (let file = 0; file < ${count}; file++) given.items.add(new File([bytes], "a.png", { type: "image/png" }));
        const target = own.shadowRoot.querySelector("button");
        const init = { bubbles: true, cancelable: true, composed: true };
        if ("${type}" === "paste")
          return !target.dispatchEvent(new ClipboardEvent("paste", { ...init, clipboardData: given }));
        const over = !target.dispatchEvent(new DragEvent("dragover", { ...init, dataTransfer: given }));
        return over && !target.dispatchEvent(new DragEvent("drop", { ...init, dataTransfer: given }));
      })()`);
    expect(await give("drop", 2)).toBe(true);
    await error(page).filter({ hasText: "More than one file arrived." }).waitFor();
    for (const type of ["drop", "paste"]) {
      expect(await give(type, 1)).toBe(true);
      await button(page, "Use this picture").waitFor();
      expect(await error(page).textContent()).toBe("");
      await button(page, "Cancel").click();
    }
    expect(await give("paste", 0)).toBe(false);
    await page.evaluate(`own.choose(new Blob(["no picture"]))`);
    await error(page).filter({ hasText: "The file is no" }).waitFor();
  });

  it("removes the picture after a question, and not without an answer of the service", async () => {
    const page = await open();
    await button(page, "Remove").click();
    await page.keyboard.press("Escape");
    expect(await status(page).textContent()).toBe("Nothing was changed.");
    await button(page, "Remove").click();
    page.answer = () => ({ status: 503, body: {} });
    await button(page, "Yes, remove it").click();
    await error(page).filter({ hasText: "could not be saved" }).waitFor();
    expect(await page.locator("user-picture-upload").getAttribute("src")).toBe("/picture.png");
    page.answer = () => ({ body: { url: null, variants: {} } });
    await button(page, "Try again").click();
    await status(page).filter({ hasText: "Your picture is removed." }).waitFor();

    expect(page.asked.map(({ method }) => method)).toEqual(["DELETE", "DELETE"]);
    expect(await page.getByRole("img", { name: "You have no picture yet" }).isVisible()).toBe(true);
    expect(await button(page, "Remove").count()).toBe(0);
    expect(await told(page)).toMatchObject([{ code: "busy" }, { type: "picture-removed" }]);
  });

  it.runIf(isRare)("lets the page write the URL where the service names no picture, and waits for it", async () => {
    const page = await open();
    await page.evaluate(`globalThis.saved = []; own.save = (url) => {
      saved.push(url);
      return new Promise((resolve, reject) => Object.assign(globalThis, { resolve, reject }));
    }`);
    const saved = () => page.evaluate<unknown[]>("saved");
    await openCrop(page);
    await button(page, "Use this picture").click();
    await vi.waitFor(async () => expect(await saved()).toEqual([`${page.origin}/stored.png`]));
    expect(await told(page)).toEqual([]);
    await page.evaluate(`reject(new Error("the tenant is down"))`);
    await button(page, "Try again").click();
    await vi.waitFor(async () => expect(await saved()).toHaveLength(2));
    await page.evaluate("resolve()");
    await status(page).filter({ hasText: "Your picture has changed." }).waitFor();
    expect(await told(page)).toMatchObject([{ code: "busy" }, { type: "picture-changed" }]);

    await button(page, "Remove").click();
    await button(page, "Yes, remove it").click();
    await vi.waitFor(async () => expect((await saved()).at(-1)).toBe(null));
    // The service lets go what is not named any more.
    expect(page.asked.map(({ method }) => method)).toEqual(["PUT", "PUT"]);
    await page.evaluate("resolve()");
    await status(page).filter({ hasText: "Your picture is removed." }).waitFor();
    expect(page.asked.at(-1)?.method).toBe("DELETE");
  });

  it.runIf(isRare)("speaks another language, from right to left, in the service's refusals too", async () => {
    const page = await open(`<div dir="rtl" lang="ar">${oneElement}</div>`);
    await page.evaluate(`own.texts = {
      choose: "اختر صورة", use: "استخدم هذه الصورة", percent: "٪{n}", zoom: "تكبير",
      refusals: { too_small: { message: "الصورة صغيرة.", whatToDo: "اختر أخرى." } },
    }`);
    expect(await button(page, "اختر صورة").isVisible()).toBe(true);
    await choose(page, await picture(63, 63));
    await vi.waitFor(async () => expect(await error(page).textContent()).toBe("الصورة صغيرة.اختر أخرى."));
    await choose(page, await picture(100, 100));
    await button(page, "استخدم هذه الصورة").waitFor();
    expect(await page.getByRole("slider", { name: "تكبير" }).getAttribute("aria-valuetext")).toBe("٪100");
    page.answer = () => ({ status: 422, body: { code: "too_small", message: "Small.", whatToDo: "Choose." } });
    await button(page, "استخدم هذه الصورة").click();
    await vi.waitFor(async () => expect(await error(page).textContent()).toBe("الصورة صغيرة.اختر أخرى."));
    const [frame, controls] = await Promise.all(
      [".frame", ".side:visible"].map((one) => page.locator(one).boundingBox()),
    );
    expect(frame?.x).toBeGreaterThan(controls?.x ?? 0);
    expect(await overflow(page)).toBe(0);
    // What is not given stays English.
    expect(await button(page, "Cancel").isVisible()).toBe(true);
  });

  it.runIf(isRare)(
    "takes what a page has set before its module was there, and one element knows nothing of another",
    async () => {
      serve(
        "/early.js",
        "text/javascript",
        `
      Object.assign(early, { accessToken: () => "an early token", endpoint: "/early", src: "/picture.png", texts: { choose: "Early" } });
      import("/user-picture-upload.js");
    `,
      );
      const content = `<user-picture-upload id="early"></user-picture-upload><script type="module" src="/early.js"></script>`;
      const page = await open(`${content}${oneElement}`);
      await button(page, "Early").waitFor();
      // The application's own script has given all elements its token by now; what it did not touch is there.
      expect(
        await page.evaluate(`[early.endpoint, early.src, early.removable, early.texts.choose, own.texts.choose]`),
      ).toEqual([...["/early", "/picture.png", false, "Early", "Choose a picture"]]);
      await choose(page, await picture(100, 100));
      await button(page, "Use this picture").click();
      await vi.waitFor(async () => expect(await told(page)).toMatchObject([{ id: "early" }]));
      expect(await button(page, "Choose a picture").isVisible()).toBe(true);
      expect(await page.locator("#own").getAttribute("src")).toBe("/picture.png");
      expect(page.complaints).toEqual([]);
    },
  );

  it.runIf(isRare)("goes on where it is moved to, and ends with the element", async () => {
    const page = await open(`<div id="first">${oneElement}</div><div id="second"></div>`);
    const { promise, release } = held<ServiceAnswer>();
    page.answer = () => promise;
    await openCrop(page);
    await page.evaluate("second.append(own)");
    await button(page, "Use this picture").click();
    await page.getByText("Sent. It is being saved …").waitFor();
    await page.evaluate("first.append(own)");
    release({ body: { url: `${page.origin}/stored.png` } });
    await status(page).filter({ hasText: "Your picture has changed." }).waitFor();

    const second = held<ServiceAnswer>();
    page.answer = () => second.promise;
    await openCrop(page);
    await button(page, "Use this picture").click();
    await page.getByText("Sent. It is being saved …").waitFor();
    await page.evaluate("globalThis.gone = own; gone.remove()");
    second.release({ body: { url: `${page.origin}/other.png` } });
    await page.evaluate("new Promise((resolve) => setTimeout(resolve, 100))");
    await page.evaluate("first.append(gone)");
    expect(await page.locator("#own").getAttribute("src")).toBe(`${page.origin}/stored.png`);
    expect(await button(page, "Choose a picture").isVisible()).toBe(true);
    expect(await told(page)).toMatchObject([{ type: "picture-changed" }]);
    expect(page.complaints).toEqual([]);
  });

  it("is walked by keyboard alone, on a phone's width, and the focus stays with who has it", async () => {
    const page = await open(oneElement, { viewport: { width: 320, height: 640 } });
    const outline = () =>
      page.evaluate<string>(`((one) => getComputedStyle(one.closest(".frame") ?? one).outlineStyle)(
        own.shadowRoot.activeElement)`);
    // The page's own colour has a name that is used inside too.
    await page.evaluate(`document.documentElement.style.setProperty("--accent", "#0b6b5b");
      own.style.setProperty("--user-picture-accent", "var(--accent)")`);
    const chooser = page.waitForEvent("filechooser");
    await page.keyboard.press("Tab");
    expect([await focusedName(page), await outline()]).toEqual(["Choose a picture", "solid"]);
    await page.keyboard.press("Enter");
    await (await chooser).setFiles(await picture(800, 400));
    await button(page, "Use this picture").waitFor();
    expect([await focusedName(page), await outline()]).toEqual(["From left to right", "solid"]);
    expect(await overflow(page)).toBe(0);
    const walked = [];
    for (let pressed = 0; pressed < 3; pressed++) {
      await page.keyboard.press("Tab");
      walked.push(await focusedName(page), await outline());
    }
    expect(walked).toEqual(["Zoom", "solid", "Use this picture", "solid", "Cancel", "solid"]);
    await page.keyboard.press("Shift+Tab");
    page.answer = () => ({ status: 503, body: {} });
    await page.keyboard.press("Enter");
    await button(page, "Try again").waitFor();
    expect(await overflow(page)).toBe(0);
    expect(await focusedName(page)).toBe("From left to right");
    await page.keyboard.press("Escape");
    expect(await focusedName(page)).toBe("Choose a picture");
    await page.keyboard.press("Tab");
    await page.keyboard.press("Space");
    expect(await focusedName(page)).toBe("Cancel");
    // Who is elsewhere in the page stays there.
    await page.evaluate(`document.body.tabIndex = -1; document.body.focus(); own.choose(new Blob(["x"]))`);
    await error(page).filter({ hasText: "The file is no" }).waitFor();
    expect(await page.evaluate("document.activeElement === document.body")).toBe(true);
    await page.evaluate("own.focus()");
    expect(await focusedName(page)).toBe("Choose a picture");
  });

  it.runIf(isRare)("has nothing that axe-core finds, in light, in dark and with an error, at each step", async () => {
    const page = await open();
    const found: Record<string, string[]> = {};
    const look = async (step: string) => (found[step] = await violationsInBothSchemes(page));
    await look("the picture");
    await choose(page, { name: "a", mimeType: "image/png", buffer: Buffer.from("x") });
    await error(page).filter({ hasText: "." }).waitFor();
    await look("a file that is refused");
    await button(page, "Remove").click();
    await look("the question");
    await button(page, "Cancel").click();
    await openCrop(page);
    await look("the crop");
    page.answer = () => ({ status: 429, body: {} });
    await button(page, "Use this picture").click();
    await button(page, "Try again").waitFor();
    await look("an upload that is refused");
    const { promise, release } = held<ServiceAnswer>();
    page.answer = () => promise;
    await button(page, "Try again").click();
    await page.getByText("Sent. It is being saved …").waitFor();
    await look("the upload");
    release({ body: { url: `${page.origin}/stored.png` } });
    await status(page).filter({ hasText: "changed" }).waitFor();
    await look("the new picture");
    expect(Object.entries(found).filter(([, violated]) => violated.length > 0)).toEqual([]);
    expect(Object.keys(found)).toHaveLength(7);

    // And it looks into the element.
    await page.evaluate(`own.style.setProperty("--user-picture-accent", "#ddd")`);
    await page.emulateMedia({ colorScheme: "light" });
    await page.evaluate(`own.style.setProperty("--user-picture-on-accent", "#fff")`);
    expect((await violations(page)).join()).toMatch(/^color-contrast: <button/);
  });

  it.runIf(isRare)("has the system's colours where those are forced, and moves nothing by itself", async () => {
    const page = await open(oneElement, { forcedColors: "active" });
    await openCrop(page);
    const styles = await page.evaluate<Record<string, string>>(`(() => {
      const of = (selector) => getComputedStyle(own.shadowRoot.querySelector(selector));
      const system = (color) => {
        const probe = document.body.appendChild(document.createElement("i"));
        probe.style.cssText = "forced-color-adjust: none; color: " + color;
        return getComputedStyle(probe).color;
      };
      const all = [...own.shadowRoot.querySelectorAll("*")].map((one) => getComputedStyle(one));
      return {
        button: of(".side:not([hidden]) .primary").backgroundColor === system("Highlight") ? "Highlight" : "another",
        text: of(".side:not([hidden]) .primary").color === system("HighlightText") ? "HighlightText" : "another",
        mask: of(".mask").borderTopColor === system("Highlight") ? "Highlight" : "another",
        frame: of(".frame").borderTopStyle,
        moving: String(all.some((one) => one.animationName !== "none" || one.transitionDuration !== "0s")),
      };
    })()`);
    expect(styles).toEqual({
      ...{ button: "Highlight", text: "HighlightText", mask: "Highlight", frame: "solid", moving: "false" },
    });
  });
});
