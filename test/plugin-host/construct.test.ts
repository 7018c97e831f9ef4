// Components, made by the plugin's own process as the engine asks it to: what is refused ends alone and in a text for
// people, secrets keep their marks on the way in and out, and one provider has the stack's settings.
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { connectPlugin, output, reference, secret, signature } from "./plugin-client.ts";
import { pluginFolder, startPlugin } from "./plugin-process.ts";
import type { PluginFolder, PluginProcess } from "./plugin-process.ts";
import { startResourceMonitor } from "./resource-monitor.ts";
import type { ResourceMonitor } from "./resource-monitor.ts";

let monitor: ResourceMonitor;
let installed: PluginFolder;
let plugin: PluginProcess;
let client: ReturnType<typeof connectPlugin>;

beforeAll(async () => {
  // As the engine names the folder of a plugin of a Git repository, at a commit.
  installed = await pluginFolder("plugins/resource-git.example.org_acme_pictures.git_plugin-v0.0.0-x1a2b3c/plugin");
  // The proxy that leads to other machines, and never to the engine.
  plugin = await startPlugin(installed.folder, { environment: { http_proxy: "http://127.0.0.1:1" } });
});
afterAll(async () => {
  await plugin.close();
  await installed.remove();
});
// Each is a run of a program: they are told apart by the monitor's address.
beforeEach(async () => {
  monitor = await startResourceMonitor();
  client = connectPlugin(plugin.attach, monitor);
});
afterEach(() => {
  client.close();
  monitor.close();
});

const inputsOf = (type: string) => monitor.registered.filter((one) => one.type.endsWith(`:${type}`))[0]?.inputs;
const google = { connectionName: "google-oauth2", setUserRootAttributes: "on_first_login" };
const pictures = { pictureBaseUrl: "https://pictures.example.org/" };

describe("a component", () => {
  it("is refused for all that is wrong, under its own name, before anything of it is there", async () => {
    const wrong = { connectionName: "", setUserRootAttributes: "sometimes", connection_id: "con_1" };
    await expect(client.construct("ConnectionSync", "google", wrong)).rejects.toThrow(
      [
        'ConnectionSync "google" cannot be created:',
        '  - connectionName: "" was given; it must be a connection\'s name, such as google-oauth2.',
        '  - setUserRootAttributes: "sometimes" was given; allowed are on_first_login, on_each_login.',
        "  - connection_id: there is no such setting. There are connectionName, connectionId, setUserRootAttributes.",
      ].join("\n"),
    );
    expect(monitor.registered).toEqual([]);
    expect(plugin.takePrinted()).toBe("");
  });

  it("is refused for what is known late in the same words, and ends no other that is being made", async () => {
    let goOn = () => {};
    const later = new Promise<void>((done) => (goOn = done));
    monitor.hold = (name) => (name === "google-flag" ? later : undefined);
    const other = client.construct("ConnectionSync", "google", google);

    const action = { name: output({ value: 7 }), mirrors: { samlAttribute: output({ value: "", secret: true }) } };
    const refused = client.construct("UserPictures", "faces", { ...pictures, action });
    await expect(refused).rejects.toThrow(
      [
        '2 UNKNOWN: UserPictures "faces" cannot be created:',
        "  - action.mirrors.samlAttribute: a secret was given that is not allowed here; it is not shown.",
        "  - action.name: 7 was given; name the Action as people shall read it in Auth0's dashboard.",
      ].join("\n"),
    );
    expect(plugin.takePrinted()).toBe("");

    goOn();
    expect(await other).toEqual({ connectionId: "con_of_google-flag", setUserRootAttributes: "on_first_login" });
  });

  it("is refused late also where all of it is made by then", async () => {
    const providers = { auth0: "urn:pulumi:dev::project::pulumi:providers:auth0::other::id" };
    await client.construct("PictureAction", "faces", { allowAnyHost: true }, { providers });
    await expect(client.construct("PictureAction", "again", { allowAnyHost: true }, { providers })).rejects.toThrow(
      /^2 UNKNOWN: PictureAction "again" cannot be created:\n.*PictureAction "faces" of this program has the name/,
    );
  });

  it("is refused where there is none of its type, and where another language's null is all that it was given", async () => {
    await expect(client.construct("Connection", "google", google)).rejects.toThrow(
      /^2 UNKNOWN: auth0-user-pictures \S+ has no component of the type auth0-user-pictures:index:Connection\.$/,
    );
    await expect(client.construct("ConnectionSync", "google", { connectionName: null })).rejects.toThrow(
      /setUserRootAttributes: nothing was given.*\n.*connectionName: Neither/,
    );
  });

  it("ends with its own error where that is none of ours, and its stack is printed", async () => {
    monitor.hold = (name) => (name === "google-flag" ? Promise.reject(new Error("not now")) : undefined);
    await expect(client.construct("ConnectionSync", "google", google)).rejects.toThrow(
      /^2 UNKNOWN: failed to register new resource google-flag /,
    );
    expect(plugin.takePrinted()).toMatch(/failed to register new resource google-flag .*\n +at /s);
  });

  it("takes null for what is left out, a resource for its id, and what is not known yet", async () => {
    const urn = "urn:pulumi:dev::project::auth0:index/connection:Connection::google";
    const id = reference({ urn, id: "con_1" });
    await client.construct("ConnectionSync", "google", { ...google, connectionName: null, connectionId: id });
    expect(inputsOf("ConnectionSyncFlag")).toEqual({ connectionId: "con_1", setUserRootAttributes: "on_first_login" });

    await client.construct("PictureAction", "faces", { allowAnyHost: true, entry: null, name: output({}) });
    expect(inputsOf("ActionDeployment")).not.toHaveProperty("name");
  });
});

