// The tenant's connections, through the official SDK: whole-options replacement, hidden options, derived options.
import { X509Certificate } from "node:crypto";
import { expect, test } from "vitest";
import { runTenant } from "./running-tenant.ts";

const running = runTenant({
  connections: [
    { name: "users", strategy: "auth0" },
    {
      name: "google-oauth2",
      strategy: "google-oauth2",
      options: { client_id: "id", client_secret: "secret", email: true },
    },
    { name: "old-oidc", strategy: "oidc", options: { issuer: "https://idp.example" }, asStored: true },
  ],
});

const byName = async (name: string) => (await running.management.connections.list({ name })).data[0];
const idOf = async (name: string) => (await byName(name))?.id ?? "";

test("a PATCH with options replaces all of them; without, none", async () => {
  const { connections } = running.management;
  const id = await idOf("google-oauth2");
  await connections.update(id, { metadata: { team: "a" } });
  expect((await connections.get(id)).options).toMatchObject({ client_id: "id", client_secret: "secret" });
  const changed = await connections.update(id, { options: { set_user_root_attributes: "on_first_login" } });
  expect(changed.options).toEqual({ set_user_root_attributes: "on_first_login", scope: [] });
  expect(await connections.get(id)).toMatchObject({ metadata: { team: "a" }, options: changed.options });
});

test("options need scopes of their own, to be seen and to be changed", async () => {
  const scopes = ["read:connections", "update:connections"];
  const id = await idOf("users");
  const blind = running.managementOf(running.tenant.createManagementClient(scopes));
  expect(await blind.connections.get(id)).not.toHaveProperty("options");
  expect((await blind.connections.list()).data[0]).not.toHaveProperty("options");
  await expect(blind.connections.update(id, { options: {} })).rejects.toMatchObject({
    statusCode: 403,
    body: {
      errorCode: "insufficient_scope",
      message: "Insufficient scope, expected any of: update:connections_options",
    },
  });
  await expect(blind.connections.update(id, { display_name: "Users" })).resolves.toMatchObject({
    display_name: "Users",
  });

  const writer = running.managementOf(running.tenant.createManagementClient([...scopes, "update:connections_options"]));
  expect(await writer.connections.update(id, { options: { disable_signup: true } })).not.toHaveProperty("options");
  expect((await byName("users"))?.options).toMatchObject({ disable_signup: true });
});

test("on six enterprise strategies on_each_login is the key's absence; elsewhere it stays", async () => {
  const { connections } = running.management;
  const options = { set_user_root_attributes: "on_each_login" as const };
  for (const strategy of ["google-apps", "ad", "waad", "samlp", "adfs", "pingfederate"] as const) {
    const { id = "" } = await connections.create({ name: `c-${strategy}`, strategy });
    expect((await connections.update(id, { options })).options).toEqual({});
    const first = { set_user_root_attributes: "on_first_login" as const };
    expect((await connections.update(id, { options: first })).options).toEqual(first);
  }
  const { id = "" } = await connections.create({ name: "c-github", strategy: "github" });
  expect((await connections.update(id, { options })).options).toEqual(options);
});

test("a value that the sync setting does not have is refused", async () => {
  const options = { set_user_root_attributes: "never" } as never;
  await expect(running.management.connections.update(await idOf("google-oauth2"), { options })).rejects.toMatchObject({
    statusCode: 400,
    body: {
      errorCode: "invalid_body",
      message: expect.stringMatching(/on property options.set_user_root_attributes/) as unknown,
    },
  });
});

test("google's scope follows its flags, in Auth0's order", async () => {
  const { connections } = running.management;
  const options = { youtube: true, email: true, profile: false, scope: ["profile", "https://other"] };
  const created = await connections.create({ name: "g", strategy: "google-oauth2", options });
  expect(created.options?.["scope"]).toEqual(["email", "https://gdata.youtube.com", "https://other"]);
  await connections.update(created.id ?? "", { options: { scope: ["profile"] } });
  expect((await byName("g"))?.options).toEqual({ scope: ["profile"] });
});

