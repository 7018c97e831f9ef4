// `npm run upgrade-fixture -- VERSION`: deploys the dev stack, and one with every option, to new sandboxes and keeps
// the results as what that release left behind, for the test that the next one replaces and deletes nothing of it.
import { mkdir, mkdtemp, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, relative } from "node:path";
import { parse, stringify } from "yaml";
import { openSandbox } from "../../../sandbox/sandbox.ts";
import type { Sandbox } from "../../../sandbox/sandbox.ts";
import { seed } from "../../../sandbox/seed.ts";

/** A sandbox's files by their paths: text, or bytes in base64. */
export type Release = Readonly<Record<string, { text: string } | { base64: string }>>;

/** A stack's settings, by their names without the project's. */
export type Settings = Readonly<Record<string, unknown>>;

/**
 * What a deployment leaves: its state with the key to it, the tenant, the edge. Certificates, logs and the engine's
 * history are not of it.
 */
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

/** What a release was told beside the dev stack's own settings: in the file beside it, if there is one. */
export async function settingsOf(folder: string, release: string): Promise<Settings> {
  const files = await readdir(folder);
  const file = release.replace(/json$/, "yaml");
  return files.includes(file) ? (parse(await readFile(join(folder, file), "utf8")) as Settings) : {};
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

/** The newest release's settings with every option, for what this sandbox's tenant and edge have. */
async function everyOption({ edge, management }: Sandbox): Promise<Settings> {
  const releases = (await readdir(import.meta.dirname)).filter((name) => name.endsWith("-every-option.json")).sort();
  const { store, action, ...others } = (await settingsOf(import.meta.dirname, releases.at(-1) ?? "")) as {
    store: { kmsMasterKeyId: string; domain: object };
    action: { loginFlow: object };
  };
  const { data } = await management.actions.list({ actionName: "Add roles" });
  const canDoAll = { Effect: "Allow", Principal: { AWS: "*" }, Action: "kms:*", Resource: "*" };
  const policy = JSON.stringify({ Version: "2012-10-17", Statement: [canDoAll] });
  edge.controlPlane.putKeyPolicy(store.kmsMasterKeyId, policy);
  const zoneId = edge.controlPlane.createHostedZone("example.org");
  return {
    ...others,
    store: { ...store, domain: { ...store.domain, zoneId } },
    action: { ...action, loginFlow: { actionsBefore: [{ actionId: data[0]?.id, displayName: "Add roles" }] } },
  };
}

/** Deploys, and keeps what is left under this name. */
async function make(name: string, settings: (sandbox: Sandbox) => Promise<Settings> | undefined): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "release-"));
  const projectFolder = join(import.meta.dirname, "../../..");
  const onOutput = (text: string) => void process.stdout.write(text);
  const sandbox = await openSandbox({ folder, projectFolder, seed, onOutput });
  const config = await settings(sandbox);
  try {
    await sandbox.workspace.up({ skipPreview: true, ...(config && { config }) });
  } finally {
    await sandbox.close();
  }
  const file = (extension: string) => join(import.meta.dirname, `${name}.${extension}`);
  await writeFile(file("json"), `${JSON.stringify(await read(folder), undefined, 1)}\n`);
  if (config) await writeFile(file("yaml"), stringify(config));
  await rm(folder, { recursive: true });
}

if (import.meta.main) {
  const [version] = process.argv.slice(2);
  if (version === undefined || !/^\d+\.\d+\.\d+$/.test(version)) throw new Error("usage: make.ts VERSION, as 0.1.0");
  await make(`${version}-every-option`, everyOption);
  await make(version, () => undefined);
}
