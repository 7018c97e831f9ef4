// A stack's settings: what reaches the component, and every fault in one message.
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { describe, expect, it, onTestFinished } from "vitest";
import { parse } from "yaml";
import { refusalText } from "../../actions/bundle/schema.ts";
import { programContext } from "../../settings/credentials.ts";
import type { ProgramContext } from "../../settings/credentials.ts";
import { stackSettings } from "../../settings/stack-file.ts";
import { parseSettings, readSettings } from "../../settings/settings.ts";

const there: ProgramContext = {
  environment: { AUTH0_DOMAIN: "example.eu.auth0.com", AUTH0_CLIENT_ID: "id", AUTH0_CLIENT_SECRET: "secret" },
  isSecret: () => true,
  callerIdentity: () => Promise.resolve({ accountId: "123456789012", arn: "arn:aws:iam::123456789012:user/ada" }),
};
const defaults = { "auth0-user-pictures:store": "{}" };
const own = { file: "assets/default-picture.png" };

/** Settings as Pulumi hands them over: strings as they are, all else as JSON. */
const configOf = (settings: Readonly<Record<string, unknown>>) =>
  Object.fromEntries(
    Object.entries(settings).map(([name, value]) => [
      `auth0-user-pictures:${name}`,
      typeof value === "string" ? value : JSON.stringify(value),
    ]),
  );
const parsed = (settings: Readonly<Record<string, unknown>>) => {
  const { args, expected, refusals } = parseSettings(configOf(settings));
  return { args, expected, refusals: refusals.map(refusalText) };
};

