// Auth0's own deploy tool, auth0-deploy-cli, against the tenant: what it exports and imports again leaves our Action
// and its place in the login flow as they are. It is another owner of a tenant that many programs share.
import { mkdir, readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { parse } from "yaml";
import { exportTenant, importTenant } from "./run-deploy-cli.ts";
import { bindActions, deployAction, runTenant } from "./running-tenant.ts";

const claim = (name: string) => `exports.onExecutePostLogin = async (event, api) => {
  api.idToken.setCustomClaim("${name}", true);
};
`;
const running = runTenant({
  connections: [
    // The tool writes this option also where it was not set.
    { name: "users", strategy: "auth0", options: { disable_self_service_change_password: false } },
    {
      name: "google-oauth2",
      strategy: "google-oauth2",
      options: { client_id: "id", email: true, profile: true, set_user_root_attributes: "on_first_login" },
    },
    { name: "acme", strategy: "samlp", options: { signInEndpoint: "https://acme.example/in" } },
    { name: "partner", strategy: "oidc", options: { type: "back_channel", issuer: "https://partner.example" } },
  ],
  actions: ["first", "last"].map((name) => ({ name, code: claim(name) })),
});

/** The calls that it made, without those that only wait for a build. */
const refused = () =>
  running.tenant.faults.calls.filter(
    ({ method, path, status = 0 }) => status >= 400 && !(method === "POST" && path.endsWith("/deploy")),
  );

const claimsAtLogin = async () => {
  const claims = await running.logIn("users", "ada@example.com");
  return ["first", "ours", "last", "stray"].filter((name) => claims[name] === true);
};

test("an export and its import, also with deletion, leave our Action in its place", async () => {
  const { management, tenant } = running;
  await management.users.create({ connection: "users", email: "ada@example.com", password: "x" });
  const ours = await deployAction(running, "ours", claim("ours"));
  const { data: seeded } = await management.actions.list();
  const idOf = (name: string) => seeded.find((action) => action.name === name)?.id ?? "";
  const flow = [idOf("first"), ours, idOf("last")];
  await bindActions(running, flow);
  const [users] = (await management.connections.list({ name: "users" })).data;
  const enabled = [{ client_id: tenant.application.clientId, status: true }];
  await management.connections.clients.update(users?.id ?? "", enabled);
  const state = async () => {
    const { actions, bindings } = tenant.snapshot({ ids: false });
    return { actions, bindings, connections: (await management.connections.list({ take: 100 })).data };
  };
  const before = await state();
  const bound = async () =>
    (await management.actions.triggers.bindings.list("post-login")).data.map(({ action }) => action?.id);

  const root = dirname(running.folder);
  const exported = { tenant, caFile: join(root, "certificate", "ca.pem"), folder: join(root, "exported") };
  await mkdir(exported.folder);
  tenant.faults.resetCalls();
  await exportTenant(exported);
  // It asks a SAML and an OpenID Connect connection for SCIM, which they have not.
  expect(refused().map(({ path }) => path.split("/").at(-1))).toEqual(["scim-configuration", "scim-configuration"]);
  const content = parse(await readFile(join(exported.folder, "tenant.yaml"), "utf8")) as Record<string, unknown>;
  expect(content["triggers"]).toEqual({
    "post-login": ["first", "ours", "last"].map((name) => ({ action_name: name, display_name: name })),
  });
  expect(content["databases"]).toMatchObject([{ name: "users", enabled_clients: enabled.map(idOfClient) }]);
  expect(await readFile(join(exported.folder, "actions", "ours", "code.js"), "utf8")).toBe(claim("ours"));

  expect(await importTenant(exported, { allowDelete: false })).toContain("Import Successful");
  expect(await state()).toEqual(before);
  expect(await bound()).toEqual(flow);
  expect(await claimsAtLogin()).toEqual(["first", "ours", "last"]);

  // What is not in the export is deleted, which shows that the rest was kept on purpose.
  const stray = await deployAction(running, "stray", claim("stray"));
  await bindActions(running, [stray, ...flow]);
  await management.connections.create({ name: "stray", strategy: "auth0" });
  expect(await importTenant(exported, { allowDelete: true })).toContain("Import Successful");
  expect(await state()).toEqual(before);
  expect(await bound()).toEqual(flow);
  expect(await claimsAtLogin()).toEqual(["first", "ours", "last"]);
});

const idOfClient = ({ client_id }: { readonly client_id: string }) => client_id;
