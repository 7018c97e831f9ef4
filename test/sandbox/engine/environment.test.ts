// What the engine's process is told of the sandbox's folders, by whatever names.
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { isolatedEnvironment, sandboxPaths } from "../../../sandbox/engine/environment.ts";

it.each([
  ...[
    "plain",
    "c#",
    "a%20b",
    "q?x",
    "100%",
    "%zz",
    "a b",
    "ü",
    "日本",
    "-dash",
    "it's",
    'a"b',
    "a\\b",
    "a&b=c;d",
    "a\nb",
  ],
  ...["[x]", "{y}", "$HOME", "`id`", "~", "@x", "file:", "x".repeat(200)],
])("finds the state in a folder by the name %j", (name) => {
  const paths = sandboxPaths(`/home/ada/${name}/.sandbox`);
  const { PULUMI_BACKEND_URL: url = "" } = isolatedEnvironment(paths, "/opt/pulumi", {}, {});

  expect(new URL(url)).toMatchObject({ protocol: "file:", host: "", search: "", hash: "" });
  expect(fileURLToPath(url)).toBe(paths.state);
});
