// Hostile files behind the response headers that the picture store declares, in a real browser: no script of theirs
// runs. Each is shown without the headers too, where its scripts do run, so that the test can fail.
import { existsSync } from "node:fs";
import { chromium } from "playwright-core";
import type { BrowserContext } from "playwright-core";
import { describe, expect, it, vi } from "vitest";
import { deployments } from "../components/picture-store/deployed-store.ts";
import type { Breakage, DeployedStore } from "../components/picture-store/deployed-store.ts";
import { isRare } from "../rare.ts";

const executablePath = "/usr/bin/chromium";
const why = existsSync(executablePath) ? "" : ` (skipped: there is no ${executablePath}, Debian's package chromium)`;

/** Every way that a document of its type has to run script by itself; each says its name where it ran. */
const hostile = {
  svg: {
    contentType: "image/svg+xml",
    ways: ["script", "onload", "image onerror", "foreignObject"],
    text: `<svg xmlns="http://www.w3.org/2000/svg" width="64" height="64" onload="console.log('onload')">
      <script>console.log("script")</script>
      <image href="data:image/png,none" onerror="console.log('image onerror')"/>
      <foreignObject width="64" height="64">
        <iframe xmlns="http://www.w3.org/1999/xhtml" srcdoc="&lt;script>console.log('foreignObject')&lt;/script>"/>
      </foreignObject>
    </svg>`,
  },
  html: {
    contentType: "text/html",
    ways: ["script", "module", "img onerror", "svg onload", "srcdoc", "javascript: URL"],
    text: `<!doctype html><title>none</title>
      <script>console.log("script")</script>
      <script type="module">console.log("module")</script>
      <img src="data:image/png,none" onerror="console.log('img onerror')">
      <svg onload="console.log('svg onload')"></svg>
      <iframe srcdoc="<script>console.log('srcdoc')</script>"></iframe>
      <iframe src="javascript:console.log('javascript: URL')"></iframe>`,
  },
} as const;
const kinds = Object.keys(hostile) as (keyof typeof hostile)[];

const withoutHeaders: Breakage = {
  type: "cloudfront/distribution:Distribution",
  change({ defaultCacheBehavior, ...inputs }) {
    const { responseHeadersPolicyId, ...behavior } = defaultCacheBehavior as Record<string, unknown>;
    return { ...inputs, defaultCacheBehavior: behavior };
  },
};

describe.skipIf(why !== "")(`hostile pictures in Chromium${why}`, () => {
  const { deploy } = deployments();

  it.runIf(isRare)("run their scripts without the headers, so that the next test can fail", async () => {
    const store = await deploy({}, withoutHeaders);
    await inBrowser(store, async (browser) => {
      const ran = await show(browser, store);
      const { svg, html } = { svg: new Set(hostile.svg.ways), html: new Set(hostile.html.ways) };
      const all = { "svg, opened": svg, "svg, framed": svg, "html, opened": html, "html, framed": html };

      await vi.waitFor(() => expect(ran).toEqual(all), { timeout: 60_000 });
    });
  });

  it("run no script behind the headers, and the SVG is still shown as a picture on an application's page", async () => {
    const store = await deploy();
    await inBrowser(store, async (browser) => {
      const ran = await show(browser, store);
      const none = new Set();

      expect(ran).toEqual({ "svg, opened": none, "svg, framed": none, "html, opened": none, "html, framed": none });
      const page = await browser.newPage();
      await page.setContent(`<img src="${store.baseUrl}u/svg">`);
      expect(await page.evaluate("document.images[0].decode().then(() => document.images[0].naturalWidth)")).toBe(64);
    });
  });
});

function upload({ edge, bucketName, baseUrl }: DeployedStore, kind: keyof typeof hostile): string {
  const { contentType, text } = hostile[kind];
  edge.controlPlane.putObject(bucketName, `u/${kind}`, Buffer.from(text), { contentType });
  return `${baseUrl}u/${kind}`;
}

/** A browser of its own, with an empty profile, which finds the store's host and no other. */
async function inBrowser({ edge, baseUrl }: DeployedStore, use: (browser: BrowserContext) => Promise<void>) {
  const browser = await chromium.launch({
    executablePath,
    args: [
      ...["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"],
      ...["--disable-background-networking", "--disable-component-update"],
      `--host-resolver-rules=MAP ${new URL(baseUrl).host}:443 127.0.0.1:${edge.ports.https}, MAP * ~NOTFOUND`,
    ],
  });
  try {
    await use(await browser.newContext({ ignoreHTTPSErrors: true }));
  } finally {
    await browser.close();
  }
}

/**
 * Shows each file as a page of its own and within an application's page, and answers the ways in which each ran script.
 */
async function show(browser: BrowserContext, store: DeployedStore) {
  const ran: Record<string, Set<string>> = {};
  const pageFor = async (kind: keyof typeof hostile, where: string) => {
    const page = await browser.newPage();
    const ways = (ran[`${kind}, ${where}`] = new Set<string>());
    page.on("console", (message) => {
      if ((hostile[kind].ways as readonly string[]).includes(message.text())) ways.add(message.text());
    });
    return page;
  };
  for (const kind of kinds) {
    const url = upload(store, kind);
    const response = await (await pageFor(kind, "opened")).goto(url);
    expect(response?.headers()["content-type"]).toBe(hostile[kind].contentType);
    await (await pageFor(kind, "framed")).setContent(`<iframe src="${url}"></iframe><object data="${url}"></object>`);
  }
  // What the pages said until they were loaded has been heard once a later page's script is.
  const last = await browser.newPage();
  const heard = last.waitForEvent("console");
  await last.setContent(`<iframe srcdoc="<script>console.log('last')</script>"></iframe>`);
  await heard;
  return ran;
}
