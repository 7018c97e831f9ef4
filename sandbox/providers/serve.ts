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
import { differences, inputsFromRead, mustDeleteFirst, rootOf, withName } from "./inputs.ts";
import type { Autonaming } from "./inputs.ts";
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
import { ResourceInitFailed } from "./resource.ts";
import type { ResourceImplementation, StandIn } from "./resource.ts";
import { argumentNames, checkInputs, sdkVersion } from "./sdk-types.ts";
import type { CheckFailure, SdkArguments } from "./sdk-types.ts";

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
  const standIns = [auth0StandIn(options.auth0), awsStandIn(options.edge.controlPlane)];
  const served = await Promise.all(standIns.map(serve));
  return {
    attach: served.map(({ name, port }) => `${name}:${port}`).join(","),
    async close() {
      await Promise.all(served.map(({ close }) => close()));
    },
  };
}

const messageLimit = 400 * 1024 * 1024; // As in the engine.

async function serve(standIn: StandIn) {
  const server = new Server({
    "grpc.max_receive_message_length": messageLimit,
    "grpc.max_send_message_length": messageLimit,
  });
  server.addService(ResourceProviderService, handlers(standIn));
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, bound) => {
      if (error) reject(error);
      else resolve(bound);
    });
  });
  // Not tryShutdown, which would wait for the connections of a killed engine.
  return { name: standIn.name, port, close: () => Promise.resolve(server.forceShutdown()) };
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
  /** The address of the engine that attached last. */
  let engine: string | undefined;

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
      const named = withName(implementation.autoname, fromStruct(request.getNews()), {
        olds: fromStruct(request.getOlds()),
        name: request.getName() || (request.getUrn().split("::")[3] ?? ""),
        seed: request.getRandomseed_asU8(),
        autonaming: autonamingOf(request),
      });
      if ("failure" in named) return new messages.CheckResponse().setFailuresList([checkFailure(named.failure)]);
      const { inputs } = named;
      const failures = [...checkInputs(implementation, inputs), ...(implementation.check?.(inputs) ?? [])];
      const normal = failures.length === 0 ? (implementation.normalize?.(inputs) ?? inputs) : inputs;
      return new messages.CheckResponse().setInputs(toStruct(normal)).setFailuresList(failures.map(checkFailure));
    }),

    diff: unary((request: Provider.DiffRequest) => {
      const { replaceOnChanges, mustReplace, replaceForState, autoname, computed, update } = find(request);
      const olds = fromStruct(request.getOldInputs() ?? request.getOlds());
      const news = fromStruct(request.getNews());
      const changes = differences(olds, news);
      // What the service sets where the program does not keeps its value when the program leaves it out again
      // (Terraform plugin docs, "Computed" beside "Optional").
      for (const name of computed) if (name !== "region" && changes.get(name) === "delete") changes.delete(name);
      // A resource without a region is in the provider's.
      if (changes.get("region") === "delete" && olds["region"] === standIn.region?.()) changes.delete("region");
      // The provider compares with the state: to say what the service has set already is no change.
      const state = fromStruct(request.getOlds());
      for (const name of computed) if (changes.get(name) === "add" && state[name] === news[name]) changes.delete(name);
      // The engine itself leaves an input as it was whose changes are ignored; the bridge does so with an output.
      const ignored = request.getIgnorechangesList();
      const outputs = new Set(replaceForState?.(state, news).filter((name) => !ignored.includes(name)));
      for (const name of outputs) changes.set(name, "update");
      const replaces = (path: string) =>
        update === undefined ||
        outputs.has(path) ||
        replaceOnChanges.includes(rootOf(path)) ||
        mustReplace?.(path, olds, news) === true;
      const response = diffResponse([...changes.keys()]);
      response.setDiffsList([...new Set([...changes.keys()].map(rootOf))]).setHasdetaileddiff(true);
      response.setReplacesList([...new Set([...changes.keys()].filter(replaces).map(rootOf))]);
      response.setDeletebeforereplace(response.getReplacesList().length > 0 && mustDeleteFirst(autoname, olds, news));
      const { Kind } = messages.PropertyDiff;
      const kinds = {
        add: [Kind.ADD, Kind.ADD_REPLACE],
        delete: [Kind.DELETE, Kind.DELETE_REPLACE],
        update: [Kind.UPDATE, Kind.UPDATE_REPLACE],
      } as const;
      for (const [path, change] of changes) {
        const kind = kinds[change][replaces(path) ? 1 : 0];
        response
          .getDetaileddiffMap()
          .set(path, new messages.PropertyDiff().setKind(kind).setInputdiff(!outputs.has(path)));
      }
      return response;
    }),

    create: unary(async (request: Provider.CreateRequest) => {
      const { computed, create } = find(request);
      const inputs = fromStruct(request.getProperties());
      if (request.getPreview()) {
        const outputs = { ...Object.fromEntries(computed.map((name) => [name, unknown])), ...inputs };
        return new messages.CreateResponse().setProperties(outputStruct(outputs));
      }
      const context = { urn: request.getUrn(), timeoutSeconds: request.getTimeout() };
      const { id, outputs } = await create(inputs, context);
      return new messages.CreateResponse().setId(id).setProperties(outputStruct(outputs));
    }),

    read: unary(async (request: Provider.ReadRequest) => {
      const implementation = find(request);
      const olds = fromStruct(request.getInputs());
      const found = await implementation.read(request.getId(), fromStruct(request.getProperties()));
      if (found === undefined) {
        const warning = implementation.goneWarning?.(request.getId());
        if (engine !== undefined && warning !== undefined) await warn(engine, request.getUrn(), warning);
        return new messages.ReadResponse(); // Without an id, which means that it does not exist.
      }
      const { computed } = implementation;
      const inputs = inputsFromRead(found.outputs, olds, { names: argumentNames(implementation), computed });
      return new messages.ReadResponse()
        .setId(found.id)
        .setProperties(outputStruct(found.outputs))
        .setInputs(toStruct(inputs));
    }),

    update: unary(async (request: Provider.UpdateRequest) => {
      const { computed, computedByUpdate, update } = find(request);
      const state = fromStruct(request.getOlds());
      const inputs = fromStruct(request.getNews());
      if (request.getPreview()) {
        const decided = computedByUpdate?.(state, inputs) ?? [];
        const outputs = {
          ...Object.fromEntries(computed.map((name) => [name, decided.includes(name) ? unknown : state[name]])),
          ...inputs,
        };
        return new messages.UpdateResponse().setProperties(outputStruct(outputs));
      }
      if (update === undefined) throw new Error(`${request.getUrn()} cannot be updated in place`);
      const context = { urn: request.getUrn(), timeoutSeconds: request.getTimeout() };
      return new messages.UpdateResponse().setProperties(
        outputStruct(await update(request.getId(), state, inputs, context)),
      );
    }),

    delete: unary(async (request: Provider.DeleteRequest) => {
      await find(request).delete(request.getId(), fromStruct(request.getProperties()));
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

/** Prints a warning on a resource. */
async function warn(engine: string, urn: string, message: string): Promise<void> {
  const client = new EngineClient(engine, credentials.createInsecure());
  const request = new LogRequest().setSeverity(LogSeverity.WARNING).setUrn(urn).setMessage(message);
  await new Promise<void>((resolve) => client.log(request, () => resolve()));
  client.close();
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
  const message = error instanceof Error ? error.message : String(error);
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

const checkFailure = ({ property, reason }: CheckFailure) =>
  new messages.CheckFailure().setProperty(property).setReason(reason);

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
    Object.fromEntries(Object.entries(outputs).filter(([name, value]) => value !== null && !name.startsWith("__"))),
  );
