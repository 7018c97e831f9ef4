// Writes the upload function's own file, and whose code is in it, to where the published package has them.
import { writeBundle } from "../bundle-notices.ts";
import { bundleUpload } from "./upload-bundle.ts";

const { text, metafile } = await bundleUpload();
writeBundle("functions/dist", "upload.cjs", text, metafile);
