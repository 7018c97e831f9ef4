// What functions ask of AWS, with the keys of their roles: signed, allowed by policies, answered as the services do.
import { createHash } from "node:crypto";
import { beforeAll, describe, expect, it } from "vitest";
import { signedHeaders } from "../../../functions/services/signed-request.ts";
import { createFunction, createRole, region, runAws } from "./running-aws.ts";
import { fetch, Agent } from "undici";

const running = runAws();
const bucket = "role-requests";
const mayRead = { Effect: "Allow", Action: "s3:GetObject", Resource: `arn:aws:s3:::${bucket}/u/*` };

/** Returns its keys and endpoints, which no function should. */
const leaking = "export const handler = async () => process.env;";
let variables: Record<string, string>;
let agent: Agent;

beforeAll(async () => {
  running.controlPlane.createBucket(bucket, region);
  running.controlPlane.putObject(bucket, "u/a.txt", Buffer.from("text"), {});
  running.controlPlane.putObject(bucket, "d/a.txt", Buffer.from("text"), {});
  createFunction(running, "asking", leaking, { statements: [mayRead] });
  const outcome = await running.aws.functions.invoke("asking", {});
  variables = JSON.parse((outcome as { payload: string }).payload) as Record<string, string>;
  agent = new Agent({ connect: { ca: running.certificate.ca } });
  return () => agent.close();
});

const keys = () => ({
  accessKeyId: variables["AWS_ACCESS_KEY_ID"] ?? "",
  secretAccessKey: variables["AWS_SECRET_ACCESS_KEY"] ?? "",
  sessionToken: variables["AWS_SESSION_TOKEN"],
});

async function get(path: string, changes: { keys?: object; service?: string; now?: Date; headers?: object } = {}) {
  const url = new URL(`/${bucket}${path}`, variables["AWS_ENDPOINT_URL_S3"]);
  const request = { service: changes.service ?? "s3", region, method: "GET", url } as const;
  const signed = signedHeaders(request, { ...keys(), ...changes.keys }, changes.now);
  const answer = await fetch(url, { headers: { ...signed, ...changes.headers }, dispatcher: agent });
  return { status: answer.status, text: await answer.text() };
}

describe("a request with a role's keys", () => {
  it("is allowed what the role's policy allows, as it is now", async () => {
    expect(await get("/u/a.txt")).toMatchObject({ status: 200 });
    expect(await get("/d/a.txt")).toMatchObject({
      status: 403,
      text: expect.stringContaining("AccessDenied") as string,
    });
    const { controlPlane } = running;
    const policy = (statement: object) => JSON.stringify({ Statement: [mayRead, statement] });
    controlPlane.putRolePolicy("asking", "more", policy({ Effect: "Deny", Action: "s3:*", Resource: "*" }));
    expect(await get("/u/a.txt")).toMatchObject({ status: 403 });
    controlPlane.deleteRolePolicy("asking", "more");
    expect(await get("/u/a.txt")).toMatchObject({ status: 200 });
  });

  it("is allowed what the bucket's policy allows the role by its ARN", async () => {
    const Principal = { AWS: `arn:aws:iam::123456789012:role/asking` };
    const statement = { Effect: "Allow", Principal, Action: "s3:GetObject", Resource: `arn:aws:s3:::${bucket}/d/*` };
    running.controlPlane.putBucketPolicy(bucket, JSON.stringify({ Statement: [statement] }));
    expect(await get("/d/a.txt")).toMatchObject({ status: 200 });
    running.controlPlane.putBucketPolicy(bucket, undefined);
  });

  it.each([
    ["another secret", { keys: { secretAccessKey: "x" } }, "SignatureDoesNotMatch"],
    ["another's session", { keys: { sessionToken: "x" } }, "InvalidToken"],
    ["no session", { keys: { sessionToken: undefined } }, "InvalidToken"],
    ["keys that nobody has", { keys: { accessKeyId: "ASIAX" } }, "InvalidAccessKeyId"],
    ["a header that was changed", { headers: { "x-amz-date": "20200101T000000Z" } }, "SignatureDoesNotMatch"],
    ["a time long ago", { now: new Date(Date.now() - 16 * 60_000) }, "RequestTimeTooSkewed"],
    ["no signature", { headers: { authorization: "" } }, "MissingAuthenticationToken"],
    ["a service that the sandbox does not have", { service: "dynamodb" }, "NotImplemented"],
  ])("is refused with %s", async (_, changes, code) => {
    const { status, text } = await get("/u/a.txt", changes);

    expect(status).toBeGreaterThanOrEqual(400);
    expect(text).toContain(code);
  });

  it("is over with the process that had them", async () => {
    running.controlPlane.updateFunctionCode("asking", { "index.mjs": Buffer.from(`${leaking} //`) });
    const old = keys();
    await running.aws.functions.invoke("asking", {});

    expect(await get("/u/a.txt", { keys: old })).toMatchObject({ status: 403 });
  });
});

