// What one program may declare once, because two owners would undo each other, or fail half-way.
import * as pulumi from "@pulumi/pulumi";
import type { Refusal } from "../actions/bundle/schema.ts";
import { programRun } from "./program-run.ts";
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
/** By the provider; by its URN where each construction has an object of its own for it. */
type OwnersByTenant = Map<Claim["tenant"] | string, Owners>;

const runs = new WeakMap<object, OwnersByTenant>();

function ownersOf(tenant: Claim["tenant"] | string): Owners | undefined {
  const run = programRun();
  if (run === undefined) return undefined;
  const byTenant: OwnersByTenant = runs.get(run) ?? new Map<Claim["tenant"] | string, Owners>();
  runs.set(run, byTenant);
  const owners: Owners = byTenant.get(tenant) ?? new Map<string, Claim>();
  byTenant.set(tenant, owners);
  return owners;
}

/**
 * @throws pulumi.RunError where another of this program owns it, with the name of that one; later, where the provider
 *   is one of another process
 */
export function claim(wanted: Claim): void {
  const { tenant } = wanted;
  if (tenant instanceof pulumi.DependencyProviderResource) tenant.urn.apply((urn) => claimOf(urn, wanted));
  else claimOf(tenant, wanted);
}

function claimOf(tenant: Claim["tenant"] | string, wanted: Claim): void {
  const { owner, subject, thing, path, advice } = wanted;
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