describe("secrets", () => {
  const planted = "planted-secret";
  /** Each of a component's arguments that may be one, at every depth, as the languages send them. */
  const cases: Record<string, [type: string, inputs: Record<string, unknown>, at: string[]]> = {
    "ConnectionSync, its name": [
      "ConnectionSync",
      { ...google, connectionName: secret(planted) },
      ["ConnectionSyncFlag"],
    ],
    "ConnectionSync, its id": [
      "ConnectionSync",
      { setUserRootAttributes: "on_first_login", connectionId: output({ value: planted, secret: true }) },
      ["ConnectionSyncFlag"],
    ],
    "PictureAction, its name and a prefix": [
      "PictureAction",
      {
        name: secret(`${planted} name`),
        allowedUrlPrefixes: [output({ value: `https://${planted}.example.org/`, secret: true })],
      },
      ["Action", "TriggerAction", "ActionDeployment"],
    ],
    "PictureAction, deep in plain containers": [
      "PictureAction",
      {
        allowAnyHost: true,
        mirrors: { idTokenClaim: secret(`https://example.org/${planted}`) },
        defaultPictures: {
          general: { url: secret(`https://example.org/${planted}.png`) },
          byConnection: { "google-oauth2": { url: output({ value: `https://e.org/${planted}.png`, secret: true }) } },
        },
      },
      ["Action"],
    ],
    "PictureStore, its bucket's tags and its domain": [
      "PictureStore",
      {
        defaultPictures: { general: { file: "assets/default-picture.png" } },
        tags: { owner: secret(planted) },
        kmsMasterKeyId: secret(`arn:aws:kms:us-east-1:123456789012:key/${planted}`),
      },
      ["PictureStore"],
    ],
    "UserPictures, in its parts' arguments": [
      "UserPictures",
      { ...pictures, action: { name: secret(planted), mirrors: { samlAttribute: secret(planted) } } },
      ["UserPictures", "PictureAction", "Action"],
    ],
  };

  it.each(Object.keys(cases))("stay secrets in what is registered: %s", async (name) => {
    const [type, inputs, at] = cases[name] ?? ["", {}, []];
    const state = await client.construct(type, "secret", inputs);
    for (const one of at) expect(JSON.stringify(inputsOf(one))).toContain(planted);
    const everything = { state, registered: monitor.registered.map((one) => one.inputs) };
    expect(JSON.stringify(withoutSecrets(everything))).not.toContain(planted);
    expect(plugin.takePrinted()).not.toContain(planted);
  });

  it("stay secrets in what a component gives back", async () => {
    const attribute = output({ value: "on_first_login", secret: true });
    const state = await client.construct("ConnectionSync", "google", { ...google, setUserRootAttributes: attribute });
    expect(state["setUserRootAttributes"]).toEqual(secret("on_first_login"));
  });

  it("are not said where they are refused", async () => {
    const action = { name: secret({ planted }) };
    const refused = client.construct("UserPictures", "faces", { ...pictures, action });
    await expect(refused).rejects.toThrow(
      /action\.name: a secret was given that is not allowed here; it is not shown\./,
    );
    await expect(refused).rejects.not.toThrow(planted);
  });
});

