// The module for pages without a bundler, `<script type="module" src="…/user-picture-upload.js">`: one file, which
// imports nothing.
import { readFile } from "node:fs/promises";
import { build, transform } from "esbuild";
import type { Plugin } from "esbuild";

export const elementFile = "user-picture-upload.js";

/** The element's style sheet is a text in its source, which esbuild leaves as it is. */
const minifiedStyle: Plugin = {
  name: "minified-style",
  setup(build) {
    build.onLoad({ filter: /[\\/]element-style\.ts$/ }, async ({ path }) => {
      const source = await readFile(path, "utf8");
      const css = /`([^`]+)`/.exec(source)?.[1] ?? "";
      const { code } = await transform(css, { loader: "css", minify: true, target: "esnext" });
      return { loader: "ts", contents: source.replace(css, () => code.trim()) };
    });
  },
};

/** Returns the file's text. Nothing is written. */
export async function bundleElement(): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: ["browser/index.ts"],
    bundle: true,
    write: false,
    platform: "browser",
    format: "esm",
    target: "es2022",
    minify: true,
    charset: "utf8",
    plugins: [minifiedStyle],
    legalComments: "none",
  });
  return outputFiles.map((file) => file.text).join("");
}
