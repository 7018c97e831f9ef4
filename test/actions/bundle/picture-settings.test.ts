// The settings' check: each wrong setting is named, with what was given, what is allowed and how to mend it, all at
// once.
import { describe, expect, test } from "vitest";
import { validatePictureSettings } from "../../../actions/bundle/picture-settings.ts";
import { refusalText } from "../../../actions/bundle/schema.ts";

const good = { allowedUrlPrefixes: ["https://pictures.example.org/"] };
const refusalsOf = (settings: unknown) => validatePictureSettings(settings).map(refusalText);

describe("settings that can be deployed", () => {
  test.each([
    ["the least", { allowedUrlPrefixes: [] }],
    ["a host", good],
    ["a path", { allowedUrlPrefixes: ["https://pictures.example.org/u/a%20b/"] }],
    ["a distribution's own host", { allowedUrlPrefixes: ["https://d111111abcdef8.cloudfront.net/u/"] }],
    ["a bucket's own host", { allowedUrlPrefixes: ["https://bucket.s3.eu-west-1.amazonaws.com/"] }],
    ["a bucket's path on a shared host", { allowedUrlPrefixes: ["https://s3.eu-west-1.amazonaws.com/bucket/"] }],
    ["an internationalised host as browsers write it", { allowedUrlPrefixes: ["https://xn--exmple-cua.org/"] }],
    [
      "everything",
      {
        ...good,
        allowAnyHost: true,
        linkedIdentityPicture: true,
        mode: "generated",
        defaultPictures: { general: "https://pictures.example.org/d/a.webp?v=1" },
        mirrors: {
          idTokenClaim: "https://example.org/picture",
          accessTokenClaim: "picture",
          samlAttribute: "http://schemas.auth0.com/picture",
        },
      },
    ],
    [
      "default pictures by name",
      {
        ...good,
        mode: "generated",
        defaultPictures: {
          general: "https://pictures.example.org/d/a.png",
          byConnection: {
            "Username-Password-Authentication": "https://pictures.example.org/d/b.png",
            a: "https://a.example/a",
          },
          byOrganization: { "1_acme-inc": "https://pictures.example.org/d/c.png" },
        },
      },
    ],
    [
      "nothing, said by null",
      { ...good, allowAnyHost: null, linkedIdentityPicture: null, mode: null, defaultPictures: null, mirrors: null },
    ],
    [
      "no mirror, said by null",
      { ...good, mirrors: { idTokenClaim: null, accessTokenClaim: null, samlAttribute: null } },
    ],
    ["a claim of the access token", { ...good, mirrors: { accessTokenClaim: "https://example.org/picture" } }],
    [
      "claims under http, names that nobody calls",
      {
        ...good,
        mirrors: { idTokenClaim: "http://www.example.org/picture", accessTokenClaim: "http://www.example.org/picture" },
      },
    ],
    ["an attribute of 1,000 bytes", { ...good, mirrors: { samlAttribute: "é".repeat(500) } }],
    [
      "a claim under a name that only ends like Auth0's",
      { ...good, mirrors: { idTokenClaim: "https://notauth0.com/p" } },
    ],
    [
      "a Gravatar fallback",
      {
        ...good,
        mode: "gravatar-fallback",
        defaultPictures: { general: "https://pictures.example.org/d/a.JPG", byConnection: null, byOrganization: null },
      },
    ],
  ])("%s", (_, settings) => {
    expect(refusalsOf(settings)).toEqual([]);
  });
});

const prefixRule = "A prefix is one exact host, https://host/ or https://host/path/.";
const suffix = (host: string) => `"${host}" is a suffix that others share, not a host of your own`;
const pathEnd = `it does not end in "/", so that longer names would match too`;

