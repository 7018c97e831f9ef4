// The demo's server as an HTTP client meets it: who may call it, what its pages may load, and what the console changes.
import { createServer, request } from "node:http";
import type { IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { describe, expect, it } from "vitest";
import type { Change, ChangeResult, ConsoleState } from "../../../sandbox/demo/console-types.ts";
import { assertPortIsFree } from "../../../sandbox/demo/localhost.ts";
import { demos } from "./prepared-demo.ts";
import type { PreparedDemo } from "./prepared-demo.ts";

const start = demos();

interface Call {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** @default 127.0.0.1 */
  readonly host?: string;
}

/** With exactly these headers: `fetch` sends a Host of its own. */
async function call(demo: PreparedDemo, path: string, { method = "GET", headers = {}, body = "", host }: Call = {}) {
  const url = new URL(path, demo.url);
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    request({ host: host ?? "127.0.0.1", port: url.port, path: url.pathname + url.search, method, headers })
      .once("response", resolve)
      .once("error", reject)
      .end(body);
  });
  return { status: response.statusCode, headers: response.headers, body: await text(response) };
}

const own = (demo: PreparedDemo) => {
  const { host, origin } = new URL(demo.url);
  return { host, origin, "content-type": "application/json", "sec-fetch-site": "same-origin" };
};

const look = async (demo: PreparedDemo) =>
  JSON.parse((await call(demo, "api/console", { headers: own(demo) })).body) as ConsoleState;

const change = async (demo: PreparedDemo, made: Change) => {
  const { status, body } = await call(demo, "api/change", {
    method: "POST",
    headers: own(demo),
    body: JSON.stringify(made),
  });
  return { status, body: JSON.parse(body) as ChangeResult & { error?: string } };
};

