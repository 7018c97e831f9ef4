// The uploads of `npm start` and `npm run demo`: what somebody tries in Pulumi.dev.yaml is what is deployed.
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { devStackConfig } from "../../sandbox/dev-stack-uploads.ts";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "dev-stack-uploads-"));
});
afterAll(() => rm(folder, { recursive: true }));

it.each([
  ["# nothing", { maxSeconds: 15 }],
  ["config:", { maxSeconds: 15 }],
  ["config:\n  auth0-user-pictures:uploads: {}", { maxSeconds: 15 }],
  ["config:\n  auth0-user-pictures:uploads: { maxPictures: 3 }", { maxSeconds: 15, maxPictures: 3 }],
  ["config:\n  auth0-user-pictures:uploads: { maxSeconds: 2 }", { maxSeconds: 2 }],
])("are what the file says, and have time: %j", async (text, uploads) => {
  await writeFile(join(folder, "Pulumi.dev.yaml"), text);

  expect(devStackConfig(folder)).toEqual({ uploads });
});
