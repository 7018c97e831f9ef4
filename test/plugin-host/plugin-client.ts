// What the engine asks of the plugin beyond what it asks of a stand-in for a provider: settings, and components.
import { credentials } from "@grpc/grpc-js";
import type { ServiceError } from "@grpc/grpc-js";
import type * as Provider from "@pulumi/pulumi/proto/provider_pb.js";
import { ResourceProviderClient, fromStruct, messages, toStruct } from "../../sandbox/providers/protocol.ts";
import type { Properties } from "../../sandbox/providers/protocol.ts";
import { connectProvider } from "../sandbox/providers/provider-client.ts";
import type { ResourceMonitor } from "./resource-monitor.ts";

export const [flag, deployment] = ["ConnectionSyncFlag", "ActionDeployment"].map(
  (name) => `auth0-user-pictures:index:${name}`,
) as [string, string];

/** Under this key is the kind of a special value (pulumi, sdk/go/common/resource/sig). */
export const signature = "4dabf18193072939515e22adb298388d";
export const secret = (value: unknown) => ({ [signature]: "1b47061264138c4ac30d75fd1eb44270", value });
/** Without a value it is not known yet. */
export const output = (more: { value?: unknown; secret?: boolean }) => ({
  ...{ [signature]: "d0e6a833031e9bbcd3f4e8bde6ca49a4", dependencies: [] },
  ...more,
});
export const reference = (more: { urn: string; id?: string }) => ({
  ...{ [signature]: "5cf8f73096256a8f31e491e813e4eb8e" },
  ...more,
});

export interface Construction {
  readonly config?: Readonly<Record<string, string>>;
  readonly secretKeys?: readonly string[];
  readonly providers?: Readonly<Record<string, string>>;
  /** @default the stack */
  readonly parent?: string;
}

type Callback<Response> = (error: ServiceError | null, response: Response) => void;

/** @param attach as PULUMI_DEBUG_PROVIDERS takes it */
export function connectPlugin(attach: string, monitor?: ResourceMonitor) {
  const client = new ResourceProviderClient(`127.0.0.1:${attach.split(":")[1] ?? ""}`, credentials.createInsecure());
  const resources = connectProvider(attach, "auth0-user-pictures");
  const call = <Response>(send: (callback: Callback<Response>) => unknown) =>
    new Promise<Response>((resolve, reject) => {
      send((error, response) => (error ? reject(error) : resolve(response)));
    });
  const urnOf = (type: string) => `urn:pulumi:dev::project::${type}::thing`;
  const urn = urnOf("pulumi:providers:auth0-user-pictures");
  return {
    ...resources,
    check: (type: string, news: Properties, olds: Properties = {}) => resources.check(type, news, { olds }),
    async diffOf(type: string, id: string, state: Properties, news: Properties) {
      const request = new messages.DiffRequest().setUrn(urnOf(type)).setId(id).setOlds(toStruct(state));
      const response = await call<Provider.DiffResponse>((done) => client.diff(request.setNews(toStruct(news)), done));
      const isChanged = response.getChanges() === messages.DiffResponse.DiffChanges.DIFF_SOME;
      return { isChanged, replaces: response.getReplacesList() };
    },
    close() {
      client.close();
      resources.close();
    },
    /** The reasons for which the settings are refused. */
    async checkConfig(news: Properties, olds: Properties = {}) {
      const request = new messages.CheckRequest().setUrn(urn).setNews(toStruct(news)).setOlds(toStruct(olds));
      const response = await call<Provider.CheckResponse>((done) => client.checkConfig(request, done));
      return {
        inputs: fromStruct(response.getInputs()),
        failures: response.getFailuresList().map((failure) => failure.toObject()),
      };
    },
    async diffConfig(olds: Properties, news: Properties) {
      const request = new messages.DiffRequest().setUrn(urn).setOldInputs(toStruct(olds)).setNews(toStruct(news));
      const response = await call<Provider.DiffResponse>((done) => client.diffConfig(request, done));
      return {
        isChanged: response.getChanges() === messages.DiffResponse.DiffChanges.DIFF_SOME,
        replaces: response.getReplacesList(),
      };
    },
    async configureWith(settings: Properties) {
      const request = new messages.ConfigureRequest().setArgs(toStruct(settings));
      return (await call<Provider.ConfigureResponse>((done) => client.configure(request, done))).toObject();
    },
    /** The component's outputs. */
    async construct(type: string, name: string, inputs: Properties, more: Construction = {}): Promise<Properties> {
      const request = new messages.ConstructRequest()
        .setProject("project")
        .setStack("dev")
        .setOrganization("organization")
        .setParallel(16)
        .setMonitorendpoint(monitor?.address ?? "")
        .setType(`auth0-user-pictures:index:${type}`)
        .setName(name)
        .setParent(more.parent ?? "urn:pulumi:dev::project::pulumi:pulumi:Stack::project-dev")
        .setInputs(toStruct(inputs))
        .setConfigsecretkeysList([...(more.secretKeys ?? [])]);
      for (const [key, value] of Object.entries(more.config ?? {})) request.getConfigMap().set(key, value);
      for (const [key, value] of Object.entries(more.providers ?? {})) request.getProvidersMap().set(key, value);
      const response = await call<Provider.ConstructResponse>((done) => client.construct(request, done));
      return fromStruct(response.getState());
    },
  };
}
