// Bindings of one login flow in one program: Auth0 has no lock on a trigger, so each is made after the one before, also
// where that is inside of a component.
import { setTimeout as sleep } from "node:timers/promises";
import * as auth0 from "@pulumi/auth0";
import * as pulumi from "@pulumi/pulumi";
import { afterEach, beforeEach, expect, it } from "vitest";
import { PictureAction } from "../../components/picture-action/picture-action.ts";
import { UserPictures } from "../../components/user-pictures.ts";

const bindingType = "auth0:index/triggerAction:TriggerAction";

/** The bindings as they begin and end: each takes a moment, in which another that is made at once begins. */
let events: string[];

beforeEach(async () => {
  events = [];
  const newResource = async ({ type, name, inputs }: pulumi.runtime.MockResourceArgs) => {
    if (type !== bindingType) return { id: `${name}-id`, state: inputs as object };
    events.push(`${name} begins`);
    await sleep(50);
    events.push(`${name} ends`);
    return { id: `${name}-id`, state: inputs as object };
  };
  await pulumi.runtime.setMocks({ newResource, call: () => ({}) }, "program", "test", false);
});
afterEach(() => pulumi.runtime.disconnect());

const pictureBaseUrl = "https://cdn.example.org/";
const named = (name: string) => ({ pictureBaseUrl, action: { name } });

function binding(name: string, opts: pulumi.CustomResourceOptions) {
  const inputs = { trigger: "post-login", actionId: name, displayName: name };
  return new auth0.TriggerAction(name, inputs, opts);
}

const programs: Record<string, readonly [() => unknown, readonly string[]]> = {
  "two UserPictures": [
    () => {
      const first = new UserPictures("first", named("First"));
      new UserPictures("second", named("Second"), { dependsOn: [first] });
    },
    ["first-action-binding", "second-action-binding"],
  ],
  "three in a row, with a binding of the program's own among them": [
    () => {
      const first = new UserPictures("first", named("First"));
      const own = binding("own", { dependsOn: first });
      const second = new UserPictures("second", { pictureBaseUrl, action: { name: "Second", after: [own] } });
      new UserPictures("third", named("Third"), { dependsOn: second });
    },
    ["first-action-binding", "own", "second-action-binding", "third-action-binding"],
  ],
  PictureActions: [
    () => {
      const own = binding("own", {});
      const first = new PictureAction("first", { name: "First" }, { dependsOn: own });
      const second = new PictureAction("second", { name: "Second" }, { dependsOn: [own, first] });
      new PictureAction("third", { name: "Third" }, { dependsOn: [second] });
    },
    ["own", "first-binding", "second-binding", "third-binding"],
  ],
  "what is inside of components": [
    () => {
      const platform = new pulumi.ComponentResource("acme:platform:Login", "platform");
      const first = new UserPictures("first", named("First"), { parent: platform });
      const second = new PictureAction("second", { name: "Second" }, { parent: platform, dependsOn: first.action });
      // What JavaScript gives, without its types.
      const after = [second] as unknown as auth0.TriggerAction[];
      new UserPictures("third", { pictureBaseUrl, action: { name: "Third", after } });
    },
    ["first-action-binding", "second-binding", "third-action-binding"],
  ],
};

it.each(Object.entries(programs))("are made one after the other: %s", async (_, [program, order]) => {
  program();
  await pulumi.runtime.disconnect();

  expect(events).toEqual(order.flatMap((name) => [`${name} begins`, `${name} ends`]));
});

it("are made at once where nothing chains them", async () => {
  new UserPictures("first", named("First"));
  new UserPictures("second", named("Second"));
  await pulumi.runtime.disconnect();

  expect(events.slice(0, 2).sort()).toEqual(["first-action-binding begins", "second-action-binding begins"]);
});
