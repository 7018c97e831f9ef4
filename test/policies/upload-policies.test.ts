// The policies of uploads: what complies, what does not, what is not known yet, and what a configuration changes.
import type { PolicyResource } from "@pulumi/policy";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { PictureUploads } from "../../components/picture-uploads/picture-uploads.ts";
import { ClientAuthentication } from "../../components/picture-uploads/upload-sets.ts";
import { uploadClients } from "../../policies/upload-clients.ts";
import { uploadInvokers } from "../../policies/upload-invokers.ts";
import { uploadLogs } from "../../policies/upload-logs.ts";
import { uploadRoles } from "../../policies/upload-roles.ts";
import { uploadRoutes } from "../../policies/upload-routes.ts";
import { uploadSecrets } from "../../policies/upload-secrets.ts";
import { computedOutputs } from "../components/computed-outputs.ts";
import { mockEngine } from "../components/mock-engine.ts";
import { judge, resource, unknown } from "./run-policy.ts";

const engine = mockEngine();
const policies = [uploadRoutes, uploadInvokers, uploadRoles, uploadSecrets, uploadClients, uploadLogs];

const parents = ["auth0-user-pictures:index:UserPictures", "auth0-user-pictures:index:PictureUploads"];
const of = (type: string, props: object, inside: readonly string[] = parents) =>
  resource(type, "it", props, { parents: inside });

const route = "aws:apigatewayv2/route:Route";
const authorizer = "aws:apigatewayv2/authorizer:Authorizer";
const api = "aws:apigatewayv2/api:Api";
const permission = "aws:lambda/permission:Permission";
const lambda = "aws:lambda/function:Function";
const role = "aws:iam/role:Role";
const rolePolicy = "aws:iam/rolePolicy:RolePolicy";
const parameter = "aws:ssm/parameter:Parameter";
const grant = "auth0:index/clientGrant:ClientGrant";
const logGroup = "aws:cloudwatch/logGroup:LogGroup";

beforeEach(() => vi.stubEnv("AUTH0_DOMAIN", "example.eu.auth0.com"));
afterEach(() => vi.unstubAllEnvs());

/** What the component declares, as the engine shows it to a policy. */
async function declared(options: object = {}): Promise<PolicyResource[]> {
  const store = { bucketName: "pictures", pictureBaseUrl: "https://pictures.example.org/" };
  const kmsMasterKeyId = "arn:aws:kms:us-east-1:123456789012:key/60669652-455b-4ae9-85a4-c4c02393f86c";
  new PictureUploads("uploads", { ...store, kmsMasterKeyId, ...options }, engine.recorded);
  return (await engine.registered()).map(({ type, name, inputs }) =>
    resource(type, name, { ...plain(inputs), ...computedOutputs(type, name) }, { parents: parents.slice(1) }),
  );
}

/** A policy sees a secret's value. */
function plain(value: unknown): object {
  return JSON.parse(JSON.stringify(value), (_, inner: unknown) =>
    typeof inner === "object" && inner !== null && "4dabf18193072939515e22adb298388d" in inner && "value" in inner
      ? inner.value
      : inner,
  ) as object;
}

describe("every policy of uploads", () => {
  it.each(policies)("takes this package's own: $name", async (policy) => {
    const everything = { allowedOrigins: ["https://app.example.org"], eventStream: true, accessLogs: {} };

    expect(await judge(policy, await declared(everything))).toEqual([]);
  });

  it.each(policies)("takes this package's own with keys in KMS: $name", async (policy) => {
    const resources = await declared({ clientAuthentication: ClientAuthentication.PrivateKeyJwt });

    expect(resources.length).toBeGreaterThan(25);
    expect(await judge(policy, resources)).toEqual([]);
  });

  it.each([
    [uploadRoutes, route, { routeKey: "PUT /picture" }],
    [uploadRoles, rolePolicy, { policy: { Statement: { Effect: "Allow", Action: "*", Resource: "*" } } }],
    [uploadSecrets, parameter, { type: "String" }],
    [uploadClients, grant, { audience: "https://example.eu.auth0.com/api/v2/", scopes: ["delete:users"] }],
    [uploadLogs, logGroup, {}],
  ])("leaves others' resources alone, but for a configured component's: $name", async (policy, type, bad) => {
    const config = { componentTypes: ["acme:index:Avatars"] };

    expect(await judge(policy, [of(type, bad)])).not.toEqual([]);
    expect(await judge(policy, [of(type, bad, ["acme:index:Avatars"])])).toEqual([]);
    expect(await judge(policy, [of(type, bad, ["acme:index:Avatars"])], config)).not.toEqual([]);
  });
});

