// Pulumi's provider protocol, from the SDK: the generated messages, their Struct, and values with a special meaning.
import { createRequire } from "node:module";
import type * as Any from "google-protobuf/google/protobuf/any_pb.js";
import type * as Empty from "google-protobuf/google/protobuf/empty_pb.js";
import type * as Structs from "google-protobuf/google/protobuf/struct_pb.js";
import type * as EngineService from "@pulumi/pulumi/proto/engine_grpc_pb.js";
import type * as Engine from "@pulumi/pulumi/proto/engine_pb.js";
import type * as Plugin from "@pulumi/pulumi/proto/plugin_pb.js";
import type * as ProviderService from "@pulumi/pulumi/proto/provider_grpc_pb.js";
import type * as Provider from "@pulumi/pulumi/proto/provider_pb.js";
import type * as Status from "@pulumi/pulumi/proto/status_pb.js";
import { archiveSignature, assetSignature, signatureKey } from "../engine/special-values.ts";
import { isObject } from "../json.ts";

// `require`, because `import` does not find the exports of the generated code. google-protobuf is loaded from where
// @pulumi/pulumi is: the messages take a Struct of that copy only.
const requireHere = createRequire(import.meta.url);
const requireThere = createRequire(requireHere.resolve("@pulumi/pulumi/package.json"));
export const messages = requireHere("@pulumi/pulumi/proto/provider_pb.js") as typeof Provider;
export const { ResourceProviderService, ResourceProviderClient } = requireHere(
  "@pulumi/pulumi/proto/provider_grpc_pb.js",
) as typeof ProviderService;
export const { EngineClient } = requireHere("@pulumi/pulumi/proto/engine_grpc_pb.js") as typeof EngineService;
export const { LogRequest, LogSeverity } = requireHere("@pulumi/pulumi/proto/engine_pb.js") as typeof Engine;
export const { PluginInfo } = requireHere("@pulumi/pulumi/proto/plugin_pb.js") as typeof Plugin;
export const status = requireHere("@pulumi/pulumi/proto/status_pb.js") as typeof Status;
export const any = requireThere("google-protobuf/google/protobuf/any_pb.js") as typeof Any;
export const empty = requireThere("google-protobuf/google/protobuf/empty_pb.js") as typeof Empty;
const { Struct } = requireThere("google-protobuf/google/protobuf/struct_pb.js") as typeof Structs;

/** A resource's inputs or outputs: JSON, with assets and unknown values as the protocol writes them. */
export type Properties = Readonly<Record<string, unknown>>;

/** In place of a value that the engine does not know yet, at any depth (Pulumi SDK, `runtime/rpc`: `unknownValue`). */
export const unknown = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

/** An asset on the wire. `hash` is the SHA-256 of the content in hex; `path`, `text` or `uri` leads to the content. */
export interface Asset {
  readonly hash?: string;
  readonly path?: string;
  readonly text?: string;
  readonly uri?: string;
}

/** An archive on the wire: its files by name, or the path of a folder or a zip. */
export interface Archive {
  readonly hash?: string;
  readonly assets?: Readonly<Record<string, unknown>>;
  readonly path?: string;
  readonly uri?: string;
}

export const isArchive = (value: unknown): value is Archive =>
  isObject(value) && value[signatureKey] === archiveSignature;
export const isAsset = (value: unknown): value is Asset => isObject(value) && value[signatureKey] === assetSignature;
export const isAssetOrArchive = (value: unknown): value is Asset | Archive => isAsset(value) || isArchive(value);

export function containsUnknown(value: unknown): boolean {
  if (Array.isArray(value)) return value.some(containsUnknown);
  return isObject(value) ? Object.values(value).some(containsUnknown) : value === unknown;
}

/** As a Struct, without what is undefined. */
export const toStruct = (properties: Properties) =>
  Struct.fromJavaScript(JSON.parse(JSON.stringify(properties)) as Parameters<typeof Struct.fromJavaScript>[0]);

export const fromStruct = (struct: Structs.Struct | undefined): Properties => struct?.toJavaScript() ?? {};
