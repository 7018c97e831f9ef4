// What `show` says of a user's pictures, held against what a login of the real tenant shows.
import { beforeEach, describe, expect, it } from "vitest";
import { choosePicture } from "../../../actions/user-picture/picture.ts";
import { pictureSources } from "../../../cli/users/picture-sources.ts";
import { showPictures } from "../../../cli/users/show-pictures.ts";
import { CommandError } from "../../../cli/terminal/command-error.ts";
import { cacheTag, userFolder } from "../../../components/picture-store/image.ts";
import { UploadState, uploadTags } from "../../../components/picture-store/picture-tags.ts";
import { isRare } from "../../rare.ts";
import { defaultPicture, runUsers } from "./running-users.ts";

const running = runUsers();

interface ShownLogin {
  readonly connection: string;
  readonly shown: { readonly origin: string; readonly url: string | null };
  readonly sources: readonly { place: string; value: unknown; kind: string; shown: boolean; reason: string | null }[];
}

async function show(user: string, more: object = {}) {
  const { json, text, hasFailed = false } = await showPictures(running.context(), { user, ...more });
  expect(hasFailed).toBe(false);
  return { json, text, logins: json["logins"] as ShownLogin[] };
}

beforeEach(() => running.deploy());

describe("show", () => {
  it("says what a login shows, as the login does", async () => {
    const id = await running.addUser("ada", { picture: "https://lh3.googleusercontent.com/ada" });
    const [foreign, own] = ["https://elsewhere.example/a.png", `${running.store.pictureBaseUrl}u/x/y.webp`];
    const metadata = [foreign, own, ...(isRare ? [undefined, "http://elsewhere.example/a.png", 42, "data:,a"] : [])];
    const settings = [{}, { allowAnyHost: true, mode: "everyone" as const }, { rootPicture: "guarded" as const }];
    for (const one of settings) {
      await running.deploy(one);
      for (const picture of metadata) {
        await running.api.management.users.update(id, { user_metadata: { picture: picture ?? null } });
        const { logins, text } = await show(id);
        const [login] = logins;

        expect(login?.shown.url, JSON.stringify([one, picture])).toBe(
          await running.logInWith("users", "ada@example.org"),
        );
        expect(text).toContain(login?.shown.url);
        expect(login?.sources.filter(({ shown }) => shown)).toHaveLength(1);
        for (const { shown, value, reason, place } of login?.sources ?? [])
          expect([place, reason === null]).toEqual([place, shown || value === null]);
      }
    }
  });

  it("says why each picture is passed over, and what each is", async () => {
    const id = await running.addUser("ben", {
      picture:
        "https://s.gravatar.com/avatar/0123456789abcdef0123456789abcdef?s=480&r=pg&d=https%3A%2F%2Fcdn.auth0.com%2Favatars%2Fbe.png",
    });
    await running.api.management.users.update(id, {
      user_metadata: { picture: "http://elsewhere.example/\u001b[31m.png" },
    });
    const { logins, text } = await show(id);

    expect(logins).toMatchObject([
      {
        shown: { origin: "default-picture", url: defaultPicture },
        sources: [
          { place: "user_metadata.picture", kind: "foreign", reason: "it is http, not https" },
          {
            place: "picture",
            kind: "a Gravatar address that Auth0 made up",
            reason: expect.stringContaining("mode generated") as string,
          },
          { place: "default picture", value: defaultPicture, shown: true },
        ],
      },
    ]);
    expect(text).not.toContain("\u001b[31m.png");
    expect(text).toContain("a database of Auth0's own");
  });

  it("tells logins apart whose pictures differ, and takes one that is asked for", async () => {
    await running.logInWith("google-oauth2", "1");
    const id = await running.addUser("grace");
    await running.api.management.users.identities.link(id, { provider: "google-oauth2", user_id: "1" });
    const byConnection = { "google-oauth2": "https://defaults.example.org/d/google.png" };
    await running.deploy({
      mode: "everyone",
      defaultPictures: {
        general: defaultPicture,
        byConnection,
        byOrganization: { acme: "https://defaults.example.org/d/acme.png" },
      },
    });
    const { logins, text } = await show("grace@example.org");

    expect(logins.map(({ connection, shown }) => [connection, shown.url])).toEqual([
      ["users", defaultPicture],
      ["google-oauth2", byConnection["google-oauth2"]],
    ]);
    expect(text).toContain("Login by google-oauth2");
    const [linked] = logins.map(({ sources }) => sources.find(({ place }) => place.startsWith("identities[1]")));
    expect(linked).toMatchObject({
      kind: "an identity provider's",
      reason: expect.stringContaining("linkedIdentityPicture") as string,
    });
    const asked = await show(id, { connection: "google-oauth2", organization: "acme" });
    expect(asked.logins).toMatchObject([
      { connection: "google-oauth2", organization: "acme", shown: { url: "https://defaults.example.org/d/acme.png" } },
    ]);
    await running.deploy({ linkedIdentityPicture: true });
    const { logins: now } = await show(id);
    expect(now).toHaveLength(2);
    expect(now[0]?.shown).toEqual({ origin: "linked-identity", url: "https://lh3.googleusercontent.com/g" });
  });

  it("says that a connection, spelled like one or not, has no login of this user's", async () => {
    const id = await running.addUser("ivo", { picture: "https://lh3.googleusercontent.com/ivo" });
    for (const connection of ["Users", "nope", "\u001b[31m"]) {
      const { json, text } = await show(id, { connection });
      expect(json["note"]).toMatch(/^This user has no login by .+; theirs: users\.$/);
      expect(text).toContain(json["note"] as string);
      expect(text).not.toContain("\u001b[31m");
    }
    const { json } = await show(id, { connection: "users" });
    expect(json).not.toHaveProperty("note");
  });

  it("says what the next login writes", async () => {
    await running.logInWith("quiet", "2");
    expect((await show("quinn@example.org")).json["nextLogin"]).toEqual({
      connection: "quiet",
      overwritesRootPicture: false,
    });
    // Whom no test has linked.
    running.tenant.identityProvider.setProfile("google-oauth2", { sub: "3", email: "hal@example.org" });
    await running.logInWith("google-oauth2", "3");
    const { json, text } = await show("hal@example.org");
    expect(json["nextLogin"]).toEqual({ connection: "google-oauth2", overwritesRootPicture: true });
    expect(text).toContain("on_each_login");
  });

  it("sees what the store has, and that a named picture is not there", async () => {
    const id = await running.addUser("stored");
    const stem = `${userFolder(id)}${"a".repeat(64)}`;
    const headers = {
      contentType: "image/webp",
      cacheControl: "",
      cacheTag: cacheTag(id),
      tags: uploadTags(id, UploadState.Replaced),
    };
    await running.bucket.objects.putIfAbsent(`${stem}.webp`, Uint8Array.from([1]), headers);
    const picture = running.bucket.urlOf(`${userFolder(id)}${"b".repeat(64)}.webp`);
    await running.api.users.updateUser(id, { user_metadata: { picture } });
    const { json, text, logins } = await show(id);

    expect(json["store"]).toEqual({ pictures: 1, named: 0, replaced: 1, new: 0, missing: [picture] });
    expect(text).toContain(`${picture} is named, and not there`);
    expect(logins[0]?.sources[0]).toMatchObject({ kind: "this user's in the store", shown: true });
  });

  it("says that no Action decides, or that it is not known", async () => {
    const picture = "https://lh3.googleusercontent.com/c";
    const id = await running.addUser("cleo", { picture, user_metadata: { picture: running.bucket.urlOf("u/x.webp") } });
    const { target } = running.context();
    const noAction = running.context({ target: { ...target, action: undefined } });
    const { json, text } = await showPictures(noAction, { user: id });
    expect(json).toMatchObject({ logins: [], sources: [{ shown: false }, { value: picture, shown: false }] });
    expect(text).toContain("What a login shows is not known");

    const gone = running.context({
      target: { ...target, action: { actionId: "act_none", actionVersionId: undefined } },
    });
    const shown = await showPictures(gone, { user: id });
    expect(shown.json).toMatchObject({ logins: [{ shown: { origin: "root", url: picture } }] });
    expect(shown.text).toContain("no Action with the id");
    await expect(showPictures(running.context(), { user: "nobody@example.org" })).rejects.toBeInstanceOf(CommandError);
  });
});

