// Node programs and plugins, started as Pulumi's own Node host starts them: by the SDK's own scripts.
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import type { ProgramInfo } from "@pulumi/pulumi/proto/language_pb.js";
import { fromStruct } from "../../../sandbox/providers/protocol.ts";
import type { LanguageHost } from "./language-host.ts";

/** `runtime.options` of Pulumi.yaml. */
interface RuntimeOptions {
  readonly typescript?: boolean;
  readonly tsconfig?: string;
  readonly nodeargs?: string;
}

/** @param engineFolder where the engine runs, and so a host that it starts itself */
export function nodeHost(environment: Readonly<Record<string, string>>, engineFolder = process.cwd()): LanguageHost {
  return {
    name: "nodejs",
    async run({ request, rootFolder, programFolder, entryPoint, engineAddress }) {
      const options = Object.entries({
        monitor: request.getMonitorAddress(),
        engine: engineAddress,
        organization: request.getOrganization(),
        project: request.getProject(),
        "root-directory": rootFolder,
        stack: request.getStack(),
        pwd: programFolder,
        parallel: String(request.getParallel()),
      }).flatMap(([name, value]) => [`--${name}`, value]);
      const info = request.getInfo();
      const dryRun = request.getDryrun() ? ["--dry-run"] : [];
      // The SDK wants the keys as they once were: `auth0:config:domain`.
      const config = request.getConfigMap().entries();
      const oldKeys = [...config].map(([key, value]) => [key.replace(/:(?:config:)?/, ":config:"), value]);
      return {
        file: "node",
        args: [...nodeArguments(info), scriptOf("run", programFolder), ...options, ...dryRun, entryPoint],
        cwd: programFolder,
        env: {
          ...environment,
          ...typeScriptVariables(info),
          PULUMI_CONFIG: JSON.stringify(Object.fromEntries(oldKeys)),
          PULUMI_CONFIG_SECRET_KEYS: JSON.stringify(request.getConfigsecretkeysList()),
        },
      };
    },
    async installDependencies(folder) {
      if (existsSync(join(folder, "node_modules"))) return undefined;
      return { file: "npm", args: ["install", "--omit=dev", "--no-audit", "--no-fund"], cwd: folder, env: environment };
    },
    runPlugin(request) {
      const folder = request.getInfo()?.getProgramDirectory() ?? "";
      const variables = request.getEnvList().map((one) => /^([^=]*)=(.*)$/s.exec(one) ?? []);
      return {
        file: "node",
        args: [scriptOf("run-plugin", folder), folder, ...request.getArgsList()],
        // `package add` names no folder.
        cwd: request.getPwd() || engineFolder,
        env: Object.fromEntries(variables.map(([, name = "", value = ""]) => [name, value])),
      };
    },
  };
}

function scriptOf(command: "run" | "run-plugin", folder: string): string {
  try {
    return createRequire(join(folder, "index.js")).resolve(`@pulumi/pulumi/cmd/${command}`);
  } catch {
    throw new Error("It looks like the Pulumi SDK has not been installed. Have you run pulumi install?");
  }
}

const optionsOf = (info: ProgramInfo | undefined): RuntimeOptions => fromStruct(info?.getOptions());

/** Programs are TypeScript, which ts-node compiles, unless Pulumi.yaml says that they are not. */
function typeScriptVariables(info: ProgramInfo | undefined): Record<string, string> {
  const { typescript = true, tsconfig } = optionsOf(info);
  return {
    ...(typescript && { PULUMI_NODEJS_TYPESCRIPT: "true" }),
    ...(tsconfig !== undefined && { PULUMI_NODEJS_TSCONFIG_PATH: tsconfig }),
  };
}

const nodeArguments = (info: ProgramInfo | undefined) => (optionsOf(info).nodeargs ?? "").split(" ").filter(Boolean);
