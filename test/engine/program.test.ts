// The program on the real engine: what a preview refuses and shows, what drift does, and where no secret stands.
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { obtainCertificate } from "../../sandbox/tenant/certificate.ts";
import { engineBuild } from "../../sandbox/engine/build.ts";
import { stackOutputs } from "../../sandbox/engine/stack-state.ts";
import { deploymentScopes } from "../../sandbox/services.ts";
import { picture } from "../components/picture-store/pictures.ts";
import { audience, runEndpoint } from "../examples/running-endpoint.ts";
import { isRare } from "../rare.ts";
import { previews, previewsDocument } from "./previews-document.ts";
import { sandboxOf } from "./test-sandbox.ts";

const sandbox = sandboxOf(() => ".");
const google = { "google-oauth2": "on_first_login" };
/** Options of a connection that no operation may keep or print. */
const planted = { app_secret: "planted-secret", not_modelled: { deep: [{ value: "planted-secret" }] } };

/** All that the engine has printed. */
let printed = "";
/** What it printed since the last call. */
function takeOutput(): string {
  const output = sandbox().takeOutput();
  printed += output;
  return output;
}

async function googleConnection() {
  const { connections } = sandbox().management;
  const { data } = await connections.list({ name: "google-oauth2" });
  return connections.get(data[0]?.id ?? "");
}

beforeAll(async () => {
  const { id = "", options } = await googleConnection();
  await sandbox().management.connections.update(id, { options: { ...options, ...planted } });
});

async function resourcesInState(): Promise<number> {
  const state = (await sandbox().workspace.exportState()) as { deployment: { resources?: unknown[] } };
  return state.deployment.resources?.length ?? 0;
}

