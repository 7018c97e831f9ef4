// What a request is answered, and what it leaves in the bucket and in the user's metadata.
import { describe, expect, it } from "vitest";
import { cacheTag, userFolder } from "../../components/picture-store/image.ts";
import { taggedUser } from "../../components/picture-store/picture-tags.ts";
import {
  longestUpload,
  markSet,
  pictureObjects,
  putPicture,
  settleFolder,
  uploadCacheControl,
} from "../../functions/services/user-folder.ts";
import { baseUrl, emptyWorld, outcome, request, services, sweep, userId, whole } from "./in-memory-services.ts";
import type { Plan, World } from "./in-memory-services.ts";

const ask = async (world: World, plan: Partial<Plan> & Pick<Plan, "request">) => {
  const { statusCode, body } = await request(world, { ...whole, ...plan });
  return { status: statusCode, body: JSON.parse(body) as Record<string, unknown> };
};

describe("PUT /picture", () => {
  it("puts the picture and its variants beside each other, and names the picture", async () => {
    const world = emptyWorld();
    const { status, body } = await ask(world, { request: "a" });
    const url = String(body["url"]);

    expect(status).toBe(200);
    expect(url).toMatch(new RegExp(`^${baseUrl}${userFolder(userId)}[0-9a-f]{64}\\.webp$`));
    expect(body["variants"]).toEqual({ size96: url.replace(".webp", "-96.webp"), jpeg: url.replace(".webp", ".jpg") });
    expect(world.picture).toBe(url);
    const keys = [url, url.replace(".webp", "-96.webp"), url.replace(".webp", ".jpg")];
    expect([...world.objects.keys()].toSorted()).toEqual(keys.map((key) => key.replace(baseUrl, "")).toSorted());
  });

  it("gives the objects the store's headers, and tags that say whose they are", async () => {
    const world = emptyWorld();
    await ask(world, { request: "a" });

    for (const [key, { headers }] of world.objects) {
      expect(headers).toMatchObject({
        contentType: key.endsWith(".jpg") ? "image/jpeg" : "image/webp",
        cacheControl: uploadCacheControl,
        cacheTag: cacheTag(userId),
      });
      expect(taggedUser(headers.tags)).toBe(userId);
    }
  });

  it("lets the picture before expire, and the same picture again does not", async () => {
    const world = emptyWorld();
    await ask(world, { request: "a" });
    await ask(world, { request: "b" });

    expect(outcome(world)).toEqual({ named: ["set"], others: ["replaced"] });
    const before = world.clock;
    await ask(world, { request: "a" });

    expect(outcome(world)).toEqual({ named: ["set"], others: ["replaced"] });
    // What is about to expire is as new, whatever S3 has already made of its age.
    for (const [key, { modified }] of world.objects)
      if (baseUrl + key === world.picture) expect(modified).toBeGreaterThan(before);
  });

  it("answers 410 for a user who is gone, and leaves nothing that it put", async () => {
    const world = { ...emptyWorld(), isDeleted: true };

    expect(await ask(world, { request: "a" })).toMatchObject({ status: 410, body: { code: "user_deleted" } });
    expect(await ask(world, { request: "a", writesBack: false })).toMatchObject({ status: 410 });
    expect(world.objects.size).toBe(0);
  });

  it("takes no more different pictures than a user may have, but each of these again", async () => {
    const world = emptyWorld();
    await ask(world, { request: "a" });
    await ask(world, { request: "b" });
    const refused = await ask(world, { request: "c", maxPictures: 2 });

    expect(refused).toMatchObject({ status: 429, body: { code: "too_many_pictures" } });
    expect(world.objects.size).toBe(6);
    expect(await ask(world, { request: "a", maxPictures: 2 })).toMatchObject({ status: 200 });
  });

  it("names nothing where the page does, and lets go what the page has replaced", async () => {
    const world = emptyWorld();
    const byPage = async (one: "a" | "b" | "c") => {
      const { body } = await ask(world, { request: one, writesBack: false });
      const before = world.picture;
      world.picture = String(body["url"]);
      return before;
    };

    expect([await byPage("a"), world.picture]).toEqual([null, expect.stringContaining(baseUrl)]);
    await byPage("b");
    // An hour later nothing is under way any more.
    await sweep(world);
    expect(outcome(world)).toEqual({ named: ["set"], others: ["replaced"] });
  });

  it("answers that it is done where only the tidying failed", async () => {
    const world = emptyWorld();
    await ask(world, { request: "a" });
    // Three objects, the metadata: what comes then is tidying.
    const tidying = new Map(Array.from({ length: 30 }, (_, call) => [call + 5, "before"] as const));
    const { status } = await ask(world, { request: "b", failures: tidying });

    expect(status).toBe(200);
    expect(outcome(world).named).toEqual(["new"]);
    await sweep(world);
    expect(outcome(world)).toEqual({ named: ["set"], others: ["replaced"] });
  });

  it.each([0, 1, 2, 3, 4])("answers 503 where call %i fails, and names nothing that is not there", async (call) => {
    const world = emptyWorld();
    const { status, body } = await ask(world, { request: "a", failures: new Map([[call, "before"]]) });

    expect({ status, code: body["code"] }).toEqual({ status: 503, code: "busy" });
    expect(world.picture).toBeNull();
  });
});

