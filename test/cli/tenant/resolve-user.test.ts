import { expect, it } from "vitest";
import { CommandError } from "../../../cli/terminal/command-error.ts";
import { resolveUser } from "../../../cli/tenant/resolve-user.ts";
import { runApi } from "./running-api.ts";

const running = runApi({
  connections: [
    { name: "db", strategy: "auth0" },
    { name: "other-db", strategy: "auth0" },
  ],
  users: [
    { connection: "db", email: "ada@example.org", user_id: "ada" },
    { connection: "db", email: "twin@example.org", user_id: "twin" },
    { connection: "other-db", email: "twin@example.org", user_id: "twin2" },
    { connection: "db", email: "by-id@example.org", user_id: "corp|ada@example.org" },
    { connection: "db", email: "odd|part@example.org", user_id: "odd" },
  ],
});

it.each([
  ["auth0|ada", "auth0|ada"],
  ["ada@example.org", "auth0|ada"],
  ["  ADA@Example.org\n", "auth0|ada"],
  ["\tauth0|ada ", "auth0|ada"],
  ["auth0|corp|ada@example.org", "auth0|corp|ada@example.org"],
  ["odd|part@example.org", "auth0|odd"],
])("finds %j", async (text, user_id) => {
  expect(await resolveUser(running.api.users, text)).toMatchObject({ user_id });
});

it.each([
  ["", "No user is given"],
  [" \n", "No user is given"],
  ["ada", 'no user with the id "ada". An id has a "|"'],
  ["auth0|nobody", 'no user with the id "auth0|nobody"'],
  ["nobody@example.org", 'no user with the e-mail address "nobody@example.org"'],
  ["auth0|no@body", 'no user with the id or e-mail address "auth0|no@body"'],
  ["auth0|\u001b[31m", String.raw`"auth0|\u001b[31m"`],
  ["..", 'no user with the id ".."'],
])("says of %j that nobody is meant", async (text, message) => {
  const failure = await resolveUser(running.api.users, text).catch((error: unknown) => error);
  expect(failure).toBeInstanceOf(CommandError);
  expect((failure as Error).message).toContain(message);
});

it("lists the users of one address, with ids by which each can be named", async () => {
  const failure = await resolveUser(running.api.users, "twin@example.org").catch((error: unknown) => error);
  expect(failure).toBeInstanceOf(CommandError);
  expect((failure as Error).message).toBe(
    '2 users have the e-mail address "twin@example.org": "auth0|twin" (db), "auth0|twin2" (other-db). Write the id of the one that is meant.',
  );
});
