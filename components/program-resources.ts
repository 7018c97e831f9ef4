// What a program declares itself, beside our components, may be what a component owns too: an Action of the same name,
// a login flow, a connection whose options it sets. Each is an owner, as a component is.
import * as pulumi from "@pulumi/pulumi";
import { claimedInput } from "./one-owner.ts";
import type { Claim } from "./one-owner.ts";
import { noteTransforms } from "./untransformed.ts";
import { assertNoRefusals } from "./validation.ts";

type Thing = Pick<Claim, "thing" | "advice">;

export const actionNamed = (name: string): Thing => ({
  thing: `name "${name}"`,
  advice: "A tenant has an Action's name once: give one of the two another name.",
});

/** What a ConnectionSync that names the connection claims too: the same text is the same thing. */
export const connectionThing = (name: string): string => `connection "${name}"`;

const connectionNamed = (name: string): Thing => ({
  thing: connectionThing(name),
  advice: "Its options and that one undo each other: set options.setUserRootAttributes here, and leave that one out.",
});

export const postLoginFlow: Thing = {
  thing: "login flow",
  advice: "Two lists undo each other: name both Actions in one of them.",
};
const flowOf = (trigger: string): Thing =>
  trigger === "post-login" ? postLoginFlow : { ...postLoginFlow, thing: `flow of ${trigger}` };

/** By the type of a resource that owns something: the argument that names it. */
const owned: Readonly<Record<string, { readonly argument: string; readonly thingOf: (value: string) => Thing }>> = {
  "auth0:index/action:Action": { argument: "name", thingOf: actionNamed },
  "auth0:index/connection:Connection": { argument: "name", thingOf: connectionNamed },
  "auth0:index/triggerActions:TriggerActions": { argument: "trigger", thingOf: flowOf },
};

const watched = new WeakSet<pulumi.Resource>();
const connections = new WeakSet<pulumi.Resource>();

/** From now on the stack's resources are seen. A run without a stack, as one with mocks, has nothing to see. */
export function watchProgram(): void {
  const stack = pulumi.runtime.getStackResource();
  if (stack === undefined || watched.has(stack)) return;
  watched.add(stack);
  pulumi.runtime.registerStackTransformation(function watch(declared) {
    noteTransforms(declared, watch);
    const { resource: owner, type, name: logicalName, props, opts } = declared;
    if (owned[type] === undefined || !isOwner(declared)) return undefined;
    const { argument, thingOf } = owned[type];
    if (thingOf === connectionNamed) connections.add(owner);
    const subject = `auth0.${type.split(":").at(-1) ?? ""} "${logicalName}"`;
    const tenant = opts.provider ?? opts.parent?.getProvider(type);
    const value = (props as Readonly<Record<string, pulumi.Input<string> | undefined>>)[argument];
    if (value !== undefined)
      void claimedInput(value, (known) => ({ owner, subject, tenant, path: [argument], ...thingOf(known) }));
    return undefined;
  });
}

// A program imports this package before it declares anything.
watchProgram();

/** Not what is only read, nor a connection whose options are left alone, nor what a component of ours declares. */
function isOwner({ type, props, opts }: pulumi.ResourceTransformationArgs): boolean {
  if ((opts as pulumi.CustomResourceOptions).id !== undefined) return false;
  if (owned[type]?.thingOf === connectionNamed)
    return (props as { readonly options?: unknown }).options !== undefined && !opts.ignoreChanges?.includes("options");
  return opts.parent === undefined || pulumi.resourceType(opts.parent) !== "auth0-user-pictures:index:PictureAction";
}

/** Refuses the id of a connection whose options the program sets, before it is known too: by what it comes from. */
export async function refuseOwnConnection(
  id: pulumi.Input<string> | undefined,
  { subject, path, advice }: Pick<Claim, "subject" | "path" | "advice">,
): Promise<void> {
  const { allResources } = pulumi.output(id) as unknown as { allResources: () => Promise<Iterable<pulumi.Resource>> };
  for (const source of await allResources())
    if (connections.has(source)) {
      const message = `auth0.Connection "${pulumi.resourceName(source)}" of this program sets its options. ${advice}`;
      assertNoRefusals(`${subject} cannot be created:`, [{ path, message }]);
    }
}
