// The engine's part of making components, for a plugin's process: every resource is made at once, and kept as it came.
import { createRequire } from "node:module";
import { Server, ServerCredentials } from "@grpc/grpc-js";
import type { handleUnaryCall } from "@grpc/grpc-js";
import type * as MonitorService from "@pulumi/pulumi/proto/resource_grpc_pb.js";
import type * as Monitor from "@pulumi/pulumi/proto/resource_pb.js";
import { empty, fromStruct, toStruct } from "../../sandbox/providers/protocol.ts";
import type { Properties } from "../../sandbox/providers/protocol.ts";
import { computedOutputs } from "../components/computed-outputs.ts";

const require = createRequire(import.meta.url);
const { ResourceMonitorService } = require("@pulumi/pulumi/proto/resource_grpc_pb.js") as typeof MonitorService;
const messages = require("@pulumi/pulumi/proto/resource_pb.js") as typeof Monitor;

interface Registered {
  readonly type: string;
  readonly name: string;
  /** With the marks of secrets. */
  readonly inputs: Properties;
  readonly provider: string;
  readonly version: string;
  readonly pluginDownloadUrl: string;
  readonly aliases: readonly unknown[];
}

export interface ResourceMonitor {
  readonly address: string;
  readonly registered: Registered[];
  /** Holds a resource back until this has ended, and refuses it where that fails. */
  hold?: ((name: string) => Promise<unknown> | undefined) | undefined;
  close(): void;
}

export async function startResourceMonitor(): Promise<ResourceMonitor> {
  const registered: Registered[] = [];
  const server = new Server();
  const monitor: Omit<ResourceMonitor, "address"> = { registered, close: () => server.forceShutdown() };
  const unary =
    <Request, Response>(
      respond: (request: Request) => Response | Promise<Response>,
    ): handleUnaryCall<Request, Response> =>
    ({ request }, answer) =>
      void Promise.resolve(respond(request)).then((response) => answer(null, response), answer);
  server.addService(ResourceMonitorService, {
    supportsFeature: unary(() => new messages.SupportsFeatureResponse().setHassupport(true)),
    async registerResource(
      ...[{ request }, answer]: Parameters<handleUnaryCall<Monitor.RegisterResourceRequest, object>>
    ) {
      const [type, name, inputs] = [request.getType(), request.getName(), fromStruct(request.getObject())];
      const failure = await Promise.resolve(monitor.hold?.(name)).then(() => undefined, String);
      if (failure !== undefined) return answer({ details: failure });
      registered.push({
        ...{ type, name, inputs, provider: request.getProvider(), version: request.getVersion() },
        pluginDownloadUrl: request.getPlugindownloadurl(),
        aliases: request.getAliasesList().map((alias) => alias.toObject()),
      });
      const computed = computedOutputs(type.replace(/^auth0-user-pictures:index:/, dynamic), name);
      answer(
        null,
        new messages.RegisterResourceResponse()
          .setUrn(`urn:pulumi:dev::project::${type}::${name}`)
          .setId(request.getCustom() ? `${name}-id` : "")
          .setObject(toStruct({ ...inputs, ...computed })),
      );
    },
    registerResourceOutputs: unary(() => new empty.Empty()),
    registerStackTransform: unary(() => new empty.Empty()),
    registerStackInvokeTransform: unary(() => new empty.Empty()),
  });
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, bound) =>
      error ? reject(error) : resolve(bound),
    );
  });
  return Object.assign(monitor, { address: `127.0.0.1:${port}` });
}

const dynamic = "pulumi-nodejs:dynamic/auth0-user-pictures:";
