// docs/api.md is what the docstrings say, and every export has one.
import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { apiReference, entryPoints } from "../../docs/api-reference.ts";

it("is current", async () => {
  expect(readFileSync("docs/api.md", "utf8"), "run npm run docs:api").toBe(await apiReference());
});

it("covers the export paths that programs import, and describes no setting twice", () => {
  const page = readFileSync("docs/api.md", "utf8");

  expect([...page.matchAll(/^## `(.*)`$/gm)].map(([, path]) => path)).toEqual([...entryPoints().keys()]);
  expect([...entryPoints().values()]).toEqual([
    "components/index.ts",
    "components/picture-store/image.ts",
    "components/picture-store/picture-variant.ts",
    "browser/index.ts",
    "actions/user-picture/picture.ts",
    "actions/testing/testing.ts",
  ]);
  expect(page).toContain("[`domain`](settings.md#storedomain)");
  expect(page).not.toContain("`domainName?`");
});
