// The handler: where the chosen picture goes, and that a login never fails because of it.
import { describe, expect, test } from "vitest";
import { DefaultPictureMode } from "../../../actions/user-picture/picture.ts";
import type { PictureSettings } from "../../../actions/user-picture/picture.ts";
import { bundleAction } from "../../../actions/bundle/bundle.ts";
import { loadAction } from "../../../actions/testing/load-action.ts";
import { defaultUrl, generatedGravatar } from "./cases.ts";
import { bundleLogin, sourceLogin } from "./login.ts";

const settings: PictureSettings = {
  allowedUrlPrefixes: ["https://pictures.example.org/u/"],
  mode: DefaultPictureMode.Generated,
  defaultPictures: { general: defaultUrl },
};
const idTokenClaim = "https://example.org/picture";
const accessTokenClaim = "https://api.example.org/picture";
const samlAttribute = "http://schemas.auth0.com/picture";
const allMirrors: PictureSettings = { ...settings, mirrors: { idTokenClaim, accessTokenClaim, samlAttribute } };
const picture = ["idToken", "picture", defaultUrl];

describe.each([
  ["source", sourceLogin],
  ["bundle", bundleLogin],
])("%s", (_, login) => {
  test.each([
    ["no mirrors", settings, "samlp", [picture]],
    [
      "a namespaced claim",
      { ...settings, mirrors: { idTokenClaim } },
      "samlp",
      [picture, ["idToken", idTokenClaim, defaultUrl]],
    ],
    [
      "the access token",
      { ...settings, mirrors: { accessTokenClaim: "picture" } },
      "oidc-basic-profile",
      [picture, ["accessToken", "picture", defaultUrl]],
    ],
    ...["samlp", "wsfed"].map(
      (protocol) =>
        [
          `the attribute, ${protocol}`,
          { ...settings, mirrors: { samlAttribute } },
          protocol,
          [picture, ["samlResponse", samlAttribute, defaultUrl]],
        ] as const,
    ),
    ...[
      "oidc-basic-profile",
      "oauth2-refresh-token",
      "wstrust-usernamemixed",
      "SAMLP",
      undefined,
      null,
      7,
      ["samlp"],
    ].map(
      (protocol) =>
        [
          `no attribute, ${String(protocol)}`,
          { ...settings, mirrors: { samlAttribute } },
          protocol,
          [picture],
        ] as const,
    ),
    [
      "all mirrors",
      allMirrors,
      "samlp",
      [
        picture,
        ["idToken", idTokenClaim, defaultUrl],
        ["accessToken", accessTokenClaim, defaultUrl],
        ["samlResponse", samlAttribute, defaultUrl],
      ],
    ],
  ] as const)("mirrors: %s", async (_name, mirrored: PictureSettings, protocol, calls) => {
    expect((await login(mirrored)({ user: {}, transaction: { protocol } })).calls).toEqual(calls);
  });

  test("mirrors nothing where Auth0's own claim stands", async () => {
    const event = { user: { picture: "https://lh3.googleusercontent.com/a/x" }, transaction: { protocol: "samlp" } };
    expect((await login(allMirrors)(event)).calls).toEqual([]);
  });

  const failing = {
    get protocol(): never {
      throw new Error("cannot be read");
    },
    get picture(): never {
      throw new Error("cannot be read");
    },
  };
  test.each([
    ["no event", undefined],
    ["an event that is null", null],
    ["metadata that throws", { user: { picture: generatedGravatar, user_metadata: failing } }],
    ["a picture that throws", { user: failing }],
    ["a protocol that throws, although the picture is known", { user: {}, transaction: failing }],
    ["identities that throw", { user: { identities: [{ profileData: failing }] } }],
  ])("writes nothing at all for %s", async (_name, event) => {
    const outcome = await login({ ...allMirrors, linkedIdentityPicture: true })(event);
    expect(outcome).toEqual({ result: undefined, calls: [] });
  });

  test.each([
    ["no user", {}],
    ["a user that is null", { user: null }],
    ["a user that is a string", { user: "auth0|1" }],
    ["no transaction", { user: {} }],
  ])("gives the default picture to %s", async (_name, event) => {
    expect((await login(settings)(event)).calls).toEqual([picture]);
  });
});

test("an API that throws fails no login, and what was written before is the same picture", async () => {
  const written: string[] = [];
  const api = {
    idToken: {
      setCustomClaim: (name: string, value: string) => {
        if (name !== "picture") throw new Error("refused");
        written.push(value);
      },
    },
  };
  const action = loadAction(bundleAction(allMirrors));
  expect(await action.onExecutePostLogin({ user: {} }, api)).toBeUndefined();
  expect(await action.onExecutePostLogin({ user: {} }, undefined)).toBeUndefined();
  expect(written).toEqual([defaultUrl]);
});

test("a polluted prototype switches nothing on", async () => {
  const code = bundleAction({ allowedUrlPrefixes: [] });
  const pollution = `Object.assign(Object.prototype, { allowAnyHost: true, linkedIdentityPicture: true,
    mode: "everyone", defaultPictures: { general: "https://evil.example/d.png" }, general: "https://evil.example/d.png",
    idTokenClaim: "a", accessTokenClaim: "b", samlAttribute: "c" });`;
  const action = loadAction(`${pollution}\n${code}`);
  const calls: unknown[] = [];
  const set = (...args: unknown[]): void => void calls.push(args);
  const api = {
    idToken: { setCustomClaim: set },
    accessToken: { setCustomClaim: set },
    samlResponse: { setAttribute: set },
  };
  const evil = "https://evil.example/a.png";
  const user = { user_metadata: { picture: evil }, identities: [{ profileData: { picture: evil } }] };
  await action.onExecutePostLogin(action.parse(JSON.stringify({ user, transaction: { protocol: "samlp" } })), api);
  expect(calls).toEqual([]);
});

test("a polluted prototype gives a name no picture", async () => {
  const byConnection = { other: "https://pictures.example.org/d/other.png" };
  const code = bundleAction({ ...settings, defaultPictures: { general: defaultUrl, byConnection } });
  const pollution = `Object.assign(Object.prototype, { acme: "https://evil.example/d.png" });`;
  const action = loadAction(`${pollution}\n${code}`);
  const calls: unknown[] = [];
  const api = { idToken: { setCustomClaim: (...args: unknown[]) => void calls.push(args) } };
  const event = { user: {}, connection: { name: "acme" }, organization: { name: "acme" } };
  await action.onExecutePostLogin(action.parse(JSON.stringify(event)), api);
  expect(calls).toEqual([["picture", defaultUrl]]);
});
