// One process of a function, which handles one event at a time: what AWS calls an execution environment.
import { randomBytes, randomUUID } from "node:crypto";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { randomText } from "../edge/edge-state.ts";
import { functionArn } from "../edge/function-operations.ts";
import type { LambdaFunction } from "../edge/function-state.ts";
import { runScript } from "../tenant/run-script.ts";
import type { BootstrapMessage, Invocation, LambdaError } from "./lambda-bootstrap.ts";
import type { RoleKey } from "./service-api.ts";

/** What an invocation ended with: what the handler returned, as JSON, or why it returned nothing. */
export type InvocationOutcome = { readonly payload: string } | { readonly functionError: LambdaError };

export interface FunctionProcess {
  /** The keys of its role. */
  readonly key: RoleKey;
  readonly logStream: string;
  /** Whether it can be given an event: it has not ended. */
  isAlive(): boolean;
  /** Never throws. Only one at a time. */
  invoke(event: string, requestId: string): Promise<InvocationOutcome>;
  end(): Promise<void>;
}

export interface ProcessOptions {
  /** The folder with the unpacked zip. */
  readonly folder: string;
  /** More variables, such as the endpoints of the sandbox's services. */
  readonly environment: Readonly<Record<string, string>>;
  readonly roleName: string;
  readonly onLine: (line: string, logStream: string) => void;
}

type Exit = [code: number | null, signal: NodeJS.Signals | null];

/** Lambda docs, "Lambda execution environment": the time that a handler has to be loaded in. */
const initLimit = 10_000;
/** In milliseconds: how often the memory is looked at while an event is handled. */
const memoryInterval = 50;
/** Bytes (Lambda docs, "Lambda quotas"). */
const mostResponse = 6_291_556;

/**
 * Starts it with the variables that the function declares and those that Lambda adds, and with none of this machine's.
 *
 * Lambda's `memorySize` is the memory of the whole environment. Neither V8's limits nor a worker's count what
 * WebAssembly takes, so on Linux the memory of the process is looked at, and it is killed above that; on other systems
 * nothing is.
 */
