// plugin/schema.json, which other languages' SDKs are made of: its components, names and numbers. That it is current,
// schema-generation.test.ts holds.
import { readFileSync } from "node:fs";
import type * as pulumi from "@pulumi/pulumi";
import { describe, expect, it } from "vitest";
import type {
  ConnectionSync,
  PictureAction,
  PictureStore,
  PictureUploads,
  UserPictures,
} from "../../components/index.ts";
import { validatePictureStore } from "../../components/picture-store/validate.ts";
import { validateUploads } from "../../components/picture-uploads/validate-uploads.ts";
import { validateUserPictures } from "../../components/user-pictures-args.ts";
import type { Refusal } from "../../actions/bundle/schema.ts";
import { schemaFile } from "../../plugin-host/schema/make-schema.ts";
import { nameOf } from "../../plugin-host/schema/schema-names.ts";

interface Property {
  readonly $ref?: string;
  readonly type?: string;
  readonly description: string;
}
interface Schema {
  readonly name: string;
  readonly version: string;
  readonly resources: Readonly<
    Record<
      string,
      {
        readonly description: string;
        readonly inputProperties: Readonly<Record<string, Property>>;
        readonly requiredInputs: readonly string[];
        readonly properties: Readonly<Record<string, Property>>;
        readonly required: readonly string[];
      }
    >
  >;
  readonly types: Readonly<
    Record<
      string,
      {
        readonly description: string;
        readonly enum?: readonly { readonly name: string; readonly value: string; readonly description: string }[];
        readonly properties?: Readonly<Record<string, Property>>;
      }
    >
  >;
}

const schema = JSON.parse(readFileSync(schemaFile, "utf8")) as Schema;
const component = (name: string) => {
  const found = schema.resources[`auth0-user-pictures:index:${name}`];
  if (!found) throw new Error(`the schema has no component ${name}`);
  return found;
};

interface Components {
  readonly UserPictures: UserPictures;
  readonly PictureStore: PictureStore;
  readonly PictureAction: PictureAction;
  readonly ConnectionSync: ConnectionSync;
  readonly PictureUploads: PictureUploads;
}

/** A class's public outputs, but for those that every resource has: true where there always is a value. */
type Outputs<Component> = {
  readonly [
    Name in Exclude<
      keyof Component,
      keyof pulumi.ComponentResource
    > as Component[Name] extends pulumi.OutputInstance<unknown> ? Name : never
  ]: Component[Name] extends pulumi.OutputInstance<infer Value> ? (undefined extends Value ? false : true) : never;
};

/** What each class declares, no name more and no name less: the compiler holds that. */
const outputs: { readonly [Name in keyof Components]: Outputs<Components[Name]> } = {
  UserPictures: {
    pictureBaseUrl: true,
    defaultPictureUrl: false,
    bucketName: false,
    distributionId: false,
    distributionDomainName: false,
    dnsRecords: false,
    bucketPolicyJson: false,
    kmsKeyPolicyStatement: false,
    pictureOrigin: false,
    uploaderPolicyJson: false,
    uploadsEndpoint: false,
    uploadsAudience: false,
    uploadsScope: false,
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
    kmsKeyPolicyStatement: false,
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
    writerClientId: false,
  },
};
const components = Object.keys(outputs) as (keyof Components)[];

describe("the components", () => {
  it("are all there", () => {
    expect(Object.keys(schema.resources).map(nameOf)).toEqual(components.toSorted());
  });

  it.each(components)("have the outputs that the class of %s declares", (name) => {
    const { properties, required } = component(name);

    const found = Object.keys(properties).map((output) => [output, required.includes(output)]);
    expect(Object.fromEntries(found)).toEqual(outputs[name]);
  });

  it.each([
    ["UserPictures", []],
    ["PictureStore", []],
    ["PictureAction", []],
    ["ConnectionSync", ["setUserRootAttributes"]],
    ["PictureUploads", ["bucketName", "pictureBaseUrl"]],
  ])("ask in %s for no more than the class does", (name, requiredInputs) => {
    expect(component(name).requiredInputs).toEqual(requiredInputs);
  });

  it("take no resource of another package: dependsOn says in every language what `after` says in TypeScript", () => {
    const refs = [...readFileSync(schemaFile, "utf8").matchAll(/"\$ref": "([^"]*)"/g)].map(([, ref = ""]) => ref);

    expect(refs.filter((ref) => schema.types[ref.replace("#/types/", "")] === undefined)).toEqual([]);
    expect(component("PictureAction").description).toContain("`dependsOn`");
  });
});

describe("the names", () => {
  it("are no component's, nor its arguments', and end with no Args, which the SDKs add", () => {
    const types = Object.keys(schema.types).map(nameOf);

    expect(types.filter((name) => name.endsWith("Args") || components.some((one) => one === name))).toEqual([]);
  });

  it("of enums' values are words in every language", () => {
    const names = Object.values(schema.types).flatMap((type) => type.enum?.map(({ name }) => name) ?? []);

    expect(names).toContain("Tlsv12_2021");
    expect(names.filter((name) => !/^([A-Z][a-z]+)+\d*[a-z]?(_\d+)?$/.test(name))).toEqual(["W3c"]);
  });
});

/** Of each, what is refused of it. */
const validators: Readonly<Record<string, (args: object) => readonly Refusal[]>> = {
  UserPictures: (args) => validateUserPictures("It", args).refusals,
  PictureStore: (args) => validatePictureStore("It", args, "name").refusals,
  PictureUploads: (args) => validateUploads("It", args as never).refusals,
};

/** The paths of all integers below some properties. */
function integers(properties: Readonly<Record<string, Property>>): string[][] {
  return Object.entries(properties).flatMap(([name, { type, $ref }]) => {
    const inner = schema.types[$ref?.replace("#/types/", "") ?? ""]?.properties ?? {};
    return [...(type === "integer" ? [[name]] : []), ...integers(inner).map((path) => [name, ...path])];
  });
}

describe("integers", () => {
  const all = components.flatMap((name) => integers(component(name).inputProperties).map((path) => ({ name, path })));

  it("are what components count", () => {
    expect(all.map(({ name, path }) => [name, ...path].join("."))).toContain("UserPictures.uploads.sweep.everyHours");
  });

  it.each(all)("are all that $name takes as $path", ({ name, path }) => {
    const args = path.reduceRight<unknown>((inner, key) => ({ [key]: inner }), 1.5) as object;

    const refusals = validators[name]?.(args) ?? [];
    expect(refusals.find((refusal) => refusal.path.join() === path.join())?.message).toContain("1.5 was given");
  });
});
