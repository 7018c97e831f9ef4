// What plugin/schema.json is made of: Pulumi's Analyzer over the components, and their docstrings.
import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { makeSchema, schemaFile } from "../../plugin-host/schema/make-schema.ts";

it("plugin/schema.json is what `npm run plugin:schema` writes", async () => {
  expect(await makeSchema()).toBe(readFileSync(schemaFile, "utf8"));
});
