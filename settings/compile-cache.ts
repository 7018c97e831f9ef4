// Keeps what Node has compiled, TypeScript too, for the next run of the program, which then loads its modules in about
// a third of the time. Beside the packages, where other users cannot write. What it keeps has to be loaded after it.
import { enableCompileCache } from "node:module";
import { join } from "node:path";

enableCompileCache(join(import.meta.dirname, "../node_modules/.cache/compile"));
