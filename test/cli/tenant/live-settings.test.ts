// The settings of the live Action, out of the code that the tenant has; and why they are not known, where they are not.
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { bundleAction } from "../../../actions/bundle/bundle.ts";
import type { PictureSettings } from "../../../actions/user-picture/picture.ts";
import { CommandError } from "../../../cli/terminal/command-error.ts";
import { readLiveSettings } from "../../../cli/tenant/live-settings.ts";
import { bindActions, buildAndDeploy } from "../../sandbox/tenant/running-tenant.ts";
import { runApi } from "./running-api.ts";

const running = runApi({});
const settings: PictureSettings = {
  allowedUrlPrefixes: ["https://pictures.example.org/u/"],
  linkedIdentityPicture: true,
  rootPicture: "guarded",
  defaultPictures: {
    general: "https://pictures.example.org/d/user.png",
    byOrganization: { acme: "https://pictures.example.org/d/acme.png" },
  },
  // What looks like the settings' end, or like another's.
  mirrors: { samlAttribute: 'a\\n};\\nconst PICTURE_SETTINGS = {"allowedUrlPrefixes":[]};' },
};
const supported_triggers = [{ id: "post-login" as const, version: "v3" }];

async function action(code: string, isDeployed = true): Promise<string> {
  const { management } = running.api;
  const { id = "" } = await management.actions.create({ name: `a ${Math.random()}`, code, supported_triggers });
  if (isDeployed) await buildAndDeploy(management, id);
  return id;
}

const read = (id: string) => readLiveSettings(running.api.management, id);

it("reads the settings of the version that is live, and whether logins run it", async () => {
  const id = await action(bundleAction({ ...settings, mirrors: null }));
  const { deployed_version } = await running.api.management.actions.get(id);
  expect(await read(id)).toMatchObject({
    settings: { ...settings, mirrors: { samlAttribute: null } },
    ...{ versionId: deployed_version?.id, isBound: false, isDraftLive: true },
  });
  await bindActions(running.api, [id]);
  await running.api.management.actions.update(id, { code: bundleAction({ allowedUrlPrefixes: [] }) });
  expect(await read(id)).toMatchObject({
    settings: { allowedUrlPrefixes: settings.allowedUrlPrefixes },
    ...{ versionId: deployed_version?.id, isBound: true, isDraftLive: false },
  });
});

it("is not led astray by what a setting says", async () => {
  const { settings: found } = await read(await action(bundleAction({ ...settings, mode: "everyone" })));
  expect(found).toMatchObject({ ...settings, mode: "everyone" });
});

it("finds an Action that is bound among many", async () => {
  const ids = await Promise.all(
    Array.from({ length: 3 }, () => action("exports.onExecutePostLogin = async () => {};")),
  );
  const own = await action(bundleAction(settings));
  await bindActions(running.api, [...ids, own]);
  expect(await read(own)).toMatchObject({ isBound: true });
});

it("knows nothing of other Actions", async () => {
  const code = bundleAction(settings);
  const folder = await mkdtemp(join(tmpdir(), "live-settings-"));
  const entry = join(folder, "own.ts");
  await writeFile(entry, "export const onExecutePostLogin = async () => void PICTURE_SETTINGS;");
  const own = bundleAction(settings, { entry });
  await rm(folder, { recursive: true });
  const foreign = `exports.onExecutePostLogin = async () => {};\n// ${code.slice(0, 500)}`;
  const rows = [
    ["no such action", "00000000-0000-4000-8000-000000000000"],
    ["no such action", "../connections"],
    ["no live version", await action(code, false)],
    ["not ours", await action("exports.onExecutePostLogin = async () => {};")],
    ["not ours", await action(foreign)],
    ["own action", await action(own)],
    ["unreadable", await action(code.replace("allowedUrlPrefixes", "somethingElse"))],
    ["unreadable", await action(code.replace("const PICTURE_SETTINGS = {", "const PICTURE_SETTINGS = { /* */"))],
    ["unreadable", await action(code.replace("https://pictures.example.org/u/", "javascript:"))],
  ] as const;
  for (const [cause, id] of rows) {
    const found = await read(id);
    expect(found).toMatchObject({ settings: undefined, cause });
    expect("reason" in found && found.reason).toMatch(/^(The|An) .*\.$/);
  }
});

it("names the scope that the client lacks", async () => {
  const { management } = running.open({ credentials: running.tenant.createManagementClient(["read:users"]) });
  const failure = await readLiveSettings(management, "a").catch((error: unknown) => error);
  expect(failure).toBeInstanceOf(CommandError);
  expect(String(failure)).toContain("read:actions");
});
