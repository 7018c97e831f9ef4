// Functions run as on Lambda: in a process of their own, with nothing of this machine's, one event at a time.
import { existsSync, statSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it, onTestFinished } from "vitest";
import { accountId } from "../../../sandbox/edge/identity.ts";
import { createFunction, linesOf, region, runAws } from "./running-aws.ts";

const running = runAws();
const invoke = (name: string, event: object = {}) => running.aws.functions.invoke(name, event);
const counting = `
  let calls = 0;
  export const handler = async (event) => ({ pid: process.pid, calls: ++calls, event });`;

const payloadOf = (outcome: object) => JSON.parse((outcome as { payload: string }).payload) as Record<string, unknown>;
const isRunning = (pid: unknown) => {
  try {
    return process.kill(Number(pid), 0);
  } catch {
    return false;
  }
};

describe("a function's process", () => {
  it("is used again, with what is in it, until the function is changed", async () => {
    createFunction(running, "counting", counting);
    const first = payloadOf(await invoke("counting", { a: [1] }));
    const second = payloadOf(await invoke("counting"));
    running.controlPlane.updateFunctionCode("counting", { "index.mjs": Buffer.from(`${counting} //`) });
    const third = payloadOf(await invoke("counting"));

    expect(first).toMatchObject({ calls: 1, event: { a: [1] } });
    expect(second).toEqual({ pid: first["pid"], calls: 2, event: {} });
    expect(third).toMatchObject({ calls: 1 });
    await expect.poll(() => isRunning(first["pid"])).toBe(false);
  });

  it("has the declared variables and Lambda's, and none of this machine's", async () => {
    process.env["OF_THIS_MACHINE"] = "secret";
    onTestFinished(() => void Reflect.deleteProperty(process.env, "OF_THIS_MACHINE"));
    createFunction(running, "variables", "export const handler = async () => process.env;", {
      environment: { PICTURE_BUCKET: "pictures" },
    });
    const variables = payloadOf(await invoke("variables"));

    expect(variables).toMatchObject({
      PICTURE_BUCKET: "pictures",
      AWS_REGION: region,
      AWS_LAMBDA_FUNCTION_NAME: "variables",
      AWS_LAMBDA_FUNCTION_MEMORY_SIZE: "256",
      AWS_ACCESS_KEY_ID: expect.stringMatching(/^ASIA/) as string,
      AWS_ENDPOINT_URL_S3: expect.stringMatching(/^https:\/\/127\.0\.0\.1:/) as string,
      NODE_EXTRA_CA_CERTS: running.certificate.caFile,
    });
    const foreign = Object.keys(variables).filter((name) => !/^(?:_HANDLER|AWS_|LAMBDA_|PICTURE_BUCKET$)/.test(name));
    expect(foreign.sort()).toEqual(["LANG", "NODE_EXTRA_CA_CERTS", "SEARCH_LAG_SECONDS", "TZ"]);
  });

  it("runs the files of the zip, which nobody may write", async () => {
    createFunction(running, "files", "export const handler = async () => import.meta.filename;");
    const file = payloadOf(await invoke("files")) as unknown as string;

    expect(file.startsWith(running.folder)).toBe(true);
    expect(statSync(file).mode & 0o777).toBe(0o444);
    // Else only root could end the sandbox, which deletes them.
    expect(statSync(dirname(file)).mode & 0o700).toBe(0o700);
    expect(createRequire(import.meta.url).resolve(file)).toBe(file);
  });

  it("is killed at the time limit, and the next event has a new one", async () => {
    createFunction(
      running,
      "endless",
      "export const handler = async ({ end }) => { if (end) return process.pid; for (;;); };",
      { timeout: 1 },
    );
    const before = payloadOf(await invoke("endless", { end: true }));

    expect(await invoke("endless")).toMatchObject({
      functionError: {
        errorType: "Sandbox.Timedout",
        errorMessage: expect.stringContaining("timed out after 1.00 sec") as string,
      },
    });
    expect(payloadOf(await invoke("endless", { end: true }))).not.toBe(before);
    expect(linesOf(running, "endless").join("\n")).toContain("Task timed out after 1.00 seconds");
  });

  it.runIf(existsSync("/proc/self/status"))("is killed where it takes more memory than it has", async () => {
    const code = `const kept = []; export const handler = async () => {
      for (;;) { kept.push(Buffer.alloc(2 ** 22, 1)); await new Promise(setImmediate); } };`;
    createFunction(running, "hungry", code, { memorySize: 128 });

    expect(await invoke("hungry")).toMatchObject({ functionError: { errorType: "Runtime.OutOfMemory" } });
  });

  it("survives an error of the handler, and not one that nobody catches", async () => {
    const code = `export const handler = async ({ how }) => {
      if (how === "throw") throw new TypeError("no");
      if (how === "exit") setTimeout(() => { throw new Error("late"); });
      return how === "exit" ? new Promise(() => {}) : process.pid; };`;
    createFunction(running, "failing", code);
    const pid = payloadOf(await invoke("failing"));

    expect(await invoke("failing", { how: "throw" })).toMatchObject({
      functionError: { errorType: "TypeError", errorMessage: "no" },
    });
    expect(payloadOf(await invoke("failing"))).toBe(pid);
    expect(await invoke("failing", { how: "exit" })).toMatchObject({
      functionError: { errorType: "Runtime.ExitError" },
    });
    expect(payloadOf(await invoke("failing"))).not.toBe(pid);
  });

  it.each([
    ["no-file", "other.handler", "Runtime.ImportModuleError"],
    ["no-export", "index.other", "Runtime.HandlerNotFound"],
  ])("never starts without its handler: %s", async (name, handler, errorType) => {
    createFunction(running, name, counting, { handler });

    expect(await invoke(name)).toMatchObject({ functionError: { errorType } });
  });

  it("is told what is left of its time, and who it is", async () => {
    const code = `export const handler = async (event, { getRemainingTimeInMillis, ...context }) =>
      ({ ...context, left: getRemainingTimeInMillis() });`;
    const { region: own } = createFunction(running, "told", code, { timeout: 7 });

    expect(payloadOf(await invoke("told"))).toMatchObject({
      functionName: "told",
      memoryLimitInMB: "256",
      invokedFunctionArn: `arn:aws:lambda:${own}:${accountId}:function:told`,
      left: expect.toSatisfy((left: number) => left > 0 && left <= 7000) as number,
    });
  });

  it("returns JSON: what is none of it is gone", async () => {
    createFunction(
      running,
      "json",
      "export const handler = async ({ not }) => not ? undefined : { a: new Date(0), b() {} };",
    );

    expect(await invoke("json")).toEqual({ payload: '{"a":"1970-01-01T00:00:00.000Z"}' });
    expect(await invoke("json", { not: true })).toEqual({ payload: "null" });
  });

  it("takes events of 6 MB, and answers as much", async () => {
    createFunction(
      running,
      "large",
      "export const handler = async ({ text }) => text.length > 9 ? text + text : text.length;",
    );

    await expect(invoke("large", { text: "x".repeat(6 * 1024 * 1024) })).rejects.toMatchObject({ status: 413 });
    const half = invoke("large", { text: "x".repeat(5 * 1024 * 1024) });
    expect(await half).toMatchObject({ functionError: { errorType: "Function.ResponseSizeTooLarge" } });
  });
});