describe("upload-routes", () => {
  const said = (type: string, props: object, config?: object) => judge(uploadRoutes, [of(type, props)], config);
  const jwt = { authorizationType: "JWT", authorizationScopes: ["update:picture"] };

  it("refuses a route that is called without a token, or by any token", async () => {
    const routeKey = "PUT /picture";
    expect(await said(route, { routeKey, ...jwt })).toEqual([]);
    for (const authorizationType of [undefined, "NONE", "AWS_IAM", "CUSTOM"])
      expect(await said(route, { routeKey, ...jwt, authorizationType })).toEqual([
        `it: PUT /picture: authorizationType ${authorizationType ?? "NONE"} was given, so that it is called without a ` +
          "user's token. Set JWT.",
      ]);
    for (const authorizationScopes of [undefined, []])
      expect(await said(route, { routeKey, ...jwt, authorizationScopes })).toEqual([
        expect.stringContaining("authorizationScopes is empty, so that any token of the audience passes"),
      ]);
  });

  it("judges what it knows of a route, and waits for the rest", async () => {
    expect(await said(route, { routeKey: "PUT /picture", authorizationType: unknown })).toEqual([
      expect.stringContaining("authorizationScopes is empty"),
      "string value at .authorizationType can't be known during preview",
    ]);
  });

  it("refuses an authorizer that takes others' tokens", async () => {
    const own = { issuer: "https://example.eu.auth0.com/", audiences: ["urn:uploads"] };
    const authorizerOf = (jwtConfiguration: object, config?: object) =>
      said(authorizer, { authorizerType: "JWT", jwtConfiguration: { ...own, ...jwtConfiguration } }, config);
    expect(await authorizerOf({})).toEqual([]);
    for (const issuer of ["https://example.eu.auth0.com", "http://example.eu.auth0.com/", undefined])
      expect(await authorizerOf({ issuer })).toEqual([
        `it: jwtConfiguration.issuer: ${issuer ?? "nothing"} was given; it is compared to the letter with a token's, ` +
          "https://<the tenant's domain>/, with the slash.",
      ]);
    const config = { issuers: ["https://login.example.org/"] };
    expect(await authorizerOf({}, config)).toEqual([
      "it: jwtConfiguration.issuer: https://example.eu.auth0.com/ was given; set https://login.example.org/.",
    ]);
    expect(await authorizerOf({ issuer: "https://login.example.org/" }, config)).toEqual([]);
    for (const audiences of [undefined, []])
      expect(await authorizerOf({ audiences })).toEqual([
        expect.stringContaining("jwtConfiguration.audiences is empty"),
      ]);
    for (const path of ["api/v2/", "userinfo", "me/"])
      expect(await authorizerOf({ audiences: ["urn:uploads", `https://example.eu.auth0.com/${path}`] })).toEqual([
        expect.stringContaining(`https://example.eu.auth0.com/${path} is an API of Auth0's own`),
      ]);
    expect(await said(authorizer, { authorizerType: "REQUEST", jwtConfiguration: own })).toEqual([
      "it: authorizerType: REQUEST was given; set JWT.",
    ]);
    expect(await authorizerOf({ audiences: unknown })).toEqual([
      "string value at .jwtConfiguration.audiences can't be known during preview",
    ]);
  });

  it("refuses pages of any origin", async () => {
    const cors = (allowOrigins: readonly string[]) => said(api, { corsConfiguration: { allowOrigins } });
    expect(await cors(["https://app.example.org"])).toEqual([]);
    expect(await said(api, {})).toEqual([]);
    for (const origin of ["*", "https://*"])
      expect(await cors([origin])).toEqual([expect.stringContaining(`allowOrigins: ${origin} was given`)]);
  });
});

