// Writes the module for pages without a bundler to where the published package has it.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { bundleElement, elementFile } from "./element-bundle.ts";

const text = await bundleElement();
mkdirSync("browser/dist", { recursive: true });
const path = `browser/dist/${elementFile}`;
if (!existsSync(path) || readFileSync(path, "utf8") !== text) writeFileSync(path, text);
