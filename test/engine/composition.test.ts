// What only the engine decides of components in components: that nothing is recreated where they move, and which
// options their resources have.
import { expect, it } from "vitest";
import { sandboxOf } from "./test-sandbox.ts";

const sandbox = sandboxOf(() => "test/engine/fixture/composed");
const config = (as: string) => ({ config: { as } });

interface State {
  readonly deployment: {
    readonly resources: readonly {
      readonly urn: string;
      readonly custom: boolean;
      readonly ignoreChanges?: readonly string[];
      readonly replaceOnChanges?: readonly string[];
      readonly customTimeouts?: object;
    }[];
  };
}

it("goes from parts into a UserPictures, and from there into another component, and recreates nothing", async () => {
  await sandbox().workspace.up({ ...config("parts"), skipPreview: true });
  const joined = await sandbox().workspace.up({ ...config("joined"), skipPreview: true });
  // The UserPictures itself is new.
  expect(joined.changes).toMatchObject({ create: 1, delete: 0, replace: 0 });

  const { deployment } = (await sandbox().workspace.exportState()) as State;
  const own = deployment.resources.filter(({ urn }) => urn.includes("auth0-user-pictures:index:UserPictures"));
  expect(own).toHaveLength(7);
  const deletedWith = expect.stringContaining("acme:platform:Tenant::tenant") as string;
  for (const resource of own) expect(resource).toMatchObject({ protect: true, retainOnDelete: true, deletedWith });
  // What the component alone has: the Action's own list is the component's doing.
  const ofTheComponent = own
    .filter(({ custom }) => custom)
    .map((resource) => [
      ...[resource.customTimeouts, resource.replaceOnChanges],
      ...(resource.ignoreChanges ?? []).filter((name) => name !== "status"),
    ]);
  expect(ofTheComponent).toEqual(Array.from({ length: 4 }, () => [undefined, undefined]));

  const wrapped = await sandbox().workspace.preview(config("wrapped"));
  expect(wrapped.changes).toMatchObject({ create: 1, delete: 0, replace: 0 });
});
