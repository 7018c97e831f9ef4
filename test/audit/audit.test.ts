// The audit without checkov: the planned resources as a Terraform plan, and checkov's verdicts compared with the
// controls.
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import { auditedPlans, everyUploadsPlan } from "../../audit/audited-plans.ts";
import { compare, readReport } from "../../audit/checkov.ts";
import { plannedResources, reference } from "../../audit/planned-resources.ts";
import { seededMistakes, spoilt } from "../../audit/seeded-mistakes.ts";
import { terraformPlan } from "../../audit/terraform-plan.ts";
import { ClientAuthentication } from "../../components/picture-uploads/upload-sets.ts";
import { variants } from "../components/picture-store/store-variants.ts";

const bucketType = "aws:s3/bucket:Bucket";

describe("the plan", () => {
  it("has every AWS resource of the store, as Terraform names it and its properties", async () => {
    const args = { store: {}, defaultPictures: { general: { file: "assets/default-picture.png" } } };
    const plan = terraformPlan(await plannedResources(args));
    const { resources } = plan.planned_values.root_module;
    const valuesOf = (type: string) => resources.find((resource) => resource.type === type)?.values;
    const expressionsOf = (type: string) =>
      plan.configuration.root_module.resources.find((resource) => resource.type === type)?.expressions;

    expect(resources.map(({ type }) => type).sort()).toEqual([
      ...["aws_cloudfront_distribution", "aws_cloudfront_origin_access_control"],
      ...["aws_cloudfront_response_headers_policy", "aws_s3_bucket", "aws_s3_bucket_lifecycle_configuration"],
      ...["aws_s3_bucket_ownership_controls", "aws_s3_bucket_policy", "aws_s3_bucket_public_access_block"],
      ...["aws_s3_bucket_server_side_encryption_configuration", "aws_s3_bucket_versioning"],
      ...["aws_s3_object", "aws_s3_object"],
    ]);
    expect(plan.resource_changes.map(({ address }) => address)).toEqual(resources.map(({ address }) => address));
    expect(valuesOf("aws_s3_bucket_versioning")).toEqual({ versioning_configuration: [{ status: "Enabled" }] });
    expect(valuesOf("aws_s3_bucket_server_side_encryption_configuration")).toEqual({
      rule: [
        {
          apply_server_side_encryption_by_default: [{ sse_algorithm: "AES256" }],
          blocked_encryption_types: ["SSE-C"],
        },
      ],
    });
    expect(valuesOf("aws_cloudfront_distribution")).toMatchObject({
      is_ipv6_enabled: true,
      origin: [{ origin_id: "pictures" }],
      default_cache_behavior: [{ viewer_protocol_policy: "redirect-to-https" }],
    });
    const bucket = "aws_s3_bucket.user_pictures_store_bucket";
    // As in Terraform's plans, what AWS decides is not among the values: there is a reference for it.
    expect(expressionsOf("aws_s3_bucket_versioning")).toMatchObject({
      bucket: { references: [`${bucket}.bucket`, bucket] },
    });
    expect(expressionsOf("aws_cloudfront_distribution")).toMatchObject({
      origin: [{ domain_name: { references: [`${bucket}.bucket_regional_domain_name`, bucket] } }],
    });
    expect(JSON.stringify(valuesOf("aws_s3_bucket_policy"))).toContain(`${bucket}.arn/d/*`);
  });

  it.each(Object.entries(variants))(
    "has a name for every block of a store with %s",
    async (_, { defaultPictures = {}, ...args }) => {
      const { resources } = terraformPlan(await plannedResources({ store: args, defaultPictures })).planned_values
        .root_module;
      const isIncomplete = (values: object) => /<<|\[null/.test(JSON.stringify(values));

      expect(resources.length).toBeGreaterThan(2);
      expect(resources.filter(({ values }) => isIncomplete(values)).map(({ address }) => address)).toEqual([]);
      expect(resources.some(({ type }) => type === "aws_s3_bucket")).toBe(args.existingBucket === undefined);
    },
  );

  it("has every AWS resource of the uploads too, with what no plan may show left out", async () => {
    const args = { store: {}, defaultPictures: { general: { file: "assets/default-picture.png" } } };
    const uploads = { allowedOrigins: ["https://app.example.org"], accessLogs: {}, eventStream: true };
    const secrets = terraformPlan(await plannedResources({ ...args, uploads })).planned_values.root_module.resources;
    const clientAuthentication = ClientAuthentication.PrivateKeyJwt;
    const keys = terraformPlan(await plannedResources({ ...args, uploads: { clientAuthentication } }));
    const named = (name: string) => secrets.find((it) => it.name === `user_pictures_uploads_${name}`);

    expect(named("upload")).toMatchObject({ type: "aws_lambda_function", values: { runtime: "nodejs24.x" } });
    expect(named("upload")?.values).toMatchObject({
      environment: [{ variables: { AUTH0_DOMAIN: "example.eu.auth0.com" } }],
    });
    expect(named("upload")?.values).not.toHaveProperty("code");
    expect(named("put")?.values).toMatchObject({ authorization_type: "JWT", authorization_scopes: ["update:picture"] });
    expect(named("writer_secret")?.values).toEqual(
      expect.not.objectContaining({ value: expect.anything() as unknown }),
    );
    expect(named("deletions")?.type).toBe("aws_cloudwatch_event_rule");
    expect(keys.planned_values.root_module.resources.filter(({ type }) => type === "aws_kms_key")).toHaveLength(2);
    expect(JSON.stringify(secrets)).not.toContain("client-secret");
  });

  it("keeps a map's keys, and leaves out what is not set", () => {
    const inputs = { forceDestroy: false, tags: { ownerTeam: "a" }, bucket: undefined };

    expect(planOf(inputs)).toEqual({ force_destroy: false, tags: { ownerTeam: "a" } });
  });

  it("shows a block as a list, whether there can be one or many, with its references", () => {
    const inputs = {
      versioningConfiguration: { status: "Enabled" },
      rules: [{ id: "a", filter: { prefix: reference(bucketType, "b-1", "bucket") } }, { id: "b" }],
    };
    const plan = terraformPlan([{ type: "aws:s3/x:X", name: "x", inputs }]);

    expect(plan.planned_values.root_module.resources[0]?.values).toEqual({
      versioning_configuration: [{ status: "Enabled" }],
      rule: [{ id: "a", filter: [{}] }, { id: "b" }],
    });
    expect(plan.configuration.root_module.resources[0]?.expressions["rule"]).toEqual([
      { filter: [{ prefix: { references: ["aws_s3_bucket.b_1.bucket", "aws_s3_bucket.b_1"] } }] },
      {},
    ]);
  });

  it("refuses a block whose name in Terraform is not known", () => {
    expect(() => planOf({ newThings: [{ a: 1 }] })).toThrow(
      "aws:s3/bucket:Bucket b.newThings: there is no Terraform name",
    );
    expect(() => planOf({ filter: { newThing: {} } })).toThrow("b.filter.newThing: there is no Terraform name");
  });
});

describe("what is judged", () => {
  it("is the stack, and uploads with their defaults and with every option", async () => {
    const plans = auditedPlans("dev", { pictureBaseUrl: "https://pictures.example.org/" });
    const planned = [];
    for (const { args } of plans) planned.push(new Set((await plannedResources(args)).map(({ type }) => type)));

    expect(plans.map(({ what }) => what)).toEqual(["the stack dev", "uploads: {}", "uploads with every option"]);
    expect(planned[0]).toEqual(new Set());
    expect(planned[1]).toContain("aws:ssm/parameter:Parameter");
    expect(planned[2]).toContain("aws:kms/key:Key");
    for (const type of ["aws:lambda/function:Function", "aws:apigatewayv2/route:Route", "aws:sqs/queue:Queue"])
      expect([type, planned[1]?.has(type), planned[2]?.has(type)]).toEqual([type, true, true]);
  });

  it("has something to spoil for each mistake, and spoils nothing else", async () => {
    const planned = await plannedResources(everyUploadsPlan.args);
    const mistaken = spoilt(planned);
    const types = new Set(seededMistakes.map(({ type }) => type));
    const changed = planned.filter((it) => !mistaken.some((other) => JSON.stringify(other) === JSON.stringify(it)));

    expect(types.size).toBe(seededMistakes.length);
    expect(new Set(changed.map(({ type }) => type))).toEqual(types);
    expect(() => terraformPlan(mistaken)).not.toThrow();
  });
});

const planOf = (inputs: Record<string, unknown>) =>
  terraformPlan([{ type: bucketType, name: "b", inputs }]).planned_values.root_module.resources[0]?.values;

describe("the comparison", () => {
  const failed = (id: string) => [{ id, name: "A check", resource: "aws_s3_bucket.b" }];

  it("explains what the controls call an exception", () => {
    expect(compare(failed("CKV_AWS_144"), {})).toEqual({
      explained: [expect.stringMatching(/^CKV_AWS_144 on aws_s3_bucket\.b \(A check\): Pictures are replaceable/)],
      unexplained: [],
    });
  });

  it.each([
    ["CKV_AWS_999999", {}, "the controls do not name it"],
    ["CKV_AWS_21", {}, "the controls say that it passes"],
    ["CKV_AWS_68", { store: { webAclId: "arn" } }, "the controls say that it passes with webAclId, which is set"],
  ])("does not explain %s with %j", (id, args, reason) => {
    expect(compare(failed(id), args)).toEqual({
      explained: [],
      unexplained: [`${id} on aws_s3_bucket.b (A check): ${reason}`],
    });
  });

  it("takes the controls of the component that a resource is of", () => {
    const check = [
      { id: "CKV_AWS_76", name: "A check", resource: "aws_apigatewayv2_stage.user_pictures_uploads_stage" },
    ];
    expect(compare(check, {}).explained).toHaveLength(1);
    expect(compare(check, { uploads: { accessLogs: {} } }).unexplained).toEqual([
      expect.stringContaining("the controls say that it passes with accessLogs, which is set"),
    ]);
    expect(compare(failed("CKV_AWS_76"), {}).unexplained).toHaveLength(1);
  });

  const results = { passed_checks: [{}], failed_checks: [], parsing_errors: [] };
  const check = { check_id: "CKV_AWS_1", check_name: "A check", resource: "aws_s3_bucket.b", more: 1 };

  it("reads checkov's report", () => {
    expect(readReport(JSON.stringify({ results: { ...results, failed_checks: [check] } }))).toEqual({
      passed: 1,
      failed: failed("CKV_AWS_1"),
    });
  });

  it.each([
    ["no results, as checkov writes them of a file in which it finds nothing", { passed: 0, failed: 0 }],
    ["nothing that passed", { results: { ...results, passed_checks: [] } }],
    ["a plan that could not be read", { results: { ...results, parsing_errors: ["plan.json"] } }],
  ])("takes %s for no verdict", (_, report) => {
    expect(() => readReport(JSON.stringify(report))).toThrow("checkov did not judge the plan");
  });
});

it("says so and skips where there is no Python", async () => {
  const { stdout } = await promisify(execFile)(process.execPath, ["audit/audit.ts"], { env: { PATH: "" } });

  expect(stdout).toBe("There is no Python 3 on the PATH, and checkov needs it: nothing was audited.\n");
});
