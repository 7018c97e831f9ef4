// Pulumi's provider protocol as the SDK ships it: the generated messages, its Struct, and the values with a meaning of their own.
import { createRequire } from "node:module";
import type * as Any from "google-protobuf/google/protobuf/any_pb.js";
import type * as Empty from "google-protobuf/google/protobuf/empty_pb.js";
import type * as Structs from "google-protobuf/google/protobuf/struct_pb.js";
import type * as Plugin from "@pulumi/pulumi/proto/plugin_pb.js";
import type * as ProviderService from "@pulumi/pulumi/proto/provider_grpc_pb.js";
import type * as Provider from "@pulumi/pulumi/proto/provider_pb.js";
import type * as Status from "@pulumi/pulumi/proto/status_pb.js";

// The generated code exports in a way that import cannot see; and its messages take only the Struct of the very
// google-protobuf that @pulumi/pulumi depends on.
const requireHere = createRequire(import.meta.url);
const requireThere = createRequire(requireHere.resolve("@pulumi/pulumi/package.json"));
export const messages = requireHere("@pulumi/pulumi/proto/provider_pb.js") as typeof Provider;
export const { ResourceProviderService, ResourceProviderClient } = requireHere(
  "@pulumi/pulumi/proto/provider_grpc_pb.js",
) as typeof ProviderService;
export const { PluginInfo } = requireHere("@pulumi/pulumi/proto/plugin_pb.js") as typeof Plugin;
export const status = requireHere("@pulumi/pulumi/proto/status_pb.js") as typeof Status;
export const any = requireThere("google-protobuf/google/protobuf/any_pb.js") as typeof Any;
export const empty = requireThere("google-protobuf/google/protobuf/empty_pb.js") as typeof Empty;
const { Struct } = requireThere("google-protobuf/google/protobuf/struct_pb.js") as typeof Structs;

/** A resource's inputs or outputs: JSON, and assets and unknown values in the protocol's spelling. */
export type Properties = Readonly<Record<string, unknown>>;

/** Stands for a value that the engine does not know yet, anywhere in the tree (Pulumi SDK, `runtime/rpc`: `unknownValue`). */
export const unknown = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

const signatureKey = "4dabf18193072939515e22adb298388d";
const assetSignature = "c44067f5952c0a294b673a41bacd8c17";
const archiveSignature = "0def7320c3a5731c473e5ecbe6d01bc7";

/** An asset on the wire: `hash` is the SHA-256 of the content in hex; one of `path`, `text` and `uri` says where it is. */
export interface Asset {
  readonly hash?: string;
  readonly path?: string;
  readonly text?: string;
  readonly uri?: string;
}

export const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);
export const isAsset = (value: unknown): value is Asset => isObject(value) && value[signatureKey] === assetSignature;
export const isAssetOrArchive = (value: unknown) =>
  isAsset(value) || (isObject(value) && value[signatureKey] === archiveSignature);

export function containsUnknown(value: unknown): boolean {
  if (Array.isArray(value)) return value.some(containsUnknown);
  return isObject(value) ? Object.values(value).some(containsUnknown) : value === unknown;
}

/** What is undefined is absent on the wire. */
export const toStruct = (properties: Properties) =>
  Struct.fromJavaScript(JSON.parse(JSON.stringify(properties)) as Parameters<typeof Struct.fromJavaScript>[0]);

export const fromStruct = (struct: Structs.Struct | undefined): Properties => struct?.toJavaScript() ?? {};
