// Default pictures have one shape, wherever they are given: what is refused of them, and that it is refused everywhere.
import { describe, expect, it } from "vitest";
import { bundleAction } from "../../actions/bundle/bundle.ts";
import { refusalText } from "../../actions/bundle/schema.ts";
import type { Refusal } from "../../actions/bundle/schema.ts";
import type { DefaultPicturesArgs } from "../../components/default-picture-args.ts";
import { PictureAction, validatePictureAction } from "../../components/picture-action/picture-action.ts";
import { validatePictureStore } from "../../components/picture-store/validate.ts";
import { UserPictures } from "../../components/user-pictures.ts";
import { validateUserPictures } from "../../components/user-pictures-args.ts";
import { mockEngine } from "./mock-engine.ts";

const engine = mockEngine();
const pictureBaseUrl = "https://cdn.example.org/";
const general = { url: `${pictureBaseUrl}general.png` };
const file = "assets/default-picture.png";

/** What takes default pictures, and what each refuses of them. */
const takers: Readonly<Record<string, (defaultPictures: DefaultPicturesArgs) => readonly Refusal[]>> = {
  "UserPictures with a store": (defaultPictures) => validateUserPictures("it", { store: {}, defaultPictures }).refusals,
  "UserPictures without one": (defaultPictures) =>
    validateUserPictures("it", { pictureBaseUrl, defaultPictures }).refusals,
  PictureAction: (defaultPictures) => validatePictureAction("it", { defaultPictures }).refusals,
  PictureStore: (defaultPictures) => validatePictureStore("it", { defaultPictures }).refusals,
};
const withStore = ["UserPictures with a store", "PictureStore"];

/** As JSON has them: not checked by the compiler. */
const parsed = (json: string) => JSON.parse(json) as DefaultPicturesArgs;

describe.each(Object.entries(takers))("the default pictures of %s", (taker, refusalsOf) => {
  it.each<[string, DefaultPicturesArgs]>([
    ["a general one", { general }],
    ["those by name", { general, byConnection: { "acme-saml": general }, byOrganization: { acme: general } }],
    ["no names", { general, byConnection: {}, byOrganization: {}, allowSvg: false }],
    [
      "names that every object has",
      { general, byConnection: { constructor: general, toString: general }, byOrganization: { constructor: general } },
    ],
  ])("may be %s", (_, defaultPictures) => {
    expect(refusalsOf(defaultPictures)).toEqual([]);
  });

  it.each<[string, DefaultPicturesArgs, string[]]>([
    [
      "others without a general one",
      { byConnection: { "acme-saml": general } },
      ["defaultPictures.general: nothing was given, and who has no default picture of their own needs one: set it."],
    ],
    [
      "others without a general one, by organization",
      { byOrganization: { acme: general } },
      ["defaultPictures.general: nothing was given, and who has no default picture of their own needs one: set it."],
    ],
    [
      "neither a file nor a URL",
      { general: {}, byConnection: { "acme-saml": {} } },
      ["general", "byConnection.acme-saml"].map(
        (at) => `defaultPictures.${at}: no default picture was given; write { "file": "…" } or { "url": "https://…" }.`,
      ),
    ],
    [
      "what is no object",
      parsed('{ "general": "face.png", "byConnection": ["face.png"], "byOrganization": { "acme": null } }'),
      [
        'defaultPictures.general: "face.png" was given; write { "file": "…" } or { "url": "https://…" }.',
        'defaultPictures.byConnection: ["face.png"] was given; it must be an object of default pictures by name, ' +
          '{ "name": { "url": "https://…" } }.',
        'defaultPictures.byOrganization.acme: nothing was given; write { "file": "…" } or { "url": "https://…" }.',
      ],
    ],
    [
      "a switch that is none",
      parsed(`{ "general": { "url": "${general.url}" }, "allowSvg": "no" }`),
      ['defaultPictures.allowSvg: "no" was given; it must be true or false.'],
    ],
    [
      "names that Auth0 does not have",
      parsed(`{
        "general": { "url": "${general.url}" },
        "byConnection": { "__proto__": { "url": "${general.url}" }, "a b": { "url": "${general.url}" } },
        "byOrganization": { "__proto__": { "url": "${general.url}" }, "toString": { "url": "${general.url}" } }
      }`),
      [
        ...["byConnection.__proto__", 'byConnection["a b"]'].map(
          (at) =>
            `defaultPictures.${at}: this is no connection's name: it has letters, digits and single hyphens between ` +
            "them, at most 128 characters.",
        ),
        ...["byOrganization.__proto__", "byOrganization.toString"].map(
          (at) =>
            `defaultPictures.${at}: this is no organization's name: it has lower-case letters, digits, "-" and "_", ` +
            "at most 50 characters. Write its name, not its display name or its id.",
        ),
      ],
    ],
  ])("may not be %s", (_, defaultPictures, refusals) => {
    expect(refusalsOf(defaultPictures).map(refusalText)).toEqual(refusals);
  });

  it("have no other keys, at no level, and every one is named", () => {
    const stray = '"constructor": 1, "toString": 2, "__proto__": 3, "stray": 4';
    const url = `"url": "${general.url}", ${stray}`;
    const defaultPictures = parsed(
      `{ "general": { ${url} }, "byConnection": { "c": { ${url} } }, "byOrganization": { "o": { ${url} } }, ${stray} }`,
    );
    const places = [["general"], ["byConnection", "c"], ["byOrganization", "o"], []];

    expect(refusalsOf(defaultPictures)).toEqual(
      places.flatMap((place) =>
        ["constructor", "toString", "__proto__", "stray"].map((name) => ({
          path: ["defaultPictures", ...place, name],
          message:
            place.length === 0
              ? "there is no such setting. There are general, byConnection, byOrganization, allowSvg."
              : "there is no such setting. There are file, url.",
        })),
      ),
    );
  });

  it("are a file or a URL, not both", () => {
    const both = { ...general, file };
    const refused = ["general", "byConnection.acme", "byOrganization.acme"];
    const given = { general: both, byConnection: { acme: both }, byOrganization: { acme: both } };
    const texts = refusalsOf(given).map(refusalText);

    expect(texts.filter((text) => text.includes("too"))).toEqual(
      refused.map((at) => `defaultPictures.${at}.file: a url was given too; set one of them.`),
    );
    expect(texts).toHaveLength(withStore.includes(taker) ? 3 : 6);
  });

  it("are files only where a store keeps them", () => {
    const args = { general: { file }, byConnection: { acme: { file } }, byOrganization: { acme: { file } } };
    const why = taker === "PictureAction" ? "a PictureAction has none" : "there is no store";
    const refusals = ["general", "byConnection.acme", "byOrganization.acme"].map(
      (at) =>
        `defaultPictures.${at}.file: a file is kept in a picture store, and ${why}. ` +
        `Write { "url": "https://…" } of a picture that is served elsewhere.`,
    );

    expect(refusalsOf(args).map(refusalText)).toEqual(withStore.includes(taker) ? [] : refusals);
  });
});

