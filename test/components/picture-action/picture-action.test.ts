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
import { PictureAction, knownCode, pictureActionFaults } from "../../../components/picture-action/picture-action.ts";
import type { PictureActionArgs } from "../../../components/picture-action/picture-action.ts";
import { mockEngine, valueOf } from "../mock-engine.ts";

const engine = mockEngine();
const flowEntry = (number: number) => ({ actionId: String(number), displayName: `Action ${number}` });

describe("PictureAction", () => {
  it("deploys the bundle of its settings and binds it to post-login", async () => {
    const action = new PictureAction(
      "picture",
      {
        allowedUrlPrefixes: [pulumi.output("https://pictures.example.org/u/")],
        defaultPictureUrl: pulumi.output("https://pictures.example.org/d/default.png"),
        defaultPictureMode: DefaultPictureMode.Missing,
      },
      engine.recorded,
    );
    const outputs = await Promise.all([valueOf(action.actionId), valueOf(action.versionId)]);
    const registered = await engine.registered();

    // The provider's version may be the one before.
    expect(outputs).toEqual(["picture-action-id", "version-2"]);
    const code = bundleAction({
      allowedUrlPrefixes: ["https://pictures.example.org/u/"],
      defaultPicture: { url: "https://pictures.example.org/d/default.png", mode: "missing" },
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
    expect(owned).toThrow(/loginFlow: with an auth0 provider of its own nobody can see/);
    const registered = await engine.registered();

    expect(versionId).toBe("version-1");
    expect(registered.map(({ name }) => name)).toEqual(["other", "picture", "picture-action", "picture-binding"]);
  });

  it("takes over an Action that exists", async () => {
    const adoptActionId = "01234567-89ab-cdef-0123-456789abcdef";
    new PictureAction("picture", { allowedUrlPrefixes: [], adoptActionId }, engine.recorded);
    const [, action] = await engine.registered();

    expect((action?.options as pulumi.CustomResourceOptions).import).toBe(adoptActionId);
  });

  it.each<[string, unknown, string | undefined, string[]]>([
    [
      "an incomplete entry",
      { actionsBefore: [{ actionId: "a" }, null] },
      undefined,
      [
        "loginFlow.actionsBefore[0].displayName: no text",
        "loginFlow.actionsBefore[1].actionId: no text",
        "loginFlow.actionsBefore[1].displayName: no text",
      ],
    ],
    ["an unknown list", { before: [] }, undefined, ["loginFlow.before: there is no such list"]],
    ["no object", null, undefined, ["loginFlow: null was given; it is an object of lists"]],
    ["no list", { actionsAfter: "a" }, undefined, ['loginFlow.actionsAfter: "a" was given']],
    [
      "an Action twice",
      { actionsBefore: [flowEntry(1)], actionsAfter: [flowEntry(1)] },
      undefined,
      ["loginFlow: the Action 1 is in it twice"],
    ],
    [
      "more Actions than Auth0 takes",
      { actionsBefore: Array.from({ length: 20 }, (_, n) => flowEntry(n)) },
      undefined,
      ["loginFlow: 20 Actions"],
    ],
    ["a name for an id", undefined, "Change user pictures", ['adoptActionId: "Change user pictures" was given']],
  ])("refuses %s", (_what, loginFlow, adoptActionId, faults) => {
    const args = { allowedUrlPrefixes: [], loginFlow, adoptActionId } as unknown as PictureActionArgs;

    expect(pictureActionFaults(args)).toEqual(faults.map((start) => expect.stringContaining(start) as string));
  });

  it("takes as many Actions as Auth0 does", () => {
    const actionsBefore = Array.from({ length: 19 }, (_, number) => flowEntry(number));

    expect(pictureActionFaults({ allowedUrlPrefixes: [], loginFlow: { actionsBefore } })).toEqual([]);
  });

  it("gives the default picture to users without one and to those whose picture Auth0 generated, unless told otherwise", async () => {
    new PictureAction(
      "picture",
      { name: "Avatar", allowedUrlPrefixes: [], defaultPictureUrl: "https://pictures.example.org/d/default.png" },
      engine.recorded,
    );
    const [, action, binding] = await engine.registered();

    expect(action?.inputs["code"]).toBe(
      bundleAction({
        allowedUrlPrefixes: [],
        defaultPicture: { url: "https://pictures.example.org/d/default.png", mode: "generated" },
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
    const wrong = { allowedUrlPrefixes: [7], defaultPictureUrl: {} } as unknown as PictureActionArgs;
    const none = {} as PictureActionArgs;
    const later = pulumi.output("https://pictures.example.org/");

    expect(pictureActionFaults(wrong)).toEqual([
      expect.stringMatching(/^allowedUrlPrefixes\[0\]: 7 /),
      expect.stringMatching(/^defaultPictureUrl: \{\} /),
    ]);
    expect(pictureActionFaults(none)).toEqual([expect.stringMatching(/^allowedUrlPrefixes: /)]);
    expect(
      pictureActionFaults({ allowedUrlPrefixes: [later, Promise.resolve("x")], defaultPictureUrl: later }),
    ).toEqual([]);
  });

  it("checks what it did not know as soon as it does", () => {
    const args = { allowedUrlPrefixes: [pulumi.output("http://pictures.example.org/")] };

    expect(pictureActionFaults(args)).toEqual([]);
    const known = {
      prefixes: ["http://pictures.example.org/"],
      general: undefined,
      byConnection: {},
      byOrganization: {},
    };
    expect(() => knownCode(args, known)).toThrow(/it is http, not https/);
  });

  it("refuses all bad arguments at once, before anything is registered", async () => {
    const args = {
      name: " ",
      entry: "no-such-action.ts",
      allowedUrlPrefixes: ["http://pictures.example.org/", "https://pictures.example.org/u"],
      defaultPictureUrl: "https://user:secret@pictures.example.org/d/default.png",
      defaultPictureMode: "always" as DefaultPictureMode,
    };

    expect(() => new PictureAction("picture", args, engine.recorded)).toThrowErrorMatchingInlineSnapshot(`
      [Error: PictureAction "picture" cannot be created:
        - name: " " was given; name the Action as people shall read it in Auth0's dashboard.
        - defaultPictureMode: "always" was given; allowed are generated, gravatar-fallback, missing, everyone.
        - allowedUrlPrefixes[0]: "http://pictures.example.org/" cannot be an allowed prefix: it is http, not https. A prefix is one exact host, https://host/ or https://host/path/. Write "https://pictures.example.org/".
        - allowedUrlPrefixes[1]: "https://pictures.example.org/u" cannot be an allowed prefix: it does not end in "/", so that longer names would match too. A prefix is one exact host, https://host/ or https://host/path/. Write "https://pictures.example.org/u/".
        - defaultPictureUrl: "https://…@pictures.example.org/d/default.png" cannot be the default picture: it has a user name or a password.
        - entry: no-such-action.ts: no such file, but it is the Action's entry]
    `);
    expect(await engine.registered()).toEqual([]);
  });
});
