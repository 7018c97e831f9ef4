// CloudWatch Logs' delivery of CloudFront's access logs: what is declared, and what the service refuses. The edge
// writes no log.
import { fail } from "./aws-error.ts";
import { accountId } from "./identity.ts";
import type { LogDelivery, LogDeliveryDestination, LogDeliverySource, Store } from "./edge-state.ts";

/** The operations are named as in the CloudWatch Logs API reference, and throw the `AwsError`s that are named there. */
export function logDeliveryOperations(store: Store) {
  const { state } = store;
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
    createDelivery(id: string, delivery: LogDelivery): void {
      const destinations = Object.entries(state.logDeliveryDestinations);
      const arns = destinations.map(([name, destination]) => destinationArn(name, destination));
      if (!state.logDeliverySources[delivery.deliverySourceName] || !arns.includes(delivery.deliveryDestinationArn))
        fail("ResourceNotFoundException", "The delivery's source or destination does not exist.");
      state.logDeliveries[id] = delivery;
      store.save();
    },
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
