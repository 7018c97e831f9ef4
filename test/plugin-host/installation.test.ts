// How a plugin knows where the engine has it from. The names of the folders are those that the engine gives: a table
// from its own test of them (pulumi, sdk/go/common/workspace: TestPluginSpec_LocalName), and of the URL that finds one.
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { installationOf } from "../../plugin-host/installation.ts";

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "home-"));
});
afterEach(() => rmSync(root, { recursive: true }));

function folder(path: string, remote?: string): string {
  const made = join(root, path);
  mkdirSync(made, { recursive: true });
  if (remote !== undefined) {
    const git = join(root, path.split("/").slice(0, 2).join("/"), ".git");
    mkdirSync(git, { recursive: true });
    writeFileSync(
      join(git, "config"),
      `[core]\n\tbare = false\n[remote "origin"]\n\turl = ${remote}\n\tfetch = +refs\n`,
    );
  }
  return made;
}

describe("the installation of a plugin", () => {
  it.each<[path: string, remote: string | undefined, url: string]>([
    [
      "plugins/resource-github.com_acme_pictures.git_plugin-v1.2.3/plugin",
      "https://github.com/acme/pictures.git",
      "git://github.com/acme/pictures.git/plugin",
    ],
    // Without the clone's word, or where that is of something else.
    [
      "plugins/resource-github.com_acme_my_pictures.git_plugin-v1.2.3/plugin",
      undefined,
      "git://github.com/acme/my_pictures.git/plugin",
    ],
    [
      "plugins/resource-github.com_acme_pictures.git_plugin-v1.2.3/plugin",
      "https://mirror.example.org/pictures",
      "git://github.com/acme/pictures.git/plugin",
    ],
    // Subgroups, a port, and what must not get into a state.
    [
      "plugins/resource-git.example.org:8443_a_b_c_d.git_plugin-v1.2.3/plugin",
      "https://user:planted-password@git.example.org:8443/a/b/c_d",
      "git://git.example.org:8443/a/b/c_d.git/plugin",
    ],
    [
      "plugins/resource-github.com_acme_pictures.git-v1.2.3",
      "https://github.com/acme/pictures.git",
      "git://github.com/acme/pictures.git",
    ],
    [
      "plugins/resource-github.com_acme_pictures.git_a_b-v1.2.3/a/b",
      "https://github.com/acme/pictures/",
      "git://github.com/acme/pictures.git/a/b",
    ],
  ])("of a Git repository has its URL: %s", (path, remote, pluginDownloadURL) => {
    expect(installationOf(folder(path, remote))).toEqual({ version: "1.2.3", pluginDownloadURL });
  });

  it("has the version that the folder says, a commit's too", () => {
    const commit = folder("plugins/resource-github.com_acme_pictures.git_plugin-v0.0.0-x1a2b3c4d/plugin");
    expect(installationOf(commit).version).toBe("0.0.0-x1a2b3c4d");
    expect(installationOf(folder("plugins/resource-auth0-user-pictures-v1.2.3"))).toEqual({ version: "1.2.3" });
    expect(installationOf(folder("plugins/resource-auth0-user-pictures-v1.2.3-rc.1"))).toEqual({
      version: "1.2.3-rc.1",
    });
  });

  it("is not known of a folder that the engine did not name, nor through a link to one", () => {
    expect(installationOf(folder("repository/plugin"))).toEqual({});
    expect(installationOf(folder("resource-x-v1.2.3/plugin"))).toEqual({});
    const link = join(root, "plugins/resource-auth0-user-pictures-v1.2.3");
    mkdirSync(dirname(link), { recursive: true });
    symlinkSync(folder("repository/plugin"), link);
    expect(installationOf(link)).toEqual({});
  });
});
