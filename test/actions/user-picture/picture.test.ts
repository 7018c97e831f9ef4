// Which picture a login shows: each case of the table, on the pure function, the source's handler and the deployed
// bundle.
import { afterEach, describe, expect, test, vi } from "vitest";
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

describe("a picture that says until when it can be fetched", () => {
  afterEach(() => vi.useRealTimers());

  const settings = { allowedUrlPrefixes: [], defaultPictures: { general: defaultUrl } };
  const signed = "https://b.s3.amazonaws.com/a.png?X-Amz-Date=20300203T040506Z&X-Amz-Expires=60";
  test.each([
    ["https://media.licdn.com/dms/image/x/0?e=1900000000", 1_900_000_000_000],
    [signed, Date.UTC(2030, 1, 3, 4, 6, 6)],
  ])("is one until then: %s", (picture, end) => {
    vi.useFakeTimers({ now: end });
    expect(choosePicture(settings, { user: { picture } })).toBeUndefined();
    vi.setSystemTime(end + 1);
    expect(choosePicture(settings, { user: { picture } })).toEqual({ url: defaultUrl, rule: "default-picture" });
  });
});

describe("isGenerated", () => {
  test("takes only the two forms", () => {
    expect(isGenerated("https://cdn.auth0.com/avatars/jo.png")).toBe(true);
    expect(isGenerated(defaultUrl)).toBe(false);
  });
});
