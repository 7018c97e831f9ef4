// A user's picture set and unset, in a real tenant and a real bucket: what is stored, named, and shown by a login.
import { createServer } from "node:http";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import sharp from "sharp";
import { beforeAll, expect, it } from "vitest";
import type { SetPictureArgs } from "../../../cli/users/set-picture.ts";
import { setPicture } from "../../../cli/users/set-picture.ts";
import { unsetPicture } from "../../../cli/users/unset-picture.ts";
import { StoreUnavailableError } from "../../../cli/store/picture-bucket.ts";
import { openPictureBucket } from "../../../cli/store/open-picture-bucket.ts";
import { CommandError } from "../../../cli/terminal/command-error.ts";
import { pictureKey } from "../../../components/picture-store/image.ts";
import { photos, refused } from "../../functions/source-pictures.ts";
import { runUsers } from "./running-users.ts";

const running = runUsers();
const path = (name: string) => join(running.folder, name);

beforeAll(async () => {
  const photo = photos["a JPEG that lies on its side, with GPS and a profile"];
  await writeFile(path("photo.jpg"), (await photo?.()) ?? "");
  await writeFile(path("animated.gif"), (await photos["an animated GIF"]?.()) ?? "");
  await writeFile(path("plain.png"), (await photos["a transparent PNG"]?.()) ?? "");
});

const set = (user: string, file: string, more: Partial<SetPictureArgs> = {}) =>
  setPicture(running.context(), { user, source: path(file), format: "webp", attribute: "metadata", ...more });

const userOf = async (id: string) => (await running.api.users.getUser(id)) ?? expect.fail("no user");
const states = async (id: string) => Object.values(await running.statesOf(id));

it("stores a photo as an upload would, names it, and a login shows it", async () => {
  const id = await running.addUser("ada");
  const { json, text, hasFailed = false } = await set("Ada@Example.org", "photo.jpg");
  const { url, bytes, uploaded } = json as unknown as {
    url: string;
    bytes: Record<string, number>;
    uploaded: string[];
  };

  expect(hasFailed).toBe(false);
  expect((await userOf(id)).user_metadata?.["picture"]).toBe(url);
  expect(uploaded).toHaveLength(3);
  expect(await states(id)).toEqual(["set", "set", "set"]);
  expect(await running.logInWith("users", "ada@example.org")).toBe(url);
  expect(json).toMatchObject({
    ...{ user: { user_id: id, email: "ada@example.org" }, attribute: "metadata", before: null, changed: true },
    ...{ dryRun: false, login: { origin: "user-metadata", url } },
  });
  expect(text).toContain(`${url}\n`);

  const answer = await running.edge.fetch(url);
  const served = Buffer.from(await answer.arrayBuffer());
  expect([answer.headers.get("content-type"), answer.headers.get("cache-control")]).toEqual([
    "image/webp",
    "public, max-age=604800, immutable",
  ]);
  expect(url).toBe(running.bucket.urlOf(pictureKey(id, served, "image/webp")));
  expect(served).toHaveLength(bytes["webp"] ?? 0);
  const metadata = await sharp(served).metadata();
  expect(metadata).toMatchObject({ width: 480, height: 480, format: "webp" });
  expect([metadata.exif, metadata.icc, metadata.orientation]).toEqual([undefined, undefined, undefined]);
});

it("replaces a picture, and does nothing when it is set again", async () => {
  const id = await running.addUser("ben");
  const { json: first } = await set("ben@example.org", "photo.jpg");
  const { json: second } = await set(id, "plain.png", { format: "jpeg" });

  expect(second).toMatchObject({ before: first["url"], url: expect.stringMatching(/\.jpg$/) as string });
  expect((await states(id)).toSorted()).toEqual([
    ...Array<string>(3).fill("replaced"),
    ...Array<string>(3).fill("set"),
  ]);
  running.tenant.faults.resetCalls();
  const { json, text } = await set(id, "plain.png", { format: "jpeg" });
  expect(json).toMatchObject({ changed: false, uploaded: [] });
  expect(text).toContain("the same picture as before");
  expect(running.tenant.faults.calls.filter(({ method }) => method === "PATCH")).toEqual([]);
});