test("oidc gets its metadata and schema version, samlp what its certificate says", async () => {
  const { connections } = running.management;
  expect((await connections.create({ name: "o", strategy: "oidc" })).options).toEqual({ schema_version: "oidc-V4" });
  const endpoints = { issuer: "https://idp.example", token_endpoint: "https://idp.example/token" };
  const oidc = await connections.create({ name: "o2", strategy: "oidc", options: { ...endpoints, client_id: "id" } });
  expect(oidc.options).toEqual({
    ...endpoints,
    client_id: "id",
    schema_version: "oidc-V4",
    oidc_metadata: endpoints,
  });

  const { fingerprint, validToDate } = new X509Certificate(running.ca);
  const signingCert = Buffer.from(running.ca).toString("base64");
  const { id = "", options: saml } = await connections.create({
    name: "s",
    strategy: "samlp",
    options: { signingCert },
  });
  expect(saml).toMatchObject({
    signingCert,
    cert: expect.stringMatching(/^-----BEGIN CERTIFICATE-----/) as unknown,
    expires: validToDate.toISOString(),
    subject: { commonName: "auth0-user-pictures sandbox CA" },
    thumbprints: [fingerprint.replaceAll(":", "").toLowerCase()],
    bindingMethod: "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect",
  });
  const bindingMethod = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST";
  expect((await connections.update(id, { options: { ...saml, bindingMethod } })).options).toEqual({
    ...saml,
    bindingMethod,
  });
  expect((await connections.update(id, { options: { signingCert: "no certificate" } })).options).toEqual({
    signingCert: "no certificate",
  });
});

test("pingfederate takes a certificate and returns what it says under other names only", async () => {
  const { connections } = running.management;
  const signInEndpoint = "https://ping.example";
  const sent = { signInEndpoint, pingFederateBaseUrl: signInEndpoint, signingCert: running.ca };
  const { id = "", options } = await connections.create({ name: "p", strategy: "pingfederate", options: sent });
  const { subject, thumbprints } = certificateOf(running.ca);
  expect(options).toEqual({
    signInEndpoint,
    pingFederateBaseUrl: signInEndpoint,
    cert: expect.stringMatching(/^-----BEGIN CERTIFICATE-----/) as unknown,
    expires: new X509Certificate(running.ca).validToDate.toISOString(),
    subject,
    thumbprints,
  });
  expect((await connections.get(id)).options).toEqual(options);
  expect((await connections.update(id, { options: sent })).options).toEqual(options);
});

test("samlp keeps what it reads from metadata, not the metadata", async () => {
  const { connections } = running.management;
  const der = running.ca.replaceAll(/-----[A-Z ]+-----/g, "");
  const metadataXml =
    `<md:EntityDescriptor xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata"><md:IDPSSODescriptor>` +
    `<md:SingleLogoutService Binding="urn:redirect" Location="https://idp.example/out"/>` +
    `<md:SingleSignOnService Binding="urn:redirect" Location="https://idp.example/in"/>` +
    `<ds:X509Certificate xmlns:ds="http://www.w3.org/2000/09/xmldsig#">${der}</ds:X509Certificate>` +
    `</md:IDPSSODescriptor></md:EntityDescriptor>`;
  const { options } = await connections.create({ name: "m", strategy: "samlp", options: { metadataXml } });
  expect(options).not.toHaveProperty("metadataXml");
  expect(options).toMatchObject({
    signInEndpoint: "https://idp.example/in",
    signOutEndpoint: "https://idp.example/out",
    thumbprints: certificateOf(running.ca).thumbprints,
  });
});

/** As Auth0 derives it. */
const certificateOf = (pem: string) => ({
  subject: { commonName: "auth0-user-pictures sandbox CA" },
  thumbprints: [new X509Certificate(pem).fingerprint.replaceAll(":", "").toLowerCase()],
});

test("a database gets defaults at its creation; a PATCH keeps two of them and wipes the others", async () => {
  const { connections } = running.management;
  const { id = "", options } = await connections.create({ name: "db", strategy: "auth0" });
  const kept = {
    authentication_methods: { password: { enabled: true }, passkey: { enabled: false } },
    passkey_options: { challenge_ui: "both", progressive_enrollment_enabled: true, local_enrollment_enabled: true },
  };
  expect(options).toEqual({
    ...kept,
    brute_force_protection: true,
    mfa: { active: true, return_enroll_settings: true },
    passwordPolicy: "good",
    strategy_version: 2,
  });
  const changed = await connections.update(id, { options: { brute_force_protection: false } });
  expect(changed.options).toEqual({ ...kept, brute_force_protection: false });
  const set = {
    authentication_methods: { password: { enabled: true }, passkey: { enabled: true } },
    passkey_options: { challenge_ui: "button" as const },
  };
  await connections.update(id, { options: set });
  expect((await connections.update(id, { options: {} })).options).toEqual({ ...set, brute_force_protection: true });
  const refused = { attributes: {}, validation: {} };
  await expect(connections.update(id, { options: refused })).rejects.toMatchObject({
    statusCode: 400,
    body: { message: "Cannot set both options.attributes and options.validation", errorCode: "invalid_body" },
  });
});

test("an e-mail attribute that is not unique must be said so in every PATCH of the options", async () => {
  const { connections } = running.management;
  const options = { attributes: { email: { unique: false } } };
  const { id = "" } = await connections.create({ name: "not-unique", strategy: "auth0", options } as never);
  for (const without of [{}, { attributes: { email: {} } }, { attributes: { email: { unique: true } } }]) {
    await expect(connections.update(id, { options: without })).rejects.toMatchObject({
      statusCode: 400,
      body: { message: "cannot patch unique property on email attribute" },
    });
  }
  await connections.update(id, { display_name: "Without options" });
  expect((await connections.update(id, { options })).options).toMatchObject(options);
});

