// Keeps what Node has compiled for the next run of the program, which then loads its modules in about half the time.
// Beside the packages, where other users cannot write; it has to be imported before what it is to keep.
import { enableCompileCache } from "node:module";
import { join } from "node:path";

enableCompileCache(join(import.meta.dirname, "../node_modules/.cache/compile"));
