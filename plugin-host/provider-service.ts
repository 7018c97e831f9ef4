// What the plugin takes of the SDK's inside, and nothing else does. `pulumi.provider.main` serves components and
// resources, but throws a provider's settings away, which the plugin's own resources work with, and ends every
// component that is being made with the error of any.
import { createRequire } from "node:module";
import { isDeepStrictEqual } from "node:util";
import type { sendUnaryData, Server as GrpcServer, ServerUnaryCall } from "@grpc/grpc-js";
import type * as Messages from "@pulumi/pulumi/proto/provider_pb.js";
import type * as Structs from "google-protobuf/google/protobuf/struct_pb.js";
import type { Auth0ProviderConfig } from "../components/auth0/provider-settings.ts";
import { catchConstructionErrors, construct, refusalOf } from "./constructions.ts";
import { constructInputs, plain } from "./secrets.ts";
import type { Properties } from "./secrets.ts";
import { newerState } from "./state-version.ts";

// The copy of gRPC that the SDK serves by. `require`, because `import` does not find the exports of generated code.
const requireHere = createRequire(import.meta.url);
const requireThere = createRequire(requireHere.resolve("@pulumi/pulumi/package.json"));
const { Server } = requireThere("@grpc/grpc-js") as { Server: typeof GrpcServer };
const { Struct } = requireThere("google-protobuf/google/protobuf/struct_pb.js") as typeof Structs;
const messages = requireHere("@pulumi/pulumi/proto/provider_pb.js") as typeof Messages;
const { version: sdkVersion } = requireHere("@pulumi/pulumi/package.json") as { version: string };

type Handler<Request, Response> = (call: ServerUnaryCall<Request, Response>, answer: sendUnaryData<Response>) => void;

/** The methods of the SDK's service that are replaced, or called from here. */
interface Service {
  checkConfig: Handler<Messages.CheckRequest, Messages.CheckResponse>;
  diffConfig: Handler<Messages.DiffRequest, Messages.DiffResponse>;
  configure: Handler<Messages.ConfigureRequest, Messages.ConfigureResponse>;
  construct: Handler<Messages.ConstructRequest, Messages.ConstructResponse>;
  read: Handler<Messages.ReadRequest, Messages.ReadResponse>;
}
const methods = ["checkConfig", "diffConfig", "configure", "construct", "read"] as const;

/** The next server of the SDK, once it serves. */
export interface ProviderService {
  /** The settings that the engine has configured the provider with. */
  readonly settings: Auth0ProviderConfig;
  /** @throws Error where the SDK did not serve by what is replaced here */
  assertServed(): void;
}

/** @param version the plugin's own */
export function prepareService(version: string): ProviderService {
  let configured: Properties = {};
  let isServed = false;
  const prototype: { addService: (this: GrpcServer, ...args: Parameters<GrpcServer["addService"]>) => void } =
    Server.prototype;
  const { addService } = prototype;
  prototype.addService = function (definition, implementation) {
    prototype.addService = addService;
    isServed = methods.every((name) => typeof implementation[name] === "function");
    assertServed();
    const theirs = implementation as unknown as Service;
    const read = theirs.read.bind(implementation);
    // The service is an instance of a class: its own properties come before the class's methods.
    const ours: Service = {
      checkConfig: ({ request }, answer) => answer(null, checkConfig(request, version)),
      diffConfig: ({ request }, answer) => answer(null, diffConfig(request)),
      configure({ request }, answer) {
        configured = plain(valuesOf(request.getArgs()));
        const refusal = refusedState(configured["version"], version);
        if (refusal !== undefined) return answer(new Error(refusal));
        const response = new messages.ConfigureResponse();
        // A plugin that constructs components has to.
        response.setAcceptsecrets(true);
        response.setAcceptresources(true);
        response.setAcceptoutputs(true);
        return answer(null, response);
      },
      construct: constructAlone(theirs.construct.bind(implementation)),
      read(call, answer) {
        const { request } = call;
        if (!request.hasProperties()) {
          // An import: by a transform's option `import`, or by a command, of which the component would know nothing.
          if (!isInComponent(request.getUrn())) return answer(new Error(noImport));
          // The SDK looks into them.
          request.setProperties(structOf({}));
        }
        return read(call, answer);
      },
    };
    addService.call(this, definition, Object.assign(implementation, ours));
    catchConstructionErrors();
  };
  return {
    settings: {
      get(key) {
        const value = configured[key.replace(/^auth0:/, "")];
        return typeof value === "string" ? value : undefined;
      },
    },
    assertServed,
  };

  function assertServed(): void {
    if (isServed) return;
    throw new Error(
      `@pulumi/pulumi ${sdkVersion} serves providers in another way than auth0-user-pictures ${version} knows. ` +
        `Install a newer version of the plugin, or an older one of @pulumi/pulumi in its folder.`,
    );
  }
}

