// esbuild is a program for one kind of machine, in a package of its own that npm installs if it can. So it may not be
// there, or be another machine's.
import { createRequire } from "node:module";
import type * as Esbuild from "esbuild";

const require = createRequire(import.meta.url);

/** It does not run here. The message is one sentence that says why, and one that says what to do. */
export class EsbuildError extends Error {
  override readonly name = "EsbuildError";

  constructor(cause: unknown) {
    const text = cause instanceof Error ? cause.message : String(cause);
    // The rest is a page of advice on every way in which packages are installed.
    const [reason = ""] = text.trim().split("\n");
    super(
      `esbuild, which bundles JavaScript for deployments, does not run here: ${reason.replace(/[.:]?$/, ".")} ` +
        (process.env["ESBUILD_BINARY_PATH"]
          ? `Unset ESBUILD_BINARY_PATH, which names another one.`
          : `Install the dependencies again on this machine (${process.platform} ${process.arch}), ` +
            `the optional ones too: npm ci --include=optional`),
      { cause },
    );
  }
}

/**
 * What esbuild answers, at once or later. What it says of the sources is its own BuildFailure.
 *
 * @throws EsbuildError
 */
export function withEsbuild<Result>(use: (esbuild: typeof Esbuild) => Result): Result {
  try {
    const result = use(require("esbuild") as typeof Esbuild);
    return result instanceof Promise ? (result.catch(refuse) as Result) : result;
  } catch (error) {
    return refuse(error);
  }
}

function refuse(error: unknown): never {
  throw isBuildFailure(error) ? error : new EsbuildError(error);
}

export function isBuildFailure(error: unknown): error is Esbuild.BuildFailure {
  return error instanceof Error && "errors" in error && Array.isArray(error.errors);
}
