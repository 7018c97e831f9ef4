// How the upload function asks Auth0: its tokens and secrets, what it repeats, and what it takes for a deleted user.
import { describe, expect, it } from "vitest";
import { deadlineOf } from "../../functions/services/deadline.ts";
import { readEnvironment } from "../../functions/picture-upload/function-environment.ts";
import { machineToken } from "../../functions/services/machine-token.ts";
import { userMetadata } from "../../functions/services/user-metadata.ts";

/** A tenant that knows one secret and one token at a time; what it is asked is kept. */
function tenantOf(answers: readonly Response[] = []) {
  const tenant = {
    secret: "first",
    token: 1,
    calls: [] as string[],
    queries: [] as URLSearchParams[],
    answers: [...answers],
  };
  const send = (async (url: string, init: RequestInit = {}) => {
    const { pathname, searchParams } = new URL(url);
    tenant.calls.push(`${init.method} ${pathname}`);
    tenant.queries.push(searchParams);
    if (pathname === "/oauth/token") {
      const { client_secret } = JSON.parse(init.body as string) as { client_secret: string };
      if (client_secret !== tenant.secret) return Response.json({ error: "access_denied" }, { status: 401 });
      return Response.json({ access_token: `token-${tenant.token}`, expires_in: 86_400 });
    }
    const authorization = new Headers(init.headers).get("authorization");
    if (authorization !== `Bearer token-${tenant.token}`) return Response.json({}, { status: 401 });
    return (
      tenant.answers.shift() ?? Response.json({ user_id: id, user_metadata: { picture: "https://example.com/a.png" } })
    );
  }) as typeof fetch;
  return Object.assign(tenant, { send });
}

/** @param remaining of the function, in milliseconds */
function metadataOf(tenant: ReturnType<typeof tenantOf>, remaining = 60_000) {
  const client = { clientId: "client", secretParameter: "/secret" };
  const domain = "example.eu.auth0.com";
  return userMetadata({
    domain,
    reader: machineToken(client),
    writer: machineToken(client),
    proofs: { readSecret: async () => tenant.secret, sign: async () => Buffer.of() },
    deadline: deadlineOf(() => remaining),
    fetch: tenant.send,
  });
}

const id = "auth0|ada";
const path = "/api/v2/users/auth0%7Cada";

describe("the metadata of a user", () => {
  it("is read with one token for all calls", async () => {
    const tenant = tenantOf();
    const metadata = metadataOf(tenant);

    expect(await metadata.readPicture(id)).toBe("https://example.com/a.png");
    await metadata.readPicture(id);
    expect(tenant.calls).toEqual(["POST /oauth/token", `GET ${path}`, `GET ${path}`]);
  });

  it("is read with the root picture, where it is asked what the user names", async () => {
    const [user_metadata, picture] = [{ picture: "https://example.com/a.png" }, "https://example.com/b.png"];
    const tenant = tenantOf([
      Response.json({ user_id: id, user_metadata, picture }),
      Response.json({ user_id: id, picture }),
      Response.json({ user_id: "auth0|ben", picture }),
    ]);
    const metadata = metadataOf(tenant);

    expect(await metadata.readPictures(id)).toEqual([user_metadata.picture, picture]);
    expect(tenant.queries.at(-1)?.get("fields")?.split(",")).toEqual(["user_id", "user_metadata", "picture"]);
    expect(await metadata.readPictures(id)).toEqual([undefined, picture]);
    await expect(metadata.readPictures(id)).rejects.toMatchObject({ name: "TenantError" });
  });

  it("is read with a new token where the one before is refused, and with a new secret", async () => {
    const tenant = tenantOf();
    const metadata = metadataOf(tenant);
    await metadata.readPicture(id);
    Object.assign(tenant, { secret: "second", token: 2, calls: [] });

    expect(await metadata.readPicture(id)).toBe("https://example.com/a.png");
    expect(tenant.calls).toEqual([`GET ${path}`, "POST /oauth/token", "POST /oauth/token", `GET ${path}`]);
  });

  it("is asked for again where Auth0 has a rate limit or a fault", async () => {
    const soon = String(Date.now() / 1000);
    const limited = new Response("{}", { status: 429, headers: { "x-ratelimit-reset": soon } });
    const tenant = tenantOf([limited, new Response("{}", { status: 502 })]);

    await metadataOf(tenant).writePicture(id, "https://example.com/b.png");
    expect(tenant.calls.filter((call) => call === `PATCH ${path}`)).toHaveLength(3);
  });

  it.each([
    ["a rate limit that is longer than the time left", new Response("{}", { status: 429 }), 2000, "DeadlineError"],
    ["a scope that lacks", Response.json({ errorCode: "insufficient_scope" }, { status: 403 }), 60_000, "TenantError"],
    ["a deleted user", Response.json({ errorCode: "inexistent_user" }, { status: 404 }), 60_000, "NoSuchUserError"],
    // The domain is no tenant's: that says nothing about the user.
    ["another 404", new Response("not found", { status: 404 }), 60_000, "TenantError"],
    ["an answer that is no user", Response.json({}), 60_000, "TenantError"],
    ["another user", Response.json({ user_id: "auth0|ben" }), 60_000, "TenantError"],
    ["no time", Response.json({}), 0, "DeadlineError"],
  ])("is not had for %s", async (_, answer, remaining, name) => {
    await expect(metadataOf(tenantOf([answer]), remaining).readPicture(id)).rejects.toMatchObject({ name });
  });
});

describe("the function's environment", () => {
  const variables = {
    PICTURE_BUCKET: "pictures",
    PICTURE_BASE_URL: "https://pictures.example.com/",
    AUTH0_DOMAIN: "example.eu.auth0.com",
    READER_CLIENT_ID: "reader",
    READER_SECRET_PARAMETER: "/reader",
    WRITER_CLIENT_ID: "writer",
    WRITER_SECRET_PARAMETER: "/writer",
    AWS_REGION: "eu-west-1",
  };

  it("has a limit of 50 pictures and of 5 seconds", () => {
    expect(readEnvironment(variables)).toMatchObject({
      maxPictures: 50,
      maxSeconds: 5,
      writer: { clientId: "writer" },
    });
  });

  it("has no writer where the page writes", () => {
    const { WRITER_CLIENT_ID, WRITER_SECRET_PARAMETER, ...others } = variables;

    expect(readEnvironment({ ...others, WRITE_BACK: "none" }).writer).toBeUndefined();
    expect(() => readEnvironment(others)).toThrow("WRITER_CLIENT_ID is not set");
  });

  it.each<readonly [string, string]>([
    ...Object.keys(variables).map((name) => [name, ""] as const),
    ["WRITE_BACK", "sometimes"],
    ["MAX_PICTURES", "0"],
    ["MAX_PICTURES", "301"],
    ["MAX_PICTURES", "many"],
    ["MAX_SECONDS", "0.5"],
  ])("names the variable that is wrong: %s=%s", (name, value) => {
    expect(() => readEnvironment({ ...variables, [name]: value })).toThrow(name);
  });
});