describe("a preview", () => {
  it("refuses every bad setting at once, before any resource", async () => {
    const config = {
      store: { domain: { domainName: "https://pictures.example.org/" } },
      defaultPictures: { general: { file: "package.json" } },
      mode: "always",
      action: { allowedUrlPrefixes: ["http://pictures.example.org/"] },
      connections: { "google-oauth2": "never_on_login" },
      defaultPicture: "face.png",
      defaultPictureMode: "everyone",
      expectedTenant: "prod.eu.auth0.com",
      expectedAwsAccount: "210987654321",
      "auth0:apiToken": "in plain text",
    };
    await expect(sandbox().workspace.preview({ config })).rejects.toThrow("failed");
    const output = takeOutput();

    expect(output).toContain("The stack's settings are wrong:");
    for (const setting of [
      "store.domain.domainName",
      "defaultPictures.general.file",
      "mode",
      "action.allowedUrlPrefixes[0]",
      "connections.google-oauth2",
      "defaultPicture",
      "defaultPictureMode",
      "expectedTenant",
      "expectedAwsAccount",
      "auth0:apiToken",
    ])
      expect(output).toContain(`- ${setting}: `);
    expect(output).toContain("pulumi config set --path mode everyone");
    expect(output).toContain("the AWS credentials lead to 123456789012 (arn:aws:iam::123456789012:user/sandbox)");
    expect(output).not.toMatch(/^ +at /m);
    // In the list of resources and in the diagnostics below it.
    expect(output.match(/The stack's settings are wrong:/g)).toHaveLength(2);
    expect(await resourcesInState()).toBe(0);
  });

  it.runIf(isRare)("leaves the type of a declared setting to Pulumi's own check", async () => {
    await expect(sandbox().workspace.preview({ config: { mode: ["everyone"] } })).rejects.toThrow("failed");

    expect(takeOutput()).toContain("'mode' must be of type 'string'");
  });

  it("names every connection that cannot have the setting, before any resource changes", async () => {
    const names = ["no-such-connection", "email", "Username-Password-Authentication"];
    const connections = Object.fromEntries(names.map((name) => [name, "on_first_login"]));
    await expect(sandbox().workspace.up({ config: { connections } })).rejects.toThrow("failed");
    const output = takeOutput();

    expect(output).not.toContain("Updating");
    expect(output).toContain('The tenant has no connection named "no-such-connection"');
    expect(output).toContain('The connection "email" is passwordless (email)');
    expect(output).toContain(`The connection "Username-Password-Authentication" is a database in Auth0's own store`);
    expect(await resourcesInState()).toBe(0);
    expect(await sandbox().boundActions()).toEqual(["Add roles"]);
  });

  it("says what the sync setting freezes, before it is deployed", async () => {
    await sandbox().workspace.up();
    const [preview, update] = takeOutput().split(/^Updating /m);

    expect(update).toContain("Resources:");
    expect(preview).toContain(
      'Connection "google-oauth2": picture, name, given name, family name and nickname are written at a user\'s first login only',
    );
  });
});

it("is deployed with the scopes that docs/deploy.md asks for, and no others", async () => {
  const page = await readFile("docs/deploy.md", "utf8");
  const listed = /and no others:\n\n\s*```\n([^`]*)```/.exec(page)?.[1]?.trim().split(/\s+/);

  expect(listed).toEqual(deploymentScopes);
});

describe("a deployed stack", () => {
  /** What the engine printed, for docs/previews.md. */
  const shown = {} as Record<keyof typeof previews, string>;

  it("shows a changed setting as a change of the Action's code, its deployment and the components' inputs, and nothing else", async () => {
    const { changes } = await sandbox().workspace.preview({ config: { mode: "missing" }, diff: true });
    const output = takeOutput();

    shown.mode = output;
    expect(changes).toMatchObject({ create: 0, update: 4, delete: 0, replace: 0 });
    expect(output).toMatch(/- +"mode": "generated"/);
    expect(output).toMatch(/\+ +"mode": "missing"/);
  });

  it("is not touched by a program that is refused, also where no preview came before", async () => {
    const config = { mode: "always" };
    const resources = await resourcesInState();
    await expect(sandbox().workspace.up({ config, skipPreview: true })).rejects.toThrow("failed");
    const output = takeOutput();

    expect(output).toContain('mode: "always" was given');
    expect(output).toContain("the program ended early");
    expect(await sandbox().boundActions()).toEqual(["Add roles", "User picture"]);
    expect(await resourcesInState()).toBe(resources);
  });

  it("shows a changed Action as the difference of its code", async () => {
    const action = { entry: "test/engine/fixture/own-action.ts" };
    await sandbox().workspace.preview({ config: { action }, diff: true });
    shown.action = takeOutput();

    expect(shown.action).toMatch(/\+ .*setCustomClaim\("https:\/\/example.org\/own-picture", picture\.url\)/);
  });

  it("shows a domain as a change of the distribution, and of every address that is compiled in", async () => {
    const acmCertificateArn = "arn:aws:acm:us-east-1:123456789012:certificate/01234567-89ab-cdef-0123-456789abcdef";
    const domain = { domainName: "pictures.example.org", acmCertificateArn };
    const store = { picturesOnDestroy: "empty", domain };
    const { changes } = await sandbox().workspace.preview({ config: { store }, diff: true });
    shown.domain = takeOutput();

    expect(changes).toMatchObject({ create: 0, delete: 0, replace: 0 });
  });

  it("complies with the policies, as the dev stack configures them, and has nothing to change", async () => {
    const policyPacks = [{ folder: resolve("policies"), configFile: resolve("Pulumi.dev.policies.json") }];
    const { changes } = await sandbox().workspace.preview({ policyPacks });
    const output = (shown.unchanged = takeOutput());

    expect(changes).toMatchObject({ create: 0, update: 0, delete: 0, replace: 0 });
    expect(output).toMatch(/auth0-user-pictures@v\d/);
    expect(output).not.toMatch(/\[mandatory\]|can't run policy/);
  });

  it("is stopped by a policy that it violates, as long as that is not configured otherwise", async () => {
    const configFile = join(sandbox().folder, "policies.json");
    const config = { "action-runtime": { runtimes: ["node24"] }, "picture-distribution-headers": "disabled" };
    await writeFile(configFile, JSON.stringify(config));
    const policyPacks = [{ folder: resolve("policies"), configFile }];
    await expect(sandbox().workspace.preview({ policyPacks })).rejects.toThrow("failed");
    const output = (shown.policies = takeOutput());

    expect(output).toMatch(/\[mandatory\].* picture-bucket-protected +\(aws:s3:Bucket: user-pictures-store-bucket\)/);
    expect(output).toContain("runtime: node22 was given; set node24.");
  });

  it("has each component's outputs in its state", async () => {
    const { deployment } = (await sandbox().workspace.exportState()) as {
      deployment: { resources: { type: string; outputs?: object }[] };
    };
    const components = deployment.resources.filter(({ type }) => type.startsWith("auth0-user-pictures:index:"));

    expect(
      Object.fromEntries(
        components.map(({ type, outputs = {} }) => [type.replace(/.*:/, ""), Object.keys(outputs).sort()]),
      ),
    ).toEqual({
      UserPictures: [
        ...["actionId", "actionVersionId", "bucketName", "bucketPolicyJson", "connections", "defaultPictureUrl"],
        ...["distributionDomainName", "distributionId", "dnsRecords", "pictureBaseUrl", "pictureOrigin"],
        "uploaderPolicyJson",
      ],
      PictureStore: [
        ...["baseUrl", "bucketArn", "bucketName", "bucketPolicyJson", "connectionDefaultPictureUrls"],
        ...["defaultPictureUrl", "distributionArn", "distributionDomainName", "distributionId", "dnsRecords"],
        ...["organizationDefaultPictureUrls", "origin", "uploaderPolicyJson"],
      ],
      PictureAction: ["actionId", "versionId"],
      ConnectionSync: ["connectionId", "setUserRootAttributes"],
    });
  });

  it("shows the picture that a user sends to an application's upload endpoint, at the next login", async () => {
    const { tenant, edge, folder, management } = sandbox();
    const outputs = await stackOutputs(join(folder, "state"), "auth0-user-pictures", "dev");
    const { bucketName, pictureBaseUrl, uploaderPolicyJson } = outputs as Record<
      "bucketName" | "pictureBaseUrl" | "uploaderPolicyJson",
      string
    >;
    const certificate = await obtainCertificate(folder, ["localhost", "127.0.0.1", "*.cloudfront.net"]);
    const who = { connection: "Username-Password-Authentication", loginHint: "grace@example.com" };
    await management.users.create({ connection: who.connection, email: who.loginHint, password: "Aa1-aaaaaaaa" });
    const endpoint = await runEndpoint({ tenant, edge, certificate, bucketName, pictureBaseUrl, uploaderPolicyJson });
    const { accessToken } = await sandbox().logIn({ ...who, audience });
    const png = picture("png");
    const { body } = await endpoint.put(png, { authorization: `Bearer ${accessToken}` });
    await endpoint.close();
    const { claims } = await sandbox().logIn(who);
    const response = await edge.fetch(String(claims["picture"]));

    expect(body).toEqual({ picture: claims["picture"] });
    expect(response.headers.get("content-type")).toBe("image/png");
    expect(Buffer.from(await response.arrayBuffer()).equals(png)).toBe(true);
  });

  it("shows a sync flag that somebody changed, and mends it", async () => {
    const { id = "", ...found } = await googleConnection();
    const options = { ...found.options, set_user_root_attributes: "on_each_login" as const };
    await sandbox().management.connections.update(id, { options });

    expect((await sandbox().workspace.refresh()).changes.update).toBe(1);
    takeOutput();
    const { changes } = await sandbox().workspace.up({ config: { connections: google }, diff: true });
    shown.connectionChanged = takeOutput();
    expect(changes.update).toBe(1);
    expect((await googleConnection()).options).toEqual({ ...options, set_user_root_attributes: "on_first_login" });
  });

  it("restores the flag of a connection that leaves the settings", async () => {
    takeOutput();
    const { changes, outputs } = await sandbox().workspace.up({ config: { connections: {} }, diff: true });
    shown.connectionRemoved = takeOutput();
    const { options } = await googleConnection();

    expect(changes).toMatchObject({ delete: 2, update: 1, create: 0 });
    expect(outputs["connections"]).toEqual({});
    expect(options).not.toHaveProperty("set_user_root_attributes");
  });

  it("keeps no option of a connection but the flag, and no credential, in its state, files or output", async () => {
    const { folder, deploymentClient } = sandbox();
    // It was deployed, changed by somebody, refreshed, mended and taken out.
    expect((await googleConnection()).options).toMatchObject(planted);
    // The tenant's own file holds them.
    const files = await readdir(folder, { recursive: true, withFileTypes: true });
    const texts = await Promise.all(
      files
        .filter((file) => file.isFile() && !file.parentPath.startsWith(join(folder, "tenant")))
        .map((file) => readFile(join(file.parentPath, file.name), "latin1")),
    );
    takeOutput();
    const seen = [printed, ...texts].join();
    expect(seen).toContain("setUserRootAttributes");
    expect(seen).toContain("ConnectionSyncFlag");
    for (const secret of ["planted-secret", "another-teams-google-secret", deploymentClient.clientSecret])
      expect(seen).not.toContain(secret);
  });

  it("looks to a reviewer as docs/previews.md shows", async ({ skip }) => {
    const { version } = await engineBuild("");
    skip(sandbox().engine.version !== version, `another engine than ${version} prints otherwise`);
    await expect(previewsDocument(shown)).toMatchFileSnapshot("../../docs/previews.md");
  });
});
