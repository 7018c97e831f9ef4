// What the engine is about to register, as the program's transforms have left it. A transform of ours sees it: the
// engine runs those of a resource and of what is around it first, and then the stack's, in the order in which they
// arrive.
import * as pulumi from "@pulumi/pulumi";

/** Throws what refuses the resource. */
export type RegistrationCheck = (declared: pulumi.ResourceTransformArgs) => Promise<void>;

interface Run {
  readonly checks: Set<RegistrationCheck>;
  /** The engine knows the transform. */
  readonly isRegistered: Promise<void>;
}

const runs = new WeakMap<object, Run>();

/**
 * Each resource of the run that is registered once the promise is fulfilled, of whatever package: the engine calls back
 * for each, and so the run has one transform for all checks.
 */
export function checkRegistrations(run: object, check: RegistrationCheck): Promise<void> {
  const { checks, isRegistered } = runs.get(run) ?? begin(run);
  checks.add(check);
  return isRegistered;
}

function begin(run: object): Run {
  const checks: Run["checks"] = new Set();
  // Those of the program are run before it.
  const isRegistered = pulumi.runtime.awaitStackRegistrations().then(() => {
    pulumi.runtime.registerResourceTransform(async (declared) => {
      for (const check of checks) await check(declared);
      return undefined;
    });
    return pulumi.runtime.awaitStackRegistrations();
  });
  const begun = { checks, isRegistered };
  runs.set(run, begun);
  return begun;
}

/** Whether the program has given the engine a transform, or another callback. What cannot be known counts as one. */
export function hasTransforms(): boolean {
  const server = pulumi.runtime.getCallbacks() as { readonly _callbacks?: unknown } | undefined;
  return !(server?._callbacks instanceof Map) || server._callbacks.size > 0;
}