describe("upload-invokers", () => {
  const upload = resource(
    lambda,
    "upload",
    { name: "upload-1", arn: "arn:aws:lambda:us-east-1:1:function:upload-1" },
    { parents },
  );
  const said = (type: string, props: object, from?: Record<string, PolicyResource[]>) =>
    judge(uploadInvokers, [upload, resource(type, "it", props, { ...(from && { from }) })]);
  const sourceArn = "arn:aws:execute-api:us-east-1:123456789012:abc/*/PUT/picture";

  it("refuses whoever is not named, wherever in the stack it is said", async () => {
    const api = { function: "upload-1", principal: "apigateway.amazonaws.com" };
    expect(await said(permission, { ...api, sourceArn })).toEqual([]);
    expect(await said(permission, { function: "upload-1", principal: "123456789012" })).toEqual([]);
    expect(await said(permission, { function: "upload-1", principal: "*", sourceArn })).toEqual([
      "it: principal: * was given, so that anybody may call the function. Name who does.",
    ]);
    for (const source of [undefined, "*", "arn:aws:execute-api:*:123456789012:abc"])
      expect(await said(permission, { ...api, sourceArn: source })).toEqual([
        expect.stringContaining("apigateway.amazonaws.com may call the function on behalf of any AWS account."),
      ]);
    expect(await said(permission, { ...api, function: "another-teams" })).toEqual([]);
  });

  it("knows the function before it is made, by what the permission is computed from", async () => {
    const open = { function: unknown, principal: "*" };
    expect(await said(permission, open, { function: [upload] })).toEqual([expect.stringContaining("anybody may call")]);
    expect(await said(permission, { ...open, principal: unknown }, { function: [upload] })).toEqual([
      "string value at .principal can't be known during preview",
    ]);
  });

  it("refuses a URL that goes around the authorizer", async () => {
    const url = "aws:lambda/functionUrl:FunctionUrl";
    expect(await said(url, { functionName: "upload-1", authorizationType: "NONE" })).toEqual([
      "it: The function has a URL that needs no token. Take it out: the API's authorizer stands before the function.",
    ]);
    expect(await said(url, { functionName: "upload-1", authorizationType: "AWS_IAM" })).toEqual([]);
  });
});

describe("upload-roles", () => {
  const said = (statement: object) =>
    judge(uploadRoles, [
      of(rolePolicy, { policy: JSON.stringify({ Statement: [{ Effect: "Allow", ...statement }] }) }),
    ]);
  const named = { Sid: "Store", Action: ["s3:PutObject", "s3:Get*"], Resource: "arn:aws:s3:::pictures/u/*" };

  it("refuses what is not named", async () => {
    expect(await said(named)).toEqual([]);
    expect(await said({ ...named, Effect: "Deny", Action: "*", Resource: "*" })).toEqual([]);
    expect(await said({ ...named, Action: ["s3:PutObject", "s3:*"] })).toEqual([
      "it: The statement Store allows s3:*. Name each action.",
    ]);
    expect(await said({ Action: "*", Resource: ["*"] })).toEqual([
      "it: A statement allows *. Name each action.",
      "it: A statement allows it on every resource (*). Name them by ARN.",
    ]);
    expect(await said({ Sid: "Rest", NotAction: "iam:*", NotResource: "arn:aws:s3:::other" })).toEqual([
      "it: The statement Rest allows all but what NotAction and NotResource names. Name what it allows.",
    ]);
    expect(await judge(uploadRoles, [of(rolePolicy, { policy: unknown })])).toEqual([
      "string value at .policy can't be known during preview",
    ]);
  });

  it("refuses a role that anybody takes, and one that an AWS policy opens", async () => {
    const trust = (Principal: unknown) => ({ Statement: { Effect: "Allow", Principal, Action: "sts:AssumeRole" } });
    const roleOf = (props: object) =>
      judge(uploadRoles, [of(role, { assumeRolePolicy: trust({ Service: "lambda.amazonaws.com" }), ...props })]);
    const admin = "arn:aws:iam::aws:policy/AdministratorAccess";
    expect(await roleOf({})).toEqual([]);
    expect(await roleOf({ assumeRolePolicy: trust({ AWS: "*" }) })).toEqual([
      "it: assumeRolePolicy: everybody may take the role. Name lambda.amazonaws.com alone.",
    ]);
    expect(await roleOf({ managedPolicyArns: [admin] })).toEqual([expect.stringContaining(`${admin} is attached`)]);
    expect(await roleOf({ inlinePolicies: [{ policy: trust("x") }, { policy: unknown }] })).toEqual([
      "string value at .inlinePolicies.1.policy can't be known during preview",
    ]);
    const attached = (policyArn: string) =>
      judge(uploadRoles, [of("aws:iam/rolePolicyAttachment:RolePolicyAttachment", { policyArn })]);
    expect(await attached("arn:aws:iam::aws:policy/AmazonS3FullAccess")).toHaveLength(1);
    expect(await attached("arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole")).toEqual([]);
  });
});

