// Programs in other languages than Node's, by the commands that their users type: the plugin's folder is added to each,
// with the packed library in it.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { obtainEngine } from "../../../sandbox/engine/engine.ts";
import { isRare } from "../../rare.ts";
import { installPlugin } from "../plugin-folder.ts";
import { sandboxOf, tenantStateOf } from "../test-sandbox.ts";
import { obtainLanguageTools } from "./language-tools.ts";
import { openConsumer } from "./open-consumer.ts";
import type { Consumer } from "./open-consumer.ts";

const progress = () => undefined;
const tools = await obtainLanguageTools(await obtainEngine({ progress }), { progress });

const sandbox = sandboxOf(() => "examples/yaml");
let pluginFolder: string;
let consumer: Consumer;

beforeAll(async () => {
  pluginFolder = await mkdtemp(join(tmpdir(), "plugin-"));
  await installPlugin(pluginFolder);
  const connection = "Username-Password-Authentication";
  const password = `${crypto.randomUUID()}-Aa1`;
  await sandbox().management.users.create({ connection, email: "ada@example.com", password });
});
afterAll(() => rm(pluginFolder, { recursive: true }));
afterEach(() => consumer.close());

async function pictureOfAda(): Promise<string> {
  const who = { connection: "Username-Password-Authentication", loginHint: "ada@example.com" };
  return String((await sandbox().logIn(who)).claims["picture"]);
}

const unchanged = { create: 0, same: 22, update: 0, delete: 0, replace: 0 };

/** All of the tenant but its users, whose logins it counts. */
function tenantState() {
  const { actions, bindings, connections } = tenantStateOf(sandbox().tenant);
  return { actions, bindings, connections };
}

const languages = ["python", "yaml", "go"] as const;
/** `npm test` has one, of the most users: a life is much the same in each, and takes as long. */
const sampled = languages.find((language) => tools.missing[language] === undefined);

for (const language of languages) {
  const reason = tools.missing[language];
  const open = async (folder: string) => {
    consumer = await openConsumer({ folder, sandbox: sandbox(), tools, pluginFolder });
  };

  describe.skipIf(reason !== undefined)(reason === undefined ? language : `${language}, not run: ${reason}`, () => {
    describe.runIf(isRare || language === sampled)("the smallest program", () => {
      beforeEach(() => open(join("examples", language)));

      it("deploys, works and is destroyed", async () => {
        const before = tenantState();
        const { clientSecret } = sandbox().deploymentClient;
        await consumer.pulumi("config", "set", "--secret", "auth0:clientSecret", clientSecret);

        if (isRare) {
          expect((await consumer.preview()).changes).toMatchObject({ create: 22, update: 0, delete: 0 });
          expect(tenantState()).toEqual(before);
        }
        const { outputs, changes } = await consumer.up();
        expect(changes).toMatchObject({ create: 22, update: 0, delete: 0 });
        if (isRare) expect((await consumer.preview()).changes).toEqual(unchanged);

        const picture = await pictureOfAda();
        expect(picture).toBe(outputs["defaultPictureUrl"]);
        expect((await sandbox().edge.fetch(picture)).status).toBe(200);
        expect(await sandbox().boundActions()).toEqual(["Add roles", "User picture"]);
        const options = { set_user_root_attributes: "on_first_login" };
        expect(tenantState().connections["google-oauth2"]).toMatchObject({ options });

        const state = JSON.stringify(await consumer.exportState());
        expect(state).toContain(`"type":"pulumi:providers:auth0-user-pictures"`);
        expect(state).not.toContain(clientSecret);

        expect((await consumer.refresh()).changes).toEqual(unchanged);
        // The distribution is protected: pictures have its domain for as long as they are shown anywhere.
        await consumer.pulumi("state", "unprotect", "--all", "--yes");
        await consumer.destroy();
        expect(tenantState()).toEqual(before);
      });
    });

    describe.runIf(isRare)("of two Actions", () => {
      beforeEach(() => open(join(import.meta.dirname, "fixture", language)));

      it("the one that depends on the other waits for all of it", async () => {
        // Slow enough that two bindings which are made or removed at once overwrite each other.
        const slow = { kind: "slow response", milliseconds: 300 } as const;
        sandbox().tenant.faults.inject(slow, { path: /bindings$/, times: 1000 });

        await consumer.up();
        // YAML's host would ask the auth0 plugin for its schema, which its stand-in has not.
        const own = language === "yaml" ? [] : ["Own"];
        expect(await sandbox().boundActions()).toEqual(["Add roles", ...own, "First", "Second"]);
        await consumer.destroy();
        expect(await sandbox().boundActions()).toEqual(["Add roles"]);
      });
    });
  });
}
