// Serves the stand-ins for the auth0 and aws providers in this process, by the provider protocol over gRPC on the
// loopback address. A Pulumi engine attaches to them by their ports.
import { Metadata, Server, ServerCredentials, credentials, status as grpcStatus } from "@grpc/grpc-js";
import type { ServiceError, UntypedServiceImplementation, handleUnaryCall } from "@grpc/grpc-js";
import type * as Plugin from "@pulumi/pulumi/proto/plugin_pb.js";
import type * as Provider from "@pulumi/pulumi/proto/provider_pb.js";
import type { Edge } from "../edge/edge.ts";
import { auth0StandIn } from "./auth0-provider.ts";
import type { Auth0Settings } from "./auth0-provider.ts";
import { awsStandIn } from "./aws-provider.ts";
import { BridgeError, logged, messageOf, nothingCreated, nothingUpdated, returned } from "./diagnostics.ts";
import type { Operation } from "./diagnostics.ts";
import { differences, inputsFromImport, inputsFromRead, mustDeleteFirst, rootOf, unmarked, withDefaults, withName } from "./inputs.ts"; // prettier-ignore
import type { Autonaming } from "./inputs.ts";
import { filledInside, planDifferences, plannedState } from "./plan.ts";
import {
  EngineClient,
  LogRequest,
  LogSeverity,
  PluginInfo,
  ResourceProviderService,
  any,
  empty,
  fromStruct,
  messages,
  status,
  toStruct,
  unknown,
} from "./protocol.ts";
import type { Properties } from "./protocol.ts";
import { PartlyCreated } from "./resource.ts";
import type { Created, ResourceImplementation, StandIn } from "./resource.ts";
import { argumentNames, checkInputs } from "./sdk-types.ts";
import { sdkVersion } from "./sdk-version.ts";
import type { SdkArguments } from "./sdk-types.ts";

export interface ServedProviders {
  /** The value of `PULUMI_DEBUG_PROVIDERS`: `auth0:PORT,aws:PORT`. */
  readonly attach: string;
  close(): Promise<void>;
}

/**
 * @param options.auth0 what the auth0 stand-in uses if the stack has no `auth0:` settings
 * @param options.edge what the aws stand-in writes to
 */
export async function serveProviders(options: {
  auth0: Auth0Settings;
  edge: Pick<Edge, "controlPlane">;
}): Promise<ServedProviders> {
  const standIns = [() => auth0StandIn(options.auth0), () => awsStandIn(options.edge.controlPlane)];
  const served = await Promise.all(standIns.map(serve));
  return {
    attach: served.map(({ name, port }) => `${name}:${port}`).join(","),
    async close() {
      await Promise.all(served.map(({ close }) => close()));
    },
  };
}

const messageLimit = 400 * 1024 * 1024; // As in the engine.

async function serve(makeStandIn: () => StandIn) {
  const server = new Server({
    "grpc.max_receive_message_length": messageLimit,
    "grpc.max_send_message_length": messageLimit,
  });
  server.addService(
    ResourceProviderService,
    byConnection(() => handlers(makeStandIn())),
  );
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, bound) => {
      if (error) reject(error);
      else resolve(bound);
    });
  });
  // Not tryShutdown, which would wait for the connections of a killed engine.
  return { name: makeStandIn().name, port, close: () => Promise.resolve(server.forceShutdown()) };
}

/** Each provider of a program, with settings of its own, is a connection of the engine's. */
function byConnection(make: () => UntypedServiceImplementation): UntypedServiceImplementation {
  const connections = new Map<string, UntypedServiceImplementation>();
  const handle =
    (name: string): handleUnaryCall<unknown, unknown> =>
    (call, callback) => {
      const made = connections.get(call.getPeer()) ?? make();
      connections.set(call.getPeer(), made);
      (made[name] as handleUnaryCall<unknown, unknown>)(call, callback);
    };
  return Object.fromEntries(Object.keys(make()).map((name) => [name, handle(name)]));
}

