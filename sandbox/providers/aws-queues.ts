// The resource types of the aws stand-in for SQS: queues and their policies.
import { queueArn, queueUrl } from "../edge/queues.ts";
import type { QueueDescription } from "../edge/queues.ts";
import type { ControlPlane } from "../edge/control-plane.ts";
import { allTags, regionOf } from "./aws-settings.ts";
import type { AwsSettings } from "./aws-settings.ts";
import { notEvaluated } from "./inputs.ts";
import type { Properties } from "./protocol.ts";
import type { ResourceImplementation } from "./resource.ts";

/** AWS's, which the provider fills in. */
const numbers = {
  ...{ delaySeconds: 0, maxMessageSize: 262_144, messageRetentionSeconds: 345_600, receiveWaitTimeSeconds: 0 },
  visibilityTimeoutSeconds: 30,
};

export function queueResources(
  api: ControlPlane,
  settings: () => AwsSettings,
): Readonly<Record<string, ResourceImplementation>> {
  return { "aws:sqs/queue:Queue": queue(), "aws:sqs/queuePolicy:QueuePolicy": queuePolicy() };

  function queue(): ResourceImplementation {
    const describe = (inputs: Properties): QueueDescription => {
      const number = (name: keyof typeof numbers) => Number(inputs[name] ?? numbers[name]);
      return {
        name: inputs["name"] as string,
        region: regionOf(inputs, settings()),
        delaySeconds: number("delaySeconds"),
        maxMessageSize: number("maxMessageSize"),
        messageRetentionSeconds: number("messageRetentionSeconds"),
        receiveWaitTimeSeconds: number("receiveWaitTimeSeconds"),
        visibilityTimeoutSeconds: number("visibilityTimeoutSeconds"),
        sqsManagedSseEnabled: inputs["sqsManagedSseEnabled"] !== false,
        tags: allTags(inputs, settings()),
      };
    };
    const outputsOf = (url: string, state: Properties): Properties => {
      const found = api.getQueue(url);
      if (!found) return state;
      const { name, region, sqsManagedSseEnabled, tags } = found;
      const known = Object.keys(numbers).map((key) => [key, found[key as keyof typeof numbers]] as const);
      return {
        ...{
          ...state,
          ...Object.fromEntries(known),
          name,
          region,
          sqsManagedSseEnabled,
          tagsAll: tags,
          namePrefix: "",
        },
        ...{ arn: queueArn(found), url: queueUrl(found), policy: found.policy ?? "", fifoQueue: false },
        ...{ kmsDataKeyReusePeriodSeconds: 300, redrivePolicy: "", redriveAllowPolicy: "" },
      };
    };
    return {
      // prettier-ignore
      computed: [
        "arn", "deduplicationScope", "fifoThroughputLimit", "kmsDataKeyReusePeriodSeconds", "namePrefix", "policy",
        "redriveAllowPolicy", "redrivePolicy", "region", "sqsManagedSseEnabled", "tagsAll", "url",
      ],
      defaults: { ...numbers, fifoQueue: false },
      replaceOnChanges: ["fifoQueue", "name", "namePrefix", "region"],
      autoname: { property: "name", unless: ["namePrefix"] },
      check: (inputs) => notEvaluated(inputs, notEvaluatedOfQueue),
      create(inputs) {
        const url = queueUrl(api.createQueue(describe(inputs)));
        return { id: url, outputs: outputsOf(url, inputs) };
      },
      read: (url, state) => (api.getQueue(url) ? { id: url, outputs: outputsOf(url, state) } : undefined),
      update(url, _state, inputs) {
        api.setQueueAttributes(describe(inputs));
        return outputsOf(url, inputs);
      },
      delete: (url) => api.deleteQueue(url),
    };
  }

  function queuePolicy(): ResourceImplementation {
    const put = (inputs: Properties) => {
      const { queueUrl: url, policy } = inputs as { queueUrl: string; policy: string };
      api.putQueuePolicy(url, policy);
      return { id: url, outputs: { queueUrl: url, policy, region: regionOf(inputs, settings()) } };
    };
    return {
      computed: ["region"],
      replaceOnChanges: ["queueUrl", "region"],
      normalize: (inputs) =>
        typeof inputs["policy"] === "object" && inputs["policy"] !== null
          ? { ...inputs, policy: JSON.stringify(inputs["policy"]) }
          : inputs,
      create: put,
      read(url, state) {
        const policy = api.getQueue(url)?.policy;
        return policy === undefined ? undefined : { id: url, outputs: { ...state, queueUrl: url, policy } };
      },
      update: (_id, _state, inputs) => put(inputs).outputs,
      delete: (url) => api.deleteQueuePolicy(url),
    };
  }
}

// prettier-ignore
const notEvaluatedOfQueue = [
  "contentBasedDeduplication", "deduplicationScope", "fifoQueue", "fifoThroughputLimit", "kmsDataKeyReusePeriodSeconds",
  "kmsMasterKeyId", "namePrefix", "policy", "redriveAllowPolicy", "redrivePolicy",
];
