// A stack's settings as the program reads them, without an engine: Pulumi.yaml's defaults under those of Pulumi.<stack>.yaml.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { parseSettings, project } from "./settings.ts";

/**
 * @param overrides stand in for the stack's own, by their names without the project's
 * @throws what `yaml` and `node:fs` throw
 */
export function stackSettings(projectFolder: string, stack: string, overrides: Readonly<Record<string, unknown>> = {}) {
  const configOf = (file: string) =>
    (parse(readFileSync(join(projectFolder, file), "utf8")) as { config?: Record<string, unknown> }).config ?? {};
  const ofProject = (name: string) => `${project}:${name}`;
  const defaults = Object.entries(configOf("Pulumi.yaml")).map(
    ([name, declared]) => [ofProject(name), (declared as { default: unknown }).default] as const,
  );
  const config: Record<string, unknown> = {
    ...Object.fromEntries(defaults),
    ...configOf(`Pulumi.${stack}.yaml`),
    ...Object.fromEntries(Object.entries(overrides).map(([name, value]) => [ofProject(name), value])),
  };
  const asText = (value: unknown) => (typeof value === "string" ? value : JSON.stringify(value));
  return parseSettings(Object.fromEntries(Object.entries(config).map(([key, value]) => [key, asText(value)])));
}