it("says what would change, and changes nothing", async () => {
  const id = await running.addUser("dry", { user_metadata: { picture: "https://elsewhere.example/a.png" } });
  running.tenant.faults.resetCalls();
  const args = { user: id, source: path("plain.png"), format: "webp", attribute: "metadata" } as const;
  const { json, text } = await setPicture(running.context({ isDryRun: true }), args);
  const unset = await unsetPicture(running.context({ isDryRun: true }), { user: id, attribute: "metadata" });

  expect(json).toMatchObject({ before: "https://elsewhere.example/a.png", changed: true, dryRun: true });
  expect(json["uploaded"]).toHaveLength(3);
  expect(text).toContain("would have the picture");
  expect(unset.json).toMatchObject({ before: "https://elsewhere.example/a.png", changed: true, dryRun: true });
  expect(running.tenant.faults.calls.filter(({ method }) => method !== "GET")).toEqual([]);
  expect(await states(id)).toEqual([]);
});

it("takes the first frame of an animation", async () => {
  await running.addUser("gif");
  await set("gif@example.org", "animated.gif");
  const { user_metadata } = await userOf("auth0|gif");
  const answer = await running.edge.fetch(String(user_metadata?.["picture"]));
  expect((await sharp(Buffer.from(await answer.arrayBuffer())).metadata()).pages).toBeUndefined();
});

it("writes the root picture, which stays when the metadata is written and taken away", async () => {
  const id = await running.addUser("root");
  const { json } = await set(id, "photo.jpg", { attribute: "root" });
  expect(json).toMatchObject({ attribute: "root", login: { origin: "root", url: json["url"] } });
  expect(await running.logInWith("users", "root@example.org")).toBe(json["url"]);

  await set(id, "plain.png");
  expect(await states(id)).toEqual(Array<string>(6).fill("set"));
  const { json: unset, text } = await unsetPicture(running.context(), { user: id, attribute: "metadata" });
  expect(unset).toMatchObject({ changed: true, login: { origin: "root", url: json["url"] } });
  expect(text).toContain("A login shows");
  expect((await states(id)).toSorted()).toEqual([
    ...Array<string>(3).fill("replaced"),
    ...Array<string>(3).fill("set"),
  ]);
  expect((await userOf(id)).picture).toBe(json["url"]);
  await unsetPicture(running.context(), { user: id, attribute: "root" });
  expect(await states(id)).toEqual(Array<string>(6).fill("replaced"));
});

it("says why a connection's root picture cannot be written, and which command changes that", async () => {
  await running.logInWith("google-oauth2", "1");
  await running.logInWith("quiet", "2");
  const readOnly = set("gina@example.org", "plain.png", { attribute: "root" });
  await expect(readOnly).rejects.toBeInstanceOf(CommandError);
  await expect(readOnly).rejects.toThrow(`config set --path 'connections["google-oauth2"]' on_first_login`);
  const unset = unsetPicture(running.context(), { user: "gina@example.org", attribute: "root" });
  await expect(unset).rejects.toThrow("google-oauth2");

  expect((await set("quinn@example.org", "plain.png", { attribute: "root" })).json).toMatchObject({ changed: true });
});

it("finishes what an earlier unset has left", async () => {
  const id = await running.addUser("cut");
  await set(id, "plain.png");
  await running.api.users.updateUser(id, { user_metadata: { picture: null } });
  expect(await states(id)).toEqual(["set", "set", "set"]);
  const { json, text } = await unsetPicture(running.context(), { user: id, attribute: "metadata" });

  expect(json).toMatchObject({ changed: false, before: null });
  expect(text).toContain("has nothing as user_metadata.picture");
  expect(await states(id)).toEqual(["replaced", "replaced", "replaced"]);
});

