// What a program declares itself, beside our components: an Action of the same name, a connection whose options it
// sets.
import * as auth0 from "@pulumi/auth0";
import * as pulumi from "@pulumi/pulumi";
import { expect, it } from "vitest";
import { ConnectionSync } from "../../components/connection-sync/connection-sync.ts";
import { PictureAction } from "../../components/picture-action/picture-action.ts";
import { watchProgram } from "../../components/program-resources.ts";
import { mockEngine } from "./mock-engine.ts";

const engine = mockEngine();

/** Runs it as Pulumi does, in a stack, in which this package is imported first. @returns what it fails with */
async function failures(program: () => unknown, isPreview = false): Promise<string[]> {
  const newResource = ({ name, inputs, id = "" }: pulumi.runtime.MockResourceArgs) => ({
    id: id || (isPreview ? (undefined as unknown as string) : `${name}-id`),
    state: { connectionId: `con_of_${name}`, versionId: "1", ...(inputs as object) },
  });
  await pulumi.runtime.setMocks({ newResource, call: () => ({}) }, "program", "test", isPreview);
  const thrown: string[] = [];
  const later = await engine.failures(() => {
    void pulumi.runtime
      .runInPulumiStack(() => {
        watchProgram();
        program();
        return Promise.resolve({});
      })
      .catch((error: unknown) => thrown.push((error as Error).message));
  });
  return [...new Set([...thrown, ...later])];
}

const code = "exports.onExecutePostLogin = async () => {};\n";
const supportedTriggers = { id: "post-login", version: "v3" };
const ownAction = (name: string | undefined, opts: pulumi.CustomResourceOptions = {}) =>
  new auth0.Action("own", { ...(name !== undefined && { name }), code, supportedTriggers }, opts);
const picture = (name?: pulumi.Input<string>, opts: pulumi.ComponentResourceOptions = {}) =>
  new PictureAction("picture", { ...(name !== undefined && { name }) }, opts);

const ownConnection = (args: Partial<auth0.ConnectionArgs> = {}, opts: pulumi.CustomResourceOptions = {}) => {
  const options = { setUserRootAttributes: "on_each_login" };
  return new auth0.Connection("own", { name: "google-oauth2", strategy: "google-oauth2", options, ...args }, opts);
};
const sync = (target: { connectionName?: pulumi.Input<string>; connectionId?: pulumi.Input<string> }) =>
  new ConnectionSync("sync", { ...target, setUserRootAttributes: "on_first_login" });
const byName = { connectionName: "google-oauth2" };

const otherProvider = () => new auth0.Provider("other", { domain: "other.eu.auth0.com" });
const nameTaken = (second: string, first: string) =>
  `${second} cannot be created:\n  - name: ${first} of this program has the name "User picture" already. ` +
  `A tenant has an Action's name once: give one of the two another name.`;
const hasOne = (first: string, thing = `the connection "google-oauth2" already.`) =>
  expect.stringContaining(`${first} of this program ${thing.startsWith("the") ? "has " : ""}${thing}`) as string;

const ownFlow = (trigger: string, opts: pulumi.CustomResourceOptions = {}) =>
  new auth0.TriggerActions("own", { trigger, actions: [] }, opts);
const owning = (opts: pulumi.ComponentResourceOptions = {}) =>
  new PictureAction("picture", { loginFlow: { actionsBefore: [] } }, opts);

const refused: Record<string, readonly [() => unknown, unknown]> = {
  "an Action before ours": [
    () => [ownAction("User picture"), picture()],
    nameTaken('PictureAction "picture"', 'auth0.Action "own"'),
  ],
  "an Action after ours, in a component of the program's": [
    () => [
      picture(),
      ownAction("User picture", { parent: new pulumi.ComponentResource("acme:platform:Login", "platform") }),
    ],
    nameTaken('auth0.Action "own"', 'PictureAction "picture"'),
  ],
  "an Action whose name is known later": [
    () => [ownAction("User picture"), picture(pulumi.output("User picture"))],
    nameTaken('PictureAction "picture"', 'auth0.Action "own"'),
  ],
  "an Action with the same provider": [
    () => {
      const provider = otherProvider();
      return [ownAction("User picture", { provider }), picture("User picture", { provider })];
    },
    nameTaken('PictureAction "picture"', 'auth0.Action "own"'),
  ],
  "a list of the login flow before ours": [
    () => [ownFlow("post-login"), owning()],
    `PictureAction "picture" cannot be created:\n  - loginFlow: auth0.TriggerActions "own" of this program has the ` +
      `login flow already. Two lists undo each other: name both Actions in one of them.`,
  ],
  "a list of the login flow after ours": [
    () => [owning(), ownFlow("post-login")],
    expect.stringMatching(/"own" cannot be created:\n {2}- trigger: PictureAction "picture" .* the login flow/),
  ],
  "a connection before its ConnectionSync": [() => [ownConnection(), sync(byName)], hasOne('auth0.Connection "own"')],
  "a connection after it": [() => [sync(byName), ownConnection()], hasOne('ConnectionSync "sync"')],
  "a connection by its name's Output": [
    () => sync({ connectionName: ownConnection().name }),
    hasOne('auth0.Connection "own"'),
  ],
  "a connection by its id": [
    () => sync({ connectionId: ownConnection().id }),
    hasOne('auth0.Connection "own"', "sets its options."),
  ],
};

it.each(Object.entries(refused))("is refused beside a component: %s", async (_, [program, message]) => {
  expect(await failures(program)).toEqual([message]);
});

it("is refused in the preview that creates a connection, whose id is not known", async () => {
  const message = hasOne('auth0.Connection "own"', "sets its options.");

  expect(await failures(() => sync({ connectionId: ownConnection().id }), true)).toEqual([message]);
});

const passing: Record<string, () => unknown> = {
  "another name": () => [ownAction("Roles"), picture()],
  "a name that Pulumi makes": () => [ownAction(undefined), picture()],
  "an Action of another tenant": () => [ownAction("User picture", { provider: otherProvider() }), picture()],
  "an Action that is only read": () => [auth0.Action.get("own", "1", { name: "User picture" }), picture("Picture")],
  "a list of another trigger": () => [ownFlow("credentials-exchange"), owning()],
  "a list of the login flow beside a single binding": () => [ownFlow("post-login"), picture()],
  "another connection": () => [ownConnection({ name: "saml" }), sync(byName)],
  "a connection of another tenant": () => [ownConnection({}, { provider: otherProvider() }), sync(byName)],
  "a connection that is only read": () => sync({ connectionId: auth0.Connection.get("own", "con_1", byNameState).id }),
  "a connection that is only read, by name": () => [auth0.Connection.get("own", "con_1", byNameState), sync(byName)],
  "a connection whose options it ignores": () => [ownConnection({}, { ignoreChanges: ["options"] }), sync(byName)],
};
const byNameState = { name: "google-oauth2", options: { setUserRootAttributes: "on_each_login" } };

it.each(Object.entries(passing))("passes beside a component: %s", async (_, program) => {
  expect(await failures(program)).toEqual([]);
});

it("passes where it leaves a connection's options alone, and in another run of one process", async () => {
  for (const name of ["first", "second"])
    expect(
      await failures(() => [
        new auth0.Connection(name, { name: "google-oauth2", strategy: "google-oauth2" }),
        ownAction("Roles"),
        sync(byName),
      ]),
    ).toEqual([]);
});