describe("a role", () => {
  const { stringify } = JSON;
  const put = (statement: object) =>
    running.controlPlane.putRolePolicy("strict", "own", stringify({ Statement: [statement] }));
  beforeAll(() => void createRole(running.controlPlane, "strict"));

  it.each([
    [
      "a condition that is not evaluated",
      { ...mayRead, Condition: { "ForAnyValue:StringLike": { a: "b" } } },
      "NotEvaluated",
    ],
    ["one that does not exist", { ...mayRead, Condition: { StringLikes: { a: "b" } } }, "NotEvaluated"],
    ["a variable", { ...mayRead, Resource: "arn:aws:s3:::a/${aws:username}" }, "NotEvaluated"],
    ["a principal", { ...mayRead, Principal: "*" }, "MalformedPolicyDocument"],
    ["no resource", { Effect: "Allow", Action: "s3:GetObject" }, "MalformedPolicyDocument"],
    ["a resource that is no ARN", { ...mayRead, Resource: "bucket/*" }, "MalformedPolicyDocument"],
    ["an action of no service", { ...mayRead, Action: "GetObject" }, "MalformedPolicyDocument"],
    ["no effect", { ...mayRead, Effect: "Maybe" }, "MalformedPolicyDocument"],
    [
      "more than it holds",
      { ...mayRead, Resource: Array(400).fill(`arn:aws:s3:::${"b".repeat(40)}/*`) },
      "LimitExceeded",
    ],
  ])("takes no policy with %s", (_, statement, code) => {
    expect(() => put(statement)).toThrow(expect.objectContaining({ code }) as Error);
  });

  it.each([
    ["StringLike", "u/ada", true],
    ["StringLike", "d/ada", false],
    ["StringLike", undefined, false],
    ["StringLikeIfExists", undefined, true],
    ["StringEquals", "u/ada", false],
  ])("is limited by %s to what a request has: %s", async (operator, prefix, allowed) => {
    const list = { Effect: "Allow", Action: "s3:ListBucket", Resource: `arn:aws:s3:::${bucket}` };
    const statement = { ...list, Condition: { [operator]: { "s3:prefix": "u/*" } } };
    running.controlPlane.putRolePolicy("asking", "list", stringify({ Statement: [statement] }));
    const query = new URLSearchParams({ "list-type": "2", ...(prefix !== undefined && { prefix }) });
    const outcome = await running.aws.functions.invoke("asking", {});
    variables = JSON.parse((outcome as { payload: string }).payload) as Record<string, string>;

    expect((await get(`/?${query.toString()}`)).status).toBe(allowed ? 200 : 403);
  });
});

