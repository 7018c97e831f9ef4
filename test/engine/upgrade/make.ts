// `npm run upgrade-fixture -- VERSION`: deploys the dev stack to a new sandbox and keeps the result as what that release left behind, for the
// test that the next one replaces and deletes nothing of it.
import { mkdir, mkdtemp, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, relative } from "node:path";
import { openSandbox } from "../../../sandbox/sandbox.ts";
import { seed } from "../../../sandbox/seed.ts";

/** A sandbox's files by their paths: text, or bytes in base64. */
export type Release = Readonly<Record<string, { text: string } | { base64: string }>>;

/** What a deployment leaves: its state with the key to it, the tenant, the edge. Certificates, logs and the engine's history are not of it. */
const kept = [
  /^passphrase$/,
  /^work\/Pulumi\.dev\.yaml$/,
  /^tenant\/tenant\.json$/,
  /^edge\/(edge\.json|objects\/\w+)$/,
  /^state\/\.pulumi\/(meta\.yaml|stacks\/.*\/dev\.json)$/,
];

export async function restore(release: Release, folder: string): Promise<void> {
  for (const [path, content] of Object.entries(release)) {
    await mkdir(dirname(join(folder, path)), { recursive: true, mode: 0o700 });
    const bytes = "text" in content ? content.text : Buffer.from(content.base64, "base64");
    await writeFile(join(folder, path), bytes, { mode: 0o600 });
  }
}

async function read(folder: string): Promise<Release> {
  const files = await readdir(folder, { recursive: true, withFileTypes: true });
  const paths = files.filter((file) => file.isFile()).map((file) => relative(folder, join(file.parentPath, file.name)));
  const release: Record<string, { text: string } | { base64: string }> = {};
  for (const path of paths.filter((path) => kept.some((pattern) => pattern.test(path))).sort()) {
    const bytes = await readFile(join(folder, path));
    release[path] = path.startsWith("edge/objects/")
      ? { base64: bytes.toString("base64") }
      : { text: withoutTraces(path, bytes.toString()) };
  }
  return release;
}

/** Without credentials, of which the tenant makes new ones, and without where on this machine the program was. */
function withoutTraces(path: string, text: string): string {
  if (path === "tenant/tenant.json") return JSON.stringify({ ...(JSON.parse(text) as object), managementClients: [] });
  if (!path.endsWith("/dev.json")) return text;
  const traces = ["sourcePosition", "stackTrace"];
  return JSON.stringify(JSON.parse(text, (key, value: unknown) => (traces.includes(key) ? undefined : value)));
}

if (import.meta.main) {
  const [version] = process.argv.slice(2);
  if (version === undefined || !/^\d+\.\d+\.\d+$/.test(version)) throw new Error("usage: make.ts VERSION, as 0.1.0");
  const folder = await mkdtemp(join(tmpdir(), "release-"));
  const projectFolder = join(import.meta.dirname, "../../..");
  const onOutput = (text: string) => void process.stdout.write(text);
  const sandbox = await openSandbox({ folder, projectFolder, seed, onOutput });
  try {
    await sandbox.workspace.up({ skipPreview: true });
  } finally {
    await sandbox.close();
  }
  await writeFile(
    join(import.meta.dirname, `${version}.json`),
    `${JSON.stringify(await read(folder), undefined, 1)}\n`,
  );
  await rm(folder, { recursive: true });
}
