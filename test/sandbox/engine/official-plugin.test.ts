// Where an official plugin is looked for, and what is said where it cannot be used. Scripts stand for the plugin: they
// answer the question for the version.
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { findOfficialPlugin } from "../../../sandbox/engine/official-plugin.ts";

let root: string;
let env: { PATH: string; PULUMI_HOME: string };
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "official plugin "));
  env = { PATH: "/usr/bin:/bin", PULUMI_HOME: join(root, "home") };
});
afterEach(() => rm(root, { recursive: true }));

const saying = (text: string) => `#!/bin/sh\ntest "$*" = -version && echo "${text}"\n`;

async function file(path: string, content: string): Promise<string> {
  await mkdir(join(path, ".."), { recursive: true });
  await writeFile(path, content);
  await chmod(path, 0o755);
  return path;
}

const install = (version: string, content = saying(version)) =>
  file(join(env.PULUMI_HOME, `plugins/resource-auth0-v${version}/pulumi-resource-auth0`), content);
const onPath = async (folder: string, content: string) => {
  const path = await file(join(root, folder, "pulumi-resource-auth0"), content);
  env.PATH += `:${join(root, folder)}`;
  return path;
};
const find = () => findOfficialPlugin("auth0", "3.49.0", env);

/** The whole message, without this test's own folder. */
const refusal = async () => {
  const error = await find().catch((error: unknown) => error as Error);
  if (!(error instanceof Error)) throw new Error("the plugin was found");
  expect(error.message).not.toContain("\n");
  return error.message.replaceAll(root, "");
};

const howToInstall =
  "This installs it: `pulumi plugin install resource auth0 3.49.0`, or without a CLI of your own " +
  "`npm run pulumi -- plugin install resource auth0 3.49.0`.";

const doesNotStart = `does not start on this machine (${process.platform} ${process.arch}); it may be for another`;

describe("in the folder of plugins", () => {
  it("takes the version of the SDK among several", async () => {
    for (const version of ["3.48.0", "3.55.1"]) await install(version);
    const executable = await install("3.49.0");

    expect(await find()).toEqual({ name: "auth0", version: "3.49.0", executable, source: "plugins" });
  });

  it("says how to install it where there is no folder at all, or an empty one", async () => {
    expect(await refusal()).toBe(`The official auth0 plugin 3.49.0 is not installed. ${howToInstall}`);
    await mkdir(join(env.PULUMI_HOME, "plugins"), { recursive: true });
    expect(await refusal()).toBe(`The official auth0 plugin 3.49.0 is not installed. ${howToInstall}`);
  });

  it("is the user's own, if PULUMI_HOME does not say another", async () => {
    const executable = await file(
      join(root, ".pulumi/plugins/resource-auth0-v3.49.0/pulumi-resource-auth0"),
      saying("3.49.0"),
    );
    expect(await findOfficialPlugin("auth0", "3.49.0", { PATH: env.PATH, HOME: root })).toMatchObject({ executable });
  });

  it("names other versions, which the engine does not take, and no other plugin's", async () => {
    for (const version of ["3.9.0", "3.55.1", "3.48.0"]) await install(version);
    const plugins = join(env.PULUMI_HOME, "plugins");
    await file(join(plugins, "resource-auth0-v3.47.0.lock"), "");
    await file(join(plugins, "resource-aws-v7.48.0/pulumi-resource-aws"), saying("7.48.0"));
    // As an archive is named, for some system and processor.
    await file(join(plugins, "pulumi-resource-auth0-v3.49.0-linux-arm64/pulumi-resource-auth0"), saying("3.49.0"));

    expect(await refusal()).toBe(
      `The official auth0 plugin 3.49.0 is not installed (/home/plugins has 3.9.0, 3.48.0, 3.55.1). ${howToInstall}`,
    );
  });

  it.each([
    ["is missing or cannot be executed", (executable: string) => rm(executable)],
    ["is missing or cannot be executed", (executable: string) => chmod(executable, 0o644)],
    [
      "was installed by half",
      (executable: string) => writeFile(join(executable, "../../resource-auth0-v3.49.0.partial"), ""),
    ],
    [
      "is version 3.55.1, in spite of its folder's name",
      (executable: string) => writeFile(executable, saying("3.55.1")),
    ],
    ["does not print a version when asked by `-version`", (executable: string) => writeFile(executable, saying("dev"))],
    ["does not print a version when asked by `-version`", (executable: string) => writeFile(executable, "#!/bin/sh\n")],
    // The first bytes of a program for Linux on another processor; no system starts it.
    [
      doesNotStart,
      (executable: string) => writeFile(executable, Buffer.from("7f454c4602010100000000000000000002000800", "hex")),
    ],
    [doesNotStart, (executable: string) => writeFile(executable, "#!/bin/sh\nexit 3\n")],
  ])("says that it %s", async (fault, spoil) => {
    await spoil(await install("3.49.0"));

    expect(await refusal()).toBe(
      `The official auth0 plugin /home/plugins/resource-auth0-v3.49.0/pulumi-resource-auth0 ${fault}. ` +
        "This mends it: `pulumi plugin install resource auth0 3.49.0 --reinstall`.",
    );
  });
});

describe("on PATH", () => {
  it.each(["3.49.0", "v3.49.0", "3.49.1", "3.100.0"])("takes version %s, before an installed one", async (version) => {
    await install("3.49.0");
    const executable = await onPath("bin", saying(version));
    await onPath("later", saying("3.49.0"));

    expect(await find()).toEqual({ name: "auth0", version: version.replace("v", ""), executable, source: "path" });
  });

  it("passes over what cannot be executed, as the engine does", async () => {
    await chmod(await onPath("bin", saying("3.49.0")), 0o644);
    const executable = await onPath("later", saying("3.50.0"));

    expect(await find()).toMatchObject({ executable });
  });

  it.each([
    ["3.48.9", "is version 3.48.9, and 3.49.0 is needed"],
    ["3.5.0", "is version 3.5.0, and 3.49.0 is needed"],
    ["4.0.0", "is version 4.0.0, and 3.49.0 is needed"],
    ["dev", "does not print a version when asked by `-version`"],
  ])("refuses version %s, which would hide an installed one", async (version, fault) => {
    await install("3.49.0");
    await onPath("bin", saying(version));

    expect(await refusal()).toBe(
      `The official auth0 plugin on PATH, /bin/pulumi-resource-auth0, ${fault}. It hides every other one: take it ` +
        "from PATH, then run `pulumi plugin install resource auth0 3.49.0`.",
    );
  });
});

it("shows the plugin none of the user's credentials", async () => {
  await install("3.49.0", `#!/bin/sh\nenv > "${join(root, "seen")}"\necho 3.49.0\n`);
  await findOfficialPlugin("auth0", "3.49.0", { ...env, AUTH0_CLIENT_SECRET: "planted", HOME: "/planted" });

  expect(await readFile(join(root, "seen"), "utf8")).not.toContain("planted");
});