describe("the demo's server", () => {
  it("answers its own pages only", async () => {
    const demo = await start();
    const headers = own(demo);
    const body = JSON.stringify({ key: "auth0|ada", what: "metadata", picture: "https://example.com/a.png" });
    const change = (other: object) =>
      call(demo, "api/change", { method: "POST", body, headers: { ...headers, ...other } }).then(
        ({ status }) => status,
      );
    const { origin: _, ...withoutOrigin } = headers;

    expect((await call(demo, "", { headers: { ...headers, host: "evil.example" } })).status).toBe(421);
    expect((await call(demo, "", { headers: { ...headers, host: "localhost" } })).status).toBe(421);
    expect((await call(demo, "api/console", { headers: { host: `127.0.0.1:${new URL(demo.url).port}` } })).status).toBe(
      421,
    );
    expect(await change({ origin: "http://localhost:3000" })).toBe(403);
    expect(await change({ origin: "null" })).toBe(403);
    expect(await change({ "sec-fetch-site": "same-site" })).toBe(403);
    expect((await call(demo, "api/change", { method: "POST", body, headers: withoutOrigin })).status).toBe(403);
    expect((await call(demo, "api/picture", { method: "PUT", headers: { host: headers.host } })).status).toBe(403);
    expect((await look(demo)).people.find(({ key }) => key === "auth0|ada")?.metadataPicture).toBeNull();
    expect(await change({})).toBe(200);
  });

  it("lets its pages load nothing but their own files, the tenant and known pictures, and run nothing inline", async () => {
    const demo = await start();
    const headers = own(demo);
    for (const page of ["", "console"]) {
      const { status, headers: sent, body } = await call(demo, page, { headers });
      const policy = String(sent["content-security-policy"]);

      expect(status).toBe(200);
      expect(policy).toMatch(/^default-src 'none'; script-src 'self'; style-src 'self'; /);
      expect(policy).not.toMatch(/unsafe|\*|data:|blob:/);
      expect(policy).toContain(`img-src 'self' ${new URL(demo.stack.pictureBaseUrl).origin} `);
      expect(sent).toMatchObject({ "x-content-type-options": "nosniff", "cache-control": "no-store" });
      expect(body).not.toMatch(
        /<script(?! type="module" src="\/demo\/[a-z]+\.js"><\/script>)|<style|\sstyle=|\son\w+=/,
      );
    }
    expect((await call(demo, "../", { headers })).headers.location).toBe("/demo/");
    expect((await call(demo, "../../etc/passwd", { headers })).status).toBe(404);
    expect((await call(demo, "pictures/../page.ts", { headers })).status).toBe(404);
  });

  it("takes a browser's pile of cookies, and a body that is too large or broken does not end it", async () => {
    const demo = await start();
    const headers = own(demo);
    const cookie = `a=${"x".repeat(40_000)}`;

    expect((await call(demo, "", { headers: { ...headers, cookie } })).status).toBe(200);
    const send = async (body: string, type: string) =>
      (await call(demo, "api/change", { method: "POST", body, headers: { ...headers, "content-type": type } })).status;
    expect(await send("{", "application/json")).toBe(400);
    expect(await send("{}", "application/json")).toBe(400);
    expect(await send("a=1", "application/x-www-form-urlencoded")).toBe(415);
    expect(await send("x".repeat(5 * 1024 * 1024), "application/json").catch(() => 413)).toBe(413);
    expect((await call(demo, "edge?url=nothing", { headers })).status).toBe(400);
    expect((await call(demo, "edge", { headers })).status).toBe(400);
    expect((await call(demo, "api/login?user=nobody", { headers })).status).toBe(404);
    expect((await call(demo, "", { headers })).status).toBe(200);
  });

  it("shows who can sign in, and looking logs nobody in", async () => {
    const demo = await start();
    const before = demo.tenant.snapshot();
    const { people, connections, flow } = await look(demo);

    expect(flow).toEqual(["Add roles", "User picture"]);
    expect(connections.map(({ title, sync }) => [title, sync])).toEqual([
      ["Database", null],
      ["Google", "on_first_login"],
      ["GitHub", "on_each_login"],
    ]);
    expect(people.map(({ name, userId, provider, lastLogin }) => [name, userId, provider?.picture, lastLogin])).toEqual(
      [
        ["Ada Lind", "auth0|ada", undefined, null],
        ["Grace Okafor", "auth0|grace", undefined, null],
        ["Linus Berg", null, "https://lh3.googleusercontent.com/a/linus", null],
        ["Mallory Quinn", "auth0|mallory", undefined, null],
        ["Margaret Ito", null, "https://avatars.githubusercontent.com/u/583231", null],
      ],
    );
    expect(demo.tenant.snapshot()).toEqual(before);
  });

  it("makes the Management API's calls, and shows each as it was sent and answered", async () => {
    const demo = await start();
    const key = "auth0|ada";
    const path = "/api/v2/users/auth0%7Cada";
    const picture = "javascript:alert(document.cookie)";
    const taken = { method: "PATCH", path, status: 200, message: null };

    expect((await change(demo, { key, what: "metadata", picture })).body.call).toEqual({
      ...taken,
      body: { user_metadata: { picture } },
    });
    expect((await change(demo, { key, what: "root", picture: "https://example.com/a.png" })).body.call).toEqual({
      ...taken,
      body: { picture: "https://example.com/a.png" },
    });
    const ada = async () => (await look(demo)).people.find((one) => one.key === key);
    expect(await ada()).toMatchObject({ metadataPicture: picture, rootPicture: "https://example.com/a.png" });
    expect((await change(demo, { key, what: "metadata", picture: null })).body.call?.body).toEqual({
      user_metadata: { picture: null },
    });
    expect(await ada()).toMatchObject({ metadataPicture: null });
  });

  it("shows Auth0's refusal while the identity provider writes the picture at each login", async () => {
    const demo = await start();
    demo.tenant.identityProvider.setProfile("github", {
      ...{
        sub: "583231",
        email: "margaret@example.com",
        name: "Margaret Ito",
        picture: "https://example.com/1.png",
      },
    });
    const keyOf = async () => (await look(demo)).people.find(({ name }) => name === "Margaret Ito")?.key ?? "";
    const before = { key: await keyOf(), picture: "https://example.com/2.png" };
    expect(await change(demo, { ...before, what: "root" })).toMatchObject({
      status: 400,
      body: { error: "Auth0 has no such user before the first sign-in." },
    });
    // What the identity provider says is no call of Auth0's.
    expect((await change(demo, { ...before, what: "provider" })).body).toEqual({ call: null });
    expect(demo.tenant.identityProvider.profiles("github")).toMatchObject([{ picture: "https://example.com/2.png" }]);
    expect(await change(demo, { key: "auth0|ada", what: "provider", picture: null })).toMatchObject({ status: 400 });
    expect(await change(demo, { ...before, key: "nobody", what: "root" })).toMatchObject({ status: 404 });
  });

  it("keeps what was changed, and finds its application again", async () => {
    const demo = await start();
    await change(demo, { key: "auth0|ada", what: "metadata", picture: "https://example.com/a.png" });
    const config = async () => (await call(demo, "api/config", { headers: own(demo) })).body;
    const { clientId } = JSON.parse(await config()) as { clientId: string };
    await demo.restart();

    expect((await look(demo)).people[0]).toMatchObject({ metadataPicture: "https://example.com/a.png" });
    expect(JSON.parse(await config())).toMatchObject({ clientId });
    const { data } = await demo.management.clients.list();
    expect(data.filter(({ name }) => name === "Fieldnotes")).toMatchObject([
      { callbacks: [demo.url], web_origins: [new URL(demo.url).origin], allowed_logout_urls: [demo.url] },
    ]);
  });

  it("is reached by both addresses of localhost, and refuses a port that another server has by either", async () => {
    const demo = await start();
    const port = Number(new URL(demo.url).port);
    await expect(assertPortIsFree(port)).rejects.toMatchObject({ code: "EADDRINUSE", port });

    const other = createServer();
    const hasIpv6 = await new Promise<boolean>((resolve) => {
      other.once("error", () => resolve(false)).listen(0, "::1", () => resolve(true));
    });
    if (!hasIpv6) return;
    expect((await call(demo, "", { headers: own(demo), host: "::1" })).status).toBe(200);
    const { port: taken } = other.address() as AddressInfo;
    await expect(assertPortIsFree(taken)).rejects.toMatchObject({ code: "EADDRINUSE" });
    await new Promise((closed) => other.close(closed));
    await expect(assertPortIsFree(taken)).resolves.toBeUndefined();
  });
});
