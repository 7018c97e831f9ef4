// What the configuration of a policy may set. A policy declares its settings once, for two uses: Pulumi checks a
// configuration by them, and `ConfigOf` is the type of what `getConfig` returns.
import type { PolicyConfigSchema } from "@pulumi/policy";

type Setting = PolicyConfigSchema["properties"][string];
type ListSetting = Setting & { readonly type: "array" };
type TextSetting = Setting & { readonly type: "string" };

export type ConfigOf<Settings extends Readonly<Record<string, ListSetting | TextSetting>>> = {
  readonly [Name in keyof Settings]?: Settings[Name] extends ListSetting ? readonly string[] : string;
};

export const listSetting = (description: string): ListSetting => ({
  type: "array",
  items: { type: "string" },
  description,
});

/** A list that replaces a policy's own, so an empty one would refuse everything. */
export const nonEmptyListSetting = (description: string, allowed?: readonly string[]): ListSetting => ({
  type: "array",
  items: { type: "string", ...(allowed && { enum: [...allowed] }) },
  minItems: 1,
  description,
});

export const textSetting = (description: string): TextSetting => ({ type: "string", minLength: 1, description });
