// A page that a newcomer follows, from top to bottom: its commands in a shell, and its files in the folder where that
// shell is.
import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

export type Step =
  | { readonly command: string }
  | { readonly file: string; readonly text: string }
  /** A line that a file gets below another. */
  | { readonly file: string; readonly line: string; readonly below: string };

/**
 * The steps of each section, by its heading. A block that is not of the shell is a file's text, and the words before it
 * end with the file's name; where it is indented, it is a line for that file, and they say below which one.
 */
export function stepsOf(markdown: string): Map<string, Step[]> {
  const sections = markdown.split(/^## /m).slice(1);
  return new Map(sections.map((section) => [section.split("\n", 1)[0] ?? "", stepsIn(section)]));
}

function stepsIn(section: string): Step[] {
  let end = 0;
  return [...section.matchAll(/^```(\w+)\n(.*?)^```$/gms)].flatMap((block): Step[] => {
    const [whole, language, text = ""] = block;
    const words = section.slice(end, block.index);
    end = block.index + whole.length;
    if (language === "sh") {
      const lines = text
        .replaceAll(/ \\\n\s*/g, " ")
        .trim()
        .split("\n");
      return lines.map((line) => ({ command: line.replace(/ +#.*/, "") }));
    }
    const file = /`([^`]+)`:\s*$/.exec(words)?.[1];
    if (file === undefined) throw new Error(`the words before this block name no file: ${text}`);
    return [/^\s/.test(text) ? { file, line: text, below: "store" } : { file, text }];
  });
}

export interface PageShell {
  /** Where the next command runs. */
  cwd: string;
  /** What the command has printed. The variables that it exports, and where it goes to, are there for the next one. */
  run(command: string): Promise<string>;
  write(step: Exclude<Step, { command: string }>): Promise<void>;
  close(): Promise<void>;
}

/** A new shell with this environment, in this folder. */
export async function openShell(cwd: string, environment: Readonly<Record<string, string>>): Promise<PageShell> {
  const kept = await mkdtemp(join(tmpdir(), "shell-"));
  const [variables, folder] = [join(kept, "variables"), join(kept, "folder")];
  await writeFile(variables, "");
  const shell: PageShell = {
    cwd,
    async run(command) {
      const script = `. '${variables}'\n${command}\nexport -p > '${variables}'\npwd > '${folder}'`;
      const options = { cwd: shell.cwd, env: environment, maxBuffer: 2 ** 30 };
      const { stdout, stderr } = await promisify(execFile)("sh", ["-ec", script], options);
      shell.cwd = (await readFile(folder, "utf8")).trim();
      return stdout + stderr;
    },
    async write(step) {
      const path = join(shell.cwd, step.file);
      if ("text" in step) return writeFile(path, step.text);
      const lines = (await readFile(path, "utf8")).split("\n");
      const at = lines.findIndex((line) => line.includes(step.below));
      return writeFile(path, lines.toSpliced(at + 1, 0, step.line.trimEnd()).join("\n"));
    },
    close: () => rm(kept, { recursive: true }),
  };
  return shell;
}
