// The tenant, held against what a live tenant answered: excerpts of the recordings in auth0/terraform-provider-auth0,
// test/data/recordings. Of long values they have the keys, and of each exchange what the rules are about.
import { X509Certificate } from "node:crypto";
import { describe, expect, it, test } from "vitest";
import { buildAndDeploy, runTenant } from "./running-tenant.ts";

const running = runTenant({ connections: [] });

type Options = Record<string, unknown>;

interface Exchange {
  /** The number in the recording. */
  readonly number: number;
  readonly sent: Options;
  /** What is in the answer beside the options that were sent, or instead of them. */
  readonly derived: Options;
  /** Options that were sent and are not in the answer. */
  readonly withheld?: readonly string[];
}

const client = { client_id: "id", client_secret: "secret" };
const yahoo = { ...client, type: "back_channel", issuer: "https://api.login.yahoo.com", scope: "email openid profile" };
const paypal = { ...client, type: "back_channel", issuer: "https://www.paypalobjects.com", scope: "email openid" };
const map = { userinfo_scope: "openid email profile groups", mapping_mode: "use_map", attributes: { email: "e" } };
const anyMetadata = { oidc_metadata: expect.any(Object) as unknown, schema_version: "oidc-V4" };
const github = Object.fromEntries(
  (
    "email read_user follow public_repo repo repo_deployment repo_status delete_repo notifications gist read_repo_hook " +
    "write_repo_hook admin_repo_hook read_org admin_org read_public_key write_public_key admin_public_key write_org"
  )
    .split(" ")
    .map((name) => [name, true]),
);
const githubScopes = (
  "user:email read:user user:follow public_repo repo repo_deployment repo:status delete_repo notifications gist " +
  "read:repo_hook write:repo_hook admin:repo_hook read:org admin:org read:public_key write:public_key " +
  "admin:public_key write:org"
).split(" ");

/** A self-signed certificate takes the place of the recordings'. */
const pem = () => new X509Certificate(running.ca).toString();
const metadata = () =>
  `<md:EntityDescriptor xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata"><md:IDPSSODescriptor>` +
  `<md:SingleLogoutService Binding="redirect" Location="https://saml.provider/sign_out"/>` +
  `<md:SingleSignOnService Binding="redirect" Location="https://saml.provider/sign_in"/>` +
  `<ds:X509Certificate xmlns:ds="http://www.w3.org/2000/09/xmldsig#">${pem().replaceAll(/-----[A-Z ]+-----/g, "")}</ds:X509Certificate>` +
  `</md:IDPSSODescriptor></md:EntityDescriptor>`;
const ofCertificate = () => ({
  cert: pem(),
  expires: new X509Certificate(running.ca).validToDate.toISOString(),
  subject: expect.any(Object) as unknown,
  thumbprints: [new X509Certificate(running.ca).fingerprint.replaceAll(":", "").toLowerCase()],
});
const ofMetadata = () => ({
  ...ofCertificate(),
  signingCert: Buffer.from(pem()).toString("base64"),
  signInEndpoint: "https://saml.provider/sign_in",
  signOutEndpoint: "https://saml.provider/sign_out",
  bindingMethod: "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect",
});

