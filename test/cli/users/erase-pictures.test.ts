// A user's pictures erased from a real tenant, a real bucket and an edge; and cut off at every call.
import { describe, expect, it } from "vitest";
import type { CommandContext } from "../../../cli/command-context.ts";
import { erasePictures } from "../../../cli/users/erase-pictures.ts";
import { assignPicture } from "../../../cli/store/assign-picture.ts";
import { openPictureBucket } from "../../../cli/store/open-picture-bucket.ts";
import type { PictureBucket } from "../../../cli/store/picture-bucket.ts";
import type { TenantApi, UsersApi } from "../../../cli/tenant/users-api.ts";
import { CommandError } from "../../../cli/terminal/command-error.ts";
import { userFolder } from "../../../components/picture-store/image.ts";
import { bucketStore, expire, versionsIn } from "../../functions/in-memory-bucket.ts";
import type { Call } from "../../functions/in-memory-bucket.ts";
import { emptyWorld, userId } from "../../functions/in-memory-services.ts";
import type { World } from "../../functions/in-memory-services.ts";
import { isRare } from "../../rare.ts";
import { runUsers } from "./running-users.ts";

const running = runUsers();

/** Of which no decoder has to be asked. */
const picture = (text: string) => {
  const bytes = Buffer.from(text);
  return { webp: bytes, smallWebp: bytes, jpeg: bytes };
};
const assign = async (userId: string, text: string, attribute: "metadata" | "root" = "metadata") => {
  const services = { bucket: running.bucket, users: running.api.users };
  return (await assignPicture(services, { userId, picture: picture(text), attribute })).url;
};

const versionsOf = async (id: string) => (await running.bucket.objects.listVersions(userFolder(id))).versions;
const statusOf = async (url: string) => (await running.edge.fetch(url)).status;
const userOf = async (id: string) => running.api.users.getUser(id);

