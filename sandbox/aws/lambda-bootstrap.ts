// Runs in the process of a function: loads its handler, and calls it with one event after another, as the Node runtime
// of Lambda does (Lambda docs, "Define Lambda function handler in Node.js" and "Log and monitor Node.js functions").
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { format } from "node:util";

/** To this process. */
export interface Invocation {
  readonly requestId: string;
  /** As JSON. */
  readonly event: string;
  readonly functionArn: string;
  /** Milliseconds. */
  readonly timeout: number;
}

export interface LambdaError {
  readonly errorType: string;
  readonly errorMessage: string;
  readonly trace?: readonly string[];
}

/** From this process: that it is ready, or why it never will be; then one answer to each invocation. */
export type BootstrapMessage =
  | { readonly ready: true }
  | { readonly notReady: LambdaError }
  | { readonly result: string }
  | { readonly error: LambdaError };

type Handler = (event: unknown, context: object) => unknown;

const variable = (name: string) => process.env[name] ?? "";
const send = (message: BootstrapMessage) => process.send?.(message);

let requestId = "";
writeLogsAsLambda();
process.once("disconnect", () => process.exit());

try {
  const handler = await loadHandler(variable("LAMBDA_TASK_ROOT"), variable("_HANDLER"));
  process.on("message", (invocation: Invocation) => void answer(handler, invocation));
  send({ ready: true });
} catch (error) {
  const notReady = errorOf(error);
  console.error(notReady);
  process.send?.({ notReady } satisfies BootstrapMessage, () => process.exit(1));
}

async function answer(handler: Handler, invocation: Invocation): Promise<void> {
  ({ requestId } = invocation);
  const end = Date.now() + invocation.timeout;
  const context = {
    awsRequestId: requestId,
    callbackWaitsForEmptyEventLoop: true,
    functionName: variable("AWS_LAMBDA_FUNCTION_NAME"),
    functionVersion: variable("AWS_LAMBDA_FUNCTION_VERSION"),
    invokedFunctionArn: invocation.functionArn,
    logGroupName: variable("AWS_LAMBDA_LOG_GROUP_NAME"),
    logStreamName: variable("AWS_LAMBDA_LOG_STREAM_NAME"),
    memoryLimitInMB: variable("AWS_LAMBDA_FUNCTION_MEMORY_SIZE"),
    getRemainingTimeInMillis: () => end - Date.now(),
  };
  try {
    const result = await handler(JSON.parse(invocation.event), context);
    // What is no JSON, such as nothing, is null.
    send({ result: JSON.stringify(result ?? null) });
  } catch (error) {
    console.error("Invoke Error", errorOf(error));
    send({ error: errorOf(error) });
  }
}

/** `upload.handler` is what `upload.js`, `upload.mjs` or `upload.cjs` exports as `handler`. */
async function loadHandler(root: string, name: string): Promise<Handler> {
  const dot = name.lastIndexOf(".");
  const [module, exported] = [name.slice(0, dot), name.slice(dot + 1)];
  const file = [".js", ".mjs", ".cjs"].map((end) => join(root, module + end)).find((path) => existsSync(path));
  if (file === undefined) throw lambdaError("Runtime.ImportModuleError", `Error: Cannot find module '${module}'`);
  let exports: Readonly<Record<string, unknown>>;
  try {
    exports = (
      file.endsWith(".cjs") ? createRequire(file)(file) : await import(pathToFileURL(file).href)
    ) as typeof exports;
  } catch (error) {
    throw lambdaError("Runtime.ImportModuleError", String(error));
  }
  const handler = exports[exported];
  if (typeof handler !== "function")
    throw lambdaError("Runtime.HandlerNotFound", `${name} is undefined or not exported`);
  if (handler.length > 2)
    throw lambdaError("Runtime.CallbackHandlerDeprecated", "The sandbox runs async handlers, without a callback");
  return handler as Handler;
}

function lambdaError(name: string, message: string): Error {
  const error = new Error(message);
  error.name = name;
  return error;
}

function errorOf(error: unknown): LambdaError {
  if (!(error instanceof Error)) return { errorType: typeof error, errorMessage: String(error), trace: [] };
  return { errorType: error.name, errorMessage: error.message, trace: (error.stack ?? "").split("\n") };
}

/** What is written to the console; what goes to the standard output by itself is not changed. */
function writeLogsAsLambda(): void {
  const isJson = variable("AWS_LAMBDA_LOG_FORMAT") === "JSON";
  const levels = { TRACE: 0, DEBUG: 1, INFO: 2, WARN: 3, ERROR: 4, FATAL: 5 };
  const least = isJson ? levels[(variable("AWS_LAMBDA_LOG_LEVEL") || "INFO") as keyof typeof levels] : 0;
  const write =
    (level: keyof typeof levels) =>
    (...values: unknown[]) => {
      if (levels[level] < least) return;
      const timestamp = new Date().toISOString();
      const [only] = values;
      const message = values.length === 1 && typeof only !== "string" ? only : format(...values);
      const line = isJson
        ? JSON.stringify({ timestamp, level, requestId, message })
        : `${timestamp}\t${requestId || "undefined"}\t${level}\t${format(...values).replaceAll("\n", "\r")}`;
      process.stdout.write(`${line}\n`);
    };
  Object.assign(console, {
    ...{ trace: write("TRACE"), debug: write("DEBUG"), info: write("INFO"), log: write("INFO") },
    ...{ warn: write("WARN"), error: write("ERROR") },
  });
}
