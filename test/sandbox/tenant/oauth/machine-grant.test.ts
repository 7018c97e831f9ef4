// The grant of client credentials: which machine gets a token, by a secret or by what it signs, and with which scopes.
import { X509Certificate, generateKeyPairSync, randomUUID } from "node:crypto";
import type { KeyObject } from "node:crypto";
import { SignJWT, decodeJwt } from "jose";
import { beforeAll, describe, expect, test } from "vitest";
import { openSigningCertificate } from "../../../../sandbox/tenant/signing-certificate.ts";
import { runTenant } from "../running-tenant.ts";
import { Application, errorOf } from "./application.ts";
import type { Answer, Fields } from "./application.ts";

const running = runTenant({ connections: [{ name: "users", strategy: "auth0" }] });
const asAda = { connection: "users", login_hint: "ada@example.com" };
let app: Application;
let managementApi: string;

beforeAll(async () => {
  app = await Application.create(running);
  managementApi = `${running.tenant.issuer}api/v2/`;
  await running.management.users.create({ connection: "users", email: "ada@example.com", password: "x" });
});

interface Machine {
  readonly client_id: string;
  readonly client_secret: string;
}
async function machine(changed: object = {}): Promise<Machine> {
  const wanted = { name: "Machine", app_type: "non_interactive" as const, ...changed };
  const { client_id = "", client_secret = "" } = await running.management.clients.create(wanted);
  return { client_id, client_secret };
}
const grant = (client_id: string, audience: string, scope: string[]) =>
  running.management.clientGrants.create({ client_id, audience, scope });
const ask = (fields: Fields): Promise<Answer> =>
  app.post("/oauth/token", { grant_type: "client_credentials", audience: managementApi, ...fields });
const tokenOf = (answer: Answer) => {
  const { access_token, ...others } = JSON.parse(answer.text) as { access_token: string; scope?: string };
  return { ...others, claims: decodeJwt(access_token) };
};
const unauthorized = { status: 401, error: "access_denied", error_description: "Unauthorized" };

describe("a machine with a secret", () => {
  test("gets a token of its grant's scopes for the Management API, and no more", async () => {
    const { client_id, client_secret } = await machine();
    const credentials = { client_id, client_secret };
    expect(errorOf(await ask(credentials))).toEqual({
      ...{ status: 403, error: "access_denied" },
      error_description: expect.stringContaining(`not authorized to access "${managementApi}"`) as unknown,
    });
    await grant(client_id, managementApi, ["read:users", "update:users"]);
    expect(tokenOf(await ask(credentials))).toMatchObject({
      ...{ scope: "read:users update:users", expires_in: 86_400, token_type: "Bearer" },
      claims: {
        ...{ iss: running.tenant.issuer, sub: `${client_id}@clients`, aud: managementApi, azp: client_id },
        ...{ gty: "client-credentials", scope: "read:users update:users" },
      },
    });
    expect(tokenOf(await ask({ ...credentials, scope: "read:users" })).scope).toBe("read:users");
    expect(errorOf(await ask({ ...credentials, scope: "read:users delete:users" }))).toMatchObject({
      ...{ status: 403, error_description: "Client has not been granted scopes: delete:users" },
    });

    const management = running.managementOf({ clientId: client_id, clientSecret: client_secret });
    expect((await management.users.list()).data).toHaveLength(1);
    await expect(management.users.delete("auth0|nobody")).rejects.toMatchObject({ statusCode: 403 });
  });

  test("is who it says", async () => {
    const { client_id } = await machine();
    await grant(client_id, managementApi, ["read:users"]);
    expect(errorOf(await ask({ client_id, client_secret: "wrong" }))).toEqual(unauthorized);
    expect(errorOf(await ask({ client_id }))).toEqual(unauthorized);
    expect(errorOf(await ask({ client_id: "nobody", client_secret: "" }))).toEqual(unauthorized);
  });

  test("needs the grant type, an API that exists, and no organization", async () => {
    const { client_id, client_secret } = await machine({ grant_types: ["authorization_code"] });
    await grant(client_id, managementApi, ["read:users"]);
    expect(errorOf(await ask({ client_id, client_secret }))).toEqual({
      ...{ status: 403, error: "unauthorized_client" },
      error_description: "Grant type 'client_credentials' not allowed for the client.",
    });
    const other = await machine();
    expect(errorOf(await ask({ ...other, audience: "https://nowhere/" }))).toMatchObject({
      error_description: "Service not found: https://nowhere/",
    });
    expect(errorOf(await ask({ ...other, organization: "org" }))).toMatchObject({ status: 501 });
  });

  test.each([
    ["require_client_grant", true, "read:a"],
    ["require_client_grant", false, undefined],
    ["deny_all", true, undefined],
    // Without a policy.
    [undefined, true, "read:a"],
    [undefined, false, undefined],
  ] as const)("with the policy %s of an API and a grant: %s, gets %s", async (policy, isGranted, scope) => {
    const audience = `https://${randomUUID()}/`;
    await running.management.resourceServers.create({
      identifier: audience,
      token_lifetime: 600,
      scopes: [{ value: "read:a" }, { value: "read:b" }],
      ...(policy && { subject_type_authorization: { client: { policy } } }),
    });
    const { client_id, client_secret } = await machine();
    // A scope that the API does not have is not in the token.
    if (isGranted) await grant(client_id, audience, ["read:a", "read:gone"]);
    const answer = await ask({ client_id, client_secret, audience });
    if (scope === undefined) expect(errorOf(answer)).toMatchObject({ status: 403, error: "access_denied" });
    else expect(tokenOf(answer)).toMatchObject({ scope, expires_in: 600 });
  });
});

