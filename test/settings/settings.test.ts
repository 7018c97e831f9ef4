// A stack's settings: what reaches the component, and every fault in one message.
import { readFileSync } from "node:fs";
import * as pulumi from "@pulumi/pulumi";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { surroundings } from "../../settings/credentials.ts";
import type { Surroundings } from "../../settings/credentials.ts";
import { stackSettings } from "../../settings/stack-file.ts";
import { parseSettings, readSettings } from "../../settings/settings.ts";

const there: Surroundings = {
  environment: { AUTH0_DOMAIN: "example.eu.auth0.com", AUTH0_CLIENT_ID: "id", AUTH0_CLIENT_SECRET: "secret" },
  isSecret: () => true,
  callerIdentity: () => Promise.resolve({ accountId: "123456789012", arn: "arn:aws:iam::123456789012:user/ada" }),
};
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
      "auth0-user-pictures:domain": '{"domainName":"pictures.example.org","zoneId":"Z0123456789"}',
      "auth0-user-pictures:priceClass": "PriceClass_200",
      "auth0-user-pictures:tags": '{"team":"identity"}',
      "auth0-user-pictures:webAclId": "",
      "auth0-user-pictures:geoRestriction": "{}",
      "auth0-user-pictures:pictureBaseUrl": "",
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
        domain: { domainName: "pictures.example.org", zoneId: "Z0123456789" },
        priceClass: "PriceClass_200",
        tags: { team: "identity" },
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

  it("takes the stack's own file for no store where pictures are kept elsewhere", () => {
    const elsewhere = {
      "auth0-user-pictures:picturesOnDestroy": "protect",
      "auth0-user-pictures:uploaderMayErase": "false",
      "auth0-user-pictures:pictureBaseUrl": "https://cdn.example.org/",
      "auth0-user-pictures:defaultPictureUrl": "https://cdn.example.org/default.png",
    };
    const pictureBaseUrl = "https://cdn.example.org/";
    const args = { pictureBaseUrl, defaultPictureUrl: "https://cdn.example.org/default.png" };

    expect(parseSettings(elsewhere)).toMatchObject({ args, faults: [] });
    const lost = {
      "auth0-user-pictures:tags": '{"team":"identity"}',
      "auth0-user-pictures:connectionDefaultPictures":
        '{"acme":{"file":"acme.png","url":"https://cdn.example.org/a.png"}}',
    };
    const reason =
      "it is a picture store's, and pictureBaseUrl was given, with which there is none. Remove one of them.";
    expect(parseSettings({ ...elsewhere, ...lost }).faults).toEqual([
      `tags: ${reason}`,
      'connectionDefaultPictures.acme: {"file":"acme.png","url":"https://cdn.example.org/a.png"} was given; with pictureBaseUrl there is no picture store: write { "url": "https://…" }.',
    ]);
  });

  it("takes default pictures by name that are URLs without a store too, and names their faults as they were set", () => {
    const pictures = (url: string) => ({
      "auth0-user-pictures:pictureBaseUrl": "https://cdn.example.org/",
      "auth0-user-pictures:defaultPictureUrl": "https://cdn.example.org/default.png",
      "auth0-user-pictures:organizationDefaultPictures": JSON.stringify({ acme: { url } }),
    });
    const url = "https://cdn.example.org/acme.png";
    const { args, faults } = parseSettings(pictures(url));

    expect([args.organizationDefaultPictureUrls, faults]).toEqual([{ acme: url }, []]);
    expect(parseSettings(pictures("http://cdn.example.org/acme.png")).faults).toEqual([
      expect.stringMatching(/^organizationDefaultPictures\.acme\.url: "http:/),
    ]);
    const { "auth0-user-pictures:defaultPictureUrl": _, ...noGeneral } = pictures(url);
    expect(parseSettings(noGeneral).faults).toEqual([
      "organizationDefaultPictures: there is no general default picture beside them; set defaultPictureUrl too.",
    ]);
  });

  it("has a default for every setting, with which a stack without settings of its own has no fault", () => {
    const { faults } = stackSettings(".", "dev");

    expect(faults).toEqual([]);
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

    await expect(readSettings(config, { ...there, environment: {} })).rejects.toThrowErrorMatchingInlineSnapshot(`
      [Error: The stack's settings are wrong:
        - defaultPictureMod: there is no such setting. There are defaultPictureFile, defaultPictureUrl, connectionDefaultPictures, organizationDefaultPictures, allowSvgDefaultPictures, defaultPictureMode, allowedUrlPrefixes, allowAnyHost, linkedIdentityPicture, mirrors, connections, actionName, actionEntry, picturesOnDestroy, uploaderMayErase, domain, priceClass, geoRestriction, webAclId, accessLogs, kmsMasterKeyId, responseHeadersPolicyId, existingBucket, existingDistribution, tags, objectTags, pictureBaseUrl, loginFlow, adoptActionId, expectedTenant, expectedAwsAccount.
        - allowedUrlPrefixes: ["https://avatars.example.org" was given; it must be of type array.
        - defaultPictureFile: The file "no-such-file.png" cannot be read: it does not exist. A path is relative to the program's folder.
        - picturesOnDestroy: "keep" was given; allowed are protect, fail, empty.
        - defaultPictureMode: "always" was given; allowed are generated, gravatar-fallback, missing, everyone.
        - connections.google-oauth2: never_on_login also keeps new users from being created at their first login. To keep changed pictures, set on_first_login.
        - auth0:domain: nothing was given. Name the stack's tenant, "pulumi config set auth0:domain example.eu.auth0.com", or set AUTH0_DOMAIN.
        - auth0:clientId (or AUTH0_CLIENT_ID) and auth0:clientSecret (or AUTH0_CLIENT_SECRET): nothing was given. Set those of the tenant's machine-to-machine application, the secret with "pulumi config set --secret": docs/environments.md shows each way.]
    `);
  });
});

