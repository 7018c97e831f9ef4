// Where a transform may see what a component declares, the engine is asked of each resource before it is made; no other
// stack has a resource wait for that. What is refused then, the tests with the engine show.
import * as pulumi from "@pulumi/pulumi";
import { afterEach, beforeEach, expect, it } from "vitest";
import { holdTenant } from "../../components/children-tenant.ts";
import { watchProgram } from "../../components/program-resources.ts";

const noTransform: pulumi.ResourceTransform = () => undefined;
const noTransformation: pulumi.ResourceTransformation = () => undefined;

class Held extends pulumi.ComponentResource {
  constructor(name: string, opts: pulumi.ComponentResourceOptions = {}) {
    super("acme:index:Held", name, {}, opts);
    holdTenant(this, `Held "${name}"`);
  }
}
const other = (name: string, opts: pulumi.ComponentResourceOptions = {}) =>
  new pulumi.ComponentResource("acme:index:Other", name, {}, opts);

/** Of the stack: how many the engine is given. */
let transforms: number;
beforeEach(async () => {
  transforms = 0;
  await pulumi.runtime.setMocks({
    newResource: ({ name, inputs }) => ({ id: `${name}-id`, state: inputs as object }),
    call: () => ({}),
  });
  // As the real engine's monitor, to which calls go by an address.
  Object.assign(pulumi.runtime.getMonitor() ?? {}, {
    getChannel: () => ({ getTarget: () => "engine" }),
    registerStackTransform(_: unknown, answer: (error: null, response: object) => void) {
      transforms += 1;
      answer(null, {});
    },
  });
});
afterEach(() => pulumi.runtime.disconnect());

async function transformsOf(program: () => unknown): Promise<number> {
  await pulumi.runtime.runInPulumiStack(async () => {
    program();
    await pulumi.runtime.awaitStackRegistrations();
    return {};
  });
  await pulumi.runtime.disconnect();
  return transforms;
}

/** Runs it in a program that imports this package first. */
const imported = (program: () => unknown) => () => {
  watchProgram();
  program();
};

it.each<readonly [string, () => unknown]>([
  ["it is alone", () => new Held("held")],
  ["it is inside of another", () => new Held("held", { parent: other("other", { parent: other("outer") }) })],
])("the engine is not asked where %s", async (_, program) => {
  expect(await transformsOf(imported(program))).toBe(0);
});

it.each<readonly [string, () => unknown]>([
  ["it has a transform", () => new Held("held", { transforms: [noTransform] })],
  ["one around it has", () => new Held("held", { parent: other("other", { transforms: [noTransform] }) })],
  [
    "one around that has",
    () => new Held("held", { parent: other("other", { parent: other("outer", { transforms: [noTransform] }) }) }),
  ],
  ["it has one of the older kind", () => new Held("held", { transformations: [noTransformation] })],
  [
    "one around it has such a one",
    () => new Held("held", { parent: other("o", { transformations: [noTransformation] }) }),
  ],
  ["the stack has such a one", () => [pulumi.runtime.registerStackTransformation(noTransformation), new Held("held")]],
])("the engine is asked, once, where %s", async (_, program) => {
  expect(await transformsOf(imported(() => [program(), new Held("second")]))).toBe(1);
});

it.each<readonly [string, () => unknown]>([
  ["before it", () => [pulumi.runtime.registerResourceTransform(noTransform), new Held("held")]],
  ["after it", () => [new Held("held"), pulumi.runtime.registerResourceTransform(noTransform)]],
])("the engine is asked where the stack's transform is registered %s", async (_, program) => {
  expect(await transformsOf(imported(program))).toBe(2);
});

it.each<readonly [string, () => unknown]>([
  ["it", () => new Held("held")],
  ["what is around it", () => [other("other")].map((parent) => imported(() => new Held("held", { parent }))())],
])("the engine is asked where the package is imported after %s", async (_, program) => {
  expect(await transformsOf(program)).toBe(1);
});