it("default pictures that are no object are refused, whatever they are", () => {
  for (const [taker, refusalsOf] of Object.entries(takers))
    for (const given of [null, "face.png", 7, [], true]) {
      const texts = refusalsOf(given as unknown as DefaultPicturesArgs).map(refusalText);
      const shown = given === null ? "nothing" : JSON.stringify(given);
      expect([taker, texts]).toEqual([
        taker,
        [
          `defaultPictures: ${shown} was given; ` +
            "it must be an object with general, byConnection, byOrganization, allowSvg.",
        ],
      ]);
    }
});

it("default pictures elsewhere are compiled in as they are, with a store and without", async () => {
  const defaultPictures = {
    general,
    byConnection: { constructor: { url: `${pictureBaseUrl}c.png` } },
    byOrganization: { acme: { url: `${pictureBaseUrl}a.png` } },
  };
  const urls = {
    general: general.url,
    byConnection: { constructor: `${pictureBaseUrl}c.png` },
    byOrganization: { acme: `${pictureBaseUrl}a.png` },
  };
  const codeFor = (...allowedUrlPrefixes: string[]) => bundleAction({ allowedUrlPrefixes, defaultPictures: urls });
  new UserPictures("stored", { store: {}, defaultPictures }, engine.recorded);
  new UserPictures("elsewhere", { pictureBaseUrl, defaultPictures, action: { name: "Elsewhere" } }, engine.recorded);
  new PictureAction("alone", { defaultPictures, name: "Alone" }, engine.recorded);
  const actions = (await engine.registered()).filter(({ type }) => type === "auth0:index/action:Action");

  const distribution = "https://d111111abcdef8.cloudfront.net/";
  expect(actions.map(({ inputs }) => inputs["code"])).toEqual([
    codeFor(`${distribution}d/`, `${distribution}u/`),
    codeFor(pictureBaseUrl),
    codeFor(),
  ]);
});
