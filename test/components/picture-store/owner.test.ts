// What of AWS two stores of one program would both have: a bucket, a host, a distribution.
import { Provider } from "@pulumi/aws/provider.js";
import * as pulumi from "@pulumi/pulumi";
import { describe, expect, it } from "vitest";
import type { PictureStoreArgs } from "../../../components/picture-store/args.ts";
import { PictureStore } from "../../../components/picture-store/picture-store.ts";
import { UserPictures } from "../../../components/user-pictures.ts";
import { mockEngine } from "../mock-engine.ts";

const engine = mockEngine();

const defaultPictures = { general: { url: "https://cdn.example.org/default.png" } };

const store = (name: string, args: PictureStoreArgs, opts: pulumi.ComponentResourceOptions = {}) =>
  new PictureStore(name, { defaultPictures, ...args }, { ...engine.recorded, ...opts });
const refusal = (setting: string, thing: string) =>
  `PictureStore "second" cannot be created:\n  - ${setting}: PictureStore "first" of this program has the ${thing} ` +
  `already. Two stores of it get in each other's way: give each its own, or use one store for both.`;

const distribution = (id: string, baseUrl: string) => ({
  existingDistribution: { arn: `arn:aws:cloudfront::123456789012:distribution/${id}`, baseUrl },
});
const acmCertificateArn = "arn:aws:acm:us-east-1:123456789012:certificate/60669652-455b-4ae9-85a4-c4c02393f86c";
const domain = (domainName: string) => ({ domain: { domainName, acmCertificateArn, manualDns: true } });
const host = "pictures.example.org";
const url = `https://${host}/`;

type Case = readonly [string, PictureStoreArgs, PictureStoreArgs, setting: string, thing: string];
const plain: Case[] = [
  [
    "one existing bucket",
    { existingBucket: "theirs" },
    { existingBucket: "theirs" },
    "existingBucket",
    `bucket "theirs"`,
  ],
  ["a bucket's name", { bucketName: "pictures-1" }, { bucketName: "pictures-1" }, "bucketName", `bucket "pictures-1"`],
  [
    "one's own, another's existing",
    { bucketName: "ours" },
    { existingBucket: "ours" },
    "existingBucket",
    `bucket "ours"`,
  ],
  ["one domain name", domain(host), domain(host), "domain.domainName", `host "${host}"`],
  [
    "a host of one and of a distribution",
    domain(host),
    distribution("E1", url),
    "existingDistribution.baseUrl",
    `host "${host}"`,
  ],
  ["a host of a distribution and of one", distribution("E1", url), domain(host), "domain.domainName", `host "${host}"`],
  [
    "one distribution",
    distribution("E1", url),
    distribution("E1", "https://other.example.org/"),
    "existingDistribution.arn",
    "distribution arn:aws:cloudfront::123456789012:distribution/E1",
  ],
];

describe("two stores of one program", () => {
  it.each(plain)("are refused with %s", async (_, first, second, setting, thing) => {
    store("first", first);

    expect(() => store("second", second)).toThrow(refusal(setting, thing));
    expect((await engine.registered()).map(({ name }) => name)).not.toContain("second-distribution");
  });

  it.each(plain)("are refused with %s, also with an AWS provider of its own", (_, first, second, setting, thing) => {
    store("first", first);
    const provider = new Provider("other", { region: "eu-west-1" });

    expect(() => store("second", second, { provider })).toThrow(refusal(setting, thing));
  });

  it("are refused as soon as it is known, also with the bucket that the first one has made", async () => {
    const known = () => {
      store("first", { existingBucket: "theirs" });
      store("second", { existingBucket: pulumi.output("theirs") });
    };
    expect(await engine.failures(known)).toEqual([refusal("existingBucket", `bucket "theirs"`)]);
    await pulumi.runtime.setMocks({
      newResource: ({ name, inputs }) => ({ id: name, state: { ...(inputs as object), bucket: name } }),
      call: () => ({}),
    });
    const made = () => {
      const first = store("first", {});
      store("second", { existingBucket: first.bucketName });
    };
    expect(await engine.failures(made)).toContain(refusal("existingBucket", `bucket "first-bucket"`));
  });

  it("are refused inside of UserPictures too", () => {
    const pictures = (name: string) =>
      new UserPictures(name, {
        store: domain(host),
        defaultPictures,
        action: { name },
      });
    pictures("first");

    expect(() => pictures("second")).toThrow(/"second-store" cannot .*domain\.domainName: PictureStore "first-store"/s);
  });

  it("pass where they share nothing, and in two runs of one process", async () => {
    for (const run of [1, 2]) {
      store("first", { existingBucket: "theirs", ...distribution("E1", url) });
      store("second", { existingBucket: "others", ...distribution("E2", "https://others.example.org/") });
      store("third", domain("third.example.org"));
      store("fourth", {});
      expect(await engine.failures(() => store("fifth", {}))).toEqual([]);
      if (run === 1)
        await pulumi.runtime.setMocks({
          newResource: ({ name }) => ({ id: name, state: { bucket: name } }),
          call: () => ({}),
        });
    }
  });
});
