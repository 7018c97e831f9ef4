// A Node that is too old is refused in one line, wherever the package is imported.
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { assertNodeVersion, oldestNode } from "../../components/node-version.ts";

it.each(["package.json", "plugin/package.json"])("the oldest Node is the one of %s", (file) => {
  const { engines } = JSON.parse(readFileSync(file, "utf8")) as { engines: { node: string } };
  expect(engines.node).toBe(`>=${oldestNode}`);
});

it.each(["22.18.0", "22.18.1", "22.100.0", "24.0.0", "100.0.0"])("Node %s is new enough", (version) => {
  expect(() => assertNodeVersion(version)).not.toThrow();
});

it.each(["9.11.2", "20.20.2", "22.9.0", "22.17.99"])("Node %s is refused, with what to do", (version) => {
  expect(() => assertNodeVersion(version)).toThrow(
    new RegExp(
      `^auth0-user-pictures needs Node 22.18 or newer, and .* is ${version}: install a newer one, or put it first.$`,
    ),
  );
});

it("a program says it before all else, and prints no frames", () => {
  const pretend = `Object.defineProperty(process.versions, "node", { value: "20.20.2" });`;
  const program = `${pretend} import("./components/index.ts").catch((error) => console.log(error.stack));`;
  const { stdout } = spawnSync(process.execPath, ["-e", program], { encoding: "utf8" });
  expect(stdout).toMatch(/^auth0-user-pictures needs Node .*\n$/);
});
