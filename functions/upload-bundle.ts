// The upload function's own file: the handler and all that it needs, sharp's JavaScript too, as CommonJS. It is built
// for the published package, so that who deploys it needs neither the sources nor sharp.
import { createRequire } from "node:module";
import { build } from "esbuild";
import type { Plugin } from "esbuild";

/** Sharp's WebAssembly build, which lies beside the bundle as files of its own: it starts workers from its own file. */
const wasmFile = "./sharp-wasm.cjs";

/** Where sharp looks for the build of its platform, it has the one beside the bundle. */
const sharpOnWasm: Plugin = {
  name: "sharp-on-wasm",
  setup(build) {
    // Its ES modules would bring a second copy.
    build.onResolve({ filter: /^sharp$/ }, () => ({ path: createRequire(import.meta.url).resolve("sharp") }));
    build.onLoad({ filter: /[\\/]sharp[\\/]dist[\\/]sharp\.cjs$/ }, () => ({
      contents: `module.exports = require(${JSON.stringify(wasmFile)});`,
    }));
  },
};

/** Returns the file's text, and what packages are in it. Nothing is written. */
export async function bundleUpload() {
  const { outputFiles, metafile } = await build({
    entryPoints: ["functions/picture-upload/upload.ts"],
    bundle: true,
    write: false,
    metafile: true,
    platform: "node",
    format: "cjs",
    target: "node22",
    minify: true,
    // Sharp only shows its versions.
    external: [wasmFile, "@img/sharp-wasm32/versions"],
    define: { "import.meta.filename": "__filename" },
    plugins: [sharpOnWasm],
    legalComments: "none",
  });
  return { text: outputFiles.map((file) => file.text).join(""), metafile };
}
