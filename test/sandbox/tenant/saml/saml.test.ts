// The tenant as an identity provider of SAML: a real service provider, node-saml, logs in and verifies what it gets.
import { createPublicKey, X509Certificate } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { constants, deflateRawSync } from "node:zlib";
import { SAML, SamlStatusError, ValidateInResponseTo } from "@node-saml/node-saml";
import { afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { logInBySaml } from "../../../../sandbox/saml-login.ts";
import type { SamlLoginOptions } from "../../../../sandbox/saml-login.ts";
import { Application } from "../oauth/application.ts";
import { bindActions, deployAction, runTenant } from "../running-tenant.ts";
import {
  acsUrl,
  authnRequest,
  createServiceProvider,
  deflated,
  encoded,
  jo,
  post,
  posted,
  send,
} from "./service-provider.ts";
import type { ServiceProvider } from "./service-provider.ts";

const running = runTenant({
  connections: [
    { name: "users", strategy: "auth0" },
    { name: "google-oauth2", strategy: "google-oauth2" },
  ],
});

const claims = "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/";
const own = "http://schemas.auth0.com/";

let sp: ServiceProvider;
let userId = "";

beforeAll(async () => {
  sp = await createServiceProvider(running);
  const user = { connection: "users", email: "jo@example.com", name: "Jo Doe", password: "x" };
  const metadata = {
    user_metadata: { color: "red" },
    app_metadata: { plan: "free", roles: ["a", "b"], deep: { x: 1 } },
  };
  userId = (await running.management.users.create({ ...user, ...metadata })).user_id ?? "";
});

beforeEach(() => bindActions(running, []));

let count = 0;
const bindHandler = async (body: string) => {
  const code = `exports.onExecutePostLogin = async (event, api) => { ${body} };`;
  await bindActions(running, [await deployAction(running, `saml ${(count += 1)}`, code)]);
};

const logIn = (changed: Partial<SamlLoginOptions> = {}, { clientId }: ServiceProvider = sp) =>
  logInBySaml(running.tenant, {
    ...{ clientId, acsUrl, connection: "users", loginHint: "jo@example.com", ca: running.ca },
    ...changed,
  });

/** The response to a request without node-saml. */
const respond = async (clientId: string, changed: Record<string, string> = {}) =>
  posted(await send(running, clientId, { SAMLRequest: deflated(authnRequest({})), ...jo, ...changed }));

describe("a login", () => {
  test("has the attributes that Auth0 names, and is verified", async () => {
    const { profile, relayState } = await logIn();
    const { picture, updated_at, created_at } = await running.management.users.get(userId);
    expect(relayState).toBe("relayed");
    expect(profile).toMatchObject({
      issuer: `urn:${running.tenant.domain}`,
      nameID: userId,
      nameIDFormat: "urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified",
    });
    expect(profile["attributes"]).toEqual({
      [`${claims}nameidentifier`]: userId,
      [`${claims}emailaddress`]: "jo@example.com",
      [`${claims}name`]: "Jo Doe",
      [`${claims}upn`]: "jo@example.com",
      [`${own}identities/default/provider`]: "auth0",
      [`${own}identities/default/connection`]: "users",
      [`${own}identities/default/isSocial`]: "false",
      [`${own}clientID`]: sp.clientId,
      [`${own}email_verified`]: "false",
      [`${own}nickname`]: "jo",
      [`${own}picture`]: picture,
      [`${own}created_at`]: dateText(created_at),
      [`${own}updated_at`]: dateText(updated_at),
      [`${own}plan`]: "free",
      [`${own}roles`]: ["a", "b"],
    });
  });

  /** As JavaScript prints a time where the time zone is UTC. */
  function dateText(iso: unknown): string {
    const time = new Date(iso as string);
    const date = time.toLocaleDateString("en-US", {
      ...{ weekday: "short", month: "short", day: "2-digit", year: "numeric", timeZone: "UTC" },
    });
    return `${date.replaceAll(",", "")} ${time.toISOString().slice(11, 19)} GMT+0000 (Coordinated Universal Time)`;
  }

  test("is answered in the form of a live tenant's response", async () => {
    const { action, relayState, xml } = await respond(sp.clientId, { RelayState: "r" });
    expect([action, relayState]).toEqual([acsUrl, "r"]);
    const shown = xml
      .replaceAll(/="_[\da-f]{20,}"/g, '="_…"')
      .replaceAll(/"\d{4}-[\d:T.-]+Z"/g, '"…Z"')
      .replaceAll(/(Value|X509Certificate)>[^<]+</g, "$1>…<")
      .replaceAll(/URI="#[^"]*"/g, 'URI="#…"')
      .replaceAll(/<saml:Attribute .*<\/saml:Attribute>/gs, "…")
      .replaceAll(running.tenant.domain, "DOMAIN")
      .replaceAll(userId, "USER")
      .replaceAll("><", ">\n<");
    expect(shown).toMatchInlineSnapshot(`
      "<samlp:Response xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion" ID="_…" InResponseTo="_request1" Version="2.0" IssueInstant="…Z" Destination="https://sp.example/acs" xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol">
      <saml:Issuer>urn:DOMAIN</saml:Issuer>
      <samlp:Status>
      <samlp:StatusCode Value="urn:oasis:names:tc:SAML:2.0:status:Success"/>
      </samlp:Status>
      <saml:Assertion Version="2.0" ID="_…" IssueInstant="…Z">
      <saml:Issuer>urn:DOMAIN</saml:Issuer>
      <Signature xmlns="http://www.w3.org/2000/09/xmldsig#">
      <SignedInfo>
      <CanonicalizationMethod Algorithm="http://www.w3.org/2001/10/xml-exc-c14n#"/>
      <SignatureMethod Algorithm="http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"/>
      <Reference URI="#…">
      <Transforms>
      <Transform Algorithm="http://www.w3.org/2000/09/xmldsig#enveloped-signature"/>
      <Transform Algorithm="http://www.w3.org/2001/10/xml-exc-c14n#"/>
      </Transforms>
      <DigestMethod Algorithm="http://www.w3.org/2001/04/xmlenc#sha256"/>
      <DigestValue>…</DigestValue>
      </Reference>
      </SignedInfo>
      <SignatureValue>…</SignatureValue>
      <KeyInfo>
      <X509Data>
      <X509Certificate>…</X509Certificate>
      </X509Data>
      </KeyInfo>
      </Signature>
      <saml:Subject>
      <saml:NameID Format="urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified">USER</saml:NameID>
      <saml:SubjectConfirmation Method="urn:oasis:names:tc:SAML:2.0:cm:bearer">
      <saml:SubjectConfirmationData NotOnOrAfter="…Z" Recipient="https://sp.example/acs" InResponseTo="_request1"/>
      </saml:SubjectConfirmation>
      </saml:Subject>
      <saml:Conditions NotBefore="…Z" NotOnOrAfter="…Z">
      <saml:AudienceRestriction>
      <saml:Audience>https://sp.example/acs</saml:Audience>
      </saml:AudienceRestriction>
      </saml:Conditions>
      <saml:AuthnStatement AuthnInstant="…Z" SessionIndex="_…">
      <saml:AuthnContext>
      <saml:AuthnContextClassRef>urn:oasis:names:tc:SAML:2.0:ac:classes:unspecified</saml:AuthnContextClassRef>
      </saml:AuthnContext>
      </saml:AuthnStatement>
      <saml:AttributeStatement xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">…</saml:AttributeStatement>
      </saml:Assertion>
      </samlp:Response>"
    `);
    expect(xml).toContain(
      `<saml:Attribute Name="${own}email_verified" NameFormat="urn:oasis:names:tc:SAML:2.0:attrname-format:uri">` +
        `<saml:AttributeValue xsi:type="xs:boolean">false</saml:AttributeValue></saml:Attribute>`,
    );
    expect(xml).toMatch(new RegExp(`"${own}created_at"[^>]*><saml:AttributeValue xsi:type="xs:anyType">`));
  });

  test("is valid from now for an hour, or as long as the add-on says", async () => {
    const lifetimeOf = (xml: string) => {
      const [, begin = "", end = ""] = /<saml:Conditions NotBefore="([^"]+)" NotOnOrAfter="([^"]+)"/.exec(xml) ?? [];
      expect(xml).toMatch(new RegExp(`<saml:SubjectConfirmationData NotOnOrAfter="${end}"`));
      return (Date.parse(end) - Date.parse(begin)) / 1000;
    };
    expect(Math.round(lifetimeOf((await respond(sp.clientId)).xml))).toBe(3600);
    const brief = await createServiceProvider(running, { lifetimeInSeconds: 60 });
    expect(Math.round(lifetimeOf((await respond(brief.clientId)).xml))).toBe(60);
    const { samlResponse, serviceProvider } = await logIn({}, brief);
    await expect(validateAt(serviceProvider, samlResponse, Date.now() + 61_000)).rejects.toThrow(
      "SAML assertion expired",
    );
    await expect(validateAt(serviceProvider, samlResponse, Date.now() - 5000)).rejects.toThrow("not yet valid");
  });

  /** As if the response came at that time. */
  async function validateAt({ options }: SAML, SAMLResponse: string, time: number): Promise<unknown> {
    const anyTime = new SAML({ ...options, validateInResponseTo: ValidateInResponseTo.never });
    const { now } = Date;
    const RealDate = Date;
    globalThis.Date = class extends RealDate {
      constructor(value?: string | number) {
        super(value ?? time);
      }
      static override now = () => time;
    } as DateConstructor;
    try {
      return await anyTime.validatePostResponseAsync({ SAMLResponse });
    } finally {
      globalThis.Date = RealDate;
      expect(Date.now).toBe(now);
    }
  }

  test("answers one request only, to one audience only", async () => {
    const { samlResponse, serviceProvider } = await logIn();
    await expect(serviceProvider.validatePostResponseAsync({ SAMLResponse: samlResponse })).rejects.toThrow(
      "InResponseTo is not valid",
    );
    await expect(logIn({ config: { audience: "urn:other" } })).rejects.toThrow("SAML assertion audience mismatch");
    await expect(logIn({ config: { idpIssuer: "urn:other" } })).rejects.toThrow("Unknown SAML issuer");
    const stranger = (await readFile(join(running.folder, "..", "certificate", "ca.pem"), "utf8")).toString();
    await expect(logIn({ config: { idpCert: stranger } })).rejects.toThrow("Invalid signature");
  });

  test("of which anything was changed is refused", async () => {
    const { samlResponse, serviceProvider } = await logIn();
    const never = new SAML({ ...serviceProvider.options, validateInResponseTo: ValidateInResponseTo.never });
    const xml = Buffer.from(samlResponse, "base64").toString();
    expect((await never.validatePostResponseAsync({ SAMLResponse: samlResponse })).profile?.nameID).toBe(userId);
    const { picture = "" } = await running.management.users.get(userId);
    for (const [from, to] of [
      [picture.replaceAll("&", "&amp;"), "https://evil.example/x.png"],
      [userId, "auth0|someone"],
      ["sp.example/acs</saml:Audience>", "other.example</saml:Audience>"],
    ] as const) {
      const forged = xml.replaceAll(from, to);
      expect(forged).not.toBe(xml);
      await expect(never.validatePostResponseAsync({ SAMLResponse: encoded(forged) })).rejects.toThrow(
        "Invalid signature",
      );
    }
  });

  test("by POST is the same, and without a request nobody waits for it", async () => {
    const byPost = await posted(
      await post(running, sp.clientId, { SAMLRequest: encoded(authnRequest({})), RelayState: "x" }),
    );
    expect([byPost.action, byPost.relayState]).toEqual([acsUrl, "x"]);
    expect(byPost.xml).toContain(`InResponseTo="_request1"`);
    const deflatedPost = await posted(await post(running, sp.clientId, { SAMLRequest: deflated(authnRequest({})) }));
    expect(deflatedPost.xml).toContain(`InResponseTo="_request1"`);

    const unsolicited = await posted(await send(running, sp.clientId, jo));
    expect(unsolicited.action).toBe(acsUrl);
    expect(unsolicited.xml).not.toContain("InResponseTo");
    expect(unsolicited.xml).not.toContain("Audience");
    const { serviceProvider } = await logIn();
    const open = new SAML({
      ...{ ...serviceProvider.options, validateInResponseTo: ValidateInResponseTo.ifPresent },
      audience: false,
    });
    const { profile } = await open.validatePostResponseAsync({ SAMLResponse: unsolicited.SAMLResponse });
    expect(profile?.nameID).toBe(userId);
  });

  test("runs the Actions with a SAML login's event", async () => {
    await bindHandler(`api.samlResponse.setAttribute("event", JSON.stringify(event));`);
    const { profile } = await logIn();
    const event = JSON.parse(profile["event"] as string) as Record<string, unknown>;
    expect(event).toMatchObject({
      user: { user_id: userId },
      client: { client_id: sp.clientId },
      connection: { name: "users" },
      transaction: { protocol: "samlp", requested_scopes: [], redirect_uri: acsUrl },
      request: { method: "GET", query: { connection: "users", RelayState: "relayed" } },
    });
    expect(event["transaction"]).not.toHaveProperty("response_type");
    expect(event).not.toHaveProperty("resource_server");
  });

  test("of an identity provider's user syncs the profile", async () => {
    const picture = "https://idp.example/?a=1&b='\"<>";
    const profile = { sub: "g1", email: "g@example.com", name: "G", given_name: "Grace", family_name: "H", picture };
    running.tenant.identityProvider.setProfile("google-oauth2", profile);
    const login = await logIn({ connection: "google-oauth2", loginHint: "g1" });
    expect(login.profile["attributes"]).toMatchObject({
      [`${claims}givenname`]: "Grace",
      [`${claims}surname`]: "H",
      [`${own}picture`]: picture,
      [`${own}identities/default/isSocial`]: "true",
    });
  });
});

describe("the add-on", () => {
  test("names attributes by its mappings, and drops or renames the others", async () => {
    const mappings = { email: "mail", "user_metadata.color": ["favourite", "colour"], name: `${claims}name` };
    const mapped = await createServiceProvider(running, { mappings, mapIdentities: false, createUpnClaim: false });
    const all = (await logIn({}, mapped)).profile["attributes"];
    expect(all).toMatchObject({ mail: "jo@example.com", favourite: "red", colour: "red", [`${own}user_id`]: userId });
    expect(Object.keys(all as object)).not.toContain(`${claims}upn`);
    expect(Object.keys(all as object).filter((name) => name.includes("identities"))).toEqual([]);

    const asIs = await createServiceProvider(running, { mapUnknownClaimsAsIs: true });
    expect((await logIn({}, asIs)).profile["attributes"]).toMatchObject({ nickname: "jo", plan: "free" });

    const only = await createServiceProvider(running, {
      ...{ mappings, passthroughClaimsWithNoMapping: false, mapIdentities: false, createUpnClaim: false },
    });
    const login = await logIn({}, only);
    expect(Object.keys(login.profile["attributes"] as object)).toEqual([
      "mail",
      "favourite",
      "colour",
      `${claims}name`,
    ]);
    expect(login.profile.nameID).toBe(userId);
  });

  test("sets audience, recipient, destination, issuer, subject and context", async () => {
    const { clientId } = await createServiceProvider(running, {
      ...{ audience: "urn:a", recipient: "https://r.example", destination: "https://d.example", issuer: "urn:i" },
      nameIdentifierFormat: "urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress",
      nameIdentifierProbes: ["missing", `${claims}emailaddress`],
      ...{ authnContextClassRef: "urn:context", typedAttributes: false, includeAttributeNameFormat: false },
    });
    const { xml, action } = await respond(clientId);
    expect(action).toBe(acsUrl);
    for (const part of [
      "<saml:Audience>urn:a</saml:Audience>",
      `Recipient="https://r.example"`,
      `Destination="https://d.example"`,
      "<saml:Issuer>urn:i</saml:Issuer>",
      `Format="urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress">jo@example.com</saml:NameID>`,
      "<saml:AuthnContextClassRef>urn:context</saml:AuthnContextClassRef>",
    ]) {
      expect(xml).toContain(part);
    }
    expect(new Set(xml.match(/xsi:type="[^"]*"/g))).toEqual(new Set([`xsi:type="xs:anyType"`]));
    expect(xml).not.toContain("NameFormat");
  });

  test("signs the response in place of the assertion, by the algorithms it names", async () => {
    const whole = await createServiceProvider(running, { signResponse: true });
    const { profile } = await logIn({ config: { wantAssertionsSigned: false, wantAuthnResponseSigned: true } }, whole);
    expect(profile.nameID).toBe(userId);
    // The assertion in it has no signature of its own.
    await expect(logIn({}, whole)).rejects.toThrow("Invalid signature");
    await expect(logIn({ config: { wantAuthnResponseSigned: true } })).rejects.toThrow("Invalid document signature");

    const old = await createServiceProvider(running, { signatureAlgorithm: "rsa-sha1", digestAlgorithm: "sha1" });
    expect((await respond(old.clientId)).xml).toContain(
      `SignatureMethod Algorithm="http://www.w3.org/2000/09/xmldsig#rsa-sha1"`,
    );
    expect((await logIn({}, old)).profile.nameID).toBe(userId);
    expect((await respond(sp.clientId)).xml).toMatch(/rsa-sha256"\/>.*xmlenc#sha256"\/>/s);
  });

  test("cannot have settings of another type, which is said", async () => {
    for (const [addon, what] of [
      [{ signatureAlgorithm: "hmac" }, `signatureAlgorithm cannot be "hmac"`],
      [{ signResponse: "yes" }, `signResponse cannot be "yes"`],
      [{ lifetimeInSeconds: -1 }, "lifetimeInSeconds cannot be -1"],
      [{ nameIdentifierProbes: "x" }, `nameIdentifierProbes cannot be "x"`],
      [{ mappings: { email: 1 } }, "mappings.email cannot be 1"],
    ] as const) {
      const { clientId } = await createServiceProvider(running, addon);
      const response = await send(running, clientId, jo);
      expect([response.status, await response.text()]).toEqual([
        400,
        expect.stringContaining(what.replaceAll('"', String.raw`\"`)),
      ]);
    }
    const { clientId } = await createServiceProvider(running, { nameIdentifierProbes: ["a", "b"] });
    expect((await respond(clientId)).xml).toContain(
      "No attribute was found to generate the nameIdentifier. We tried with: a, b",
    );
  });
});

describe("an Action", () => {
  test("sets, changes and removes attributes", async () => {
    await bindHandler(`
      api.samlResponse.setAttribute("${own}picture", "https://p.example/set.png");
      api.samlResponse.setAttribute("list", ["a", 1, true]);
      api.samlResponse.setAttribute("empty", []);
      api.samlResponse.setAttribute("object", { x: 1 });
      api.samlResponse.setAttribute("${claims}upn", null);
      api.samlResponse.setAttribute("${own}nickname", undefined);
      api.samlResponse.setAttribute("${claims}nameidentifier", "upn");
      api.idToken.setCustomClaim("picture", "https://p.example/claim.png");`);
    const { profile } = await logIn();
    expect(profile.nameID).toBe("upn");
    const attributes = profile["attributes"] as Record<string, unknown>;
    expect(attributes).toMatchObject({ [`${own}picture`]: "https://p.example/set.png", list: ["a", "1", "true"] });
    for (const gone of ["empty", "object", `${claims}upn`, `${own}nickname`])
      expect(attributes).not.toHaveProperty([gone]);
  });

  test("overrides the add-on's settings, each by its own method", async () => {
    const { clientId } = await createServiceProvider(running, { audience: "urn:addon", signResponse: true });
    await bindHandler(`const { samlResponse } = api;
      samlResponse.setAudience("urn:action"); samlResponse.setRecipient("https://r.example");
      samlResponse.setDestination("https://d.example"); samlResponse.setIssuer("urn:i");
      samlResponse.setRelayState("relay"); samlResponse.setLifetimeInSeconds(5);
      samlResponse.setCreateUpnClaim(false); samlResponse.setPassthroughClaimsWithNoMapping(false);
      samlResponse.setMapUnknownClaimsAsIs(true); samlResponse.setMapIdentities(false);
      samlResponse.setTypedAttributes(false); samlResponse.setIncludeAttributeNameFormat(false);
      samlResponse.setNameIdentifierFormat("urn:f"); samlResponse.setNameIdentifierProbes(["${claims}name"]);
      samlResponse.setAuthnContextClassRef("urn:c"); samlResponse.setSignResponse(false);
      samlResponse.setSignatureAlgorithm("rsa-sha1"); samlResponse.setDigestAlgorithm("sha1");`);
    const { xml, relayState } = await respond(clientId);
    expect(relayState).toBe("relay");
    for (const part of [
      "urn:action<",
      "https://r.example",
      "https://d.example",
      ">urn:i<",
      `Format="urn:f">Jo Doe<`,
      ">urn:c<",
    ]) {
      expect(xml).toContain(part);
    }
    expect(xml).toMatch(/xmldsig#rsa-sha1"\/>.*xmldsig#sha1"\/>/s);
    expect(xml).toMatch(/<saml:Assertion [^>]*><saml:Issuer>urn:i<\/saml:Issuer><Signature /);
    expect(xml).not.toMatch(/upn|identities|nickname|NameFormat|xs:string/);
  });

  test("signs with its own key, which it must give whole", async () => {
    const [key, cert] = await Promise.all(
      ["server-key.pem", "server.pem"].map((name) => readFile(join(running.folder, "..", "certificate", name), "utf8")),
    );
    const rsa = await rsaKeyPair();
    await bindHandler(
      `api.samlResponse.setKey(${JSON.stringify(rsa.key)}); api.samlResponse.setCert(${JSON.stringify(rsa.cert)});`,
    );
    await expect(logIn()).rejects.toThrow("Invalid signature");
    expect((await logIn({ config: { idpCert: rsa.cert } })).profile.nameID).toBe(userId);
    await bindHandler(`api.samlResponse.setCert(${JSON.stringify(cert)});`);
    await expect(logIn()).rejects.toThrow("Both the certificate and private key must be specified");
    for (const [key, cert] of [
      ["none", rsa.cert],
      [rsa.key, "none"],
    ]) {
      await bindHandler(
        `api.samlResponse.setKey(${JSON.stringify(key)}).samlResponse.setCert(${JSON.stringify(cert)});`,
      );
      await expect(logIn()).rejects.toThrow("The SAML settings key and cert cannot be read as PEM");
    }
    const unreadable = { key: "none", cert: "none", signResponse: true };
    const { clientId } = await createServiceProvider(running, unreadable);
    expect((await send(running, clientId, jo)).status).toBe(400);
    expect(key).toContain("PRIVATE KEY");
  });

  test("denies a login: the service provider is told, without an assertion", async () => {
    await bindHandler(`api.access.deny("not <today>");`);
    await expect(logIn()).rejects.toThrow(SamlStatusError);
    const { xml, action, relayState } = await respond(sp.clientId, { RelayState: "r" });
    expect([action, relayState]).toEqual([acsUrl, "r"]);
    expect(xml).toContain(`<samlp:StatusCode Value="urn:oasis:names:tc:SAML:2.0:status:Responder"/>`);
    expect(xml).toContain("<samlp:StatusMessage>not &lt;today&gt;</samlp:StatusMessage>");
    expect(xml).not.toContain("Assertion>");
    await bindHandler(`throw new Error("broken");`);
    expect((await respond(sp.clientId)).xml).toContain("<samlp:StatusMessage>broken</samlp:StatusMessage>");
  });

  test("that encrypts, which is not simulated, is told so", async () => {
    await bindHandler(`api.samlResponse.setEncryptionCert("x");`);
    const response = await send(running, sp.clientId, jo);
    expect([response.status, await response.json()]).toEqual([
      501,
      expect.objectContaining({
        message: "An encrypted SAML assertion (encryptionCert) is not simulated by the sandbox",
      }),
    ]);
    expect(await running.logIn("users", "jo@example.com")).toMatchObject({ sub: userId });
  });
});

/** A key pair of another identity provider: that of another tenant. */
async function rsaKeyPair(): Promise<{ key: string; cert: string }> {
  const { mkdtemp, rm } = await import("node:fs/promises");
  const { tmpdir } = await import("node:os");
  const { openSigningKey } = await import("../../../../sandbox/tenant/signing-key.ts");
  const folder = await mkdtemp(join(tmpdir(), "saml-key-"));
  try {
    return (await openSigningKey(folder)).forSaml;
  } finally {
    await rm(folder, { recursive: true });
  }
}

describe("what users write", () => {
  test("stays a text: markup, entities, and what XML cannot hold", async () => {
    const picture = `https://p.example/"><saml:Attribute Name="x"><!--&lt;]]>&amp;'\u0000\u0001\uFFFF\r\n\ud800😀`;
    const name = `</saml:AttributeValue><saml:NameID>admin</saml:NameID><!DOCTYPE x>`;
    await running.management.users.update(userId, { name, user_metadata: { picture } });
    await bindHandler(`api.samlResponse.setAttribute('a"<b>&\\n', event.user.user_metadata.picture);`);
    const { profile } = await logIn();
    const attributes = profile["attributes"] as Record<string, string>;
    const legible = `https://p.example/"><saml:Attribute Name="x"><!--&lt;]]>&amp;'\ufffd\ufffd\ufffd\n\ufffd😀`;
    expect(attributes['a"<b>&\n']).toBe(legible);
    expect(attributes[`${claims}name`]).toBe(name);
    expect(attributes).not.toHaveProperty("x");
    expect(profile.nameID).toBe(userId);
    await running.management.users.update(userId, { name: "Jo Doe", user_metadata: { picture: null } });
  });
});

describe("a login without a hint", () => {
  test("is asked for on the login page, and then there is a session", async () => {
    const browser = new Application(running.tenant.issuer, sp.clientId, running.fetch);
    const ask = (attributes = "") => {
      const SAMLRequest = deflated(authnRequest({ attributes }));
      const query = new URLSearchParams({ SAMLRequest, RelayState: "r" });
      return browser.request(`/samlp/${sp.clientId}?${query.toString()}`);
    };
    const asked = await ask();
    expect(asked.location?.pathname).toBe("/u/login");
    const shown = await browser.choose(asked, "users", "jo@example.com");
    const first = await posted({ text: () => Promise.resolve(shown.text) });
    expect([first.action, first.relayState]).toEqual([acsUrl, "r"]);
    expect(first.xml).toContain(`InResponseTo="_request1"`);
    expect(first.xml).toContain(`>${userId}</saml:NameID>`);

    const again = await ask();
    expect(again.location).toBeUndefined();
    expect(again.text).toContain("SAMLResponse");
    expect((await ask(`ForceAuthn="true"`)).location?.pathname).toBe("/u/login");
    const google = await browser.request(`/samlp/${sp.clientId}?connection=google-oauth2`);
    expect(google.location?.pathname).toBe("/u/login");
  });
});

describe("a login for an organization", () => {
  test("is its members', by its connections, and the Actions know it", async () => {
    const { management, tenant } = running;
    const { id: organization = "" } = await management.organizations.create({ name: "acme" });
    const { clientId } = await createServiceProvider(running);
    const ask = async () => (await respond(clientId, { organization })).xml;
    const refusal = async () => (await send(running, clientId, { organization, ...jo })).json();
    expect(await refusal()).toMatchObject({
      error_description: "parameter organization is not allowed for this client",
    });
    await management.clients.update(clientId, { organization_usage: "allow" });
    expect(await refusal()).toMatchObject({ error_description: "no connections enabled for the organization" });

    const { data } = await management.connections.list({ name: "users" });
    const connection_id = data[0]?.id ?? "";
    await management.organizations.enabledConnections.add(organization, { connection_id });
    expect(await ask()).toContain(`user ${userId} is not part of the ${organization} organization`);
    await management.organizations.members.create(organization, { members: [userId] });
    await bindHandler(`api.samlResponse.setAttribute("org", event.organization.name);`);
    expect(await ask()).toMatch(/Name="org".*>acme</s);
    expect((await respond(clientId, { organization, connection: "google-oauth2" })).xml).not.toContain("Assertion>");

    // A session of a connection that is not the organization's does not stand for a login.
    const browser = new Application(tenant.issuer, clientId, running.fetch);
    tenant.identityProvider.setProfile("google-oauth2", { sub: "g1", email: "g@example.com" });
    const google = new URLSearchParams({ connection: "google-oauth2", login_hint: "g1" });
    await bindActions(running, []);
    expect((await browser.request(`/samlp/${clientId}?${google.toString()}`)).text).toContain("SAMLResponse");
    expect((await browser.request(`/samlp/${clientId}`)).text).toContain("SAMLResponse");
    const page = await browser.request(`/samlp/${clientId}?organization=${organization}`);
    expect(page.location?.pathname).toBe("/u/login");
    expect((await browser.request(page.location?.href ?? "")).text).not.toContain("google-oauth2");
  });
});

describe("what is no request", () => {
  const refusal = async (query: Record<string, string> | string, clientId = sp.clientId) => {
    const response = await send(running, clientId, query);
    return [response.status, await response.json()];
  };
  const refused = (description: string, status = 400) => [
    status,
    { error: "invalid_request", error_description: description },
  ];

  afterEach(async () => {
    expect((await running.fetch(`${running.tenant.issuer}samlp/metadata/${sp.clientId}`)).status).toBe(200);
  });

  test.each([
    ["no deflated text", "AAAA", "it cannot be decoded"],
    ["no base64", "%%%", "it cannot be decoded"],
    ["a broken deflate", deflated(authnRequest({})).slice(0, 40), "it cannot be decoded"],
    ["what inflates to 10 MB", deflated(authnRequest({ content: " ".repeat(10_000_000) })), "it cannot be decoded"],
    ["what has 300 KB as it is", encoded(authnRequest({ content: " ".repeat(300_000) })), "it cannot be decoded"],
    ["no UTF-8", Buffer.from([0x3c, 0xff, 0xfe]).toString("base64"), "it cannot be decoded"],
    ["no XML", encoded("<a"), "it is no XML that is allowed here"],
    ["unclosed XML", encoded("<a><b></a>"), "it is no XML that is allowed here"],
    ["two roots", encoded(authnRequest({}).repeat(2)), "it is no XML that is allowed here"],
    ["many elements", deflated("<a>".repeat(60_000)), "it is no XML that is allowed here"],
    ["an unknown entity", encoded(authnRequest({ content: "&xxe;" })), "it is no XML that is allowed here"],
    ["another namespace", encoded(`<AuthnRequest ID="_a" Version="2.0"/>`), "it has another namespace"],
    ["no ID", encoded(authnRequest({ id: "" })), "it has no ID"],
    ["an ID that is none", encoded(authnRequest({ id: "a b" })), "it has no ID"],
    ["another version", encoded(authnRequest({}).replace(`Version="2.0"`, `Version="1.1"`)), "its version is not 2.0"],
  ])("%s is refused", async (_, SAMLRequest, reason) => {
    const response = await post(running, sp.clientId, { SAMLRequest });
    expect([response.status, await response.json()]).toEqual(refused(`Invalid SAML Request: ${reason}`));
  });

  test.each([
    ["reads a file", `<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]>`, "&x;"],
    [
      "laughs",
      `<!DOCTYPE a [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;">]>`,
      "&c;",
    ],
    ["is elsewhere", `<!DOCTYPE a SYSTEM "http://evil.example/a.dtd">`, ""],
    ["is in small letters", `<!doctype a>`, ""],
  ])("a document type that %s is refused", async (_, head, content) => {
    const SAMLRequest = deflated(authnRequest({ head, content }));
    expect(await refusal({ SAMLRequest, ...jo })).toEqual(
      refused("Invalid SAML Request: it is no XML that is allowed here"),
    );
  });

  test("what inflates to 400 MB is refused before it has", async () => {
    const block = deflateRawSync(Buffer.alloc(1_000_000), { finishFlush: constants.Z_FULL_FLUSH });
    const SAMLRequest = Buffer.concat(Array<Buffer>(400).fill(block)).toString("base64");
    const kilobytes = () => process.resourceUsage().maxRSS;
    const before = kilobytes();
    expect((await post(running, sp.clientId, { SAMLRequest })).status).toBe(400);
    expect(kilobytes() - before).toBeLessThan(100_000);
  });

  test("10 MB and what is twice there are refused before", async () => {
    const large = await post(running, sp.clientId, { SAMLRequest: "A".repeat(10_000_000) }).catch(() => undefined);
    if (large) expect(large.status).toBe(413);
    expect((await send(running, sp.clientId, "SAMLRequest=a&SAMLRequest=b")).status).toBe(400);
  });

  test("unknown clients, clients without the add-on, and foreign addresses get nothing", async () => {
    expect(await refusal(jo, "nobody")).toEqual(refused("Unknown client: nobody", 403));
    const { client_id = "" } = await running.management.clients.create({ name: "none", callbacks: [acsUrl] });
    expect(await refusal(jo, client_id)).toEqual(refused("The application has no SAML2 Web App add-on"));
    const foreign = deflated(authnRequest({ attributes: `AssertionConsumerServiceURL="https://evil.example/"` }));
    expect(await refusal({ SAMLRequest: foreign, ...jo })).toEqual(refused("Callback URL mismatch.", 403));
    const bare = await createServiceProvider(running, {}, []);
    expect(await refusal(jo, bare.clientId)).toEqual(refused("Callback URL mismatch.", 403));
    const second = await createServiceProvider(running, {}, ["https://first.example/", acsUrl]);
    expect((await respond(second.clientId)).action).toBe(acsUrl);
    const placeholder = await createServiceProvider(running, {}, ["https://*.sp.example/acs"]);
    const inPlace = "https://a.sp.example/acs";
    const named = deflated(authnRequest({ attributes: `AssertionConsumerServiceURL="${inPlace}"` }));
    expect((await respond(placeholder.clientId, { SAMLRequest: named })).action).toBe(inPlace);
    const SAMLRequest = deflated(authnRequest({ attributes: "" }));
    expect(await refusal({ SAMLRequest, ...jo }, placeholder.clientId)).toEqual(refused("Callback URL mismatch.", 403));
    expect((await posted(await send(running, second.clientId, { SAMLRequest, ...jo }))).action).toBe(
      "https://first.example/",
    );
  });

  test("who is not known is told to the service provider", async () => {
    for (const [changed, message] of [
      [{ login_hint: "nobody@example.com" }, "Wrong email or password."],
      [{ connection: "none" }, "the connection was not found"],
    ] as const) {
      expect((await respond(sp.clientId, changed)).xml).toContain(
        `<samlp:StatusMessage>${message}</samlp:StatusMessage>`,
      );
    }
  });

  test("logout, the tenant as a service provider, and WS-Federation are not simulated, which is said", async () => {
    const { issuer } = running.tenant;
    const logout = `<samlp:LogoutRequest xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" ID="_a" Version="2.0"/>`;
    for (const [path, named] of [
      [
        `samlp/${sp.clientId}?SAMLRequest=${encodeURIComponent(deflated(logout))}`,
        `A SAML LogoutRequest by GET /samlp/${sp.clientId}`,
      ],
      [`samlp/${sp.clientId}/logout`, `GET /samlp/${sp.clientId}/logout`],
      ["samlp/metadata?connection=users", "GET /samlp/metadata"],
      [`wsfed/${sp.clientId}`, `GET /wsfed/${sp.clientId}`],
    ] as const) {
      const response = await running.fetch(issuer + path);
      expect([response.status, await response.json()]).toEqual([
        501,
        expect.objectContaining({ message: `${named} is not simulated by the sandbox` }),
      ]);
    }
  });
});

describe("requests that must be signed", () => {
  let signing: ServiceProvider;
  let keys: { key: string; cert: string };
  beforeAll(async () => {
    keys = await rsaKeyPair();
    signing = await createServiceProvider(running, { signingCert: keys.cert });
  });

  test("are verified in the query, as it was encoded", async () => {
    for (const signatureAlgorithm of ["sha256", "sha1"] as const) {
      const config = { privateKey: keys.key, signatureAlgorithm };
      expect((await logIn({ config }, signing)).profile.nameID).toBe(userId);
    }
    const another = await rsaKeyPair();
    await expect(logIn({ config: { privateKey: another.key } }, signing)).rejects.toThrow(/Signature check errors/);
    await expect(logIn({}, signing)).rejects.toThrow(
      "SAMLRequest message MUST be signed when using an asynchronous binding (POST or Redirect)",
    );
    const sha512 = { privateKey: keys.key, signatureAlgorithm: "sha512" } as const;
    await expect(logIn({ config: sha512 }, signing)).rejects.toThrow("Invalid signature algorithm");
  });

  test("are not when anything in the query was changed", async () => {
    const { serviceProvider } = await logIn(
      { config: { privateKey: keys.key, signatureAlgorithm: "sha256" } },
      signing,
    );
    const url = new URL(await serviceProvider.getAuthorizeUrlAsync("relay", undefined, { additionalParams: jo }));
    const { search } = url;
    expect((await posted(await send(running, signing.clientId, search.slice(1)))).action).toBe(acsUrl);
    for (const changed of [
      search.replace("RelayState=relay", "RelayState=other"),
      search.replace(/SAMLRequest=[^&]*/, `SAMLRequest=${encodeURIComponent(deflated(authnRequest({})))}`),
      search.replace(/Signature=[^&]*/, "Signature=AAAA"),
    ]) {
      expect((await send(running, signing.clientId, changed.slice(1))).status).toBe(400);
    }
  });

  test("are verified in the document, of which only what is signed counts", async () => {
    const { serviceProvider } = await logIn(
      { config: { privateKey: keys.key, signatureAlgorithm: "sha256" } },
      signing,
    );
    const byPost = new SAML({
      ...serviceProvider.options,
      authnRequestBinding: "HTTP-POST",
      skipRequestCompression: true,
    });
    const form = await byPost.getAuthorizeFormAsync("relay");
    const signed = Buffer.from(/name="SAMLRequest" value="([^"]*)"/.exec(form)?.[1] ?? "", "base64").toString();
    const answered = await posted(await post(running, signing.clientId, { SAMLRequest: encoded(signed) }));
    expect(answered.xml).toContain("status:Success");

    const [signature = ""] = /<(\w+:)?Signature.*<\/(\w+:)?Signature>/s.exec(signed) ?? [];
    const unsigned = signed.replace(signature, "").replace(/^<\?.*?\?>/, "");
    const evil = authnRequest({ id: "_evil", content: `${signature}<x>${unsigned}</x>` });
    const wrapped = await post(running, signing.clientId, { SAMLRequest: encoded(evil) });
    const id = /\sID="([^"]*)"/.exec(signed)?.[1] ?? "";
    expect((await posted(wrapped)).xml).toMatch(new RegExp(`InResponseTo="${id}".*status:Success`, "s"));
    for (const changed of [signed.replace(acsUrl, "https://evil.example/"), signed.replace(signature, "")]) {
      expect((await post(running, signing.clientId, { SAMLRequest: encoded(changed) })).status).toBe(400);
    }
  });

  test("are demanded by an Action too", async () => {
    await bindHandler(`api.samlResponse.setSigningCert(${JSON.stringify(keys.cert)});`);
    await expect(logIn()).rejects.toThrow("MUST be signed");
    const config = { privateKey: keys.key, signatureAlgorithm: "sha256" } as const;
    expect((await logIn({ config })).profile.nameID).toBe(userId);
  });
});

describe("the certificate", () => {
  test("is that of the key that signs tokens, and stays", async () => {
    const metadataOf = async () =>
      (await running.fetch(`${running.tenant.issuer}samlp/metadata/${sp.clientId}`)).text();
    const before = await metadataOf();
    expect(before).toContain(`entityID="urn:${running.tenant.domain}"`);
    expect(before).toContain(`Location="${running.tenant.issuer}samlp/${sp.clientId}"`);
    const base64 = /X509Certificate>([^<]*)</.exec(before)?.[1] ?? "";
    const certificate = new X509Certificate(Buffer.from(base64, "base64"));
    const jwks = (await (await running.fetch(`${running.tenant.issuer}.well-known/jwks.json`)).json()) as {
      keys: [object];
    };
    expect(certificate.publicKey.equals(createPublicKey({ key: jwks.keys[0] as never, format: "jwk" }))).toBe(true);
    expect(certificate.verify(certificate.publicKey)).toBe(true);
    await running.restart();
    expect(await metadataOf()).toBe(before);
    expect((await running.fetch(`${running.tenant.issuer}samlp/metadata/nobody`)).status).toBe(403);
  });
});
