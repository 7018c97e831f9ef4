// `npm start` as a user runs it, on the real engine: the first run deploys and shows the logins, the next ones
// change only what names the tenant's port, `destroy` leaves the tenant as it was.
import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { isRare } from "../rare.ts";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "sandbox-"));
});
afterAll(() => rm(folder, { recursive: true }));

/** Rejects unless the exit code is 0. */
async function start(...args: string[]): Promise<{ stdout: string; stderr: string }> {
  return promisify(execFile)(process.execPath, ["sandbox/start/start.ts", "--folder", folder, ...args]);
}

async function tenantState() {
  const state = JSON.parse(await readFile(join(folder, "tenant", "tenant.json"), "utf8")) as {
    connections: { name: string; options: Record<string, unknown> }[];
    actions: { name: string; versions: { code: string }[] }[];
  };
  return {
    options: Object.fromEntries(state.connections.map(({ name, options }) => [name, options])),
    deployedCode: state.actions.find(({ name }) => name === "User picture")?.versions[0]?.code,
  };
}

interface Output {
  engine: { version: string; source: string };
  up: Record<string, number>;
  logins: unknown[];
  binding: string[];
}

const resources = 58;

describe("npm start", () => {
  let first: Output;

  it("deploys everything and shows which picture each login gets", async () => {
    const files = await Promise.all(["Pulumi.yaml", "Pulumi.dev.yaml"].map((file) => readFile(file, "utf8")));
    const { stdout, stderr } = await start("--json");
    first = JSON.parse(stdout) as Output;
    const base = /https:\/\/d[0-9a-z]{13}\.cloudfront\.net\//.exec(stdout)?.[0] ?? "";
    const readable = JSON.parse(
      stdout
        .replaceAll(base, "store:")
        .replaceAll(/[0-9a-f]{64}/g, "<sha256>")
        .replaceAll(/https%3A%2F%2Fd[0-9a-z]{13}\.cloudfront\.net%2F/g, "store%3A"),
    ) as Output;

    expect(stderr).toContain("Previewing update");
    expect(stderr).toContain("Updating");
    expect(readable.up).toEqual({ create: resources, same: 0, update: 0, delete: 0, replace: 0 });
    expect(readable.binding).toEqual(["Add roles", "User picture"]);
    expect(readable.engine.version).toMatch(/^3\.\d+\.\d+/);
    expect(readable.logins).toMatchInlineSnapshot(`
      [
        {
          "connection": "Username-Password-Authentication",
          "fetched": {
            "status": 200,
            "type": "image/png",
          },
          "idpPicture": null,
          "metadataPicture": null,
          "picture": "store:d/<sha256>.png",
          "rule": "default (generated)",
          "user": "ada@example.com",
        },
        {
          "connection": "Username-Password-Authentication",
          "fetched": {
            "status": 200,
            "type": "image/webp",
          },
          "idpPicture": null,
          "metadataPicture": "store:u/5756aadff1ddeb12281ac50f7f975b5f/<sha256>.webp",
          "picture": "store:u/5756aadff1ddeb12281ac50f7f975b5f/<sha256>.webp",
          "rule": "metadata",
          "user": "grace@example.com",
        },
        {
          "connection": "google-oauth2",
          "fetched": null,
          "idpPicture": "https://lh3.googleusercontent.com/a/first",
          "metadataPicture": null,
          "picture": "https://lh3.googleusercontent.com/a/first",
          "rule": "Auth0's own",
          "user": "linus@example.com",
        },
        {
          "connection": "google-oauth2",
          "fetched": null,
          "idpPicture": "https://lh3.googleusercontent.com/a/second",
          "metadataPicture": null,
          "picture": "https://lh3.googleusercontent.com/a/first",
          "rule": "Auth0's own",
          "user": "linus@example.com",
        },
        {
          "connection": "google-oauth2",
          "fetched": null,
          "idpPicture": "https://lh3.googleusercontent.com/a/second",
          "metadataPicture": null,
          "picture": "https://lh3.googleusercontent.com/a/edited",
          "rule": "Auth0's own",
          "user": "linus@example.com",
        },
        {
          "connection": "Username-Password-Authentication",
          "fetched": {
            "status": 200,
            "type": "image/png",
          },
          "idpPicture": null,
          "metadataPicture": "javascript:alert(document.cookie)",
          "picture": "store:d/<sha256>.png",
          "rule": "default (generated)",
          "user": "mallory@example.com",
        },
        {
          "connection": "Username-Password-Authentication",
          "fetched": {
            "status": 200,
            "type": "image/png",
          },
          "idpPicture": null,
          "metadataPicture": "http://pictures.example.net/mallory.png",
          "picture": "store:d/<sha256>.png",
          "rule": "default (generated)",
          "user": "mallory@example.com",
        },
        {
          "connection": "Username-Password-Authentication",
          "fetched": {
            "status": 200,
            "type": "image/png",
          },
          "idpPicture": null,
          "metadataPicture": "https://tracker.example.net/mallory.png",
          "picture": "store:d/<sha256>.png",
          "rule": "default (generated)",
          "user": "mallory@example.com",
        },
        {
          "answered": {
            "code": "not_a_picture",
            "status": 415,
          },
          "connection": "Username-Password-Authentication",
          "fetched": {
            "status": 200,
            "type": "image/png",
          },
          "idpPicture": null,
          "metadataPicture": "https://tracker.example.net/mallory.png",
          "picture": "store:d/<sha256>.png",
          "rule": "default (generated)",
          "user": "mallory@example.com",
        },
        {
          "connection": "Username-Password-Authentication",
          "deleted": {
            "fetchedBefore": {
              "status": 200,
              "type": "image/webp",
            },
            "keysBefore": 3,
            "keysLeft": 0,
          },
          "fetched": {
            "status": 404,
            "type": "image/png",
          },
          "idpPicture": null,
          "metadataPicture": null,
          "picture": null,
          "rule": "none",
          "user": "hedy@example.com",
        },
        {
          "connection": "google-oauth2",
          "fetched": null,
          "idpPicture": "https://lh3.googleusercontent.com/a/third",
          "metadataPicture": null,
          "picture": "https://lh3.googleusercontent.com/a/third",
          "rule": "Auth0's own",
          "user": "linus@example.com",
        },
        {
          "connection": "google-oauth2",
          "fetched": null,
          "idpPicture": "https://lh3.googleusercontent.com/a/third",
          "metadataPicture": null,
          "picture": "https://lh3.googleusercontent.com/a/third",
          "rule": "Auth0's own",
          "user": "linus@example.com",
        },
        {
          "connection": "Username-Password-Authentication",
          "fetched": null,
          "idpPicture": null,
          "metadataPicture": null,
          "picture": "https://s.gravatar.com/avatar/3e3417d7ef77d5932a6734b916515ed5?s=480&r=pg&d=https%3A%2F%2Fcdn.auth0.com%2Favatars%2Fad.png",
          "rule": "Auth0's own",
          "user": "ada@example.com",
        },
        {
          "connection": "Username-Password-Authentication",
          "fetched": {
            "status": 200,
            "type": "image/png",
          },
          "idpPicture": null,
          "metadataPicture": null,
          "picture": "store:d/<sha256>.png",
          "rule": "default (everyone)",
          "user": "ada@example.com",
        },
        {
          "connection": "google-oauth2",
          "fetched": {
            "status": 200,
            "type": "image/png",
          },
          "idpPicture": "https://lh3.googleusercontent.com/a/third",
          "metadataPicture": null,
          "picture": "store:d/<sha256>.png",
          "rule": "default (everyone)",
          "user": "linus@example.com",
        },
        {
          "connection": "Username-Password-Authentication",
          "fetched": null,
          "idpPicture": null,
          "metadataPicture": null,
          "mirrors": {
            "https://example.com/picture of the ID token": "https://s.gravatar.com/avatar/3e3417d7ef77d5932a6734b916515ed5?s=480&r=pg&d=store%3Ad%2F<sha256>.png",
            "picture of the access token": "https://s.gravatar.com/avatar/3e3417d7ef77d5932a6734b916515ed5?s=480&r=pg&d=store%3Ad%2F<sha256>.png",
          },
          "picture": "https://s.gravatar.com/avatar/3e3417d7ef77d5932a6734b916515ed5?s=480&r=pg&d=store%3Ad%2F<sha256>.png",
          "rule": "default (gravatar-fallback)",
          "user": "ada@example.com",
        },
        {
          "connection": "Username-Password-Authentication",
          "fetched": null,
          "idpPicture": null,
          "metadataPicture": null,
          "mirrors": {
            "https://example.com/picture of the ID token": "https://s.gravatar.com/avatar/3e3417d7ef77d5932a6734b916515ed5?s=480&r=pg&d=store%3Ad%2F<sha256>.png",
          },
          "picture": null,
          "rule": "none",
          "user": "ada@example.com",
        },
        {
          "connection": "Username-Password-Authentication",
          "fetched": {
            "status": 200,
            "type": "image/webp",
          },
          "idpPicture": null,
          "metadataPicture": "store:u/5756aadff1ddeb12281ac50f7f975b5f/<sha256>.webp",
          "mirrors": {
            "https://example.com/picture of the ID token": "store:u/5756aadff1ddeb12281ac50f7f975b5f/<sha256>.webp",
            "picture of the access token": "store:u/5756aadff1ddeb12281ac50f7f975b5f/<sha256>.webp",
          },
          "picture": "store:u/5756aadff1ddeb12281ac50f7f975b5f/<sha256>.webp",
          "rule": "metadata",
          "user": "grace@example.com",
        },
        {
          "connection": "Username-Password-Authentication",
          "fetched": {
            "status": 200,
            "type": "image/webp",
          },
          "idpPicture": null,
          "metadataPicture": "store:u/5756aadff1ddeb12281ac50f7f975b5f/<sha256>.webp",
          "mirrors": {
            "http://schemas.auth0.com/picture": "store:u/5756aadff1ddeb12281ac50f7f975b5f/<sha256>.webp",
          },
          "picture": null,
          "rule": "metadata",
          "user": "grace@example.com",
        },
      ]
    `);
    // No run changes a tracked file.
    expect(await Promise.all(["Pulumi.yaml", "Pulumi.dev.yaml"].map((file) => readFile(file, "utf8")))).toEqual(files);
    expect((await tenantState()).options["google-oauth2"]).toMatchObject({
      client_secret: "another-teams-google-secret",
      set_user_root_attributes: "on_first_login",
    });
  });

  // The tenant has another port: the authorizer, both functions, and the grants of both their applications name it.
  const ofPort = { create: 0, same: resources - 5, update: 3, delete: 0, replace: 2 };

  it.runIf(isRare)(
    "changes only what names the port the second time, and shows the stack's own logins and uploads",
    async () => {
      const second = JSON.parse((await start("--json")).stdout) as Output;

      expect(second.up).toEqual(ofPort);
      expect(second.binding).toEqual(first.binding);
      expect(second.logins).toHaveLength(10);
      expect(second.logins).toEqual(first.logins.slice(0, 10));
    },
  );

  // That is three more deployments.
  it.runIf(isRare)("shows all of them again when told", async () => {
    const third = JSON.parse((await start("--json", "--contrasts")).stdout) as Output;

    expect(third.up).toEqual(ofPort);
    expect(third.logins).toEqual(first.logins);
  });

  it("has the Action deployed that `npm run action` prints", async () => {
    const { stdout } = await promisify(execFile)(process.execPath, ["sandbox/print-action.ts", "--folder", folder]);

    expect(stdout).toBe((await tenantState()).deployedCode);
  });

  it("takes everything away, and leaves other teams' Action and connections as they were", async () => {
    const { stdout, stderr } = await start("destroy");
    const { options } = await tenantState();

    expect(stderr).toBe("");
    expect(stdout).toContain(`Each login still runs: Add roles.`);
    expect(options["google-oauth2"]).not.toHaveProperty("set_user_root_attributes");
    expect(options["google-oauth2"]).toMatchObject({ client_secret: "another-teams-google-secret" });
    const edge = JSON.parse(await readFile(join(folder, "edge", "edge.json"), "utf8")) as Record<string, object>;
    const { buckets, functions, httpApis, roles } = edge;
    expect({ buckets, functions, httpApis, roles }).toEqual({ buckets: {}, functions: {}, httpApis: {}, roles: {} });
  });

  it.runIf(isRare)("takes nothing away the second time", async () => {
    const { stdout } = await start("destroy", "--json");
    expect(JSON.parse(stdout)).toMatchObject({ destroy: { delete: 0 }, binding: ["Add roles"] });
  });

  // As test/sandbox/engine/engine.test.ts asks of the function.
  it.runIf(isRare)("says in a few lines how to get an engine where there is none", async () => {
    // By this proxy, which nobody is, npm's `pulumi` fails as it does without a network.
    const env = { PATH: folder, XDG_CACHE_HOME: folder, HOME: folder, HTTPS_PROXY: "http://127.0.0.1:1" };
    const failed = promisify(execFile)(process.execPath, ["sandbox/start/start.ts", "--folder", folder], { env });

    await expect(failed).rejects.toMatchObject({
      code: 1,
      stderr: expect.not.stringMatching(/^ +at /m) as string,
    });
    await expect(failed).rejects.toMatchObject({ stderr: expect.stringMatching(/Go .*Pulumi/s) as string });
  });

  it.runIf(isRare)("ends, and says why, when a part of the sandbox cannot start", async () => {
    const blocked = await mkdtemp(join(tmpdir(), "sandbox-"));
    await writeFile(join(blocked, "edge"), "in the way of the edge's folder");
    const failed = promisify(execFile)(process.execPath, ["sandbox/start/start.ts", "--folder", blocked]);

    await expect(failed).rejects.toMatchObject({ code: 1, stderr: expect.stringContaining("ENOTDIR") as string });
    await rm(blocked, { recursive: true });
  });

  it.each([["--jsn"], ["deploy"], ["destroy", "now"]])("refuses %j %j with its usage", async (...args) => {
    await expect(start(...args)).rejects.toMatchObject({
      code: 2,
      stdout: "",
      stderr: expect.stringContaining("Usage: npm start") as string,
    });
  });
});
