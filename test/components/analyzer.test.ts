// Pulumi's Analyzer makes the schema by which other languages use the components. It reads their TypeScript, and
// refuses a component with a public field of a type that it does not know, such as a child; it passes over getters.
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import type * as pulumi from "@pulumi/pulumi";
import { Analyzer } from "@pulumi/pulumi/provider/experimental/analyzer.js";
import { generateSchema } from "@pulumi/pulumi/provider/experimental/schema.js";
import type { PackageSpec } from "@pulumi/pulumi/provider/experimental/schema.js";
import { afterAll, beforeAll, expect, it } from "vitest";
import type {
  ConnectionSync,
  PictureAction,
  PictureStore,
  PictureUploads,
  UserPictures,
} from "../../components/index.ts";

interface Components {
  readonly UserPictures: UserPictures;
  readonly PictureStore: PictureStore;
  readonly PictureAction: PictureAction;
  readonly ConnectionSync: ConnectionSync;
  readonly PictureUploads: PictureUploads;
}

/** The names of a class's public outputs, but for those that every resource has. */
type OutputNames<Component> = {
  [Name in keyof Component]: Component[Name] extends pulumi.Output<unknown> ? Name : never;
}[Exclude<keyof Component, keyof pulumi.ComponentResource>];

/** What each class declares, no name more and no name less: the compiler holds that. */
const declared: { readonly [Name in keyof Components]: Readonly<Record<OutputNames<Components[Name]>, true>> } = {
  UserPictures: {
    pictureBaseUrl: true,
    defaultPictureUrl: true,
    bucketName: true,
    distributionId: true,
    distributionDomainName: true,
    dnsRecords: true,
    bucketPolicyJson: true,
    kmsKeyPolicyStatement: true,
    pictureOrigin: true,
    uploaderPolicyJson: true,
    uploadsEndpoint: true,
    uploadsAudience: true,
    uploadsScope: true,
    actionId: true,
    actionVersionId: true,
    connections: true,
  },
  PictureStore: {
    baseUrl: true,
    defaultPictureUrl: true,
    connectionDefaultPictureUrls: true,
    organizationDefaultPictureUrls: true,
    bucketName: true,
    bucketArn: true,
    distributionId: true,
    distributionArn: true,
    distributionDomainName: true,
    dnsRecords: true,
    bucketPolicyJson: true,
    kmsKeyPolicyStatement: true,
    origin: true,
    uploaderPolicyJson: true,
  },
  PictureAction: { actionId: true, versionId: true },
  ConnectionSync: { connectionId: true, setUserRootAttributes: true },
  PictureUploads: {
    endpoint: true,
    audience: true,
    scope: true,
    uploadFunctionName: true,
    uploadLogGroupName: true,
    sweepFunctionName: true,
    sweepLogGroupName: true,
    deadLetterQueueUrl: true,
    readerClientId: true,
    writerClientId: true,
  },
};
const names = Object.keys(declared) as (keyof Components)[];

let folder: string;
let resources: PackageSpec["resources"];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "analyzer-"));
  // The Analyzer compiles all that the tsconfig.json of its folder names, and only the components matter here.
  const entry = resolve("components/index.ts");
  await writeFile(
    join(folder, "tsconfig.json"),
    JSON.stringify({
      extends: resolve("tsconfig.json"),
      compilerOptions: { typeRoots: [resolve("node_modules/@types")] },
      files: [entry],
    }),
  );
  const { name } = JSON.parse(await readFile("package.json", "utf8")) as { name: string };
  const analyzer = new Analyzer(folder, name, { main: entry }, new Set(names));
  const { components, typeDefinitions, dependencies } = analyzer.analyze();
  ({ resources } = generateSchema(name, "0.0.0", "", components, typeDefinitions, dependencies));
});
afterAll(() => rm(folder, { recursive: true }));

it("finds the components", () => {
  expect(Object.keys(resources).toSorted()).toEqual(
    names.map((name) => `auth0-user-pictures:index:${name}`).toSorted(),
  );
});

it.each(names)("finds the outputs of %s that its class declares", (name) => {
  const outputs = Object.keys(resources[`auth0-user-pictures:index:${name}`]?.properties ?? {});

  expect(outputs.toSorted()).toEqual(Object.keys(declared[name]).toSorted());
});
