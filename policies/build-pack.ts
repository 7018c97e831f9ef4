// Bundles the policy pack into one file, with all that only the pack needs: the library that brings it depends on none
// of it, and whoever uses the pack installs nothing more. Beside it are the licences of what is in the bundle.
import { build as bundle } from "esbuild";
import type { Plugin } from "esbuild";
import { writeBundles } from "../bundle-notices.ts";

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

writeBundles(folder, { "index.cjs": { text: outputFiles[0]?.text ?? "", metafile } });