function handlers(standIn: StandIn): UntypedServiceImplementation {
  const { name: packageName, sdk } = standIn;
  const implementationOf = (type: string, urn: string): ResourceImplementation & SdkArguments => {
    const token = type || (urn.split("::")[2]?.split("$").pop() ?? "");
    const implementation = standIn.resources[token];
    if (implementation) return { ...implementation, sdk };
    const known = Object.keys(standIn.resources).join(", ");
    throw new Error(`The sandbox's stand-in for ${packageName} has no resource type '${token}'. It has: ${known}`);
  };
  const find = (request: { getType(): string; getUrn(): string }) =>
    implementationOf(request.getType(), request.getUrn());
  /** The inputs and outputs that a difference may be in. */
  const namesOf = (implementation: ResourceImplementation & SdkArguments) => [
    ...new Set([...argumentNames(implementation), ...implementation.computed]),
  ];
  /** The address of the engine that attached last. */
  let engine: string | undefined;
  const log = (severity: "WARNING" | "ERROR", urn: string, message: string) =>
    engine === undefined ? undefined : logTo(engine, { severity, urn, message: logged(message, standIn) });

  /** Prints an error of the provider on its resource, and throws it as the bridge returns it. */
  async function reported<T>(run: () => T | Promise<T>, urn: string, operation?: Operation): Promise<T> {
    try {
      return await run();
    } catch (error) {
      if (error instanceof BridgeError || error instanceof PartlyCreated) throw error;
      await log("ERROR", urn, messageOf(error));
      throw new BridgeError(returned(error, operation && { operation, urn }), { cause: error });
    }
  }

  return {
    // A handshake implies support of previews. Without support of secrets, the engine itself marks them.
    handshake: unary(() => new messages.ProviderHandshakeResponse().setSupportsAutonamingConfiguration(true)),
    attach: unary((request: Plugin.PluginAttach) => {
      engine = request.getAddress();
      return new empty.Empty();
    }),
    getPluginInfo: unary(() => new PluginInfo().setVersion(sdkVersion(sdk))),
    // The engine also calls this at the end of every operation, so the provider must go on.
    cancel: unary(() => new empty.Empty()),

    checkConfig: unary((request: Provider.CheckRequest) => new messages.CheckResponse().setInputs(request.getNews())),
    diffConfig: unary((request: Provider.DiffRequest) => {
      const changed = [
        ...differences(fromStruct(request.getOldInputs() ?? request.getOlds()), fromStruct(request.getNews())).keys(),
      ];
      return diffResponse(changed).setDiffsList([...new Set(changed.map(rootOf))]);
    }),
    configure: unary((request: Provider.ConfigureRequest) => {
      const prefix = `${packageName}:config:`;
      const settings = [...request.getVariablesMap().entries()].filter(([key]) => key.startsWith(prefix));
      standIn.configure(Object.fromEntries(settings.map(([key, value]) => [key.slice(prefix.length), value])));
      return new messages.ConfigureResponse().setSupportspreview(true).setSupportsAutonamingConfiguration(true);
    }),

    check: unary((request: Provider.CheckRequest) => {
      const implementation = find(request);
      const name = request.getName() || (request.getUrn().split("::")[3] ?? "");
      const named = withName(implementation.autoname, fromStruct(request.getNews()), {
        olds: fromStruct(request.getOlds()),
        name,
        seed: request.getRandomseed_asU8(),
        autonaming: autonamingOf(request),
      });
      const failures = [...checkInputs(implementation, named), ...(implementation.check?.(named) ?? [])];
      const normal = failures.length === 0 ? (implementation.normalize?.(named) ?? named) : named;
      const inputs = withDefaults(normal, implementation.defaults);
      return new messages.CheckResponse().setInputs(toStruct(inputs)).setFailuresList(
        // Without its property, which the reason names.
        failures.map(({ property, reason }) =>
          new messages.CheckFailure().setReason(`${reason}. Examine values at '${name}.${property}'.`),
        ),
      );
    }),

    diff: unary((request: Provider.DiffRequest) => {
      const implementation = find(request);
      const news = fromStruct(request.getNews());
      const changes = planDifferences(implementation, {
        names: namesOf(implementation),
        state: fromStruct(request.getOlds()),
        news,
        ignored: request.getIgnorechangesList(),
      });
      const replaced = [...changes].filter(([, { replaces }]) => replaces).map(([path]) => rootOf(path));
      const response = diffResponse([...changes.keys()]);
      response.setDiffsList([...new Set([...changes.keys()].map(rootOf))]).setHasdetaileddiff(true);
      response.setReplacesList([...new Set(replaced)]);
      response.setDeletebeforereplace(replaced.length > 0 && mustDeleteFirst(implementation.autoname, news));
      const { Kind } = messages.PropertyDiff;
      const kinds = {
        add: [Kind.ADD, Kind.ADD_REPLACE],
        delete: [Kind.DELETE, Kind.DELETE_REPLACE],
        update: [Kind.UPDATE, Kind.UPDATE_REPLACE],
      } as const;
      // Each is a difference between the inputs and the state, so none is marked as one between inputs.
      for (const [path, { change, replaces }] of changes)
        response.getDetaileddiffMap().set(path, new messages.PropertyDiff().setKind(kinds[change][replaces ? 1 : 0]));
      return response;
    }),

    create: unary(async (request: Provider.CreateRequest) => {
      const implementation = find(request);
      const urn = request.getUrn();
      const inputs = fromStruct(request.getProperties());
      if (request.getPreview()) {
        const { computed, plan } = implementation;
        const unknowns = Object.fromEntries(computed.map((name) => [name, unknown]));
        const planned = filledInside(implementation, { ...unknowns, ...plan?.(inputs), ...inputs });
        return new messages.CreateResponse().setProperties(outputStruct(planned));
      }
      const context = { urn, timeoutSeconds: request.getTimeout() };
      try {
        const created = await reported(() => implementation.create(unmarked(inputs) as Properties, context), urn);
        if (created === undefined) throw nothingCreated(urn);
        return new messages.CreateResponse().setId(created.id).setProperties(outputStruct(created.outputs));
      } catch (error) {
        if (!(error instanceof PartlyCreated)) throw error;
        await log("ERROR", urn, error.message);
        throw new ResourceInitFailed(returned(error.cause, { operation: "creating", urn }), {
          id: error.id,
          outputs: inputs,
        });
      }
    }),

    read: unary(async (request: Provider.ReadRequest) => {
      const implementation = find(request);
      const urn = request.getUrn();
      const state = fromStruct(request.getProperties());
      const found = await reported(() => implementation.read(request.getId(), state), urn, "refreshing");
      if (found === undefined) {
        const warning = implementation.goneWarning?.(request.getId());
        if (warning !== undefined) await log("WARNING", urn, warning);
        return new messages.ReadResponse(); // Without an id, which means that it does not exist.
      }
      const inputs =
        Object.keys(state).length > 0
          ? inputsFromRead(found.outputs, fromStruct(request.getInputs()))
          : inputsFromImport(found.outputs, argumentNames(implementation), implementation.defaults);
      return new messages.ReadResponse()
        .setId(found.id)
        .setProperties(outputStruct(found.outputs))
        .setInputs(toStruct(inputs));
    }),

    update: unary(async (request: Provider.UpdateRequest) => {
      const implementation = find(request);
      const [id, urn] = [request.getId(), request.getUrn()];
      const state = fromStruct(request.getOlds());
      const news = fromStruct(request.getNews());
      const plan = { names: namesOf(implementation), state, news, ignored: request.getIgnorechangesList() };
      if (request.getPreview())
        return new messages.UpdateResponse().setProperties(outputStruct(plannedState(implementation, plan)));
      const { update, computedByUpdate: _, ...known } = implementation;
      if (update === undefined) throw new Error(`${urn} cannot be updated in place`);
      const context = { urn, timeoutSeconds: request.getTimeout() };
      const updated = await reported(
        () => update(id, state, unmarked(news) as Properties, context),
        urn,
        "updating",
      ).catch((error: unknown) => {
        // What was planned is kept in the state, with the error: the next `up` updates again.
        throw new ResourceInitFailed(messageOf(error), { id, outputs: plannedState(known, plan) });
      });
      if (updated === undefined) throw nothingUpdated(urn);
      return new messages.UpdateResponse().setProperties(outputStruct(updated));
    }),

    delete: unary(async (request: Provider.DeleteRequest) => {
      const { delete: remove } = find(request);
      await reported(() => remove(request.getId(), fromStruct(request.getProperties())), request.getUrn(), "deleting");
      return new empty.Empty();
    }),

    invoke: unary((request: Provider.InvokeRequest) => {
      const invoked = standIn.functions?.[request.getTok()];
      if (invoked !== undefined)
        return new messages.InvokeResponse().setReturn(toStruct(invoked(fromStruct(request.getArgs()))));
      throw new Error(`The sandbox's stand-in for ${packageName} has no function '${request.getTok()}'`);
    }),
  };
}

