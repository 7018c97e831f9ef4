// What the plugin takes of the SDK's inside, and nothing else does. `pulumi.provider.main` serves components and
// resources, but throws a provider's settings away, which the plugin's own resources work with.
import { createRequire } from "node:module";
import type { sendUnaryData, Server as GrpcServer, ServerUnaryCall } from "@grpc/grpc-js";
import type * as Messages from "@pulumi/pulumi/proto/provider_pb.js";
import { isDeepStrictEqual } from "node:util";
import type { Auth0ProviderConfig } from "../components/auth0/provider-settings.ts";
import { plain } from "./secrets.ts";
import type { Properties } from "./secrets.ts";

// The copy of gRPC that the SDK serves by. `require`, because `import` does not find the exports of generated code.
const requireHere = createRequire(import.meta.url);
const requireThere = createRequire(requireHere.resolve("@pulumi/pulumi/package.json"));
const { Server } = requireThere("@grpc/grpc-js") as { Server: typeof GrpcServer };
const messages = requireHere("@pulumi/pulumi/proto/provider_pb.js") as typeof Messages;

type Answer<Response> = sendUnaryData<Response>;
type Call<Request> = ServerUnaryCall<Request, unknown>;

/**
 * Lets the SDK's next server keep the settings that the engine configures its provider with, and take changed ones
 * without a replacement.
 */
export function serveSettings(): Auth0ProviderConfig {
  let configured: Properties = {};
  const prototype: { addService: (this: GrpcServer, ...args: Parameters<GrpcServer["addService"]>) => void } =
    Server.prototype;
  const { addService } = prototype;
  prototype.addService = function (service, implementation) {
    prototype.addService = addService;
    addService.call(
      this,
      service,
      // The service is an instance of a class: its own properties come before the class's methods.
      Object.assign(implementation, {
        checkConfig({ request }: Call<Messages.CheckRequest>, answer: Answer<Messages.CheckResponse>) {
          const response = new messages.CheckResponse();
          response.setInputs(request.getNews());
          answer(null, response);
        },
        diffConfig({ request }: Call<Messages.DiffRequest>, answer: Answer<Messages.DiffResponse>) {
          const [olds, news] = [request.getOldInputs(), request.getNews()].map((one) =>
            plain(one?.toJavaScript() ?? {}),
          );
          const { DIFF_NONE, DIFF_SOME } = messages.DiffResponse.DiffChanges;
          const response = new messages.DiffResponse();
          response.setChanges(isDeepStrictEqual(olds, news) ? DIFF_NONE : DIFF_SOME);
          answer(null, response);
        },
        configure({ request }: Call<Messages.ConfigureRequest>, answer: Answer<Messages.ConfigureResponse>) {
          configured = plain(request.getArgs()?.toJavaScript() ?? {});
          const response = new messages.ConfigureResponse();
          // A plugin that constructs components has to.
          response.setAcceptsecrets(true);
          response.setAcceptresources(true);
          response.setAcceptoutputs(true);
          answer(null, response);
        },
      }),
    );
  };
  return {
    get(key) {
      const value = configured[key.replace(/^auth0:/, "")];
      return typeof value === "string" ? value : undefined;
    },
  };
}
