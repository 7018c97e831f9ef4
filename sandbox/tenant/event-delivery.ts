// The way of an event from the tenant to whom its streams name: at least once, in no order, and not at all any more
// after failures in a row (Auth0 docs, "Events Best Practices" and "Event Testing, Observability, and Failure
// Recovery").
import type { EventFault } from "./faults.ts";
import { newId, newUuid, now } from "./tenant-state.ts";
import type { EventStream, State } from "./tenant-state.ts";
import type { UserEventData, UserEventType } from "./user-events.ts";

/** A CloudEvent, as an Auth0 stream sends it. */
export interface TenantEvent {
  readonly specversion: "1.0";
  readonly type: UserEventType;
  /** `urn:auth0:<tenant>` */
  readonly source: string;
  readonly id: string;
  readonly time: string;
  readonly data: UserEventData;
  readonly a0tenant: string;
  readonly a0stream: string;
  /** Of the Management API's test event only. */
  readonly a0purpose?: "test";
}

/** AWS's side: the partner event sources of an account. */
export interface PartnerEvents {
  /** Offers a source to the account, whose owner makes an event bus of it. */
  createSource(source: { readonly name: string; readonly accountId: string; readonly region: string }): void;
  deleteSource(name: string): void;
  /** @throws if there is no such source any more */
  put(source: string, event: TenantEvent): Promise<void> | void;
}

export interface FailedDelivery {
  readonly id: string;
  readonly event_stream_id: string;
  readonly status: "failed";
  readonly event_type: UserEventType;
  readonly attempts: readonly {
    readonly status: "failed";
    readonly timestamp: string;
    readonly error_message: string;
  }[];
  readonly event: TenantEvent;
}

export interface EventDelivery {
  /** Where the events of EventBridge streams go. @default nowhere, which no stream notices */
  connect(events: PartnerEvents): void;
  /** The name of a new stream's source, which is offered to the account. */
  createSource(aws: { readonly aws_account_id: string; readonly aws_region: string }): string;
  deleteSource(name: string): void;
  /** Sends to all streams that subscribe to the type and are enabled. */
  emit(type: UserEventType, data: UserEventData): void;
  /** @returns the failure, or undefined if it has been delivered */
  sendTest(stream: EventStream, type: UserEventType, data: UserEventData): Promise<FailedDelivery | TenantEvent>;
  failures(streamId: string): readonly FailedDelivery[];
  /** Resolves once all that was emitted has arrived or has failed, but for what a fault holds. */
  delivered(): Promise<void>;
  /** Sends what a fault holds. */
  releaseHeld(): Promise<void>;
}

/** Docs: "disabled" after failed deliveries in a row; one page says three, another 500. The fewer are the worse. */
const failuresUntilDisabled = 3;
/** The one tenant there is. */
const tenantName = "sandbox";

/** @param save is called where a stream was disabled */
export function openEventDelivery(
  { eventStreams }: State,
  faultOf: (type: string) => EventFault | undefined,
  save: () => void,
): EventDelivery {
  let partner: PartnerEvents | undefined;
  let queue = Promise.resolve();
  let held: TenantEvent[] = [];
  let overtaken: TenantEvent[] = [];
  const failures: FailedDelivery[] = [];
  const inRow = new Map<string, number>();

  const made = (stream: EventStream, type: UserEventType, data: UserEventData): TenantEvent => ({
    ...{ specversion: "1.0", type, source: `urn:auth0:${tenantName}`, id: `evt_${newId(16)}`, time: now(), data },
    ...{ a0tenant: tenantName, a0stream: stream.id },
  });

  async function attempt(event: TenantEvent, isToFail: boolean): Promise<FailedDelivery | undefined> {
    const stream = eventStreams.find(({ id }) => id === event.a0stream);
    // "Currently, Auth0 does not support sending events to disabled event streams."
    if (stream?.status !== "enabled") return undefined;
    try {
      if (isToFail) throw new Error("An injected fault");
      await partner?.put(stream.destination.configuration.aws_partner_event_source, event);
      inRow.set(stream.id, 0);
      return undefined;
    } catch (error) {
      const error_message = error instanceof Error ? error.message : String(error);
      const attempts = [{ status: "failed" as const, timestamp: now(), error_message }];
      const { id, type: event_type } = event;
      const failure = { id, event_stream_id: stream.id, status: "failed" as const, event_type, attempts, event };
      failures.push(failure);
      const count = (inRow.get(stream.id) ?? 0) + 1;
      inRow.set(stream.id, count);
      if (count >= failuresUntilDisabled) {
        Object.assign(stream, { status: "disabled", updated_at: now() });
        save();
      }
      return failure;
    }
  }

  async function deliver(event: TenantEvent, fault: EventFault | undefined): Promise<void> {
    if (fault === "held") held.push(event);
    else if (fault === "overtaken") overtaken.push(event);
    else {
      await attempt(event, fault === "failed");
      if (fault === "duplicate") await attempt(event, false);
      for (const late of overtaken.splice(0)) await attempt(late, false);
    }
  }
  const enqueue = (deliveries: () => Promise<void>) => (queue = queue.then(deliveries));

  return {
    connect(events) {
      partner = events;
    },
    createSource({ aws_account_id: accountId, aws_region: region }) {
      // As in the recording TestAccEventStream of terraform-provider-auth0's tests.
      const name = `aws.partner/auth0.com/${tenantName}-${newUuid()}/auth0.events`;
      partner?.createSource({ name, accountId, region });
      return name;
    },
    deleteSource: (name) => partner?.deleteSource(name),
    emit(type, data) {
      for (const stream of eventStreams) {
        const isSubscribed = stream.subscriptions.some(({ event_type }) => event_type === type);
        if (stream.status !== "enabled" || !isSubscribed) continue;
        const event = made(stream, type, data);
        const fault = faultOf(type);
        void enqueue(() => deliver(event, fault));
      }
    },
    async sendTest(stream, type, data) {
      const event: TenantEvent = { ...made(stream, type, data), a0purpose: "test" };
      return (await attempt(event, false)) ?? event;
    },
    failures: (streamId) => failures.filter(({ event_stream_id }) => event_stream_id === streamId),
    delivered: () => queue,
    releaseHeld: () =>
      enqueue(async () => {
        const late = [...held, ...overtaken];
        held = [];
        overtaken = [];
        for (const event of late) await attempt(event, false);
      }),
  };
}
