// Logins of a person with a browser: the page, the session, what goes without the page, and the logout.
import { beforeAll, describe, expect, test } from "vitest";
import { bindActions, deployAction, runTenant } from "../running-tenant.ts";
import { Application, claimsOf, errorOf } from "./application.ts";

const running = runTenant({
  connections: [
    { name: "users", strategy: "auth0" },
    { name: "google-oauth2", strategy: "google-oauth2" },
    { name: "email", strategy: "email" },
  ],
});

let app: Application;
let ada = "";

beforeAll(async () => {
  app = await Application.create(running);
  const { users } = running.management;
  ada = (await users.create({ connection: "users", email: "ada@example.com", password: "x" })).user_id ?? "";
  const profile = { sub: "g1", email: "grace@example.com", name: `Grace <b>"Hopper"</b>` };
  running.tenant.identityProvider.setProfile("google-oauth2", profile);
});

const problem = (answer: { location: URL | undefined }) => ({
  error: answer.location?.searchParams.get("error"),
  description: answer.location?.searchParams.get("error_description"),
});

describe("the login page", () => {
  test("lists who can log in, by connection, and escapes what it shows", async () => {
    const asked = await app.inAnotherBrowser().authorize();
    expect(asked.location?.pathname).toBe("/u/login");
    const { status, headers, text } = await app.request(asked.location?.href ?? "");
    expect([status, headers.get("content-type")]).toEqual([200, "text/html; charset=utf-8"]);
    expect(headers.get("content-security-policy")).toMatch(/^default-src 'none'; style-src 'sha256-[\w+/]+=*'; /);
    expect(text).toContain(`value="ada@example.com"`);
    expect(text).toContain(`value="g1"`);
    expect(text).toContain("Grace &#60;b&#62;&#34;Hopper&#34;&#60;/b&#62;");
    expect(text).not.toContain("<b>");
    expect(text).not.toMatch(/<script|\son\w+=|javascript:/i);
  });

  test("offers no field for a connection that nobody can log in by", async () => {
    const asked = await app.inAnotherBrowser().authorize();
    const { text } = await app.request(asked.location?.href ?? "");
    const fieldsOf = (title: string) => {
      const [, section = ""] = new RegExp(`<h2[^>]*>${title}(.*?)</section>`, "s").exec(text) ?? [];
      return [section.includes("<form"), section.includes("Nobody can log in by it yet.")];
    };
    expect(fieldsOf("Google")).toEqual([true, false]);
    expect(fieldsOf("E-mail")).toEqual([false, true]);
  });

  test("lists the connection that is asked for, and twenty users at most", async () => {
    const many = Array.from({ length: 25 }, (_, index) => ({ sub: `many${index}`, email: `many${index}@example.com` }));
    for (const profile of many) running.tenant.identityProvider.setProfile("google-oauth2", profile);
    const browser = app.inAnotherBrowser();
    const asked = await browser.authorize({ connection: "google-oauth2", login_hint: "", prompt: "login" });
    const text = (await browser.request(asked.location?.href ?? "")).text;
    expect(text.match(/class="who"/g)).toHaveLength(20);
    expect(text).toContain("One of 6 others");
    expect(text).not.toContain("ada@example.com");
  });

  test("logs in whom the person chooses, and says who is unknown", async () => {
    const browser = app.inAnotherBrowser();
    const asked = await browser.authorize();
    const refused = await browser.choose(asked, "users", "<i>nobody@example.com");
    expect([refused.status, refused.location]).toEqual([400, undefined]);
    expect(refused.text).toContain("Wrong email or password.");
    const unknown = await browser.choose(asked, "google-oauth2", "<i>x");
    expect(unknown.text).toContain("does not know &#60;i&#62;x");
    const chosen = await browser.choose(asked, "users", " ada@example.com ");
    expect(chosen.location?.origin).toBe(browser.origin);
    expect(chosen.location?.searchParams.get("state")).toBe("s");
    const tokens = await browser.tokens(chosen.location?.searchParams.get("code") ?? "");
    expect(claimsOf(tokens)).toMatchObject({ sub: ada, iss: running.tenant.issuer, nonce: "n", aud: app.clientId });
    const again = await browser.choose(asked, "users", "ada@example.com");
    expect(errorOf(again)).toMatchObject({ status: 400, error: "invalid_request" });
  });

  test("logs in by the connection that it offers only", async () => {
    const browser = app.inAnotherBrowser();
    const asked = await browser.authorize({ connection: "google-oauth2" });
    const other = await browser.choose(asked, "users", "ada@example.com");
    expect([other.status, other.location]).toEqual([400, undefined]);
    expect(other.text).toContain("the connection was not found");
    expect((await browser.choose(asked, "google-oauth2", "g1")).status).toBe(302);
  });

  test("takes no form of another site", async () => {
    const browser = app.inAnotherBrowser();
    const asked = await browser.authorize();
    const forged = await browser.choose(asked, "users", "ada@example.com", { origin: app.origin });
    expect(forged.status).toBe(403);
    const own = await browser.choose(asked, "users", "ada@example.com", { origin: browser.tenant });
    expect(own.status).toBe(302);
  });

  test("an error is a page for a person, and JSON for a program", async () => {
    const path = "/authorize?client_id=none";
    expect(errorOf(await app.request(path))).toMatchObject({ status: 403, error_description: "Unknown client" });
    const page = await app.request(path, { headers: { accept: "text/html,*/*" } });
    expect([page.status, page.headers.get("content-type")]).toEqual([403, "text/html; charset=utf-8"]);
    expect(page.text).toContain("Unknown client");
  });
});

