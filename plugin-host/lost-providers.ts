// Pulumi's SDK for Node (3.270) takes away the providers of a component that is made by a plugin, where a transform
// of the program returns options for it. Nothing says so: what was given another tenant would be made in the stack's.
// The engine runs the same transforms once more when the component is registered from here, so whether a provider that
// is added here is taken away shows what has become of the program's.
import * as pulumi from "@pulumi/pulumi";
import { packageName } from "../components/plugin-process.ts";
import { programRun } from "../components/program-run.ts";
import { checkRegistrations } from "../components/registration-checks.ts";
import type { RegistrationCheck } from "../components/registration-checks.ts";
import { urnOf } from "../components/resource-urn.ts";

/** Of a package that no resource is of, so nobody looks it up. */
const markPackage = "auth0-user-pictures-mark";
const mark = `urn:pulumi:stack::project::pulumi:providers:${markPackage}::mark::mark`;

interface Run {
  /** What is constructed, by its type, name and parent. */
  readonly constructed: Set<string>;
  readonly check: RegistrationCheck;
}

const runs = new WeakMap<object, Run>();

/** The options with which the component of this type and name is refused where its providers have been taken away. */
export async function withProvidersHeld(
  type: string,
  name: string,
  options: pulumi.ComponentResourceOptions,
): Promise<pulumi.ComponentResourceOptions> {
  const run = programRun();
  if (run === undefined) return options;
  const { constructed, check } = runs.get(run) ?? begin(run);
  // Before the component's registration: its resources wait for that, so none is made.
  await checkRegistrations(run, check);
  constructed.add(await keyOf(type, name, options.parent));
  const providers = { ...options.providers, [markPackage]: new pulumi.DependencyProviderResource(mark) };
  return { ...options, providers };
}

function begin(run: object): Run {
  const constructed: Run["constructed"] = new Set();
  const check: RegistrationCheck = async ({ type, name, opts }) => {
    if (!type.startsWith(`${packageName}:`)) return;
    // The program's own registration, to which nothing was added, comes before the construction.
    if (!constructed.has(await keyOf(type, name, opts.parent))) return;
    if (markPackage in ((opts as pulumi.ComponentResourceOptions).providers ?? {})) return;
    throw new pulumi.RunError(
      `${type.split(":").at(-1) ?? ""} "${name}" cannot be created: a transform returns options for it, and so ` +
        "Pulumi's SDK for Node takes the providers away that it was given. Return undefined for its type, and give " +
        "the options to the component itself.",
    );
  };
  const begun = { constructed, check };
  runs.set(run, begun);
  return begun;
}

const keyOf = async (type: string, name: string, parent: pulumi.Resource | undefined): Promise<string> =>
  [type, name, parent && (await urnOf(parent))].join(" ");
