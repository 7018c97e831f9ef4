// Calls a served stand-in as the engine does: by the requests of the provider protocol, with plain objects as
// properties.
import { credentials } from "@grpc/grpc-js";
import type { ServiceError } from "@grpc/grpc-js";
import type * as Plugin from "@pulumi/pulumi/proto/plugin_pb.js";
import type * as Provider from "@pulumi/pulumi/proto/provider_pb.js";
import {
  ResourceProviderClient,
  empty,
  fromStruct,
  messages,
  status,
  toStruct,
} from "../../../sandbox/providers/protocol.ts";
import type { Properties } from "../../../sandbox/providers/protocol.ts";

export type ProviderClient = ReturnType<typeof connectProvider>;

type Callback<Response> = (error: ServiceError | null, response: Response) => void;

/** @param attach the value of `PULUMI_DEBUG_PROVIDERS` */
export function connectProvider(attach: string, name: string) {
  const port = new RegExp(`${name}:(\\d+)`).exec(attach)?.[1] ?? "";
  const client = new ResourceProviderClient(`127.0.0.1:${port}`, credentials.createInsecure());
  const call = <Response>(send: (callback: Callback<Response>) => unknown) =>
    new Promise<Response>((resolve, reject) => {
      send((error, response) => (error ? reject(error) : resolve(response)));
    });
  const urn = (type: string) => `urn:pulumi:dev::project::${type}::thing`;
  return {
    close: () => client.close(),
    async handshake() {
      const request = new messages.ProviderHandshakeRequest();
      return (await call<Provider.ProviderHandshakeResponse>((done) => client.handshake(request, done))).toObject();
    },
    async version() {
      return (await call<Plugin.PluginInfo>((done) => client.getPluginInfo(new empty.Empty(), done))).getVersion();
    },
    cancel: () => call<object>((done) => client.cancel(new empty.Empty(), done)),
    async configure(variables: Record<string, string>) {
      const request = new messages.ConfigureRequest();
      for (const [key, value] of Object.entries(variables)) request.getVariablesMap().set(key, value);
      return (await call<Provider.ConfigureResponse>((done) => client.configure(request, done))).toObject();
    },
    invoke: (token: string) => call<object>((done) => client.invoke(new messages.InvokeRequest().setTok(token), done)),
    async check(
      type: string,
      news: Properties,
      more: { olds?: Properties; autonaming?: [mode: 0 | 1 | 2, name: string] } = {},
    ) {
      const request = new messages.CheckRequest().setUrn(urn(type)).setNews(toStruct(news)).setRandomseed("c2VlZA==");
      if (more.olds) request.setOlds(toStruct(more.olds));
      if (more.autonaming) {
        const [mode, name] = more.autonaming;
        request.setAutonaming(new messages.CheckRequest.AutonamingOptions().setMode(mode).setProposedName(name));
      }
      const response = await call<Provider.CheckResponse>((done) => client.check(request, done));
      // A bridged provider names the property in the reason alone.
      const failures = response.getFailuresList().map((failure) => failure.getProperty() + failure.getReason());
      return { inputs: fromStruct(response.getInputs()), failures };
    },
    async diff(type: string, olds: Properties, news: Properties, state = olds, ignored: string[] = []) {
      const request = new messages.DiffRequest().setUrn(urn(type)).setId("id");
      request
        .setOlds(toStruct(state))
        .setOldInputs(toStruct(olds))
        .setNews(toStruct(news))
        .setIgnorechangesList(ignored);
      const response = await call<Provider.DiffResponse>((done) => client.diff(request, done));
      const names = Object.entries(messages.PropertyDiff.Kind);
      return {
        changes: response.getChanges() === messages.DiffResponse.DiffChanges.DIFF_SOME,
        deleteFirst: response.getDeletebeforereplace(),
        replaces: response.getReplacesList(),
        detailed: Object.fromEntries(
          [...response.getDetaileddiffMap().entries()].map(([path, diff]) => [
            path,
            `${names.find(([, kind]) => (kind as unknown) === diff.getKind())?.[0] ?? ""}${diff.getInputdiff() ? " of inputs" : ""}`,
          ]),
        ),
      };
    },
    async create(type: string, inputs: Properties, { preview = false, timeout = 0 } = {}) {
      const request = new messages.CreateRequest().setUrn(urn(type)).setProperties(toStruct(inputs));
      request.setPreview(preview).setTimeout(timeout);
      const response = await call<Provider.CreateResponse>((done) => client.create(request, done));
      return { id: response.getId(), outputs: fromStruct(response.getProperties()) };
    },
    async read(type: string, id: string, state?: { outputs: Properties; inputs: Properties }) {
      const request = new messages.ReadRequest().setUrn(urn(type)).setId(id);
      if (state) request.setProperties(toStruct(state.outputs)).setInputs(toStruct(state.inputs));
      const response = await call<Provider.ReadResponse>((done) => client.read(request, done));
      return {
        id: response.getId(),
        outputs: fromStruct(response.getProperties()),
        inputs: fromStruct(response.getInputs()),
      };
    },
    async update(type: string, id: string, olds: Properties, news: Properties, { preview = false } = {}) {
      const request = new messages.UpdateRequest().setUrn(urn(type)).setId(id).setPreview(preview);
      request.setOlds(toStruct(olds)).setNews(toStruct(news));
      const response = await call<Provider.UpdateResponse>((done) => client.update(request, done));
      return fromStruct(response.getProperties());
    },
    async delete(type: string, id: string, outputs: Properties) {
      const request = new messages.DeleteRequest().setUrn(urn(type)).setId(id).setProperties(toStruct(outputs));
      await call<object>((done) => client.delete(request, done));
    },
  };
}

/** What an error says about a resource that exists in spite of it. */
export function initFailure(error: unknown) {
  const [details] = (error as ServiceError).metadata.get("grpc-status-details-bin");
  const [packed] = status.Status.deserializeBinary(details as Buffer).getDetailsList();
  const failure = messages.ErrorResourceInitFailed.deserializeBinary(packed?.getValue_asU8() ?? new Uint8Array());
  return {
    type: packed?.getTypeName(),
    id: failure.getId(),
    outputs: fromStruct(failure.getProperties()),
    reasons: failure.getReasonsList(),
  };
}
