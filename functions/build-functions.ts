// Writes the functions' own files, and whose code is in them, to where the published package has them.
import { writeBundles } from "../bundle-notices.ts";
import { bundleSweep } from "./sweep-bundle.ts";
import { bundleUpload } from "./upload-bundle.ts";

writeBundles("functions/dist", { "upload.cjs": await bundleUpload(), "sweep.cjs": await bundleSweep() });
