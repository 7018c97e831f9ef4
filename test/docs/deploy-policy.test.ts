// docs/deploy-policy.json held against the calls that the aws provider makes for each operation on each resource of a
// store: it allows all of them, and nothing that none of them needs.
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { isAllowed, matchesWildcard } from "../../sandbox/edge/bucket-policy.ts";
import type { BucketPolicy } from "../../sandbox/edge/bucket-policy.ts";
import { accountId } from "../../sandbox/edge/identity.ts";
import type { ProviderCall } from "../../sandbox/providers/aws-calls.ts";
import type { PictureStoreArgs } from "../../components/picture-store/args.ts";
import { deployments } from "../components/picture-store/deployed-store.ts";
import { everyOption } from "../components/picture-store/store-variants.ts";

const whole = JSON.parse(readFileSync("docs/deploy-policy.json", "utf8")) as BucketPolicy;
/** The statements of uploads have a test of their own. */
const policy = { Statement: whole.Statement.filter(({ Sid = "" }) => !Sid.startsWith("OptionUploads")) };
const withoutOptions = { Statement: policy.Statement.filter(({ Sid = "" }) => !Sid.startsWith("Option")) };
const actionsOf = ({ Statement }: BucketPolicy) => Statement.flatMap(({ Action = [] }) => [Action].flat());

let calls: ProviderCall[] = [];
const { edge, resources, deploy } = deployments(undefined, (call) => calls.push(call));

/** Deploys a store, and does with each of its resources what a stack does: read, import, change, untag, delete. */
async function callsOf(store: Partial<PictureStoreArgs>): Promise<ProviderCall[]> {
  calls = [];
  await deploy(store);
  for (const { implementation, inputs, id, state, type } of resources()) {
    const imported = type.includes("bucketObject") ? `${String(state["bucket"])}/${id}` : id;
    await implementation.read(id, state);
    await implementation.read(imported, {});
    const { tags, ...untagged } = inputs;
    for (const changed of [inputs, ...(tags ? [{ ...inputs, tags: { team: "another" } }, untagged] : [])])
      await implementation.update?.(id, state, changed, { urn: id, timeoutSeconds: 0 });
  }
  // As the engine does: what depends on others goes first.
  for (const { implementation, id, state } of resources().toReversed()) await implementation.delete(id, state);
  return calls;
}

/** The policy with its example of a bucket's name replaced, by the one that the test's stores have. */
const ofTestStore = (text: BucketPolicy, bucket: string) =>
  JSON.parse(JSON.stringify(text).replaceAll("user-pictures-*", bucket)) as BucketPolicy;
const refused = (by: BucketPolicy, made: readonly ProviderCall[]) => [
  ...new Set(made.filter((call) => !isAllowed(by, call)).map(({ action, resource }) => `${action} on ${resource}`)),
];

/** All options, beside what other teams have: a zone, a key. */
function everyOptionHere(): Partial<PictureStoreArgs> {
  const api = edge().controlPlane;
  const zoneId = api.createHostedZone("example.org");
  const { kmsMasterKeyId } = everyOption;
  if (typeof kmsMasterKeyId !== "string") throw new Error("The key is no text");
  const everybody = { Effect: "Allow", Principal: { AWS: `arn:aws:iam::${accountId}:root` }, Action: "kms:*" };
  api.putKeyPolicy(kmsMasterKeyId, JSON.stringify({ Statement: [{ ...everybody, Resource: "*" }] }));
  return { ...everyOption, picturesOnDestroy: "empty", domain: { domainName: "pictures.example.org", zoneId } };
}

describe("docs/deploy-policy.json", () => {
  it("allows a store without options all that it needs, without the options' statements", async () => {
    const made = await callsOf({});

    expect(made.length).toBeGreaterThan(100);
    expect(refused(ofTestStore(withoutOptions, "pictures-bucket-*"), made)).toEqual([]);
  });

  it("allows a store with every option all that it needs, also when tags are changed and taken away", async () => {
    expect(refused(ofTestStore(policy, "pictures.example.org"), await callsOf(everyOptionHere()))).toEqual([]);
  });

  it("allows nothing that no call needs, and each option's statement is needed with that option", async () => {
    const made = await callsOf(everyOptionHere());
    const needed = [...new Set(made.map(({ action }) => action))];

    expect(actionsOf(policy).filter((action) => !needed.some((one) => matchesWildcard(action, one)))).toEqual([]);
    for (const statement of policy.Statement) {
      const without = { Statement: policy.Statement.filter((other) => other !== statement) };
      expect(refused(ofTestStore(without, "pictures.example.org"), made), statement.Sid).not.toEqual([]);
    }
  });

  it("lets nobody touch another bucket, or a KMS key but through S3", () => {
    const of = (action: string, resource: string, context = {}) => ({ action, resource, context });
    const key = everyOption.kmsMasterKeyId as string;

    expect(
      refused(ofTestStore(policy, "pictures.example.org"), [
        of("s3:DeleteBucket", "arn:aws:s3:::another-teams-bucket"),
        of("s3:PutObject", "arn:aws:s3:::another-teams-bucket/d/missing"),
        of("kms:Decrypt", key),
        of("kms:Decrypt", key, { "kms:viaservice": "ec2.eu-central-1.amazonaws.com" }),
      ]),
    ).toHaveLength(3);
  });
});
