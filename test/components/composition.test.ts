// Components inside of others: an auth0 provider reaches them in every way that Pulumi has, what would be done in
// another tenant is refused, and nothing stands in the way of what all children inherit.
import { readFileSync } from "node:fs";
import * as auth0 from "@pulumi/auth0";
import * as pulumi from "@pulumi/pulumi";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { ConnectionSync } from "../../components/connection-sync/connection-sync.ts";
import { PictureAction } from "../../components/picture-action/picture-action.ts";
import { PictureStore } from "../../components/picture-store/picture-store.ts";
import { PictureUploads } from "../../components/picture-uploads/picture-uploads.ts";
import { UserPictures } from "../../components/user-pictures.ts";
import { everyOption } from "./picture-store/store-variants.ts";
import { mockEngine, valueOf } from "./mock-engine.ts";

const engine = mockEngine();

beforeEach(() => {
  vi.stubEnv("AUTH0_DOMAIN", "stack.eu.auth0.com");
  vi.stubEnv("AWS_REGION", "us-east-1");
});
afterEach(() => {
  vi.unstubAllEnvs();
  pulumi.runtime.setAllConfig({});
});

const domain = "other.eu.auth0.com";
const provider = () => new auth0.Provider("other", { domain });
const outer = (opts: pulumi.ComponentResourceOptions) => new pulumi.ComponentResource("acme:Login", "outer", {}, opts);

/** Another tenant's provider as it comes to a component. */
const ways: Record<string, () => pulumi.ComponentResourceOptions | Promise<pulumi.ComponentResourceOptions>> = {
  "its provider": () => ({ provider: provider() }),
  "a list": () => ({ providers: [provider()] }),
  "a map": () => ({ providers: { auth0: provider() } }),
  "an outer component's provider": () => ({ parent: outer({ provider: provider() }) }),
  "an outer component's list": () => ({ parent: outer({ providers: [provider()] }) }),
  "an outer component's map, two levels up": () => ({
    parent: new pulumi.ComponentResource(
      "acme:Page",
      "page",
      {},
      { parent: outer({ providers: { auth0: provider() } }) },
    ),
  }),
  "a transformation of the component": () => ({
    transformations: [({ props, opts }) => ({ props, opts: { ...opts, provider: provider() } })],
  }),
  // As a component gets it that is constructed for a program in another language.
  "its URN alone": async () => ({
    providers: [new pulumi.DependencyProviderResource(`${await valueOf(provider().urn)}::other-id`)],
  }),
};

const upload = {
  ...{ bucketName: "pictures", bucketArn: "arn:aws:s3:::pictures", pictureBaseUrl: "https://pictures.example.org/" },
  ...{ distributionArn: "arn:aws:cloudfront::123456789012:distribution/E1EXAMPLE", bucketExpiresReplaced: true },
};

const google = { connectionName: "google-oauth2", setUserRootAttributes: "on_first_login" } as const;
const picture = { general: { file: "assets/default-picture.png" } };

it.each(Object.entries(ways))("leads to the provider's tenant, or is refused: %s", async (_, way) => {
  const opts = await way();
  expect(() => new ConnectionSync("sync", google, opts)).toThrow(
    /connectionName: an auth0 provider of its own was given/,
  );
  expect(() => new PictureAction("owner", { loginFlow: {} }, opts)).toThrow(
    /with an auth0 provider of its own nothing/,
  );
  const recorded = {
    ...opts,
    transformations: [...(opts.transformations ?? []), ...engine.recorded.transformations],
  };
  new PictureAction("action", {}, recorded);
  new PictureUploads("uploads", upload, recorded);
  const registered = await engine.registered();

  // Nothing asks the stack's tenant what is live.
  expect(registered.map(({ name }) => name)).not.toContain("action-deployment");
  const { environment } = registered.find(({ name }) => name === "uploads-sweep")?.inputs ?? {};
  expect(JSON.stringify(environment)).toContain(domain);
  expect(JSON.stringify(environment)).not.toContain("stack.eu.auth0.com");
});

