// `npm run screenshots`: walks the demo in Chromium, and writes the pictures that README.md and docs/sandbox.md show.
// Look at each before you keep it.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chromium } from "playwright-core";
import type { Page } from "playwright-core";
import sharp from "sharp";

const images = join(import.meta.dirname, "../../docs/images");
const desktop = { width: 1120, height: 760 };
const port = process.argv[2] ?? "4019";
const folder = await mkdtemp(join(tmpdir(), "screenshots-"));
const demo = spawn(process.execPath, [join(import.meta.dirname, "demo.ts"), "--port", port, "--folder", folder], {
  stdio: ["ignore", "pipe", "inherit"],
});
try {
  const url = await printedUrl();
  const flags = ["--headless", "--no-sandbox", "--no-first-run", "--disable-background-networking"];
  const browser = await chromium.launch({ executablePath: "/usr/bin/chromium", args: flags });
  try {
    for (const colorScheme of ["light", "dark"] as const) {
      const context = await browser.newContext({ colorScheme, viewport: desktop, reducedMotion: "reduce" });
      await walk(await context.newPage(), url, colorScheme);
      await context.close();
    }
    const phone = { viewport: { width: 360, height: 740 }, deviceScaleFactor: 2, isMobile: true };
    const context = await browser.newContext({ ...phone, colorScheme: "dark", reducedMotion: "reduce" });
    const page = await context.newPage();
    await signIn(page, url, "Ada Lind");
    await keep(page, "demo-phone");
  } finally {
    await browser.close();
  }
} finally {
  demo.kill("SIGINT");
  if (demo.exitCode === null) await once(demo, "exit");
  await rm(folder, { recursive: true });
}

async function walk(page: Page, url: string, scheme: string): Promise<void> {
  await page.goto(url);
  await page.locator("#sign-in").click();
  await page.getByRole("button", { name: "Ada Lind" }).waitFor();
  await keep(page, `demo-login-${scheme}`);
  await signIn(page, url, "Linus Berg");
  await page.getByRole("button", { name: "Sign out" }).click();
  await page.locator("#signed-out").waitFor();
  await signIn(page, url, "Ada Lind");
  await page.getByRole("button", { name: scheme === "light" ? "Fox" : "Owl" }).click();
  await page.getByRole("button", { name: "Use this picture" }).click();
  await page.getByRole("button", { name: "Refresh and see it" }).click();
  await page.locator("#status", { hasText: "with another picture" }).waitFor();
  await page.getByRole("button", { name: "Whale" }).click();
  await page.getByRole("button", { name: "Use this picture" }).waitFor();
  await page.setViewportSize({ ...desktop, height: 880 });
  await keep(page, `demo-page-${scheme}`);
  await page.setViewportSize(desktop);
  await page.getByRole("link", { name: "Console" }).click();
  await page.locator(".chain .claim img").waitFor();
  await keep(page, `demo-console-${scheme}`);
}

async function signIn(page: Page, url: string, name: string): Promise<void> {
  await page.goto(url);
  await page.locator("#sign-in").click();
  await page.getByRole("button", { name }).click();
  await page.locator("#portrait img").waitFor();
}

/** What the window shows, once all pictures are there. Few colours keep it small. */
async function keep(page: Page, name: string): Promise<void> {
  await page.evaluate("Promise.all([...document.images].map((image) => image.decode().catch(() => undefined)))");
  await page.evaluate("document.activeElement.blur(); scrollTo(0, 0)");
  const { size } = await sharp(await page.screenshot())
    .webp({ quality: 82, effort: 6 })
    .toFile(join(images, `${name}.webp`));
  process.stdout.write(`${name}.webp: ${Math.ceil(size / 1024)} kB\n`);
}

async function printedUrl(): Promise<string> {
  let text = "";
  for await (const part of demo.stdout.setEncoding("utf8") as AsyncIterable<string>) {
    text += part;
    const url = /^Open (\S+) in a browser/m.exec(text)?.[1];
    if (url !== undefined) {
      demo.stdout.resume();
      return url;
    }
  }
  throw new Error(`The demo ended: ${text}`);
}
