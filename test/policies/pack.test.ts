// The pack as a whole: what its README says of each policy, and the stacks' configuration of it.
import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { policies } from "../../policies/policies.ts";

const json = (file: string) => JSON.parse(readFileSync(file, "utf8")) as Record<string, unknown>;

it("is described in its README: every policy with its settings, in order", () => {
  const rows = readFileSync("policies/README.md", "utf8").matchAll(/^\| `([\w-]+)` +\| .* \| (.*?) *\|$/gm);

  expect([...rows].map(([, name, settings]) => ({ name, settings }))).toEqual(
    policies.map(({ name, configSchema }) => ({
      name,
      settings: Object.keys(configSchema?.properties ?? {})
        .map((setting) => `\`${setting}\``)
        .join(", "),
    })),
  );
});

it("is released with the library: the same version, and the dependencies that the library brings", () => {
  const [pack, library] = [json("policies/package.json"), json("package.json")];

  expect(pack["version"]).toBe(library["version"]);
  expect(library["dependencies"]).toMatchObject(pack["dependencies"] as object);
});

it.each(["dev", "prod"])("has every policy that the %s stack configures", (stack) => {
  const names = ["all", ...policies.map(({ name }) => name)];
  expect(names).toEqual(expect.arrayContaining(Object.keys(json(`Pulumi.${stack}.policies.json`))));
});
