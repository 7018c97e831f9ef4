// Writes the upload function's own file, and whose code is in it, to where the published package has them.
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { noticesOf } from "../bundle-notices.ts";
import { bundleUpload } from "./upload-bundle.ts";

const folder = "functions/dist";

const { text, metafile } = await bundleUpload();
const contents = { "upload.cjs": text, "licenses.txt": noticesOf(metafile) };
mkdirSync(folder, { recursive: true });
for (const [name, wanted] of Object.entries(contents))
  if (present(name) !== wanted) writeFileSync(join(folder, name), wanted);

function present(name: string): string | undefined {
  try {
    return readFileSync(join(folder, name), "utf8");
  } catch {
    return undefined;
  }
}
