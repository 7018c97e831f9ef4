// What a login shows by the Action's own choice, and that the words for what it hides agree with it.
import fc from "fast-check";
import { expect, it } from "vitest";
import { hiddenReason, shownPicture } from "../../../cli/tenant/shown-picture.ts";
import type { TenantUser } from "../../../cli/tenant/users-api.ts";
import type { PictureSettings } from "../../../actions/user-picture/picture.ts";

const settings: PictureSettings = {
  allowedUrlPrefixes: ["https://pictures.example.org/u/"],
  linkedIdentityPicture: true,
  defaultPictures: {
    general: "https://pictures.example.org/d/general.png",
    byConnection: { users: "https://pictures.example.org/d/users.png" },
    byOrganization: { acme: "https://pictures.example.org/d/acme.png" },
  },
};
const own = "https://pictures.example.org/u/a.webp";
const google = "https://lh3.googleusercontent.com/a/1=s96-c";
const identity = { connection: "users", provider: "auth0", user_id: "1" };
const user = (more: Partial<TenantUser>): TenantUser => ({ user_id: "auth0|1", identities: [identity], ...more });

it("shows what the Action chooses, for the connection and the organization of the login", () => {
  const linked = { ...identity, connection: "google-oauth2", profileData: { picture: google } };
  expect(shownPicture(settings, user({ user_metadata: { picture: ` ${own} ` } }))).toEqual({
    ...{ origin: "user-metadata", url: own },
  });
  expect(shownPicture(settings, user({ identities: [identity, linked] }))).toEqual({
    ...{ origin: "linked-identity", url: google },
  });
  expect(shownPicture(settings, user({ picture: google }))).toEqual({ origin: "root", url: google });
  const defaultOf = (login: Parameters<typeof shownPicture>[2]) => shownPicture(settings, user({}), login).url;
  expect(defaultOf({})).toBe("https://pictures.example.org/d/users.png");
  expect(defaultOf({ connection: "another" })).toBe("https://pictures.example.org/d/general.png");
  expect(defaultOf({ organization: "acme" })).toBe("https://pictures.example.org/d/acme.png");
});

it("shows the profile's own where no Action is", () => {
  expect(shownPicture(undefined, user({ picture: google, user_metadata: { picture: own } }))).toEqual({
    ...{ origin: "root", url: google },
  });
  for (const picture of [undefined, null, "", " ", 7, {}])
    expect(shownPicture(undefined, user({ picture }))).toEqual({ origin: "none", url: undefined });
});

it("has a reason exactly for what is set and not shown", () => {
  const part = fc.constantFrom(
    ...[
      "https://",
      "http://",
      "data:",
      "ftp://",
      "a:b@",
      "pictures.example.org",
      "evil.example",
      ":443",
      ":444",
      "/u/",
    ],
    ...["/../", "/..%2f", "%2e%2e/", "a.png", "?Signature=a&Expires=1700000000", "#x", " ", "\u202e", "x".repeat(1500)],
  );
  const anything = fc.oneof(
    fc.array(part, { maxLength: 6 }).map((parts) => parts.join("")),
    fc.anything(),
  );
  fc.assert(
    fc.property(anything, (picture) => {
      const given = user({ user_metadata: { picture } });
      const isShown = shownPicture(settings, given).origin === "user-metadata";
      const isSet = picture !== undefined && picture !== null && picture !== "";
      const reason = hiddenReason(settings, given);
      expect(reason === undefined).toBe(isShown || !isSet);
      if (reason !== undefined) expect(reason).toMatch(/^[^\p{Cc}\u202e]{5,400}$/u);
    }),
    { numRuns: 3000 },
  );
});
