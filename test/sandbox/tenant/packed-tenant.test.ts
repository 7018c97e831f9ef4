// The tenant's package as somebody else has it: installed from its tarball, with its README's example as their test.
import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readFile, realpath, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, it } from "vitest";
import { isRare } from "../../rare.ts";

const run = promisify(execFile);
const folder = "sandbox/tenant";
const readManifest = async (of: string) =>
  JSON.parse(await readFile(of, "utf8")) as { version: string; dependencies: Record<string, string> };
let project: string;
let packed: string[];
let example: string;

beforeAll(async () => {
  project = await realpath(await mkdtemp(join(tmpdir(), "packed-tenant-")));
  const installed = join(project, "node_modules/auth0-tenant-sandbox");
  await mkdir(installed, { recursive: true });
  const { stdout } = await run("npm", ["pack", `./${folder}`, "--json", "--silent", "--pack-destination", project]);
  const [tarball] = JSON.parse(stdout) as { filename: string; files: { path: string }[] }[];
  packed = tarball?.files.map(({ path }) => path) ?? [];
  await run("tar", ["-xzf", join(project, tarball?.filename ?? ""), "-C", installed, "--strip-components=1"]);
  // What `npm install` does but for this: those of this repository serve.
  const { dependencies } = await readManifest(join(installed, "package.json"));
  for (const name of [...Object.keys(dependencies), "auth0", "@types"]) {
    const own = resolve(folder, "node_modules", name);
    const target = await realpath(own).catch(() => resolve("node_modules", name));
    await mkdir(dirname(join(project, "node_modules", name)), { recursive: true });
    await symlink(target, join(project, "node_modules", name));
  }
  await writeFile(join(project, "package.json"), `{ "type": "module" }`);
  example = /^```ts\n(.*?)^```$/ms.exec(await readFile(join(installed, "README.md"), "utf8"))?.[1] ?? "";
  await writeFile(join(project, "example.ts"), example);
});
afterAll(() => rm(project, { recursive: true }));

const node = (script: string) => run(process.execPath, [script], { cwd: project });

it("its README's example binds an Action and logs a user in, in six lines", async () => {
  const lines = example.slice(example.indexOf("const tenant"), example.indexOf("await tenant.close();")).trim();
  expect(lines.split("\n")).toHaveLength(5); // And that one.
  expect(example).toContain('from "auth0-tenant-sandbox"');
  await node("example.ts");

  await writeFile(join(project, "wrong.ts"), example.replace('["plan"], "pro"', '["plan"], "free"'));
  await expect(node("wrong.ts")).rejects.toMatchObject({
    stderr: expect.stringContaining("'pro' !== 'free'") as string,
  });
});

it.runIf(isRare)("brings types, which refuse a wrong seed", async () => {
  const tsc = resolve("node_modules/@typescript/native/bin/tsc");
  const options = ["--strict", "--module", "nodenext", "--target", "es2024", "--types", "node", "--noEmit"];
  const check = (file: string) => run(process.execPath, [tsc, ...options, "--skipLibCheck", file], { cwd: project });
  await check("example.ts");

  const typed = `import { LoginError, startTenant } from "auth0-tenant-sandbox";
import type { ActionRun, BuildTime, Certificate, LastLogin, Profile, Tenant } from "auth0-tenant-sandbox";
const buildTime: BuildTime = { milliseconds: 0 };
const start = (certificate: Certificate): Promise<Tenant> => startTenant({ buildTime, certificate });
const calls = (run: ActionRun): string[] => run.calls.map(({ method }) => method);
export const last = ({ lastLogins }: Tenant): (LastLogin | undefined) => lastLogins.get("auth0|1");
export const actions = ({ actions }: LastLogin): string[] => actions.flatMap(calls);
export const set = ({ identityProvider }: Tenant, profile: Profile) => identityProvider.setProfile("g", profile);
export const isDenied = (error: unknown): boolean => error instanceof LoginError && error.name === "LoginError";
export { start };
`;
  await writeFile(join(project, "typed.ts"), typed);
  await check("typed.ts");

  await writeFile(join(project, "mistyped.ts"), example.replace('email: "ada', 'mail: "ada'));
  await expect(check("mistyped.ts")).rejects.toMatchObject({
    stdout: expect.stringContaining("'email' is missing") as string,
  });
});

it("has what it needs and nothing else, its licence, and the library's version", async () => {
  const others = packed.filter((path) => !/^dist\/(?:[\w-]+|tenant\/[\w/-]+)\.(?:js|d\.ts)$/.test(path));
  expect(others.sort()).toEqual(["LICENSE", "README.md", "package.json"]);
  expect(packed).toEqual(expect.arrayContaining(["dist/tenant/run-actions.js", "dist/json.js"]));
  expect(await readFile(`${folder}/LICENSE`, "utf8")).toBe(await readFile("LICENSE", "utf8"));
  expect((await readManifest(`${folder}/package.json`)).version).toBe((await readManifest("package.json")).version);
});
