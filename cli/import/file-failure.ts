// What the file system refuses, in words for the person whose disk it is.
import { CommandError } from "../terminal/command-error.ts";

const reasons: Readonly<Record<string, string>> = {
  ENOENT: "there is no such file or folder",
  ENOTDIR: "a part of its path is no folder",
  EISDIR: "it is a folder",
  EACCES: "this account may not do that",
  EPERM: "this account may not do that",
  EROFS: "the disk is read-only",
  ENOSPC: "no space is left on the disk",
  EDQUOT: "this account's share of the disk is used up",
  EFBIG: "the file system takes no larger file",
  ELOOP: "its links lead in a circle",
  ENAMETOOLONG: "its name is too long",
  EMFILE: "this process has too many files open",
  EIO: "the disk has a fault",
};

/** @param advice what to do, a sentence */
export function fileFailure(error: unknown, what: string, advice?: string): CommandError {
  const { code = "", message } = error as NodeJS.ErrnoException;
  const reason = reasons[code] ?? message;
  return new CommandError(`${what}: ${reason}.${advice === undefined ? "" : ` ${advice}`}`, { cause: error });
}
