// examples/larger-stack, from its own folder and the packed library: two brands in one tenant beside what others have
// there, each login with its own brand's picture.
import { execFile } from "node:child_process";
import { cp, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, it } from "vitest";
import { isRare } from "../rare.ts";
import { seed } from "../../sandbox/seed.ts";
import { deploymentScopes } from "../../sandbox/services.ts";
import { logIn } from "../../sandbox/tenant/login.ts";
import { installPackedLibrary, linkDependency } from "./packed-library.ts";
import { sandboxOf, tenantStateOf } from "./test-sandbox.ts";

let project: string;

beforeAll(async () => {
  project = await mkdtemp(join(tmpdir(), "two-brands-"));
  await cp("examples/larger-stack", project, { recursive: true });
  await installPackedLibrary(project);
  await linkDependency(project, "@types");
});
afterAll(() => rm(project, { recursive: true }));

const alsoManaged = ["clients", "organizations", "organization_connections"].flatMap((kind) =>
  ["read", "create", "update", "delete"].map((verb) => `${verb}:${kind}`),
);
const sandbox = sandboxOf(() => project, "dev", {
  seed: {
    ...seed,
    connections: [...(seed.connections ?? []), { name: "linkedin", strategy: "linkedin" }],
  },
  scopes: [...deploymentScopes, "create:connections", "delete:connections", ...alsoManaged],
});

const socialConnections = ["google-oauth2", "linkedin"];
const config = {
  "aws:region": "eu-central-1",
  staff: { issuer: "https://login.example.com", clientId: "auth0" },
  socialConnections,
  acornUrl: "https://acorn.example.com",
  birchUrl: "https://birch.example.com",
  picturesOnDestroy: "empty",
};
let before: object;
let outputs: Readonly<Record<string, unknown>>;

/** A user is nobody's to take away. */
function tenantWithoutUsers(): object {
  const { users: _, ...others } = tenantStateOf(sandbox().tenant);
  return others;
}

/** The ID token's claims of a login to one of the applications. */
async function claimsOf(brand: "acorn" | "birch", connection: string, loginHint: string, organization?: string) {
  const { tenant, certificate } = sandbox();
  const application = {
    clientId: String(outputs[`${brand}ClientId`]),
    redirectUri: `https://${brand}.example.com/callback`,
  };
  const member = organization === undefined ? {} : { organization };
  const who = { connection, loginHint, ca: certificate.ca, ...member };
  return (await logIn({ issuer: tenant.issuer, application }, who)).claims;
}

// `npm run check` compiles it with the types of this repository, and library.test.ts a program with those.
it.runIf(isRare)("compiles with the types that are packed", async () => {
  const tsc = resolve("node_modules/@typescript/native/bin/tsc");
  const strict = "--strict --module nodenext --target es2024 --types node --noEmit --skipLibCheck";
  const options = [...strict.split(" "), "--allowImportingTsExtensions", "--verbatimModuleSyntax"];
  const files = ["index.ts", "actions/acorn.ts", "actions/birch.ts"];

  await promisify(execFile)(process.execPath, [tsc, ...options, ...files], { cwd: project });
});

it("is previewed, deployed, and then has nothing to change", async () => {
  const { workspace, tenant } = sandbox();
  before = tenantWithoutUsers();
  // Slow enough that two bindings which are made at once overwrite each other.
  tenant.faults.inject({ kind: "slow response", milliseconds: 200 }, { path: /bindings$/, times: 100 });
  const deployed = await workspace.up({ config, skipPreview: !isRare });
  ({ outputs } = deployed);
  tenant.faults.clear();

  expect(await sandbox().boundActions()).toEqual(["Add roles", "Add plan", "Pictures of Acorn", "Pictures of Birch"]);
  const nothing = { create: 0, update: 0, delete: 0, replace: 0 };
  expect((await workspace.preview({ config })).changes).toMatchObject(nothing);
});

it("shows each brand's picture in its own application, a customer's in Birch's, and a user's own under its store", async () => {
  const { tenant, management } = sandbox();
  const profile = { sub: "ada", email: "ada@example.com" };
  for (const connection of [...socialConnections, "staff"]) tenant.identityProvider.setProfile(connection, profile);
  const { acornDefaultPicture, birchDefaultPicture, globexDefaultPicture, globexId, acornPictures } = outputs;
  expect(new Set([acornDefaultPicture, birchDefaultPicture, globexDefaultPicture]).size).toBe(3);

  for (const connection of [...socialConnections, "staff"]) {
    expect(await claimsOf("acorn", connection, "ada")).toMatchObject({ picture: acornDefaultPicture });
    expect(await claimsOf("birch", connection, "ada")).toMatchObject({ picture: birchDefaultPicture });
  }
  expect(await claimsOf("birch", "staff", "ada", String(globexId))).toMatchObject({
    ...{ picture: globexDefaultPicture, org_id: globexId },
    // The Actions of others have run too.
    ...{ "https://example.com/roles": ["reader"], "https://example.com/plan": "free" },
  });
  const { data: users } = await management.users.list({ q: 'identities.connection:"linkedin"' });
  const picture = `${String(acornPictures)}u/ada.png`;
  await management.users.update(users[0]?.user_id ?? "", { user_metadata: { picture } });
  expect(await claimsOf("acorn", "linkedin", "ada")).toMatchObject({ picture });
  expect(await claimsOf("birch", "linkedin", "ada")).toMatchObject({ picture: birchDefaultPicture });
});

it("sets the sync setting of every connection, its own and the others'", async () => {
  const { data } = await sandbox().management.connections.list();
  const synced = data.filter(({ options }) => options?.["set_user_root_attributes"] === "on_first_login");

  expect(synced.map(({ name }) => name).sort()).toEqual(["google-oauth2", "linkedin", "staff"]);
});

it("leaves what was there when it is destroyed", async () => {
  const { workspace, management } = sandbox();
  await workspace.destroy();

  expect(tenantWithoutUsers()).toEqual(before);
  expect((await management.organizations.list()).data).toEqual([]);
  const { data: clients } = await management.clients.list();
  expect(clients.filter(({ name }) => name === "acorn" || name === "birch")).toEqual([]);
});
