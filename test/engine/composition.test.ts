// What only the engine decides of components in components: that nothing is recreated where they move, and which
// options their resources have.
import { expect, it } from "vitest";
import { sandboxOf } from "./test-sandbox.ts";

const sandbox = sandboxOf(() => "test/engine/fixture/composed");
const config = (as: string) => ({ config: { as } });

interface State {
  readonly deployment: {
    readonly resources: readonly { type: string; urn: string; protect?: boolean; retainOnDelete?: boolean }[];
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
  for (const resource of own) expect(resource).toMatchObject({ protect: true, retainOnDelete: true });

  const wrapped = await sandbox().workspace.preview(config("wrapped"));
  expect(wrapped.changes).toMatchObject({ create: 1, delete: 0, replace: 0 });
});
