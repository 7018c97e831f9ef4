// The option `--port` of a command that serves.

/** @throws Error, in words for who typed it */
export function readPort(text: string): number {
  const port = Number(text);
  if (!/^\d+$/.test(text) || port < 1 || port > 65_535)
    throw new Error(`A port is a number from 1 to 65535, and "${text}" was given.`);
  return port;
}

/** The error's message; where a port is taken, by whom, and what to do. @param option what takes another port */
export function explainPort(error: unknown, option: string): string {
  const { code, port, message } = error as NodeJS.ErrnoException & { port?: number };
  if (code !== "EADDRINUSE") return message;
  return `Port ${port} is taken. "lsof -i :${port}" shows by which process; ${option} takes another.`;
}
