// A single-page application signs a user in to the tenant with Auth0's own library, in a real browser, over plain HTTP
// on localhost: by the tenant's page, by a refresh token, in a silent frame, in a pop-up window, and out again.
import { existsSync, readFileSync } from "node:fs";
import { createServer } from "node:http";
import type { Server } from "node:http";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { close, listen } from "../../sandbox/edge/loopback.ts";
import { runTenant } from "../sandbox/tenant/running-tenant.ts";

const executablePath = "/usr/bin/chromium";
const why = existsSync(executablePath) ? "" : ` (skipped: there is no ${executablePath}, Debian's package chromium)`;

const library = import.meta.resolve("@auth0/auth0-spa-js/dist/auth0-spa-js.production.js");
const content: Record<string, [type: string, text: string]> = {
  "/": ["text/html", `<!doctype html><title>Shop</title><script src="/auth0-spa-js.js"></script>`],
  "/auth0-spa-js.js": ["text/javascript", readFileSync(fileURLToPath(library), "utf8")],
};

describe.skipIf(why !== "")(`signing in with auth0-spa-js in Chromium${why}`, () => {
  const running = runTenant({ connections: [{ name: "google-oauth2", strategy: "google-oauth2" }] });
  let shop: { server: Server; origin: string };
  let browser: Browser;
  let options: object;

  const setPicture = (picture: string) => {
    const profile = { sub: "grace", email: "grace@example.com", name: "Grace Hopper", picture };
    running.tenant.identityProvider.setProfile("google-oauth2", profile);
  };

  beforeAll(async () => {
    const server = createServer((request, response) => {
      const [type, text] = content[new URL(request.url ?? "/", "http://localhost").pathname] ?? ["text/plain", ""];
      response.setHeader("content-type", type).end(text);
    });
    shop = { server, origin: `http://localhost:${await listen(server)}` };
    const { client_id } = await running.management.clients.create({
      ...{ name: "Shop", app_type: "spa", token_endpoint_auth_method: "none", callbacks: [shop.origin] },
      ...{ web_origins: [shop.origin], allowed_logout_urls: [shop.origin] },
      refresh_token: { rotation_type: "rotating", expiration_type: "expiring" },
    });
    options = {
      domain: await running.tenant.listenPlain(),
      ...{ issuer: running.tenant.issuer, clientId: client_id, authorizationParams: { redirect_uri: shop.origin } },
    };
    browser = await chromium.launch({
      executablePath,
      args: [
        ...["--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-sync"],
        ...["--disable-background-networking", "--disable-component-update"],
        "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost",
      ],
    });
  });

  afterAll(async () => {
    await browser.close();
    await close(shop.server);
  });

  const openShop = async (page: Page, changed: object = {}) => {
    if (!page.url().startsWith(shop.origin)) await page.goto(shop.origin);
    await page.evaluate(`globalThis.client = new auth0.Auth0Client(${JSON.stringify({ ...options, ...changed })}); 0`);
  };
  const claimsAfter = (page: Page, act: string) =>
    page.evaluate<Record<string, unknown>>(`(async () => { ${act}; return client.getIdTokenClaims(); })()`);
  const errorOf = (page: Page, act: string) => page.evaluate(`${act}.then(() => "none", ({ error }) => error)`);
  const choose = async (page: Page) => page.getByRole("button", { name: "Grace Hopper" }).click();

  it("works by redirect, by refresh token, in a frame, in a pop-up window, and until the logout", async () => {
    const context = await browser.newContext();
    const page = await context.newPage();
    const stored = { useRefreshTokens: true, cacheLocation: "localstorage" };
    setPicture("https://pictures.example/1.png");

    await openShop(page, stored);
    await page.evaluate(`void client.loginWithRedirect(); 0`);
    await page.waitForURL(/\/u\/login\?/);
    await choose(page);
    await page.waitForURL(/[?&]code=/);
    await openShop(page, stored);
    const first = await claimsAfter(page, "await client.handleRedirectCallback()");
    expect(first).toMatchObject({
      ...{ iss: running.tenant.issuer, sub: "google-oauth2|grace", picture: "https://pictures.example/1.png" },
    });

    const own = { picture: "https://pictures.example/2.png" };
    const [connection] = (await running.management.connections.list({ name: "google-oauth2" })).data;
    await running.management.connections.update(connection?.id ?? "", {
      options: { set_user_root_attributes: "on_first_login" },
    });
    await running.management.users.update("google-oauth2|grace", own);
    expect(await claimsAfter(page, `await client.getTokenSilently({ cacheMode: "off" })`)).toMatchObject(own);
    expect(running.tenant.lastLogins.get("google-oauth2|grace")).toMatchObject({ protocol: "oauth2-refresh-token" });

    await openShop(page);
    const silent = await claimsAfter(page, "await client.getTokenSilently()");
    expect(silent).toMatchObject({ ...own, sid: first["sid"] });
    expect(running.tenant.lastLogins.get("google-oauth2|grace")).toMatchObject({ protocol: "oidc-basic-profile" });

    await page.evaluate(`void client.logout({ logoutParams: { returnTo: "${shop.origin}" } }); 0`);
    await page.waitForURL(`${shop.origin}/`);
    await openShop(page);
    expect(await errorOf(page, "client.getTokenSilently()")).toBe("login_required");

    const popup = page.waitForEvent("popup");
    const done = claimsAfter(page, `await client.loginWithPopup()`);
    await choose(await popup);
    expect(await done).toMatchObject(own);
    await context.close();
  });

  it("fails from an origin that is not the application's", async () => {
    const { client_id } = await running.management.clients.create({
      ...{ name: "Elsewhere", app_type: "spa", token_endpoint_auth_method: "none" },
      callbacks: [shop.origin],
    });
    const page = await browser.newPage();
    await openShop(page, { clientId: client_id, authorizeTimeoutInSeconds: 1 });
    expect(await errorOf(page, "client.getTokenSilently()")).toBe("timeout");
    await page.close();
  });
});
