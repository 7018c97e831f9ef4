// The policies of trigger bindings, connections and outputs: what complies, what does not, what is not known yet, and
// what a configuration changes.
import type { PolicyResource } from "@pulumi/policy";
import { describe, expect, it } from "vitest";
import { connectionOutput } from "../../policies/connection-output.ts";
import { connectionProtected } from "../../policies/connection-protected.ts";
import { connectionSync } from "../../policies/connection-sync-attribute.ts";
import { singleOwner } from "../../policies/single-owner.ts";
import { triggerBindings } from "../../policies/trigger-bindings.ts";
import { judge, resource, unknown } from "./run-policy.ts";
import type { ResourceOptions } from "./run-policy.ts";

describe("trigger-bindings", () => {
  const action = resource("auth0:index/action:Action", "action", {});
  const other = resource("auth0:index/action:Action", "other", {});
  const listOf = (actions: unknown, options?: ResourceOptions, name = "list", trigger: unknown = "post-login") =>
    resource("auth0:index/triggerActions:TriggerActions", name, { trigger, actions }, options);
  const bindingOf = (actionId: unknown, options?: ResourceOptions, trigger: unknown = "post-login") =>
    resource("auth0:index/triggerAction:TriggerAction", "binding", { trigger, actionId }, options);
  const said = (...resources: PolicyResource[]) => judge(triggerBindings, resources);

  it("takes single bindings, a list of another trigger, and a list that names the bound Action", async () => {
    expect(await said(bindingOf("action-1"), bindingOf("action-2"))).toEqual([]);
    expect(await said(bindingOf("action-1"), listOf([], {}, "list", "credentials-exchange"))).toEqual([]);
    expect(await said(bindingOf("action-1"), listOf([{ id: "action-2" }, { id: "action-1" }]))).toEqual([]);
  });

  it("refuses a list that lacks the bound Action, and two lists", async () => {
    expect(await said(bindingOf("action-1"), listOf([{ id: "action-2" }]))).toEqual([
      expect.stringContaining('binding: "list" owns the whole list of post-login and does not name this Action'),
    ]);
    expect(await said(listOf([]), listOf([], {}, "second"))).toEqual([
      expect.stringContaining('second: "list" owns post-login as well'),
    ]);
  });

  it("knows an Action that the preview creates by what names it", async () => {
    const created = bindingOf(unknown, { from: { actionId: [action] } });
    expect(await said(created, listOf([{ id: unknown }], { from: { actions: [action, other] } }))).toEqual([]);
    expect(await said(created, listOf(unknown, { from: { actions: [action] } }))).toEqual([]);
    expect(await said(created, listOf([{ id: unknown }], { from: { actions: [other] } }))).toHaveLength(1);
    expect(await said(created, listOf([{ id: "action-1" }]))).toEqual([
      expect.stringContaining("does not name this Action"),
    ]);
    expect(await said(bindingOf("action-1"), listOf([{ id: unknown }, { id: "action-1" }]))).toEqual([]);
  });

  it("says what it cannot know yet", async () => {
    expect(await said(bindingOf(unknown), listOf([{ id: "action-1" }]))).toEqual([
      "string value at .actionId can't be known during preview",
    ]);
    expect(await said(bindingOf("action-1"), listOf([{ id: unknown }]))).toEqual([
      "string value at .actions.0.id can't be known during preview",
    ]);
    expect(await said(bindingOf("action-1"), listOf([], {}, "list", unknown))).toEqual([
      "string value at .trigger can't be known during preview",
    ]);
  });
});

