// Before each test file. Pulumi's SDK takes a stack trace for each of its promises, and Vitest has Node look for
// what to map it to. There is nothing: Node leaves each line of TypeScript where it is.
import { setSourceMapsSupport } from "node:module";

setSourceMapsSupport(false);