it("fetches a URL by what guards it, and refuses one that is not public before anything is stored", async () => {
  const id = await running.addUser("url");
  const source = "https://pictures.example/a.png";
  const fetched: string[] = [];
  const args = { user: id, source, format: "webp", attribute: "metadata" } as const;
  const { json } = await setPicture(running.context(), args, async (url) => {
    fetched.push(url);
    return { bytes: (await photos["a progressive JPEG"]?.()) ?? Buffer.of(), url };
  });
  expect(fetched).toEqual([source]);
  expect(json).toMatchObject({ changed: true });

  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(request.url ?? "");
    response.end();
  }).listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  const { port } = server.address() as { port: number };
  for (const bad of [
    `http://127.0.0.1:${port}/`,
    `https://127.0.0.1:${port}/`,
    "https://127.0.0.1/",
    "https://[::ffff:10.0.0.1]/a.png",
    "HTTPS://localhost/a.png",
    "ftp://example.org/a.png",
    "https://user:secret@example.org/a.png",
  ]) {
    const answer = setPicture(running.context(), { ...args, source: bad });
    await expect(answer, bad).rejects.toBeInstanceOf(CommandError);
    await expect(answer, bad).rejects.not.toThrow("secret");
  }
  expect(asked).toEqual([]);
  server.close();
});

it("takes nothing that is no sound picture, and leaves the user as before", async () => {
  const id = await running.addUser("bad");
  for (const name of [
    "a HEIC photo",
    "half a JPEG",
    "a page",
    "a PNG of 400 million pixels",
    "a JPEG of more than 100 scans",
  ]) {
    const [, make] = refused[name] ?? expect.fail(name);
    await writeFile(path("bad"), await make());
    await expect(set(id, "bad"), name).rejects.toBeInstanceOf(CommandError);
  }
  await expect(set(id, "no-such-file.png")).rejects.toThrow("no-such-file.png: The file is not there");
  expect((await userOf(id)).user_metadata?.["picture"]).toBeUndefined();
  expect(await states(id)).toEqual([]);
});

it("refuses users who are nobody, or more than one, naming each", async () => {
  await running.logInWith("quiet", "2");
  await running.addUser("quinn");
  await expect(set("quinn@example.org", "plain.png")).rejects.toThrow(
    /github\|2.*auth0\|quinn|auth0\|quinn.*github\|2/,
  );
  for (const nobody of ["nobody@example.org", "auth0|nobody", "", "nobody"])
    await expect(set(nobody, "plain.png"), nobody).rejects.toBeInstanceOf(CommandError);
});

it("removes what it has stored for a user who is deleted meanwhile", async () => {
  const id = await running.addUser("late");
  running.tenant.faults.inject(
    { kind: "meanwhile", when: "before effect", act: () => running.api.management.users.delete(id) },
    { method: "PATCH" },
  );
  await expect(set(id, "plain.png")).rejects.toThrow("no such user any more");
  expect(await states(id)).toEqual([]);
});

it("goes on after 429s and 500s, and says which AWS credentials are of no use", async () => {
  const id = await running.addUser("slow");
  running.tenant.faults.inject({ kind: "too many requests", resetHeader: true }, { method: "PATCH", times: 2 });
  expect((await set(id, "plain.png")).json).toMatchObject({ changed: true });

  const wrong = { ...running.bucketOptions, credentials: { accessKeyId: "AKIAWRONG", secretAccessKey: "x" } };
  const bucket = () => openPictureBucket(running.store, wrong);
  const args = { user: id, source: path("photo.jpg"), format: "webp", attribute: "metadata" } as const;
  await expect(setPicture(running.context({ bucket }), args)).rejects.toThrow("AWS does not know the access key");
  const nowhere = () => openPictureBucket(running.store, { ...wrong, endpoint: "https://127.0.0.1:1" });
  await expect(setPicture(running.context({ bucket: nowhere }), args)).rejects.toBeInstanceOf(StoreUnavailableError);
});
