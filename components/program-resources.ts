// What a program declares itself, beside our components, may be what a component owns too: an Action of the same name,
// a connection whose options it sets. Each is an owner, as a component is.
import * as pulumi from "@pulumi/pulumi";
import { claimedInput } from "./one-owner.ts";
import type { Claim } from "./one-owner.ts";
import { assertNoRefusals } from "./validation.ts";

type Thing = Pick<Claim, "thing" | "advice">;

export const actionNamed = (name: string): Thing => ({
  thing: `name "${name}"`,
  advice: "A tenant has an Action's name once: give one of the two another name.",
});

const connectionNamed = (name: string): Thing => ({
  thing: `connection "${name}"`,
  advice: "Its options and that one undo each other: set options.setUserRootAttributes here, and leave that one out.",
});

/** By the type of a resource that owns something by its name. */
const owned: Readonly<Record<string, (name: string) => Thing>> = {
  "auth0:index/action:Action": actionNamed,
  "auth0:index/connection:Connection": connectionNamed,
};

const watched = new WeakSet<pulumi.Resource>();
const connections = new WeakSet<pulumi.Resource>();

/** From now on the stack's resources are seen. A run without a stack, as one with mocks, has nothing to see. */
export function watchProgram(): void {
  const stack = pulumi.runtime.getStackResource();
  if (stack === undefined || watched.has(stack)) return;
  watched.add(stack);
  pulumi.runtime.registerStackTransformation((declared) => {
    const { resource: owner, type, name: logicalName, props, opts } = declared;
    const thingOf = owned[type];
    if (thingOf === undefined || !isOwner(declared)) return undefined;
    if (thingOf === connectionNamed) connections.add(owner);
    const subject = `auth0.${type.split(":").at(-1) ?? ""} "${logicalName}"`;
    const tenant = opts.provider ?? opts.parent?.getProvider(type);
    const { name } = props as { readonly name?: pulumi.Input<string> };
    if (name !== undefined)
      void claimedInput(name, (known) => ({ owner, subject, tenant, path: ["name"], ...thingOf(known) }));
    return undefined;
  });
}

// A program imports this package before it declares anything.
watchProgram();

/** Not what is only read, nor a connection whose options are left alone, nor what a component of ours declares. */
function isOwner({ type, props, opts }: pulumi.ResourceTransformationArgs): boolean {
  if ((opts as pulumi.CustomResourceOptions).id !== undefined) return false;
  if (owned[type] === connectionNamed)
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