test("a database's configuration is returned encrypted, and an echo does not read back the same", async () => {
  const { connections } = running.management;
  const options = { configuration: { url: "clear" } };
  const created = await connections.create({ name: "custom", strategy: "auth0", options });
  const before = (await connections.get(created.id ?? "")).options ?? {};
  expect(Object.keys(before["configuration"] as object)).toEqual(["url"]);
  expect(JSON.stringify([created, before])).not.toContain("clear");
  expect(before).toEqual(created.options);
  const echoed = await connections.update(created.id ?? "", { options: before });
  expect(echoed.options?.["configuration"]).not.toEqual(before["configuration"]);
});

test("keys come back in an order of Auth0's own, at any depth; lists and nulls as they were sent", async () => {
  const { connections } = running.management;
  const options = { zebra: null, ab: { longer: [3, { b: 1, a: null }, 1], x: "" }, aa: 1 };
  const { id = "" } = await connections.create({ name: "order", strategy: "github", options } as never);
  const stored = (await connections.get(id)).options;
  expect(stored).toEqual(options);
  expect(JSON.stringify(stored)).toBe('{"aa":1,"ab":{"x":"","longer":[3,{"a":null,"b":1},1]},"zebra":null}');
});

test("options that are written back as read stay the same, except those that Auth0 derives only now", async () => {
  const { connections } = running.management;
  expect((await byName("old-oidc"))?.options).toEqual({ issuer: "https://idp.example" });
  for (const { id = "", name, options = {} } of (await connections.list({ take: 100 })).data) {
    if (name === "custom") continue; // Because its configuration is encrypted again.
    const echoed = (await connections.update(id, { options: options })).options;
    const added =
      name === "old-oidc" ? { schema_version: "oidc-V4", oidc_metadata: { issuer: options["issuer"] } } : {};
    expect(echoed).toEqual({ ...options, ...added });
  }
});

test("name and strategy are given once", async () => {
  const { connections } = running.management;
  const id = await idOf("users");
  for (const change of [{ name: "other" }, { strategy: "github" }]) {
    await expect(connections.update(id, change as never)).rejects.toMatchObject({
      statusCode: 400,
      body: { message: `Payload validation error: 'Additional properties not allowed: ${Object.keys(change)[0]}'.` },
    });
  }
});

test("connections are listed by name and strategy, by checkpoint and by offset", async () => {
  const { connections } = running.management;
  const all: (string | undefined)[] = [];
  for await (const { name } of await connections.list({ take: 2 })) all.push(name);
  expect(new Set(all).size).toBe(all.length);
  expect(all.length).toBeGreaterThan(4);
  expect((await connections.list({ name: "c-github" })).data.map(({ name }) => name)).toEqual(["c-github"]);
  const some = await connections.list({ strategy: ["adfs", "waad"] });
  expect(some.data.map(({ name }) => name).sort()).toEqual(["c-adfs", "c-waad"]);
  expect((await connections.list({ name: "c-github", fields: "name" })).data).toEqual([{ name: "c-github" }]);
  const without = await connections.list({ name: "c-github", fields: "name", include_fields: false });
  expect(without.data[0]).not.toHaveProperty("name");
  expect(without.data[0]).toHaveProperty("strategy", "github");

  const names = (connections: unknown) => (connections as { name: string }[]).map(({ name }) => name);
  const { connections: second, ...totals } = (await running.get(
    "connections?page=1&per_page=3&include_totals=true",
  )) as {
    connections: unknown;
  };
  expect(names(second)).toEqual(all.slice(3, 6));
  expect(totals).toEqual({ start: 3, limit: 3, length: 3, total: all.length });
  expect(names(await running.get("connections?per_page=2"))).toEqual(all.slice(0, 2));
});

test("names are taken once, and deleting a connection deletes its users", async () => {
  const { connections, users } = running.management;
  await expect(connections.create({ name: "users", strategy: "auth0" })).rejects.toMatchObject({ statusCode: 409 });
  const { id = "" } = await connections.create({ name: "short", strategy: "auth0" });
  await users.create({ connection: "short", email: "gone@example.com", password: "x" });
  await users.create({ connection: "users", email: "stays@example.com", password: "x" });
  await connections.delete(id);
  await expect(connections.get(id)).rejects.toMatchObject({
    statusCode: 404,
    body: { message: "The connection does not exist", errorCode: "inexistent_connection" },
  });
  expect((await users.list()).data.map(({ email }) => email)).toEqual(["stays@example.com"]);
});
