// The page as a file: whole or not at all, and for its owner alone, because it names people.
import { randomUUID } from "node:crypto";
import { open, rename, rm, stat } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { CommandError } from "../terminal/command-error.ts";
import { printable } from "../terminal/printable.ts";

export interface PageFile {
  readonly path: string;
  /** @throws CommandError */
  write(html: string): Promise<void>;
}

/** @throws CommandError where no file can be there */
export async function preparePage(path: string): Promise<PageFile> {
  const target = resolve(path);
  const folder = dirname(target);
  const folderStatus = await stat(folder).catch(() => undefined);
  const refuse = (reason: string) => new CommandError(`--html ${printable(path)}: ${reason}`);
  if (path === "") throw refuse("write the name of a file, such as audit.html.");
  if (folderStatus?.isDirectory() !== true)
    throw refuse(`there is no folder ${printable(folder)}. Make it, or name another.`);
  const status = await stat(target).catch(() => undefined);
  if (status !== undefined && !status.isFile())
    throw refuse(
      status.isDirectory() ? "this is a folder. Name a file in it, such as audit.html." : "this is no file.",
    );
  return { path: target, write: (html) => write(target, html, refuse) };
}

async function write(target: string, html: string, refuse: (reason: string) => CommandError): Promise<void> {
  const draft = join(dirname(target), `.${basename(target).slice(0, 100)}.${randomUUID()}.tmp`);
  try {
    const file = await open(draft, "wx", 0o600);
    try {
      await file.writeFile(html);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(draft, target);
  } catch (error) {
    await rm(draft, { force: true });
    const { code, message } = error as NodeJS.ErrnoException;
    throw refuse(`it could not be written (${code ?? message}). Nothing else is changed.`);
  }
}
