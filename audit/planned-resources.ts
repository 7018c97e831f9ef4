// What a stack plans in AWS, without an engine: Pulumi's mocks receive every resource with its inputs.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { validateUserPictures } from "../components/user-pictures-args.ts";
import type { UserPicturesArgs } from "../components/user-pictures-args.ts";
import { newStore, newUploads } from "../components/user-pictures-parts.ts";

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

/** The AWS resources of a program's arguments, in the order in which they were registered. */
export async function plannedResources(args: UserPicturesArgs): Promise<PlannedResource[]> {
  const resources: PlannedResource[] = [];
  await pulumi.runtime.setMocks(
    {
      newResource({ type, name, inputs: given, id = "" }) {
        const inputs = given as PlannedResource["inputs"];
        if (!type.startsWith("aws:")) return { id: name, state: { ...inputs, ...ofTenant[type] } };
        // A resource with an id and no inputs is read, not planned: an existing bucket. One with inputs is taken over.
        if (id === "" || Object.keys(inputs).length > 0) resources.push({ type, name, inputs });
        const refer = (output: string) => reference(type, name, output);
        const computed = outputNames(type).map((output) => [output, refer(output)] as const);
        const lists = listOutputs[type]?.(refer);
        return { id: refer("id"), state: { ...Object.fromEntries(computed), ...lists, ...inputs } };
      },
      call: ({ token }) => {
        const result = results[token];
        return result ?? Promise.reject(new Error(`The audit has no result for the call of ${token}`));
      },
    },
    "auth0-user-pictures",
    "audit",
    false,
  );
  pulumi.runtime.setAllConfig(placeOf(args));
  const valid = validateUserPictures("The audit", args).valid();
  newUploads("user-pictures-uploads", valid, newStore("user-pictures-store", valid, {}), {});
  // Waits until every resource is registered.
  await pulumi.runtime.disconnect();
  return resources;
}

/** Where uploads are not refused: with a tenant, and in the region of the alarms' actions. */
function placeOf({ uploads }: UserPicturesArgs): Record<string, string> {
  const actions = uploads?.alarmActions;
  const region = Array.isArray(actions) && typeof actions[0] === "string" ? actions[0].split(":")[3] : undefined;
  return { "auth0:domain": "example.eu.auth0.com", ...(region && { "aws:region": region }) };
}

/** What the tenant decides, and AWS's resources are declared with. */
const ofTenant: Readonly<Record<string, object>> = {
  "auth0:index/client:Client": { clientId: "client-id" },
  "auth0:index/clientCredentials:ClientCredentials": { clientSecret: "client-secret" },
  "auth0:index/eventStream:EventStream": {
    eventbridgeConfiguration: { awsPartnerEventSource: "aws.partner/auth0.com/example/auth0.events" },
  },
};

const results: Readonly<Record<string, object>> = {
  "aws:kms/getPublicKey:getPublicKey": { publicKeyPem: "-----BEGIN PUBLIC KEY-----" },
};

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
