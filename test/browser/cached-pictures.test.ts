// A picture that a page has shown can be read by its scripts afterwards, in a real browser with its cache on. The same
// pages behind a server that takes `Vary` away show that the cache is on, and so that the test can fail.
import { X509Certificate, createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { createServer } from "node:http";
import type { Server } from "node:http";
import { createServer as createTlsServer } from "node:https";
import { chromium } from "playwright-core";
import type { Page } from "playwright-core";
import { describe, expect, it } from "vitest";
import { close, listen } from "../../sandbox/edge/loopback.ts";
import { deployments } from "../components/picture-store/deployed-store.ts";
import type { DeployedStore } from "../components/picture-store/deployed-store.ts";
import { isRare } from "../rare.ts";

const executablePath = "/usr/bin/chromium";
const why = existsSync(executablePath) ? "" : ` (skipped: there is no ${executablePath}, Debian's package chromium)`;

/** How a page shows a picture, and how it reads one: each answers whether it could. */
const asImage = (attribute: string) => (url: string) =>
  `new Promise((resolve) => {
    const image = document.createElement("img");
    ${attribute}
    image.onload = () => resolve(image.naturalWidth > 0);
    image.onerror = () => resolve(false);
    document.body.append(image);
    image.src = "${url}";
  })`;
const shown = asImage("");
const reads = {
  "<img crossorigin>": asImage(`image.crossOrigin = "anonymous";`),
  fetch: (url: string) => `fetch("${url}").then(({ ok, status }) => ok || status === 404, () => false)`,
  "fetch, whatever its age": (url: string) =>
    `fetch("${url}", { cache: "force-cache" }).then(({ ok, status }) => ok || status === 404, () => false)`,
};

const pictures = {
  "a picture (200)": (store: DeployedStore) => store.defaultPictureUrl,
  "a missing one, with the default picture (404)": ({ baseUrl }: DeployedStore) => `${baseUrl}u/none/none.png`,
};

describe.skipIf(why !== "")(`pictures in Chromium's cache${why}`, () => {
  const { certificate, deploy } = deployments();

  describe.each(Object.entries(pictures).slice(0, isRare ? undefined : 1))("%s", (_, urlOf) => {
    it("is read by script after it was shown, on the same page and on another one", async () => {
      const store = await deploy();
      await inBrowser(store.baseUrl, store.edge.ports.https, async (newPage) => {
        expect(await readAfterShown(newPage, urlOf(store))).toEqual(each(true));
      });
    });

    it.runIf(isRare)("is not where nothing says that the answer varies by Origin", async () => {
      const store = await deploy();
      await withoutVary(store, async (port) => {
        await inBrowser(store.baseUrl, port, async (newPage) => {
          expect(await readAfterShown(newPage, urlOf(store))).toEqual(each(false));
        });
      });
    });
  });

  /** A browser whose cache is on: it trusts the certificate, because what it only tolerates it does not keep. */
  async function inBrowser(baseUrl: string, port: number, use: (newPage: () => Promise<Page>) => Promise<void>) {
    const key = new X509Certificate(certificate().cert).publicKey.export({ type: "spki", format: "der" });
    const { server, appPort } = await application();
    const browser = await chromium.launch({
      executablePath,
      args: [
        ...["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"],
        ...["--disable-background-networking", "--disable-component-update"],
        `--ignore-certificate-errors-spki-list=${createHash("sha256").update(key).digest("base64")}`,
        `--host-resolver-rules=MAP ${new URL(baseUrl).host}:443 127.0.0.1:${port}`,
      ],
    });
    try {
      const context = await browser.newContext();
      await use(async () => {
        const page = await context.newPage();
        await page.goto(`http://127.0.0.1:${appPort}/`);
        return page;
      });
    } finally {
      await browser.close();
      await close(server);
    }
  }

  /** The store behind a server that forwards what a page asks for, and keeps `Vary` to itself. */
  async function withoutVary({ edge, baseUrl }: DeployedStore, use: (port: number) => Promise<void>) {
    const server = createTlsServer(certificate(), (request, response) => {
      const { origin } = request.headers;
      void edge
        .fetch(new URL(request.url ?? "/", baseUrl).href, origin === undefined ? {} : { headers: { origin } })
        .then(async (answer) => {
          const headers = [...answer.headers].filter(([name]) => name !== "vary");
          response.writeHead(answer.status, Object.fromEntries(headers));
          response.end(Buffer.from(await answer.arrayBuffer()));
        });
    });
    try {
      await use(await listen(server));
    } finally {
      await close(server);
    }
  }
});

const each = (outcome: boolean) =>
  Object.fromEntries(Object.keys(reads).map((name) => [name, { "same page": outcome, "another page": outcome }]));

/** Each way of reading has a picture of its own (a query names it), so that none finds what another has fetched. */
async function readAfterShown(newPage: () => Promise<Page>, url: string) {
  const outcomes: Record<string, Record<string, unknown>> = {};
  for (const [name, read] of Object.entries(reads)) {
    const outcome: Record<string, unknown> = (outcomes[name] = {});
    for (const where of ["same page", "another page"]) {
      const own = `${url}?${encodeURIComponent(`${name}, ${where}`)}`;
      const page = await newPage();
      expect(await page.evaluate(shown(own))).toBe(true);
      outcome[where] = await (where === "same page" ? page : await newPage()).evaluate(read(own));
    }
  }
  return outcomes;
}

/** An application's empty page. */
async function application(): Promise<{ server: Server; appPort: number }> {
  const server = createServer((_, response) => {
    response.writeHead(200, { "content-type": "text/html" }).end("<!doctype html><body></body>");
  });
  return { server, appPort: await listen(server) };
}
