// A stack's settings: what reaches the component, and every fault in one message.
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { parseSettings, readSettings } from "../settings.ts";

const defaults = { "auth0-user-pictures:defaultPictureFile": "assets/default-picture.png" };

describe("parseSettings", () => {
  it("hands every setting over, and leaves other namespaces alone", () => {
    const { args, faults } = parseSettings({
      ...defaults,
      "auth0-user-pictures:connectionDefaultPictures": '{"acme-saml":{"file":"assets/default-picture.png"}}',
      "auth0-user-pictures:organizationDefaultPictures": '{"acme":{"url":"https://cdn.example.org/acme.png"}}',
      "auth0-user-pictures:allowSvgDefaultPictures": "false",
      "auth0-user-pictures:defaultPictureMode": "everyone",
      "auth0-user-pictures:allowedUrlPrefixes": '["https://avatars.example.org/"]',
      "auth0-user-pictures:allowAnyHost": "false",
      "auth0-user-pictures:linkedIdentityPicture": "true",
      "auth0-user-pictures:mirrors": '{"accessTokenClaim":"picture"}',
      "auth0-user-pictures:connections": '{"google-oauth2":"on_first_login"}',
      "auth0-user-pictures:actionName": "Avatar",
      "auth0-user-pictures:actionEntry": "actions/user-picture/action.ts",
      "auth0-user-pictures:picturesOnDestroy": "fail",
      "auth0-user-pictures:uploaderMayErase": "true",
      "aws:region": "eu-central-1",
    });

    expect(faults).toEqual([]);
    expect(args).toEqual({
      store: {
        defaultPictureFile: "assets/default-picture.png",
        connectionDefaultPictures: { "acme-saml": { file: "assets/default-picture.png" } },
        organizationDefaultPictures: { acme: { url: "https://cdn.example.org/acme.png" } },
        allowSvgDefaultPictures: false,
        picturesOnDestroy: "fail",
        uploaderMayErase: true,
      },
      defaultPictureMode: "everyone",
      allowedUrlPrefixes: ["https://avatars.example.org/"],
      allowAnyHost: false,
      linkedIdentityPicture: true,
      mirrors: { accessTokenClaim: "picture" },
      connections: { "google-oauth2": "on_first_login" },
      actionName: "Avatar",
      actionEntry: "actions/user-picture/action.ts",
    });
  });

  it.each([
    [{}, { defaultPictureFile: "assets/default-picture.png" }],
    [{ defaultPictureFile: "", defaultPictureUrl: "" }, { defaultPictureFile: "assets/default-picture.png" }],
    [
      { defaultPictureFile: "", defaultPictureUrl: "https://cdn.example.org/a.png" },
      { defaultPictureUrl: "https://cdn.example.org/a.png" },
    ],
    [{ defaultPictureFile: "README.md" }, { defaultPictureFile: "README.md" }],
  ])("takes this repository's default picture where neither a file nor a URL is set: %j", (settings, store) => {
    const config = Object.entries(settings).map(([name, value]) => [`auth0-user-pictures:${name}`, value]);

    expect(parseSettings(Object.fromEntries(config) as Record<string, string>).args).toEqual({ store });
  });

  it("knows the very settings that Pulumi.yaml declares, with their types", () => {
    const { config } = parse(readFileSync("Pulumi.yaml", "utf8")) as { config: Record<string, { type: string }> };
    const wrong: Record<string, string> = { array: "{}", object: "[]", boolean: "yes" };
    const faultsOf = (name: string, type: string) =>
      parseSettings({ ...defaults, [`auth0-user-pictures:${name}`]: wrong[type] ?? "x" }).faults.join("\n");

    for (const [name, { type }] of Object.entries(config))
      if (type !== "string")
        expect(faultsOf(name, type)).toContain(`${name}: ${wrong[type]} was given; it must be of type ${type}.`);
    expect(faultsOf("noSuchSetting", "string")).toContain(`There are ${Object.keys(config).join(", ")}.`);
  });

  it("reports unknown, ill-typed and bad settings at once", async () => {
    const config = {
      "auth0-user-pictures:defaultPictureFile": "no-such-file.png",
      "auth0-user-pictures:defaultPictureMod": "everyone",
      "auth0-user-pictures:defaultPictureMode": "always",
      "auth0-user-pictures:allowedUrlPrefixes": '["https://avatars.example.org"',
      "auth0-user-pictures:connections": '{"google-oauth2":"never_on_login"}',
      "auth0-user-pictures:picturesOnDestroy": "keep",
    };

    await expect(readSettings(config, {})).rejects.toThrowErrorMatchingInlineSnapshot(`
      [Error: The stack's settings are wrong:
        - defaultPictureMod: there is no such setting. There are defaultPictureFile, defaultPictureUrl, connectionDefaultPictures, organizationDefaultPictures, allowSvgDefaultPictures, defaultPictureMode, allowedUrlPrefixes, allowAnyHost, linkedIdentityPicture, mirrors, connections, actionName, actionEntry, picturesOnDestroy, uploaderMayErase.
        - allowedUrlPrefixes: ["https://avatars.example.org" was given; it must be of type array.
        - defaultPictureFile: The file "no-such-file.png" cannot be read: it does not exist. A path is relative to the program's folder.
        - picturesOnDestroy: "keep" was given; allowed are protect, fail, empty.
        - defaultPictureMode: "always" was given; allowed are generated, gravatar-fallback, missing, everyone.
        - connections.google-oauth2: never_on_login also keeps new users from being created at their first login. To keep changed pictures, set on_first_login.]
    `);
  });
});
