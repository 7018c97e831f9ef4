// Whether this is `npm run test:rare`, in which files add what takes minutes; vitest.config.ts selects the files.

export const isRare = process.env["npm_lifecycle_event"] === "test:rare";