describe("a prefix", () => {
  test.each([
    ["https://pictures.example.org", [pathEnd], "https://pictures.example.org/"],
    ["https://pictures.example.org/u", [pathEnd], "https://pictures.example.org/u/"],
    ["http://pictures.example.org/", ["it is http, not https"], "https://pictures.example.org/"],
    ["https://pictures.example.org:8443/", ["it names a port"], "https://pictures.example.org/"],
    ["https://pictures.example.org/?a/", ["it has a query or a fragment"], "https://pictures.example.org/"],
    ["https://pictures.example.org/#/", ["it has a query or a fragment"], "https://pictures.example.org/"],
    [
      "https://Pictures.example.org/",
      ["it is not in the form in which browsers write it"],
      "https://pictures.example.org/",
    ],
    [
      "https://pictures.example.org:443/",
      ["it is not in the form in which browsers write it"],
      "https://pictures.example.org/",
    ],
    [
      "https://pictures.example.org/a/../",
      ["it is not in the form in which browsers write it"],
      "https://pictures.example.org/",
    ],
    ["https://exämple.org/", ["it is not in the form in which browsers write it"], "https://xn--exmple-cua.org/"],
    ["https://*.cloudfront.net/", ["it has a wildcard"], undefined],
    ["https://pictures.example.org/*/", ["it has a wildcard"], undefined],
    ["https://cloudfront.net/", [suffix("cloudfront.net")], undefined],
    ["https://cloudfront.net./", [suffix("cloudfront.net")], undefined],
    ["https://github.io/pictures/", [suffix("github.io")], undefined],
    ["https://co.uk/", [suffix("co.uk")], undefined],
    ["https://com/", [suffix("com")], undefined],
    [
      "https://res.cloudinary.com/",
      [`"res.cloudinary.com" serves others too: add the path that is yours, https://res.cloudinary.com/<cloud name>/`],
      undefined,
    ],
    ["https://i.imgur.com/a/", [`"i.imgur.com" serves others too, and no path there is yours alone`], undefined],
    ["https://storage.googleapis.com/bucket", [pathEnd], "https://storage.googleapis.com/bucket/"],
    ["pictures.example.org/", ["it is no URL"], undefined],
    ["data:,/", ["it is data, not https", `"" is a suffix that others share, not a host of your own`], undefined],
  ])("%s", (prefix, reasons, mended) => {
    const mend = mended === undefined ? "" : ` Write "${mended}".`;
    expect(refusalsOf({ allowedUrlPrefixes: [...good.allowedUrlPrefixes, prefix] })).toEqual([
      `allowedUrlPrefixes[1]: "${prefix}" cannot be an allowed prefix: ${reasons.join("; ")}. ${prefixRule}${mend}`,
    ]);
  });

  test("with a password does not show it", () => {
    const [fault] = refusalsOf({ allowedUrlPrefixes: ["https://ana:secret@pictures.example.org/"] });
    expect(fault).toBe(
      `allowedUrlPrefixes[0]: "https://…@pictures.example.org/" cannot be an allowed prefix: it has a user name or a password. ` +
        `${prefixRule} Write "https://pictures.example.org/".`,
    );
  });

  test("that is no string", () => {
    expect(refusalsOf({ allowedUrlPrefixes: [7] })).toEqual([
      `allowedUrlPrefixes[0]: 7 cannot be an allowed prefix: it is no URL. ${prefixRule}`,
    ]);
  });
});

const noDefault = (reason: string, url: unknown) =>
  `defaultPictures.general: ${JSON.stringify(url)} cannot be a default picture: ${reason}.`;
const noUrl = "it is no URL; write one such as https://pictures.example.org/d/user.png";
const aList = `it must be a list, ["https://pictures.example.org/"], or [] to allow none.`;
const anObject =
  "it must be an object with allowedUrlPrefixes, allowAnyHost, linkedIdentityPicture, rootPicture, providerPicturePrefixes, mode, defaultPictures, mirrors.";
const claimHelp = `Write a namespaced claim such as "https://example.org/picture".`;

