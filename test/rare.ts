// Whether this is `npm run test:rare`, in which files add what takes minutes; vitest.config.ts selects the files.

export const isRare = process.env["npm_lifecycle_event"] === "test:rare";

/** All of them in a rare run, and in every run those that are named. */
export const these = <T>(pictures: Readonly<Record<string, T>>, ...names: string[]) =>
  Object.entries(pictures).filter(([name]) => isRare || names.includes(name));
