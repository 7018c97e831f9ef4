// The logical names and types of the components' resources, as docs/versioning.md promises them: what every variant of
// every component registers.
import { readFileSync } from "node:fs";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { SetUserRootAttributes } from "../../components/connection-sync/sync-values.ts";
import { ConnectionSync } from "../../components/connection-sync/connection-sync.ts";
import { PictureAction } from "../../components/picture-action/picture-action.ts";
import { PictureStore } from "../../components/picture-store/picture-store.ts";
import { PictureUploads } from "../../components/picture-uploads/picture-uploads.ts";
import { UserPictures } from "../../components/user-pictures.ts";
import { mockEngine } from "../components/mock-engine.ts";
import { variants } from "../components/picture-store/store-variants.ts";

const engine = mockEngine();
beforeEach(() => {
  vi.stubEnv("AUTH0_DOMAIN", "example.eu.auth0.com");
  vi.stubEnv("AWS_REGION", "us-east-1");
});
afterEach(() => vi.unstubAllEnvs());

const defaultPictures = { general: { file: "assets/default-picture.png" } };
const bound = { allowedUrlPrefixes: ["https://pictures.example.org/u/"] };
const uploads = { bucketName: "pictures", pictureBaseUrl: "https://pictures.example.org/" };
const connections = { "google-oauth2": SetUserRootAttributes.OnFirstLogin };

/** Programs that together make every resource that there is, each of a component of the name `NAME`. */
const programs: Readonly<Record<string, () => unknown>> = {
  UserPictures: () =>
    new UserPictures("NAME", { store: {}, defaultPictures, uploads: {}, connections }, engine.recorded),
  ...Object.fromEntries(
    Object.entries(variants).map(([name, store]) => [
      `PictureStore: ${name}`,
      () => new PictureStore("NAME", store, engine.recorded),
    ]),
  ),
  PictureAction: () => new PictureAction("NAME", bound, engine.recorded),
  "PictureAction: a login flow of its own": () =>
    new PictureAction("NAME", { ...bound, loginFlow: { actionsAfter: [] } }, engine.recorded),
  ConnectionSync: () =>
    new ConnectionSync("NAME", { connectionName: "a", setUserRootAttributes: "on_each_login" }, engine.recorded),
  PictureUploads: () => new PictureUploads("NAME", uploads, engine.recorded),
  "PictureUploads: every option": () =>
    new PictureUploads(
      "NAME",
      { ...uploads, accessLogs: {}, clientAuthentication: "private_key_jwt", eventStream: true },
      engine.recorded,
    ),
};

/** Without what an argument says. */
const generalized = (name: string) =>
  name.replace(/(?<=-default-picture-)[0-9a-f]{8}$/, "<hash>").replace("google-oauth2", "<connection>");

/** `NAME-bucket: aws:s3/bucket:Bucket`, by component. */
const found = new Map<string, Set<string>>();

it.each(Object.keys(programs))("of %s are registered", async (title) => {
  programs[title]?.();
  const component = title.replace(/:.*/, "");
  const lines = found.get(component) ?? new Set();
  const registered = await engine.registered();
  // What is in the parts of a UserPictures is in the lists of the parts.
  const isListed = ({ type }: (typeof registered)[number]) =>
    component !== "UserPictures" || type.startsWith("auth0-user-pictures:index:");
  for (const { type, name } of registered.filter(isListed)) lines.add(`${generalized(name)}: ${type}`);
  found.set(component, lines);

  expect(lines.size).toBeGreaterThan(1);
});

it("of each component are those of docs/versioning.md", () => {
  const page = readFileSync("docs/versioning.md", "utf8");
  const promised = [...page.matchAll(/^### `(\w+)`\n.*?^```text\n(.*?)^```$/gms)];

  expect(new Map(promised.map(([, component, lines = ""]) => [component, lines.trim().split("\n")]))).toEqual(
    new Map([...found].map(([component, lines]) => [component, [...lines].sort()] as const)),
  );
});
