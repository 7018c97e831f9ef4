// Mistakes that are made on purpose, each with the check that must find it: an audit that does not find these is not
// working.
import type { PlannedResource } from "./planned-resources.ts";

type Inputs = PlannedResource["inputs"];

export interface SeededMistake {
  /** The check that must fail. */
  readonly id: string;
  readonly type: string;
  /** @returns undefined for a resource that is left out */
  readonly spoil: (inputs: Inputs) => Inputs | undefined;
}

export const seededMistakes: readonly SeededMistake[] = [
  {
    id: "CKV2_AWS_6",
    type: "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock",
    spoil: () => undefined,
  },
  {
    id: "CKV_AWS_21",
    type: "aws:s3/bucketVersioning:BucketVersioning",
    spoil: (inputs) => ({ ...inputs, versioningConfiguration: { status: "Suspended" } }),
  },
  {
    id: "CKV_AWS_34",
    type: "aws:cloudfront/distribution:Distribution",
    spoil: ({ defaultCacheBehavior, ...inputs }) => ({
      ...inputs,
      defaultCacheBehavior: { ...(defaultCacheBehavior as Inputs), viewerProtocolPolicy: "allow-all" },
    }),
  },
  {
    id: "CKV_AWS_363",
    type: "aws:lambda/function:Function",
    spoil: (inputs) => ({ ...inputs, runtime: "nodejs14.x" }),
  },
  {
    id: "CKV_AWS_364",
    type: "aws:lambda/permission:Permission",
    spoil: ({ sourceArn: _, ...inputs }) => inputs,
  },
  {
    id: "CKV_AWS_309",
    type: "aws:apigatewayv2/route:Route",
    spoil: (inputs) => ({ ...inputs, authorizationType: "NONE" }),
  },
  {
    id: "CKV_AWS_27",
    type: "aws:sqs/queue:Queue",
    spoil: (inputs) => ({ ...inputs, sqsManagedSseEnabled: false }),
  },
];

/** The plan with every mistake in it. */
export const spoilt = (planned: readonly PlannedResource[]): PlannedResource[] =>
  planned.flatMap((resource) => {
    const mistake = seededMistakes.find(({ type }) => type === resource.type);
    const inputs = mistake === undefined ? resource.inputs : mistake.spoil(resource.inputs);
    return inputs === undefined ? [] : [{ ...resource, inputs }];
  });