describe("erase", () => {
  it("leaves nothing: not in the bucket, not at an edge, not with the user", async () => {
    const id = await running.addUser("ada");
    const other = await running.addUser("other");
    const kept = await assign(other, "kept");
    const urls = [await assign(id, "a"), await assign(id, "b"), await assign(id, "c", "root")];
    running.edge.controlPlane.deleteObject(
      running.store.bucketName,
      urls[0]?.slice(running.store.pictureBaseUrl.length) ?? "",
    );
    for (const url of urls.slice(1)) expect(await statusOf(url)).toBe(200);
    const before = await versionsOf(id);

    const dry = await erasePictures(running.context({ isDryRun: true }), { user: "ada@example.org" });
    expect(dry.json).toMatchObject({
      dryRun: true,
      pictures: 3,
      versions: before.length,
      unset: [
        { attribute: "metadata", before: urls[1] },
        { attribute: "root", before: urls[2] },
      ],
    });
    expect(await versionsOf(id)).toEqual(before);

    const { json, text, hasFailed } = await erasePictures(running.context(), { user: "ada@example.org" });
    expect(hasFailed).toBe(false);
    expect(json).toMatchObject({
      complete: true,
      edge: "told",
      pictures: 3,
      versions: before.length,
      problems: [],
      user: { user_id: id, exists: true },
    });
    expect(text).toContain("Unset user_metadata.picture");
    expect(await versionsOf(id)).toEqual([]);
    for (const url of urls) expect(await statusOf(url)).toBe(404);
    const user = await userOf(id);
    expect([user?.user_metadata?.["picture"], urls.includes(String(user?.picture))]).toEqual([undefined, false]);
    expect(await statusOf(kept)).toBe(200);
    expect(await versionsOf(other)).not.toEqual([]);
  });

  it("takes the picture from the user's metadata wherever it is, and from the root only if it is the store's", async () => {
    const root = "https://lh3.googleusercontent.com/x";
    const id = await running.addUser("far", {
      picture: root,
      user_metadata: { picture: "https://elsewhere.example/", other: 1 },
    });
    await erasePictures(running.context(), { user: id });
    expect(await userOf(id)).toMatchObject({ picture: root, user_metadata: { other: 1 } });
    expect((await userOf(id))?.user_metadata?.["picture"]).toBeUndefined();
  });

  it("erases the folder of a user who is deleted, by the id, and refuses an unknown address", async () => {
    const id = await running.addUser("gone");
    const url = await assign(id, "g");
    expect(await statusOf(url)).toBe(200);
    await running.api.management.users.delete(id);
    const { json } = await erasePictures(running.context(), { user: id });

    expect(json).toMatchObject({ user: { user_id: id, exists: false }, unset: [], pictures: 1, edge: "told" });
    expect(await versionsOf(id)).toEqual([]);
    expect(await statusOf(url)).toBe(404);
    const { text } = await erasePictures(running.context(), { user: id });
    expect(text).toContain("Neither the tenant nor the store has anything of this id.");
    for (const nobody of ["nobody@example.org", "nobody", ""])
      await expect(erasePictures(running.context(), { user: nobody }), nobody).rejects.toBeInstanceOf(CommandError);
  });

  it("takes away what the accounts have left that are linked to the user", async () => {
    const [primary, linked] = [await running.addUser("holder"), await running.addUser("joined")];
    const own = await assign(primary, "own");
    const url = await assign(linked, "joined");
    await running.api.management.users.identities.link(primary, { provider: "auth0", user_id: "joined" });
    await running.api.users.updateUser(primary, { picture: url });
    expect([await statusOf(own), await statusOf(url)]).toEqual([200, 200]);

    const { json, hasFailed } = await erasePictures(running.context(), { user: primary });
    expect(hasFailed).toBe(false);
    expect(json).toMatchObject({
      unset: [
        { attribute: "metadata", before: own },
        { attribute: "root", before: url },
      ],
      pictures: 2,
    });
    for (const id of [primary, linked]) expect(await versionsOf(id)).toEqual([]);
    expect([await statusOf(own), await statusOf(url)]).toEqual([404, 404]);
  });

  it("takes it from the user, too, to whom the erased one is linked", async () => {
    const [primary, linked] = [await running.addUser("primary"), await running.addUser("linked")];
    const root = await assign(linked, "r", "root");
    const url = await assign(linked, "l");
    await running.api.management.users.identities.link(primary, { provider: "auth0", user_id: "linked" });
    await running.api.users.updateUser(primary, { user_metadata: { picture: url } });
    const { json, text } = await erasePictures(running.context(), { user: linked });

    expect(json).toMatchObject({
      user: { user_id: linked, exists: false },
      unset: [{ user_id: primary, attribute: "metadata", before: url }],
    });
    expect(text).toContain("to whom this user is linked");
    expect(json["notes"]).toEqual([expect.stringContaining(root)]);
    expect((await userOf(primary))?.user_metadata?.["picture"]).toBeUndefined();
    expect(await versionsOf(linked)).toEqual([]);
  });

  it("says that the edges were not told, and tells them when it is repeated", async () => {
    const id = await running.addUser("edge");
    const url = await assign(id, "e");
    expect(await statusOf(url)).toBe(200);
    const nobody = openPictureBucket(running.store, {
      ...running.bucketOptions,
      cloudFrontEndpoint: "https://127.0.0.1:1",
    });
    const bucket = () => ({ ...running.bucket, forget: (tags: readonly string[]) => nobody.forget(tags) });
    const first = await erasePictures(running.context({ bucket }), { user: id });

    expect(first).toMatchObject({ hasFailed: true, json: { edge: "failed", complete: false } });
    expect(first.text).toContain("run the command again");
    expect([await versionsOf(id), await statusOf(url)]).toEqual([[], 200]);
    const again = await erasePictures(running.context(), { user: id });
    expect(again).toMatchObject({ hasFailed: false, json: { edge: "told", complete: true, versions: 0 } });
    expect(await statusOf(url)).toBe(404);
  });

  it("is finished by the next run wherever it was cut off, and names nothing that is gone", async () => {
    for (let calls = 0, isCutOff = true; isCutOff; calls += isRare ? 1 : 9) {
      const id = await running.addUser(`cut${calls}`);
      const urls = [await assign(id, "a"), await assign(id, "b", "root")];
      for (const url of urls) expect(await statusOf(url)).toBe(200);
      const reached = { bucket: running.bucket, users: running.api.users, management: running.api.management };
      isCutOff = await eraseUntil(running.context(), reached, id, calls);

      const listed = await running.bucket.objects.list(userFolder(id));
      const user = await userOf(id);
      assertNamedIsThere(calls, [user?.user_metadata?.["picture"], user?.picture], listed);
      const { json } = await erasePictures(running.context(), { user: id });
      expect([calls, json["complete"], await versionsOf(id)]).toEqual([calls, true, []]);
      for (const url of urls) expect([calls, await statusOf(url)]).toEqual([calls, 404]);
    }
  });

  it.each([true, false])(
    "is finished after each single call of a bucket; it keeps versions: %s",
    async (keepsVersions) => {
      for (let calls = 0, isCutOff = true; isCutOff; calls += 1) {
        const world = emptyWorld(keepsVersions);
        const told: string[] = [];
        const users = usersOf(world);
        const call: Call = async (effect) => {
          world.clock += 1;
          return effect();
        };
        const objects = bucketStore(world, call, 2);
        const forget = async (tags: readonly string[]) => void told.push(...tags);
        const bucket = { ...running.bucket, objects, forget };
        for (const [text, attribute] of [
          ["a", "metadata"],
          ["b", "metadata"],
          ["c", "root"],
        ] as const)
          await assignPicture({ bucket, users }, { userId, picture: picture(text), attribute });
        for (const [key] of [...world.objects].slice(0, 2)) expire(world, key);
        const reached = { bucket, users, management: running.api.management };
        isCutOff = await eraseUntil(running.context(), reached, userId, calls);

        assertNamedIsThere(calls, [world.picture, world.root], await objects.list(userFolder(userId)));
        if (isCutOff) told.length = 0;
        const context = running.context({ bucket: () => bucket, tenant: { ...running.api, users } });
        const { json } = await erasePictures(context, { user: userId });
        expect([calls, json["complete"], versionsIn(world, ""), told.length > 0]).toEqual([calls, true, [], true]);
        expect([world.picture, world.root]).toEqual([null, null]);
        if (!isCutOff) expect(calls).toBeGreaterThan(keepsVersions ? 25 : 12);
      }
    },
  );

  it("looks again for an upload that was under way", async () => {
    const id = await running.addUser("busy");
    await assign(id, "a");
    let uploads = 0;
    const objects: PictureBucket["objects"] = {
      ...running.bucket.objects,
      async deleteVersion(key, versionId) {
        if (uploads === 0) {
          uploads += 1;
          await assign(id, "b");
        }
        return running.bucket.objects.deleteVersion(key, versionId);
      },
    };
    const bucket = () => ({ ...running.bucket, objects });
    const { json } = await erasePictures(running.context({ bucket }), { user: id });

    expect(json).toMatchObject({ complete: true, pictures: 2 });
    expect(await versionsOf(id)).toEqual([]);
    expect((await userOf(id))?.user_metadata?.["picture"]).toBeUndefined();
  });
});

