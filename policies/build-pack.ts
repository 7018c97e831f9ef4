// Bundles the policy pack into one file, with all that only the pack needs: the library that brings it depends on none
// of it, and whoever uses the pack installs nothing more. Beside it are the licences of what is in the bundle.
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { build as bundle } from "esbuild";
import type { Plugin } from "esbuild";

const folder = "policies/dist";

/**
 * @pulumi/pulumi starts a pack and speaks with the engine, so it is the consumer's own. @pulumi/policy takes gRPC and
 * protobuf from wherever that does: with two copies of protobuf the one would not know the other's messages.
 */
const ofPulumi: Plugin = {
  name: "of-pulumi",
  setup(build) {
    build.onResolve({ filter: /^(?:@grpc\/grpc-js|google-protobuf)(?:\/|$)/ }, ({ path }) => ({
      path,
      namespace: "of-pulumi",
    }));
    build.onLoad({ filter: /./, namespace: "of-pulumi" }, ({ path }) => ({
      contents: `
        const { createRequire } = require("node:module");
        module.exports = createRequire(require.resolve("@pulumi/pulumi"))("${path}");`,
    }));
  },
};

const { outputFiles, metafile } = await bundle({
  entryPoints: ["policies/index.ts"],
  outfile: `${folder}/index.cjs`,
  bundle: true,
  platform: "node",
  // What Pulumi's loader takes with any version of Node, because it calls `require`.
  format: "cjs",
  target: "node22",
  external: ["@pulumi/pulumi"],
  plugins: [ofPulumi],
  legalComments: "none",
  metafile: true,
  write: false,
});

const packages = new Set(
  Object.keys(metafile.inputs).flatMap((path) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path)?.[0] ?? []),
);
// A bundle can be in a package, whose parts say in comments whose they are.
const notices = Object.keys(metafile.inputs).flatMap((path) =>
  existsSync(path) ? (readFileSync(path, "utf8").match(/\/\*(?:(?!\*\/)[^])*Copyright[^]*?\*\//g) ?? []) : [],
);
const contents = new Map([
  ["index.cjs", outputFiles[0]?.text ?? ""],
  ["licenses.txt", [...[...packages].sort().map(licenseOf), ...new Set(notices)].join("\n\n")],
]);
mkdirSync(folder, { recursive: true });
const present = new Map(readdirSync(folder).map((name) => [name, readFileSync(join(folder, name), "utf8")]));
for (const name of present.keys()) if (!contents.has(name)) rmSync(join(folder, name));
for (const [name, text] of contents) if (present.get(name) !== text) writeFileSync(join(folder, name), text);

/** A package without a file of its licence has it in its README. */
function licenseOf(path: string): string {
  const { name, version, license } = JSON.parse(readFileSync(join(path, "package.json"), "utf8")) as {
    readonly name: string;
    readonly version: string;
    readonly license?: string;
  };
  const files = readdirSync(path);
  const file = files.find((it) => /^licen[cs]e/i.test(it)) ?? files.find((it) => /^readme/i.test(it));
  if (file === undefined) throw new Error(`${name} has no licence that could be shown in ${folder}.`);
  return `${name} ${version} (${license})\n\n${readFileSync(join(path, file), "utf8").trim()}\n`;
}
