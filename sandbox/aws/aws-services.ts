// What runs of AWS beside S3 and CloudFront: the functions, the services that they call, and the HTTP APIs that call
// them. All that is declared is in the edge's state; this is what it does.
import { join } from "node:path";
import { fetch as fetchWith } from "undici";
import type { RequestInit as UndiciRequestInit } from "undici";
import { AwsError, fail } from "../edge/aws-error.ts";
import type { Edge } from "../edge/edge.ts";
import type { IamUser } from "../edge/s3-api.ts";
import { loopbackAgent } from "../edge/loopback.ts";
import { alarmStateAt } from "../edge/alarms.ts";
import type { AlarmState } from "../edge/alarms.ts";
import { startEventRouting } from "./event-routing.ts";
import type { EventRouting } from "./event-routing.ts";
import { startFunctions } from "./function-runtime.ts";
import type { Functions } from "./function-runtime.ts";
import { apiDomain } from "../edge/http-api-operations.ts";
import { startHttpApis } from "./http-listener.ts";
import type { HttpApiOptions } from "./http-listener.ts";
import { identityService } from "./identity-service.ts";
import { invalidationService } from "./invalidation-service.ts";
import { keyService } from "./key-service.ts";
import { parameterService } from "./parameter-service.ts";
import { startServiceApi } from "./service-api.ts";
import type { AwsService, RoleKey } from "./service-api.ts";

export interface AwsServices {
  readonly functions: Pick<Functions, "invoke" | "invokeLater">;
  /** What AWS's SDKs have to know in order to call the services here and not AWS: `AWS_ENDPOINT_URL_…`. */
  readonly endpointVariables: Readonly<Record<string, string>>;
  /** What functions' failed events were to be told to, and could not be. */
  readonly undelivered: readonly { readonly destination: string; readonly message: string; readonly reason: string }[];
  /** Events of partners and of schedules, on their way to functions. */
  readonly events: EventRouting;
  /**
   * What an alarm says.
   *
   * @param at milliseconds since the epoch, which may be later than now. @default now
   */
  alarmState(name: string, at?: number): AlarmState;
  /** The port of the HTTP APIs, for a client that is told to resolve their names to 127.0.0.1. */
  readonly port: number;
  /** The same port for the name of an HTTP API that there is; undefined for other names. */
  portOf(host: string, secure: boolean): number | undefined;
  /**
   * Sends a request to an HTTP API, under its own name: `https://<id>.execute-api.<region>.amazonaws.com/…`. No other
   * name resolves, and only the sandbox's certificate authority is trusted.
   */
  readonly fetch: (url: string, init?: UndiciRequestInit) => Promise<Response>;
  close(): Promise<void>;
}

export interface AwsServicesOptions extends Pick<HttpApiOptions, "fetch" | "now" | "requestTimeout"> {
  readonly edge: Pick<Edge, "controlPlane">;
  /** For the unpacked zips. */
  readonly folder: string;
  /** PEM; `cert` covers 127.0.0.1 and the HTTP APIs' names. */
  readonly certificate: { key: string; cert: string; ca: string; caFile: string };
  /** Who calls the services besides the functions. @default nobody */
  readonly users?: readonly IamUser[];
}

/** The names of HTTP APIs in every region that takes new accounts without being asked for, for a certificate. */
export const apiHosts: readonly string[] = [
  ...["us-east-1", "us-east-2", "us-west-1", "us-west-2", "ca-central-1", "sa-east-1"],
  ...["eu-central-1", "eu-north-1", "eu-west-1", "eu-west-2", "eu-west-3"],
  ...["ap-northeast-1", "ap-northeast-2", "ap-northeast-3", "ap-south-1", "ap-southeast-1", "ap-southeast-2"],
].map((region) => `*.execute-api.${region}.amazonaws.com`);

export async function startAwsServices(options: AwsServicesOptions): Promise<AwsServices> {
  const { edge, folder, certificate, users = [] } = options;
  const { controlPlane } = edge;
  const keys = new Map<string, RoleKey>();
  const services: readonly AwsService[] = [
    parameterService(controlPlane),
    keyService(controlPlane),
    invalidationService(controlPlane),
    identityService(),
  ];
  const keyNamed = (id: string) => keys.get(id) ?? users.find(({ accessKeyId }) => accessKeyId === id);
  const serviceApi = await startServiceApi({ controlPlane, certificate, services, keyNamed });
  const undelivered: { destination: string; message: string; reason: string }[] = [];
  const functions = startFunctions({
    controlPlane,
    folder: join(folder, "unpacked"),
    environment: {
      ...serviceApi.endpointVariables,
      NODE_EXTRA_CA_CERTS: certificate.caFile,
      // The sandbox's tenant finds a new user at once, and Auth0 only after some seconds: the sweep waits that long.
      SEARCH_LAG_SECONDS: "0",
    },
    keys,
    deliver(destination, message, caller) {
      if (!destination.startsWith("arn:aws:sqs:"))
        fail("NotEvaluated", `The sandbox sends to queues only, and ${destination} is none`, 501);
      try {
        controlPlane.sendMessage(destination, message, { caller });
      } catch (error) {
        if (!(error instanceof AwsError)) throw error;
        // Nobody is told (Lambda's metrics DestinationDeliveryFailures and DeadLetterErrors).
        undelivered.push({ destination, message, reason: error.message });
      }
    },
  });
  const logLines = () => controlPlane.logGroupNames().flatMap((name) => controlPlane.filterLogEvents(name));
  const apis = await startHttpApis({ ...options, controlPlane, functions });
  const portOf = (host: string, secure: boolean) => {
    const api = controlPlane.getHttpApi(host.split(".", 1)[0] ?? "");
    return secure && api !== undefined && apiDomain(api) === host ? apis.port : undefined;
  };
  const agent = loopbackAgent(certificate.ca, portOf);
  return {
    functions,
    endpointVariables: serviceApi.endpointVariables,
    undelivered,
    events: startEventRouting(controlPlane, functions),
    alarmState(name, at = Date.now()) {
      const alarm = controlPlane.describeAlarm(name) ?? fail("ResourceNotFound", `Unknown alarm: ${name}`, 404);
      return alarmStateAt(alarm, at, {
        queueMessages: (queue, until) => controlPlane.queueMessages(queue, until),
        logLines,
      });
    },
    port: apis.port,
    portOf,
    fetch: (url, init) => fetchWith(url, { ...init, dispatcher: agent }),
    async close() {
      await agent.close();
      await apis.close();
      await functions.close();
      await serviceApi.close();
    },
  };
}
