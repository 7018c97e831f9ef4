// The Action's resources, exactly, and that a mistake is found before anything is registered.
import { createHash } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import * as auth0 from "@pulumi/auth0";
import * as pulumi from "@pulumi/pulumi";
import { describe, expect, it } from "vitest";
import { bundleAction } from "../../../actions/bundle/bundle.ts";
import { DefaultPictureMode } from "../../../actions/user-picture/picture.ts";
import { refusalText } from "../../../actions/bundle/schema.ts";
import type { PictureActionArgs } from "../../../components/picture-action/options.ts";
import { PictureAction, validatePictureAction } from "../../../components/picture-action/picture-action.ts";
import { mockEngine, valueOf } from "../mock-engine.ts";

const engine = mockEngine();
const refusalsOf = (args: PictureActionArgs) => validatePictureAction("An Action", args).refusals.map(refusalText);
const flowEntry = (number: number) => ({ actionId: String(number), displayName: `Action ${number}` });

describe("PictureAction", () => {
  it("deploys the bundle of its settings and binds it to post-login", async () => {
    const action = new PictureAction(
      "picture",
      {
        allowedUrlPrefixes: [pulumi.output("https://pictures.example.org/u/")],
        defaultPictures: { general: { url: pulumi.output("https://pictures.example.org/d/default.png") } },
        mode: DefaultPictureMode.Missing,
      },
      engine.recorded,
    );
    const outputs = await Promise.all([valueOf(action.actionId), valueOf(action.versionId)]);
    const registered = await engine.registered();

    // The provider's version may be the one before.
    expect(outputs).toEqual(["picture-action-id", "version-2"]);
    const code = bundleAction({
      allowedUrlPrefixes: ["https://pictures.example.org/u/"],
      mode: "missing",
      defaultPictures: { general: "https://pictures.example.org/d/default.png" },
    });
    expect(registered.slice(1).map(({ type, inputs }) => [type, inputs])).toEqual([
      [
        "auth0:index/action:Action",
        {
          name: "User picture",
          code,
          runtime: "node22",
          supportedTriggers: { id: "post-login", version: "v3" },
          deploy: true,
        },
      ],
      [
        "auth0:index/triggerAction:TriggerAction",
        { trigger: "post-login", actionId: "picture-action-id", displayName: "User picture" },
      ],
      [
        "pulumi-nodejs:dynamic/auth0-user-pictures:ActionDeployment",
        {
          actionId: "picture-action-id",
          actionName: "User picture",
          codeSha256: createHash("sha256").update(code).digest("hex"),
        },
      ],
    ]);
    // The deployment's provider is loaded by this name for ever.
    expect(registered[3]?.provider).toContain('import("auth0-user-pictures/deployment-provider")');
    expect(registered[3]?.provider).toContain("module.actionDeploymentProvider(config)");
    for (const { options } of registered.slice(1, 3))
      expect((options as pulumi.CustomResourceOptions).deleteBeforeReplace).toBe(true);
    // The deployment mends a build that has failed; the provider's replacement would move the Action in the flow.
    expect(registered[1]?.options.ignoreChanges).toEqual(["status"]);
  });

  it("owns a flow beside its own binding, so that a list which leaves the program unbinds nobody", async () => {
    const addRoles = { actionId: "add-roles-id", displayName: "Add roles" };
    const audit = { actionId: pulumi.output("audit-id"), displayName: "Audit" };
    new PictureAction(
      "picture",
      { allowedUrlPrefixes: [], loginFlow: { actionsBefore: [addRoles], actionsAfter: [audit] } },
      engine.recorded,
    );
    const registered = await engine.registered();
    const ids = ["add-roles-id", "picture-action-id", "audit-id"];

    expect(registered.map(({ name }) => name)).toEqual([
      ...["picture", "picture-action", "picture-binding", "picture-deployment", "picture-login-flow"],
    ]);
    expect(registered[3]?.inputs["loginFlow"]).toEqual(ids);
    expect(registered[4]?.inputs).toEqual({
      trigger: "post-login",
      actions: ["Add roles", "User picture", "Audit"].map((displayName, index) => ({ id: ids[index], displayName })),
    });
    expect(registered[4]?.options.retainOnDelete).toBe(true);
  });

  it("watches no other tenant than the stack's own: with a provider of its own it is the provider's resources alone", async () => {
    const provider = new auth0.Provider("other", { domain: "other.eu.auth0.com" }, engine.recorded);
    const args = { allowedUrlPrefixes: [] };
    const action = new PictureAction("picture", args, { ...engine.recorded, provider });
    const versionId = await valueOf(action.versionId);
    const owned = () => new PictureAction("owner", { ...args, loginFlow: {} }, { provider });
    expect(owned).toThrow(/loginFlow: with an auth0 provider of its own nothing can tell whether the list is complete/);
    const registered = await engine.registered();

    expect(versionId).toBe("version-1");
    expect(registered.map(({ name }) => name)).toEqual(["other", "picture", "picture-action", "picture-binding"]);
    // Here nothing but the provider mends a build that has failed.
    expect(registered[2]?.options.ignoreChanges).toBeUndefined();
  });

  it("takes over an Action that exists", async () => {
    const importActionId = "01234567-89ab-cdef-0123-456789abcdef";
    new PictureAction("picture", { allowedUrlPrefixes: [], importActionId }, engine.recorded);
    const [, action] = await engine.registered();

    expect((action?.options as pulumi.CustomResourceOptions).import).toBe(importActionId);
  });

  it.each<[string, unknown, string | undefined, string[]]>([
    [
      "an incomplete entry",
      { actionsBefore: [{ actionId: "a" }, { actionId: "", displayName: "b" }, {}, null] },
      undefined,
      [
        "loginFlow.actionsBefore[0].displayName: no text was given; say under which name the Action is bound there.",
        "loginFlow.actionsBefore[1].actionId: no text was given; say which Action is bound there, by its id.",
        "loginFlow.actionsBefore[2].actionId: no text was given; say which Action is bound there, by its id.",
        "loginFlow.actionsBefore[2].displayName: no text was given; say under which name the Action is bound there.",
        "loginFlow.actionsBefore[3]: nothing was given; it must be an object with actionId, displayName.",
      ],
    ],
    [
      "an unknown list",
      { before: [] },
      undefined,
      ["loginFlow.before: there is no such setting. There are actionsBefore, actionsAfter."],
    ],
    [
      "no object",
      null,
      undefined,
      ["loginFlow: nothing was given; it must be an object with actionsBefore, actionsAfter."],
    ],
    [
      "no list",
      { actionsAfter: "a" },
      undefined,
      ['loginFlow.actionsAfter: "a" was given; it must be a list of { actionId, displayName }.'],
    ],
    [
      "an Action twice",
      { actionsBefore: [flowEntry(1)], actionsAfter: [flowEntry(1)] },
      undefined,
      ["loginFlow: the Action 1 is in it twice; Auth0 binds an Action once."],
    ],
    [
      "more Actions than Auth0 takes",
      { actionsBefore: Array.from({ length: 20 }, (_, n) => flowEntry(n)) },
      undefined,
      ["loginFlow: 20 Actions were given besides this one; Auth0 takes 20 in all."],
    ],
    [
      "a name for an id",
      undefined,
      "Change user pictures",
      [
        'importActionId: "Change user pictures" was given; an Action\'s id is a UUID. ' +
          "Auth0's dashboard shows it in the address of the Action's page.",
      ],
    ],
  ])("refuses %s", (_what, loginFlow, importActionId, refusals) => {
    const given = { loginFlow, importActionId } as unknown as PictureActionArgs;
    const args = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));

    expect(refusalsOf({ allowedUrlPrefixes: [], ...args })).toEqual(refusals);
  });

  it("takes as many Actions as Auth0 does", () => {
    const actionsBefore = Array.from({ length: 19 }, (_, number) => flowEntry(number));

    expect(refusalsOf({ allowedUrlPrefixes: [], loginFlow: { actionsBefore } })).toEqual([]);
  });

  it("gives the default picture to users without one and to those whose picture Auth0 generated, unless told otherwise", async () => {
    new PictureAction(
      "picture",
      { name: "Avatar", defaultPictures: { general: { url: "https://pictures.example.org/d/default.png" } } },
      engine.recorded,
    );
    const [, action, binding] = await engine.registered();

    expect(action?.inputs["code"]).toBe(
      bundleAction({
        allowedUrlPrefixes: [],
        mode: "generated",
        defaultPictures: { general: "https://pictures.example.org/d/default.png" },
      }),
    );
    expect([action?.inputs["name"], binding?.inputs["displayName"]]).toEqual(["Avatar", "Avatar"]);
  });

  it("compiles every option in", async () => {
    const options = {
      allowAnyHost: true,
      linkedIdentityPicture: true,
      mirrors: { idTokenClaim: "https://example.org/picture", accessTokenClaim: "picture", samlAttribute: "picture" },
    };
    new PictureAction("picture", { allowedUrlPrefixes: [], ...options }, engine.recorded);
    const [, action] = await engine.registered();

    expect(action?.inputs["code"]).toBe(bundleAction({ allowedUrlPrefixes: [], ...options }));
  });

  it("bundles an Action of one's own, and refuses one that cannot be, before anything is registered", async () => {
    const entry = join(await mkdtemp(join(tmpdir(), "own-action-")), "my-action.ts");
    await writeFile(entry, `export const onExecutePostLogin = async (event: object) => void console.log(event);\n`);
    const action = new PictureAction("picture", { allowedUrlPrefixes: [], entry }, engine.recorded);
    await valueOf(action.actionId);
    await writeFile(entry, "export const onExecutePostLogin = async (event => event;\n");
    expect(() => new PictureAction("broken", { allowedUrlPrefixes: [], entry }, engine.recorded)).toThrow(
      /^PictureAction "broken" cannot be created:\n {2}- .*my-action\.ts:1: Expected "\)"/,
    );
    await rm(dirname(entry), { recursive: true });
    const registered = await engine.registered();

    expect(registered.map(({ name }) => name)).not.toContain("broken");
    expect(registered[1]?.inputs["code"]).toContain("console.log(event)");
  });

  it("takes only what is not known yet for granted", () => {
    const wrong = { allowedUrlPrefixes: [7], defaultPictures: { general: { url: {} } } };
    const later = pulumi.output("https://pictures.example.org/");
    const defaultPictures = { general: { url: later } };

    expect(refusalsOf(wrong as unknown as PictureActionArgs)).toEqual([
      expect.stringMatching(/^allowedUrlPrefixes\[0\]: 7 /),
      expect.stringMatching(/^defaultPictures\.general\.url: \{\} /),
    ]);
    expect(refusalsOf({ allowedUrlPrefixes: null } as unknown as PictureActionArgs)).toEqual([
      expect.stringMatching(/^allowedUrlPrefixes: nothing was given/),
    ]);
    expect(refusalsOf({})).toEqual([]);
    expect(refusalsOf({ allowedUrlPrefixes: [later, Promise.resolve("x")], defaultPictures })).toEqual([]);
  });

  it("checks what it did not know as soon as it does", async () => {
    const url = pulumi.output("https://pictures.example.org/d/default.webp");
    const prefixes = { allowedUrlPrefixes: [pulumi.output("http://pictures.example.org/")] };
    // Each alone is good: what Gravatar does not take shows in the Action's settings only.
    const fallback = {
      defaultPictures: { general: { url } },
      mode: pulumi.output(DefaultPictureMode.GravatarFallback),
    };
    const make = (args: PictureActionArgs) => new PictureAction("picture", args);

    expect([...refusalsOf(prefixes), ...refusalsOf(fallback)]).toEqual([]);
    expect(await engine.failures(() => [make(prefixes), make({ ...fallback, name: "Other" })])).toEqual([
      expect.stringMatching(
        /^PictureAction "picture" cannot be created:\n {2}- allowedUrlPrefixes\[0\]: .* it is http, /,
      ),
      expect.stringMatching(/^The Action's code cannot be made:\n {2}- defaultPictures\.general: .* Gravatar takes a /),
    ]);
  });

  it("shows no secret where only the Action's settings tell that it is bad", async () => {
    const url = pulumi.secret("https://pictures.example.org/d/not-to-be-seen.webp");
    const args = { defaultPictures: { general: { url } }, mode: DefaultPictureMode.GravatarFallback };

    expect(await engine.failures(() => new PictureAction("picture", args))).toEqual([
      "The Action's code cannot be made:\n" +
        "  - defaultPictures.general: a secret was given that is not allowed here; it is not shown.",
    ]);
  });

  it("refuses settings that make the code too large, once they are known", async () => {
    const url = pulumi.output(`https://pictures.example.org/d/${"0".repeat(64)}.png`);
    const byOrganization = Object.fromEntries(Array.from({ length: 900 }, (_, index) => [`acme-${index}`, { url }]));
    const args = { defaultPictures: { general: { url }, byOrganization } };

    expect(await engine.failures(() => new PictureAction("picture", args))).toEqual([
      expect.stringMatching(
        /^The Action's code cannot be made:\n {2}- .*action\.ts:\d+: the bundle has 1\d{5} bytes, more /,
      ),
    ]);
  });

  it("is made after resources of the program only", () => {
    const after = ["roles", pulumi.output(7)] as unknown as auth0.TriggerAction[];

    expect(refusalsOf({ after })).toEqual([
      "after[0]: this is no auth0.TriggerAction, and only a program can give one.",
      expect.stringMatching(/^after\[1\]: an Output or a promise was given; it must be a plain value/),
    ]);
    expect(refusalsOf({ after: "roles" as unknown as auth0.TriggerAction[] })).toEqual([
      'after: "roles" was given; it must be a list of auth0.TriggerAction, which only a program can give.',
    ]);
    const roles = new auth0.TriggerAction("roles", { trigger: "post-login", actionId: "1", displayName: "Roles" });
    expect(refusalsOf({ after: [roles] })).toEqual([]);
  });

  it("refuses all bad arguments at once, before anything is registered", async () => {
    const args = {
      name: " ",
      entry: "no-such-action.ts",
      allowedUrlPrefixes: ["http://pictures.example.org/", "https://pictures.example.org/u"],
      defaultPictures: { general: { url: "https://user:secret@pictures.example.org/d/default.png" } },
      mode: "always" as DefaultPictureMode,
    };

    expect(() => new PictureAction("picture", args, engine.recorded)).toThrowErrorMatchingInlineSnapshot(`
      [Error: PictureAction "picture" cannot be created:
        - name: " " was given; name the Action as people shall read it in Auth0's dashboard.
        - allowedUrlPrefixes[0]: "http://pictures.example.org/" cannot be an allowed prefix: it is http, not https. A prefix is one exact host, https://host/ or https://host/path/. Write "https://pictures.example.org/".
        - allowedUrlPrefixes[1]: "https://pictures.example.org/u" cannot be an allowed prefix: it does not end in "/", so that longer names would match too. A prefix is one exact host, https://host/ or https://host/path/. Write "https://pictures.example.org/u/".
        - defaultPictures.general.url: "https://…@pictures.example.org/d/default.png" cannot be a default picture: it has a user name or a password.
        - mode: "always" was given; allowed are generated, gravatar-fallback, missing, everyone.
        - entry: no-such-action.ts: no such file, but it is the Action's entry]
    `);
    expect(await engine.registered()).toEqual([]);
  });

  describe("one of two of one program", () => {
    const action = (name: string, args: Partial<PictureActionArgs>, opts: pulumi.ComponentResourceOptions = {}) =>
      new PictureAction(name, { allowedUrlPrefixes: [], ...args }, { ...engine.recorded, ...opts });
    const nameMessage =
      `PictureAction "second" cannot be created:\n  - name: PictureAction "first" of this program has the name ` +
      `"User picture" already. A tenant has an Action's name once: give one of the two another name.`;

    it("is refused where both have one name, as soon as it is known, and before its Action is registered", async () => {
      const program = () => {
        action("first", {});
        expect(() => action("second", { name: "User picture" })).toThrow(nameMessage);
        action("second", { name: pulumi.output("User picture") });
        action("third", { name: "Another" });
      };

      expect(await engine.failures(program)).toEqual([nameMessage]);
      const uncreated = ["second-action", "second-binding", "second-deployment"];
      expect(engine.uncreated()).toEqual(expect.arrayContaining(uncreated));
      expect(engine.uncreated()).not.toContain("third-action");
    });

    it("is refused where both own the login flow", () => {
      action("first", { loginFlow: {} });

      expect(() => action("second", { name: "Another", loginFlow: {} })).toThrow(
        'loginFlow: PictureAction "first" of this program has the login flow already.',
      );
    });

    it("is none where they are of two tenants, or of two runs in one process", async () => {
      const tenant = (domain: string) => new auth0.Provider(domain, { domain }, engine.recorded);
      const [one, other] = [tenant("one"), tenant("other")];
      action("first", {});
      action("second", {}, { provider: one });
      action("third", {}, { provider: other });
      expect(() => action("fourth", {}, { provider: other })).toThrow(/PictureAction "third" of this program/);
      await pulumi.runtime.disconnect();

      await pulumi.runtime.setMocks({ newResource: ({ name }) => ({ id: name, state: {} }), call: () => ({}) });
      action("first", {});
    });
  });
});
