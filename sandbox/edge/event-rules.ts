// EventBridge: what partners offer, buses, rules and their targets, as they are declared.
import { fail } from "./aws-error.ts";
import type { Store } from "./edge-state.ts";
import { accountId } from "./identity.ts";
import { checkPattern } from "./event-pattern.ts";
import type { EventBus, EventRule, EventTarget, PartnerSource } from "./message-state.ts";

/** Every account has it, in every region. */
export const defaultBus = "default";

/** The operations are named as in the EventBridge API reference, and throw the `AwsError`s that are named there. */
export function eventRuleOperations(store: Store) {
  const { state } = store;
  const { partnerSources, eventBuses, eventRules } = state;
  const keyOf = (busName: string, name: string) => `${busName} ${name}`;
  const requireBus = (name: string) =>
    name === defaultBus || eventBuses[name] ? undefined : fail("ResourceNotFoundException", `Event bus ${name} does not exist.`); // prettier-ignore
  const setTargets = (targets: readonly EventTarget[]) => {
    Object.assign(state, { eventTargets: targets });
    store.save();
  };
  const isSame = (one: EventTarget, other: Pick<EventTarget, "busName" | "ruleName" | "targetId">) =>
    one.busName === other.busName && one.ruleName === other.ruleName && one.targetId === other.targetId;
  const targetsOf = (busName: string, ruleName: string) =>
    state.eventTargets.filter((one) => one.busName === busName && one.ruleName === ruleName);

  return {
    /** Of a partner: it offers a source to the account, which becomes an event bus of the same name. */
    createPartnerEventSource(source: PartnerSource): void {
      partnerSources[source.name] = source;
      store.save();
    },
    deletePartnerEventSource(name: string): void {
      Reflect.deleteProperty(partnerSources, name);
      store.save();
    },
    describeEventSource: (name: string): PartnerSource | undefined => partnerSources[name],

    createEventBus(bus: EventBus): void {
      const { name, eventSourceName } = bus;
      // EventBridge API reference, "CreateEventBus": only a partner's bus has a slash, and it has its source's name.
      if (eventSourceName === undefined ? !/^[\w.-]{1,256}$/.test(name) : name !== eventSourceName)
        fail(
          "ValidationException",
          "The name of a partner event bus must match its event source's; others have no slash",
        );
      if (name === defaultBus || eventBuses[name])
        fail("ResourceAlreadyExistsException", `Event bus ${name} already exists.`);
      const source = partnerSources[eventSourceName ?? ""];
      if (eventSourceName !== undefined && source?.region !== bus.region)
        fail("ResourceNotFoundException", `Event source ${eventSourceName} does not exist.`);
      eventBuses[name] = bus;
      store.save();
    },
    describeEventBus: (name: string): EventBus | undefined => eventBuses[name],
    updateEventBus(bus: EventBus): void {
      requireBus(bus.name);
      eventBuses[bus.name] = bus;
      store.save();
    },
    deleteEventBus(name: string): void {
      if (Object.values(eventRules).some(({ busName }) => busName === name))
        fail("ValidationException", `EventBus ${name} can't be deleted since it has rules.`);
      Reflect.deleteProperty(eventBuses, name);
      store.save();
    },

    putRule(rule: EventRule): void {
      const { name, busName, eventPattern, scheduleExpression } = rule;
      requireBus(busName);
      if (!/^[\w.-]{1,64}$/.test(name))
        fail("ValidationException", `Value '${name}' at 'name' failed to satisfy constraint`);
      if (eventPattern === undefined && scheduleExpression === undefined)
        fail("ValidationException", "Parameter(s) EventPattern and ScheduleExpression must be specified.");
      if (eventPattern !== undefined) checkPattern(eventPattern);
      if (scheduleExpression !== undefined) {
        if (busName !== defaultBus)
          fail("ValidationException", "ScheduleExpression is supported only on the default event bus.");
        checkSchedule(scheduleExpression);
      }
      eventRules[keyOf(busName, name)] = rule;
      store.save();
    },
    describeRule: (busName: string, name: string): EventRule | undefined => eventRules[keyOf(busName, name)],
    listRules: (): readonly EventRule[] => Object.values(eventRules),
    deleteRule(busName: string, name: string): void {
      if (targetsOf(busName, name).length > 0)
        fail("ValidationException", "Rule can't be deleted since it has targets.");
      Reflect.deleteProperty(eventRules, keyOf(busName, name));
      store.save();
    },

    putTarget(target: EventTarget): void {
      const { busName, ruleName, arn, maximumRetryAttempts, deadLetterArn } = target;
      if (!eventRules[keyOf(busName, ruleName)])
        fail("ResourceNotFoundException", `Rule ${ruleName} does not exist on EventBus ${busName}.`);
      if (!arn.startsWith("arn:aws:lambda:"))
        fail("NotEvaluated", `The sandbox's events go to functions only, and ${arn} is none`, 501);
      if (!Number.isInteger(maximumRetryAttempts) || maximumRetryAttempts < 0 || maximumRetryAttempts > 185)
        fail("ValidationException", "MaximumRetryAttempts is from 0 to 185.");
      if (deadLetterArn !== undefined && !deadLetterArn.startsWith("arn:aws:sqs:"))
        fail("ValidationException", "The dead-letter queue is an SQS queue.");
      const others = state.eventTargets.filter((one) => !isSame(one, target));
      // EventBridge docs, "Quotas".
      if (targetsOf(busName, ruleName).filter((one) => !isSame(one, target)).length >= 5)
        fail("LimitExceededException", "The requested resource exceeds the maximum number allowed.");
      setTargets([...others, target]);
    },
    listTargets: targetsOf,
    removeTarget: (target: Pick<EventTarget, "busName" | "ruleName" | "targetId">) =>
      setTargets(state.eventTargets.filter((one) => !isSame(one, target))),
  };
}

export const ruleArn = ({ name, busName, region }: Pick<EventRule, "name" | "busName" | "region">) =>
  `arn:aws:events:${region}:${accountId}:rule/${busName === defaultBus ? "" : `${busName}/`}${name}`;
export const busArn = ({ name, region }: Pick<EventBus, "name" | "region">) =>
  `arn:aws:events:${region}:${accountId}:event-bus/${name}`;

/** EventBridge docs, "Creating a rule that runs on a schedule": a unit is singular after one, and plural else. */
function checkSchedule(expression: string): void {
  const [, value = "", unit = ""] = /^rate\((\d+) (minute|hour|day)s?\)$/.exec(expression) ?? [];
  const isRate = Number(value) > 0 && expression === `rate(${Number(value)} ${unit}${Number(value) === 1 ? "" : "s"})`;
  if (!isRate && !/^cron\((?:\S+ ){5}\S+\)$/.test(expression))
    fail("ValidationException", "Parameter ScheduleExpression is not valid.");
}
