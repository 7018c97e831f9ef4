// What the components and the resources have to say, such as what a changed setting does, is told to the engine. What a
// plugin prints the engine keeps, and shows where the process ends too early (pulumi, plugin.go: unstructuredOutput).
import { format } from "node:util";
import * as pulumi from "@pulumi/pulumi";

/** From now on. @param engineAddress undefined where no engine has started this process */
export function tellEngine(engineAddress: string | undefined): void {
  if (engineAddress === undefined) return;
  // For what is asked of a resource: the construction of a component is given the same address.
  pulumi.runtime.resetOptions("", "", 1, engineAddress, "", false, "");
  const { info, warn } = console;
  console.info = (...words: unknown[]) => {
    info(...words);
    void pulumi.log.info(format(...words));
  };
  console.warn = (...words: unknown[]) => {
    warn(...words);
    void pulumi.log.warn(format(...words));
  };
}