const isInComponent = (urn: string): boolean => urn.split("::")[2]?.includes("$") === true;

const noImport =
  `Nothing of auth0-user-pictures is imported. Declare the component and run "pulumi up": ` +
  "it takes a connection over as it is, and an Action by importActionId.";

const valuesOf = (struct: Structs.Struct | undefined): Properties => struct?.toJavaScript() ?? {};

/** As `valuesOf` gave them. */
const structOf = (values: Properties) => Struct.fromJavaScript(values as Parameters<typeof Struct.fromJavaScript>[0]);

/** The engine adds the plugin's version to a provider's own settings, and keeps both in the state. */
function checkConfig(request: Messages.CheckRequest, version: string): Messages.CheckResponse {
  const response = new messages.CheckResponse();
  response.setInputs(request.getNews());
  const refusal = refusedState(plain(valuesOf(request.getOlds()))["version"], version);
  if (refusal !== undefined) {
    const failure = new messages.CheckFailure();
    failure.setProperty("version");
    failure.setReason(refusal);
    response.setFailuresList([failure]);
  }
  return response;
}

/** Why the state is not taken. Of a newer one that is, it is only said. */
function refusedState(written: unknown, version: string): string | undefined {
  const newer = newerState(written, version);
  if (newer?.isIncompatible === true) return newer.message;
  if (newer !== undefined) console.warn(newer.message);
  return undefined;
}

/**
 * Changed settings are taken without a replacement, another tenant's too, as in a program of Node: what is of the one
 * tenant has an id that the other does not know.
 */
function diffConfig(request: Messages.DiffRequest): Messages.DiffResponse {
  const [olds, news] = [request.getOldInputs(), request.getNews()].map((struct) => plain(valuesOf(struct)));
  const { DIFF_NONE, DIFF_SOME } = messages.DiffResponse.DiffChanges;
  const response = new messages.DiffResponse();
  response.setChanges(isDeepStrictEqual(olds, news) ? DIFF_NONE : DIFF_SOME);
  return response;
}

/** A component that is refused late ends at once, and alone. */
const constructAlone =
  (constructTheirs: Service["construct"]): Service["construct"] =>
  (call, answer) => {
    const { request } = call;
    const dependencies = request.getInputdependenciesMap();
    const dependenciesOf = (name: string) => dependencies.get(name)?.getUrnsList() ?? [];
    request.setInputs(structOf(constructInputs(valuesOf(request.getInputs()), dependenciesOf)));
    const errors: Error[] = [];
    let isAnswered = false;
    const answerOnce: typeof answer = (...result) => {
      if (!isAnswered) answer(...result);
      isAnswered = true;
    };
    const refuse = (error: Error) => {
      // What else is wrong shows at the same time.
      if (errors.push(error) === 1) setTimeout(() => answerOnce(refusalOf(errors)), 100);
    };
    construct(
      () =>
        constructTheirs(call, (error, ...rest) => {
          if (error instanceof Error) refuse(error);
          // What was refused is not made, even where all else of it is by now.
          else if (errors.length === 0) answerOnce(error, ...rest);
        }),
      refuse,
    );
  };
