// SQS: queues, and who may send to them.
import { randomUUID } from "node:crypto";
import { AwsError, fail } from "./aws-error.ts";
import { isAllowed, parsePolicy } from "./bucket-policy.ts";
import type { Caller } from "./bucket-policy.ts";
import type { Store } from "./edge-state.ts";
import { accountId } from "./identity.ts";
import type { Queue, QueueMessage } from "./message-state.ts";

/** Who sends: a role, or a service on a resource's behalf. */
export type Sender = { readonly caller: Caller } | { readonly service: string; readonly sourceArn: string };

export type QueueDescription = Omit<Queue, "messages" | "policy">;

/** The operations are named as in the SQS API reference, and throw the `AwsError`s that are named there. */
export function queueOperations(store: Store) {
  const { queues } = store.state;
  const missing = () => fail("QueueDoesNotExist", "The specified queue does not exist.");
  const named = (nameOrArnOrUrl: string): Queue | undefined => queues[nameOrArnOrUrl.split(/[:/]/).at(-1) ?? ""];
  const put = (queue: Queue): Queue => {
    queues[queue.name] = queue;
    store.save();
    return queue;
  };
  return {
    createQueue(description: QueueDescription): Queue {
      checkQueue(description);
      if (queues[description.name]) fail("QueueNameExists", "A queue with this name already exists.");
      return put({ ...description, messages: [] });
    },
    getQueue: named,
    setQueueAttributes(description: QueueDescription): Queue {
      checkQueue(description);
      return put({ ...(named(description.name) ?? missing()), ...description });
    },
    deleteQueue(name: string): void {
      Reflect.deleteProperty(queues, named(name)?.name ?? name);
      store.save();
    },
    putQueuePolicy(name: string, policy: string): void {
      const queue = named(name) ?? missing();
      try {
        parsePolicy(policy, { service: "sqs", ownsResource: (resource) => [queueArn(queue), "*"].includes(resource) });
      } catch (error) {
        if (error instanceof AwsError && error.status === 501) throw error;
        fail("InvalidAttributeValue", "Invalid value for the parameter Policy.");
      }
      put({ ...queue, policy });
    },
    deleteQueuePolicy(name: string): void {
      const queue = named(name);
      if (!queue) return;
      const { policy: _, ...others } = queue;
      put(others);
    },
    /** @throws AwsError AccessDenied unless the queue's policy or the sender's own allow it */
    sendMessage(queueName: string, body: string, sender: Sender, attributes: QueueMessage["attributes"] = {}): void {
      const queue = named(queueName) ?? missing();
      const own = queue.policy === undefined ? [] : parsePolicy(queue.policy, { service: "sqs", ownsResource: () => true }).Statement; // prettier-ignore
      const context = { "aws:securetransport": "true", "aws:sourceaccount": accountId };
      const request = { action: "sqs:SendMessage", resource: queueArn(queue) };
      const isPermitted =
        "caller" in sender
          ? isAllowed(
              { Statement: [...own, ...sender.caller.statements] },
              {
                ...request,
                principal: sender.caller.arn,
                context: { ...context, "aws:principalarn": sender.caller.arn },
              },
            )
          : isAllowed(
              { Statement: own },
              { ...request, service: sender.service, context: { ...context, "aws:sourcearn": sender.sourceArn } },
            );
      if (!isPermitted) fail("AccessDenied", `Access to the resource ${queueUrl(queue)} is denied.`, 403);
      if (Buffer.byteLength(body) > queue.maxMessageSize) fail("InvalidParameterValue", "The message is too long.");
      const message = { messageId: randomUUID(), body, attributes, sentAt: Date.now() };
      put({ ...queue, messages: [...queue.messages, message] });
    },
    /** What is in the queue, at a time; the messages stay there. */
    queueMessages(queueName: string, at = Date.now()): readonly QueueMessage[] {
      const { messages, messageRetentionSeconds } = named(queueName) ?? missing();
      return messages.filter(({ sentAt }) => sentAt <= at && at - sentAt < messageRetentionSeconds * 1000);
    },
    purgeQueue: (queueName: string) => void put({ ...(named(queueName) ?? missing()), messages: [] }),
  };
}

export const queueArn = ({ name, region }: Pick<Queue, "name" | "region">) => `arn:aws:sqs:${region}:${accountId}:${name}`; // prettier-ignore
export const queueUrl = ({ name, region }: Pick<Queue, "name" | "region">) =>
  `https://sqs.${region}.amazonaws.com/${accountId}/${name}`;

/** SQS API reference, "CreateQueue": from a minute to fourteen days, and so on. */
function checkQueue(queue: QueueDescription): void {
  if (!/^[\w-]{1,80}$/.test(queue.name))
    fail(
      "InvalidParameterValue",
      "Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length",
    );
  const within = (name: keyof QueueDescription, value: number, least: number, most: number) =>
    value >= least && value <= most ? undefined : fail("InvalidAttributeValue", `Invalid value for the parameter ${name}.`); // prettier-ignore
  within("messageRetentionSeconds", queue.messageRetentionSeconds, 60, 1_209_600);
  within("visibilityTimeoutSeconds", queue.visibilityTimeoutSeconds, 0, 43_200);
  within("delaySeconds", queue.delaySeconds, 0, 900);
  within("receiveWaitTimeSeconds", queue.receiveWaitTimeSeconds, 0, 20);
  within("maxMessageSize", queue.maxMessageSize, 1024, 1_048_576);
}
