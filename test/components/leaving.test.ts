// docs/picture-store.md's table of what leaves a stack: every resource that can is in it, with what becomes of it.
import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import type { PicturesOnDestroy } from "../../components/picture-store/closed-sets.ts";
import { UserPictures } from "../../components/user-pictures.ts";
import type { UserPicturesArgs } from "../../components/user-pictures-args.ts";
import type { PictureStoreArgs } from "../../components/picture-store/args.ts";
import { everyOption, variants } from "./picture-store/store-variants.ts";
import { mockEngine } from "./mock-engine.ts";

const engine = mockEngine();

/** By logical name, without the component's own: what becomes of a resource that leaves the program. */
function documented(column: number): Record<string, string> {
  const [, section = ""] = readFileSync("docs/picture-store.md", "utf8").split("## What leaves a stack\n");
  const rows = (section.split("\n## ")[0] ?? "").split("\n").filter((line) => line.startsWith("| `"));
  return Object.fromEntries(
    rows.flatMap((row) => {
      const cells = row.split("|").map((cell) => cell.trim());
      expect(cells[5], `${row} has a reason`).not.toBe("");
      return [...(cells[1] ?? "").matchAll(/`([^`]+)`/g)].map(([, name = ""]) => [name, cells[column] ?? ""]);
    }),
  );
}

interface Options {
  readonly protect?: unknown;
  readonly retainOnDelete?: unknown;
  readonly deletedWith?: unknown;
  readonly id?: unknown;
}

function becomes({ protect, retainOnDelete, deletedWith, id }: Options): string {
  if (id !== undefined) return "not the stack's";
  if (protect === true) return retainOnDelete === true ? "protected, kept" : "protected";
  if (retainOnDelete === true) return "kept";
  return deletedWith === undefined ? "deleted" : "goes with the bucket";
}

/** Names that no other store of the program has. */
function ownNames(store: PictureStoreArgs, index: number): PictureStoreArgs {
  const { bucketName, domain, existingBucket, existingDistribution } = store;
  return {
    ...(bucketName !== undefined && { bucketName: `pictures${index}.example.org` }),
    ...(domain && { domain: { ...domain, domainName: `pictures${index}.example.org` } }),
    ...(existingBucket !== undefined && { existingBucket: `another-teams-bucket-${index}` }),
    ...(existingDistribution && {
      existingDistribution: {
        arn: `arn:aws:cloudfront::123456789012:distribution/E${index}EXAMPLE`,
        baseUrl: `https://cdn${index}.example.org/`,
      },
    }),
  };
}

/** A program of every resource: `everyOption`, its variants, an owned flow and a connection. */
async function declared(picturesOnDestroy: PicturesOnDestroy): Promise<Record<string, string>> {
  const { defaultPictures, existingBucket, existingDistribution } = {
    ...everyOption,
    ...variants["what others manage"],
  };
  const stores: PictureStoreArgs[] = [
    everyOption,
    ...(existingDistribution ? [{ existingDistribution }] : []),
    ...(existingBucket === undefined ? [] : [{ existingBucket }]),
    ...Object.values(variants),
  ].map((store, index) => ({ ...store, ...ownNames(store, index), picturesOnDestroy }));
  const others: Pick<UserPicturesArgs, "action" | "connections"> = {
    action: { loginFlow: { actionsBefore: [], actionsAfter: [] } },
    connections: { "google-oauth2": "on_first_login" },
  };
  stores.forEach((options, index) => {
    const { defaultPictures: _, ...store } = options;
    const named = index === 0 ? others : { action: { name: `Picture ${picturesOnDestroy} ${index}` } };
    const args = { store, ...(defaultPictures && { defaultPictures }), ...named };
    new UserPictures(`it${index}`, args, engine.recorded);
  });
  const resources = (await engine.registered()).filter(({ type }) => !type.startsWith("auth0-user-pictures:"));
  const found = new Map<string, Set<string>>();
  for (const { name, options } of resources) {
    const [, own = ""] = /^it\d-(.*?)(?:-[0-9a-f]{8})?$/.exec(name.replace("google-oauth2", "<connection>")) ?? [];
    found.set(own, (found.get(own) ?? new Set()).add(becomes(options)));
  }
  return Object.fromEntries([...found].map(([name, all]) => [name, [...all].sort().join(" or ")]));
}

it.each([
  ["protect", 2],
  ["fail", 3],
  ["empty", 4],
] as const)("with %s, each resource is in the table with what becomes of it", async (picturesOnDestroy, column) => {
  expect(documented(column)).toEqual(await declared(picturesOnDestroy));
});
