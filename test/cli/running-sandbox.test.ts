// What the tests of commands stand on: a store that is served and forgotten, and a child process that finds it by its
// environment alone.
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { expect, it } from "vitest";
import { openPictureBucket } from "../../cli/store/open-picture-bucket.ts";
import { runSandbox } from "./running-sandbox.ts";

const sandbox = runSandbox({ connections: [] });

const headers = {
  ...{ contentType: "image/webp", cacheControl: "public, max-age=604800", cacheTag: "u:0123" },
  tags: { state: "set" },
};

it("serves what is stored, until the edge is told to forget it", async () => {
  const bucket = openPictureBucket(sandbox.store, sandbox.bucketOptions);
  const key = "u/0123/picture.webp";
  const { versionId = "" } = (await bucket.objects.putIfAbsent(key, new Uint8Array(16), headers)) ?? {};
  const look = async () => {
    const { status, headers: shown } = await sandbox.edge.fetch(bucket.urlOf(key));
    return [status, shown.get("x-cache")];
  };

  expect([await look(), await look()]).toEqual([
    [200, "Miss from cloudfront"],
    [200, "Hit from cloudfront"],
  ]);
  await bucket.objects.deleteVersion(key, versionId);
  expect(await look()).toEqual([200, "Hit from cloudfront"]);
  await bucket.forget(["u:0123"]);
  expect(await look()).toEqual([404, "Error from cloudfront"]);
});

it("lets a program find tenant, store and pictures by its environment", async () => {
  await openPictureBucket(sandbox.store, sandbox.bucketOptions).objects.putIfAbsent(
    "u/0/a",
    new Uint8Array(3),
    headers,
  );
  const script = `
    import { ManagementClient } from "auth0";
    import { ListObjectsV2Command, S3Client } from "@aws-sdk/client-s3";
    const { AUTH0_DOMAIN: domain, AUTH0_CLIENT_ID: clientId, AUTH0_CLIENT_SECRET: clientSecret } = process.env;
    const { data } = await new ManagementClient({ domain, clientId, clientSecret }).users.list();
    const list = new ListObjectsV2Command({ Bucket: process.env.PICTURE_BUCKET, Prefix: "u/0/" });
    const { Contents } = await new S3Client().send(list);
    const { status } = await fetch(process.env.PICTURE_BASE_URL + Contents[0].Key);
    const elsewhere = await fetch("https://example.org/").then(String, () => "refused");
    console.log(JSON.stringify({ users: data.length, status, elsewhere }));`;
  const env = { ...sandbox.environment, HOME: sandbox.folder };
  const run = promisify(execFile)(process.execPath, ["--input-type=module", "-e", script], { env });

  expect(JSON.parse((await run).stdout)).toEqual({ users: 0, status: 200, elsewhere: "refused" });
});