it("is refused too where the provider leads to the stack's own tenant", () => {
  const own = new auth0.Provider("own", { domain: "stack.eu.auth0.com" });

  expect(() => new ConnectionSync("sync", google, { provider: own })).toThrow(/an auth0 provider of its own was given/);
  expect(() => new PictureAction("owner", { loginFlow: {} }, { provider: own })).toThrow(
    /an auth0 provider of its own/,
  );
});

it("takes nothing of the stack's tenant where the provider's domain is not known yet", async () => {
  const [not, none] = [Promise.resolve(false), Promise.resolve(undefined)];
  const Output = pulumi.Output as unknown as new (...parts: unknown[]) => pulumi.Output<string>;
  const created = new Map<string, string>();
  const newResource = ({ name, inputs }: pulumi.runtime.MockResourceArgs) => {
    created.set(name, JSON.stringify(inputs));
    return { id: name, state: inputs as object };
  };
  const call = ({ inputs }: pulumi.runtime.MockCallArgs) => inputs as object;
  await pulumi.runtime.setMocks({ newResource, call }, "auth0-user-pictures", "test", true);
  const later = new auth0.Provider("later", {
    domain: new Output(new Set(), none, not, not, Promise.resolve(new Set())),
  });
  const failures = await engine.failures(() => new PictureUploads("uploads", upload, { provider: later }));

  expect(failures).toEqual([]);
  expect([...created.keys()]).toContain("uploads-sweep");
  expect([...created.values()].join()).not.toContain("stack.eu.auth0.com");
});

it("is of an outer component as it is alone: a store, its Action, a connection", async () => {
  class Brand extends pulumi.ComponentResource {
    readonly pictureBaseUrl: pulumi.Output<string>;
    constructor(name: string, opts: pulumi.ComponentResourceOptions) {
      super("acme:Brand", name, {}, opts);
      const child = { parent: this };
      const store = new PictureStore(`${name}-pictures`, { defaultPictures: picture }, child);
      const { defaultPictureUrl: url } = store;
      const allowedUrlPrefixes = [pulumi.interpolate`${store.baseUrl}u/`];
      const action = new PictureAction(
        `${name}-action`,
        { allowedUrlPrefixes, defaultPictures: { general: { url } } },
        child,
      );
      new ConnectionSync(`${name}-google`, google, { ...child, dependsOn: action });
      this.pictureBaseUrl = store.baseUrl;
      this.registerOutputs({ pictureBaseUrl: store.baseUrl });
    }
  }
  const brand = new Brand("acme", engine.recorded);
  const [registered, url] = [await engine.registered(), await valueOf(brand.pictureBaseUrl)];

  const { inputs } = registered.find(({ name }) => name === "acme-action-action") ?? {};
  expect(inputs?.["code"]).toContain(`${url}u/`);
  expect(registered.find(({ name }) => name === "acme-google-flag")?.inputs).toEqual(google);
});

it.each(["auth0", "*"])("refuses to set a flag by settings that the stack forbids: %s", (name) => {
  pulumi.runtime.setAllConfig({ "pulumi:disable-default-providers": JSON.stringify([name]) });

  expect(() => new ConnectionSync("sync", google)).toThrow(
    /pulumi:disable-default-providers forbids the stack's auth0 settings/,
  );
});

it("says of no resource that it is not protected or not kept: each has what its component has", async () => {
  const store = { ...everyOption, picturesOnDestroy: "fail" } as const;
  const { defaultPictures, ...others } = store;
  new UserPictures(
    "pictures",
    { store: others, ...(defaultPictures && { defaultPictures }), connections: { "google-oauth2": "on_first_login" } },
    engine.recorded,
  );
  const registered = await engine.registered();

  expect(registered.length).toBeGreaterThan(20);
  const hindering = registered.filter(({ options }) => options.protect === false || options.retainOnDelete === false);
  expect(hindering.map(({ name }) => name)).toEqual([]);
});

it("is shown in docs/larger-stacks.md as test/engine/composition.test.ts deploys it", () => {
  const [, code = ""] =
    /^```ts\n(\/\*\* What was a part.*?)^```$/ms.exec(readFileSync("docs/larger-stacks.md", "utf8")) ?? [];

  expect(code).toContain("aliases");
  expect(readFileSync("test/engine/fixture/composed/index.ts", "utf8")).toContain(code);
});
