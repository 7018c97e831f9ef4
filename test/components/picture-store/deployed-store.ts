// A picture store on the sandbox's edge without an engine: Pulumi's mocks hand each resource to the aws stand-in, which
// checks and creates it.
import { randomBytes } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { afterAll, afterEach, beforeAll, beforeEach } from "vitest";
import { PictureStore } from "../../../components/picture-store/picture-store.ts";
import type { PictureStoreArgs } from "../../../components/picture-store/args.ts";
import { obtainCertificate } from "../../../sandbox/tenant/certificate.ts";
import type { Certificate } from "../../../sandbox/tenant/certificate.ts";
import type { Clock } from "../../../sandbox/edge/cache.ts";
import { startEdge } from "../../../sandbox/edge/edge.ts";
import type { Edge } from "../../../sandbox/edge/edge.ts";
import { awsStandIn } from "../../../sandbox/providers/aws-provider.ts";
import { withName } from "../../../sandbox/providers/inputs.ts";
import type { Properties } from "../../../sandbox/providers/protocol.ts";
import type { StandIn } from "../../../sandbox/providers/resource.ts";
import { checkInputs } from "../../../sandbox/providers/sdk-types.ts";
import { valueOf } from "../mock-engine.ts";
import { untracedPromises } from "../untraced-promises.ts";

/** What breaks a program: the inputs of the resources of one type, changed before they are deployed. */
export interface Breakage {
  /** As `s3/bucketPolicy:BucketPolicy`. */
  readonly type: string;
  /** Undefined: the resource is not deployed. */
  readonly change: (inputs: Properties, name: string) => Properties | undefined;
}

export interface DeployedStore {
  readonly edge: Edge;
  readonly baseUrl: string;
  readonly defaultPictureUrl: string;
  readonly bucketName: string;
  readonly distributionId: string;
  readonly store: PictureStore;
  /** A request to the store's own host. */
  get(path: string, init?: Parameters<Edge["fetch"]>[1]): Promise<Response>;
}

/** A resource of a deployed store: what the aws stand-in does with it, and what it made. */
export interface DeployedResource {
  readonly type: string;
  readonly implementation: StandIn["resources"][string];
  readonly inputs: Properties;
  readonly id: string;
  readonly state: Properties;
}

/**
 * An edge for each test of the file, and what deploys a store to it: call it once a test.
 *
 * @param clock with one, the edge caches by it
 * @param onCall is told of each API call that the real aws provider would make
 */
export function deployments(clock?: Clock, onCall?: Parameters<typeof awsStandIn>[1]) {
  let folder: string;
  let certificate: Certificate;
  let edge: Edge;
  let standIn: StandIn;
  let breakages: readonly Breakage[];
  let refusals: unknown[];
  let resources: DeployedResource[];

  untracedPromises();
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "deployed-store-"));
    certificate = await obtainCertificate(folder, ["*.cloudfront.net", "*.example.org"]);
  });
  afterAll(() => rm(folder, { recursive: true }));
  beforeEach(async () => {
    edge = await startEdge({
      folder: join(folder, randomBytes(8).toString("hex")),
      certificate,
      ...(clock && { clock }),
    });
    standIn = awsStandIn(edge.controlPlane, onCall);
    await pulumi.runtime.setMocks(
      { newResource: createOrRefuse, call: ({ token }) => Promise.reject(new Error(`unexpected call of ${token}`)) },
      "auth0-user-pictures",
      "test",
      false,
    );
  });
  afterEach(async () => {
    await pulumi.runtime.disconnect();
    await edge.close();
  });

  /** A refusal is told by `deploy`: thrown here, it would leave outputs that nobody ever knows. */
  async function createOrRefuse(args: pulumi.runtime.MockResourceArgs) {
    try {
      return await create(args);
    } catch (error) {
      refusals.push(error);
      return { id: "refused", state: args.inputs as Properties };
    }
  }

  async function create({ type, name, inputs, id }: pulumi.runtime.MockResourceArgs) {
    const implementation = standIn.resources[type];
    if (implementation === undefined) return { id: name, state: inputs as Properties };
    const existing = id === undefined || id === "" ? undefined : await implementation.read(id, {});
    if (existing) return { id: existing.id, state: existing.outputs };

    const changed = breakages
      .filter((breakage) => `aws:${breakage.type}` === type)
      .reduce<Properties | undefined>((before, { change }) => before && change(before, name), inputs as Properties);
    if (changed === undefined) return { id: "not-deployed", state: inputs as Properties };
    const named = withName(implementation.autoname, changed, {
      olds: {},
      name,
      seed: randomBytes(16),
      autonaming: undefined,
    });
    const failures = [
      ...checkInputs({ ...implementation, sdk: standIn.sdk }, named),
      ...(implementation.check?.(named) ?? []),
    ];
    if (failures.length > 0) throw new Error(`${type}: ${failures.map(({ reason }) => reason).join("; ")}`);
    const normal = implementation.normalize?.(named) ?? named;
    const created = await implementation.create(normal, { urn: name, timeoutSeconds: 0 });
    if (created === undefined) throw new Error(`${type}: nothing was created`);
    resources.push({ type, implementation, inputs: normal, id: created.id, state: created.outputs });
    return { id: created.id, state: created.outputs };
  }

  const deployStore = async (
    args: Partial<PictureStoreArgs> = {},
    ...broken: readonly Breakage[]
  ): Promise<DeployedStore> => {
    breakages = broken;
    refusals = [];
    resources = [];
    const defaultPictures = { general: { file: "assets/default-picture.png" } };
    const store = new PictureStore("pictures", { defaultPictures, ...args });
    const [baseUrl, defaultPictureUrl, bucketName, distributionId] = await Promise.all(
      [store.baseUrl, store.defaultPictureUrl, store.bucketName, store.distributionId].map(valueOf),
    );
    // Drains the engine: some resources no output waits for.
    await pulumi.runtime.disconnect();
    if (refusals.length > 0) throw new Error(`The edge refuses the store: ${String(refusals[0])}`);
    if (baseUrl === undefined || defaultPictureUrl === undefined || bucketName === undefined)
      throw new Error("The store has no URL");
    const get = (path: string, init?: Parameters<Edge["fetch"]>[1]) => edge.fetch(new URL(path, baseUrl).href, init);
    return { edge, baseUrl, defaultPictureUrl, bucketName, distributionId: distributionId ?? "", store, get };
  };
  return { certificate: () => certificate, edge: () => edge, resources: () => resources, deploy: deployStore };
}