describe("Lambda", () => {
  const fine = { files: { "index.mjs": Buffer.from(leaking) }, tags: {} };
  const make = (name: string, changes: object, code = fine) => {
    const { controlPlane } = running;
    const { name: _, region: __, ...other } = controlPlane.getFunction("asking") ?? { name: "", region: "" };
    const configuration = { ...other, ...changes } as Parameters<typeof controlPlane.createFunction>[2];
    return () => controlPlane.createFunction(name, region, configuration, code);
  };
  beforeAll(() => {
    const trust = { Effect: "Allow", Principal: { Service: "ec2.amazonaws.com" }, Action: "sts:AssumeRole" };
    const document = {
      path: "/",
      maxSessionDuration: 3600,
      tags: {},
      assumeRolePolicy: JSON.stringify({ Statement: [trust] }),
    };
    running.controlPlane.createRole("of-machines", document);
  });

  it.each([
    ["a name of 65 characters", "n".repeat(65), {}, "ValidationException"],
    ["a name with a dot", "a.b", {}, "ValidationException"],
    ["little memory", "a", { memorySize: 127 }, "ValidationException"],
    ["too much memory", "a", { memorySize: 10_241 }, "ValidationException"],
    ["no time", "a", { timeout: 0 }, "ValidationException"],
    ["more than 15 minutes", "a", { timeout: 901 }, "ValidationException"],
    ["a runtime that has ended", "a", { runtime: "nodejs18.x" }, "InvalidParameterValueException"],
    ["two architectures", "a", { architectures: ["arm64", "x86_64"] }, "ValidationException"],
    ["a variable of Lambda's", "a", { environment: { AWS_REGION: "x" } }, "InvalidParameterValueException"],
    ["more than 4 KB of variables", "a", { environment: { LONG: "x".repeat(4096) } }, "InvalidParameterValueException"],
    [
      "a role that is not there",
      "a",
      { role: "arn:aws:iam::123456789012:role/none" },
      "InvalidParameterValueException",
    ],
    [
      "another service's role",
      "a",
      { role: "arn:aws:iam::123456789012:role/of-machines" },
      "InvalidParameterValueException",
    ],
    ["a name that is taken", "asking", {}, "ResourceConflictException"],
  ])("takes no function with %s", (_, name, changes, code) => {
    expect(make(name, changes)).toThrow(expect.objectContaining({ code }) as Error);
  });

  it("takes no empty zip, and none of more than 250 MB", () => {
    expect(make("a", {}, { ...fine, files: {} as never })).toThrow("non-empty");
    const half = Buffer.alloc(131_072_001);
    expect(make("a", {}, { ...fine, files: { one: half, two: half } as never })).toThrow(
      "Unzipped size must be smaller",
    );
  });

  it.each(["../a.cjs", "lib/../../a.cjs", "/tmp/a.cjs", "..\\a.cjs"])(
    "takes no zip whose file %s would be elsewhere",
    (name) => {
      expect(make("a", {}, { ...fine, files: { [name]: Buffer.from("1") } as never })).toThrow("Could not unzip");
    },
  );

  it("leaves a part of the account's concurrency to all functions", () => {
    expect(() => running.controlPlane.putFunctionConcurrency("asking", 901)).toThrow("UnreservedConcurrentExecution");
    running.controlPlane.putFunctionConcurrency("asking", 900);
    running.controlPlane.putFunctionConcurrency("asking", undefined);
    expect(running.controlPlane.getFunction("asking")).not.toHaveProperty("reservedConcurrentExecutions");
  });

  it("keeps each file's bytes as long as a function has them", () => {
    const bytes = Buffer.from("export const handler = async () => 'kept';");
    const sha256 = createHash("sha256").update(bytes).digest("hex");
    make("one", {}, { ...fine, files: { "index.mjs": bytes } })();
    make("two", {}, { ...fine, files: { "index.mjs": bytes } })();
    running.controlPlane.deleteFunction("one");
    expect(running.controlPlane.codeFile(sha256)).toEqual(bytes);
    running.controlPlane.deleteFunction("two");
    expect(() => running.controlPlane.codeFile(sha256)).toThrow("ENOENT");
  });
});
