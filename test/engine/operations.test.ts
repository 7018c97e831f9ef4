// docs/operations.md, command by command: what each procedure promises is so when its commands have run.
import { execFileSync, spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { afterAll, describe, expect, it, onTestFinished } from "vitest";
import { cacheTag, pictureCacheControl, userFolder } from "../../components/picture-store/image.ts";
import { accountId } from "../../sandbox/edge/identity.ts";
import { deploymentScopes } from "../../sandbox/services.ts";
import type { OperationResult } from "../../sandbox/engine/workspace.ts";
import { bindActions, deployAction } from "../sandbox/tenant/running-tenant.ts";
import { commandsOf, documentedCommands, setIn } from "./documented-commands.ts";
import type { DocumentedCommands } from "./documented-commands.ts";
import { killAfter } from "./recovery.ts";
import { sandboxOf } from "./test-sandbox.ts";

const sections = commandsOf(readFileSync("docs/operations.md", "utf8"));
const dev = sandboxOf(() => ".");
const prod = sandboxOf(() => ".", "prod");
const covered = new Set<string>();

/** Runs a section's commands, or those of them that are chosen; answers what the last operation did. */
async function follow(
  commands: DocumentedCommands,
  section: string,
  values: Readonly<Record<string, string>> = {},
  [from, to]: readonly [number, number?] = [0],
) {
  const all = sections.get(section) ?? expect.fail(`docs/operations.md has no section "${section}"`);
  let result;
  for (const command of all.slice(from, to)) {
    covered.add(command);
    result = (await commands.run(command, values)) ?? result;
  }
  return result ?? expect.fail(`${section}: no operation`);
}

const actionId = async (actionName: string) => (await dev().management.actions.list({ actionName })).data[0]?.id ?? "";
const liveCode = async () =>
  (await dev().management.actions.get(await actionId("User picture"))).deployed_version?.code;
async function flagOf(name: string): Promise<unknown> {
  const { data } = await dev().management.connections.list({ name });
  const { options } = await dev().management.connections.get(data[0]?.id ?? "");
  return options?.["set_user_root_attributes"];
}

describe("docs/operations.md", () => {
  let commands: DocumentedCommands;
  let outputs: OperationResult["outputs"];
  let revert = (): void => expect.fail("nothing to revert");

  /** What is not Pulumi's; the sandbox's edge has no command line. */
  const others: readonly (readonly [RegExp, (...words: string[]) => void])[] = [
    [/^git revert --no-edit 0123abc$/, () => revert()],
    [/^aws s3api list-object-versions --bucket \S+ --prefix u\/\S+ --query '\S+'(?: --output text)?$/, () => undefined],
    [
      /^aws s3api head-bucket --bucket (\S+)$/,
      (bucket = "") => dev().edge.controlPlane.headBucket(bucket, "us-east-1") ?? expect.fail("403"),
    ],
    [
      /^aws acm wait certificate-validated --region us-east-1 --certificate-arn (\S+)$/,
      (arn = "") => expect(dev().edge.controlPlane.validateCertificate(arn)).toBe(true),
    ],
    [
      /^aws cloudfront associate-alias --target-distribution-id (\S+) --alias (\S+)$/,
      (distribution = "", alias = "") => dev().edge.controlPlane.associateAlias(distribution, alias),
    ],
    [
      /^aws s3api copy-object --bucket (\S+) --key (\S+) --copy-source '\1\/\2\?versionId=(\w+)'$/,
      (bucket = "", key = "", version = "") => dev().edge.controlPlane.copyObjectVersion(bucket, key, version),
    ],
    [
      /^aws s3api delete-object --bucket (\S+) --key (\S+) --version-id all$/,
      (bucket = "", key = "") => dev().edge.controlPlane.deleteObjectVersions(bucket, key),
    ],
    [
      /^aws cloudfront create-invalidation --distribution-id (\S+) --paths '([#/]\S+)'$/,
      (distribution = "", path = "") => dev().edge.controlPlane.createInvalidation(distribution, [path]),
    ],
    [/^(node .*)$/, (command = "") => (printed = execFileSync("sh", ["-c", command], { encoding: "utf8" }))],
  ];
  let printed = "";
  const runOther = (command: string): void => {
    const [pattern, run] = others.find(([pattern]) => pattern.test(command)) ?? expect.fail(`not known: ${command}`);
    run(...(pattern.exec(command) ?? []).slice(1));
  };

  it("takes over an Action that was pasted by hand", async () => {
    commands = documentedCommands(
      new Map([["dev", dev().workspace]]),
      { expectedTenant: dev().tenant.domain, connections: {} },
      runOther,
    );
    const pasted = await deployAction(dev(), "Change user pictures", "exports.onExecutePostLogin = async () => {};\n");
    await bindActions(dev(), [await actionId("Add roles"), pasted]);
    await follow(commands, "Taking over what exists", { "pasted-action": pasted }, [0, 3]);

    expect(await actionId("User picture")).toBe(pasted);
    expect(commands.config["action"]).not.toHaveProperty("importActionId");
    expect(await dev().boundActions()).toEqual(["Add roles", "User picture"]);
  });

  it("deploys for the first time, where the stack belongs, and names the bucket that is there", async () => {
    const section = "First deployment";
    ({ outputs } = await follow(commands, section, { tenant: dev().tenant.domain, account: accountId }, [0, 6]));
    const { changes } = await follow(commands, section, { bucket: String(outputs["bucketName"]) }, [6]);
    expect(changes).toMatchObject({ create: 0, replace: 0, delete: 0 });

    expect(await flagOf("google-oauth2")).toBe("on_first_login");
    expect((await dev().edge.fetch(String(outputs["defaultPictureUrl"]))).status).toBe(200);
    expect(commands.config["expectedTenant"]).toBe(dev().tenant.domain);
  });

  it("takes over a connection's flag, and nothing else of it", async () => {
    const options = { client_id: "id", client_secret: "theirs", discovery_url: "https://idp.example/" };
    await dev().management.connections.create({ name: "acme-oidc", strategy: "oidc", options } as never);
    await follow(commands, "Taking over what exists", {}, [3, 5]);

    expect(await flagOf("acme-oidc")).toBe("on_first_login");
    expect(dev().tenant.snapshot().connections["acme-oidc"]?.["options"]).toMatchObject(options);
  });

  it("takes the place of the legacy Rule, and rolls the Action back", async () => {
    const before = await liveCode();
    await follow(commands, "In place of the legacy Rule");
    expect(await liveCode()).toContain("gravatar-fallback");

    revert = () => void Reflect.deleteProperty(commands.config, "mode");
    await follow(commands, "Rolling back the Action", { commit: "0123abc" });
    expect(await liveCode()).toBe(before);
  });

  it("takes back a bucket that a refresh has lost sight of, before an up has made another one and after", async () => {
    const { edge, workspace } = dev();
    const api = edge.controlPlane;
    const bucket = String(outputs["bucketName"]);
    const { importBucketName: _, ...store } = commands.config["store"] as Record<string, unknown>;
    const withoutGuard = { ...commands, config: { ...commands.config, store } };
    const lose = async () => {
      api.denyListBucket(bucket, true);
      expect(await lost()).toEqual(["user-pictures-store-bucket"]);
      expect((await workspace.refresh(commands)).changes.delete).toBe(1);
    };
    // What the drift workflow asks, and, where there is jq, how it reads the answer.
    const lost = async () => {
      const digest = (await workspace.previewRefresh()) as { steps: { op: string; urn: string }[] };
      const names = digest.steps.filter(({ op }) => op === "delete").map(({ urn }) => urn.replace(/.*::/, ""));
      const input = JSON.stringify(digest);
      const read = spawnSync("sh", ["-c", "jq --raw-output --from-file .github/lost.jq"], { input, encoding: "utf8" });
      if (read.status !== 127) expect(read.stdout.trim()).toBe(names.join(", "));
      return names;
    };
    const kept = "u/5756aadff1ddeb12281ac50f7f975b5f/kept.png";
    api.putObject(bucket, kept, Buffer.from("picture"), { contentType: "image/png" });
    const isShown = async () => (await edge.fetch(`${String(outputs["pictureBaseUrl"])}${kept}`)).status === 200;

    expect(await lost()).toEqual([]);
    await lose();
    expect((await workspace.preview(withoutGuard)).changes.create).toBe(1);
    dev().takeOutput();
    await expect(workspace.preview(commands)).rejects.toThrow("failed");
    expect(dev().takeOutput()).toContain(`resource '${bucket}' does not exist`);
    api.denyListBucket(bucket, false);
    const section = "When a refresh says that the bucket is deleted";
    const taken = await follow(commands, section, { bucket });
    expect(taken.changes).toMatchObject({ import: 1, create: 0, replace: 0, delete: 0 });
    expect((await workspace.up({ ...commands, refresh: true, skipPreview: true })).changes).toMatchObject({
      update: 0,
    });
    expect(await isShown()).toBe(true);
    onTestFinished(() => api.deleteObjectVersions(bucket, kept));

    await lose();
    const mistaken = await workspace.up({ ...withoutGuard, skipPreview: true });
    expect(mistaken.outputs["bucketName"]).not.toBe(bucket);
    expect(await isShown()).toBe(false);
    api.denyListBucket(bucket, false);
    const { outputs: after } = await follow(commands, section, { bucket });
    expect(after["bucketName"]).toBe(bucket);
    expect(await isShown()).toBe(true);
    expect(api.getBucket(String(mistaken.outputs["bucketName"]))).toBeDefined();
  });

  it("restores a picture that was deleted, and a default picture that was overwritten", async () => {
    const api = dev().edge.controlPlane;
    const [bucket, key] = [String(outputs["bucketName"]), "u/5756aadff1ddeb12281ac50f7f975b5f/0123.png"];
    const status = async () => (await dev().edge.fetch(`${String(outputs["pictureBaseUrl"])}${key}`)).status;
    const { versionId: version = "" } = api.putObject(bucket, key, Buffer.from("picture"), {
      contentType: "image/png",
    });
    api.deleteObject(bucket, key);
    expect(await status()).toBe(404);
    const [list = "", copy = "", ...ofDefault] = sections.get("Restoring a picture") ?? [];
    for (const command of [list, copy, ...ofDefault]) covered.add(command);
    for (const command of [list, copy]) await commands.run(command, { bucket, key, version });

    expect(await status()).toBe(200);
    api.deleteObjectVersions(bucket, key);

    const url = String(outputs["defaultPictureUrl"]);
    const shown = async () => Buffer.from(await (await dev().edge.fetch(url)).arrayBuffer());
    const before = await shown();
    api.putObject(bucket, new URL(url).pathname.slice(1), Buffer.from("another"), { contentType: "image/png" });
    expect((await dev().workspace.up({ ...commands, skipPreview: true })).changes.update).toBe(0);
    for (const command of ofDefault) await commands.run(command, { distribution: String(outputs["distributionId"]) });
    expect(await shown()).toEqual(before);
  });

  it("erases one user's pictures, at the edge too, and no other's", async () => {
    const api = dev().edge.controlPlane;
    const [bucket, distribution] = [String(outputs["bucketName"]), String(outputs["distributionId"])];
    const owners = ["auth0|ada", "auth0|grace"].map((userId) => ({ key: `${userFolder(userId)}0.png`, userId }));
    for (const { key, userId } of owners)
      api.putObject(bucket, key, Buffer.from(key), {
        contentType: "image/png",
        cacheControl: pictureCacheControl,
        metadata: { "cache-tag": cacheTag(userId) },
      });
    const statuses = () =>
      Promise.all(
        owners.map(async ({ key }) => (await dev().edge.fetch(`${String(outputs["pictureBaseUrl"])}${key}`)).status),
      );
    expect(await statuses()).toEqual([200, 200]);

    const section = "Erasing one user's pictures";
    const [first = "", ...rest] =
      sections.get(section) ?? expect.fail(`docs/operations.md has no section "${section}"`);
    await commands.run(first, { "user-id": "auth0|ada" });
    const [folder = "", tag = ""] = printed.trim().split(" ");
    const key = api.listObjectVersions(bucket).find((one) => one.startsWith(folder)) ?? expect.fail("no key");
    for (const command of rest) await commands.run(command, { bucket, folder, key, version: "all", distribution, tag });
    for (const command of [first, ...rest]) covered.add(command);

    expect(await statuses()).toEqual([404, 200]);
    api.deleteObjectVersions(bucket, owners[1]?.key ?? "");
  });

  it("goes on where a certificate took longer than a session", async () => {
    const api = dev().edge.controlPlane;
    const section = "A certificate that takes longer than a session";
    const host = "new-pictures.example.org";
    dev().takeOutput();
    await expect(follow(commands, section, { host }, [0, 3])).rejects.toThrow("failed");
    const [, name = "", value = ""] =
      /waits until this DNS record .*: (\S+) CNAME (\S+)/.exec(dev().takeOutput()) ?? [];
    api.putRecordElsewhere({ name, type: "CNAME", values: [value] });
    const state = JSON.stringify(await dev().workspace.exportState());
    const [certificate = ""] = /arn:aws:acm:us-east-1:\d+:certificate\/[\w-]+/.exec(state) ?? [];
    const { outputs: after } = await follow(commands, section, { certificate }, [3]);

    expect(after["pictureBaseUrl"]).toBe(`https://${host}/`);
  });

  it("takes a host over from another distribution", async () => {
    const { edge } = dev();
    const api = edge.controlPlane;
    const section = "Taking a host over from another distribution";
    const [host, distribution] = ["pictures.example.org", String(outputs["distributionId"])];
    const certificate = api.requestCertificate("*.example.org", "us-east-1");
    const { name, type, value } = api.describeCertificate(certificate)?.validation ?? expect.fail("none");
    api.putRecordElsewhere({ name, type, values: [value] });
    api.validateCertificate(certificate);
    const theirs = api.getDistribution(distribution)?.config ?? expect.fail("none");
    const viewerCertificate = { acmCertificateArn: certificate, sslSupportMethod: "sni-only" };
    const { id } = api.createDistribution({ ...theirs, aliases: [host], viewerCertificate });
    await follow(commands, section, { "other-host": "other.example.org", certificate }, [0, 3]);
    const own = String(outputs["distributionDomainName"]);
    api.putRecordElsewhere({ name: `_${host}`, type: "TXT", values: [own] });
    const { outputs: after } = await follow(commands, section, { host, distribution }, [3]);

    expect(api.getDistribution(distribution)?.config.aliases).toEqual([host]);
    expect(api.getDistribution(id)?.config.aliases).toEqual([]);
    expect(after["pictureBaseUrl"]).toBe(`https://${host}/`);
    expect((await edge.fetch(String(after["defaultPictureUrl"]).replace(host, own))).status).toBe(200);
    api.updateDistribution(id, { ...theirs, aliases: [], viewerCertificate, enabled: false });
    api.deleteDistribution(id);
  });

  it("rotates credentials, with which a refresh works", async () => {
    const { clientId, clientSecret } = dev().tenant.createManagementClient([...deploymentScopes, "read:clients"]);
    const old = dev().deploymentClient.clientId;
    await follow(commands, "Rotating credentials", { "client-id": clientId, "client-secret": clientSecret }, [0, 3]);
    dev().tenant.revokeManagementClient(old);
    const { changes } = await follow(commands, "Rotating credentials", {}, [3]);

    expect(changes).toMatchObject({ update: 0, delete: 0 });
  });

  it("takes new credentials without an up where a refresh is told to run the program", async () => {
    const { tenant, workspace } = dev();
    const { clientId, clientSecret } = tenant.createManagementClient([...deploymentScopes, "read:users"]);
    const settings = {
      config: { ...commands.config, "auth0:clientId": clientId },
      secrets: { "auth0:clientSecret": clientSecret },
    };
    tenant.revokeManagementClient(String(commands.config["auth0:clientId"]));
    await expect(workspace.refresh(settings)).rejects.toThrow("failed");
    const { changes } = await workspace.refresh({ ...settings, runProgram: true });
    expect(changes).toMatchObject({ update: 0, delete: 0 });

    Object.assign(commands.config, settings.config);
    Object.assign(commands.secrets, settings.secrets);
  });

  it("goes on after a run that was killed", async () => {
    commands.config["action"] = { name: "Picture of the user" };
    await killAfter(dev(), 0, commands);
    const { changes } = await follow(commands, "After a run that was killed");

    expect(changes).toMatchObject({ create: 0, delete: 0 });
    expect(await dev().boundActions()).toEqual(["Add roles", "Picture of the user"]);
  });

  it("removes everything that is its own", async () => {
    await follow(commands, "Removing everything", {}, [0, 2]);
    // Others may delete a connection that this stack has set the flag of.
    const { data } = await dev().management.connections.list({ name: "acme-oidc" });
    await dev().management.connections.delete(data[0]?.id ?? "");
    await follow(commands, "Removing everything", {}, [2]);

    expect(await dev().boundActions()).toEqual(["Add roles"]);
    expect(await flagOf("google-oauth2")).toBeUndefined();
  });

  it("promotes to prod, there into a bucket that exists", async () => {
    const api = prod().edge.controlPlane;
    const zoneId = api.createHostedZone("example.com");
    api.createBucket("pictures-of-another-team", "eu-central-1");
    const promoting = documentedCommands(
      new Map([["prod", prod().workspace]]),
      { expectedTenant: prod().tenant.domain },
      () => undefined,
    );
    setIn(promoting.config, ["store", "domain", "zoneId"], zoneId);
    const taken = await follow(promoting, "Taking over what exists", { bucket: "pictures-of-another-team" }, [5]);
    const { outputs } = await follow(promoting, "Promotion");

    expect(taken.outputs["bucketName"]).toBe("pictures-of-another-team");
    expect(outputs["pictureBaseUrl"]).toBe("https://pictures.example.com/");
    expect(await prod().boundActions()).toEqual(["Add roles", "User picture"]);
  });
});

afterAll(() => {
  expect([...covered].sort()).toEqual([...new Set([...sections.values()].flat())].sort());
});
