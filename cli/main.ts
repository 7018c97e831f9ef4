#!/usr/bin/env node
// `user-pictures`: operates users' pictures in an Auth0 tenant and its picture store.
import { runCommandLine } from "./command-line.ts";

// Whoever reads what is printed may have had enough, as `head` has: the work is done all the same.
for (const stream of [process.stdout, process.stderr]) stream.on("error", () => undefined);

process.exitCode = await runCommandLine(process.argv.slice(2));