describe("a session", () => {
  test("lets the next login go without the page, and prompt=login does not", async () => {
    const browser = app.inAnotherBrowser();
    const first = claimsOf(await browser.logIn("users", "ada@example.com"));
    expect(browser.cookie).toMatch(/^auth0_\d+=\w{64}$/);
    const second = await browser.authorize();
    expect(second.location?.searchParams.get("code")).toMatch(/./);
    expect(claimsOf(await browser.tokens(second.location?.searchParams.get("code") ?? ""))).toMatchObject({
      sub: ada,
      sid: first["sid"],
    });
    expect((await browser.authorize({ prompt: "login" })).location?.pathname).toBe("/u/login");
    expect((await browser.authorize({ connection: "google-oauth2" })).location?.pathname).toBe("/u/login");
  });

  test("is kept in a cookie that scripts cannot read, and that frames of other sites get over https only", async () => {
    const overHttp = await app.inAnotherBrowser().authorize({ connection: "users", login_hint: "ada@example.com" });
    const attributes = "; Path=/; HttpOnly; Max-Age=259200; SameSite=";
    expect(overHttp.headers.getSetCookie()[0]).toMatch(new RegExp(`^auth0_\\d+=\\w+${attributes}Lax$`));
    const overHttps = new Application(running.tenant.issuer, app.clientId, running.fetch);
    const { headers } = await overHttps.authorize({ connection: "users", login_hint: "ada@example.com" });
    expect(headers.getSetCookie()[0]).toMatch(new RegExp(`^auth0_\\d+=\\w+${attributes}None; Secure$`));
  });

  test("is what prompt=none needs, also with hints", async () => {
    const browser = app.inAnotherBrowser();
    const hints = { connection: "users", login_hint: "ada@example.com" };
    for (const more of [{}, hints]) {
      const asked = await browser.authorize({ prompt: "none", ...more });
      expect(problem(asked)).toEqual({ error: "login_required", description: "Login required" });
    }
    await browser.logIn("users", "ada@example.com");
    expect((await browser.authorize({ prompt: "none" })).location?.searchParams.get("code")).toMatch(/./);
    expect(problem(await browser.authorize({ prompt: "none", connection: "google-oauth2" })).error).toBe(
      "login_required",
    );
  });

  test("gives way to that of whoever logs in next", async () => {
    const browser = app.inAnotherBrowser();
    const first = claimsOf(await browser.logIn("users", "ada@example.com"));
    const before = browser.cookie;
    const second = claimsOf(await browser.logIn("google-oauth2", "g1", { prompt: "login" }));
    expect(claimsOf(await browser.logIn("", "", { prompt: "none" }))).toMatchObject({ sub: "google-oauth2|g1" });
    expect(second["sid"]).not.toBe(first["sid"]);
    browser.cookie = before;
    expect(problem(await browser.authorize({ prompt: "none" })).error).toBe("login_required");
  });

  test("ends with its user", async () => {
    const { users } = running.management;
    const { user_id = "" } = await users.create({ connection: "users", email: "gone@example.com", password: "x" });
    const browser = app.inAnotherBrowser();
    const { refresh_token = "" } = await browser.logIn("users", "gone@example.com");
    await users.delete(user_id);
    expect(problem(await browser.authorize({ prompt: "none" })).error).toBe("login_required");
    expect(errorOf(await browser.refresh(refresh_token))).toMatchObject({ status: 403, error: "invalid_grant" });
  });

  test("silent authentication runs the Actions again, and does not ask the identity provider", async () => {
    const code = `exports.onExecutePostLogin = async (event, api) => {
      api.idToken.setCustomClaim("https://t.example/event", event);
    };`;
    await bindActions(running, [await deployAction(running, "event", code)]);
    running.tenant.identityProvider.setProfile("google-oauth2", {
      sub: "s",
      email: "s@example.com",
      picture: "https://p/1",
    });
    const browser = app.inAnotherBrowser();
    const first = claimsOf(await browser.logIn("google-oauth2", "s"));
    running.tenant.identityProvider.setProfile("google-oauth2", {
      sub: "s",
      email: "s@example.com",
      picture: "https://p/2",
    });
    const more = { ui_locales: "de en", acr_values: "urn:x" };
    const silent = claimsOf(await browser.logIn("", "", { prompt: "none", ...more }));
    expect([first["picture"], silent["picture"]]).toEqual(["https://p/1", "https://p/1"]);
    expect(silent["https://t.example/event"]).toMatchObject({
      transaction: {
        ...{ protocol: "oidc-basic-profile", prompt: ["none"], redirect_uri: browser.callback },
        ...{ response_type: ["code"], response_mode: "query", state: "s", ui_locales: ["de", "en"] },
        acr_values: ["urn:x"],
      },
      request: { method: "GET", query: { prompt: "none", client_id: browser.clientId } },
      session: { id: silent["sid"], clients: [{ client_id: browser.clientId }] },
      stats: { logins_count: 1 },
    });
    await bindActions(running, []);
  });
});

