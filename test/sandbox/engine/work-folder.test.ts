// The sandbox's copies of Pulumi.yaml and the stack's settings.
import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { parse } from "yaml";
import { writeWorkFolder } from "../../../sandbox/engine/work-folder.ts";

const settings = `# Why the settings are so.
encryptionsalt: v1:of-another-key
secretsprovider: awskms://alias/x
encryptedkey: abc
environment:
  - team/dev
config:
  # In seconds.
  pictures:maxAge: 60
  pictures:connections:
    - name: google
      token:
        secure: v1:abc
  auth0:clientSecret:
    secure: v1:def
`;

let folder: string;
let projectFolder: string;

beforeEach(async () => {
  const root = await mkdtemp(join(tmpdir(), "work-folder-test-"));
  projectFolder = join(root, "project");
  folder = join(root, "project", ".sandbox", "work");
  await mkdir(folder, { recursive: true });
  await writeFile(join(projectFolder, "Pulumi.yaml"), "# The project.\nname: pictures\nruntime: nodejs\n");
  await writeFile(join(projectFolder, "Pulumi.dev.yaml"), settings);
});

afterEach(() => rm(join(projectFolder, ".."), { recursive: true, force: true }));

function write({ stack = "dev", config = {} }: { stack?: string; config?: Record<string, unknown> } = {}) {
  return writeWorkFolder({ folder, projectFolder, program: join(projectFolder, "index.ts"), stack, config });
}

test("the copies keep settings and comments, and nothing of another backend", async () => {
  expect(await write()).toEqual(["pictures:connections", "auth0:clientSecret"]);
  const text = await readFile(join(folder, "Pulumi.dev.yaml"), "utf8");
  expect(text).toContain("# In seconds.");
  expect(parse(text)).toEqual({ config: { "pictures:maxAge": 60 } });
  expect(await readFile(join(folder, "Pulumi.yaml"), "utf8")).toBe(
    "# The project.\nname: pictures\nruntime: nodejs\nmain: ../../index.ts\n",
  );
  expect((await stat(join(folder, "Pulumi.dev.yaml"))).mode & 0o777).toBe(0o600);
  expect(await readFile(join(projectFolder, "Pulumi.dev.yaml"), "utf8")).toBe(settings);
});

test("overrides hold for one operation, the engine's salt for all", async () => {
  await write();
  await writeFile(
    join(folder, "Pulumi.dev.yaml"),
    "encryptionsalt: v1:the-sandbox's\nconfig:\n  pictures:maxAge: 60\n",
  );
  const config = { maxAge: 5, "auth0:clientSecret": "a", "pictures:connections": [{ name: "github" }] };
  expect(await write({ config })).toEqual([]);
  const read = async () => parse(await readFile(join(folder, "Pulumi.dev.yaml"), "utf8")) as unknown;
  expect(await read()).toEqual({
    encryptionsalt: "v1:the-sandbox's",
    config: { "pictures:maxAge": 5, "auth0:clientSecret": "a", "pictures:connections": [{ name: "github" }] },
  });
  await write();
  expect(await read()).toEqual({ encryptionsalt: "v1:the-sandbox's", config: { "pictures:maxAge": 60 } });
});

test("a stack without a file of its own takes overrides only", async () => {
  await write({ stack: "new", config: { maxAge: 5 } });
  expect(parse(await readFile(join(folder, "Pulumi.new.yaml"), "utf8"))).toEqual({ config: { "pictures:maxAge": 5 } });
});

test("a mistake in a file is said with the file's name", async () => {
  await writeFile(join(projectFolder, "Pulumi.dev.yaml"), "config: [");
  await expect(write()).rejects.toThrow(join(projectFolder, "Pulumi.dev.yaml"));
  await rm(join(projectFolder, "Pulumi.yaml"));
  await expect(write()).rejects.toThrow(`${join(projectFolder, "Pulumi.yaml")} is missing or has no name.`);
});
