// What plugin/schema.json is made of: Pulumi's Analyzer over the components, and their docstrings.
import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { makeSchema, schemaFile } from "../../plugin-host/schema/make-schema.ts";

it("plugin/schema.json is what the components are", async () => {
  expect(readFileSync(schemaFile, "utf8"), "run npm run plugin:schema").toBe(await makeSchema());
});