describe("DELETE /picture", () => {
  it("takes the name away, and lets the pictures expire", async () => {
    const world = emptyWorld();
    await ask(world, { request: "a" });

    expect(await ask(world, { request: "DELETE" })).toEqual({ status: 200, body: { url: null, variants: {} } });
    expect(world.picture).toBeNull();
    expect(outcome(world)).toEqual({ named: [], others: ["replaced"] });
    expect(await ask({ ...world, isDeleted: true }, { request: "DELETE" })).toMatchObject({ status: 410 });
  });

  it("asks the page to take the name away where that writes it", async () => {
    const world = emptyWorld();
    await ask(world, { request: "a" });
    const refused = await ask(world, { request: "DELETE", writesBack: false });

    expect(refused).toMatchObject({ status: 409, body: { code: "still_set" } });
    world.picture = "https://example.com/other.png";
    const answer = await ask(world, { request: "DELETE", writesBack: false });
    expect(answer).toEqual({ status: 200, body: { url: world.picture, variants: {} } });
    expect(outcome(world).others).toEqual(["replaced"]);
  });
});

describe("GET /picture", () => {
  it("tells what is set, and its variants if it is the store's", async () => {
    const world = emptyWorld();

    expect(await ask(world, { request: "GET" })).toEqual({ status: 200, body: { url: null, variants: {} } });
    const { body } = await ask(world, { request: "a" });
    expect(await ask(world, { request: "GET" })).toEqual({ status: 200, body });
    world.picture = "https://example.com/other.png";
    expect(await ask(world, { request: "GET" })).toEqual({ status: 200, body: { url: world.picture, variants: {} } });
    expect(await ask({ ...world, isDeleted: true }, { request: "GET" })).toMatchObject({ status: 410 });
  });

  it("says that it could not be looked up where Auth0 fails", async () => {
    const failures = new Map([[0, "before"] as const]);

    expect(await ask(emptyWorld(), { request: "GET", failures })).toMatchObject({
      status: 503,
      body: { code: "not_read" },
    });
  });
});

describe("two uploads of the same picture at once", () => {
  it("leave it to the later one to say that it is set", async () => {
    const world = emptyWorld();
    const { store } = services(world, { ...whole, request: "a" });
    const bytes = Buffer.from("a");
    const { objects } = pictureObjects(userId, { webp: bytes, smallWebp: bytes, jpeg: bytes });
    const [first, second] = [await putPicture(store, userId, objects), await putPicture(store, userId, objects)];

    await markSet(store, userId, first);
    expect(outcome(world).others).toEqual(["new"]);
    await markSet(store, userId, second);
    expect(outcome(world).others).toEqual(["set"]);
  });
});

describe("settling a folder", () => {
  /** Of one picture an object that was `set`, and one that another upload has put since. */
  async function halfUnderWay(minutes: number) {
    const world = emptyWorld();
    await ask(world, { request: "a" });
    const [, second] = world.objects.keys();
    world.picture = null;
    for (const [key, object] of world.objects) {
      const tags = { ...object.headers.tags, state: key === second ? "new" : "set" };
      world.objects.set(key, { ...object, headers: { ...object.headers, tags } });
    }
    const { store, metadata } = services(world, { ...whole, request: "a" });
    const now = world.clock + minutes * 60_000;
    await settleFolder(store, userId, () => metadata.readPictures(userId), now);
    return world;
  }

  it("lets go nothing of a picture that an upload is still under way with", async () => {
    const world = await halfUnderWay(longestUpload / 60_000 - 1);

    expect(outcome(world).others.toSorted()).toEqual(["new", "set"]);
  });

  it("lets it go an hour later", async () => {
    const world = await halfUnderWay(longestUpload / 60_000 + 1);

    expect(outcome(world).others).toEqual(["replaced"]);
  });

  it("leaves what is no picture, and what metadata names by another host", async () => {
    const world = emptyWorld();
    await ask(world, { request: "a" });
    const [, object] = [...world.objects][0] ?? [];
    if (object === undefined || world.picture === null) throw new Error("nothing was put");
    const note = `${userFolder(userId)}note.txt`;
    world.objects.set(note, object);
    world.picture = world.picture.replace(baseUrl, "https://older.example.com/pictures/");
    await sweep(world);

    expect(world.objects.get(note)).toBe(object);
    expect(outcome(world).named).toEqual(["set"]);
  });

  it("heals what is named and was let go", async () => {
    const world = emptyWorld();
    await ask(world, { request: "a" });
    const first = world.picture;
    await ask(world, { request: "b" });
    world.picture = first;
    await sweep(world);

    expect(outcome(world)).toEqual({ named: ["set"], others: ["replaced"] });
  });

  it("takes what another program put there for an upload's", async () => {
    const world = emptyWorld();
    await ask(world, { request: "a" });
    const [[key, object] = []] = [...world.objects];
    if (key === undefined || object === undefined) throw new Error("nothing was put");
    const older = key.replace(/[0-9a-f]{64}.*/, `${"0".repeat(64)}.png`);
    world.objects.set(older, { ...object, headers: { ...object.headers, tags: {} } });
    await sweep(world);

    expect(world.objects.get(older)?.headers).toMatchObject({ contentType: "image/png", tags: { state: "replaced" } });
  });
});