describe("the stack's settings", () => {
  const config = { "auth0:domain": "example.eu.auth0.com", "auth0:clientId": "id", "auth0:clientSecret": "planted" };
  const settingsOf = () => monitor.registered.filter(({ type }) => type === "pulumi:providers:auth0-user-pictures");

  it("are in one provider for all that is declared under the stack, all of them secrets", async () => {
    const connections = { facebook: "on_first_login", github: "on_each_login" };
    await Promise.all([
      client.construct("UserPictures", "faces", { ...pictures, connections }, { config }),
      client.construct("ConnectionSync", "google", google, { config }),
    ]);

    expect(settingsOf()).toMatchObject([
      {
        name: "auth0-user-pictures-settings",
        inputs: { domain: secret("example.eu.auth0.com"), clientId: secret("id"), clientSecret: secret("planted") },
      },
    ]);
    const users = monitor.registered.filter(({ provider }) => provider.includes("::auth0-user-pictures-settings::"));
    expect(users.map(({ name }) => name).sort()).toEqual([
      ...["faces-action-deployment", "faces-facebook-flag", "faces-github-flag", "google-flag"],
    ]);
  });

  it("are in one for all that is declared under a component, named after it", async () => {
    const parent = "urn:pulumi:dev::project::acme:index:Login::login::one";
    const connections = ["google-oauth2", "facebook"].map((connectionName) =>
      client.construct("ConnectionSync", connectionName, { ...google, connectionName }, { config, parent }),
    );
    await Promise.all(connections);
    expect(settingsOf().map(({ name }) => name)).toEqual(["login::one-auth0-user-pictures-settings"]);
  });

  it("are of the plugin that this process is, as the engine finds it again", async () => {
    await client.construct("ConnectionSync", "google", google, { config });
    const own = monitor.registered.filter(({ type }) => /user-pictures$|Flag$/.test(type));
    expect(own.map(({ version, pluginDownloadUrl }) => [version, pluginDownloadUrl])).toEqual(
      Array(2).fill(["0.0.0-x1a2b3c", "git://git.example.org/acme/pictures.git/plugin"]),
    );
  });

  it("are in none where an auth0 provider is given, and what needs them is refused", async () => {
    const providers = { auth0: "urn:pulumi:dev::project::pulumi:providers:auth0::other::id" };
    await client.construct("PictureAction", "faces", { allowAnyHost: true }, { config, providers });
    expect(settingsOf()).toEqual([]);
    await expect(client.construct("ConnectionSync", "google", google, { config, providers })).rejects.toThrow(
      /^2 UNKNOWN: ConnectionSync "google" cannot be created:\n.*an auth0 provider of its own was given/,
    );
  });

  it("do not come from a provider of this package that a program gives, whose process has one of its own", async () => {
    const urn = "urn:pulumi:dev::project::pulumi:providers:auth0-user-pictures::given::id";
    await client.construct("ConnectionSync", "google", google, { config, providers: { "auth0-user-pictures": urn } });
    expect(settingsOf().map(({ name }) => name)).toEqual(["google-settings"]);
    expect(monitor.registered.at(-1)?.provider).toContain("google-settings");
  });
});

/** Without all that is marked. */
function withoutSecrets(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutSecrets);
  if (typeof value !== "object" || value === null) return value;
  const special = value as Record<string, unknown>;
  if (special[signature] === secret("")[signature] || special["secret"] === true) return undefined;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, withoutSecrets(inner)]));
}
