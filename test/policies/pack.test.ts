// The pack as a whole: what its README says of each policy, and the stacks' configuration of it.
import { readFileSync } from "node:fs";
import { isBuiltin } from "node:module";
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

it("is released with the library: the same version, and no dependency that the library does not have", () => {
  const [pack, library] = [json("policies/package.json"), json("package.json")];

  expect(pack["version"]).toBe(library["version"]);
  expect(library["dependencies"]).toMatchObject(pack["dependencies"] as object);
});

it("brings what only it needs, with the licences, and takes the rest from @pulumi/pulumi", () => {
  const [code = "", licenses = ""] = ["index.cjs", "licenses.txt"].map((file) =>
    readFileSync(`policies/dist/${file}`, "utf8"),
  );
  const required = [...code.matchAll(/\brequire\("([^"]+)"\)/g)].map(([, name = ""]) => name);
  const brought = ["@pulumi/policy", "@secretlint/core", "@secretlint/secretlint-rule-preset-recommend", "acorn"];

  expect(required.filter((name) => !isBuiltin(name) && !/^@pulumi\/pulumi(?:\/|$)/.test(name))).toEqual([]);
  for (const name of brought) {
    expect(licenses).toMatch(new RegExp(`^${name} v?\\d.*\\n\\n[^]*?Copyright`, "m"));
    expect(json("package.json")["dependencies"]).not.toHaveProperty([name]);
  }
});

it.each(["dev", "prod"])("has every policy that the %s stack configures", (stack) => {
  const names = ["all", ...policies.map(({ name }) => name)];
  expect(names).toEqual(expect.arrayContaining(Object.keys(json(`Pulumi.${stack}.policies.json`))));
});
