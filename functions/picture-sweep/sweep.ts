// The file that a Lambda runs by a schedule, and for each user whom the tenant has deleted.
import { deadlineOf } from "../services/deadline.ts";
import { invocationServices, writeLog } from "../services/invocation.ts";
import type { LambdaContext } from "../services/invocation.ts";
import { machineToken } from "../services/machine-token.ts";
import type { MachineToken } from "../services/machine-token.ts";
import { noteDeletedUser, readAuth0Event } from "./deleted-user.ts";
import type { IncomingEvent } from "./deleted-user.ts";
import { cloudFrontCache } from "./edge-cache.ts";
import { requestPace } from "./request-pace.ts";
import { sweepBucket } from "./sweep-bucket.ts";
import type { SweepServices } from "./sweep-bucket.ts";
import { readSweepEnvironment } from "./sweep-environment.ts";
import type { SweepEnvironment } from "./sweep-environment.ts";
import { metricLine, passLine } from "./sweep-metrics.ts";
import { tenantUsers } from "./tenant-users.ts";

/** In milliseconds: what is left for the position, when the time for the work is over. */
const timeToEnd = 20_000;

/** What lives as long as this process. */
let kept: { readonly environment: SweepEnvironment; readonly reader: MachineToken } | undefined;

/** @throws Error if something was not done, so that it is called again, and somebody is told in the end */
export async function handler(event: IncomingEvent, context: LambdaContext): Promise<void> {
  try {
    const services = servicesOf(context);
    const auth0Event = readAuth0Event(event);
    if (auth0Event === undefined) await sweepBucket(services);
    else if (auth0Event.type === "user.deleted" && !auth0Event.isTest) await onDeletedUser(services, auth0Event.userId);
    else writeLog({ level: "info", code: "ignored_event", type: auth0Event.type, isTest: auth0Event.isTest });
  } catch (error) {
    writeLog({ level: "error", code: "failed", reason: String(error) });
    throw error;
  }
}

async function onDeletedUser(services: SweepServices, userId: string | undefined): Promise<void> {
  if (userId === undefined) throw new Error("The event names no user.");
  const hasPictures = await noteDeletedUser(services.store, userId);
  writeLog({ level: "info", code: "user_deleted", hasPictures });
}

function servicesOf({ getRemainingTimeInMillis }: LambdaContext): SweepServices {
  const { environment, reader } = (kept ??= startUp());
  const { domain, distributionId, requestsPerSecond, replacedDays, searchLagSeconds } = environment;
  const deadline = deadlineOf(getRemainingTimeInMillis, timeToEnd);
  const { store, proofs, accessTo } = invocationServices(environment, deadline);
  const { store: lastStore } = invocationServices(environment, deadlineOf(getRemainingTimeInMillis));
  return {
    store,
    lastStore,
    users: tenantUsers(reader, { domain, proofs, deadline, pace: requestPace(requestsPerSecond, deadline) }),
    edge: distributionId === undefined ? undefined : cloudFrontCache(distributionId, accessTo("cloudFront")),
    replacedDays,
    searchLag: searchLagSeconds * 1000,
    deadline,
    now: Date.now,
    log: writeLog,
    report(position) {
      writeLog(passLine(position, Date.now()));
      writeLog(metricLine(position, process.env["AWS_LAMBDA_FUNCTION_NAME"] ?? "", Date.now()));
    },
  };
}

function startUp() {
  const environment = readSweepEnvironment(process.env);
  return { environment, reader: machineToken(environment.reader) };
}
