// What a component asks of a tenant itself is asked of the one that its auth0 provider leads to, or else the stack's
// settings. A transform can give one of its resources another provider, which only the engine knows: so the engine is
// asked of each, after the program's own transforms, before it makes anything.
import { AsyncLocalStorage } from "node:async_hooks";
import * as pulumi from "@pulumi/pulumi";
import { hasEngine, programRun } from "./program-run.ts";
import { urnOf } from "./resource-urn.ts";

interface Held {
  readonly component: pulumi.ComponentResource;
  /** As in `PictureAction "picture"`. */
  readonly subject: string;
}

/** By the run, and by the URN of the component. */
const runs = new WeakMap<object, Map<string, Held>>();

/** Refuses a resource of the component's that has another auth0 provider than the component. */
export function holdTenant(component: pulumi.ComponentResource, subject: string): void {
  const run = programRun();
  if (run === undefined || !hasEngine()) return;
  const held = runs.get(run) ?? new Map<string, Held>();
  component.urn.apply((urn) => held.set(urn, { component, subject }));
  if (runs.has(run)) return;
  runs.set(run, held);
  // The engine calls from outside of the run, which Pulumi's log needs.
  const inRun = AsyncLocalStorage.snapshot();
  // Those of the program are run before it: the engine takes them in the order in which they arrive.
  void pulumi.runtime.awaitStackRegistrations().then(() => {
    pulumi.runtime.registerResourceTransform((declared) => inRun(() => assertSameTenant(declared, held)));
  });
}

async function assertSameTenant(
  { type, name, opts }: pulumi.ResourceTransformArgs,
  held: ReadonlyMap<string, Held>,
): Promise<undefined> {
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