describe("readSettings", () => {
  const read = (config: Record<string, string>, others: Partial<Surroundings> = {}) =>
    readSettings({ ...defaults, ...config }, { ...there, ...others });
  const faults = (config: Record<string, string>, others?: Partial<Surroundings>) =>
    read(config, others).then(
      () => [],
      (error: unknown) => (error as Error).message.split("\n  - ").slice(1),
    );
  const expecting = (tenant: string, awsAccount = "") => ({
    "auth0-user-pictures:expectedTenant": tenant,
    "auth0-user-pictures:expectedAwsAccount": awsAccount,
  });

  it("takes a stack whose credentials lead to where it belongs", async () => {
    const config = {
      ...expecting("https://Example.eu.auth0.com/", "123456789012"),
      "auth0:domain": "example.eu.auth0.com",
    };
    expect(await read(config)).toEqual({ store: { defaultPictureFile: "assets/default-picture.png" } });
    expect(await faults(expecting("example.eu.auth0.com"))).toEqual([]);
    expect(await faults(expecting("", ""))).toEqual([]);
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
    expect(await faults(expecting("", "210987654321"))).toEqual([
      "expectedAwsAccount: 210987654321 was expected, and the AWS credentials lead to 123456789012 (arn:aws:iam::123456789012:user/ada). " +
        'Log in to 210987654321, or select the stack of 123456789012 ("pulumi stack select").',
    ]);
    const callerIdentity = () => Promise.reject(new Error("No valid credential sources found.\n    at grpc"));
    expect(await faults(expecting("", "210987654321"), { callerIdentity })).toEqual([
      expect.stringContaining(
        "AWS does not say where the credentials lead: No valid credential sources found. Log in to 210987654321",
      ),
    ]);
    expect(await faults({}, { callerIdentity })).toEqual([]);
  });

  it("refuses an expectation that nothing can meet", async () => {
    expect(await faults(expecting("https://example.eu.auth0.com/login", "1234"))).toEqual([
      'expectedTenant: "https://example.eu.auth0.com/login" was given; write the tenant\'s domain only, such as example.eu.auth0.com.',
      `expectedAwsAccount: "1234" was given; write the account's 12 digits, in quotes.`,
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
    expect(["auth0:clientSecret", "auth0:apiToken"].map(surroundings.isSecret)).toEqual([true, false]);
  });

  it("says all of it at once", async () => {
    const config = {
      ...expecting("prod.eu.auth0.com", "210987654321"),
      "auth0:apiToken": "x",
      "auth0-user-pictures:actionName": "",
    };
    expect((await faults(config, { isSecret: () => false })).map((fault) => fault.split(":")[0])).toEqual([
      "actionName",
      "auth0",
      "expectedTenant",
      "expectedAwsAccount",
    ]);
  });
});

describe("Pulumi.prod.yaml", () => {
  it("sets every setting, and passes", () => {
    const { config } = parse(readFileSync("Pulumi.yaml", "utf8")) as { config: Record<string, unknown> };
    const prod = (parse(readFileSync("Pulumi.prod.yaml", "utf8")) as { config: Record<string, unknown> }).config;
    const { faults, expected } = stackSettings(".", "prod");

    expect(Object.keys(prod).map((key) => key.replace("auth0-user-pictures:", ""))).toEqual(
      expect.arrayContaining(Object.keys(config)),
    );
    expect(faults).toEqual([]);
    expect(expected).toEqual({ tenant: "example.eu.auth0.com", awsAccount: "123456789012" });
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
    const commands = [...text.matchAll(/config set (?:--secret )?(\S+)/g)].map(([, key = ""]) => key);
    const [escEnvironment, stackFile] = [...text.matchAll(/^```yaml\n(.*?)^```$/gms)].map(
      ([, code = ""]) => parse(code) as object,
    );

    for (const key of commands.filter((key) => !key.includes(":")))
      expect(parseSettings({ [`auth0-user-pictures:${key}`]: "" }).faults.join()).not.toContain(
        "there is no such setting",
      );
    expect(escEnvironment).toMatchObject({
      values: { pulumiConfig: { "auth0:clientSecret": { "fn::secret": expect.any(String) as string } } },
    });
    expect(stackFile).toEqual({ environment: ["auth0-user-pictures/prod"] });
  });
});
