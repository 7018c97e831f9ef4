// A component declares its outputs with their docs, and gives each its value once.
import type * as pulumi from "@pulumi/pulumi";

/** The outputs that a component's class declares, without Pulumi's own and without its children. */
export type OutputsOf<Component> = {
  readonly [
    Name in Exclude<
      keyof Component,
      keyof pulumi.ComponentResource
    > as Component[Name] extends pulumi.OutputInstance<unknown> ? Name : never
  ]: Component[Name];
};
