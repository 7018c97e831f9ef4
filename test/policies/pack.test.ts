// The pack as a whole: what its README says of each policy, and the dev stack's configuration of it.
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

it("has the library's version, as both are released together", () => {
  expect(json("policies/package.json")["version"]).toBe(json("package.json")["version"]);
});

it("has every policy that the dev stack configures", () => {
  expect(policies.map(({ name }) => name)).toEqual(
    expect.arrayContaining(Object.keys(json("Pulumi.dev.policies.json"))),
  );
});
