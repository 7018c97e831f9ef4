// Runs the deployed functions: a process for each event that is handled at a time, which is used again for the next
// one, as Lambda does (Lambda docs, "Understanding the Lambda execution environment lifecycle").
//
// Not as there: no process is frozen between events, there are never more than a few processes, so that this machine
// can do it, and an event that failed is tried again at once.
import { randomUUID } from "node:crypto";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { AwsError, fail } from "../edge/aws-error.ts";
import { isAllowed } from "../edge/bucket-policy.ts";
import type { Caller } from "../edge/bucket-policy.ts";
import type { ControlPlane } from "../edge/control-plane.ts";
import type { Invoker } from "../edge/function-operations.ts";
import { functionArn } from "../edge/function-operations.ts";
import { startProcess } from "./function-process.ts";
import type { FunctionProcess, InvocationOutcome } from "./function-process.ts";
import type { FunctionCode, LambdaFunction } from "../edge/function-state.ts";
import { logGroupArn } from "../edge/log-groups.ts";
import type { RoleKey } from "./service-api.ts";

export interface Functions {
  /**
   * Gives a function an event, and waits for its answer.
   *
   * @param nameOrArn of the function
   * @throws AwsError TooManyRequestsException, RequestEntityTooLargeException, ResourceNotFoundException
   */
  invoke(nameOrArn: string, event: object): Promise<InvocationOutcome>;
  /**
   * Gives a function an event on a service's behalf. It resolves when the event is handled, or has failed as often as
   * it is tried, and whoever is to be told is told.
   *
   * @throws AwsError AccessDeniedException unless the function lets the service invoke it
   */
  invokeLater(nameOrArn: string, event: object, invoker: Invoker): Promise<void>;
  close(): Promise<void>;
}

export interface FunctionsOptions {
  readonly controlPlane: ControlPlane;
  /** For the unpacked zips. */
  readonly folder: string;
  /** For every function, in addition to what it declares. */
  readonly environment: Readonly<Record<string, string>>;
  /** Where the keys of the running processes are, by their ids. */
  readonly keys: Map<string, RoleKey>;
  /** Sends a message to the queue or topic that is told of failed events, as the function's role. */
  readonly deliver: (destinationArn: string, message: string, caller: Caller) => void;
}

/** Bytes of JSON (Lambda docs, "Lambda quotas"). */
const mostEvent = { now: 6 * 1024 * 1024, later: 1024 * 1024 };
/** As many processes as this machine runs at a time; other events wait. */
const mostProcesses = 8;

interface Running {
  readonly process: FunctionProcess;
  /** What the process was started for: another one is started after an update. */
  readonly version: string;
  readonly functionName: string;
  isBusy: boolean;
}

