// Pulumi's dynamic provider prints an error of `check`, `diff`, `read` and `delete` itself, as `<error>: <its stack>`
// (@pulumi/pulumi, cmd/dynamic-provider), and the engine shows it again on its resource. Without a stack that line says
// nothing more, so it is left out.
const lines = new Set<string>();
let quiet: typeof console.error | undefined;

/** The error is one that the engine shows. */
export function shownByEngine(error: Error): void {
  lines.add(`${String(error)}: `);
}

/** For a process of the dynamic provider. */
export function printErrorsOnce(): void {
  if (console.error === quiet) return;
  const print = console.error;
  quiet = (...words: unknown[]) => {
    if (typeof words[0] !== "string" || !lines.has(words[0])) print(...words);
  };
  console.error = quiet;
}