describe("parseSettings", () => {
  const everySetting = {
    store: {
      picturesOnDestroy: "fail",
      uploaderCanDelete: true,
      domain: { domainName: "pictures.example.org", zoneId: "Z0123456789", minimumProtocolVersion: "TLSv1.2_2025" },
      priceClass: "PriceClass_200",
      geoRestriction: { restrictionType: "whitelist", locations: ["DE"] },
      webAclId: "arn:aws:wafv2:us-east-1:123456789012:global/webacl/pictures/60669652-455b-4ae9-85a4-c4c02393f86c",
      accessLogs: { destinationResourceArn: "arn:aws:s3:::logs", outputFormat: "w3c", recordFields: ["date"] },
      kmsMasterKeyId: "arn:aws:kms:us-east-1:123456789012:key/60669652-455b-4ae9-85a4-c4c02393f86c",
      responseHeadersPolicyId: "60669652-455b-4ae9-85a4-c4c02393f86c",
      existingBucket: "another-teams-bucket",
      tags: { team: "identity" },
      objectTags: { content: "picture" },
    },
    defaultPictures: {
      general: own,
      byConnection: { "acme-saml": own },
      byOrganization: { acme: { url: "https://cdn.example.org/acme.png" } },
      allowSvg: false,
    },
    mode: "everyone",
    action: {
      name: "Avatar",
      entry: "actions/user-picture/action.ts",
      allowedUrlPrefixes: ["https://avatars.example.org/"],
      allowAnyHost: false,
      linkedIdentityPicture: true,
      mirrors: { accessTokenClaim: "picture" },
      loginFlow: { actionsBefore: [{ actionId: "01234567", displayName: "Add roles" }] },
      importActionId: "01234567-89ab-cdef-0123-456789abcdef",
    },
    connections: { "google-oauth2": "on_first_login" },
  };

  it("hands every setting over as it was written, and leaves other namespaces alone", () => {
    const target = { expectedTenant: "example.eu.auth0.com", expectedAwsAccount: "123456789012" };
    const config = { ...configOf({ ...everySetting, ...target }), "aws:region": "eu-central-1" };
    const { args, expected, refusals } = parseSettings(config);

    expect(refusals).toEqual([]);
    expect(args).toEqual(everySetting);
    expect(expected).toEqual(target);
  });

  it.each<[object, object | undefined]>([
    [{ store: {} }, { general: own }],
    [{ store: {}, defaultPictures: {} }, { general: own }],
    [
      { store: {}, defaultPictures: { byOrganization: { acme: own } } },
      { general: own, byOrganization: { acme: own } },
    ],
    [
      { store: {}, defaultPictures: { general: { url: "https://cdn.example.org/a.png" } } },
      { general: { url: "https://cdn.example.org/a.png" } },
    ],
    [{ store: {}, defaultPictures: { general: { file: "README.md" } } }, { general: { file: "README.md" } }],
    [{ pictureBaseUrl: "https://cdn.example.org/" }, undefined],
  ])("keeps this repository's picture in a store where no general one is said: %j", (settings, defaultPictures) => {
    expect(parsed(settings as Record<string, unknown>).args.defaultPictures).toEqual(defaultPictures);
  });

  it("takes what is absent as absent, and what is given as given, empty or not", () => {
    expect(parsed({}).refusals).toEqual([
      "store: nothing was given; say where pictures are kept: {} on AWS, or else their pictureBaseUrl.",
    ]);
    expect(parsed({ store: {} })).toMatchObject({ args: { store: {} }, refusals: [] });
    expect(parsed({ store: "" }).refusals).toEqual([
      expect.stringMatching(/^store: "" was given; it must be an object with picturesOnDestroy, /),
    ]);
    expect(parsed({ store: {}, mode: "" }).refusals).toEqual([
      expect.stringMatching(/^mode: "" was given; allowed are /),
    ]);
    expect(parsed({ store: { webAclId: "", domain: {} } }).refusals).toEqual([
      expect.stringMatching(/^store\.domain\.domainName: nothing was given; it must be a host/),
      expect.stringMatching(/^store\.domain: the host has neither a certificate nor a zone\./),
      expect.stringMatching(/^store\.webAclId: "" was given; it must be the ARN/),
    ]);
    expect(parsed({ store: {}, action: { after: ["Add roles"] } }).refusals).toEqual([
      "action.after[0]: this is no auth0.TriggerAction, and only a program can give one.",
    ]);
    expect(parsed({ store: {}, action: { name: "" } }).refusals).toEqual([
      expect.stringMatching(/^action\.name: "" was given; /),
    ]);
    expect(parsed({ store: {}, expectedTenant: "", expectedAwsAccount: "" }).refusals).toEqual([
      expect.stringMatching(/^expectedTenant: "" was given; /),
      expect.stringMatching(/^expectedAwsAccount: "" was given; /),
    ]);
  });

  it("refuses a store's settings and files where pictures are kept elsewhere", () => {
    const elsewhere = { pictureBaseUrl: "https://cdn.example.org/" };
    const url = "https://cdn.example.org/default.png";
    const urls = { general: { url }, byOrganization: { acme: { url } } };

    expect(parsed({ ...elsewhere, defaultPictures: urls })).toMatchObject({
      args: { ...elsewhere, defaultPictures: urls },
      refusals: [],
    });
    const reason =
      'a file is kept in a picture store, and there is no store. Write { "url": "https://…" } of a picture that is served elsewhere.';
    expect(
      parsed({ ...elsewhere, defaultPictures: { general: { url }, byConnection: { acme: { file: "acme.png" } } } })
        .refusals,
    ).toEqual([`defaultPictures.byConnection.acme.file: ${reason}`]);
    expect(parsed({ ...elsewhere, defaultPictures: urls, store: { tags: { team: "identity" } } }).refusals).toEqual([
      "pictureBaseUrl: a store was given too, and pictures are kept in one place. Leave one of them out.",
    ]);
    const bad = { ...urls, byOrganization: { acme: { url: "http://cdn.example.org/acme.png" } } };
    expect(parsed({ ...elsewhere, defaultPictures: bad }).refusals).toEqual([
      expect.stringMatching(/^defaultPictures\.byOrganization\.acme\.url: "http:/),
    ]);
    const { general: _, ...noGeneral } = urls;
    expect(parsed({ ...elsewhere, defaultPictures: noGeneral }).refusals).toEqual([
      "defaultPictures.general: nothing was given, and who has no default picture of their own needs one: set it.",
    ]);
  });

  it("finds nothing to refuse in the dev stack", () => {
    expect(stackSettings(".", "dev").refusals).toEqual([]);
  });

  it.each(["", "# store: {}\n", "config:\n", "\uFEFFconfig:\n  # nothing yet\n", "config: {}\n"])(
    "reads a file that says nothing as one without settings: %j",
    (text) => {
      const folder = mkdtempSync(join(tmpdir(), "settings-"));
      onTestFinished(() => rmSync(folder, { recursive: true }));
      cpSync("Pulumi.yaml", join(folder, "Pulumi.yaml"));
      writeFileSync(join(folder, "Pulumi.dev.yaml"), text);

      expect(stackSettings(folder, "dev").args).toEqual({ mode: "generated" });
    },
  );

  it("declares in Pulumi.yaml only what has a default of its own, with that default", () => {
    const { config } = parse(readFileSync("Pulumi.yaml", "utf8")) as { config: Record<string, { default: unknown }> };

    expect(Object.entries(config).map(([name, declared]) => [name, declared.default])).toEqual([["mode", "generated"]]);
    expect(parsed({ store: {}, mode: "generated" })).toMatchObject({ args: { mode: "generated" }, refusals: [] });
  });

  it("refuses a value of the wrong type by its own path, at every depth", () => {
    const wrong = {
      store: { domain: "pictures.example.org", tags: { team: 1 }, geoRestriction: ["DE"], uploaderCanDelete: "yes" },
      defaultPictures: { general: "default.png", byConnection: [], allowSvg: "true" },
      action: { allowedUrlPrefixes: "https://avatars.example.org/", loginFlow: { actionsBefore: {} }, mirrors: null },
      connections: ["google-oauth2"],
    };
    expect(parsed(wrong).refusals.map((text) => text.replace(/ was given.*/s, ""))).toEqual([
      'store.domain: "pictures.example.org"',
      'store.geoRestriction: ["DE"]',
      "store.tags.team: 1",
      'store.uploaderCanDelete: "yes"',
      'defaultPictures.general: "default.png"',
      "defaultPictures.byConnection: []",
      'defaultPictures.allowSvg: "true"',
      'action.allowedUrlPrefixes: "https://avatars.example.org/"',
      "action.mirrors: nothing",
      "action.loginFlow.actionsBefore: {}",
      'connections: ["google-oauth2"]',
    ]);
  });

  it.each([
    ["defaultPictureFile", "a b.png", ["--path defaultPictures.general.file 'a b.png'"]],
    [
      "defaultPictureUrl",
      "https://cdn.example.org/a.png",
      ["--path defaultPictures.general.url https://cdn.example.org/a.png"],
    ],
    [
      "connectionDefaultPictures",
      { "acme-saml": { file: "a.png" }, b: { url: "https://x.example/b.png" } },
      [
        `--path 'defaultPictures.byConnection["acme-saml"].file' a.png`,
        "--path defaultPictures.byConnection.b.url https://x.example/b.png",
      ],
    ],
    [
      "organizationDefaultPictures",
      { acme: { file: "a.png" } },
      ["--path defaultPictures.byOrganization.acme.file a.png"],
    ],
    ["allowSvgDefaultPictures", "true", ["--path defaultPictures.allowSvg true"]],
    ["defaultPictureMode", "everyone", ["--path mode everyone"]],
    ["allowedUrlPrefixes", ["https://a.example/"], ["--path 'action.allowedUrlPrefixes[0]' https://a.example/"]],
    ["allowAnyHost", "false", ["--path action.allowAnyHost false"]],
    ["linkedIdentityPicture", "true", ["--path action.linkedIdentityPicture true"]],
    ["mirrors", { accessTokenClaim: "picture" }, ["--path action.mirrors.accessTokenClaim picture"]],
    ["actionName", "It's ours", [String.raw`--path action.name 'It'\''s ours'`]],
    ["actionEntry", "actions/my.ts", ["--path action.entry actions/my.ts"]],
    [
      "loginFlow",
      { actionsBefore: [{ actionId: "0", displayName: "Add roles" }] },
      [
        "--path --type string 'action.loginFlow.actionsBefore[0].actionId' 0",
        "--path 'action.loginFlow.actionsBefore[0].displayName' 'Add roles'",
      ],
    ],
    ["adoptActionId", "01234567", ["--path action.importActionId 01234567"]],
    ["picturesOnDestroy", "empty", ["--path store.picturesOnDestroy empty"]],
    ["uploaderMayErase", "true", ["--path store.uploaderCanDelete true"]],
    [
      "domain",
      { domainName: "pictures.example.org", dnsElsewhere: true },
      ["--path store.domain.domainName pictures.example.org", "--path store.domain.manualDns true"],
    ],
    [
      "geoRestriction",
      { restrictionType: "whitelist", locations: ["DE", "AT"] },
      [
        "--path store.geoRestriction.restrictionType whitelist",
        "--path 'store.geoRestriction.locations[0]' DE",
        "--path 'store.geoRestriction.locations[1]' AT",
      ],
    ],
    ["tags", { "cost center": "1" }, [`--path --type string 'store.tags["cost center"]' 1`]],
    ["webAclId", "", []],
    ["existingDistribution", {}, []],
  ])("refuses the old form of %s with the lines that write the new one", (name, value, lines) => {
    const { refusals } = parsed({ store: {}, [name]: value });
    const [text, ...others] = refusals;

    expect(others).toEqual([]);
    expect(text).toMatch(
      new RegExp(`^${name}: this setting is [\\w.]+ now\\. Write:\\n      pulumi config rm ${name}(\\n|$)`),
    );
    expect(text?.split("\n").slice(2)).toEqual(lines.map((line) => `      pulumi config set ${line}`));
  });

  it("asks for a store only where the lines of the old form do not write one", () => {
    expect(parsed({ picturesOnDestroy: "empty" }).refusals).toEqual([expect.stringMatching(/^picturesOnDestroy: /)]);
    expect(parsed({ defaultPictureMode: "everyone" }).refusals).toEqual([
      expect.stringMatching(/^defaultPictureMode: /),
      expect.stringMatching(/^store: nothing was given/),
    ]);
  });

  it("reports unknown, ill-typed and bad settings at once", async () => {
    const config = {
      "auth0-user-pictures:defaultPictures": '{"general":{"file":"no-such-file.png"}}',
      "auth0-user-pictures:mod": "everyone",
      "auth0-user-pictures:mode": "always",
      "auth0-user-pictures:action": '{"allowedUrlPrefixes":["https://avatars.example.org"',
      "auth0-user-pictures:connections": '{"google-oauth2":"never_on_login"}',
      "auth0-user-pictures:store": '{"picturesOnDestroy":"keep","domian":{}}',
    };

    await expect(readSettings(config, { ...there, environment: {} })).rejects.toThrowErrorMatchingInlineSnapshot(`
      [Error: The stack's settings are wrong:
        - store.picturesOnDestroy: "keep" was given; allowed are protect, fail, empty.
        - store.domian: there is no such setting. There are picturesOnDestroy, domain, priceClass, geoRestriction, webAclId, accessLogs, kmsMasterKeyId, responseHeadersPolicyId, bucketName, importBucketName, existingBucket, existingDistribution, tags, objectTags, uploaderCanDelete.
        - mode: "always" was given; allowed are generated, gravatar-fallback, missing, everyone.
        - action: "{\\"allowedUrlPrefixes\\":[\\"https://avatars.example.org\\"" was given; it must be an object with name, entry, allowedUrlPrefixes, allowAnyHost, linkedIdentityPicture, rootPicture, providerPicturePrefixes, mirrors, after, loginFlow, importActionId.
        - connections.google-oauth2: never_on_login also keeps new users from being created at their first login. To keep changed pictures, set on_first_login.
        - mod: there is no such setting. There are store, pictureBaseUrl, defaultPictures, mode, action, uploads, connections, expectedTenant, expectedAwsAccount.
        - defaultPictures.general.file: The file "no-such-file.png" cannot be read: it does not exist. A path is relative to the program's folder.
        - auth0:domain: nothing was given. Name the stack's tenant, "pulumi config set auth0:domain example.eu.auth0.com", or set AUTH0_DOMAIN.
        - auth0:clientId (or AUTH0_CLIENT_ID) and auth0:clientSecret (or AUTH0_CLIENT_SECRET): nothing was given. Set those of the tenant's machine-to-machine application, the secret with "pulumi config set --secret": docs/environments.md shows each way.]
    `);
  });
});

describe("readSettings", () => {
  const read = (config: Record<string, string>, others: Partial<ProgramContext> = {}) =>
    readSettings({ ...defaults, ...config }, { ...there, ...others });
  const faults = (config: Record<string, string>, others?: Partial<ProgramContext>) =>
    read(config, others).then(
      () => [],
      (error: unknown) => (error as Error).message.split("\n  - ").slice(1),
    );
  const expecting = (tenant?: string, awsAccount?: string) => ({
    ...(tenant !== undefined && { "auth0-user-pictures:expectedTenant": tenant }),
    ...(awsAccount !== undefined && { "auth0-user-pictures:expectedAwsAccount": awsAccount }),
  });

  it("takes a stack whose credentials lead to where it belongs", async () => {
    const config = {
      ...expecting("https://Example.eu.auth0.com/", "123456789012"),
      "auth0:domain": "example.eu.auth0.com",
    };
    expect(await read(config)).toEqual({ store: {}, defaultPictures: { general: own } });
    expect(await faults(expecting("example.eu.auth0.com"))).toEqual([]);
    expect(await faults(expecting())).toEqual([]);
  });

  it("refuses the wrong tenant, by the setting that leads there: the stack's before the environment's", async () => {
    expect(await faults(expecting("prod.eu.auth0.com"))).toEqual([
      "expectedTenant: prod.eu.auth0.com was expected, and AUTH0_DOMAIN leads to example.eu.auth0.com. Give the credentials of " +
        'prod.eu.auth0.com, or select the stack of example.eu.auth0.com ("pulumi stack select").',
    ]);
    const config = { ...expecting("example.eu.auth0.com"), "auth0:domain": "dev.eu.auth0.com" };
    expect(await faults(config)).toEqual([expect.stringContaining("and auth0:domain leads to dev.eu.auth0.com.")]);
  });

  it("asks the wrong tenant nothing", async () => {
    const connections = { "auth0-user-pictures:connections": '{"google-oauth2":"on_first_login"}' };
    // No tenant: whoever asked it would say so.
    const environment = { ...there.environment, AUTH0_DOMAIN: "localhost/tenant" };
    expect(await faults({ ...connections, ...expecting("prod.eu.auth0.com") }, { environment })).toEqual([
      expect.stringContaining("expectedTenant: "),
    ]);
    expect(await faults(connections, { environment })).toEqual([expect.stringContaining("connections: ")]);
  });

  it("refuses the wrong account, and one that AWS does not tell", async () => {
    expect(await faults(expecting(undefined, "210987654321"))).toEqual([
      "expectedAwsAccount: 210987654321 was expected, and the AWS credentials lead to 123456789012 (arn:aws:iam::123456789012:user/ada). " +
        'Log in to 210987654321, or select the stack of 123456789012 ("pulumi stack select").',
    ]);
    const callerIdentity = () => Promise.reject(new Error("No valid credential sources found.\n    at grpc"));
    expect(await faults(expecting(undefined, "210987654321"), { callerIdentity })).toEqual([
      expect.stringContaining(
        "AWS does not say where the credentials lead: No valid credential sources found. Log in to 210987654321",
      ),
    ]);
    expect(await faults({}, { callerIdentity })).toEqual([]);
  });

  it("refuses an expectation that nothing can meet", async () => {
    expect(await faults(expecting("https://example.eu.auth0.com/login", "1234"))).toEqual([
      'expectedTenant: "https://example.eu.auth0.com/login" was given; it must be the tenant\'s domain only, such as example.eu.auth0.com.',
      `expectedAwsAccount: "1234" was given; it must be the account's 12 digits, in quotes.`,
      expect.stringContaining("expectedTenant: https://example.eu.auth0.com/login was expected"),
      expect.stringContaining("expectedAwsAccount: 1234 was expected"),
    ]);
  });

  it("refuses a stack without credentials, and takes each kind of them", async () => {
    const given = (config: Record<string, string>, environment: NodeJS.ProcessEnv = {}) =>
      faults(config, { environment });
    const domain = { AUTH0_DOMAIN: "example.eu.auth0.com" };
    expect(await given({})).toEqual([
      expect.stringContaining(
        "auth0:domain: nothing was given. Name the stack's tenant, \"pulumi config set auth0:domain",
      ),
      expect.stringContaining(
        "auth0:clientId (or AUTH0_CLIENT_ID) and auth0:clientSecret (or AUTH0_CLIENT_SECRET): nothing was given.",
      ),
    ]);
    expect(await given({ "auth0:clientId": "id" }, domain)).toEqual([
      expect.stringMatching(/^auth0:clientSecret \(or/),
    ]);
    expect(await given({ "auth0:clientId": "id" }, { ...domain, AUTH0_CLIENT_SECRET: "secret" })).toEqual([]);
    expect(await given({ "auth0:apiToken": "token" }, domain)).toEqual([]);
    const key = { "auth0:clientId": "id", "auth0:clientAssertionPrivateKey": "key" };
    expect(await given(key, domain)).toEqual([expect.stringMatching(/^auth0:clientAssertionSigningAlg \(or/)]);
    expect(await given({ ...key, "auth0:clientAssertionSigningAlg": "RS256" }, domain)).toEqual([]);
  });

  it.each(["auth0:clientSecret", "auth0:apiToken", "auth0:clientAssertionPrivateKey", "aws:secretKey", "aws:token"])(
    "refuses %s in plain text, without repeating it",
    async (key) => {
      // Which takes its algorithm beside it.
      const config = { [key]: "planted-secret", "auth0:clientAssertionSigningAlg": "RS256" };
      const [fault, ...others] = await faults(config, { isSecret: () => false });
      expect(others).toEqual([]);
      expect(fault).toContain(`${key}: it was given in plain text`);
      expect(fault).toContain(`"pulumi config set --secret ${key}"`);
      expect(fault).not.toContain("planted-secret");
      expect(await faults(config, { isSecret: (asked) => asked === key })).toEqual([]);
    },
  );

  it("knows from Pulumi what is encrypted", () => {
    pulumi.runtime.setAllConfig({ "auth0:clientSecret": "a", "auth0:apiToken": "b" }, ["auth0:clientSecret"]);
    expect(["auth0:clientSecret", "auth0:apiToken"].map(programContext.isSecret)).toEqual([true, false]);
  });

  it("says all of it at once", async () => {
    const config = {
      ...expecting("prod.eu.auth0.com", "210987654321"),
      "auth0:apiToken": "x",
      "auth0-user-pictures:action": '{"name":""}',
    };
    expect((await faults(config, { isSecret: () => false })).map((fault) => fault.split(":")[0])).toEqual([
      "action.name",
      "auth0",
      "expectedTenant",
      "expectedAwsAccount",
    ]);
  });
});

describe("Pulumi.prod.yaml", () => {
  const text = readFileSync("Pulumi.prod.yaml", "utf8");

  it("says or explains every setting, and passes", () => {
    const { refusals, expected } = stackSettings(".", "prod");
    const paths = [...readFileSync("docs/settings.md", "utf8").matchAll(/^#+ `([\w.]+)`/gm)].map(
      ([, path = ""]) => path,
    );
    const names = paths.map((path) => path.replace(/.*\./, ""));

    expect(refusals).toEqual([]);
    expect(expected).toEqual({ expectedTenant: "example.eu.auth0.com", expectedAwsAccount: "123456789012" });
    expect(names.length).toBeGreaterThan(30);
    // Bindings are resources, which no file can name.
    expect(names.filter((name) => name !== "after" && !new RegExp(`\\b${name}\\b`).test(text))).toEqual([]);
  });

  it.each(["dev", "prod"])("explains each setting in a comment, in %s too", (stack) => {
    const lines = readFileSync(`Pulumi.${stack}.yaml`, "utf8").split("\n");
    const unexplained = lines.filter(
      (line, index) => /^ {2}[\w-]+:\w+:/.test(line) && !lines[index - 1]?.startsWith("  #"),
    );
    expect(unexplained).toEqual([]);
  });
});

describe("docs/environments.md", () => {
  it("shows settings that exist, in YAML that can be read", () => {
    const text = readFileSync("docs/environments.md", "utf8");
    const commands = [...text.matchAll(/config set (?:--secret |--path )?'?([^\s']+)/g)].map(([, key = ""]) => key);
    const [escEnvironment, stackFile] = [...text.matchAll(/^```yaml\n(.*?)^```$/gms)].map(
      ([, code = ""]) => parse(code) as object,
    );

    for (const key of commands.filter((key) => !key.includes(":")))
      expect(parsed({ [key.replace(/[.[].*/, "")]: "" }).refusals.join()).not.toMatch(
        /there is no such setting|this setting is/,
      );
    expect(escEnvironment).toMatchObject({
      values: { pulumiConfig: { "auth0:clientSecret": { "fn::secret": expect.any(String) as string } } },
    });
    expect(stackFile).toEqual({ environment: ["auth0-user-pictures/prod"] });
  });
});
