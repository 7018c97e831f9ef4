// The form in which Auth0 runs an Action: a CommonJS script that exports its handlers.
import { resolve } from "node:path";
import { Script } from "node:vm";
import { ActionBundleError, shownPath } from "./bundle-error.ts";

/**
 * What Node's loader hands to a CommonJS script. A script of its own by such a name would export to that, or not load
 * at all.
 */
const loaderNames = ["exports", "module", "require", "__filename", "__dirname"];

/** Compiles the final text, without running it. */
export function refuseReservedNames(code: string, folder: string): void {
  try {
    new Script(`"use strict"; let ${loaderNames.join(", ")}; ${code}`, { filename: "action.js" });
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    const name = /^Identifier '(\w+)' has already been declared$/.exec(error.message)?.[1];
    const line = Number(/^action\.js:(\d+)/.exec(error.stack ?? "")?.[1] ?? 1);
    const before = code.split("\n", line);
    const file = before.findLast((text) => /^\/\/ \S/.test(text))?.slice(3) ?? "";
    const owner = name === "PICTURE_SETTINGS" ? "the settings" : "CommonJS, in which Auth0 runs it";
    const reason =
      name === undefined
        ? error.message
        : `declares "${name}" at its top level, a name that belongs to ${owner}: rename it`;
    throw new ActionBundleError(`${shownPath(resolve(folder, file))}: ${reason}`);
  }
}

/** Auth0 runs CommonJS. esbuild's ES module is a plain script but for its last statement, `export { … };`. */
export function asCommonJs(text: string, entry: string): string {
  const exported = /export \{\n((?: {2}.+\n)+)\};\n$/.exec(text);
  const assignment = (handler: string): string => {
    const local = exported?.[1]?.match(new RegExp(`^  (?:(\\S+) as )?${handler},?$`, "m"));
    return local ? `exports.${handler} = ${local[1] ?? handler};\n` : "";
  };
  const last = assignment("onExecutePostLogin");
  if (!exported || last === "") {
    throw new ActionBundleError(
      `${shownPath(entry)}:1: exports no onExecutePostLogin: ` +
        `write export const onExecutePostLogin = async (event, api) => { … };`,
    );
  }
  return text.slice(0, exported.index) + assignment("onContinuePostLogin") + last;
}
