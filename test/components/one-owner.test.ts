// Owners within one run: a program has one client of the monitor; components that are constructed for a program in
// another language have one each, with one address.
import { credentials } from "@grpc/grpc-js";
import { createRequire } from "node:module";
import * as pulumi from "@pulumi/pulumi";
import type * as Resources from "@pulumi/pulumi/proto/resource_grpc_pb.js";
import { expect, it } from "vitest";
import { claim } from "../../components/one-owner.ts";
import type { Claim } from "../../components/one-owner.ts";
import { mockEngine } from "./mock-engine.ts";

const require = createRequire(import.meta.url);
const { ResourceMonitorClient } = require("@pulumi/pulumi/proto/resource_grpc_pb.js") as typeof Resources;
const { getStore, withLocalStorage } = require("@pulumi/pulumi/runtime/state.js") as {
  readonly getStore: () => { settings: { monitor?: Resources.ResourceMonitorClient } };
  readonly withLocalStorage: <T>(work: () => T) => T;
};

const engine = mockEngine();

/** What the SDK does around a construction: a store, and a client, of its own. */
const constructed = <T>(address: string, work: () => T): T =>
  withLocalStorage(() => {
    const monitor = new ResourceMonitorClient(address, credentials.createInsecure());
    getStore().settings.monitor = monitor;
    try {
      return work();
    } finally {
      monitor.close();
    }
  });

const owner = (subject: string, tenant?: pulumi.ProviderResource): Claim => ({
  ...{ owner: {} as pulumi.Resource, subject, tenant },
  ...{ thing: 'name "User picture"', path: ["name"], advice: "Rename one." },
});
const refusal = /the second cannot be created:\n {2}- name: the first of this program has the name "User picture"/;

it("is seen by two clients of one monitor, and not in another run", () => {
  constructed("127.0.0.1:1001", () => claim(owner("the first")));
  expect(() => constructed("127.0.0.1:1001", () => claim(owner("the second")))).toThrow(refusal);
  expect(() => constructed("127.0.0.1:1002", () => claim(owner("the second")))).not.toThrow();
  // The address is another run's by now.
  expect(() => constructed("127.0.0.1:1001", () => claim(owner("the second")))).not.toThrow();
});

it("is of a tenant, which a provider names by its URN where each construction has its own object for it", async () => {
  const given = (name: string) =>
    new pulumi.DependencyProviderResource(`urn:pulumi:dev::program::pulumi:providers:auth0::${name}::1`);
  const failures = (subject: string, name: string) =>
    engine.failures(() => constructed("127.0.0.1:1003", () => claim(owner(subject, given(name)))));

  expect(await failures("the first", "own")).toEqual([]);
  expect(await failures("the second", "other")).toEqual([]);
  expect(await failures("the second", "own")).toEqual([expect.stringMatching(refusal)]);
});
