// The Action's resources, exactly, and that a mistake is found before anything is registered.
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { describe, expect, it } from "vitest";
import { bundleAction } from "../../actions/bundle.ts";
import { DefaultPictureMode } from "../../actions/user-picture/picture.ts";
import { PictureAction, knownCode, pictureActionFaults } from "../../components/picture-action.ts";
import type { PictureActionArgs } from "../../components/picture-action.ts";
import { mockEngine, valueOf } from "./mock-engine.ts";

const engine = mockEngine();

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

    expect(outputs).toEqual(["picture-action-id", "version-1"]);
    const children = registered.filter(({ type }) => type.startsWith("auth0:"));
    expect(children.map(({ type, inputs }) => [type, inputs])).toEqual([
      [
        "auth0:index/action:Action",
        {
          name: "User picture",
          code: bundleAction({
            allowedUrlPrefixes: ["https://pictures.example.org/u/"],
            defaultPicture: { url: "https://pictures.example.org/d/default.png", mode: "missing" },
          }),
          runtime: "node22",
          supportedTriggers: { id: "post-login", version: "v3" },
          deploy: true,
        },
      ],
      [
        "auth0:index/triggerAction:TriggerAction",
        { trigger: "post-login", actionId: "picture-action-id", displayName: "User picture" },
      ],
    ]);
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