/** By recording, without `TestAccConnection`. The first exchange of each is a POST, the others are PATCHes. */
const recordings: Record<string, [strategy: string, exchanges: () => readonly Exchange[]]> = {
  OIDC: [
    "oidc",
    () => [
      {
        number: 0,
        sent: { ...yahoo, connection_settings: { pkce: "disabled" }, attribute_map: { mapping_mode: "bind_all" } },
        derived: anyMetadata,
      },
      {
        number: 4,
        sent: { ...paypal, connection_settings: { pkce: "auto" }, attribute_map: map },
        derived: anyMetadata,
      },
      {
        number: 8,
        sent: { ...paypal, type: "front_channel" },
        derived: {
          ...anyMetadata,
          connection_settings: { pkce: "disabled" },
          attribute_map: { mapping_mode: "bind_all" },
        },
      },
    ],
  ],
  ConnectedAccounts: [
    "oidc",
    () => {
      const kept = { connection_settings: { pkce: "auto" }, attribute_map: { mapping_mode: "bind_all" } };
      return [0, 4].map((number) => ({ number, sent: yahoo, derived: { ...anyMetadata, ...kept } }));
    },
  ],
  Okta: [
    "okta",
    () => [
      {
        number: 0,
        sent: { ...client, domain: "domain.okta.com", issuer: "https://domain.okta.com", attribute_map: map },
        derived: { ...anyMetadata, type: "back_channel" },
      },
    ],
  ],
  Facebook: [
    "facebook",
    () => [
      {
        number: 0,
        sent: {
          ...client,
          ...{ email: true, groups_access_member_info: true, user_birthday: true, public_profile: true },
          upstream_params: { screen_name: { alias: "login_hint" } },
        },
        derived: { scope: "email,groups_access_member_info,user_birthday,public_profile" },
      },
      {
        number: 4,
        sent: {
          ...client,
          ...{ email: true, groups_access_member_info: false, user_birthday: false, public_profile: true },
        },
        derived: { scope: "email,public_profile" },
      },
    ],
  ],
  GitHub: [
    "github",
    () => {
      const none = Object.fromEntries(Object.keys(github).map((name) => [name, false]));
      return [
        { number: 0, sent: { ...client, ...github, profile: true }, derived: { scope: githubScopes } },
        { number: 4, sent: { ...client, ...none, email: true, profile: true }, derived: { scope: ["user:email"] } },
        { number: 8, sent: { ...client, ...github, profile: true }, derived: { scope: githubScopes } },
      ];
    },
  ],
  GoogleOAuth2: [
    "google-oauth2",
    () => [
      {
        number: 0,
        sent: { ...client, email: true, profile: true, gmail: true, youtube: true },
        derived: {
          scope: ["email", "profile", "https://mail.google.com/mail/feed/atom", "https://gdata.youtube.com"],
        },
      },
    ],
  ],
  Apple: [
    "apple",
    () => [
      { number: 0, sent: { client_id: "id", name: true, email: true }, derived: { scope: "name email" } },
      { number: 4, sent: { client_id: "id", name: false, email: true }, derived: { scope: "email" } },
    ],
  ],
  Linkedin: [
    "linkedin",
    () => [
      {
        number: 0,
        sent: { ...client, strategy_version: 2, email: true, profile: true, basic_profile: true },
        derived: { scope: ["r_emailaddress", "r_liteprofile", "r_basicprofile"] },
      },
      {
        number: 4,
        sent: { ...client, strategy_version: 2, email: false, profile: true, basic_profile: true },
        derived: { scope: ["r_liteprofile", "r_basicprofile"] },
      },
    ],
  ],
  Windowslive: [
    "windowslive",
    () => [
      {
        number: 0,
        sent: { ...client, graph_user: true, signin: true },
        derived: { scope: ["https://graph.microsoft.com/User.Read"] },
      },
      { number: 4, sent: { ...client, graph_user: false, signin: true }, derived: { scope: [] } },
    ],
  ],
  Salesforce: [
    "salesforce-community",
    () => [{ number: 0, sent: { ...client, community_base_url: "https://s.example" }, derived: { scope: [] } }],
  ],
  GoogleApps: [
    "google-apps",
    () => [
      {
        number: 0,
        sent: { domain: "example.com", ext_profile: true, non_persistent_attrs: null },
        derived: { email: true, profile: true, scope: ["email", "profile"], handle_login_from_social: true },
      },
    ],
  ],
  AzureAD: [
    "waad",
    () => {
      const sent = { ...client, domain: "example.onmicrosoft.com", use_wsfed: false, useCommonEndpoint: false };
      const ours = { thumbprints: expect.any(Array) as unknown, app_domain: expect.any(String) as unknown };
      return [
        {
          number: 0,
          sent: { ...sent, user_id_attribute: "oid" },
          derived: { ...ours, waad_common_endpoint: false, userid_attribute: "oid" },
        },
        {
          number: 5,
          sent: { ...sent, user_id_attribute: "sub", thumbprints: ["8a48"], app_domain: "a", ...onFirstLogin },
          derived: { waad_common_endpoint: false, userid_attribute: null },
        },
      ];
    },
  ],
  ADFS: [
    "adfs",
    () => [
      { number: 0, sent: { adfs_server: "https://adfs.example", strategy_version: 2 }, derived: { thumbprints: [] } },
      {
        number: 5,
        sent: { adfs_server: "", fedMetadataXml: "<EntityDescriptor/>", thumbprints: [], ...onFirstLogin },
        derived: {},
      },
    ],
  ],
  AD: ["ad", () => [{ number: 0, sent: { tenant_domain: "example.com", ips: ["192.168.1.1"] }, derived: {} }]],
  PingFederate: [
    "pingfederate",
    () => {
      const idpinitiated = { client_id: "client_id", client_protocol: "samlp" };
      const exchange = {
        sent: { signingCert: pem(), idpinitiated, signInEndpoint: "https://ping.example" },
        derived: { ...ofCertificate(), idpinitiated: { ...idpinitiated, enabled: true } },
        withheld: ["signingCert"],
      };
      return [
        { number: 0, ...exchange },
        { number: 4, ...exchange },
      ];
    },
  ],
  SAML: [
    "samlp",
    () => [
      {
        number: 0,
        sent: { metadataXml: metadata(), signatureAlgorithm: "rsa-sha256", tenant_domain: "example.com" },
        derived: ofMetadata(),
        withheld: ["metadataXml"],
      },
      {
        number: 5,
        sent: { metadataUrl: "https://saml.example/metadata", entityId: "example", ...onFirstLogin },
        derived: ofMetadata(),
      },
    ],
  ],
};

