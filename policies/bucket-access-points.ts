// The access points of a bucket: each is another way to it, with policies and an access block of its own.
import type { PolicyResource } from "@pulumi/policy";
import { given, refersTo } from "./picture-resources.ts";
import { resourcesOfType } from "./resources-of-type.ts";

interface AccessPoint {
  readonly name: string;
  /** @throws UnknownValueError where it is not known yet */
  readonly policies: readonly (() => unknown)[];
  /** @throws UnknownValueError where it is not known yet */
  readonly accessBlock: () => unknown;
}

type Details = Readonly<Record<string, unknown>> | undefined;

export function accessPointsOf(bucket: PolicyResource, resources: readonly PolicyResource[]): AccessPoint[] {
  const ofType = (type: string, property: string, target: PolicyResource, names?: readonly string[]) =>
    resourcesOfType(resources, type).filter((resource) => refersTo(resource, property, target, names));

  const single = ofType("aws:s3/accessPoint:AccessPoint", "bucket", bucket);
  const multiRegion = ofType("aws:s3control/multiRegionAccessPoint:MultiRegionAccessPoint", "details", bucket);
  const lambda = single.flatMap((point) =>
    ofType("aws:s3control/objectLambdaAccessPoint:ObjectLambdaAccessPoint", "configuration", point),
  );
  return [
    ...single.map((point) => {
      const policies = ofType("aws:s3control/accessPointPolicy:AccessPointPolicy", "accessPointArn", point);
      const all = [
        () => given(point, "policy"),
        ...policies.map(
          ({ props }) =>
            () =>
              props["policy"] as unknown,
        ),
      ];
      return {
        name: point.name,
        // From a network that it names, whatever its policy says.
        policies: given(point, "vpcConfiguration") === undefined ? all : [],
        accessBlock: () => given(point, "publicAccessBlockConfiguration"),
      };
    }),
    ...multiRegion.map((point) => ({
      name: point.name,
      policies: ofType("aws:s3control/multiRegionAccessPointPolicy:MultiRegionAccessPointPolicy", "details", point, [
        "details",
      ]).map(
        ({ props }) =>
          () =>
            (props["details"] as Details)?.["policy"],
      ),
      accessBlock: () => (given(point, "details") as Details)?.["publicAccessBlock"],
    })),
    ...lambda.map((point) => ({
      name: point.name,
      policies: ofType("aws:s3control/objectLambdaAccessPointPolicy:ObjectLambdaAccessPointPolicy", "name", point, [
        "name",
      ]).map(
        ({ props }) =>
          () =>
            props["policy"] as unknown,
      ),
      accessBlock: () => undefined,
    })),
  ];
}
