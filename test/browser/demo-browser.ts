// Chromium for a test file about the demo: it finds localhost and no other host, and calls nobody by itself.
import { existsSync } from "node:fs";
import { chromium } from "playwright-core";
import type { Browser, BrowserContext, BrowserContextOptions, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll } from "vitest";

export const executablePath = "/usr/bin/chromium";

/** Why the tests are skipped; "" where they run. */
export const why = existsSync(executablePath)
  ? ""
  : ` (skipped: there is no ${executablePath}, Debian's package chromium)`;

const quietFlags = [
  ...["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"],
  ...["--disable-background-networking", "--disable-component-update"],
  "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost",
];

export const launch = (...flags: string[]): Promise<Browser> =>
  chromium.launch({ executablePath, args: [...quietFlags, ...flags] });

interface OpenBrowser {
  readonly newPage: (options?: BrowserContextOptions) => Promise<Page>;
}

/** One browser for the file. Each page has a profile of its own, which ends with the test. */
export function openBrowser(): OpenBrowser {
  let browser: Browser;
  let contexts: BrowserContext[] = [];
  beforeAll(async () => {
    browser = await launch();
  });
  afterEach(async () => {
    for (const context of contexts) await context.close();
    contexts = [];
  });
  afterAll(() => browser.close());
  return {
    async newPage(options: BrowserContextOptions = {}): Promise<Page> {
      const context = await browser.newContext(options);
      contexts.push(context);
      return context.newPage();
    },
  };
}
