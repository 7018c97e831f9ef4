// The way of an event through EventBridge: from a partner's source or a schedule to the rules' targets, and to a
// target's dead-letter queue where it cannot be handed over. Time is the caller's: nothing here waits for a schedule.
import { randomUUID } from "node:crypto";
import { AwsError, fail } from "../edge/aws-error.ts";
import type { ControlPlane } from "../edge/control-plane.ts";
import { accountId } from "../edge/identity.ts";
import { matchesPattern } from "../edge/event-pattern.ts";
import { defaultBus, ruleArn } from "../edge/event-rules.ts";
import type { Functions } from "./function-runtime.ts";
import type { EventRule, EventTarget } from "../edge/message-state.ts";

/** What a partner sends. How Auth0 wraps an event of its own is shown nowhere; this is EventBridge's form. */
export interface PartnerEvent {
  readonly detailType: string;
  readonly detail: object;
  /** ISO 8601. @default now */
  readonly time?: string;
}

export interface EventRouting {
  /**
   * Resolves when each target has handled the event, or failed, and whoever is to be told is told.
   *
   * @throws AwsError ResourceNotFoundException if there is no such source (any more)
   */
  putPartnerEvent(source: string, event: PartnerEvent): Promise<void>;
  /**
   * Does what the rule's schedule does when its time has come, whatever time it is.
   *
   * @param nameOrArn of a rule that has a schedule and is enabled
   */
  fireSchedule(nameOrArn: string): Promise<void>;
  /** What neither a target nor a dead-letter queue took (EventBridge's metric InvocationsFailedToBeSentToDlq). */
  readonly lost: readonly { readonly rule: string; readonly event: object; readonly reason: string }[];
}

export function startEventRouting(controlPlane: ControlPlane, functions: Pick<Functions, "invokeLater">): EventRouting {
  const lost: { rule: string; event: object; reason: string }[] = [];

  async function handOver(rule: EventRule, target: EventTarget, event: object): Promise<void> {
    const sourceArn = ruleArn(rule);
    let retries = 0;
    for (;;) {
      try {
        // What becomes of it at the function is the function's: its retries, and its own destination.
        await functions.invokeLater(target.arn, event, { principal: "events.amazonaws.com", sourceArn });
        return;
      } catch (error) {
        if (!(error instanceof AwsError)) throw error;
        // EventBridge docs, "How EventBridge retries delivering events": not where a permission or the target is
        // missing; else as often as the target says, in up to a day, which are at once here.
        if (error.status < 500 && error.status !== 429) return giveUp(rule, target, { event, error, retries });
        if (retries >= target.maximumRetryAttempts) return giveUp(rule, target, { event, error, retries });
        retries += 1;
      }
    }
  }

  function giveUp(
    rule: EventRule,
    { arn, deadLetterArn, maximumRetryAttempts }: EventTarget,
    { event, error, retries }: { event: object; error: AwsError; retries: number },
  ): void {
    const reason = error.message;
    if (deadLetterArn === undefined) {
      lost.push({ rule: ruleArn(rule), event, reason });
      return;
    }
    // EventBridge docs, "Using dead-letter queues to process undelivered events": what a message says of it.
    const attributes = {
      ...{ RULE_ARN: ruleArn(rule), TARGET_ARN: arn, ERROR_MESSAGE: reason, RETRY_ATTEMPTS: String(retries) },
      ERROR_CODE: error.code === "AccessDeniedException" ? "NO_PERMISSIONS" : error.code,
      ...(retries >= maximumRetryAttempts && { EXHAUSTED_RETRY_CONDITION: "MaximumRetryAttempts" }),
    };
    const sender = { service: "events.amazonaws.com", sourceArn: ruleArn(rule) };
    try {
      controlPlane.sendMessage(deadLetterArn, JSON.stringify(event), sender, attributes);
    } catch (refusal) {
      if (!(refusal instanceof AwsError)) throw refusal;
      lost.push({ rule: ruleArn(rule), event, reason: `${reason}; ${refusal.message}` });
    }
  }

  const toTargets = (rule: EventRule, event: object) =>
    Promise.all(controlPlane.listTargets(rule.busName, rule.name).map((target) => handOver(rule, target, event)));

  return {
    lost,
    async putPartnerEvent(source, { detailType, detail, time = new Date().toISOString() }) {
      const { region } =
        controlPlane.describeEventSource(source) ??
        fail("ResourceNotFoundException", `Event source ${source} does not exist.`);
      // EventBridge docs, "Receiving events from a SaaS partner": without a bus of its name, an event is dropped.
      const event = {
        ...{ version: "0", id: randomUUID(), "detail-type": detailType, source, account: accountId },
        ...{ time: `${time.slice(0, 19)}Z`, region, resources: [], detail },
      };
      const rules = controlPlane.listRules().filter(({ busName, state, eventPattern }) => {
        const isOn = busName === source && state === "ENABLED" && controlPlane.describeEventBus(busName) !== undefined;
        return isOn && eventPattern !== undefined && matchesPattern(eventPattern, event);
      });
      await Promise.all(rules.map((rule) => toTargets(rule, event)));
    },
    async fireSchedule(nameOrArn) {
      const rule = controlPlane
        .listRules()
        .find((one) => one.busName === defaultBus && [one.name, ruleArn(one)].includes(nameOrArn));
      if (rule?.scheduleExpression === undefined || rule.state !== "ENABLED")
        fail("ResourceNotFoundException", `There is no enabled rule ${nameOrArn} with a schedule.`);
      // EventBridge docs, "Creating a rule that runs on a schedule".
      const event = {
        ...{ version: "0", id: randomUUID(), "detail-type": "Scheduled Event", source: "aws.events" },
        ...{ account: accountId, time: `${new Date().toISOString().slice(0, 19)}Z`, region: rule.region },
        ...{ resources: [ruleArn(rule)], detail: {} },
      };
      await toTargets(rule, event);
    },
  };
}
