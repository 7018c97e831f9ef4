// Logins as a member of an organization: who may ask for one, who is let in, what the tokens and the Actions are told,
// and which picture the project's Action then chooses.
import { decodeJwt } from "jose";
import { afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { bundleAction } from "../../../../actions/bundle/bundle.ts";
import { logIn } from "../../../../sandbox/tenant/login.ts";
import { bindActions, deployAction, runTenant } from "../running-tenant.ts";
import { Application, claimsOf, errorOf, tokensOf } from "./application.ts";
import type { Answer } from "./application.ts";

const running = runTenant({
  connections: [
    { name: "users", strategy: "auth0" },
    { name: "acme-saml", strategy: "samlp" },
    { name: "google-oauth2", strategy: "google-oauth2" },
  ],
  apis: ["https://api/"],
});
const sent = { name: "acme", display_name: "Acme <Inc.>", metadata: { plan: "gold" } };

let app: Application;
let acme = "";
const connectionIds = new Map<string, string>();
let [ada, bob] = ["", ""];

beforeAll(async () => {
  app = await Application.create(running, { organization_usage: "allow" });
  const { connections, organizations, users } = running.management;
  for (const { id = "", name = "" } of (await connections.list()).data) connectionIds.set(name, id);
  const create = async (email: string) =>
    (await users.create({ connection: "users", email, password: "x" })).user_id ?? "";
  [ada, bob] = [await create("ada@example.com"), await create("bob@example.com")];
  acme = (await organizations.create(sent)).id ?? "";
  await organizations.enabledConnections.add(acme, { connection_id: connectionIds.get("users") ?? "" });
  await organizations.members.create(acme, { members: [ada] });
  running.tenant.identityProvider.setProfile("acme-saml", { sub: "s1", email: "s1@example.com" });
  running.tenant.identityProvider.setProfile("google-oauth2", { sub: "g1", email: "g1@example.com" });
});

beforeEach(() => bindActions(running, []));
afterEach(async () => {
  await running.management.clients.update(app.clientId, { organization_usage: "allow" });
});

const allowNames = (allow_organization_name_in_authentication_api: boolean) =>
  running.management.tenants.settings.update({ allow_organization_name_in_authentication_api });
const problem = ({ location }: Answer) => ({
  error: location?.searchParams.get("error"),
  description: location?.searchParams.get("error_description"),
});
const asAda = { connection: "users", login_hint: "ada@example.com" };
const asBob = { connection: "users", login_hint: "bob@example.com" };

describe("an application", () => {
  test("that is not for members of organizations may not ask for one, and one that is for them only must", async () => {
    const { clients } = running.management;
    await clients.update(app.clientId, { organization_usage: "deny" });
    expect(problem(await app.inAnotherBrowser().authorize({ ...asAda, organization: acme }))).toEqual({
      error: "invalid_request",
      description: "parameter organization is not allowed for this client",
    });
    await clients.update(app.clientId, { organization_usage: "require" });
    expect(problem(await app.inAnotherBrowser().authorize(asAda))).toEqual({
      error: "invalid_request",
      description: "parameter organization is required for this client",
    });
    await clients.update(app.clientId, { organization_require_behavior: "pre_login_prompt" });
    const prompted = errorOf(await app.inAnotherBrowser().authorize(asAda));
    expect(prompted).toMatchObject({
      status: 501,
      message: expect.stringMatching(/with "pre_login_prompt", is not simulated/) as unknown,
    });
    await clients.update(app.clientId, { organization_require_behavior: "no_prompt" });
  });

  test("that asks for an unknown one, for one without connections or with an invitation is told", async () => {
    const { organizations } = running.management;
    const { id: empty = "" } = await organizations.create({ name: "empty" });
    const ask = async (organization: string) => problem(await app.inAnotherBrowser().authorize({ organization }));
    expect(await ask("org_none")).toEqual({
      error: "invalid_request",
      description: "the organization org_none was not found",
    });
    expect(await ask(empty)).toEqual({
      error: "invalid_request",
      description: "no connections enabled for the organization",
    });
    const invited = await app.inAnotherBrowser().authorize({ organization: acme, invitation: "i" });
    expect(invited.status).toBe(501);
  });
});

describe("a member", () => {
  test("is in the tokens and in the event with the organization", async () => {
    const code = `exports.onExecutePostLogin = async (event, api) => {
      api.idToken.setCustomClaim("https://t.example/organization", event.organization);
      api.idToken.setCustomClaim("org_id", "other");
    };`;
    await bindActions(running, [await deployAction(running, "organization", code)]);
    const tokens = await app
      .inAnotherBrowser()
      .logIn("", "", { ...asAda, organization: acme, audience: "https://api/" });
    expect(claimsOf(tokens)).toMatchObject({ sub: ada, org_id: acme });
    expect(claimsOf(tokens)).not.toHaveProperty("org_name");
    expect(claimsOf(tokens)["https://t.example/organization"]).toEqual({ id: acme, ...sent });
    expect(decodeJwt(tokens.access_token)).toMatchObject({ sub: ada, org_id: acme });
    expect(running.tenant.lastLogins.get(ada)).toMatchObject({ organization: "acme" });
    const own = { connection: "users", loginHint: "ada@example.com", organization: acme, ca: running.ca };
    expect((await logIn(running.tenant, own)).claims).toMatchObject({ sub: ada, org_id: acme });
    const without = await app.inAnotherBrowser().logIn("", "", asAda);
    expect(claimsOf(without)).not.toHaveProperty("org_id");
    expect(claimsOf(without)).not.toHaveProperty(["https://t.example/organization"]);
  });

  test("is asked by the organization's name if the tenant allows names, which then are in the tokens", async () => {
    const ask = { ...asAda, organization: "ACME" };
    expect(problem(await app.inAnotherBrowser().authorize(ask)).error).toBe("invalid_request");
    await allowNames(true);
    expect(await running.management.tenants.settings.get()).toEqual({
      allow_organization_name_in_authentication_api: true,
    });
    const tokens = await app.inAnotherBrowser().logIn("", "", ask);
    expect(claimsOf(tokens)).toMatchObject({ org_id: acme, org_name: "acme" });
    expect(decodeJwt(tokens.access_token)).toMatchObject({ org_id: acme, org_name: "acme" });
    const refreshed = tokensOf(await app.refresh(tokens.refresh_token ?? ""));
    expect(claimsOf(refreshed)).toMatchObject({ org_id: acme, org_name: "acme" });
    await allowNames(false);
  });

  test("chooses among the organization's connections", async () => {
    const browser = app.inAnotherBrowser();
    const asked = await browser.authorize({ organization: acme });
    const { text } = await browser.request(asked.location?.href ?? "");
    expect(text).toContain("As a member of Acme &#60;Inc.&#62;.");
    expect(text).toContain("ada@example.com");
    expect(text).not.toContain("google-oauth2");
    const other = await app.inAnotherBrowser().authorize({
      organization: acme,
      ...{ connection: "google-oauth2", login_hint: "g1" },
    });
    expect(problem(other)).toEqual({
      error: "invalid_request",
      description: "the connection is not enabled for the organization",
    });
  });

  test("stays one by a session and by a refresh token, until the membership ends", async () => {
    const { organizations } = running.management;
    const browser = app.inAnotherBrowser();
    const { refresh_token = "" } = await browser.logIn("", "", { ...asAda, organization: acme });
    const silent = await browser.logIn("", "", { prompt: "none", organization: acme });
    expect(claimsOf(silent)).toMatchObject({ sub: ada, org_id: acme });
    const refreshed = tokensOf(await browser.refresh(refresh_token));
    expect(claimsOf(refreshed)).toMatchObject({ sub: ada, org_id: acme });
    await organizations.members.delete(acme, { members: [ada] });
    const description = `user ${ada} is not part of the ${acme} organization`;
    expect(errorOf(await browser.refresh(refreshed.refresh_token ?? ""))).toEqual({
      status: 403,
      error: "access_denied",
      error_description: description,
    });
    const again = await browser.authorize({ prompt: "none", organization: acme });
    expect(problem(again)).toEqual({ error: "access_denied", description });
    await organizations.members.create(acme, { members: [ada] });
    expect((await browser.refresh(refreshed.refresh_token ?? "")).status).toBe(200);
  });

  test("by a session of a connection that the organization does not have is asked again", async () => {
    const browser = app.inAnotherBrowser();
    await browser.logIn("google-oauth2", "g1");
    expect((await browser.authorize({ organization: acme })).location?.pathname).toBe("/u/login");
    expect(problem(await browser.authorize({ organization: acme, prompt: "none" })).error).toBe("login_required");
  });

  test("of an organization that is gone has no refresh token any more", async () => {
    const { organizations } = running.management;
    const { id = "" } = await organizations.create({
      name: "short-lived",
      enabled_connections: [{ connection_id: connectionIds.get("users") ?? "" }],
    });
    await organizations.members.create(id, { members: [ada] });
    const { refresh_token = "" } = await app.inAnotherBrowser().logIn("", "", { ...asAda, organization: id });
    await organizations.delete(id);
    expect(errorOf(await app.refresh(refresh_token))).toMatchObject({ status: 403, error: "invalid_grant" });
  });
});

test("who is no member is not let in, before any Action runs, but for a connection that makes members", async () => {
  const { organizations } = running.management;
  const code = `exports.onExecutePostLogin = async (event, api) => { api.access.deny("the Action ran"); };`;
  await bindActions(running, [await deployAction(running, "denial", code)]);
  const refused = await app.inAnotherBrowser().authorize({ ...asBob, organization: acme });
  const description = `user ${bob} is not part of the ${acme} organization`;
  expect(problem(refused)).toEqual({ error: "access_denied", description });
  await bindActions(running, []);
  const connection_id = connectionIds.get("acme-saml") ?? "";
  await organizations.enabledConnections.add(acme, { connection_id, assign_membership_on_login: true });
  const login = { connection: "acme-saml", login_hint: "s1", organization: acme };
  expect(claimsOf(await app.inAnotherBrowser().logIn("", "", login))).toMatchObject({ org_id: acme });
  const members = (await organizations.members.list(acme)).data.map(({ user_id }) => user_id);
  expect(members).toEqual([ada, "samlp|acme-saml|s1"]);
});

test("a machine's token for an organization is not simulated", async () => {
  const { clientId: client_id, clientSecret: client_secret } = running.tenant.managementClient;
  const grant = { grant_type: "client_credentials", client_id, client_secret, organization: acme };
  expect(errorOf(await app.post("/oauth/token", grant))).toMatchObject({ status: 501 });
});

test("settings of the tenant that are not heeded are not taken", async () => {
  const { settings } = running.management.tenants;
  await expect(settings.update({ friendly_name: "Acme" })).rejects.toMatchObject({ statusCode: 501 });
  await expect(settings.update({ allowed_logout_urls: [1] as never })).rejects.toMatchObject({ statusCode: 400 });
  const reader = running.managementOf(running.tenant.createManagementClient(["read:users"]));
  await expect(reader.tenants.settings.get()).rejects.toMatchObject({ statusCode: 403 });
});

test("the project's Action shows the organization's default picture in each kind of login", async () => {
  const [general, ofAcme] = ["https://pictures.example/d/user.png", "https://pictures.example/d/acme.png"];
  const code = bundleAction({
    allowedUrlPrefixes: ["https://pictures.example/u/"],
    defaultPictures: { general, byOrganization: { acme: ofAcme } },
  });
  await bindActions(running, [await deployAction(running, "picture", code)]);
  const browser = app.inAnotherBrowser();
  const pictureOf = (tokens: Parameters<typeof claimsOf>[0]) => claimsOf(tokens)["picture"];
  const asMember = await browser.logIn("", "", { ...asAda, organization: acme });
  expect(pictureOf(asMember)).toBe(ofAcme);
  expect(pictureOf(await browser.logIn("", "", { prompt: "none", organization: acme }))).toBe(ofAcme);
  const refreshed = tokensOf(await browser.refresh(asMember.refresh_token ?? ""));
  expect(pictureOf(refreshed)).toBe(ofAcme);
  expect(pictureOf(await browser.logIn("", "", { prompt: "none" }))).toBe(general);
  const own = "https://pictures.example/u/ada.png";
  await running.management.users.update(ada, { user_metadata: { picture: own } });
  const changed = tokensOf(await browser.refresh(refreshed.refresh_token ?? ""));
  expect(pictureOf(changed)).toBe(own);
  expect(pictureOf(await browser.logIn("", "", { prompt: "none", organization: acme }))).toBe(own);
  expect(running.tenant.lastLogins.get(ada)?.actions).toMatchObject([
    { name: "picture", ended: "returned", calls: [{ method: "idToken.setCustomClaim", arguments: ["picture", own] }] },
  ]);
});
