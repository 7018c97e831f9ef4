// The plugin where `pulumi package add` puts it from a Git repository: the engine finds it by its URL alone, also for
// its own resources, in a refresh and a destroy from the state. `npm run test:rare` only.
import { mkdir, readFile, rename, symlink, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { expect, it } from "vitest";
import { openConsumer } from "./languages/open-consumer.ts";
import { installPlugin } from "./plugin-folder.ts";
import { sandboxOf } from "./test-sandbox.ts";

const sandbox = sandboxOf(() => "test/engine/fixture/either-program");

it("is found again by the engine, whatever is done", async () => {
  const consumer = await openConsumer({ folder: "test/engine/fixture/git-plugin", sandbox: sandbox() });
  try {
    await writeFile(join(consumer.folder, "package.json"), '{ "type": "module", "main": "index.js" }');
    await symlink(resolve("node_modules"), join(consumer.folder, "node_modules"));
    const installed = join(consumer.pulumiHome, "plugins/resource-localhost_team_pictures.git_plugin-v1.2.3");
    await mkdir(join(installed, "plugin"), { recursive: true });
    await installPlugin(join(installed, "plugin"));
    const schema = await readFile("plugin/schema.json", "utf8");
    await writeFile(join(installed, "plugin/schema.json"), schema.replace('"version": "0.0.0"', '"version": "1.2.3"'));

    const { changes } = await consumer.up();
    expect(changes.create).toBe(8);
    const state = JSON.stringify(await consumer.exportState());
    const url = /"pluginDownloadURL":"([^"]*)"/g;
    expect(new Set([...state.matchAll(url)].map(([, found]) => found))).toEqual(
      new Set(["git://localhost/team/pictures/plugin", "git://localhost/team/pictures.git/plugin"]),
    );
    expect((await consumer.refresh()).changes).toMatchObject({ update: 0, delete: 0 });
    expect((await consumer.preview()).changes).toMatchObject({ create: 0, update: 0, delete: 0 });

    // Without the plugin, the engine says which one it was.
    await rename(installed, `${installed}-gone`);
    await expect(consumer.refresh()).rejects.toThrow(/auth0-user-pictures.*1\.2\.3/s);
    await rename(`${installed}-gone`, installed);
    expect((await consumer.destroy()).changes).toMatchObject({ delete: 8 });
  } finally {
    await consumer.close();
  }
});
