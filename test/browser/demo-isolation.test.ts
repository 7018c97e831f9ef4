// What the demo keeps to itself: its pages ask for no host but localhost, and its service worker leaves another
// application alone that has come to its port.
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { createServer } from "node:http";
import type { IncomingMessage, Server } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { BrowserContext, Page } from "playwright-core";
import { describe, expect, it, vi } from "vitest";
import { close, listen } from "../../sandbox/edge/loopback.ts";
import { demos } from "../sandbox/demo/prepared-demo.ts";
import { executablePath, launch, openBrowser, why } from "./demo-browser.ts";

const start = demos();

/** The hosts that the browser wanted to reach meanwhile, by its own log of the network. */
async function hostsAsked(act: (context: BrowserContext) => Promise<void>): Promise<string[]> {
  const folder = await mkdtemp(join(tmpdir(), "net-log-"));
  try {
    const file = join(folder, "net-log.json");
    const browser = await launch(`--log-net-log=${file}`);
    try {
      await act(await browser.newContext());
    } finally {
      await browser.close();
    }
    const { events } = JSON.parse(await readFile(file, "utf8")) as { events: { params?: Record<string, unknown> }[] };
    const named = events.flatMap(({ params = {} }) => [params["url"], params["host"], params["hostname"]]);
    const hosts = named.flatMap((name) => {
      if (typeof name !== "string" || name === "") return [];
      return [URL.parse(name.includes("://") ? name : `http://${name}`)?.hostname ?? name];
    });
    return [...new Set(hosts)].filter((host) => !isBrowsersOwn(host)).toSorted();
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** Whom Chromium calls by itself, whatever the page; and what it makes of a host that is not to be found. */
const isBrowsersOwn = (host: string) => /^~notfound$|\.(google|googleapis)\.com$/.test(host);

const imageWidth = (page: Page, selector: string) =>
  page.locator(selector).evaluate((image) => (image as unknown as { naturalWidth: number }).naturalWidth);

describe.skipIf(why !== "")(`the demo in ${executablePath}, and what is beside it${why}`, () => {
  const { newPage } = openBrowser();

  it("asks for no host but localhost, where a page without the worker would ask for the picture's", async () => {
    const demo = await start();
    const asked = await hostsAsked(async (context) => {
      const page = await context.newPage();
      await page.goto(demo.url);
      for (const name of ["Linus Berg", "Ada Lind"]) {
        await page.locator("#sign-in").click();
        await page.getByRole("button", { name }).click();
        await vi.waitFor(async () => expect(await imageWidth(page, "#portrait img")).toBeGreaterThan(0), {
          timeout: 60_000,
        });
        await page.getByRole("button", { name: "Sign out" }).click();
        await page.locator("#signed-out").waitFor();
      }
      await page.goto(`${demo.url}console`);
      await vi.waitFor(async () => expect(await imageWidth(page, "#people li:first-child img")).toBeGreaterThan(0), {
        timeout: 60_000,
      });
    });
    expect(asked).toEqual(["localhost"]);

    const { server, origin } = await application(`<img src="${demo.stack.defaultPictureUrl}">`);
    const without = await hostsAsked(async (context) => {
      const page = await context.newPage();
      await page.goto(origin);
      await vi.waitFor(async () => expect(await page.evaluate("document.images[0].complete")).toBe(true));
    });
    await close(server);
    expect(without).toEqual([new URL(demo.stack.pictureBaseUrl).hostname, "localhost"]);
  });

  it("leaves an application alone that comes to its port, even one at its path", async () => {
    const demo = await start();
    const page = await newPage();
    await page.goto(demo.url);
    await page.locator("#sign-in").waitFor();
    const isControlled = () => page.evaluate<boolean>("navigator.serviceWorker.controller !== null");
    expect(await isControlled()).toBe(true);
    await demo.close();

    const { server, origin, requests } = await application(
      `<img src="https://pictures.example/a.png">`,
      Number(new URL(demo.url).port),
    );
    try {
      await page.goto(origin);
      expect(await isControlled()).toBe(false);
      await vi.waitFor(async () => expect(await page.evaluate("document.images[0].complete")).toBe(true));
      expect(requests).toEqual(["/"]);

      // Here the worker meets a page that is not the demo's, and goes.
      await page.goto(demo.url);
      await vi.waitFor(
        async () =>
          expect(await page.evaluate("navigator.serviceWorker.getRegistrations().then((all) => all.length)")).toBe(0),
        { timeout: 60_000 },
      );
      await page.goto(demo.url);
      expect(await isControlled()).toBe(false);
    } finally {
      await close(server);
    }
  });
});

/** Another application, which answers every path with the same page. */
async function application(content: string, port?: number) {
  const requests: string[] = [];
  const answer = ({ url = "" }: IncomingMessage) => {
    if (url !== "/favicon.ico") requests.push(url);
    return `<!doctype html><title>Another</title><link rel="icon" href="data:,">${content}`;
  };
  const server: Server = createServer((request, response) => {
    response.writeHead(200, { "content-type": "text/html" }).end(answer(request));
  });
  if (port === undefined) return { server, origin: `http://localhost:${await listen(server)}/`, requests };
  await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
  return { server, origin: `http://localhost:${port}/`, requests };
}
