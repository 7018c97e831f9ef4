// The demo as a person walks it in a browser: signing in, changing a picture, the console, and signing out; by keyboard
// alone, on a phone's width, in light and dark, and by what axe-core finds.
import type { Locator, Page } from "playwright-core";
import { describe, expect, it, vi } from "vitest";
import { demos } from "../sandbox/demo/prepared-demo.ts";
import { executablePath, openBrowser, why } from "./demo-browser.ts";
import { contrast, overflow, violations, violationsInBothSchemes } from "./page-checks.ts";

const start = demos();
/** How wide the picture is that was loaded; 0 while there is none. */
const pictureWidth = (picture: Locator) =>
  picture.evaluate((image) => (image as unknown as { naturalWidth: number }).naturalWidth);

const signIn = async (page: Page, name: string) => {
  await page.locator("#sign-in").click();
  await page.getByRole("button", { name }).click();
  await page.locator("#signed-in").waitFor();
};

/** The other scheme changes colours only. */

const textOf = (page: Page, id: string) => page.locator(`#${id}`).textContent();

describe.skipIf(why !== "")(`the demo in ${executablePath}${why}`, () => {
  const { newPage } = openBrowser();

  it("signs in, shows the picture that the edge serves, changes it, and signs out; the console shows why", async () => {
    const demo = await start();
    const { pictureBaseUrl, defaultPictureUrl } = demo.stack;
    // A colour that is on its way to another scheme's has a contrast of its own.
    const page = await newPage({ reducedMotion: "reduce" });
    const problems: string[] = [];
    page.on("console", (message) => problems.push(message.text()));
    page.on("pageerror", (error) => problems.push(error.message));
    await page.goto(demo.url);
    await page.locator("#sign-in").waitFor();
    expect(await violationsInBothSchemes(page)).toEqual([]);
    await page.locator("#sign-in").click();
    await page.waitForURL(/\/u\/login\?/);
    expect(await violationsInBothSchemes(page)).toEqual([]);
    await page.getByRole("button", { name: "Ada Lind" }).click();

    // The claim's URL untouched, though no browser could find its host.
    const picture = page.getByRole("img", { name: "Ada Lind's picture" });
    await vi.waitFor(async () => expect(await pictureWidth(picture)).toBe(512), { timeout: 60_000 });
    expect(await picture.getAttribute("src")).toBe(defaultPictureUrl);
    expect(await page.locator("#account img").getAttribute("src")).toBe(defaultPictureUrl);
    expect(await textOf(page, "rule")).toBe("default (generated)");
    expect(await textOf(page, "rule-title")).toBe("The default picture");
    expect(await page.locator("#claims tr").first().textContent()).toContain(defaultPictureUrl);

    expect(await page.getByRole("button", { name: "Remove" }).count()).toBe(0);
    await page
      .locator("input[type=file]")
      .setInputFiles({ name: "a", mimeType: "image/png", buffer: Buffer.from("x") });
    await page.getByRole("alert").filter({ hasText: "The file is no JPEG, PNG, WebP or GIF picture." }).waitFor();
    await page.getByRole("button", { name: "Fox" }).click();
    await page.getByRole("button", { name: "Use this picture" }).waitFor();
    expect(await violationsInBothSchemes(page)).toEqual([]);
    await page.getByRole("button", { name: "Use this picture" }).click();
    await page.locator("#stored pre").waitFor({ timeout: 60_000 });
    const uploaded = `${pictureBaseUrl}u/`;
    expect(await page.locator("#stored pre").textContent()).toContain(
      `PATCH /api/v2/users/auth0|ada\n{\n  "user_metadata": {\n    "picture": "${uploaded}`,
    );
    expect(await textOf(page, "status")).toBe("The picture is stored. Refresh to see it.");
    expect(await violationsInBothSchemes(page)).toEqual([]);
    await page.getByRole("button", { name: "Refresh and see it" }).click();
    await vi.waitFor(async () => expect(await textOf(page, "rule")).toBe("metadata"), { timeout: 60_000 });
    expect(await picture.getAttribute("src")).toContain(uploaded);
    await vi.waitFor(async () => expect(await pictureWidth(picture)).toBe(256));
    expect(await textOf(page, "status")).toBe("A new token, with another picture.");

    // After a reload the tenant's session signs in again, without its page.
    await page.reload();
    await vi.waitFor(async () => expect(await textOf(page, "name")).toBe("Ada Lind"), { timeout: 60_000 });
    expect(new URL(page.url()).pathname).toBe("/demo/");
    expect(demo.tenant.lastLogins.get("auth0|ada")?.protocol).not.toBe("oauth2-refresh-token");

    const { at } = demo.tenant.lastLogins.get("auth0|ada") ?? {};
    await page.getByRole("link", { name: "Console" }).click();
    await page.locator("#person-title").waitFor();
    const shown = page.locator(".chain .shown");
    expect(await shown.textContent()).toContain("user_metadata.picture");
    await vi.waitFor(async () => expect(await pictureWidth(shown.locator("img"))).toBe(256));
    expect(await page.locator("#person table").first().textContent()).toContain(`idToken.setCustomClaim("picture", "`);
    expect(await page.locator("#person table").first().locator("th[scope=row]").allTextContents()).toMatchObject([
      expect.stringContaining("Add roles"),
      expect.stringContaining("User picture"),
    ]);
    expect(await textOf(page, "served")).toMatch(/200 · image\/webp · \d+ bytes/);
    expect(demo.tenant.lastLogins.get("auth0|ada")?.at).toBe(at);

    await page.locator("li:has(code:text('user_metadata.picture')) summary").click();
    expect(await violationsInBothSchemes(page)).toEqual([]);
    await page.getByRole("button", { name: "A script" }).click();
    await page.getByRole("button", { name: "Set it" }).click();
    await page.locator("#outcome pre").waitFor();
    expect(await page.locator("#outcome").textContent()).toContain("javascript:alert(document.cookie)");
    expect(await page.locator(".chain .refused").textContent()).toContain("Not shown to anybody");
    expect(await page.locator(".chain .claim").textContent()).toContain("Changed since: the next login decides anew.");
    expect(await page.evaluate("document.activeElement.id")).toBe("outcome");

    await page.getByRole("link", { name: "Profile" }).click();
    await vi.waitFor(async () => expect(await textOf(page, "rule")).toBe("default (generated)"), { timeout: 60_000 });
    expect(await textOf(page, "rule-why")).toContain("its address is not in the picture store");
    await page.getByRole("button", { name: "Sign out" }).click();
    await page.locator("#signed-out").waitFor({ timeout: 60_000 });
    await page.reload();
    await page.locator("#signed-out").waitFor();
    expect(await textOf(page, "status")).toBe("");
    expect(problems).toEqual([]);
  });

  it("takes what a social connection sends, and Auth0 refuses an edit of what is written at each login", async () => {
    const demo = await start();
    const page = await newPage();
    await page.goto(demo.url);
    await signIn(page, "Margaret Ito");
    const first = "https://avatars.githubusercontent.com/u/583231";
    expect(await page.locator("#portrait img").getAttribute("src")).toBe(first);
    await vi.waitFor(async () => expect(await pictureWidth(page.locator("#portrait img"))).toBe(256));
    expect(await textOf(page, "rule")).toBe("Auth0's own");

    await page.goto(`${demo.url}console#${encodeURIComponent("github|583231")}`);
    const edit = async (source: string, address: string, outcome: string) => {
      await page.locator(`.chain > li:has(b:text-is("${source}")) summary`).click();
      await page.locator("details.change[open] input").fill(address);
      await page.locator("details.change[open]").getByRole("button", { name: "Set it" }).click();
      await page.locator("#outcome", { hasText: outcome }).waitFor({ timeout: 60_000 });
    };
    const refusal = "400: The following user attributes cannot be updated: picture.";
    await edit("Auth0 keeps", "https://example.com/a.png", refusal);
    await edit("GitHub sends", `${first}?v=2`, "No call of Auth0's");
    await page.goto(demo.url);
    await page.getByRole("button", { name: "Sign out" }).click();
    await signIn(page, "Margaret Ito");
    expect(await page.locator("#portrait img").getAttribute("src")).toBe(`${first}?v=2`);
  });

  it("offers to sign in again after the tenant was restarted", async () => {
    const demo = await start();
    const page = await newPage();
    await page.goto(demo.url);
    await signIn(page, "Grace Okafor");
    await demo.restart();
    await page.getByRole("button", { name: "Refresh my token" }).click();

    await page.locator("#signed-out").waitFor({ timeout: 60_000 });
    expect(await textOf(page, "status")).toBe("Your session has ended. Sign in again.");
    await signIn(page, "Grace Okafor");
    expect(await textOf(page, "name")).toBe("Grace Okafor");
  });

  it("is walked by keyboard alone, on a phone's width, with the focus to be seen", async () => {
    const demo = await start();
    const page = await newPage({ viewport: { width: 320, height: 640 } });
    const { keyboard } = page;
    const inner = "(document.activeElement.shadowRoot?.activeElement ?? document.activeElement)";
    const focused = () =>
      page.evaluate<string>(
        `(({ ariaLabel, textContent, value, id }) => (ariaLabel || value || textContent || id).trim())(${inner})`,
      );
    /** With Tab, until something has the focus whose text begins so. Each on the way shows that it has it. */
    const tabTo = async (text: string) => {
      for (let pressed = 0; pressed < 60; pressed++) {
        await keyboard.press("Tab");
        // Behind the last one the focus leaves the page, and comes back at the first.
        const outline = await page.evaluate<string>(
          `((one) => one === document.body ? "left" : getComputedStyle(one.closest(".frame") ?? one).outlineStyle)(
            ${inner})`,
        );
        expect(outline, await focused()).not.toBe("none");
        if ((await focused()).startsWith(text)) return;
      }
      throw new Error(`Nothing with "${text}" had the focus`);
    };

    await page.goto(demo.url);
    await page.locator("#sign-in").waitFor();
    expect(await overflow(page)).toBeLessThanOrEqual(0);
    await keyboard.press("Tab");
    expect(await focused()).toBe("Skip to the content");
    await tabTo("Sign in");
    await keyboard.press("Enter");
    await page.getByRole("button", { name: "Grace Okafor" }).waitFor();
    expect(await overflow(page)).toBeLessThanOrEqual(0);
    await tabTo("grace@example.com");
    await keyboard.press("Enter");
    await page.locator("#signed-in").waitFor({ timeout: 60_000 });
    // Within the card, beyond whose padding an e-mail address would stand else.
    expect(
      await page.evaluate<number>(`(({ scrollWidth, clientWidth }) => scrollWidth - clientWidth)(
      document.querySelector(".who"))`),
    ).toBe(0);
    await tabTo("Choose a picture");
    await tabTo("Fox");
    await tabTo("Owl");
    await keyboard.press("Enter");
    await page.getByRole("button", { name: "Use this picture" }).waitFor();
    await vi.waitFor(async () => expect(await focused()).toBe("From left to right"));
    expect(await overflow(page)).toBeLessThanOrEqual(0);
    await keyboard.press("ArrowRight");
    await tabTo("Use this picture");
    await keyboard.press("Enter");
    await page.locator("#stored button").waitFor({ timeout: 60_000 });
    expect(await overflow(page)).toBeLessThanOrEqual(0);
    await tabTo("Refresh and see it");
    await keyboard.press("Space");
    await vi.waitFor(async () => expect(await textOf(page, "rule")).toBe("metadata"), { timeout: 60_000 });
    expect(await focused()).toBe("Refresh my token");

    await page.goto(`${demo.url}console`);
    await page.locator("#person-title").waitFor();
    await tabTo("MQMallory Quinn");
    await keyboard.press("Enter");
    await vi.waitFor(async () => expect(await focused()).toBe("Mallory Quinn"));
    await tabTo("Change it");
    await keyboard.press("Enter");
    await tabTo("Remove it");
    await keyboard.press("Enter");
    await page.locator("#outcome pre").waitFor();
    expect(await textOf(page, "status")).toContain("200: changed.");
    for (const summary of await page.locator("summary").all()) if (await summary.isVisible()) await summary.click();
    expect(await overflow(page)).toBeLessThanOrEqual(0);
  });

  it("is seen in either scheme, with forced colours, and without motion where none is wanted", async () => {
    const demo = await start();
    const page = await newPage();
    await page.goto(`${demo.url}console`);
    await page.locator(".chain summary").first().click();
    for (const colorScheme of ["light", "dark"] as const) {
      await page.emulateMedia({ colorScheme });
      for (const control of ["#reload", ".change[open] input", ".change[open] button.chip"])
        expect(await contrast(page, control, "borderTopColor", ".card"), `${colorScheme} ${control}`).toBeGreaterThan(
          3,
        );
      await page.locator(".chain summary").first().focus();
      expect(await contrast(page, ".brand", "outlineColor", ".bar")).toBeGreaterThan(3);
    }
    const style = (selector: string, property: string) =>
      page.evaluate<string>(`getComputedStyle(document.querySelector('${selector}')).${property}`);
    expect(await style("#reload", "transitionDuration")).not.toBe("0s");
    await page.emulateMedia({ reducedMotion: "reduce" });
    expect(await style("#reload", "transitionDuration")).toBe("0s");
    expect(await style("nav [aria-current]", "outlineStyle")).toBe("none");
    await page.emulateMedia({ forcedColors: "active" });
    expect(await style("nav [aria-current]", "outlineStyle")).toBe("solid");
    expect(await page.getByRole("table").first().getByRole("columnheader").count()).toBe(3);
  });

  it("is looked at by an axe-core that finds what is wrong", async () => {
    const page = await newPage();
    await page.setContent(
      `<!doctype html><title>Wrong</title><body bgcolor="white"><main><h1>Wrong</h1>
      <img src="/none.png"><p><font color="#bbbbbb">pale</font></p></main>`,
    );

    expect((await violations(page)).map((one) => one.replace(/:.*/s, "")).toSorted()).toEqual([
      "color-contrast",
      "html-has-lang",
      "image-alt",
    ]);
  });
});