interface Reached {
  readonly bucket: PictureBucket;
  readonly users: UsersApi;
  readonly management: TenantApi["management"];
}

/** Each call of the bucket, of the edge or of the tenant's users fails after so many. @returns whether one did */
async function eraseUntil(context: CommandContext, { bucket, users, management }: Reached, user: string, most: number) {
  const reason = new Error("cut off");
  let calls = 0;
  const counted = <Api extends object>(api: Api): Api =>
    Object.fromEntries(
      Object.entries(api).map(([name, act]) => [
        name,
        async (...all: unknown[]) => {
          if (calls++ >= most) throw reason;
          return (act as (...args: unknown[]) => unknown)(...all);
        },
      ]),
    ) as Api;
  const { forget } = counted({ forget: (tags: readonly string[]) => bucket.forget(tags) });
  const cut = { ...bucket, objects: counted(bucket.objects), forget };
  const tenant = { management, users: counted(users) };
  try {
    // Of the edge's failure there is an outcome.
    const { json } = await erasePictures({ ...context, tenant, bucket: () => cut }, { user });
    return json["complete"] !== true;
  } catch (error) {
    if (error !== reason) throw error;
    return true;
  }
}

/** One user, whose pictures a world has. */
function usersOf(world: World): UsersApi {
  const user = () => ({ user_id: userId, picture: world.root, user_metadata: { picture: world.picture } });
  return {
    getUser: async () => user(),
    async updateUser(_, change) {
      if ("picture" in change) world.root = change.picture;
      else world.picture = change.user_metadata.picture;
      return user();
    },
    findByEmail: async () => [],
    findUsers: async () => new Map(),
    everyUser: () => expect.fail("It needs no other user."),
  };
}

function assertNamedIsThere(calls: number, named: readonly unknown[], listed: readonly { readonly key: string }[]) {
  const urls = new Set(listed.map(({ key }) => running.bucket.urlOf(key)));
  for (const url of named)
    if (typeof url === "string" && url.startsWith(running.store.pictureBaseUrl))
      expect([calls, url, urls.has(url)]).toEqual([calls, url, true]);
}
