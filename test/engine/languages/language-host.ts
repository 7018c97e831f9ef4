// Pulumi's protocol for language hosts, served in this process. The engine attaches to it by PULUMI_DEBUG_LANGUAGES, as
// it does to providers by PULUMI_DEBUG_PROVIDERS, and so needs no host of its own for that language.
import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { createRequire } from "node:module";
import { createInterface } from "node:readline";
import { Server, ServerCredentials, credentials, status } from "@grpc/grpc-js";
import type { ServerWritableStream, handleUnaryCall } from "@grpc/grpc-js";
import type * as LanguageService from "@pulumi/pulumi/proto/language_grpc_pb.js";
import type * as Language from "@pulumi/pulumi/proto/language_pb.js";
import { EngineClient, LogRequest, LogSeverity, PluginInfo, empty } from "../../../sandbox/providers/protocol.ts";

const require = createRequire(import.meta.url);
const { LanguageRuntimeService } = require("@pulumi/pulumi/proto/language_grpc_pb.js") as typeof LanguageService;
const messages = require("@pulumi/pulumi/proto/language_pb.js") as typeof Language;

export interface Command {
  readonly file: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
}

/** One run of a program. */
export interface ProgramRun {
  readonly request: Language.RunRequest;
  /** The folder with Pulumi.yaml. */
  readonly rootFolder: string;
  /** The folder of the program: the same, unless Pulumi.yaml has `main`. */
  readonly programFolder: string;
  /** `.`, or the file that `main` names. */
  readonly entryPoint: string;
  readonly engineAddress: string;
}

/** What is of one language only. */
export interface LanguageHost {
  /** As `runtime` in Pulumi.yaml. */
  readonly name: string;
  /** What runs a program. */
  run(program: ProgramRun): Promise<Command>;
  /** What runs a plugin that is written in this language. */
  runPlugin?(request: Language.RunPluginRequest): Command;
  /** Writes the SDK of a package. */
  generatePackage?(request: { readonly schema: string; readonly folder: string }): Promise<void>;
  /** Makes an SDK in this subfolder a dependency of the program. */
  link?(rootFolder: string, sdk: string): Promise<void>;
  /** What installs the dependencies of a program or a plugin; nothing where they are there. */
  installDependencies?(folder: string): Promise<Command | undefined>;
}

/** The code with which a program ends, in each language, that has printed itself what is wrong. */
const hasSaidWhatIsWrong = 32;

export interface ServedLanguage {
  /** Of PULUMI_DEBUG_LANGUAGES: `python:PORT`. */
  readonly attach: string;
  /** Also ends the programs and plugins that still run. */
  close(): void;
}