export function startProcess(fn: LambdaFunction, options: ProcessOptions): FunctionProcess {
  const key: RoleKey = {
    accessKeyId: `ASIA${randomText(16).toUpperCase()}`,
    secretAccessKey: randomBytes(30).toString("base64"),
    sessionToken: randomBytes(96).toString("base64"),
    roleName: options.roleName,
  };
  const day = new Date().toISOString().slice(0, 10).replaceAll("-", "/");
  const logStream = `${day}/[$LATEST]${randomBytes(16).toString("hex")}`;
  const child = runScript(join(import.meta.dirname, "lambda-bootstrap.ts"), {
    env: { ...environmentOf(fn, options.folder, key, logStream), ...options.environment, ...fn.environment },
    cwd: options.folder,
    output: "pipe",
  });
  for (const stream of [child.stdout, child.stderr])
    if (stream) createInterface(stream).on("line", (line) => options.onLine(line, logStream));
  const { promise: exited, resolve: exit } = Promise.withResolvers<Exit>();
  child.once("exit", (...how: Exit) => exit(how));
  // One that could not be started, or not be told anything, is as one that has ended.
  child.on("error", () => exit([1, null]));
  let hasEnded = false;
  void exited.then(() => (hasEnded = true));
  const ready = initialized();

  /** Why it will never be ready; undefined if it is. */
  async function initialized(): Promise<LambdaError | undefined> {
    const timer = setTimeout(() => child.kill("SIGKILL"), initLimit);
    const message = await Promise.race([nextMessage(), exited]);
    clearTimeout(timer);
    if (Array.isArray(message)) return exitError(message);
    return "notReady" in message ? message.notReady : undefined;
  }

  async function nextMessage(): Promise<BootstrapMessage> {
    const [message] = (await once(child, "message")) as [BootstrapMessage];
    return message;
  }

  return {
    key,
    logStream,
    isAlive: () => !hasEnded && child.connected,
    async invoke(event, requestId) {
      const notReady = await ready;
      if (notReady !== undefined) return { functionError: notReady };
      let killedFor: LambdaError | undefined;
      const kill = (error: LambdaError) => {
        killedFor ??= error;
        child.kill("SIGKILL");
      };
      const seconds = fn.timeout.toFixed(2);
      const timer = setTimeout(
        () =>
          kill({
            errorType: "Sandbox.Timedout",
            errorMessage: `RequestId: ${requestId} Error: Task timed out after ${seconds} seconds`,
          }),
        fn.timeout * 1000,
      );
      const watch = setInterval(() => {
        if (memoryOf(child.pid) > fn.memorySize * 1024 * 1024)
          kill({ errorType: "Runtime.OutOfMemory", errorMessage: `RequestId: ${requestId} Error: signal: killed` });
      }, memoryInterval);
      child.send({
        requestId,
        event,
        functionArn: functionArn(fn),
        timeout: fn.timeout * 1000,
      } satisfies Invocation);
      const message = await Promise.race([nextMessage(), exited]);
      clearTimeout(timer);
      clearInterval(watch);
      if (Array.isArray(message)) return { functionError: killedFor ?? exitError(message, requestId) };
      if ("error" in message) return { functionError: message.error };
      const { result = "null" } = message as { result?: string };
      if (Buffer.byteLength(result) <= mostResponse) return { payload: result };
      const errorMessage = `Response payload size exceeded maximum allowed payload size (${mostResponse} bytes).`;
      return { functionError: { errorType: "Function.ResponseSizeTooLarge", errorMessage } };
    },
    async end() {
      if (hasEnded) return;
      child.kill("SIGKILL");
      await exited;
    },
  };
}

const exitError = ([code, signal]: Exit, requestId: string = randomUUID()): LambdaError => ({
  errorType: "Runtime.ExitError",
  errorMessage: `RequestId: ${requestId} Error: Runtime exited with error: ${
    signal === null ? `exit status ${code}` : `signal: ${signal}`
  }`,
});

/** In bytes; 0 where the system does not tell, and of a process that has ended. */
function memoryOf(pid: number | undefined): number {
  try {
    return Number(/^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1] ?? 0) * 1024;
  } catch {
    return 0;
  }
}

/** Lambda docs, "Defined runtime environment variables". */
function environmentOf(fn: LambdaFunction, folder: string, key: RoleKey, logStream: string): Record<string, string> {
  const { logFormat, logGroup, applicationLogLevel } = fn.loggingConfig;
  return {
    _HANDLER: fn.handler,
    AWS_DEFAULT_REGION: fn.region,
    AWS_EXECUTION_ENV: `AWS_Lambda_${fn.runtime}`,
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(fn.memorySize),
    AWS_LAMBDA_FUNCTION_NAME: fn.name,
    AWS_LAMBDA_FUNCTION_VERSION: "$LATEST",
    AWS_LAMBDA_INITIALIZATION_TYPE: "on-demand",
    AWS_LAMBDA_LOG_FORMAT: logFormat,
    AWS_LAMBDA_LOG_GROUP_NAME: logGroup,
    AWS_LAMBDA_LOG_STREAM_NAME: logStream,
    ...(logFormat === "JSON" && { AWS_LAMBDA_LOG_LEVEL: applicationLogLevel ?? "INFO" }),
    AWS_REGION: fn.region,
    AWS_ACCESS_KEY_ID: key.accessKeyId,
    AWS_SECRET_ACCESS_KEY: key.secretAccessKey,
    AWS_SESSION_TOKEN: key.sessionToken ?? "",
    LAMBDA_TASK_ROOT: folder,
    LANG: "en_US.UTF-8",
    TZ: ":UTC",
  };
}