describe("single-owner", () => {
  const action = (resourceName: string, name: unknown, provider?: string) => ({
    ...resource("auth0:index/action:Action", resourceName, { name }),
    ...(provider !== undefined && { provider: { ...resource("pulumi:providers:auth0", provider, {}), id: provider } }),
  });
  /** In a program of Node, and by the plugin, where it has the provider of its surroundings' settings. */
  const flag = "auth0-user-pictures:ConnectionSyncFlag";
  const [ofNode, ofPlugin] = [`pulumi-nodejs:dynamic/${flag}`, flag.replace(":", ":index:")];
  const settings = (name: string) => ({ ...resource("pulumi:providers:auth0-user-pictures", name, {}), id: name });
  const kinds = [
    { kind: "in a program of Node", sync: (name: string, props: object) => resource(ofNode, name, props) },
    {
      kind: "by the plugin",
      sync: (name: string, props: object) => ({ ...resource(ofPlugin, name, props), provider: settings(name) }),
    },
  ];
  const said = (...resources: PolicyResource[]) => judge(singleOwner, resources);

  it("refuses two Actions of one name, unless they are of two tenants", async () => {
    expect(await said(action("a", "Picture"), action("b", "Roles"), action("c", "Picture"))).toEqual([
      expect.stringContaining('c: "a" has this name as well: a tenant has an Action\'s name once'),
    ]);
    expect(await said(action("a", "Picture", "one"), action("b", "Picture", "other"))).toEqual([]);
    expect(await said(action("a", "Picture", "one"), action("b", "Picture", "one"))).toHaveLength(1);
  });

  it.each(kinds)("refuses two ConnectionSyncs of one connection, by its name or its id, $kind", async ({ sync }) => {
    const google = sync("google", { connectionName: "google-oauth2", connectionId: "con_1" });
    expect(await said(google, sync("saml", { connectionName: "saml", connectionId: "con_2" }))).toEqual([]);
    expect(await said(google, sync("again", { connectionName: "google-oauth2" }))).toEqual([
      expect.stringContaining('again: "google" has this connectionName as well: each undoes what the other sets'),
    ]);
    expect(await said(google, sync("by-id", { connectionId: "con_1" }))).toHaveLength(1);
  });

  it.each(kinds)("refuses a ConnectionSync of a connection that the stack owns whole, $kind", async ({ sync }) => {
    const options = { setUserRootAttributes: "on_each_login" };
    const connection = (props: object, more: object = {}) => ({
      ...resource("auth0:index/connection:Connection", "owned", props),
      ...more,
    });
    const google = connection({ name: "google-oauth2", id: "con_1", options });
    const message = expect.stringContaining(': "owned" owns all options of this connection') as string;
    expect(await said(google, sync("by-name", { connectionName: "google-oauth2" }))).toEqual([message]);
    expect(await said(sync("by-id", { connectionId: "con_1" }), google)).toEqual([message]);
    const created = connection({ name: unknown, id: unknown, options: unknown });
    const from = { connectionId: [created] };
    for (const type of [ofNode, ofPlugin])
      expect(await said(created, resource(type, "created", { connectionId: unknown }, { from }))).toEqual([message]);

    const others = [sync("other-name", { connectionName: "saml" }), sync("other-id", { connectionId: "con_2" })];
    expect(await said(google, ...others)).toEqual([]);
    const ofTenant = (name: string) => ({
      provider: { ...resource("pulumi:providers:auth0", name, {}), id: name },
    });
    const props = { name: "google-oauth2", id: "con_1", options };
    const google2 = sync("google", { connectionName: "google-oauth2", connectionId: "con_1" });
    expect(await said(connection(props, ofTenant("other")), google2)).toEqual([]);
    expect(await said(connection(props, ofTenant("default_3_49_0")), google2)).toEqual([message]);
    expect(await said(connection({ name: "google-oauth2", id: "con_1" }), google2)).toEqual([]);
    const ignoring = { opts: { ...google.opts, ignoreChanges: ["options"] } };
    expect(await said(connection(props, ignoring), google2)).toEqual([]);
  });

  it("refuses two picture stores of one bucket, distribution or host", async () => {
    const store = (name: string, props: object) => resource("auth0-user-pictures:index:PictureStore", name, props);
    const first = store("first", { bucketName: "a", distributionArn: "arn:1", baseUrl: "https://a/" });
    for (const shared of [{ bucketName: "a" }, { distributionArn: "arn:1" }, { baseUrl: "https://a/" }])
      expect(await said(first, store("second", { bucketName: "b", baseUrl: unknown, ...shared }))).toEqual([
        expect.stringContaining(`second: "first" has this ${Object.keys(shared).join()} as well: two stores of it`),
      ]);
    expect(await said(first, store("second", { bucketName: "b", distributionArn: "arn:2" }))).toEqual([]);
    // What each makes is not known in the preview that makes it, and is no other's.
    const made = { bucketName: unknown, distributionArn: unknown, baseUrl: unknown };
    expect(await said(store("first", made), store("second", made))).toEqual([]);
  });

  it("says what it cannot know yet, of two", async () => {
    expect(await said(action("a", unknown))).toEqual([]);
    expect(await said(action("a", unknown), action("b", "Picture"))).toEqual([
      "string value at .name can't be known during preview",
    ]);
  });
});