describe("upload-secrets", () => {
  // Put together here, so that no scanner of this repository takes it for real.
  const clientSecret = "Yk3-pQ8vZ1xW7cB_nM4sD9fG2hJ6kL0tR5yU" + "-oI3aE8wX1zV7qC4bN9mP2dS6gHj";

  it("refuses a secret in an environment, and never prints one whole", async () => {
    const said = (variables: object) => judge(uploadSecrets, [of(lambda, { environment: { variables } })]);
    expect(
      await said({ WRITER_CLIENT_ID: "Yk3pQ8vZ1xW7cBnM4sD9fG2hJ6kL0tR5", WRITER_SECRET_PARAMETER: "a-b-1" }),
    ).toEqual([]);
    expect(await said({ A: unknown, CLIENT_SECRET: clientSecret })).toEqual([
      `it: environment.variables.CLIENT_SECRET: "Yk3-…" looks like the value of CLIENT_SECRET. ` +
        "Put it into a SecureString parameter, and give the function its name.",
      "string value at .environment.variables.A can't be known during preview",
    ]);
    expect(await said({ OTHER: clientSecret })).toHaveLength(1);
  });

  it("refuses a parameter that is kept in clear", async () => {
    const said = (props: object) => judge(uploadSecrets, [of(parameter, props)]);
    expect(await said({ type: "SecureString", value: clientSecret })).toEqual([]);
    expect(await said({ type: "String", insecureValue: "x" })).toEqual([
      "it: type: String was given, which is kept in clear. Set SecureString.",
      "it: insecureValue shows its value in every preview and in the state. Set value.",
    ]);
  });
});

describe("upload-clients", () => {
  const said = (props: object, config?: object) =>
    judge(uploadClients, [of(grant, { audience: "https://example.eu.auth0.com/api/v2/", ...props })], config);

  it("refuses more than one scope, and one that uploads do not need", async () => {
    expect(await said({ scopes: ["update:users"] })).toEqual([]);
    expect(await said({ scopes: ["read:users", "update:users"] })).toEqual([
      "it: scopes: read:users, update:users were given. Give each client one, so that one that leaks has one.",
    ]);
    expect(await said({ scopes: ["delete:users"] })).toEqual([
      "it: scopes: delete:users was given; the uploads need read:users or update:users.",
    ]);
    expect(await said({ allowAllScopes: true })).toEqual([
      "it: allowAllScopes lets it do everything in the tenant. Name one scope.",
    ]);
    expect(await said({ scopes: ["read:users_app_metadata"] }, { scopes: ["read:users_app_metadata"] })).toEqual([]);
    expect(await said({ audience: "https://api.example.org/", scopes: ["a", "b"] })).toEqual([]);
    expect(await said({ audience: unknown })).toEqual(["string value at .audience can't be known during preview"]);
  });
});

it("upload-logs refuses logs that are kept for ever", async () => {
  for (const retentionInDays of [undefined, 0])
    expect(await judge(uploadLogs, [of(logGroup, { retentionInDays })])).toEqual([
      "it: It is kept for ever. Set retentionInDays, such as 30 (for PictureUploads, logRetentionInDays).",
    ]);
  expect(await judge(uploadLogs, [of(logGroup, { retentionInDays: 30 })])).toEqual([]);
});