export function startFunctions({ controlPlane, folder, environment, keys, deliver }: FunctionsOptions): Functions {
  rmSync(folder, { recursive: true, force: true });
  let processes: Running[] = [];
  /** Events that are handled or wait, by the function's name. */
  const underWay = new Map<string, number>();
  const waiting: (() => void)[] = [];
  let isClosed = false;

  async function run(fn: LambdaFunction, event: string): Promise<InvocationOutcome> {
    const requestId = randomUUID();
    const running = await obtainProcess(fn);
    const { process, version } = running;
    const log = (line: string) => writeLog(fn, process.logStream, line);
    log(platformLine(fn, "start", { requestId, version: "$LATEST" }));
    const begin = performance.now();
    const outcome = await process.invoke(event, requestId);
    const duration = performance.now() - begin;
    if ("functionError" in outcome && /^(?:Runtime|Sandbox)\./.test(outcome.functionError.errorType))
      log(
        `${new Date().toISOString()} ${outcome.functionError.errorMessage.replace(/^RequestId: (\S+) Error:/, "$1")}`,
      );
    log(platformLine(fn, "report", { requestId, status: "functionError" in outcome ? "error" : "success", duration }));
    running.isBusy = false;
    if (!process.isAlive() || isClosed || version !== versionOf(fn)) await dismiss(running);
    waiting.shift()?.();
    return outcome;
  }

  async function obtainProcess(fn: LambdaFunction): Promise<Running> {
    for (;;) {
      const version = versionOf(fn);
      const idle = processes.filter(({ isBusy }) => !isBusy);
      const fit = idle.find((one) => one.version === version && one.process.isAlive());
      if (fit !== undefined) return take(fit);
      const stale = idle.filter((one) => !one.process.isAlive() || one.functionName === fn.name);
      const [other] =
        processes.length - stale.length >= mostProcesses ? idle.filter((one) => !stale.includes(one)) : [];
      for (const one of [...stale, ...(other ? [other] : [])]) void dismiss(one);
      if (processes.length < mostProcesses) return take(start(fn, version));
      await new Promise<void>((resolve) => waiting.push(resolve));
    }
  }

  const take = (running: Running): Running => {
    running.isBusy = true;
    return running;
  };

  function start(fn: LambdaFunction, version: string): Running {
    const { name: roleName = "" } = controlPlane.roleWithArn(fn.role) ?? {};
    const process = startProcess(fn, {
      folder: unpack(fn),
      environment,
      roleName,
      onLine: (line, stream) => writeLog(fn, stream, line),
    });
    keys.set(process.key.accessKeyId, process.key);
    const running = { process, version, functionName: fn.name, isBusy: false };
    processes.push(running);
    return running;
  }

  async function dismiss(running: Running): Promise<void> {
    processes = processes.filter((one) => one !== running);
    keys.delete(running.process.key.accessKeyId);
    await running.process.end();
  }

  /**
   * Once for each content, and each file read-only, as on Lambda. Not the folder: what is in it could be deleted by
   * nobody but root then.
   */
  function unpack({ name, code, codeSha256 }: LambdaFunction): string {
    const root = join(folder, `${name}-${Buffer.from(codeSha256, "base64").toString("hex").slice(0, 16)}`);
    if (unpacked.has(root)) return root;
    unpackInto(root, code);
    unpacked.add(root);
    return root;
  }
  const unpacked = new Set<string>();

  function unpackInto(root: string, code: FunctionCode): void {
    for (const [file, sha256] of Object.entries(code)) {
      mkdirSync(dirname(join(root, file)), { recursive: true });
      writeFileSync(join(root, file), controlPlane.codeFile(sha256), { mode: 0o444 });
    }
  }

  /** As the function's role: without a permission, or without a log group that it may make, there are no logs. */
  function writeLog(fn: LambdaFunction, stream: string, message: string): void {
    const { logGroup } = fn.loggingConfig;
    const { name: roleName = "" } = controlPlane.roleWithArn(fn.role) ?? {};
    const caller = controlPlane.callerOfRole(roleName);
    const arn = logGroupArn(logGroup, fn.region);
    const may = (action: string, resource: string) =>
      caller !== undefined &&
      isAllowed({ Statement: caller.statements }, { principal: caller.arn, action, resource, context: {} });
    if (controlPlane.getLogGroup(logGroup) === undefined) {
      if (!may("logs:CreateLogGroup", arn)) return;
      controlPlane.createLogGroup({
        ...{
          name: logGroup,
          retentionInDays: 0,
          logGroupClass: "STANDARD",
          deletionProtectionEnabled: false,
          tags: {},
        },
      });
    }
    const streamArn = `${arn}:log-stream:${stream}`;
    if (may("logs:CreateLogStream", streamArn) && may("logs:PutLogEvents", streamArn))
      controlPlane.putLogEvents(logGroup, [{ stream, timestamp: Date.now(), message }]);
  }

  const existing = (nameOrArn: string): LambdaFunction =>
    controlPlane.getFunction(nameOrArn) ?? fail("ResourceNotFoundException", `Function not found: ${nameOrArn}`, 404);

  async function invoke(nameOrArn: string, event: object, most = mostEvent.now): Promise<InvocationOutcome> {
    const fn = existing(nameOrArn);
    const text = JSON.stringify(event);
    if (Buffer.byteLength(text) > most)
      fail("RequestEntityTooLargeException", `Request must be smaller than ${most} bytes`, 413);
    const count = underWay.get(fn.name) ?? 0;
    // Lambda docs, "Configuring reserved concurrency": it is also the most.
    if (count >= (fn.reservedConcurrentExecutions ?? Infinity)) fail("TooManyRequestsException", "Rate Exceeded.", 429);
    underWay.set(fn.name, count + 1);
    try {
      return await run(fn, text);
    } finally {
      underWay.set(fn.name, (underWay.get(fn.name) ?? 1) - 1);
    }
  }

  /** An event that finds no room waits for it. */
  async function invokeInTurn(name: string, event: object): Promise<InvocationOutcome> {
    for (;;) {
      try {
        return await invoke(name, event, mostEvent.later);
      } catch (error) {
        const { reservedConcurrentExecutions } = existing(name);
        const isThrottled = error instanceof AwsError && error.status === 429;
        if (!isThrottled || reservedConcurrentExecutions === 0 || isClosed) throw error;
        await sleep(100);
      }
    }
  }

  return {
    invoke: (nameOrArn, event) => invoke(nameOrArn, event),
    async invokeLater(nameOrArn, event, invoker) {
      const fn = existing(nameOrArn);
      if (!controlPlane.mayInvoke(fn.name, invoker))
        fail(
          "AccessDeniedException",
          `${invoker.principal} is not authorized to perform: lambda:InvokeFunction on resource: ${functionArn(fn)} ` +
            `for ${invoker.sourceArn}`,
          403,
        );
      const { maximumRetryAttempts = 2, onFailure, onSuccess } = fn.eventInvokeConfig ?? {};
      let outcome = await invokeInTurn(fn.name, event);
      let tries = 1;
      for (; "functionError" in outcome && tries <= maximumRetryAttempts; tries += 1)
        outcome = await invokeInTurn(fn.name, event);
      const hasFailed = "functionError" in outcome;
      const caller = controlPlane.callerOfRole(controlPlane.roleWithArn(fn.role)?.name ?? "");
      const destination = hasFailed ? onFailure : onSuccess;
      if (caller === undefined) return;
      if (destination !== undefined)
        deliver(destination, JSON.stringify(invocationRecord(fn, event, outcome, tries)), caller);
      if (hasFailed && fn.deadLetterArn !== undefined) deliver(fn.deadLetterArn, JSON.stringify(event), caller);
    },
    async close() {
      isClosed = true;
      await Promise.all(processes.map(dismiss));
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** What Lambda itself logs (its docs, "Lambda function logs"), in the function's log format. */
function platformLine(
  { loggingConfig, memorySize }: LambdaFunction,
  type: "start" | "report",
  record: {
    readonly requestId: string;
    readonly version?: string;
    readonly status?: string;
    readonly duration?: number;
  },
): string {
  const { requestId, version, status, duration = 0 } = record;
  const durationMs = Number(duration.toFixed(2));
  if (loggingConfig.logFormat === "JSON") {
    const metrics = { durationMs, billedDurationMs: Math.ceil(duration), memorySizeMB: memorySize };
    const shown = type === "start" ? { requestId, version } : { requestId, status, metrics };
    return JSON.stringify({ time: new Date().toISOString(), type: `platform.${type}`, record: shown });
  }
  if (type === "start") return `START RequestId: ${requestId} Version: ${version}`;
  const billed = `Billed Duration: ${Math.ceil(duration)} ms\tMemory Size: ${memorySize} MB`;
  return `REPORT RequestId: ${requestId}\tDuration: ${durationMs} ms\t${billed}`;
}

/** It changes with the code, and with everything that a process is started with. */
const versionOf = ({ permissions, eventInvokeConfig, reservedConcurrentExecutions, tags, ...fn }: LambdaFunction) =>
  JSON.stringify(fn);

/** Lambda docs, "Capturing records of Lambda asynchronous invocations". */
function invocationRecord(fn: LambdaFunction, event: object, outcome: InvocationOutcome, tries: number): object {
  const failed = "functionError" in outcome;
  return {
    version: "1.0",
    timestamp: new Date().toISOString(),
    requestContext: {
      requestId: randomUUID(),
      functionArn: `${functionArn(fn)}:$LATEST`,
      condition: failed ? "RetriesExhausted" : "Success",
      approximateInvokeCount: tries,
    },
    requestPayload: event,
    responseContext: { statusCode: 200, executedVersion: "$LATEST", ...(failed && { functionError: "Unhandled" }) },
    responsePayload: failed ? outcome.functionError : (JSON.parse(outcome.payload) as unknown),
  };
}
