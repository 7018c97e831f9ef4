// The upload function's own three files in a process, with the sandbox's S3 and tenant, and a parameter store.
import { fork } from "node:child_process";
import { once } from "node:events";
import { copyFileSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { functionFiles } from "../../components/picture-uploads/function-files.ts";
import type { HttpAnswer, HttpEvent } from "../../functions/picture-upload/http-event.ts";

export interface RunningFunction {
  /** @param remaining of the invocation, in milliseconds. @default ten minutes */
  invoke(event: HttpEvent, remaining?: number): Promise<HttpAnswer>;
  /** The most memory that it has had so far, in millions of bytes. */
  peakMemory(): Promise<number>;
  /** What it logged so far. */
  log(): string;
  /** How often a secret was read. */
  reads(): number;
  close(): Promise<void>;
}

/** @param secrets by the parameter's name */
export async function runFunction(
  environment: Readonly<Record<string, string>>,
  secrets: Readonly<Record<string, string>>,
): Promise<RunningFunction> {
  const folder = mkdtempSync(join(tmpdir(), "function-"));
  const zip = join(folder, "zip");
  mkdirSync(zip);
  for (const [name, path] of Object.entries(functionFiles())) copyFileSync(path, join(zip, name));
  let reads = 0;
  const parameters = createServer((request, response) => {
    void request.toArray().then((chunks) => {
      reads += 1;
      const { Name } = JSON.parse(Buffer.concat(chunks as Buffer[]).toString()) as { Name: string };
      const isSigned = /\/ssm\/aws4_request, SignedHeaders=.*x-amz-target/.test(request.headers.authorization ?? "");
      const Value = isSigned ? secrets[Name] : undefined;
      response.writeHead(Value === undefined ? 400 : 200).end(JSON.stringify({ Parameter: { Value } }));
    });
  });
  parameters.listen(0, "127.0.0.1");
  await once(parameters, "listening");
  const child = fork(resolve("test/functions/function-process.ts"), [join(zip, "upload.cjs")], {
    env: {
      AWS_ENDPOINT_URL_SSM: `http://127.0.0.1:${(parameters.address() as AddressInfo).port}`,
      ...environment,
    },
    stdio: ["ignore", "pipe", "pipe", "ipc"],
  });
  let log = "";
  for (const stream of [child.stdout, child.stderr]) stream?.on("data", (data: Buffer) => (log += data.toString()));
  const ended = new AbortController();
  child.once("exit", () => ended.abort(new Error(`The function ended: ${log}`)));
  return {
    async invoke(event, remaining = 600_000) {
      const answer = once(child, "message", { signal: ended.signal }) as Promise<[HttpAnswer]>;
      child.send({ event, remaining });
      return (await answer)[0];
    },
    async peakMemory() {
      const answer = once(child, "message", { signal: ended.signal }) as Promise<[number]>;
      child.send("memory");
      return (await answer)[0];
    },
    log: () => log,
    reads: () => reads,
    async close() {
      if (child.exitCode === null && child.kill()) await once(child, "exit");
      parameters.close();
      rmSync(folder, { recursive: true });
    },
  };
}
