// The resource types of the aws stand-in for CloudWatch Logs: log groups, and the delivery of access logs.
import { randomUUID } from "node:crypto";
import type { LogGroup } from "../edge/function-state.ts";
import { logGroupArn } from "../edge/log-groups.ts";
import type { ControlPlane } from "../edge/control-plane.ts";
import { accountId } from "../edge/identity.ts";
import type { LogDelivery } from "../edge/edge-state.ts";
import { allTags, regionOf } from "./aws-settings.ts";
import type { AwsSettings } from "./aws-settings.ts";
import { notEvaluated } from "./inputs.ts";
import type { Properties } from "./protocol.ts";
import type { ResourceImplementation } from "./resource.ts";

export function logResources(
  api: ControlPlane,
  settings: () => AwsSettings,
): Readonly<Record<string, ResourceImplementation>> {
  const common = (inputs: Properties) => ({
    ...inputs,
    region: regionOf(inputs, settings()),
    tagsAll: allTags(inputs, settings()),
  });
  return {
    "aws:cloudwatch/logGroup:LogGroup": logGroup(),
    "aws:cloudwatch/logDeliverySource:LogDeliverySource": named({
      replaceOnChanges: ["name", "resourceArn", "logType", "region"],
      put(name, inputs) {
        const { logType, resourceArn } = inputs as { logType: string; resourceArn: string };
        return api.putDeliverySource(name, { region: regionOf(inputs, settings()), logType, resourceArn });
      },
      get: (name) => api.getDeliverySource(name),
      delete: (name) => api.deleteDeliverySource(name),
    }),
    "aws:cloudwatch/logDeliveryDestination:LogDeliveryDestination": named({
      replaceOnChanges: ["name", "outputFormat", "region"],
      // Another kind of destination is another one to the provider (it computes `deliveryDestinationType`).
      mustReplace: (path, olds, news) =>
        path === "deliveryDestinationConfiguration.destinationResourceArn" && kindOf(olds) !== kindOf(news),
      put(name, inputs) {
        const configuration = inputs["deliveryDestinationConfiguration"] as { destinationResourceArn: string };
        const outputFormat = inputs["outputFormat"] as string | undefined;
        return api.putDeliveryDestination(name, {
          region: regionOf(inputs, settings()),
          destinationResourceArn: configuration.destinationResourceArn,
          ...(outputFormat !== undefined && { outputFormat }),
        });
      },
      get: (name) => api.getDeliveryDestination(name),
      delete: (name) => api.deleteDeliveryDestination(name),
    }),
    "aws:cloudwatch/logDelivery:LogDelivery": {
      computed: ["arn", "recordFields", "region", "tagsAll"],
      replaceOnChanges: ["deliveryDestinationArn", "deliverySourceName", "region"],
      check: (inputs) => notEvaluated(inputs, ["s3DeliveryConfigurations", "fieldDelimiter"]),
      create(inputs) {
        const id = randomUUID();
        const { recordFields } = api.createDelivery(id, deliveryOf(inputs));
        const arn = `arn:aws:logs:${regionOf(inputs, settings())}:${accountId}:delivery:${id}`;
        return { id, outputs: { ...common(inputs), arn, recordFields } };
      },
      read(id, state) {
        const found = api.getDelivery(id);
        return found && { id, outputs: { ...state, ...found } };
      },
      update(id, state, inputs) {
        const kept = { recordFields: state["recordFields"], ...inputs };
        const { recordFields } = api.updateDelivery(id, deliveryOf(kept));
        return { ...common(inputs), arn: state["arn"], recordFields };
      },
      delete: (id) => api.deleteDelivery(id),
    },
  };

  function logGroup(): ResourceImplementation {
    const groupOf = (inputs: Properties): LogGroup => ({
      name: inputs["name"] as string,
      retentionInDays: Number(inputs["retentionInDays"] ?? 0),
      ...(typeof inputs["kmsKeyId"] === "string" && { kmsKeyId: inputs["kmsKeyId"] }),
      logGroupClass: (inputs["logGroupClass"] as string | undefined) ?? "STANDARD",
      deletionProtectionEnabled: inputs["deletionProtectionEnabled"] === true,
      tags: allTags(inputs, settings()),
    });
    const outputsOf = ({ name, ...group }: LogGroup, state: Properties): Properties => ({
      ...state,
      arn: logGroupArn(name, regionOf(state, settings())),
      deletionProtectionEnabled: group.deletionProtectionEnabled,
      logGroupClass: group.logGroupClass,
      name,
      namePrefix: "",
      region: regionOf(state, settings()),
      retentionInDays: group.retentionInDays,
      tagsAll: group.tags,
    });
    return {
      computed: ["arn", "deletionProtectionEnabled", "logGroupClass", "name", "namePrefix", "region", "tagsAll"],
      defaults: { retentionInDays: 0, skipDestroy: false },
      replaceOnChanges: ["logGroupClass", "name", "namePrefix", "region"],
      autoname: { property: "name", unless: ["namePrefix"] },
      check: (inputs) => notEvaluated(inputs, ["namePrefix"]),
      create(inputs) {
        const group = groupOf(inputs);
        api.createLogGroup(group);
        return { id: group.name, outputs: outputsOf(group, inputs) };
      },
      read(name, state) {
        const found = api.getLogGroup(name);
        return found && { id: name, outputs: outputsOf(found, state) };
      },
      update(_name, _state, inputs) {
        const group = groupOf(inputs);
        api.updateLogGroup(group);
        return outputsOf(group, inputs);
      },
      delete(name, { skipDestroy }) {
        if (skipDestroy !== true) api.deleteLogGroup(name);
      },
    };
  }

  function named(resource: {
    readonly replaceOnChanges: readonly string[];
    readonly mustReplace?: ResourceImplementation["mustReplace"];
    /** Returns the ARN. */
    put(name: string, inputs: Properties): string;
    get(name: string): object | undefined;
    delete(name: string): void;
  }): ResourceImplementation {
    const put = (inputs: Properties) => {
      const name = inputs["name"] as string;
      return { id: name, outputs: { ...common(inputs), name, arn: resource.put(name, inputs) } };
    };
    return {
      replaceOnChanges: resource.replaceOnChanges,
      ...(resource.mustReplace && { mustReplace: resource.mustReplace }),
      computed: ["arn", "region", "tagsAll"],
      autoname: { property: "name" },
      create: put,
      read: (name, state) => (resource.get(name) ? { id: name, outputs: state } : undefined),
      update: (_name, _state, inputs) => put(inputs).outputs,
      delete: (name) => resource.delete(name),
    };
  }
}

/** The service that a destination belongs to. */
const kindOf = ({ deliveryDestinationConfiguration }: Properties) =>
  (deliveryDestinationConfiguration as { destinationResourceArn?: string } | undefined)?.destinationResourceArn?.split(
    ":",
  )[2];

const deliveryOf = (inputs: Properties): LogDelivery => {
  const { deliverySourceName, deliveryDestinationArn, recordFields } = inputs as unknown as LogDelivery;
  return { deliverySourceName, deliveryDestinationArn, ...(recordFields && { recordFields }) };
};
