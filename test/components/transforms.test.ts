// What no argument says, a program says by Pulumi's transforms: the documentation's example, as it stands there.
import { readFileSync } from "node:fs";
import { registerHooks } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import * as pulumi from "@pulumi/pulumi";
import { afterEach, beforeEach, expect, it } from "vitest";
import { computedOutputs } from "./computed-outputs.ts";

interface Created {
  readonly type: string;
  readonly name: string;
  readonly inputs: Record<string, unknown>;
}

const example = join(import.meta.dirname, "fixture/transforms.ts");
const created: Created[] = [];
/** Of the component: the engine applies them to it and to all that is in it. */
const transforms: pulumi.ResourceTransform[] = [];

// The library as its sources are, not as it was built.
const library = pathToFileURL(join(import.meta.dirname, "../../components/index.ts")).href;
const hooks = registerHooks({
  resolve: (specifier, context, next) => next(specifier === "auth0-user-pictures" ? library : specifier, context),
});

beforeEach(() =>
  pulumi.runtime.setMocks(
    {
      newResource: ({ type, name, inputs, transforms: own = [] }) => {
        created.push({ type, name, inputs: inputs as Record<string, unknown> });
        transforms.push(...own);
        return { id: `${name}-id`, state: { ...(inputs as object), ...computedOutputs(type, name) } };
      },
      call: ({ token }) => Promise.reject(new Error(`unexpected call of ${token}`)),
    },
    "auth0-user-pictures",
    "test",
    false,
  ),
);
afterEach(() => {
  hooks.deregister();
});

it("the example of docs/larger-stacks.md tags the bucket and leaves the distribution's web ACL to others", async () => {
  await import(pathToFileURL(example).href);
  await pulumi.runtime.disconnect();
  const [transform] = transforms;
  const opts = { protect: true };
  const changed = created.flatMap(({ type, name, inputs: props }) => {
    const result = transform?.({ custom: true, type, name, props, opts });
    return result === undefined ? [] : [{ name, props, result }];
  });

  expect(created.length).toBeGreaterThan(10);
  expect(transforms).toHaveLength(1);
  expect(changed).toEqual([
    {
      name: "user-pictures-store-bucket",
      props: { forceDestroy: false },
      result: { props: { forceDestroy: false, tags: { backup: "daily" } }, opts },
    },
    {
      name: "user-pictures-store-distribution",
      props: expect.objectContaining({ comment: "User pictures" }) as object,
      result: {
        props: expect.objectContaining({ comment: "User pictures" }) as object,
        opts: { protect: true, ignoreChanges: ["webAclId"] },
      },
    },
  ]);
});

it("is the code of the page", () => {
  const blocks = [...readFileSync("docs/larger-stacks.md", "utf8").matchAll(/^```ts\n(.*?)^```$/gms)];

  expect(blocks.map(([, code]) => code)).toContain(readFileSync(example, "utf8"));
});
