// What ends with time: codes, the login page, sessions, refresh tokens and access tokens; and the age of a login.
import { afterEach, beforeAll, expect, test, vi } from "vitest";
import { runTenant } from "../running-tenant.ts";
import { Application, claimsOf, errorOf, tokensOf } from "./application.ts";

const running = runTenant({ connections: [{ name: "users", strategy: "auth0" }] });
let app: Application;
const asAda = { connection: "users", login_hint: "ada@example.com" };
const [minutes, hours, days] = [60, 3600, 86_400];

beforeAll(async () => {
  const refresh_token = {
    ...{ rotation_type: "rotating", expiration_type: "expiring", leeway: 0 },
    ...{ infinite_token_lifetime: false, token_lifetime: 30 * days },
    ...{ infinite_idle_token_lifetime: false, idle_token_lifetime: 15 * days },
  };
  app = await Application.create(running, { refresh_token });
  await running.management.users.create({ connection: "users", email: "ada@example.com", password: "x" });
});
afterEach(() => vi.useRealTimers());

/** The tenant's clock goes forward. */
function pass(seconds: number): void {
  const time = Date.now() + seconds * 1000;
  vi.useFakeTimers({ toFake: ["Date"], now: time });
}
const errorIn = async (browser: Application, asked: Record<string, string>) =>
  (await browser.authorize(asked)).location?.searchParams.get("error");

test("a code is for a minute", async () => {
  const [first, second] = [await app.codeOf("", "", asAda), await app.codeOf("", "", asAda)];
  pass(55);
  expect((await app.redeem(first)).status).toBe(200);
  pass(10);
  expect(errorOf(await app.redeem(second))).toMatchObject({ status: 403, error: "invalid_grant" });
});

test("the login page waits for an hour", async () => {
  const browser = app.inAnotherBrowser();
  const [first, second] = [await browser.authorize(), await browser.authorize()];
  pass(59 * minutes);
  expect((await browser.choose(first, "users", "ada@example.com")).location?.searchParams.get("code")).toMatch(/./);
  pass(2 * minutes);
  const late = errorOf(await browser.choose(second, "users", "ada@example.com"));
  expect(late).toMatchObject({ status: 400, error: "invalid_request" });
  expect((await browser.request(second.location?.href ?? "")).status).toBe(400);
});

test("a session ends after three days without a login, and after seven in any case", async () => {
  const browser = app.inAnotherBrowser();
  await browser.authorize(asAda);
  for (let login = 0; login < 3; login += 1) {
    pass(2 * days);
    expect((await browser.authorize({ prompt: "none" })).location?.searchParams.get("code")).toMatch(/./);
  }
  pass(25 * hours);
  expect(await errorIn(browser, { prompt: "none" })).toBe("login_required");
  const idle = app.inAnotherBrowser();
  await idle.authorize(asAda);
  pass(3 * days + 1);
  expect(await errorIn(idle, { prompt: "none" })).toBe("login_required");
});

test("max_age asks whoever gave their credentials longer ago, and tells when that was", async () => {
  const browser = app.inAnotherBrowser();
  const { auth_time: first, iat } = claimsOf(await browser.logIn("", "", { ...asAda, max_age: "60" }));
  expect(first).toBeTypeOf("number");
  expect(Math.abs(Number(first) - Number(iat))).toBeLessThanOrEqual(60);
  pass(100);
  expect((await browser.authorize({ max_age: "50" })).location?.pathname).toBe("/u/login");
  expect(await errorIn(browser, { max_age: "50", prompt: "none" })).toBe("login_required");
  const silent = claimsOf(await browser.logIn("", "", { max_age: "500" }));
  expect(silent["auth_time"]).toBe(first);
  expect(claimsOf(await browser.logIn("", ""))).not.toHaveProperty("auth_time");
  for (const max_age of ["-1", "soon", "1e3"]) expect(await errorIn(browser, { max_age })).toBe("invalid_request");
});

test("a refresh token ends at its time, and for want of exchanges", async () => {
  const logIn = async () => (await app.inAnotherBrowser().logIn("", "", asAda)).refresh_token ?? "";
  const [idle, busy] = [await logIn(), await logIn()];
  pass(14 * days);
  const second = tokensOf(await app.refresh(busy)).refresh_token ?? "";
  pass(2 * days);
  expect(errorOf(await app.refresh(idle))).toMatchObject({ status: 403, error: "invalid_grant" });
  const third = tokensOf(await app.refresh(second)).refresh_token ?? "";
  pass(13 * days);
  const fourth = tokensOf(await app.refresh(third)).refresh_token ?? "";
  pass(2 * days);
  expect(errorOf(await app.refresh(fourth))).toMatchObject({ status: 403, error: "invalid_grant" });
});

test("an access token is for a day, an ID token for ten hours", async () => {
  const tokens = await app.inAnotherBrowser().logIn("", "", asAda);
  const { exp = 0, iat = 0 } = claimsOf(tokens);
  expect(exp - iat).toBe(10 * hours);
  const userInfo = () => app.request("/userinfo", { headers: { authorization: `Bearer ${tokens.access_token}` } });
  pass(23 * hours);
  expect((await userInfo()).status).toBe(200);
  pass(2 * hours);
  expect(errorOf(await userInfo())).toMatchObject({ status: 401, error: "invalid_token" });
});
