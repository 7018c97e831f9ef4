// Which picture a login shows: each case of the table, on the pure function, the source's handler and the deployed
// bundle.
import { describe, expect, test } from "vitest";
import { choosePicture, isGenerated } from "../../../actions/user-picture/picture.ts";
import type { PictureEvent } from "../../../actions/user-picture/picture.ts";
import { cases, defaultUrl } from "./cases.ts";
import { bundleLogin, sourceLogin } from "./login.ts";

test.each(cases)("$name", async ({ settings, user, login, picture, rule }) => {
  const event = { user, ...login } as PictureEvent;
  expect(choosePicture(settings, event)).toEqual(picture === undefined ? undefined : { url: picture, rule });
  const calls = picture === undefined ? [] : [["idToken", "picture", picture]];
  expect(await sourceLogin(settings)(event)).toEqual({ result: undefined, calls });
  expect(await bundleLogin(settings)(event)).toEqual({ result: undefined, calls });
});

test.each(["false", 1, {}])("allowAnyHost %j is not true", async (allowAnyHost) => {
  const settings = { allowedUrlPrefixes: [], allowAnyHost: allowAnyHost as unknown as boolean };
  const user = { user_metadata: { picture: "https://anywhere.example/a.png" } };
  expect(choosePicture(settings, { user })).toBeUndefined();
  expect((await sourceLogin(settings)({ user })).calls).toEqual([]);
  expect((await bundleLogin(settings)({ user })).calls).toEqual([]);
});

describe("isGenerated", () => {
  test("takes only the two forms", () => {
    expect(isGenerated("https://cdn.auth0.com/avatars/jo.png")).toBe(true);
    expect(isGenerated(defaultUrl)).toBe(false);
  });
});
