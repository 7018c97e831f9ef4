// What one program may declare once, because two owners would undo each other, or fail half-way.
import * as pulumi from "@pulumi/pulumi";
import type { Refusal } from "../actions/bundle/schema.ts";
import { assertNoRefusals } from "./validation.ts";

/** A thing of a tenant or of AWS, and the component, or the resource of the program's own, that owns it. */
export interface Claim {
  readonly owner: pulumi.Resource;
  /** The owner, as in `ConnectionSync "google"`. */
  readonly subject: string;
  /** The auth0 provider that was given; undefined is the stack's own, and for what is of AWS. */
  readonly tenant: pulumi.ProviderResource | undefined;
  /** As in `connection google-oauth2`: the same text is the same thing. */
  readonly thing: string;
  /** The argument that names it. */
  readonly path: Refusal["path"];
  /** What is wrong with a second owner, and what to do. */
  readonly advice: string;
}

type Owners = Map<string, Claim>;

/** By the monitor, which each run of a program has one of: a process may make several runs. */
const runs = new WeakMap<object, Map<Claim["tenant"], Owners>>();

function ownersOf(tenant: Claim["tenant"]): Owners | undefined {
  const monitor = pulumi.runtime.getMonitor();
  if (monitor === undefined) return undefined;
  const run = runs.get(monitor) ?? new Map<Claim["tenant"], Owners>();
  runs.set(monitor, run);
  const owners: Owners = run.get(tenant) ?? new Map<string, Claim>();
  run.set(tenant, owners);
  return owners;
}

/** @throws pulumi.RunError where another of this program owns it, with the name of that one */
export function claim(wanted: Claim): void {
  const { owner, subject, thing, path, advice, tenant } = wanted;
  const owners = ownersOf(tenant);
  const first = owners?.get(thing);
  if (first !== undefined && first.owner !== owner)
    assertNoRefusals(`${subject} cannot be created:`, [
      { path, message: `${first.subject} of this program has the ${thing} already. ${advice}` },
    ]);
  owners?.set(thing, wanted);
}

/** Says who owns it, where nobody has said so, for one that claims it later. */
export function note(owned: Claim): void {
  const owners = ownersOf(owned.tenant);
  if (owners?.has(owned.thing) === false) owners.set(owned.thing, owned);
}

/** The value, which is claimed at once where it is plain, else as soon as it is known: before anything gets it. */
export function claimedInput<Value extends pulumi.Input<string>>(
  value: Value,
  claimOf: (known: string) => Claim,
): Value {
  if (typeof value === "string") {
    claim(claimOf(value));
    return value;
  }
  return pulumi.output<string>(value).apply((known) => {
    claim(claimOf(known));
    return known;
  }) as unknown as Value;
}