test("a user's token has the scopes that the API defines, beside those of the protocol", async () => {
  const audience = "https://pictures/";
  await running.management.resourceServers.create({ identifier: audience, scopes: [{ value: "update:picture" }] });
  const asked = { ...asAda, audience, scope: "openid email update:picture delete:picture" };
  const { text } = await app.redeem(await app.codeOf("", "", asked));
  expect(tokenOf({ text } as Answer).claims).toMatchObject({ scope: "openid email update:picture" });
});

test("the Management API is an API by its identifier, which nobody changes or deletes", async () => {
  const { resourceServers } = running.management;
  expect(await resourceServers.get(managementApi)).toMatchObject({ identifier: managementApi, is_system: true });
  expect((await resourceServers.list()).data.map(({ identifier }) => identifier)).not.toContain(managementApi);
  const { id = "" } = await resourceServers.get(managementApi);
  await expect(resourceServers.update(id, { token_lifetime: 1 })).rejects.toMatchObject({ statusCode: 501 });
  await expect(resourceServers.delete(id)).rejects.toMatchObject({ statusCode: 501 });
});

describe("a machine that signs", () => {
  const { privateKey, publicKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const pem = publicKey.export({ type: "spki", format: "pem" }).toString();
  let client_id: string;
  let credential: { id: string; kid: string };

  beforeAll(async () => {
    ({ client_id } = await machine());
    await grant(client_id, managementApi, ["read:users"]);
    const { clients } = running.management;
    const { id = "", kid = "" } = await clients.credentials.create(client_id, { credential_type: "public_key", pem });
    credential = { id, kid };
    await clients.update(client_id, {
      ...{ client_authentication_methods: { private_key_jwt: { credentials: [{ id }] } } },
      token_endpoint_auth_method: null,
    });
  });

  interface Made {
    readonly claims?: object;
    readonly header?: object;
    readonly key?: KeyObject;
    /** Of the token, in seconds. */
    readonly seconds?: number;
  }
  const assertion = ({ claims = {}, header = {}, key = privateKey, seconds = 60 }: Made = {}) => {
    const now = Math.floor(Date.now() / 1000);
    const all = { iss: client_id, sub: client_id, aud: running.tenant.issuer, jti: randomUUID(), exp: now + seconds };
    return new SignJWT({ ...all, ...claims }).setProtectedHeader({ alg: "RS256", ...header }).sign(key);
  };
  const client_assertion_type = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
  const sent = async (made?: Made) => ({ client_assertion_type, client_assertion: await assertion(made) });

  test("gets its token, with and without the key's id, and has no secret any more", async () => {
    expect(tokenOf(await ask(await sent())).scope).toBe("read:users");
    expect(tokenOf(await ask(await sent({ header: { kid: credential.kid } }))).scope).toBe("read:users");
    const shown = await running.management.clients.get(client_id);
    expect(shown).not.toHaveProperty("client_secret");
    expect(shown).not.toHaveProperty("token_endpoint_auth_method");
    const { client_secret = "" } = running.tenant.managementClient as { client_secret?: string };
    expect(errorOf(await ask({ client_id, client_secret }))).toEqual(unauthorized);
  });

  test("uses an assertion once", async () => {
    const fields = await sent();
    expect((await ask(fields)).status).toBe(200);
    expect(errorOf(await ask(fields))).toEqual(unauthorized);
  });

  const other = generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey;
  const ago = Math.floor(Date.now() / 1000) - 600;
  test.each<[string, Made]>([
    ["of another key", { key: other }],
    ["with another key's id", { header: { kid: "another-key" } }],
    ["by another algorithm", { header: { alg: "PS256" } }],
    ["for another audience", { claims: { aud: "https://other/" } }],
    ["for the token endpoint", { claims: { aud: "https://localhost/oauth/token" } }],
    ["of another issuer", { claims: { iss: "somebody" } }],
    ["about another client", { claims: { iss: "somebody", sub: "somebody" } }],
    ["without an id", { claims: { jti: undefined } }],
    ["that has ended", { seconds: -1 }],
    ["without an end", { claims: { exp: undefined } }],
    ["for more than five minutes", { seconds: 310 }],
    ["for more than five minutes since it was made", { claims: { iat: ago } }],
    ["that is not valid yet", { claims: { nbf: ago + 700 } }],
  ])("is refused an assertion %s", async (_, made) => {
    expect(errorOf(await ask(await sent(made)))).toEqual(unauthorized);
  });

  test("is refused what is no assertion", async () => {
    expect(errorOf(await ask({ client_assertion_type, client_assertion: "a.b.c" }))).toEqual(unauthorized);
    const { client_assertion } = await sent();
    expect(errorOf(await ask({ client_assertion }))).toMatchObject({ error: "invalid_request" });
    // A client with a secret does not sign.
    const withSecret = await machine();
    const { client_id: iss } = withSecret;
    const claims = { iss, sub: iss };
    expect(errorOf(await ask(await sent({ claims })))).toEqual(unauthorized);
  });

  test("is refused by a key that has ended, or that is attached no more", async () => {
    const { clients } = running.management;
    await expect(clients.credentials.delete(client_id, credential.id)).rejects.toMatchObject({ statusCode: 409 });
    await clients.credentials.update(client_id, credential.id, { expires_at: new Date(Date.now() - 1).toISOString() });
    expect(errorOf(await ask(await sent()))).toEqual(unauthorized);
    await clients.update(client_id, {
      ...{ client_authentication_methods: null, token_endpoint_auth_method: "client_secret_post" },
    });
    expect(errorOf(await ask(await sent()))).toEqual(unauthorized);
    await clients.credentials.delete(client_id, credential.id);
    expect(await clients.credentials.list(client_id)).toEqual([]);
    expect((await clients.get(client_id)).client_secret).toMatch(/^\w{64}$/);
  });
});

describe("a client's credential", () => {
  const pem = generateKeyPairSync("rsa", { modulusLength: 2048 }).publicKey.export({ type: "spki", format: "pem" });
  const key = { credential_type: "public_key" as const, pem: pem.toString() };

  test("has the shape of the recording TestAccClientAuthenticationMethodsPrivateKeyJWT", async () => {
    const { client_id } = await machine();
    const { credentials } = running.management.clients;
    const created = await credentials.create(client_id, { ...key, name: "Key", alg: "RS256" });
    expect(created).toEqual({
      id: expect.stringMatching(/^cred_\w{22}$/) as unknown,
      kid: expect.stringMatching(/^[\w-]{43}$/) as unknown,
      ...{ credential_type: "public_key", alg: "RS256", name: "Key" },
      ...{ created_at: expect.any(String) as unknown, updated_at: expect.any(String) as unknown },
    });
    expect(await credentials.get(client_id, created.id ?? "")).toEqual(created);
    expect(await credentials.list(client_id)).toEqual([created]);
    await expect(credentials.get((await machine()).client_id, created.id ?? "")).rejects.toMatchObject({
      statusCode: 404,
    });
  });

  test("is a public key of RSA, or a certificate, whose end it may have", async () => {
    const { client_id } = await machine();
    const { credentials } = running.management.clients;
    const ofCertificate = { ...key, parse_expiry_from_cert: true };
    const elliptic = generateKeyPairSync("ec", { namedCurve: "P-256" });
    for (const wrong of [
      "no key",
      elliptic.publicKey.export({ type: "spki", format: "pem" }).toString(),
      generateKeyPairSync("rsa", { modulusLength: 2048 })
        .privateKey.export({ type: "pkcs8", format: "pem" })
        .toString(),
      // One of elliptic curves.
      running.ca,
      running.ca.replace("M", "N"),
    ]) {
      const refused = credentials.create(client_id, { ...key, pem: wrong });
      await expect(refused, wrong).rejects.toMatchObject({ statusCode: 400, body: { errorCode: "invalid_body" } });
    }
    const own = generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey;
    const certificate = await openSigningCertificate(running.folder, own);
    const { expires_at } = await credentials.create(client_id, { ...ofCertificate, pem: certificate });
    expect(expires_at).toBe(new X509Certificate(certificate).validToDate.toISOString());
    const kept = await credentials.create(client_id, { ...key, pem: certificate });
    expect(kept.expires_at).toBeUndefined();
  });

  test("authenticates only its own client, and in one way at a time", async () => {
    const { clients } = running.management;
    const [one, two] = [await machine(), await machine()];
    const { id = "" } = await clients.credentials.create(one.client_id, key);
    const methods = { client_authentication_methods: { private_key_jwt: { credentials: [{ id }] } } };
    const refusals: [string, object, number][] = [
      [two.client_id, { ...methods, token_endpoint_auth_method: null }, 404],
      [one.client_id, { ...methods, token_endpoint_auth_method: "client_secret_post" }, 400],
      [one.client_id, { client_authentication_methods: null, token_endpoint_auth_method: null }, 400],
    ];
    for (const [client, change, statusCode] of refusals) {
      await expect(clients.update(client, change)).rejects.toMatchObject({ statusCode });
    }
    await clients.update(one.client_id, { ...methods, token_endpoint_auth_method: null });
    await clients.delete(one.client_id);
    await expect(clients.credentials.list(one.client_id)).rejects.toMatchObject({ statusCode: 404 });
  });

  test("and a secret need scopes of their own", async () => {
    const { client_id } = await machine();
    const limited = running.managementOf(running.tenant.createManagementClient(["update:clients", "read:clients"]));
    const forbidden = { statusCode: 403, body: { errorCode: "insufficient_scope" } };
    await expect(limited.clients.credentials.create(client_id, key)).rejects.toMatchObject(forbidden);
    await expect(limited.clients.update(client_id, { client_secret: "new" })).rejects.toMatchObject(forbidden);
    const changed = await running.management.clients.update(client_id, { client_secret: "a secret of my own" });
    expect(changed.client_secret).toBe("a secret of my own");
  });
});