describe("a function", () => {
  const slow = `export const handler = async () => { await new Promise((done) => setTimeout(done, 300)); return process.pid; };`;

  it("has a process for each event at a time", async () => {
    createFunction(running, "parallel", slow);
    const pids = await Promise.all([1, 2, 3].map(async () => payloadOf(await invoke("parallel"))));

    expect(new Set(pids).size).toBe(3);
  });

  it("lets events wait where this machine runs as many as it does", async () => {
    createFunction(running, "crowded", slow);
    const pids = await Promise.all(Array.from({ length: 12 }, async () => payloadOf(await invoke("crowded"))));

    expect(new Set(pids).size).toBeLessThanOrEqual(8);
    expect(pids).toHaveLength(12);
  });

  it("refuses more events at a time than are reserved for it", async () => {
    createFunction(running, "reserved", slow);
    running.controlPlane.putFunctionConcurrency("reserved", 1);
    const [first, second] = await Promise.allSettled([invoke("reserved"), invoke("reserved")]);

    expect(first.status).toBe("fulfilled");
    expect(second).toMatchObject({ reason: { code: "TooManyRequestsException", status: 429 } });
    expect(await invoke("reserved")).toHaveProperty("payload");
  });
});

describe("a function's log", () => {
  const allowed = (Action: string) => ({ Effect: "Allow", Action, Resource: "*" });
  const chatty = `export const handler = async () => { console.log("a", 1); process.stdout.write("as it is\\n"); };`;

  it("has what it writes, and what Lambda says of it", async () => {
    createFunction(running, "chatty", chatty);
    await invoke("chatty");

    await expect.poll(() => linesOf(running, "chatty")).toContain("as it is");
    const lines = linesOf(running, "chatty").join("\n");
    expect(lines).toMatch(/^START RequestId: \S+ Version: \$LATEST$/m);
    expect(lines).toMatch(/^\S+Z\t\S+\tINFO\ta 1$/m);
    expect(lines).toMatch(/^REPORT RequestId: \S+\tDuration: .* ms\tBilled Duration: \d+ ms\tMemory Size: 256 MB$/m);
  });

  it("is JSON where that is declared", async () => {
    createFunction(running, "structured", chatty, { loggingConfig: { logFormat: "JSON", logGroup: "structured" } });
    await invoke("structured");

    await expect.poll(() => linesOf(running, "structured")).toContain("as it is");
    const [start, own] = linesOf(running, "structured").map(
      (line) => (line.startsWith("{") ? JSON.parse(line) : line) as object,
    );
    expect(start).toMatchObject({ type: "platform.start" });
    expect(own).toMatchObject({ level: "INFO", message: "a 1" });
  });

  it.each([
    ["no permission", "silent", []],
    ["no permission but for streams", "streaming", [allowed("logs:CreateLogStream")]],
    ["no permission but for lines", "writing", [allowed("logs:PutLogEvents")]],
    ["no group", "homeless", [allowed("logs:CreateLogStream"), allowed("logs:PutLogEvents")]],
  ])("is empty with %s", async (_, name, statements) => {
    createFunction(running, name, chatty);
    running.controlPlane.putRolePolicy(
      name,
      "own",
      JSON.stringify({ Statement: [allowed("s3:GetObject"), ...statements] }),
    );
    if (name === "homeless") running.controlPlane.deleteLogGroup(name);
    await invoke(name);
    await sleep(50);

    expect(linesOf(running, name)).toEqual([]);
    expect(running.controlPlane.getLogGroup(name) === undefined).toBe(name === "homeless");
  });

  it("has a group that Lambda makes, where the role may", async () => {
    createFunction(running, "founder", chatty, { statements: [{ Effect: "Allow", Action: "logs:*", Resource: "*" }] });
    running.controlPlane.deleteLogGroup("founder");
    await invoke("founder");

    await expect.poll(() => linesOf(running, "founder")).toContain("as it is");
    expect(running.controlPlane.getLogGroup("founder")?.retentionInDays).toBe(0);
  });
});

