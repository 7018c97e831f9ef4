// The picture store behind an edge that caches: what stays for how long, and what makes the edge forget one user's
// pictures.
import { beforeEach, expect, it } from "vitest";
import { deployments } from "./deployed-store.ts";
import type { DeployedStore } from "./deployed-store.ts";

let seconds = 0;
const { deploy } = deployments(() => seconds * 1000);
beforeEach(() => {
  seconds = 0;
});

const picture = Buffer.from("89504e470d0a1a0a00", "hex");
const ada = { key: "u/5756aadff1ddeb12281ac50f7f975b5f/a.png", tag: "u:5756aadff1ddeb12281ac50f7f975b5f" };
const grace = { key: "u/02a3e298f1533f62558c58e4c70edcab/a.png", tag: "u:02a3e298f1533f62558c58e4c70edcab" };

function upload({ edge, bucketName }: DeployedStore, { key, tag }: typeof ada): void {
  edge.controlPlane.putObject(bucketName, key, picture, {
    contentType: "image/png",
    cacheControl: "public, max-age=604800, s-maxage=31536000, immutable",
    metadata: { "cache-tag": tag },
  });
}
const statuses = async (store: DeployedStore, ...owners: (typeof ada)[]) =>
  Promise.all(owners.map(async ({ key }) => (await store.get(key)).status));

it("one user's erased pictures are forgotten by their tag, and no other's", async () => {
  const store = await deploy();
  const { edge, bucketName, distributionId } = store;
  for (const owner of [ada, grace]) upload(store, owner);
  await statuses(store, ada, grace);
  for (const { key } of [ada, grace]) edge.controlPlane.deleteObjectVersions(bucketName, key);

  expect(await statuses(store, ada, grace)).toEqual([200, 200]);
  edge.controlPlane.createInvalidation(distributionId, [`#${ada.tag.toUpperCase()}`]);
  expect(await statuses(store, ada, grace)).toEqual([404, 200]);
});

it("a distribution without cache tags keeps an erased picture", async () => {
  const store = await deploy({}, { type: "cloudfront/distribution:Distribution", change: ({ cacheTagConfig, ...it }) => it }); // prettier-ignore
  upload(store, ada);
  await statuses(store, ada);
  store.edge.controlPlane.deleteObjectVersions(store.bucketName, ada.key);
  store.edge.controlPlane.createInvalidation(store.distributionId, [`#${ada.tag}`]);

  expect(await statuses(store, ada)).toEqual([200]);
  store.edge.controlPlane.createInvalidation(store.distributionId, ["/u/*"]);
  expect(await statuses(store, ada)).toEqual([404]);
});

it("a picture that was missing is seen a minute after it is there, and stays for a year", async () => {
  const store = await deploy();
  expect(await statuses(store, ada)).toEqual([404]);
  upload(store, ada);

  seconds = 59;
  expect(await statuses(store, ada)).toEqual([404]);
  seconds = 60;
  expect((await store.get(ada.key)).headers.get("x-cache")).toBe("Miss from cloudfront");
  store.edge.controlPlane.deleteObjectVersions(store.bucketName, ada.key);
  seconds += 31536000 - 1;
  expect((await store.get(ada.key)).headers.get("x-cache")).toBe("Hit from cloudfront");
  seconds += 1;
  expect(await statuses(store, ada)).toEqual([404]);
});

it("a new default picture is what is shown for a missing one, a minute later", async () => {
  const store = await deploy();
  const bodyOf = async () => Buffer.from(await (await store.get("u/none.png")).arrayBuffer());
  const before = await bodyOf();
  store.edge.controlPlane.putObject(store.bucketName, "d/missing", picture, {
    contentType: "image/png",
    cacheControl: "public, max-age=60",
  });

  seconds = 59;
  expect(await bodyOf()).toEqual(before);
  seconds = 60;
  expect(await bodyOf()).toEqual(picture);
});