const connectionOf = (props: object = {}, options: ResourceOptions = {}) =>
  resource("auth0:index/connection:Connection", "google", { strategy: "google-oauth2", ...props }, options);

describe("connection-protected", () => {
  it("takes a protected connection, and refuses another", async () => {
    expect(await judge(connectionProtected, [connectionOf({}, { protect: true })])).toEqual([]);
    expect(await judge(connectionProtected, [connectionOf()])).toEqual([
      "google: Auth0 deletes a connection's users with it. Set protect: true.",
    ]);
    expect(await judge(connectionProtected, [resource("auth0:index/client:Client", "client", {})])).toEqual([]);
  });

  it("excepts the configured strategies", async () => {
    const config = { exceptStrategies: ["email"] };
    expect(await judge(connectionProtected, [connectionOf({ strategy: "email" })], config)).toEqual([]);
    expect(await judge(connectionProtected, [connectionOf()], config)).toHaveLength(1);
    expect(await judge(connectionProtected, [connectionOf({ strategy: unknown })], config)).toEqual([
      "string value at .strategy can't be known during preview",
    ]);
  });
});

describe("connection-sync", () => {
  const said = (props: object, config?: object) => judge(connectionSync, [connectionOf(props)], config);

  it("takes a connection that says it, and one without an identity provider", async () => {
    expect(await said({ options: { setUserRootAttributes: "on_first_login" } })).toEqual([]);
    expect(await said({ options: { setUserRootAttributes: "on_each_login" } })).toEqual([]);
    for (const strategy of ["auth0", "email", "sms"]) expect(await said({ strategy })).toEqual([]);
  });

  it("refuses one that does not, and never_on_login, which keeps new users out", async () => {
    const message = (given: string) => [
      `google: options.setUserRootAttributes: ${given} was given; set on_first_login or on_each_login.`,
    ];
    expect(await said({})).toEqual(message("nothing"));
    expect(await said({ options: { clientId: "x" } })).toEqual(message("nothing"));
    expect(await said({ options: { setUserRootAttributes: "never_on_login" } })).toEqual(message("never_on_login"));
    expect(await said({ options: { setUserRootAttributes: unknown } })).toEqual([
      "string value at .options.setUserRootAttributes can't be known during preview",
    ]);
  });

  it("takes the configured values only", async () => {
    const each = { options: { setUserRootAttributes: "on_each_login" } };
    expect(await said(each, { values: ["on_first_login"] })).toEqual([
      "google: options.setUserRootAttributes: on_each_login was given; set on_first_login.",
    ]);
  });
});

describe("connection-output", () => {
  const options = { clientSecret: "in clear", setUserRootAttributes: "on_first_login", nonPersistentAttrs: [] };
  const connection = { id: "con_1", name: "google-oauth2", strategy: "google-oauth2", options: [options] };
  const said = (outputs: object, config?: object) =>
    judge(connectionOutput, [resource("pulumi:pulumi:Stack", "stack", outputs)], config);

  it("takes what is exported by name", async () => {
    expect(
      await said({ connectionId: "con_1", strategy: "google-oauth2", connections: { google: "on_first_login" } }),
    ).toEqual([]);
    expect(await said({ note: "[not JSON", policy: '{"options":1}' })).toEqual([]);
  });

  it.each([
    ["what getConnection answers", connection],
    ["its options", connection.options],
    ["one in a list of an object", { all: [connection] }],
    ["its JSON", JSON.stringify(connection)],
  ])("refuses %s", async (_, value) => {
    expect(await said({ region: "eu", google: value })).toEqual([
      expect.stringContaining("stack: The output google holds what getConnection answers."),
    ]);
  });

  it("judges the outputs that are known, and excepts the configured ones", async () => {
    expect(await said({ url: unknown, google: connection })).toEqual([
      expect.stringContaining("The output google"),
      "string value at .url can't be known during preview",
    ]);
    expect(await said({ google: connection }, { exceptOutputs: ["google"] })).toEqual([]);
    expect(await judge(connectionOutput, [resource("acme:index:Other", "other", { google: connection })])).toEqual([]);
  });
});