describe("the reasons", () => {
  const root = "https://elsewhere.example/a.png";
  const google = "https://lh3.googleusercontent.com/g";
  const identities = (...pictures: unknown[]) =>
    [undefined, ...pictures].map((picture, at) => ({
      connection: `c${at}`,
      provider: "p",
      user_id: "1",
      ...(picture !== undefined && { profileData: { picture } }),
    }));
  const defaults = { allowedUrlPrefixes: ["https://own.example/"], defaultPictures: { general: defaultPicture } };

  it.each([
    [
      "the default for everybody",
      { mode: "everyone" as const },
      { picture: root },
      "picture",
      /^the default picture is for everybody[^;]*$/,
    ],
    [
      "a guarded root",
      { rootPicture: "guarded" as const },
      { picture: root },
      "picture",
      /^the settings take it from no such host[^;]*$/,
    ],
    [
      "both",
      { mode: "everyone" as const, rootPicture: "guarded" as const },
      { picture: root },
      "picture",
      /everybody.*; and .*no such host/,
    ],
    [
      "the metadata",
      {},
      { picture: root, user_metadata: { picture: "https://own.example/a" } },
      "picture",
      /^user_metadata.picture comes first$/,
    ],
    [
      "a linked one",
      { linkedIdentityPicture: true },
      { picture: root, identities: identities(google) },
      "picture",
      /^a linked identity's picture comes first/,
    ],
    ["an expired root", {}, { picture: "https://x.fbcdn.net/a.jpg?oe=5f000000" }, "picture", /^it expired on 2020-/],
    ["one that is no address", {}, { picture: "nothing" }, "picture", /^it is no address/],
    [
      "a placeholder",
      {},
      { picture: "https://cdn.auth0.com/avatars/ab.png" },
      "picture",
      /^Auth0 made it up.*mode generated\)$/,
    ],
    [
      "the other linked one",
      { linkedIdentityPicture: true },
      { identities: identities(google, `${google}2`) },
      "identities[2]",
      /^another linked identity's picture comes first$/,
    ],
    [
      "a linked one after the user's choice",
      { linkedIdentityPicture: true },
      { picture: "https://own.example/a", identities: identities(google) },
      "identities[1]",
      /^the root picture comes first/,
    ],
    [
      "a guarded linked one",
      { linkedIdentityPicture: true, rootPicture: "guarded" as const },
      { identities: identities(root) },
      "identities[1]",
      /no such host/,
    ],
    [
      "a linked one that is http",
      { linkedIdentityPicture: true },
      { identities: identities("http://a.example/") },
      "identities[1]",
      /^it is http, not https$/,
    ],
    ["a default behind the root", {}, { picture: google }, "default picture", /^the root picture counts/],
  ])("say %s", (_, settings, user, place, reason) => {
    const sources = pictureSources({
      settings: { ...defaults, ...settings },
      user: { user_id: "a|1", ...user },
      login: {},
    });
    const found = sources.find((one) => one.place.startsWith(place));
    expect(found).toMatchObject({ isShown: false, reason: expect.stringMatching(reason) as string });
    expect(sources.filter(({ isShown }) => isShown).length).toBe(
      choosePicture({ ...defaults, ...settings }, { user }) || "picture" in user ? 1 : 0,
    );
  });
});
