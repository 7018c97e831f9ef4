// What a component asks of a tenant itself is asked of the one that its auth0 provider leads to, or else the stack's
// settings. A transform can give one of its resources another provider, which only the engine knows: so the engine is
// asked of each, after the program's own transforms, before it makes anything.
import { AsyncLocalStorage } from "node:async_hooks";
import * as pulumi from "@pulumi/pulumi";
import { hasEngine, programRun } from "./program-run.ts";
import { checkRegistrations, hasTransforms } from "./registration-checks.ts";
import type { RegistrationCheck } from "./registration-checks.ts";
import { urnOf } from "./resource-urn.ts";
import { isUntransformed } from "./untransformed.ts";

interface Held {
  readonly component: pulumi.ComponentResource;
  /** As in `PictureAction "picture"`. */
  readonly subject: string;
}

interface Run {
  /** By the URN of the component. */
  readonly held: Map<string, Held>;
  readonly check: RegistrationCheck;
}

const runs = new WeakMap<object, Run>();

/**
 * Refuses a resource of the component's that has another auth0 provider than the component. The engine is asked only
 * where there is a transform: it costs each resource of the stack a call.
 */
export function holdTenant(component: pulumi.ComponentResource, subject: string): void {
  const run = programRun();
  if (run === undefined || !hasEngine()) return;
  const { held, check } = runs.get(run) ?? begin(run);
  component.urn.apply((urn) => held.set(urn, { component, subject }));
  if (!isUntransformed(component)) void checkRegistrations(run, check);
  // Those of the stack, also one that the program registers after the component and before anything that it awaits.
  else
    void pulumi.runtime.awaitStackRegistrations().then(() => {
      if (hasTransforms()) void checkRegistrations(run, check);
    });
}

function begin(run: object): Run {
  const held: Run["held"] = new Map();
  // The engine calls from outside of the run, which Pulumi's log needs.
  const inRun = AsyncLocalStorage.snapshot();
  const begun = { held, check: (declared) => inRun(() => assertSameTenant(declared, held)) } satisfies Run;
  runs.set(run, begun);
  return begun;
}

async function assertSameTenant(
  { type, name, opts }: pulumi.ResourceTransformArgs,
  held: ReadonlyMap<string, Held>,
): Promise<void> {
  if (!type.startsWith("auth0:") || opts.parent === undefined) return;
  const parent = held.get(await urnOf(opts.parent));
  if (parent === undefined) return;
  const { component, subject } = parent;
  const own = component.getProvider(type);
  const given = opts.provider && (await urnOf(opts.provider));
  if (given === (own && (await urnOf(own)))) return;
  const provider = given === undefined ? "no provider" : `the provider "${given.split("::").at(-1) ?? ""}"`;
  const refused = `${subject} cannot be created: a transform gives its ${type} "${name}" ${provider}.`;
  // What a transform throws is printed with Pulumi's own words around it.
  const why = "What the component asks of a tenant by itself would be asked of another one. Give the provider to it:";
  await pulumi.log.error(`${refused} ${why} { provider }.`, component);
  throw new pulumi.RunError(refused);
}
