// Programs with a copy of Pulumi's SDK of their own, from npm: the oldest that may be, and one that is too old.
import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { oldestSdk } from "../../components/program-sdk.ts";
import { keptPackage } from "../kept-package.ts";
import { openConsumer } from "./languages/open-consumer.ts";
import type { Consumer } from "./languages/open-consumer.ts";
import { installPackedLibrary } from "./packed-library.ts";
import { sandboxOf } from "./test-sandbox.ts";

const sandbox = sandboxOf(() => "examples/typescript");
let root: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "program-sdk-"));
  await installPackedLibrary(root);
});
afterAll(() => rm(root, { recursive: true }));

/** Undefined where npm cannot fetch the SDK. */
async function programWith(sdk: string, example: string): Promise<Consumer | undefined> {
  const kept = keptPackage("@pulumi/pulumi", sdk, "package.json");
  if (kept === undefined) return undefined;
  const folder = join(root, `${example}-${sdk}`);
  await cp(join("examples", example), folder, { recursive: true });
  await mkdir(join(folder, "node_modules/@pulumi"), { recursive: true });
  await symlink(dirname(kept), join(folder, "node_modules/@pulumi/pulumi"));
  const index = join(folder, "index.js");
  const program = await readFile(index, "utf8");
  await writeFile(index, program.replace("store: {}", `store: { picturesOnDestroy: "empty" }`));
  // What the sandbox adds to speed its own operations up is no part of the program.
  return openConsumer({ folder, inPlace: true, sandbox: sandbox(), environment: { NODE_OPTIONS: "" } });
}

it("the oldest one deploys, and destroys", async ({ skip }) => {
  const consumer = await programWith(oldestSdk, "commonjs");
  if (consumer === undefined) return skip("npm could not fetch it.");
  try {
    const { changes } = await consumer.up();
    expect(changes.create).toBeGreaterThan(7);
    expect((await consumer.refresh("--expect-no-changes")).changes.same).toBe(changes.create);
    expect((await consumer.destroy()).changes.delete).toBe(changes.create);
  } finally {
    await consumer.close();
  }
});

// Older ones do not ask the engine whether it has transforms, among others.
it.for(["commonjs", "esm"])(
  "an older one is refused in a program of the kind %s",
  async (kind, { onTestFinished, skip }) => {
    const consumer = await programWith("3.108.1", kind);
    if (consumer === undefined) return skip("npm could not fetch it.");
    onTestFinished(() => consumer.close());
    await expect(consumer.preview()).rejects.toThrow(
      /^ {4}error: auth0-user-pictures needs @pulumi\/pulumi 3\.113\.0 .* by 3\.108\.1 in .*\n\nResources:\n {4}\+ 1 to create\n/m,
    );
  },
);
