// The resource type of the auth0 stand-in for event streams, with terraform-provider-auth0's calls
// (internal/auth0/eventstream, and the recording TestAccEventStream).
import type { Management, ManagementClient } from "auth0";
import { afterCreation, goneWarning, unlessGone, withProviderErrors } from "./auth0-errors.ts";
import { notEvaluated, oneOf } from "./inputs.ts";
import type { Properties } from "./protocol.ts";
import type { Created, ResourceImplementation } from "./resource.ts";

interface Inputs {
  readonly name: string;
  readonly status?: Management.EventStreamStatusEnum;
  readonly subscriptions: readonly Management.EventStreamEventTypeEnum[];
  readonly eventbridgeConfiguration: {
    readonly awsAccountId: string;
    readonly awsRegion: Management.EventStreamEventBridgeAwsRegionEnum;
  };
}

export const eventStreamResources = (
  client: () => ManagementClient,
): Readonly<Record<string, ResourceImplementation>> => ({
  "auth0:index/eventStream:EventStream": eventStream(client),
});

function eventStream(client: () => ManagementClient): ResourceImplementation {
  const body = ({ name, status, subscriptions }: Inputs) => ({
    name,
    subscriptions: subscriptions.map((event_type) => ({ event_type })),
    ...(status !== undefined && { status }),
  });
  const read = async (id: string): Promise<Created | undefined> => {
    const found = await unlessGone(client().eventStreams.get(id));
    if (!found) return undefined;
    const { name, status, subscriptions = [], destination, created_at: createdAt, updated_at: updatedAt } = found;
    const aws = destination?.configuration as Partial<Management.EventStreamEventBridgeConfiguration> | undefined;
    const outputs = {
      ...{ name, status, createdAt, updatedAt, destinationType: destination?.type },
      subscriptions: subscriptions.map(({ event_type }) => event_type),
      eventbridgeConfiguration: {
        ...{ awsAccountId: aws?.aws_account_id, awsRegion: aws?.aws_region },
        awsPartnerEventSource: aws?.aws_partner_event_source,
      },
    };
    return { id, outputs };
  };

  return {
    computed: ["status", "createdAt", "updatedAt"],
    computedInside: [{ path: ["eventbridgeConfiguration"], names: ["awsPartnerEventSource"] }],
    sets: ["subscriptions"],
    replaceOnChanges: ["destinationType", "eventbridgeConfiguration"],
    autoname: { property: "name" },
    goneWarning: goneWarning("auth0_event_stream"),
    check: (inputs: Properties) => [
      ...oneOf(inputs, "destinationType", ["eventbridge", "webhook", "action"]),
      ...oneOf(inputs, "status", ["enabled", "disabled"]),
      ...notEvaluated(inputs, ["actionConfiguration", "webhookConfiguration"]),
      ...(inputs["eventbridgeConfiguration"] === undefined
        ? [{ property: "eventbridgeConfiguration", reason: "one of eventbridge_configuration must be specified" }]
        : []),
    ],
    async create(inputs) {
      const given = inputs as unknown as Inputs;
      const { awsAccountId: aws_account_id, awsRegion: aws_region } = given.eventbridgeConfiguration;
      const destination = { type: "eventbridge" as const, configuration: { aws_account_id, aws_region } };
      const { id = "" } = await withProviderErrors(client().eventStreams.create({ ...body(given), destination }));
      return afterCreation(id, () => read(id));
    },
    read,
    // Without the destination, which cannot be changed.
    async update(id, _state, inputs) {
      const changed = client().eventStreams.update(id, body(inputs as unknown as Inputs));
      return (await unlessGone(changed)) && (await read(id))?.outputs;
    },
    async delete(id) {
      await unlessGone(client().eventStreams.delete(id));
    },
  };
}
