// The file that a Lambda runs: its handler, and the worker that it starts for each picture.
import { DeadlineError, deadlineOf } from "../services/deadline.ts";
import { invocationServices, writeLog } from "../services/invocation.ts";
import type { LambdaContext } from "../services/invocation.ts";
import { machineToken } from "../services/machine-token.ts";
import type { MachineToken } from "../services/machine-token.ts";
import { userMetadata } from "../services/user-metadata.ts";
import { answerInWorker, isPictureWorker, processInWorker } from "./decoder-worker.ts";
import { readEnvironment } from "./function-environment.ts";
import type { FunctionEnvironment } from "./function-environment.ts";
import { handleRequest } from "./handle-request.ts";
import type { Services } from "./handle-request.ts";
import { refusalAnswer } from "./http-event.ts";
import type { HttpAnswer, HttpEvent } from "./http-event.ts";

/** In milliseconds: what is left for storing and naming a picture, once it is processed. */
const timeToStore = 4000;

if (isPictureWorker()) void answerInWorker();

/** What lives as long as this process. */
let kept: { readonly environment: FunctionEnvironment; readonly tokens: Tokens } | undefined;

interface Tokens {
  readonly reader: MachineToken;
  readonly writer: MachineToken | undefined;
}

/** Of an HTTP API with a JWT authorizer; payload format 2.0. */
export async function handler(event: HttpEvent, context: LambdaContext): Promise<HttpAnswer> {
  try {
    return await handleRequest(event, servicesOf(context));
  } catch (error) {
    writeLog({ level: "error", code: "failed", reason: String(error) });
    return refusalAnswer("failed");
  }
}

function servicesOf(context: LambdaContext): Services {
  const { environment, tokens } = (kept ??= startUp());
  const { domain, writer, baseUrl, maxPictures, maxSeconds } = environment;
  const deadline = deadlineOf(() => context.getRemainingTimeInMillis());
  const { store, proofs } = invocationServices(environment, deadline);
  return {
    store,
    metadata: userMetadata({ domain, ...tokens, proofs, deadline }),
    processPicture: async (bytes) => {
      const limit = Math.min(maxSeconds * 1000, deadline.remaining() - timeToStore);
      if (limit <= 0) throw new DeadlineError("No time is left to process a picture.");
      return processInWorker(import.meta.filename, bytes, limit);
    },
    baseUrl,
    maxPictures,
    writesBack: writer !== undefined,
    log: writeLog,
  };
}

function startUp() {
  const environment = readEnvironment(process.env);
  const { reader, writer } = environment;
  return { environment, tokens: { reader: machineToken(reader), writer: writer && machineToken(writer) } };
}
