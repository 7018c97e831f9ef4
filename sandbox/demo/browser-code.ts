// The pages' files, as a browser gets them: bundles of what is beside them in TypeScript, and the rest as it is.
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { build } from "esbuild";

export interface PageFile {
  readonly type: string;
  readonly body: string | Buffer;
}

const folder = import.meta.dirname;

/** Pictures to choose from, by their files in `pictures/`. */
export const samples = [
  { name: "Fox", file: "fox.png" },
  { name: "Owl", file: "owl.png" },
  { name: "Whale", file: "whale.png" },
  { name: "Mountain", file: "mountain.png" },
  { name: "Fern", file: "fern.png" },
  { name: "Moon", file: "moon.png" },
];

/** By their paths under `/demo/`. */
export async function pageFiles(): Promise<ReadonlyMap<string, PageFile>> {
  const html = "text/html; charset=utf-8";
  const script = "text/javascript; charset=utf-8";
  const own = async (type: string, ...path: string[]) => ({ type, body: await readFile(join(folder, ...path)) });
  const [page, consolePage, worker] = await Promise.all(
    ["browser/page.ts", "browser/console.ts", "worker/picture-worker.ts"].map(bundle),
  );
  // The library's own worker, which keeps refresh tokens where the page's scripts cannot read them.
  const tokenWorker = new URL("../auth0-spa-js.worker.production.js", import.meta.resolve("@auth0/auth0-spa-js"));
  const files: [string, PageFile][] = [
    ["", await own(html, "browser", "page.html")],
    ["console", await own(html, "browser", "console.html")],
    ["demo.css", await own("text/css; charset=utf-8", "browser", "demo.css")],
    ["icon.svg", await own("image/svg+xml", "browser", "icon.svg")],
    ["page.js", { type: script, body: page ?? "" }],
    ["console.js", { type: script, body: consolePage ?? "" }],
    ["picture-worker.js", { type: script, body: worker ?? "" }],
    ["token-worker.js", { type: script, body: await readFile(tokenWorker) }],
  ];
  for (const { file } of samples) files.push([`pictures/${file}`, await own("image/png", "pictures", file)]);
  return new Map(files);
}

async function bundle(entry: string): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [join(folder, entry)],
    bundle: true,
    write: false,
    format: "esm",
    target: "es2022",
    minify: true,
    // Else whoever runs it has their folders in it.
    sourcemap: false,
    logLevel: "silent",
  });
  return outputFiles[0]?.text ?? "";
}
