// A page of an application's with `<user-picture-upload>`, by the file that is published for pages without a bundler,
// under a policy that allows nothing inline; and the service that it calls, which answers as a test says.
import { createServer } from "node:http";
import type { IncomingHttpHeaders, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";
import type { BrowserContextOptions, Page } from "playwright-core";
import sharp from "sharp";
import { afterAll, beforeAll } from "vitest";
import { bundleElement } from "../../browser/bundle/element-bundle.ts";
import { openBrowser } from "./demo-browser.ts";

export interface ServiceRequest {
  readonly method: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

export interface ServiceAnswer {
  readonly status?: number;
  /** JSON, unless it is a text. */
  readonly body: unknown;
}

export interface ElementPage extends Page {
  /** What the browser complained of: of the policy, and of errors that nobody caught. */
  readonly complaints: string[];
  /** What the service was asked, in order. */
  readonly asked: readonly ServiceRequest[];
  /** `http://localhost:…`, with the page's own picture at `/picture.png` and the one that is uploaded at `/stored.png`. */
  readonly origin: string;
  /** By default the picture is stored, and removed. "break" breaks the connection; what waits is answered later. */
  answer: (request: ServiceRequest) => ServiceAnswer | "break" | Promise<ServiceAnswer>;
}

const policy = [
  ...["default-src 'none'", "script-src 'self'", "style-src 'self'", "img-src 'self'", "connect-src 'self'"],
  ...["base-uri 'none'", "require-trusted-types-for 'script'", "trusted-types 'none'"],
].join("; ");

/** In the application's own module: each element gets its token, and events are kept in `told`. */
const script = `
  import "/user-picture-upload.js";
  globalThis.told = [];
  for (const name of ["picture-changed", "picture-removed", "picture-refused"])
    document.addEventListener(name, ({ type, detail, target }) =>
      told.push({ type, id: target.id, ...(detail?.url && { url: detail.url }), ...(detail?.code && { code: detail.code }) }));
  for (const element of document.querySelectorAll("user-picture-upload")) element.accessToken = async () => "a token";
`;

/** The application's own look, in either scheme. */
const style = `
  :root { color-scheme: light dark; background: light-dark(#fff, #15181a); font-family: sans-serif; }
  body { margin: 1rem; }
`;

export const oneElement = `<user-picture-upload id="own" endpoint="/picture" src="/picture.png" removable></user-picture-upload>`;

/** Each test opens pages of its own, which end with it. */
export function elementPages() {
  const { newPage } = openBrowser();
  const files = new Map<string, { type: string; body: string | Buffer }>();
  let answering: ElementPage | undefined;
  let asked: ServiceRequest[] = [];
  const server = createServer((request, response) => {
    const { method = "", url = "", headers } = request;
    const file = files.get(url);
    if (method === "GET" && file) {
      response.writeHead(200, { "content-type": file.type, "content-security-policy": policy }).end(file.body);
      return;
    }
    void buffer(request)
      .then(async (body) => {
        const call = { method, headers, body };
        asked.push(call);
        const answered = await answering?.answer(call);
        if (answered === "break" || answered === undefined) response.destroy();
        else send(response, answered);
      })
      .catch(() => response.destroy());
  });

  beforeAll(async () => {
    const picture = async (background: string) =>
      sharp({ create: { width: 120, height: 120, channels: 3, background } })
        .png()
        .toBuffer();
    files.set("/user-picture-upload.js", { type: "text/javascript", body: await bundleElement() });
    files.set("/application.js", { type: "text/javascript", body: script });
    files.set("/application.css", { type: "text/css", body: style });
    files.set("/picture.png", { type: "image/png", body: await picture("#7a5") });
    files.set("/stored.png", { type: "image/png", body: await picture("#a57") });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  });
  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });

  return {
    /** A file of the page's server. */
    serve: (path: string, type: string, body: string | Buffer) => void files.set(path, { type, body }),

    open: async (content = oneElement, options: BrowserContextOptions = {}): Promise<ElementPage> => {
      const page = await newPage(options);
      const origin = `http://localhost:${(server.address() as AddressInfo).port}`;
      const complaints: string[] = [];
      page.on("pageerror", ({ message }) => complaints.push(message));
      // That an answer was no success is no fault of the page's.
      page.on("console", (message) => {
        if (!/^Failed to load resource/.test(message.text())) complaints.push(message.text());
      });
      asked = [];
      const opened: ElementPage = Object.assign(page, {
        ...{ complaints, asked, origin },
        answer: ({ method }: ServiceRequest) => ({
          body: method === "DELETE" ? { url: null, variants: {} } : { url: `${origin}/stored.png`, variants: {} },
        }),
      });
      answering = opened;
      const html = `<!doctype html><html lang="en"><title>Profile</title>
        <link rel="icon" href="/picture.png"><link rel="stylesheet" href="/application.css">
        <script type="module" src="/application.js"></script><main><h1>Profile</h1>${content}</main>`;
      files.set("/", { type: "text/html", body: html });
      await page.goto(`${origin}/`);
      await page.waitForFunction("globalThis.told");
      return opened;
    },
  };
}

function send(response: ServerResponse, { status = 200, body }: ServiceAnswer): void {
  response.writeHead(status, { "content-type": "application/json" });
  response.end(typeof body === "string" ? body : JSON.stringify(body));
}
