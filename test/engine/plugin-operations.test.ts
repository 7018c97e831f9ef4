// The operations of Pulumi's CLI beyond the life of a stack, on what the plugin has made: options of a component, an
// import, a state that loses resources, Ctrl-C. `npm run test:rare` only.
import { execFileSync } from "node:child_process";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { obtainEngine } from "../../sandbox/engine/engine.ts";
import { sandboxPaths } from "../../sandbox/engine/environment.ts";
import { stackLocks } from "../../sandbox/engine/interruption.ts";
import { obtainLanguageTools } from "./languages/language-tools.ts";
import { openConsumer } from "./languages/open-consumer.ts";
import type { Consumer } from "./languages/open-consumer.ts";
import { installPlugin } from "./plugin-folder.ts";
import { sandboxOf, tenantStateOf } from "./test-sandbox.ts";

const progress = () => undefined;
const tools = await obtainLanguageTools(await obtainEngine({ progress }), { progress });

/** With the characters that a URN, a shell and YAML have for themselves. */
const name = "Grüße an “alle” / 'a'::b$c";

const program = `name: operations
runtime: yaml
resources:
  faces:
    type: auth0-user-pictures:PictureAction
    properties: { name: Faces, allowAnyHost: true }
    options: { protect: true }
  google:
    type: auth0-user-pictures:ConnectionSync
    name: "${name}"
    properties: { connectionName: google-oauth2, setUserRootAttributes: on_first_login }
    options: { protect: true, deletedWith: "\${faces}" }
`;

const sandbox = sandboxOf(() => "examples/yaml");
let folder: string;
let plugin: string;
let consumer: Consumer;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "operations-"));
  plugin = join(folder, "plugin");
  const written = join(folder, "operations");
  await Promise.all([plugin, written].map((path) => mkdir(path)));
  await installPlugin(plugin);
  await writeFile(join(written, "Pulumi.yaml"), program);
  consumer = await openConsumer({ folder: written, sandbox: sandbox(), tools, pluginFolder: plugin });
});
afterAll(async () => {
  await consumer.close();
  await rm(folder, { recursive: true });
});

interface Resource {
  readonly urn: string;
  readonly protect?: boolean;
  readonly deletedWith?: string;
}
const resourcesOf = async () =>
  ((await consumer.exportState()) as { readonly deployment: { readonly resources?: readonly Resource[] } }).deployment
    .resources ?? [];
const urnEnding = async (end: string) => (await resourcesOf()).find(({ urn }) => urn.endsWith(end))?.urn ?? "";

async function change(from: string, to: string): Promise<void> {
  const file = join(consumer.folder, "Pulumi.yaml");
  const text = await readFile(file, "utf8");
  expect(text).toContain(from);
  await writeFile(file, text.replace(from, to));
}

describe.skipIf(tools.missing.yaml !== undefined)("what the plugin has made", () => {
  it("has its component's options, and says what it does to a connection", async () => {
    const { output } = await consumer.up();
    expect(output).toContain(`Connection "google-oauth2": picture, name`);

    const action = await urnEnding("PictureAction::faces");
    const ofGoogle = (await resourcesOf()).filter(({ urn }) => urn.includes(`::${name}`));
    expect(ofGoogle).toHaveLength(2);
    for (const resource of ofGoogle) expect(resource).toMatchObject({ protect: true, deletedWith: action });
    await expect(consumer.destroy()).rejects.toThrow("because it is protected");
    await consumer.pulumi("state", "unprotect", "--all", "--yes");
    await change('protect: true, deletedWith: "${faces}"', "protect: false");
    await change("protect: true", "protect: false");
  });

  it("is not imported, and it is said what is done in its place", async () => {
    const flag = "auth0-user-pictures:index:ConnectionSyncFlag";
    const imported = consumer.pulumi("import", flag, "flag", "con_1", "--yes", "--skip-preview");
    await expect(imported).rejects.toThrow(
      `Nothing of auth0-user-pictures is imported. Declare the component and run "pulumi up"`,
    );
    expect(await urnEnding("::flag")).toBe("");
  });

  it("is refused in words where two processes of the plugin are to make it", async () => {
    // Without it, YAML names no version but this one.
    await rm(join(consumer.folder, "sdks"), { recursive: true });
    await change("options: {protect: false}\npackages", "options: {version: 0.0.0}\npackages");
    await expect(consumer.preview()).rejects.toThrow(
      "auth0-user-pictures-settings cannot be created: two processes of the plugin auth0-user-pictures serve this",
    );
    await change("version: 0.0.0", "protect: false");
  });

  it("is made again where the state has lost it", async () => {
    const settings = await urnEnding("::auth0-user-pictures-settings");
    await consumer.pulumi("state", "delete", settings, "--target-dependents", "--yes");
    expect((await consumer.up()).changes).toMatchObject({ create: 3, update: 0, delete: 0 });
    expect(await sandbox().boundActions()).toEqual(["Add roles", "Faces"]);
  });

  it("is finished at Ctrl-C, and no process of the plugin stays", async () => {
    await change("on_first_login", "on_each_login");
    const { state } = sandboxPaths(dirname(consumer.pulumiHome));
    const act = async () => {
      for (const { pid } of await stackLocks(state, "operations", "dev")) process.kill(pid, "SIGINT");
    };
    const { tenant } = sandbox();
    tenant.faults.inject({ kind: "meanwhile", when: "before effect", act }, { method: "PATCH", path: /con_/ });
    await expect(consumer.up()).rejects.toThrow(/cancelling/);

    expect(tenantStateOf(tenant).connections["google-oauth2"]).toMatchObject({
      options: { set_user_root_attributes: "on_each_login" },
    });
    expect(execFileSync("ps", ["-eo", "args"], { encoding: "utf8" })).not.toContain(plugin);
    expect((await consumer.up()).changes).toMatchObject({ create: 0, update: 0, delete: 0, same: 8 });
  });

  it("is destroyed from the state, which knows no more what a lost flag had found", async () => {
    await consumer.destroy();
    expect(await resourcesOf()).toEqual([]);
    expect(await sandbox().boundActions()).toEqual(["Add roles"]);
    expect(tenantStateOf(sandbox().tenant).connections["google-oauth2"]).toMatchObject({
      options: { set_user_root_attributes: "on_first_login" },
    });
  });
});
