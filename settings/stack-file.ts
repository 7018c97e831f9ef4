// A stack's settings as the program reads them, without an engine: Pulumi.yaml's defaults under those of
// Pulumi.<stack>.yaml.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type * as pulumi from "@pulumi/pulumi";
import { parse } from "yaml";
import type { UserPicturesArgs } from "../components/user-pictures-args.ts";
import { parseSettings, project } from "./settings.ts";
import type { ParsedSettings } from "./settings.ts";

/** A file of nothing but comments is null. */
type FileContent = { readonly config?: Readonly<Record<string, unknown>> | null } | null;

/**
 * @param overrides stand in for the stack's own, by their names without the project's
 * @throws what `yaml` and `node:fs` throw
 */
export function stackSettings(
  projectFolder: string,
  stack: string,
  overrides: Readonly<Record<string, unknown>> = {},
): ParsedSettings {
  const configOf = (file: string) =>
    (parse(readFileSync(join(projectFolder, file), "utf8")) as FileContent)?.config ?? {};
  const ofProject = (settings: Readonly<Record<string, unknown>>) =>
    Object.fromEntries(Object.entries(settings).map(([name, value]) => [`${project}:${name}`, value]));
  const declared = Object.entries(configOf("Pulumi.yaml")) as [string, { readonly default: unknown }][];
  const config: Record<string, unknown> = {
    ...ofProject(Object.fromEntries(declared.map(([name, { default: value }]) => [name, value]))),
    ...configOf(`Pulumi.${stack}.yaml`),
    ...ofProject(overrides),
  };
  const asText = (value: unknown) => (typeof value === "string" ? value : JSON.stringify(value));
  return parseSettings(Object.fromEntries(Object.entries(config).map(([key, value]) => [key, asText(value)])));
}

/** Settings of a file: the component's arguments without Outputs. */
export type PlainSettings = pulumi.Unwrap<UserPicturesArgs>;

export const plainSettings = (...of: Parameters<typeof stackSettings>): PlainSettings =>
  stackSettings(...of).args as PlainSettings;
