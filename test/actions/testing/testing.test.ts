// The test kit, used as a team would use it, and the command that prints the code.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { bundleAction } from "../../../actions/bundle/bundle.ts";
import { recordingApi } from "../../../actions/testing/recording-api.ts";
import { loadAction } from "../../../actions/testing/load-action.ts";
import { events, simulateLogin } from "../../../actions/testing/testing.ts";
import { PictureSettingsError } from "../../../actions/bundle/picture-settings.ts";
import { isGenerated } from "../../../actions/user-picture/picture.ts";
import type { DefaultPictureUrls, PictureSettings } from "../../../actions/user-picture/picture.ts";

const defaultUrl = "https://pictures.example.org/d/user.png";
const samlAttribute = "http://schemas.auth0.com/picture";
const settings: PictureSettings = {
  allowedUrlPrefixes: ["https://pictures.example.org/u/"],
  linkedIdentityPicture: true,
  mode: "generated",
  defaultPictures: { general: defaultUrl },
  mirrors: { samlAttribute },
};

describe("simulateLogin", () => {
  test.each([
    ["databaseUser", defaultUrl],
    ["userWithoutPicture", defaultUrl],
    ["smsUser", defaultUrl],
    ["googleUser", undefined],
    ["gravatarUser", undefined],
    ["linkedUser", "https://lh3.googleusercontent.com/a/linked-ana=s96-c"],
    ["samlLogin", defaultUrl],
    ["wsFederationLogin", defaultUrl],
  ] as const)("%s", async (name, picture) => {
    const login = await simulateLogin(settings, events[name]());
    expect(login.idToken).toEqual(picture === undefined ? {} : { picture });
    const isSaml = name === "samlLogin" || name === "wsFederationLogin";
    expect(login.samlResponse).toEqual(isSaml ? { [samlAttribute]: defaultUrl } : {});
    expect(login).toMatchObject({ accessToken: {}, logs: [] });
    expect(login.denied).toBeUndefined();
  });

  test("organizationLogin, with the organization's, the connection's and the general default picture", async () => {
    const byConnection = { "acme-saml": "https://pictures.example.org/d/saml.png" };
    const byOrganization = { acme: "https://pictures.example.org/d/acme.png" };
    const pictureOf = async (defaultPictures: DefaultPictureUrls) =>
      (await simulateLogin({ ...settings, defaultPictures }, events.organizationLogin())).idToken.picture;

    expect(await pictureOf({ general: defaultUrl, byConnection, byOrganization })).toBe(byOrganization.acme);
    expect(await pictureOf({ general: defaultUrl, byConnection })).toBe(byConnection["acme-saml"]);
    expect(await pictureOf({ general: defaultUrl })).toBe(defaultUrl);
  });

  test("takes the fields of the user that differ", async () => {
    const hostile = events.googleUser({ user_metadata: { picture: "https://evil.example/x.png" } });
    expect((await simulateLogin(settings, hostile)).idToken.picture).toBeUndefined();
    const own = "https://pictures.example.org/u/me.png";
    expect(
      (await simulateLogin(settings, events.googleUser({ user_metadata: { picture: own } }))).idToken.picture,
    ).toBe(own);
  });

  test("has fixtures of Auth0's two generated forms", () => {
    const picture = (event: object) => (event as { user: { picture?: string } }).user.picture ?? "";
    expect(
      Object.entries(events)
        .filter(([, event]) => isGenerated(picture(event())))
        .map(([name]) => name),
    ).toEqual(["databaseUser", "smsUser", "linkedUser", "samlLogin", "wsFederationLogin"]);
  });

  test("reports what an Action of one's own logs, and lets its error through", async () => {
    const folder = mkdtempSync(join(tmpdir(), "own-action-"));
    try {
      const entry = join(folder, "loud.ts");
      writeFileSync(
        entry,
        `export const onExecutePostLogin = async (event: any) => { console.log("hello", 7); event.user.nothing.here; };`,
      );
      await expect(simulateLogin(settings, events.databaseUser(), { entry })).rejects.toThrow(/nothing|undefined/);
      writeFileSync(
        entry,
        `export const onExecutePostLogin = async () => { console.log("hello", 7); console.warn("x"); };`,
      );
      expect((await simulateLogin(settings, events.databaseUser(), { entry })).logs).toEqual(["hello 7", "x"]);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  test("runs an Action of one's own among Node's globals, on all of Auth0's api, without environment and network", async () => {
    const entry = join(import.meta.dirname, "../fixture/own-policy.ts");
    const { idToken, accessToken, denied, calls, logs } = await simulateLogin(settings, events.databaseUser(), {
      entry,
    });
    expect({ idToken, accessToken, denied }).toEqual({
      idToken: { picture: defaultUrl },
      accessToken: { picture: defaultUrl },
      denied: undefined,
    });
    const token = 'not-signed.{"user":"auth0|62f1a2b3c4d5e6f7a8b9c0d1"}';
    expect(calls.filter(({ method }) => !method.startsWith("cache."))).toEqual([
      { method: "idToken.setCustomClaim", args: ["picture", defaultUrl] },
      { method: "accessToken.setCustomClaim", args: ["picture", defaultUrl] },
      { method: "accessToken.addScope", args: ["avatar"] },
      { method: "user.setAppMetadata", args: ["plan", "free"] },
      { method: "redirect.encodeToken", args: [{ secret: "s", payload: { user: "auth0|62f1a2b3c4d5e6f7a8b9c0d1" } }] },
      { method: "redirect.canRedirect", args: [] },
      { method: "rules.wasExecuted", args: ["r"] },
      { method: "redirect.sendUserTo", args: ["https://example.org/crop", { query: { token } }] },
    ]);
    const noNetwork = /^true TypeError: fetch\(https:\/\/api\.example\.org\/\): a simulated login has no network\n/;
    expect(logs).toEqual([
      "auth0 { linked: true }",
      "seen 0, then 1",
      "success error undefined",
      "true c3a9 { bytes: Uint8Array(2) [ 195, 169 ] }",
      "a=b+c 36 []",
      expect.stringMatching(/logins.*from[^]*1.*'203\.0\.113\.7'/),
      expect.stringMatching(noNetwork),
      expect.stringMatching(noNetwork),
      "undefined undefined undefined",
    ]);
    const off = { ...events.databaseUser(), client: { client_id: "c", name: "Shop", metadata: { pictures: "off" } } };
    expect((await simulateLogin(settings, off, { entry })).denied).toBe("Shop shows no pictures");
  });

  test("tells an Action of one's own that no redirect brought it here", () => {
    const { api, record } = recordingApi();
    expect(() => api.redirect.validateToken({ secret: "s" })).toThrow(/does not come back from a redirect/);
    expect(record.calls).toEqual([{ method: "redirect.validateToken", args: [{ secret: "s" }] }]);
  });

  test("has the encryption of a SAML response, which Auth0 documents on another page", () => {
    const { api, record } = recordingApi();
    api.samlResponse.setEncryptionAlgorithm("aes256-gcm");
    expect(record.calls).toEqual([{ method: "samlResponse.setEncryptionAlgorithm", args: ["aes256-gcm"] }]);
  });

  test("runs ours where there is nothing but the language, URL and console", async () => {
    const names = [
      "process",
      "require",
      "fetch",
      "Buffer",
      "setTimeout",
      "globalThis.process",
      "URL",
      "console.log",
      "module.exports",
    ];
    const code = `exports.onExecutePostLogin = async () => [${names.map((name) => `typeof ${name}`).join(", ")}].join();`;
    expect(await loadAction(code, { log: () => undefined }).onExecutePostLogin({}, {})).toBe(
      "undefined,undefined,undefined,undefined,undefined,undefined,function,function,object",
    );
    const dynamic = loadAction('exports.onExecutePostLogin = async () => eval("1");');
    await expect(dynamic.onExecutePostLogin({}, {})).rejects.toThrow(/code generation/i);
  });

  test("refuses settings that could not be deployed", async () => {
    const wrong = { ...settings, allowedUrlPrefixes: ["https://pictures.example.org", "http://a.example/"] };
    await expect(simulateLogin(wrong, events.databaseUser())).rejects.toThrow(PictureSettingsError);
    await expect(simulateLogin(wrong, events.databaseUser())).rejects.toThrow(
      /^allowedUrlPrefixes\[0\].*\nallowedUrlPrefixes\[1\].*$/,
    );
  });
});

describe("the command that prints the code", () => {
  const print = (...args: string[]) =>
    spawnSync(process.execPath, [resolve(import.meta.dirname, "../../../sandbox/print-action.ts"), ...args], {
      encoding: "utf8",
    });
  const folder = mkdtempSync(join(tmpdir(), "settings-"));
  afterAll(() => {
    rmSync(folder, { recursive: true });
  });
  const file = (text: string): string => {
    const path = join(folder, "settings.json");
    writeFileSync(path, text);
    return path;
  };

  test("prints exactly the bundle", () => {
    const { status, stdout, stderr } = print("--settings", file(JSON.stringify(settings)));
    expect({ status, stdout, stderr }).toEqual({ status: 0, stdout: bundleAction(settings), stderr: "" });
  });

  test("takes a file that begins with a byte order mark", () => {
    const { status, stdout, stderr } = print("--settings", file(`\uFEFF${JSON.stringify(settings)}`));
    expect({ status, stdout, stderr }).toEqual({ status: 0, stdout: bundleAction(settings), stderr: "" });
  });

  test("prints the code of an Action of one's own", () => {
    const entry = join(import.meta.dirname, "../fixture/own-policy.ts");
    const { status, stdout } = print("--settings", file(JSON.stringify(settings)), "--entry", entry);
    expect({ status, stdout }).toEqual({ status: 0, stdout: bundleAction(settings, { entry }) });
  });

  test("--help prints its options", () => {
    const { status, stdout, stderr } = print("--help");
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    expect(stdout).toMatch(
      /^Usage: npm run --silent action \[-- OPTIONS\]\n[^]*--folder[^]*--settings[^]*--entry[^]*--help/,
    );
  });

  test("prints the dev stack's code, with a placeholder for the store of a stack that is not deployed", () => {
    const { status, stdout, stderr } = print("--folder", join(folder, "no-sandbox"));
    expect({ status, stderr }).toEqual({
      status: 0,
      stderr: "The dev stack is not deployed: https://not-known-yet.example/ stands for its picture store.\n",
    });
    const bytes = readFileSync(resolve(import.meta.dirname, "../../../assets/default-picture.png"));
    const url = `https://not-known-yet.example/d/${createHash("sha256").update(bytes).digest("hex")}.png`;
    expect(stdout).toBe(
      bundleAction({
        allowedUrlPrefixes: ["https://not-known-yet.example/d/", "https://not-known-yet.example/u/"],
        mode: "generated",
        defaultPictures: { general: url },
      }),
    );
  });

  test.each([
    [
      "wrong settings",
      '{ "allowedUrlPrefixes": ["http://a.example/"], "x": 1 }',
      /: allowedUrlPrefixes\[0\]: .*\n.*: x: there is no such setting\. .*\n$/,
    ],
    ["no JSON", "{", /settings\.json: .*JSON.*\n$/],
  ])("fails for %s", (_, text, message) => {
    const { status, stdout, stderr } = print("--settings", file(text));
    expect({ status, stdout }).toEqual({ status: 1, stdout: "" });
    expect(stderr).toMatch(message);
    expect(stderr).not.toContain("    at ");
  });

  test("fails for a file that is not there and for an option that there is not", () => {
    expect(print("--settings", join(folder, "none.json"))).toMatchObject({ status: 1, stdout: "" });
    const { status, stdout, stderr } = print("--setings", "x");
    expect({ status, stdout }).toEqual({ status: 1, stdout: "" });
    expect(stderr).toMatch(/^Unknown option '--setings'.*\n\nUsage: /);
    const entryAlone = print("--entry", "x.ts");
    expect(entryAlone).toMatchObject({ status: 1, stdout: "" });
    expect(entryAlone.stderr).toMatch(/^--entry needs --settings\n\nUsage: /);
    const noEntry = print("--settings", file(JSON.stringify(settings)), "--entry", "none.ts");
    expect(noEntry).toMatchObject({
      status: 1,
      stdout: "",
      stderr: expect.stringContaining("none.ts: no such file") as string,
    });
  });
});
