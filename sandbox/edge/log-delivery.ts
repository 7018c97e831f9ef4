// CloudWatch Logs' delivery of CloudFront's access logs: what is declared, and what the service refuses. The edge
// writes no log.
import { fail } from "./aws-error.ts";
import { accountId } from "./identity.ts";
import type { LogDelivery, LogDeliveryDestination, LogDeliverySource, Store } from "./edge-state.ts";

/** The operations are named as in the CloudWatch Logs API reference, and throw the `AwsError`s that are named there. */
export function logDeliveryOperations(store: Store) {
  const { state } = store;
  /** The service of a destination, as in its resource's ARN. */
  const kindOf = (arn: string): string | undefined =>
    Object.entries(state.logDeliveryDestinations)
      .find(([name, destination]) => destinationArn(name, destination) === arn)?.[1]
      .destinationResourceArn.split(":")[2];
  const putDelivery = (id: string, delivery: LogDelivery): Required<LogDelivery> => {
    const stored = { recordFields: standardFields, ...delivery };
    state.logDeliveries[id] = stored;
    store.save();
    return stored;
  };
  return {
    /** Returns its ARN. */
    putDeliverySource(name: string, source: LogDeliverySource): string {
      const { region, logType, resourceArn } = source;
      checkName(name);
      const isDistribution = /^arn:aws:cloudfront::\d{12}:distribution\/(.+)$/.exec(resourceArn);
      if (isDistribution && region !== "us-east-1")
        fail(
          "ValidationException",
          `PutDeliverySource for resource type CloudFront is not supported in region ${region}.`,
        );
      if (!isDistribution || !state.distributions[isDistribution[1] ?? ""])
        fail("ResourceNotFoundException", "The specified resource does not exist.");
      if (logType !== "ACCESS_LOGS") fail("ValidationException", `LogType ${logType} is not valid for this resource.`);
      const taken = Object.entries(state.logDeliverySources).some(
        ([other, it]) => other !== name && it.resourceArn === resourceArn && it.logType === logType,
      );
      if (taken)
        fail("ConflictException", "This ResourceId has already been used in another Delivery Source in this account");
      state.logDeliverySources[name] = source;
      store.save();
      return `arn:aws:logs:${region}:${accountId}:delivery-source:${name}`;
    },
    getDeliverySource: (name: string): LogDeliverySource | undefined => state.logDeliverySources[name],
    deleteDeliverySource(name: string): void {
      if (Object.values(state.logDeliveries).some(({ deliverySourceName }) => deliverySourceName === name))
        fail("ConflictException", "This delivery source is used by a delivery.");
      Reflect.deleteProperty(state.logDeliverySources, name);
      store.save();
    },
    /** Returns its ARN. */
    putDeliveryDestination(name: string, destination: LogDeliveryDestination): string {
      checkName(name);
      const { outputFormat = "json" } = destination;
      if (!["json", "plain", "w3c", "raw", "parquet"].includes(outputFormat))
        fail("ValidationException", `OutputFormat ${outputFormat} is not valid.`);
      const service = destination.destinationResourceArn.split(":")[2] ?? "";
      if (refusedFormats[service]?.includes(outputFormat))
        fail("ValidationException", `OutputFormat ${outputFormat} is not supported for this destination.`);
      const before = state.logDeliveryDestinations[name];
      if (before && before.destinationResourceArn.split(":")[2] !== service)
        fail("ValidationException", "The type of a delivery destination cannot be changed.");
      state.logDeliveryDestinations[name] = destination;
      store.save();
      return destinationArn(name, destination);
    },
    getDeliveryDestination: (name: string): LogDeliveryDestination | undefined => state.logDeliveryDestinations[name],
    deleteDeliveryDestination(name: string): void {
      const destination = state.logDeliveryDestinations[name];
      const arn = destination && destinationArn(name, destination);
      if (Object.values(state.logDeliveries).some(({ deliveryDestinationArn }) => deliveryDestinationArn === arn))
        fail("ConflictException", "This delivery destination is used by a delivery.");
      Reflect.deleteProperty(state.logDeliveryDestinations, name);
      store.save();
    },
    createDelivery(id: string, delivery: LogDelivery): Required<LogDelivery> {
      const kind = kindOf(delivery.deliveryDestinationArn);
      if (!state.logDeliverySources[delivery.deliverySourceName] || kind === undefined)
        fail("ResourceNotFoundException", "The delivery's source or destination does not exist.");
      // "A delivery source can be associated with one destination of each type" (API reference, "CreateDelivery").
      const others = Object.values(state.logDeliveries).filter(
        ({ deliverySourceName }) => deliverySourceName === delivery.deliverySourceName,
      );
      if (others.some(({ deliveryDestinationArn }) => kindOf(deliveryDestinationArn) === kind))
        fail("ConflictException", "Delivery already exists for this source and this type of destination.");
      return putDelivery(id, delivery);
    },
    updateDelivery: putDelivery,
    getDelivery: (id: string): LogDelivery | undefined => state.logDeliveries[id],
    /** Every source, destination and delivery, by name or id. */
    logDeliveryState: () => ({
      logDeliverySources: state.logDeliverySources,
      logDeliveryDestinations: state.logDeliveryDestinations,
      logDeliveries: state.logDeliveries,
    }),
    deleteDelivery(id: string): void {
      Reflect.deleteProperty(state.logDeliveries, id);
      store.save();
    },
  };
}

/** By service: what its destinations do not take (AWS CDK API reference, "CfnDistributionAccessLogsOutputFormat"). */
const refusedFormats: Readonly<Record<string, readonly string[]>> = {
  logs: ["w3c", "raw", "parquet"],
  firehose: ["w3c", "parquet"],
};

/** What a delivery has that names no fields (CloudFront docs, "Standard logging reference"). */
const standardFields = (
  "date time x-edge-location sc-bytes c-ip cs-method cs(Host) cs-uri-stem sc-status cs(Referer) cs(User-Agent) " +
  "cs-uri-query cs(Cookie) x-edge-result-type x-edge-request-id x-host-header cs-protocol cs-bytes time-taken " +
  "x-forwarded-for ssl-protocol ssl-cipher x-edge-response-result-type cs-protocol-version fle-status " +
  "fle-encrypted-fields c-port time-to-first-byte x-edge-detailed-result-type sc-content-type sc-content-len " +
  "sc-range-start sc-range-end"
).split(" ");

const destinationArn = (name: string, { region }: LogDeliveryDestination) =>
  `arn:aws:logs:${region}:${accountId}:delivery-destination:${name}`;

/** CloudWatch Logs API reference, "DeliverySource". */
function checkName(name: string): void {
  if (!/^[\w-]{1,60}$/.test(name))
    fail(
      "ValidationException",
      `Value '${name}' at 'name' failed to satisfy constraint: Member must have length less than or equal to 60`,
    );
}
