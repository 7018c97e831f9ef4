// How bad arguments are refused: all at once, before a component registers anything. What only the engine will know is
// refused as soon as it knows it.
import { setTimeout } from "node:timers/promises";
import * as pulumi from "@pulumi/pulumi";
import * as v from "valibot";
import { isPlainObject, refusalsOf, refusalText } from "../actions/bundle/schema.ts";
import type { Refusal, Schema } from "../actions/bundle/schema.ts";
import { assertProgramSdk } from "./program-sdk.ts";

/** @throws pulumi.RunError, which Pulumi prints without a stack, with every refusal on a line of its own */
export function assertNoRefusals(heading: string, refusals: readonly Refusal[]): void {
  if (refusals.length > 0) throw new pulumi.RunError([heading, ...refusals.map(refusalText)].join("\n  - "));
}

/** Whether only the engine will know a value: an Output, also one that is known by now, or a promise. */
const isDeferred = (value: unknown): boolean => pulumi.Output.isInstance(value) || value instanceof Promise;

/** An argument that may be an Output or a promise: checked at once where it is plain, else by `checkedWhenKnown`. */
export const input = (schema: Schema): Schema => v.lazy((value) => (isDeferred(value) ? v.any() : schema));

/** Every refusal of the arguments' shape. */
export function shapeRefusals(schema: Schema, args: unknown): Refusal[] {
  return refusalsOf(schema, args, ({ input: value, message }) =>
    isDeferred(value)
      ? "an Output or a promise was given; it must be a plain value, because it decides what the program declares."
      : message,
  );
}

/** In the place of a message about a secret. */
export const secretMessage = "a secret was given that is not allowed here; it is not shown.";

/**
 * For a value that is known only now: a message about a secret may quote it, so only its paths are said.
 *
 * @throws pulumi.RunError with every refusal
 */
export async function assertKnownValid(
  heading: string,
  output: pulumi.Output<unknown>,
  refusals: readonly Refusal[],
  secretPaths: readonly Refusal["path"][] = refusals.map(({ path }) => path),
): Promise<void> {
  const isSecret = refusals.length > 0 && (await pulumi.isSecret(output));
  assertNoRefusals(heading, isSecret ? secretPaths.map((path) => ({ path, message: secretMessage })) : refusals);
}

/**
 * A copy of good arguments in which each Output and promise fails with its value's refusals, once the engine knows it.
 *
 * @param subject the component, as in `PictureStore "pictures"`
 */
export function checkedWhenKnown<Args extends object>(subject: string, schema: Schema, args: Args): Args {
  const refusalsAt = (path: Refusal["path"], value: unknown) =>
    refusalsOf(schema, aloneAt(path, value)).filter((refusal) =>
      path.every((key, index) => refusal.path[index] === key),
    );
  const replace = (value: unknown, path: Refusal["path"]): unknown => {
    if (isDeferred(value)) {
      const output: pulumi.Output<unknown> = pulumi.output(value as pulumi.Input<object>);
      const checked = output.apply(async (known) => {
        await assertKnownValid(`${subject} cannot be created:`, output, refusalsAt(path, known), [path]);
        return known;
      });
      unchecked.set(checked, { output, isRefused: (known) => refusalsAt(path, known).length > 0 });
      return checked;
    }
    if (Array.isArray(value)) return value.map((item, index) => replace(item, [...path, index]));
    if (!isPlainObject(value)) return value;
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, replace(inner, [...path, key])]));
  };
  return replace(args, []) as Args;
}

/** What each checked Output was made from. */
const unchecked = new WeakMap<
  object,
  { readonly output: pulumi.Output<unknown>; readonly isRefused: (known: unknown) => boolean }
>();

/**
 * The id of a resource that is read. Pulumi never ends where such an id fails, so a refused one comes late: by then
 * the check, which fails the program, has said why.
 */
export function idToRead(id: pulumi.Input<string>): pulumi.Input<string> {
  const given = typeof id === "object" ? unchecked.get(id) : undefined;
  if (given === undefined) return id;
  return given.output.apply((known) =>
    given.isRefused(known) ? setTimeout(5000, known) : known,
  ) as pulumi.Output<string>;
}

/** Nothing but the value at its path: what is beside it is checked by itself. */
function aloneAt([key, ...rest]: Refusal["path"], value: unknown): unknown {
  if (key === undefined) return value;
  const inner = aloneAt(rest, value);
  return typeof key === "number" ? Object.assign([], { [key]: inner }) : { [key]: inner };
}

/** What a check of arguments has found: refusals, or else what the component is made from. */
export interface Validation<Valid> {
  readonly refusals: readonly Refusal[];
  /** Only for arguments without refusals. */
  readonly valid: () => Valid;
}

declare const validated: unique symbol;
/** Arguments that a parent component, or the program, has checked: the component takes them as they are. */
export type Validated<Args> = Args & { readonly [validated]: true };

/** What each of them was checked to be. */
const known = new WeakMap<object, object>();

export function markValidated<Args extends object>(args: Args, valid: object): Validated<Args> {
  known.set(args, valid);
  return args as Validated<Args>;
}

/**
 * What a component is made from: of arguments that are checked already, what that check has found.
 *
 * @throws pulumi.RunError with every refusal
 */
export function validOrThrow<Args extends object, Valid extends object>(
  subject: string,
  args: Args,
  validate: (subject: string, args: Args) => Validation<Valid>,
): Valid {
  const already = known.get(args);
  if (already !== undefined) return already as Valid;
  assertProgramSdk();
  const { refusals, valid } = validate(subject, args);
  assertNoRefusals(`${subject} cannot be created:`, refusals);
  return valid();
}