describe("the response modes", () => {
  test("web_message posts to the application's page, if its origin is allowed", async () => {
    const browser = app.inAnotherBrowser();
    const silent = { prompt: "none", response_mode: "web_message", state: "</script>" };
    const { status, text, headers } = await browser.authorize(silent);
    expect(status).toBe(200);
    expect(text).toContain(`"error":"login_required"`);
    expect(text).toContain(String.raw`"state":"\u003c/script>"`);
    expect(text).toContain(`, "${browser.origin}");`);
    expect(headers.get("content-security-policy")).toMatch(/^default-src 'none'; script-src 'nonce-/);
    await browser.logIn("users", "ada@example.com");
    expect((await browser.authorize(silent)).text).toContain(`"code":"`);
    await running.management.clients.update(browser.clientId, { web_origins: [] });
    const refused = await browser.authorize(silent);
    expect(errorOf(refused)).toMatchObject({ status: 400, error: "invalid_request" });
    await running.management.clients.update(browser.clientId, { web_origins: [browser.origin] });
  });

  test("form_post sends a form, fragment a fragment", async () => {
    const browser = app.inAnotherBrowser();
    await browser.logIn("users", "ada@example.com");
    const { text } = await browser.authorize({ response_mode: "form_post", state: `"><b>` });
    expect(text).toContain(`action="${browser.callback}"`);
    expect(text).toContain(`name="state" value="&#34;&#62;&#60;b&#62;"`);
    expect(text).toMatch(/name="code" value="\w{48}"/);
    const { location } = await browser.authorize({ response_mode: "fragment" });
    expect(location?.hash).toMatch(/^#code=\w+&state=s$/);
    expect((await browser.authorize({ response_mode: "pigeon" })).status).toBe(403);
  });
});

describe("the logout", () => {
  test("ends the session and returns to a URL of the application", async () => {
    const browser = app.inAnotherBrowser();
    await browser.logIn("users", "ada@example.com");
    const returnTo = `${browser.origin}/bye?from=here#there`;
    const query = new URLSearchParams({ client_id: browser.clientId, returnTo });
    const { location } = await browser.request(`/v2/logout?${query.toString()}`);
    expect(location?.href).toBe(returnTo);
    expect(browser.cookie).toBeUndefined();
    expect(problem(await browser.authorize({ prompt: "none" })).error).toBe("login_required");
    const first = await browser.request(`/v2/logout?client_id=${browser.clientId}`);
    expect(first.location?.href).toBe(`${browser.origin}/bye`);
    expect((await browser.request("/v2/logout")).text).toContain("You are logged out");
    const ofTenant = `/v2/logout?returnTo=${encodeURIComponent("https://tenant.example/")}`;
    expect((await browser.request(ofTenant)).status).toBe(400);
    await running.management.tenants.settings.update({ allowed_logout_urls: ["https://tenant.example/"] });
    expect((await browser.request(ofTenant)).location?.href).toBe("https://tenant.example/");
  });

  test("a URL that is not listed is refused, and the session stays", async () => {
    const browser = app.inAnotherBrowser();
    await browser.logIn("users", "ada@example.com");
    for (const returnTo of ["https://evil.example/", `${browser.origin}/bye/../x`, `${browser.origin}/bye.evil/`]) {
      const query = new URLSearchParams({ client_id: browser.clientId, returnTo });
      expect(errorOf(await browser.request(`/v2/logout?${query.toString()}`))).toMatchObject({
        status: 400,
        error: "invalid_request",
      });
    }
    expect((await browser.authorize({ prompt: "none" })).location?.searchParams.get("code")).toMatch(/./);
  });

  test("by OpenID Connect, the ID token names the client", async () => {
    const browser = app.inAnotherBrowser();
    const { id_token = "" } = await browser.logIn("users", "ada@example.com");
    const uri = `${browser.origin}/bye`;
    const query = { id_token_hint: id_token, post_logout_redirect_uri: uri, state: "later" };
    const { location } = await browser.request(`/oidc/logout?${new URLSearchParams(query).toString()}`);
    expect(location?.href).toBe(`${uri}?state=later`);
    expect(problem(await browser.authorize({ prompt: "none" })).error).toBe("login_required");
    const evil = { id_token_hint: id_token, post_logout_redirect_uri: "https://evil.example/" };
    expect((await browser.request(`/oidc/logout?${new URLSearchParams(evil).toString()}`)).status).toBe(400);
    expect((await browser.request("/oidc/logout?id_token_hint=x&post_logout_redirect_uri=x")).status).toBe(400);
  });
});