describe("everything else", () => {
  test.each<[string, object, string[]]>([
    [
      "an unknown key",
      { ...good, allowedUrlPrefix: [] },
      [
        "allowedUrlPrefix: there is no such setting. There are allowedUrlPrefixes, allowAnyHost, " +
          "linkedIdentityPicture, rootPicture, providerPicturePrefixes, mode, defaultPictures, mirrors.",
      ],
    ],
    ["no prefixes", {}, [`allowedUrlPrefixes: nothing was given; ${aList}`]],
    [
      "prefixes that are a string",
      { allowedUrlPrefixes: "https://pictures.example.org/" },
      [`allowedUrlPrefixes: "https://pictures.example.org/" was given; ${aList}`],
    ],
    [
      "allowAnyHost",
      { ...good, allowAnyHost: "false" },
      [`allowAnyHost: "false" was given; it must be true or false.`],
    ],
    [
      "linkedIdentityPicture",
      { ...good, linkedIdentityPicture: 1 },
      ["linkedIdentityPicture: 1 was given; it must be true or false."],
    ],
    [
      "a default picture that is a string",
      { ...good, defaultPictures: "https://a.example/a.png" },
      [
        `defaultPictures: "https://a.example/a.png" was given; ` +
          "it must be an object with general, byConnection, byOrganization.",
      ],
    ],
    [
      "an empty default picture",
      { ...good, defaultPictures: {} },
      [`defaultPictures.general: nothing cannot be a default picture: ${noUrl}.`],
    ],
    [
      "an unknown mode and key",
      { ...good, mode: "always", defaultPictures: { general: "https://a.example/a.png", size: 3 } },
      [
        `mode: "always" was given; allowed are generated, gravatar-fallback, missing, everyone.`,
        "defaultPictures.size: there is no such setting. There are general, byConnection, byOrganization.",
      ],
    ],
    ...(
      [
        ["/d/a.png", noUrl],
        ["http://a.example/a.png", "it is http, not https"],
        ["https://a.example:81/a.png", "it names a port"],
        ["https://A.example/a.png", `it is not in the form in which browsers write it, "https://a.example/a.png"`],
      ] as const
    ).map(([url, reason]): [string, object, string[]] => [
      `a default picture at ${url}`,
      { ...good, mode: "missing", defaultPictures: { general: url } },
      [noDefault(reason, url)],
    ]),
    [
      "a default picture that Gravatar would not take",
      { ...good, mode: "gravatar-fallback", defaultPictures: { general: "https://a.example/a.webp?v=1" } },
      [
        noDefault(
          "Gravatar takes no fallback with a query or a fragment; Gravatar takes a .jpg, .jpeg, .png or .gif only",
          "https://a.example/a.webp?v=1",
        ),
      ],
    ],
    [
      "default pictures by name",
      {
        ...good,
        mode: "gravatar-fallback",
        defaultPictures: {
          general: "https://a.example/a.png",
          byConnection: { "acme-saml": "https://a.example/a.webp", "-acme": "https://a.example/a.png" },
          byOrganization: [],
        },
      },
      [
        "defaultPictures.byConnection.-acme: this is no connection's name: it has letters, digits and single hyphens " +
          "between them, at most 128 characters.",
        "defaultPictures.byOrganization: [] was given; it must be an object of URLs by name.",
        `defaultPictures.byConnection.acme-saml: "https://a.example/a.webp" cannot be a default picture: ` +
          "Gravatar takes a .jpg, .jpeg, .png or .gif only.",
      ],
    ],
    [
      "names that no organization has",
      {
        ...good,
        mode: "missing",
        defaultPictures: JSON.parse(
          '{"general":"https://a.example/a.png","byOrganization":{"__proto__":"https://a.example/a.png"}}',
        ) as object,
      },
      [
        `defaultPictures.byOrganization.__proto__: this is no organization's name: it has lower-case letters, digits, "-" ` +
          `and "_", at most 50 characters. Write its name, not its display name or its id.`,
      ],
    ],
    [
      "mirrors that are a list",
      { ...good, mirrors: ["picture"] },
      [`mirrors: ["picture"] was given; it must be an object with idTokenClaim, accessTokenClaim, samlAttribute.`],
    ],
    [
      "an unknown mirror",
      { ...good, mirrors: { userinfo: true } },
      ["mirrors.userinfo: there is no such setting. There are idTokenClaim, accessTokenClaim, samlAttribute."],
    ],
    ...(
      [
        ["sub", "it is no URI, so Auth0 or another claim may own the name"],
        ["picture", "it is no URI, so Auth0 or another claim may own the name"],
        ["ftp://example.org/picture", "it is ftp, neither http nor https"],
        ["urn:example:picture", "it is urn, neither http nor https"],
        ["http://tenant.auth0.com/picture", "its namespace is Auth0's own"],
        ["https://auth0.com/picture", "its namespace is Auth0's own"],
        ["https://tenant.eu.auth0.com/picture", "its namespace is Auth0's own"],
        ["https://x.webtask.io/picture", "its namespace is Auth0's own"],
        ["https://webtask.run/picture", "its namespace is Auth0's own"],
        ["https://example.org/my picture", "it has white space"],
      ] as const
    ).map(([claim, reason]): [string, object, string[]] => [
      `a claim called ${claim}`,
      { ...good, mirrors: { idTokenClaim: claim } },
      [`mirrors.idTokenClaim: "${claim}" cannot be the claim: ${reason}. ${claimHelp}`],
    ]),
    [
      "a claim of the access token that Auth0 owns",
      { ...good, mirrors: { accessTokenClaim: "permissions" } },
      [
        `mirrors.accessTokenClaim: "permissions" cannot be the claim: it is no URI, so Auth0 or another claim may own the name. ` +
          `Write "picture" or a namespaced claim such as "https://example.org/picture".`,
      ],
    ],
    ...["", " picture", "a\nb", 7, "x".repeat(1001), "é".repeat(501)].map((attribute): [string, object, string[]] => [
      `the attribute ${JSON.stringify(attribute).slice(0, 20)}`,
      { ...good, mirrors: { samlAttribute: attribute } },
      [
        `mirrors.samlAttribute: ${JSON.stringify(attribute).replace(/^(.{200}).*$/, "$1…")} cannot be the ` +
          `attribute: write a name of at most 1,000 bytes, such as "http://schemas.auth0.com/picture".`,
      ],
    ]),
  ])("%s", (_, settings, faults) => {
    expect(refusalsOf(settings)).toEqual(faults);
  });

  test("a default picture of more than 2,048 characters", () => {
    const url = "https://a.example/".padEnd(2049, "a");
    const [fault] = refusalsOf({ ...good, mode: "missing", defaultPictures: { general: url } });
    expect(fault).toContain("it has 2049 characters, more than 2048");
  });

  test("settings that are no object", () => {
    expect(refusalsOf(null)).toEqual([`nothing was given; ${anObject}`]);
    expect(refusalsOf([])).toEqual([`[] was given; ${anObject}`]);
  });

  test("every fault at once", () => {
    const settings = {
      allowedUrlPrefixes: ["http://a.example/", "https://b.example"],
      allowAnyHost: 1,
      mode: "y",
      defaultPictures: { general: "x" },
      mirrors: { idTokenClaim: "iss", samlAttribute: "" },
      more: true,
    };
    const named = refusalsOf(settings).map((fault) => fault.split(/[: ]/)[0]);
    expect(named).toEqual([
      "allowedUrlPrefixes[0]",
      "allowedUrlPrefixes[1]",
      "allowAnyHost",
      "mode",
      "defaultPictures.general",
      "mirrors.idTokenClaim",
      "mirrors.samlAttribute",
      "more",
    ]);
  });
});