describe("an event that nobody waits for", () => {
  const rule = `arn:aws:events:${region}:${accountId}:rule/hourly`;
  const invoker = { principal: "events.amazonaws.com", sourceArn: rule };
  const failing = `let tries = 0; export const handler = async ({ until }) => { if (++tries < until) throw new Error("not yet"); };`;
  const permit = (name: string) =>
    running.controlPlane.addPermission(name, "rule", {
      ...{ action: "lambda:InvokeFunction", principal: "events.amazonaws.com", sourceArn: rule },
    });
  const starts = (name: string) => linesOf(running, name).filter((line) => line.startsWith("START")).length;

  it("is refused unless the function lets the service invoke it, for this resource", async () => {
    createFunction(running, "guarded", failing);
    const refused = { code: "AccessDeniedException" };
    const later = (one: typeof invoker) => running.aws.functions.invokeLater("guarded", {}, one);

    await expect(later(invoker)).rejects.toMatchObject(refused);
    permit("guarded");
    await later(invoker);
    await expect(later({ ...invoker, sourceArn: `${rule}-other` })).rejects.toMatchObject(refused);
    await expect(later({ ...invoker, principal: "sns.amazonaws.com" })).rejects.toMatchObject(refused);
  });

  it("is tried again, as often as it is said", async () => {
    createFunction(running, "twice", failing);
    permit("twice");
    await running.aws.functions.invokeLater("twice", { until: 3 }, invoker);
    expect(starts("twice")).toBe(3);

    createFunction(running, "once", failing);
    permit("once");
    running.controlPlane.putFunctionEventInvokeConfig("once", { maximumRetryAttempts: 0 });
    await running.aws.functions.invokeLater("once", { until: 3 }, invoker);
    expect(starts("once")).toBe(1);
  });
});
