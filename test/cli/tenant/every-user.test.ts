// Every user of a tenant by its export: all of them, as they are, whatever becomes of the file on its way.
import { gunzipSync } from "node:zlib";
import { afterEach, describe, expect, it } from "vitest";
import { CommandError } from "../../../cli/terminal/command-error.ts";
import type { TenantUser, UsersApi } from "../../../cli/tenant/users-api.ts";
import { runApi, through } from "./running-api.ts";

/** What users write, and what it must come out as. */
const pictures: unknown[] = [
  "https://pictures.example.org/a.png",
  "",
  42,
  0,
  true,
  false,
  ["a", 1],
  { url: "https://a.example/", deep: { er: [null] } },
  "line\u2028end\u2029\r\n\u0085",
  'quo"te\\',
  "ünï😀",
];
let now = () => Date.now();
const running = runApi({
  jobTime: { now: () => now() },
  connections: [
    { name: "db", strategy: "auth0" },
    { name: "google", strategy: "google-oauth2" },
  ],
  users: [
    ...pictures.map((picture, index) => ({
      ...{ connection: "db", email: `p${index}@example.org`, user_id: `p${index}`, name: `User ${index}` },
      user_metadata: { picture, other: "secret" },
    })),
    { connection: "db", email: "plain@example.org", user_id: "plain" },
    // Enough for a file of several parts.
    ...Array.from({ length: 1500 }, (_, index) => ({
      ...{ connection: "db", email: `u${index}@example.org`, user_id: `u${index}` },
      user_metadata: { noise: crypto.randomUUID() + crypto.randomUUID() },
    })),
  ] as never,
  profiles: [{ connection: "google", sub: "123", email: "grace@example.org", picture: "https://google.example/g.png" }],
});
const total = pictures.length + 1 + 1500;

afterEach(() => {
  now = () => Date.now();
  running.tenant.faults.clear();
  running.tenant.faults.resetCalls();
});

async function all(users: UsersApi): Promise<Map<string, TenantUser>> {
  const found = new Map<string, TenantUser>();
  let count = 0;
  for await (const user of users.everyUser()) {
    found.set(user.user_id, user);
    count += 1;
  }
  expect(count).toBe(found.size);
  return found;
}

/** `fetch` that does something else to the export's file, as often as it is asked for. */
function withFile(
  act: (attempt: number, file: Buffer<ArrayBuffer>) => string | Uint8Array<ArrayBuffer> | ReadableStream,
): typeof fetch {
  let attempt = 0;
  return through(running.tenant.fetch, async (send, url, init) => {
    const response = await send(url, init);
    if (/^\/(api\/v2|oauth)\//.test(url.pathname)) return response;
    return new Response(act((attempt += 1), Buffer.from(await response.arrayBuffer())));
  });
}

const failureOf = (users: UsersApi) => all(users).catch((error: unknown) => error);

describe("everyUser", () => {
  it("gives every user, with the picture that each wrote, as it is", async () => {
    const found = await all(running.api.users);
    expect(found.size).toBe(total);
    for (const [index, picture] of pictures.entries())
      expect(found.get(`auth0|p${index}`)?.user_metadata?.["picture"]).toEqual(picture);
    expect(found.get("auth0|plain")).toMatchObject({
      ...{ email: "plain@example.org", email_verified: false, picture: expect.stringContaining("gravatar") as string },
      identities: [{ connection: "db", provider: "auth0", user_id: "plain" }],
    });
  });

  it("gives what linked identities' providers say, also where the file leaves it out", async () => {
    await running.tenant.logIn({ connection: "google", loginHint: "123" });
    const { management } = running.api;
    running.tenant.faults.holdUserSearch(true);
    await management.users.identities.link("auth0|plain", { provider: "google-oauth2", user_id: "123" } as never);
    const linked = [{ connection: "db" }, { profileData: { picture: "https://google.example/g.png" } }];
    expect((await all(running.api.users)).get("auth0|plain")?.identities).toMatchObject(linked);

    const fetch = withFile((_, file) =>
      gunzipSync(file)
        .toString()
        .replaceAll(/,"profileData":\{[^}]*\}/g, ""),
    );
    // By the user's own record, while the search does not know of the link; and by the search alone.
    expect((await all(running.open({ fetch }).users)).get("auth0|plain")?.identities).toMatchObject(linked);
    running.tenant.faults.holdUserSearch(false);
    running.tenant.faults.resetCalls();
    expect((await all(running.open({ fetch }).users)).get("auth0|plain")?.identities).toMatchObject(linked);
    expect(running.tenant.faults.calls.filter(({ path }) => path.includes("/users/"))).toHaveLength(0);
  });

  it("asks for the file's address again when a minute is over", async () => {
    const fetch = through(running.tenant.fetch, (send, url, init) => {
      const later = now() + 61_000 - Date.now();
      if (!/^\/(api\/v2|oauth)\//.test(url.pathname) && later < 100_000) now = () => Date.now() + later;
      return send(url, init);
    });
    expect((await all(running.open({ fetch }).users)).size).toBe(total);
  });

  it("goes on where a file was cut off, and gives nobody twice", async () => {
    const fetch = withFile((attempt, file) => {
      if (attempt > 3) return file;
      // Twice its end is missing, and once the connection breaks.
      const part = file.subarray(0, (file.length / 4) * attempt);
      if (attempt < 3) return part;
      return new ReadableStream({
        pull(controller) {
          if (controller.desiredSize === 1) controller.enqueue(part);
          else controller.error(new Error("terminated"));
        },
      });
    });
    expect((await all(running.open({ fetch }).users)).size).toBe(total);
  });

  it("gives up a file that stays broken", async () => {
    const fetch = withFile(() => "{");
    const failure = await failureOf(running.open({ fetch }).users);
    expect(failure).toBeInstanceOf(CommandError);
    expect(String(failure)).toContain("cannot be read");
  });

  it("reads a file that is not compressed", async () => {
    const fetch = withFile(() => '{"user_id":"auth0|1","picture":null}\n\n{"user_id":"auth0|2"}');
    expect([...(await all(running.open({ fetch }).users)).values()]).toEqual([
      { user_id: "auth0|1" },
      { user_id: "auth0|2" },
    ]);
  });

  it("says so where Auth0 cannot export", async () => {
    const fetch = through(running.tenant.fetch, async (send, url, init) => {
      const response = await send(url, init);
      if (!/^\/api\/v2\/jobs\/job_/.test(url.pathname)) return response;
      const job = (await response.json()) as object;
      return Response.json({ ...job, status: "failed", status_details: "Out of order" });
    });
    const failure = await failureOf(running.open({ fetch }).users);
    expect(failure).toBeInstanceOf(CommandError);
    expect(String(failure)).toContain("Out of order");
  });

  it("sends the token to the tenant alone", async () => {
    const sent: (string | null)[] = [];
    const fetch = through(running.tenant.fetch, (send, url, init) => {
      if (!/^\/(api\/v2|oauth)\//.test(url.pathname)) sent.push(new Headers(init.headers).get("authorization"));
      return send(url, init);
    });
    await all(running.open({ fetch }).users);
    expect(sent).toEqual([null]);
  });

  it("ends with the signal", async () => {
    const controller = new AbortController();
    const why = new Error("Ctrl-C");
    const { users } = running.open({ signal: controller.signal });
    let count = 0;
    const reading = (async () => {
      for await (const user of users.everyUser()) if (user.email !== "" && ++count === 3) controller.abort(why);
    })();
    await expect(reading).rejects.toBe(why);
  });
});