const onFirstLogin = { set_user_root_attributes: "on_first_login" };

describe("the options of a connection are answered as recorded", () => {
  it.each(Object.entries(recordings))("TestAccConnection%s", async (recording, [strategy, exchanges]) => {
    const { connections } = running.management;
    let id = "";
    for (const { number, sent, derived, withheld = [] } of exchanges()) {
      const name = `recorded-${recording}`;
      const answer = (
        number === 0
          ? await connections.create({ name, strategy, options: sent } as never)
          : await connections.update(id, { options: sent })
      ) as { id: string; options: Options };
      id = answer.id;
      const shown = Object.fromEntries(Object.entries(sent).filter(([option]) => !withheld.includes(option)));
      expect(answer.options, `exchange ${number}`).toEqual({ ...shown, ...derived });
      expect((await connections.get(id)).options, `after exchange ${number}`).toEqual(answer.options);
    }
  });

  it("of a connection whose settings are left out, with its type, as before", async () => {
    const { connections } = running.management;
    const settings = { attribute_map: map, connection_settings: { pkce: "S256" } };
    const sent = { ...yahoo, ...settings, dpop_signing_alg: "ES256" };
    const { id = "" } = await connections.create({ name: "kept", strategy: "oidc", options: sent } as never);
    const { options } = await connections.update(id, { options: yahoo });
    expect(options).toEqual({ ...yahoo, ...settings, ...anyMetadata });
  });

  it("of a type that no recording has, without anything of ours", async () => {
    const { connections } = running.management;
    const sent = { ...client, email: "yes", strategy_version: 2 };
    for (const strategy of ["facebook", "github", "apple", "linkedin", "windowslive", "twitter"]) {
      const created = await connections.create({ name: `plain-${strategy}`, strategy, options: sent } as never);
      expect(created.options).toEqual(sent);
    }
  });
});

