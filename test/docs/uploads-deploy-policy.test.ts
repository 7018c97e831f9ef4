// The statements of docs/deploy-policy.json that uploads need, held against the calls that the aws provider makes for
// each operation on each of their resources: they allow all of them, and nothing that none of them needs.
import { readFileSync } from "node:fs";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { PictureUploads } from "../../components/picture-uploads/picture-uploads.ts";
import { ClientAuthentication } from "../../components/picture-uploads/upload-sets.ts";
import type { PictureUploadsOptions } from "../../components/picture-uploads/upload-args.ts";
import { matchesWildcard } from "../../sandbox/edge/bucket-policy.ts";
import { uploadsScopes } from "../../sandbox/services.ts";
import { callsOf } from "../../sandbox/providers/aws-calls.ts";
import { mockEngine } from "../components/mock-engine.ts";

interface Statement {
  readonly Sid: string;
  readonly Action: string | readonly string[];
  readonly Resource: string | readonly string[];
}

const policy = JSON.parse(readFileSync("docs/deploy-policy.json", "utf8")) as { Statement: Statement[] };
const ofUploads = policy.Statement.filter(({ Sid }) => Sid.startsWith("OptionUploads"));
const actionsOf = (statements: readonly Statement[]) => statements.flatMap(({ Action }) => [Action].flat());

const engine = mockEngine();
beforeEach(() => vi.stubEnv("AUTH0_DOMAIN", "example.eu.auth0.com"));
afterEach(() => vi.unstubAllEnvs());

const everyOption: PictureUploadsOptions = {
  allowedOrigins: ["https://app.example.org"],
  accessLogs: {},
  eventStream: true,
  reservedConcurrentExecutions: 5,
  tags: { team: "identity" },
};

/** The actions of every operation on every resource, also when tags are changed and taken away. */
async function neededBy(options: PictureUploadsOptions): Promise<Set<string>> {
  const store = { bucketName: "pictures", pictureBaseUrl: "https://pictures.example.org/" };
  new PictureUploads("uploads", { ...store, ...options }, engine.recorded);
  const world = { api: { getBucket: () => undefined }, settings: () => ({ region: "us-east-1", defaultTags: {} }) };
  const resources = (await engine.registered()).filter(({ type }) => type.startsWith("aws:"));
  const calls = resources.flatMap(({ type, inputs: { tags, ...untagged } }) => {
    const properties = { ...untagged, ...(tags === undefined ? {} : { tags }) };
    const changes = [properties, { ...untagged, tags: { team: "another" } }, untagged];
    const before = { ...properties, tagsAll: tags ?? {} };
    return [
      ...(["create", "read", "delete"] as const).flatMap((operation) =>
        callsOf(type, operation, { properties, before }, world),
      ),
      ...(tags === undefined ? [properties] : changes).flatMap((changed) =>
        callsOf(type, "update", { properties: changed, before }, world),
      ),
    ];
  });
  return new Set(calls.map(({ action }) => action));
}

const lacking = (needed: ReadonlySet<string>, statements: readonly Statement[]) =>
  [...needed].filter((action) => !actionsOf(statements).some((allowed) => matchesWildcard(allowed, action)));

describe("docs/deploy-policy.json, of uploads", () => {
  it("allows all that they need by default, without the options' statements", async () => {
    const needed = await neededBy({});

    expect(needed.size).toBeGreaterThan(50);
    expect(
      lacking(
        needed,
        ofUploads.filter(({ Sid }) => !/Key$|EventBus$|AccessLogs$/.test(Sid)),
      ),
    ).toEqual([]);
  });

  it("allows all that every option needs, and each statement is needed by one", async () => {
    const all = await neededBy(everyOption);
    expect(lacking(all, ofUploads)).toEqual([]);
    for (const statement of ofUploads.filter(({ Sid }) => !Sid.endsWith("Key")))
      expect(
        lacking(
          all,
          ofUploads.filter((other) => other !== statement),
        ),
        statement.Sid,
      ).not.toEqual([]);
  });

  it("allows keys in KMS, and nothing that neither kind of client needs", async () => {
    const keys = await neededBy({ ...everyOption, clientAuthentication: ClientAuthentication.PrivateKeyJwt });
    expect(lacking(keys, ofUploads)).toEqual([]);
    expect(
      lacking(
        keys,
        ofUploads.filter(({ Sid }) => !Sid.endsWith("Key")),
      ),
    ).not.toEqual([]);
    const needed = [...keys, "ssm:PutParameter", ...actionsOf(ofUploads).filter((action) => action.startsWith("ssm:"))];

    expect(actionsOf(ofUploads).filter((action) => !needed.some((one) => matchesWildcard(action, one)))).toEqual([]);
  });

  it("names what is the stack's, where AWS names it before it is made", () => {
    const open = ofUploads.filter(({ Resource }) => [Resource].flat().includes("*"));

    // A new key has no name; log groups and parameters are listed, and logs delivered, for the account as a whole.
    expect(open.map(({ Sid }) => Sid)).toEqual(["OptionUploadsLists", "OptionUploadsAccessLogs", "OptionUploadsKey"]);
    for (const { Sid, Resource } of ofUploads)
      if (!open.some((other) => other.Sid === Sid))
        for (const arn of [Resource].flat()) expect(arn).toMatch(/user-pictures-\*|:\/apis|:\/tags\/|aws\.partner/);
  });
});

it("docs/deploy.md names the scopes that a stack with uploads needs in addition, and no others", () => {
  const page = readFileSync("docs/deploy.md", "utf8");
  const listed = /needs these too[^`]*```\n([^`]*)```/.exec(page)?.[1]?.trim().split(/\s+/);

  expect(listed?.toSorted()).toEqual(uploadsScopes.toSorted());
});
