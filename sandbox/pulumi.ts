// `npm run pulumi -- …`: Pulumi's CLI, from wherever the sandbox gets it too, on the user's own stacks and credentials.
import { spawn } from "node:child_process";
import { delimiter, dirname, join } from "node:path";
import { obtainEngine } from "./engine/engine.ts";

try {
  process.exitCode = await runPulumi(process.argv.slice(2));
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}

async function runPulumi(args: readonly string[]): Promise<number> {
  // What the CLI prints on standard output is left as it is: others read it.
  const say = (line: string) => process.stderr.write(`${line}\n`);
  const { command, source } = await obtainEngine({ progress: say });
  if (source === "cache" || source === "built") {
    say(
      "This engine was built without Pulumi's Node language host: it knows stacks and settings, and runs no program.",
    );
  }
  const child = spawn(command, args, {
    env: {
      // What Node has compiled of Pulumi's own modules is kept too, beside what the program keeps of its own.
      NODE_COMPILE_CACHE: join(import.meta.dirname, "../node_modules/.cache/compile"),
      ...process.env,
      // The CLI's language hosts are beside it.
      PATH: [dirname(command), process.env["PATH"]].join(delimiter),
    },
    stdio: "inherit",
  });
  // Ctrl-C reaches the CLI by itself, which ends what it has begun; this process ends after it.
  process.on("SIGINT", () => undefined).on("SIGTERM", () => child.kill("SIGTERM"));
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code) => resolve(code ?? 1));
  });
}
