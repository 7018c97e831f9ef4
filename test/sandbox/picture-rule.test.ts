// The rule that `npm start` and the demo name for a picture, concluded from the picture alone.
import { describe, expect, it } from "vitest";
import { metadataPictureOf, ruleOf } from "../../sandbox/picture-rule.ts";
import type { Rule, UserPictureSources } from "../../sandbox/picture-rule.ts";

const store = "https://d111111abcdef8.cloudfront.net/";
const stack = { defaultPictureUrl: `${store}d/default.png`, settings: { mode: "gravatar-fallback" as const } };
const google = "https://lh3.googleusercontent.com/a/linus";
const none: UserPictureSources = { metadataPicture: null, rootPicture: null };
const gravatar = `https://s.gravatar.com/avatar/0?d=${encodeURIComponent(stack.defaultPictureUrl)}`;

describe("the rule", () => {
  it.each<[string | null, Partial<UserPictureSources>, Rule]>([
    [null, {}, "none"],
    [`${store}u/a.png`, { metadataPicture: `${store}u/a.png` }, "metadata"],
    // The Action sets the URL's normal form.
    [`${store}u/a.png`, { metadataPicture: ` ${store.toUpperCase()}u/x/../a.png ` }, "metadata"],
    [stack.defaultPictureUrl, { metadataPicture: "javascript:alert(1)" }, "default (gravatar-fallback)"],
    [gravatar, { rootPicture: gravatar }, "default (gravatar-fallback)"],
    [google, { rootPicture: google }, "Auth0's own"],
    [google, { metadataPicture: "no URL", rootPicture: null }, "unknown"],
  ])("for %s and %j is %s", (picture, sources, rule) => {
    expect(ruleOf(picture, { ...none, ...sources }, stack)).toBe(rule);
  });

  it("is generated where the settings name no mode", () => {
    expect(ruleOf(stack.defaultPictureUrl, none, { ...stack, settings: {} })).toBe("default (generated)");
  });

  it("looks at user_metadata.picture only where it is a text", () => {
    expect(metadataPictureOf({ user_metadata: { picture: google } })).toBe(google);
    expect(metadataPictureOf({ user_metadata: { picture: 1 } })).toBeNull();
    expect(metadataPictureOf({})).toBeNull();
  });
});
