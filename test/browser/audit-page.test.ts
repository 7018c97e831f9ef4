// The audit's page as a person reads it: in light and dark, by keyboard alone, on a phone, on paper; with ten thousand
// users, and with users whose names and addresses are attacks. Who is asked for what is seen by the browser.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { BrowserContextOptions, Page } from "playwright-core";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { auditPage } from "../../cli/audit/audit-page.ts";
import type { AuditReport } from "../../cli/audit/audit-report.ts";
import { baseUrl, madeReport, madeUser } from "../cli/audit/made-report.ts";
import { isRare } from "../rare.ts";
import { executablePath, openBrowser, why } from "./demo-browser.ts";
import { overflow, violations, violationsInBothSchemes } from "./page-checks.ts";

const folder = mkdtempSync(join(tmpdir(), "audit-page-"));
const store = new URL(baseUrl).host;
let picture: Buffer;

beforeAll(async () => {
  picture = await sharp({ create: { width: 96, height: 96, channels: 3, background: "#7a5" } })
    .png()
    .toBuffer();
});
afterAll(() => rmSync(folder, { recursive: true }));

describe.skipIf(why !== "")(`the page of an audit in ${executablePath}${why}`, () => {
  const { newPage } = openBrowser();

  /** @returns the page, the hosts that it has asked, and what the browser complained of */
  async function open(report: AuditReport, options: BrowserContextOptions = {}) {
    const page = await newPage({ reducedMotion: "reduce", viewport: { width: 1360, height: 900 }, ...options });
    const asked: { host: string; referrer: string | undefined }[] = [];
    const complaints: string[] = [];
    page.on("console", (message) => complaints.push(message.text()));
    page.on("pageerror", ({ message }) => complaints.push(message));
    page.on("dialog", (dialog) => {
      complaints.push(`a dialog: ${dialog.message()}`);
      void dialog.dismiss();
    });
    await page.route(/^(?!file:)/, (route) => {
      const request = route.request();
      asked.push({ host: new URL(request.url()).host, referrer: request.headers()["referer"] });
      return route.fulfill({ contentType: "image/png", body: picture });
    });
    const file = join(folder, `${crypto.randomUUID()}.html`);
    writeFileSync(file, auditPage(report));
    await page.goto(pathToFileURL(file).href);
    return { page, asked, complaints, hosts: () => [...new Set(asked.map(({ host }) => host))].toSorted() };
  }

  const rowsOf = (page: Page) => page.locator("#rows tr");
  const names = (page: Page) => page.locator("#rows .name").allTextContents();
  const eventually = (check: () => void | Promise<void>) => vi.waitFor(check, { timeout: 60_000 });
  const told = (page: Page, words: string) =>
    eventually(async () => expect(await page.locator("#status").textContent()).toBe(words));

  const inLightAndDark = "in light and dark, with a filter, without rows, and on a phone";
  it.runIf(isRare)(`has no fault that axe-core finds, ${inLightAndDark}`, async () => {
    const { page, complaints } = await open(madeReport(40));
    expect(await violationsInBothSchemes(page)).toEqual([]);
    await page.getByRole("button", { name: /^Dead/ }).click();
    await page.getByRole("button", { name: "What is wrong" }).click();
    expect(await violationsInBothSchemes(page)).toEqual([]);
    await page.getByLabel("Search").fill("nobody of that name");
    await page.getByText("No user is like that.").waitFor();
    expect(await violationsInBothSchemes(page)).toEqual([]);
    const phone = await open(madeReport(40), { viewport: { width: 320, height: 700 } });
    expect(await violations(phone.page)).toEqual([]);
    expect(await overflow(phone.page)).toBe(0);
    expect([...complaints, ...phone.complaints]).toEqual([]);
  });

  it("sorts by keyboard, and says how", async () => {
    const { page } = await open(madeReport(40));
    const heading = (name: string) => page.getByRole("columnheader", { name, exact: true });
    expect(await heading("What is wrong").getAttribute("aria-sort")).toBe("ascending");
    await heading("User").getByRole("button").focus();
    await page.keyboard.press("Enter");
    expect(await heading("User").getAttribute("aria-sort")).toBe("ascending");
    expect(await heading("What is wrong").getAttribute("aria-sort")).toBeNull();
    const ascending = await names(page);
    expect(ascending).toEqual(ascending.toSorted(new Intl.Collator(undefined, { sensitivity: "base" }).compare));
    expect(new Set(ascending).size).toBeGreaterThan(5);
    await page.keyboard.press("Space");
    expect(await heading("User").getAttribute("aria-sort")).toBe("descending");
    expect(await names(page)).toEqual(ascending.toReversed());
    // The next button by Tab, and with the worst first again.
    await page.keyboard.press("Tab");
    await page.keyboard.press("Tab");
    await page.keyboard.press("Enter");
    expect(await rowsOf(page).first().locator(".badge").first().textContent()).toBe("Dead");
    await page.keyboard.press("Enter");
    expect(await rowsOf(page).first().locator(".badge").first().textContent()).toBe("None");
  });

  it("filters by keyboard: by a finding, by words, by both", async () => {
    const { page } = await open(madeReport(40));
    await told(page, "40 users");
    const tile = page.getByRole("button", { name: /^Expired/ });
    await tile.focus();
    await page.keyboard.press("Space");
    expect(await tile.getAttribute("aria-pressed")).toBe("true");
    await told(page, "5 users of 40");
    expect(await page.locator("#finding").inputValue()).toBe("expired");
    await page.getByLabel("Search").focus();
    await page.keyboard.type("facebook USER3@");
    await told(page, "1 user of 40");
    expect(await rowsOf(page).count()).toBe(1);
    await page.keyboard.press("Tab");
    await page.keyboard.type("Foreign");
    await eventually(async () => expect(await page.locator("#finding").inputValue()).toBe("foreign"));
    expect(await tile.getAttribute("aria-pressed")).toBe("false");
    expect(await page.getByRole("button", { name: /^Foreign/ }).getAttribute("aria-pressed")).toBe("true");
    await page.getByLabel("Search").fill("");
    await told(page, "15 users of 40");
    await page.getByRole("button", { name: /^Foreign/ }).press("Enter");
    await told(page, "40 users");
  });

  it("asks the store alone until Show is pressed, and no host where from", async () => {
    const { page, asked, hosts, complaints } = await open(madeReport(40));
    await page.locator("#finding").selectOption("at-risk");
    await page.locator("#rows img").first().scrollIntoViewIfNeeded();
    await eventually(() => expect(hosts()).toEqual([store]));
    await page.locator("#finding").selectOption("");
    await page.getByRole("button", { name: "Comes from" }).click();
    await page.getByLabel("Search").fill("lh3.googleusercontent.com");
    await told(page, "10 users of 40");
    expect(hosts()).toEqual([store]);
    expect(await page.locator("#rows img").count()).toBe(0);
    await page
      .getByRole("button", { name: /^Show the picture of/ })
      .first()
      .click();
    await page.locator("#rows img").waitFor();
    await eventually(() => expect(asked.map(({ host }) => host)).toContain("lh3.googleusercontent.com"));
    expect(asked.filter(({ host }) => host === "lh3.googleusercontent.com")).toHaveLength(1);
    // What is shown stays so when the rows are made anew.
    await page.getByLabel("Search").fill("");
    await page.getByLabel("Search").fill("lh3.googleusercontent.com");
    await told(page, "10 users of 40");
    expect(await page.locator("#rows img").count()).toBe(1);
    await page.getByRole("button", { name: /^Show pictures of \d other hosts/ }).click();
    await eventually(async () => expect(await page.locator("#rows img").count()).toBe(10));
    expect(asked.map(({ referrer }) => referrer).filter((referrer) => referrer !== undefined)).toEqual([]);
    expect(complaints).toEqual([]);
  });

  it("shows what is dead as such, and does not ask for it", async () => {
    const { page, asked } = await open(madeReport(8));
    const dead = rowsOf(page).first();
    expect(await dead.locator(".avatar.broken").textContent()).toBe("✕");
    expect(await dead.locator("img, .picture button").count()).toBe(0);
    expect(asked.map(({ host }) => host).filter((host) => host !== store)).toEqual([]);
    await page.unrouteAll();
    await page.route(/^(?!file:)/, (route) => route.abort());
    await page.locator("#finding").selectOption("at-risk");
    await page.locator("#rows .avatar.broken").waitFor();
    expect(await page.locator("#rows img").count()).toBe(0);
  });

  it.runIf(isRare)("gives the command to a clipboard", async () => {
    const { page } = await open(madeReport(8), { permissions: ["clipboard-read", "clipboard-write"] });
    await page.getByRole("button", { name: "Copy the command" }).first().press("Enter");
    await page.getByText("Copied").waitFor();
    expect(await page.evaluate("navigator.clipboard.readText()")).toBe("user-pictures unset 'auth0|3d0900'");
  });

  it("stays harmless whatever users are called, and keeps texts in their places", async () => {
    const attack = (text: string) =>
      madeUser(2, {
        ...{ userId: `auth0|${text}`, name: text, email: `${text}@example.org`, connection: text },
        ...{ url: `https://evil.example/${text}`, hiddenUrl: text, thumbnail: undefined, origin: "provider" },
        findings: [
          { kind: "hidden", reason: text },
          { kind: "foreign", reason: text },
        ],
      });
    const attacks = [
      "</script><script>alert(1)</script>",
      '"><img src=x onerror=alert(1)>',
      "'-alert(1)-'",
      "<!--<script>",
      "]]><svg onload=alert(1)>",
      "\u202egnp.exe\u2066",
      "\u0000\u001b[31m\u2028\u2029\u200f",
      "javascript:alert(1)",
      "${alert(1)}`",
      "__proto__",
      "x".repeat(3000),
      "Z\u0351\u0352\u0353\u0354\u0355\u0356\u0357\u0358\u0359".repeat(20),
    ];
    const report = madeReport(0, attacks.map(attack));
    const connection = { name: attacks[0] ?? "", strategy: attacks[1] ?? "", setUserRootAttributes: attacks[2] };
    const { page, asked, complaints } = await open({
      ...report,
      tenant: '"><script>alert(1)</script>',
      noAction: "</p><script>alert(1)</script>",
      connections: [{ ...connection, overwritesPictures: true, mend: attacks[1], users: 1 }],
    });
    await told(page, `${attacks.length} users`);
    expect(await rowsOf(page).count()).toBe(attacks.length);
    expect(await page.locator("script").count()).toBe(2);
    expect(await page.locator("main img, main svg:not(.bar), main script, [onerror], [onload]").count()).toBe(0);
    expect((await names(page)).toSorted()).toEqual(
      expect.arrayContaining([
        attacks[0],
        attacks[1],
        "\\u202egnp.exe\\u2066",
        "\\u0000\\u001b[31m\\u2028\\u2029\\u200f",
      ]),
    );
    await page.getByLabel("Search").fill("gnp.exe");
    await told(page, `1 user of ${attacks.length}`);
    expect(await page.locator("#rows .command code").first().textContent()).toBe(
      "user-pictures unset $'auth0|\\u202egnp.exe\\u2066'",
    );
    expect(await page.locator("html").innerText()).not.toMatch(/[\u202a-\u202e\u2066-\u2069]/);
    await page.getByLabel("Search").fill("");
    await told(page, `${attacks.length} users`);
    expect(await overflow(page)).toBe(0);
    expect(await page.evaluate<number>("document.documentElement.scrollHeight")).toBeLessThan(12_000);
    expect(await violations(page)).toEqual([]);
    expect(asked).toEqual([]);
    expect(complaints).toEqual([]);
  });

  it("runs nothing that somebody writes into the file", async () => {
    const file = join(folder, "written.html");
    const inserted = `<script>document.title = "run"</script><img src="data:image/png;base64,AA" onerror="document.title = 'run'">`;
    writeFileSync(file, auditPage(madeReport(8)).replace("<main>", `<main>${inserted}`));
    const page = await newPage();
    await page.route(/^(?!file:)/, (route) => route.abort());
    await page.goto(pathToFileURL(file).href);
    await rowsOf(page).first().waitFor();
    expect(await page.title()).toBe("User pictures of example.eu.auth0.com");
  });

  it.runIf(isRare)("turns the pages of ten thousand users, of whom it draws fifty", async () => {
    const { page, complaints } = await open(madeReport(10_000));
    await told(page, "10,000 users");
    expect(await rowsOf(page).count()).toBe(50);
    expect(await page.locator("#place").textContent()).toBe("1 to 50 of 10,000");
    await page.getByRole("button", { name: "Next" }).press("Enter");
    expect(await page.locator("#place").textContent()).toBe("51 to 100 of 10,000");
    await page.getByRole("button", { name: "User", exact: true }).click();
    expect(await page.locator("#place").textContent()).toBe("1 to 50 of 10,000");
    await page.getByLabel("Search").fill("user9999@");
    await told(page, "1 user of 10,000");
    expect(await page.locator("#rows tr th").innerText()).toContain("user9999@example.org");
    expect(await page.getByRole("button", { name: "Next" }).isDisabled()).toBe(true);
    expect(complaints).toEqual([]);
  });

  it.runIf(isRare)("prints all users, without what can be pressed", async () => {
    const { page } = await open(madeReport(120));
    await page.emulateMedia({ media: "print" });
    await page.evaluate("dispatchEvent(new Event('beforeprint'))");
    expect(await rowsOf(page).count()).toBe(120);
    for (const hidden of [".tools", ".pager", ".command button", ".picture button"])
      expect(await page.locator(hidden).first().isVisible()).toBe(false);
    await page.evaluate("dispatchEvent(new Event('afterprint'))");
    expect(await rowsOf(page).count()).toBe(50);
    expect((await page.pdf()).subarray(0, 5).toString()).toBe("%PDF-");
  });

  it.runIf(isRare)("says so where there is nothing, and what is not known", async () => {
    const clean = await open(madeReport(0, [madeUser(0, { findings: [] })]));
    expect(await clean.page.locator("main").innerText()).toContain("There are none.");
    expect(await violations(clean.page)).toEqual([]);
    expect(await clean.page.locator("#users, script").count()).toBe(0);
    const doubtful = await open({
      ...madeReport(8),
      choiceDoubt: "The Action is one of your own.",
      areHostsAsked: false,
    });
    const text = await doubtful.page.locator("main").innerText();
    expect(text).toContain("It is not known what logins show. The Action is one of your own.");
    expect(text).toContain("The hosts of foreign pictures were not asked");
    expect([...clean.complaints, ...doubtful.complaints]).toEqual([]);
  });
});