/** What is beside the options, in the recording of the same name. */
test.each<[recording: string, strategy: string, sent: object, answered: object, absent: readonly string[]]>([
  [
    "ConnectedAccounts",
    "oidc",
    { connected_accounts: { active: true } },
    { authentication: { active: true }, connected_accounts: { active: true }, show_as_button: false },
    ["provisioning_ticket_url", "cross_app_access_requesting_app"],
  ],
  [
    "CrossAppAccessRequestingApp",
    "oidc",
    { cross_app_access_requesting_app: { active: true } },
    { connected_accounts: { active: false }, cross_app_access_requesting_app: { active: true } },
    [],
  ],
  ["AzureAD", "waad", { show_as_button: true }, { display_name: "beside-AzureAD", show_as_button: true }, []],
  ["Facebook", "facebook", {}, { is_domain_connection: false }, ["provisioning_ticket_url", "show_as_button"]],
])("TestAccConnection%s answers what is beside the options", async (recording, strategy, sent, answered, absent) => {
  const name = `beside-${recording}`;
  const created = await running.management.connections.create({ name, strategy, ...sent } as never);
  expect(created).toMatchObject({ ...answered, name, strategy, enabled_clients: [], realms: [name] });
  for (const key of absent) expect(created).not.toHaveProperty(key);
});

test("an administrator's address is answered for the strategies that a directory is set up for", async () => {
  const { connections } = running.management;
  const all = await connections.list({ take: 100 });
  const withAddress = all.data.filter((connection) => "provisioning_ticket_url" in connection);
  const strategies = new Set(withAddress.map(({ strategy }) => strategy));
  expect([...strategies].sort()).toEqual(["ad", "adfs", "google-apps", "pingfederate", "samlp", "waad"]);
  for (const connection of withAddress) {
    const { strategy, provisioning_ticket_url } = connection as unknown as Record<string, string>;
    expect(provisioning_ticket_url).toMatch(new RegExp(`^${running.tenant.issuer}p/${strategy}/[0-9a-f]{8}$`));
  }
  const refused = connections.update(withAddress[0]?.id ?? "", { provisioning_ticket_url: "https://x" } as never);
  await expect(refused).rejects.toMatchObject({ statusCode: 400 });
});

test("what a connection is for is changed by a PATCH, and must have its form", async () => {
  const { connections } = running.management;
  const { id = "" } = await connections.create({ name: "purposes", strategy: "oidc" });
  const sent = { authentication: { active: false }, cross_app_access_resource_app: { status: "enabled" } };
  expect(await connections.update(id, sent as never)).toMatchObject(sent);
  expect(await connections.get(id)).toMatchObject({ ...sent, connected_accounts: { active: false } });
  for (const bad of [
    { authentication: {} },
    { connected_accounts: { active: "yes" } },
    { cross_app_access_resource_app: { status: "on" } },
  ]) {
    await expect(connections.update(id, bad as never)).rejects.toMatchObject({ statusCode: 400 });
  }
});

test("a deployment is answered as in TestAccAction 13, 14, 25 and 26", async () => {
  const { actions } = running.management;
  const code = "exports.onContinuePostLogin = async (event, api) => {};";
  const secrets = [{ name: "foo", value: "111111" }];
  const supported_triggers = [{ id: "post-login" as const, version: "v3" }];
  const { id = "" } = await actions.create({ name: "Test Action", code, secrets, supported_triggers });
  await buildAndDeploy(running.management, id);
  const version =
    "code dependencies id number secrets status created_at updated_at runtime supported_triggers deployed";
  for (const number of [2, 3]) {
    const answer = await actions.deploy(id);
    expect(Object.keys(answer).sort()).toEqual(`${version} action`.split(" ").sort());
    expect(Object.keys(answer.action ?? {}).sort()).toEqual(
      "id name supported_triggers created_at updated_at all_changes_deployed".split(" ").sort(),
    );
    expect(answer).toMatchObject({ deployed: false, number, status: "built", action: { all_changes_deployed: false } });
    // The SDK's type of an Action leaves out `current_version`.
    const { current_version, deployed_version } = (await actions.get(id)) as Record<string, object | undefined>;
    expect(Object.keys(deployed_version ?? {}).sort()).toEqual(`${version} built_at`.split(" ").sort());
    expect(deployed_version).toMatchObject({ id: answer.id, deployed: true, number });
    expect(Object.keys(current_version ?? {}).sort()).toEqual(
      "id code runtime status number build_time created_at updated_at".split(" ").sort(),
    );
  }
});
