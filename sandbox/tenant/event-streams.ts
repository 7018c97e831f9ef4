// The Management API's event streams: whom the tenant tells of its events (Auth0 docs, "Create an Event Stream"). Those
// to EventBridge are simulated, and of the events those of users.
import type { FastifyInstance } from "fastify";
import { ManagementApiError, notSimulated, payloadError } from "./errors.ts";
import type { EventDelivery } from "./event-delivery.ts";
import { needs, nonEmptyText, showList } from "./requests.ts";
import type { Query } from "./requests.ts";
import { newId, now, removeWhere } from "./tenant-state.ts";
import type { EventStream, JsonObject, State } from "./tenant-state.ts";
import { userEventTypes } from "./user-events.ts";
import type { UserEventType } from "./user-events.ts";

type Change = Partial<Pick<EventStream, "name" | "status" | "subscriptions">>;
interface Creation extends Change {
  destination: { type: string; configuration: { aws_account_id: string; aws_region: string } };
}

const changeable = {
  name: nonEmptyText,
  status: { enum: ["enabled", "disabled"] },
  subscriptions: {
    type: "array",
    items: {
      type: "object",
      additionalProperties: false,
      required: ["event_type"],
      properties: { event_type: nonEmptyText },
    },
  },
};
const changeSchema = {
  type: "object",
  additionalProperties: false,
  properties: { ...changeable, destination: { type: "object" } },
};
const createSchema = {
  ...changeSchema,
  required: ["destination"],
  properties: {
    ...changeable,
    destination: {
      type: "object",
      additionalProperties: false,
      required: ["type", "configuration"],
      properties: { type: { enum: ["eventbridge", "webhook", "action"] }, configuration: { type: "object" } },
    },
  },
};
const testSchema = {
  type: "object",
  additionalProperties: false,
  required: ["event_type"],
  properties: { event_type: { enum: userEventTypes }, data: { type: "object" } },
};

interface ById {
  Params: { id: string };
}

export function registerEventStreams(api: FastifyInstance, { eventStreams }: State, delivery: EventDelivery): void {
  const find = (id: string): EventStream => {
    const stream = eventStreams.find((one) => one.id === id);
    if (!stream) throw new ManagementApiError(404, "The event stream does not exist.", "inexistent_event_stream");
    return stream;
  };
  const checkSubscriptions = ({ subscriptions = [] }: Change) => {
    const other = subscriptions.find(({ event_type }) => !userEventTypes.includes(event_type as UserEventType));
    if (other) throw notSimulated("POST", `/event-streams with the event ${other.event_type}`);
  };

  api.get<{ Querystring: Query }>("/event-streams", needs("read:event_streams"), ({ query }) =>
    // In the API's description these lists have the form of a checkpoint, whatever is asked for.
    showList(
      "eventStreams",
      eventStreams,
      { take: "50", ...query },
      { idOf: ({ id }) => id, show: (stream) => stream },
    ),
  );

  api.post<{ Body: Creation }>("/event-streams", needs("create:event_streams", createSchema), ({ body }, reply) => {
    const { name = "Event stream", subscriptions = [], status = "enabled", destination } = body;
    const { type, configuration } = destination;
    if (type !== "eventbridge") throw notSimulated("POST", `/event-streams with the destination ${type}`);
    const { aws_account_id, aws_region } = configuration;
    if (!/^\d{12}$/.test(aws_account_id) || !/^[a-z]{2}-[a-z]+-\d$/.test(aws_region)) {
      throw payloadError("aws_account_id and aws_region name an account and a region of AWS");
    }
    checkSubscriptions(body);
    const created_at = now();
    const aws = { aws_account_id, aws_region };
    const stream: EventStream = {
      ...{ id: `est_${newId(22)}`, status, name, subscriptions, created_at, updated_at: created_at },
      destination: { type, configuration: { ...aws, aws_partner_event_source: delivery.createSource(aws) } },
    };
    eventStreams.push(stream);
    return reply.code(201).send(stream);
  });

  api.get<ById>("/event-streams/:id", needs("read:event_streams"), ({ params }) => find(params.id));

  // In the recording TestAccEventStream the destination of an EventBridge stream is in no PATCH: it cannot change.
  api.patch<ById & { Body: Change & { destination?: JsonObject } }>(
    "/event-streams/:id",
    needs("update:event_streams", changeSchema),
    ({ params, body }) => {
      if (body.destination) throw payloadError("The destination of an EventBridge stream cannot be changed");
      checkSubscriptions(body);
      return Object.assign(find(params.id), body, { updated_at: now() });
    },
  );

  api.delete<ById>("/event-streams/:id", needs("delete:event_streams"), ({ params }, reply) => {
    const removed = eventStreams.find(({ id }) => id === params.id);
    if (removed) delivery.deleteSource(removed.destination.configuration.aws_partner_event_source);
    removeWhere(eventStreams, (stream) => stream === removed);
    return reply.code(204).send();
  });

  // Only what could not be delivered is kept.
  api.get<ById & { Querystring: Query }>(
    "/event-streams/:id/deliveries",
    needs("read:event_deliveries"),
    ({ params, query }) =>
      showList(
        "deliveries",
        delivery.failures(find(params.id).id),
        { take: "50", ...query },
        {
          idOf: ({ id }) => id,
          show: (failure) => failure,
        },
      ),
  );

  api.post<ById & { Body: { event_type: UserEventType; data?: JsonObject } }>(
    "/event-streams/:id/test",
    needs("update:event_streams", testSchema),
    async ({ params, body: { event_type, data = exampleOf(event_type) } }, reply) => {
      const stream = find(params.id);
      const sent = await delivery.sendTest(stream, event_type, data as { object: JsonObject });
      if ("attempts" in sent) return reply.code(202).send(sent);
      const { id } = sent;
      return reply.code(202).send({ id, event_stream_id: stream.id, event_type, attempts: [], event: sent });
    },
  );
}

const exampleOf = (type: UserEventType): JsonObject => ({
  object: {
    ...{ user_id: "auth0|507f1f77bcf86cd799439020", email: "john.doe@gmail.com", identities: [] },
    ...{ created_at: "2025-02-01T12:34:56Z", updated_at: "2025-02-01T12:34:56Z" },
    ...(type === "user.deleted" && { deleted_at: "2025-02-01T12:34:56Z" }),
  },
});
