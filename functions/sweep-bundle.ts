// The sweep's one file: its handler and all that it needs, as CommonJS. It is built for the published package, so that
// who deploys it needs no sources.
import { build } from "esbuild";

/** Returns the file's text, and what packages are in it. Nothing is written. */
export async function bundleSweep() {
  const { outputFiles, metafile } = await build({
    entryPoints: ["functions/picture-sweep/sweep.ts"],
    bundle: true,
    write: false,
    metafile: true,
    platform: "node",
    format: "cjs",
    target: "node22",
    minify: true,
    legalComments: "none",
  });
  return { text: outputFiles.map((file) => file.text).join(""), metafile };
}
