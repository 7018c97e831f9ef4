// What the settings of an API and of an application make of the tokens, and which of them the sandbox does not have.
import { decodeJwt } from "jose";
import { beforeAll, expect, test } from "vitest";
import { runTenant } from "../running-tenant.ts";
import { Application, claimsOf, errorOf, tokensOf } from "./application.ts";
import type { Fields } from "./application.ts";

const running = runTenant({ connections: [{ name: "users", strategy: "auth0" }] });
const asAda = { connection: "users", login_hint: "ada@example.com" };
const day = 86_400;
let app: Application;

beforeAll(async () => {
  app = await Application.create(running);
  await running.management.users.create({ connection: "users", email: "ada@example.com", password: "x" });
});

/** How long the access token, the response says so, and the ID token are valid, in seconds. */
async function lifetimesOf(application: Application, asked: Fields = {}) {
  const first = await application.redeem(await application.codeOf("", "", { ...asAda, ...asked }));
  const { refresh_token = "" } = tokensOf(first);
  return [first, await application.refresh(refresh_token)].map((answer) => {
    const tokens = tokensOf(answer);
    const seconds = [decodeJwt(tokens.access_token), claimsOf(tokens)].map(({ exp = 0, iat = 0 }) => exp - iat);
    return [...seconds, (JSON.parse(answer.text) as { expires_in: number }).expires_in];
  });
}

test("an access token is for as long as its API says, also after a refresh", async () => {
  const { id = "" } = await running.management.resourceServers.create({ identifier: "https://a/", token_lifetime: 60 });
  const audience = "https://a/";
  expect(await lifetimesOf(app, { audience })).toEqual(Array(2).fill([60, day / 2.4, 60]));
  await running.management.resourceServers.update(id, { token_lifetime: 2 * day });
  expect(await lifetimesOf(app, { audience })).toEqual(Array(2).fill([2 * day, day / 2.4, 2 * day]));
  expect(await lifetimesOf(app)).toEqual(Array(2).fill([day, day / 2.4, day]));
  const refused = running.management.resourceServers.update(id, { token_lifetime: -1 });
  await expect(refused).rejects.toMatchObject({ statusCode: 400 });
});

test("an ID token is for as long as its application says", async () => {
  const own = await Application.create(running, { jwt_configuration: { lifetime_in_seconds: 30 } });
  expect(await lifetimesOf(own)).toEqual(Array(2).fill([day, 30, day]));
});

test("what is signed by another algorithm is not simulated, which is said", async () => {
  await running.management.resourceServers.create({ identifier: "https://hs/", signing_alg: "HS256" });
  expect(errorOf(await app.authorize({ ...asAda, audience: "https://hs/" }))).toMatchObject({
    ...{ status: 501, message: expect.stringContaining('an API with "HS256"') as unknown },
  });
  const own = await Application.create(running, { jwt_configuration: { alg: "HS256" } });
  expect(errorOf(await own.authorize(asAda))).toMatchObject({
    ...{ status: 501, message: expect.stringContaining('a client with "HS256"') as unknown },
  });
});

test("nobody's own API has the identifier of the Management API", async () => {
  const created = running.management.resourceServers.create({ identifier: `${running.tenant.issuer}api/v2/` });
  await expect(created).rejects.toMatchObject({ statusCode: 409 });
});
