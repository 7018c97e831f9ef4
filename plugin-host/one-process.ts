// Two processes of this plugin in one run of a program: as where one component has the option `version`, and the others
// have none. Each would make the provider that has the stack's settings, and of the second Pulumi says no more than
// that its URN is a duplicate. Whichever process was there first is asked about both.
import * as pulumi from "@pulumi/pulumi";
import { packageName } from "../components/plugin-process.ts";
import { programRun } from "../components/program-run.ts";
import { checkRegistrations } from "../components/registration-checks.ts";
import type { RegistrationCheck } from "../components/registration-checks.ts";
import { urnOf } from "../components/resource-urn.ts";

const runs = new WeakMap<object, RegistrationCheck>();

/** Before a component is made: its settings are refused in words where another process has them. */
export async function holdOneProcess(): Promise<void> {
  const run = programRun();
  if (run === undefined) return;
  const check = runs.get(run) ?? checkOf();
  runs.set(run, check);
  await checkRegistrations(run, check);
}

function checkOf(): RegistrationCheck {
  const made = new Set<string>();
  return async ({ type, name, opts }) => {
    if (type !== `pulumi:providers:${packageName}`) return;
    const key = [name, opts.parent && (await urnOf(opts.parent))].join(" ");
    if (made.has(key))
      throw new pulumi.RunError(
        `${name} cannot be created: two processes of the plugin ${packageName} serve this program. ` +
          "Give its components the same version and pluginDownloadURL, or none of them any.",
      );
    made.add(key);
  };
}
