// What a stack's picture store plans in AWS, without an engine: Pulumi's mocks receive every resource with its inputs.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import type { PictureStoreArgs } from "../components/picture-store/args.ts";
import { PictureStore } from "../components/picture-store/picture-store.ts";

export interface PlannedResource {
  /** Such as `aws:s3/bucketPolicy:BucketPolicy`. */
  readonly type: string;
  readonly name: string;
  /** A `reference` stands for each value that AWS decides. */
  readonly inputs: Readonly<Record<string, unknown>>;
}

/** Stands for an output of another resource. It can be a part of a text, such as a policy. */
export const reference = (type: string, name: string, output: string) => `<<${type} ${name} ${output}>>`;
export const references = /<<(\S+) (\S+) (\S+)>>/g;

/** The AWS resources of a picture store, in the order in which they were registered. */
export async function plannedResources(args: PictureStoreArgs): Promise<PlannedResource[]> {
  const resources: PlannedResource[] = [];
  await pulumi.runtime.setMocks(
    {
      newResource({ type, name, inputs: given, id = "" }) {
        const inputs = given as PlannedResource["inputs"];
        if (!type.startsWith("aws:")) return { id: name, state: inputs };
        // A resource with an id and no inputs is read, not planned: an existing bucket. One with inputs is taken over.
        if (id === "" || Object.keys(inputs).length > 0) resources.push({ type, name, inputs });
        const refer = (output: string) => reference(type, name, output);
        const computed = outputNames(type).map((output) => [output, refer(output)] as const);
        const lists = listOutputs[type]?.(refer);
        return { id: refer("id"), state: { ...Object.fromEntries(computed), ...lists, ...inputs } };
      },
      call: ({ token }) => Promise.reject(new Error(`The audit has no result for the call of ${token}`)),
    },
    "auth0-user-pictures",
    "audit",
    false,
  );
  new PictureStore("user-pictures-store", args);
  // Waits until every resource is registered.
  await pulumi.runtime.disconnect();
  return resources;
}

/** By type: the outputs that are lists of objects, of which the program reads members. */
const listOutputs: Readonly<Record<string, (refer: (output: string) => string) => object>> = {
  "aws:acm/certificate:Certificate": (refer) => ({
    domainValidationOptions: [
      {
        resourceRecordName: refer("domainValidationOptions"),
        resourceRecordType: refer("domainValidationOptions"),
        resourceRecordValue: refer("domainValidationOptions"),
      },
    ],
  }),
};

const sdk = dirname(createRequire(import.meta.url).resolve("@pulumi/aws/package.json"));

/** The outputs that the type's class in the SDK declares. */
function outputNames(type: string): string[] {
  const module = type.split(":")[1] ?? "";
  const text = readFileSync(join(sdk, `${module}.d.ts`), "utf8");
  return [...text.matchAll(/^ {4}readonly (\w+): pulumi\.Output</gm)].map(([, name = ""]) => name);
}
