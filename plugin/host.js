// The plugin's process: serves what schema.json beside this file lists, by the package that package.json names.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { servePlugin } from "auth0-user-pictures/plugin-host";

servePlugin(readFileSync(join(import.meta.dirname, "schema.json"), "utf8"));