export async function serveLanguage(host: LanguageHost): Promise<ServedLanguage> {
  const running = new Set<ChildProcess>();
  /** Of the engine that attached last. */
  let engineAddress = "";

  const start = ({ file, args, cwd, env }: Command): ChildProcess => {
    const child = spawn(file, args, { cwd, env, stdio: ["ignore", "pipe", "pipe"] });
    running.add(child);
    child.once("close", () => running.delete(child));
    return child;
  };

  const server = new Server();
  server.addService(LanguageRuntimeService, {
    handshake: unary(async (request: Language.LanguageHandshakeRequest) => {
      engineAddress = request.getEngineAddress();
      return new messages.LanguageHandshakeResponse();
    }),
    getPluginInfo: unary(async () => new PluginInfo()),
    // The sandbox attaches the providers that it has, and so none has to be there before a program asks for it.
    getRequiredPackages: unary(async () => new messages.GetRequiredPackagesResponse()),
    getRequiredPlugins: unary(async () => new messages.GetRequiredPluginsResponse()),
    run: unary(async (request: Language.RunRequest) => {
      const info = request.getInfo();
      if (info === undefined) throw new Error("The engine did not say where the program is.");
      const command = await host.run({
        request,
        rootFolder: info.getRootDirectory(),
        programFolder: info.getProgramDirectory(),
        entryPoint: info.getEntryPoint(),
        engineAddress,
      });
      const code = await logged(start(command), engineAddress);
      const response = new messages.RunResponse();
      if (code === hasSaidWhatIsWrong) return response.setBail(true);
      return code === 0 ? response : response.setError(`Program exited with ${code}`);
    }),
    runPlugin(call: ServerWritableStream<Language.RunPluginRequest, Language.RunPluginResponse>) {
      if (host.runPlugin === undefined) return void call.destroy(new Error(`No plugin in ${host.name} can be run.`));
      const child = start(host.runPlugin(call.request));
      const send = (response: Language.RunPluginResponse) => void call.write(response);
      child.stdout?.on("data", (data: Buffer) => send(new messages.RunPluginResponse().setStdout(data)));
      child.stderr?.on("data", (data: Buffer) => send(new messages.RunPluginResponse().setStderr(data)));
      // The engine cancels the call when it needs the plugin no more.
      call.once("cancelled", () => child.kill());
      child.once("error", (error) => call.destroy(error));
      child.once("close", (code) => {
        send(new messages.RunPluginResponse().setExitcode(code ?? 1));
        call.end();
      });
    },
    generatePackage: unary(async (request: Language.GeneratePackageRequest) => {
      await host.generatePackage?.({ schema: request.getSchema(), folder: request.getDirectory() });
      return new messages.GeneratePackageResponse();
    }),
    link: unary(async (request: Language.LinkRequest) => {
      const root = request.getInfo()?.getRootDirectory() ?? "";
      for (const dependency of request.getPackagesList()) await host.link?.(root, dependency.getPath());
      return new messages.LinkResponse();
    }),
    installDependencies(
      call: ServerWritableStream<Language.InstallDependenciesRequest, Language.InstallDependenciesResponse>,
    ) {
      const install = async () => {
        const command = await host.installDependencies?.(call.request.getInfo()?.getProgramDirectory() ?? "");
        if (command === undefined) return;
        const child = start(command);
        const send = (response: Language.InstallDependenciesResponse) => void call.write(response);
        child.stdout?.on("data", (data: Buffer) => send(new messages.InstallDependenciesResponse().setStdout(data)));
        child.stderr?.on("data", (data: Buffer) => send(new messages.InstallDependenciesResponse().setStderr(data)));
        const end = await endOf(child);
        if (end !== 0) throw new Error(`${command.file} ended with ${end}`);
      };
      install().then(
        () => call.end(),
        (error: Error) => call.destroy(error),
      );
    },
    cancel: unary(async () => new empty.Empty()),
  });
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, bound) => {
      if (error) reject(error);
      else resolve(bound);
    });
  });
  return {
    attach: `${host.name}:${port}`,
    close() {
      for (const child of running) child.kill("SIGKILL");
      server.forceShutdown();
    },
  };
}

function unary<Request, Response>(
  respond: (request: Request) => Promise<Response>,
): handleUnaryCall<Request, Response> {
  return ({ request }, callback) => {
    respond(request).then(
      (response) => callback(null, response),
      (error: unknown) => {
        const details = error instanceof Error ? error.message : String(error);
        callback({ code: status.UNKNOWN, details });
      },
    );
  };
}

/** Lets the engine print what the program prints. */
async function logged(child: ChildProcess, engineAddress: string): Promise<string | number> {
  const client = new EngineClient(engineAddress, credentials.createInsecure());
  const sent: Promise<void>[] = [];
  for (const [index, stream] of [child.stdout, child.stderr].entries()) {
    if (stream === null) continue;
    createInterface(stream).on("line", (line) => {
      const request = new LogRequest()
        .setSeverity(LogSeverity.INFO)
        .setMessage(`${line}\n`)
        .setStreamid(index + 1);
      sent.push(new Promise((resolve) => client.log(request, () => resolve())));
    });
  }
  try {
    const end = await endOf(child);
    await Promise.all(sent);
    return end;
  } finally {
    client.close();
  }
}

/** The code with which it ends, or the signal. */
function endOf(child: ChildProcess): Promise<string | number> {
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code, signal) => resolve(code ?? signal ?? "an unknown signal"));
  });
}