interface LogLine {
  readonly severity: "WARNING" | "ERROR";
  readonly urn: string;
  readonly message: string;
}

/** Prints a line on a resource. */
async function logTo(engine: string, { severity, urn, message }: LogLine): Promise<void> {
  const client = new EngineClient(engine, credentials.createInsecure());
  const request = new LogRequest().setSeverity(LogSeverity[severity]).setUrn(urn).setMessage(message);
  await new Promise<void>((resolve) => client.log(request, () => resolve()));
  client.close();
}

/** A resource exists, but a step of its creation or update failed. The engine keeps it, and updates it next time. */
class ResourceInitFailed extends Error {
  override readonly name = "ResourceInitFailed";
  readonly id: string;
  readonly outputs: Properties;

  constructor(message: string, { id, outputs }: Created) {
    super(message);
    this.id = id;
    this.outputs = outputs;
  }
}

function unary<Request, Response>(
  respond: (request: Request) => Response | Promise<Response>,
): handleUnaryCall<Request, Response> {
  return ({ request }, callback) => {
    Promise.resolve(request)
      .then(respond)
      .then(
        (response) => callback(null, response),
        (error: unknown) => callback(serviceError(error)),
      );
  };
}

/** An error with its text. If the resource exists in spite of the error, the error contains the resource. */
function serviceError(error: unknown): Partial<ServiceError> {
  const message = messageOf(error);
  const metadata = new Metadata();
  if (error instanceof ResourceInitFailed) {
    const detail = new messages.ErrorResourceInitFailed();
    detail.setId(error.id).setProperties(outputStruct(error.outputs)).setReasonsList([message]);
    const packed = new any.Any();
    packed.pack(detail.serializeBinary(), "pulumirpc.ErrorResourceInitFailed");
    const details = new status.Status().setCode(grpcStatus.UNKNOWN).setMessage(message);
    details.addDetails(packed);
    metadata.add("grpc-status-details-bin", Buffer.from(details.serializeBinary()));
  }
  return { code: grpcStatus.UNKNOWN, details: message, metadata };
}

const diffResponse = (changed: readonly string[]) => {
  const { DIFF_NONE, DIFF_SOME } = messages.DiffResponse.DiffChanges;
  return new messages.DiffResponse().setChanges(changed.length > 0 ? DIFF_SOME : DIFF_NONE);
};

function autonamingOf(request: Provider.CheckRequest): Autonaming | undefined {
  const options = request.getAutonaming();
  if (options === undefined) return undefined;
  const { Mode } = messages.CheckRequest.AutonamingOptions;
  const modes = { [Mode.PROPOSE]: "propose", [Mode.ENFORCE]: "enforce", [Mode.DISABLE]: "disable" } as const;
  return { mode: modes[options.getMode()], proposedName: options.getProposedName() };
}

/** Outputs without nulls, which mean the same as absent, and without the marks of inputs, such as `__defaults`. */
const outputStruct = (outputs: Properties) =>
  toStruct(
    Object.fromEntries(
      Object.entries(outputs)
        .filter(([name, value]) => value !== null && !name.startsWith("__"))
        .map(([name, value]) => [name, unmarked(value)]),
    ),
  );
