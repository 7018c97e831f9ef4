// What a provider computes for the resources of a program that runs under Pulumi's mocks.

const computed: Readonly<Record<string, (name: string) => Record<string, unknown>>> = {
  "aws:s3/bucket:Bucket": (name) => ({
    bucket: name,
    arn: `arn:aws:s3:::${name}`,
    bucketRegionalDomainName: `${name}.s3.us-east-1.amazonaws.com`,
  }),
  "aws:cloudfront/distribution:Distribution": () => ({
    arn: "arn:aws:cloudfront::123456789012:distribution/E1EXAMPLE",
    domainName: "d111111abcdef8.cloudfront.net",
  }),
  "aws:acm/certificate:Certificate": () => ({
    arn: "arn:aws:acm:us-east-1:123456789012:certificate/1",
    domainValidationOptions: [
      {
        resourceRecordName: "_1.example.org.",
        resourceRecordType: "CNAME",
        resourceRecordValue: "_2.acm-validations.aws.",
      },
    ],
  }),
  "aws:apigatewayv2/api:Api": (name) => ({
    apiEndpoint: `https://${name}.execute-api.us-east-1.amazonaws.com`,
    executionArn: `arn:aws:execute-api:us-east-1:123456789012:${name}`,
  }),
  "aws:cloudwatch/eventRule:EventRule": (name) => ({
    name,
    arn: `arn:aws:events:us-east-1:123456789012:rule/${name}`,
  }),
  "aws:cloudwatch/logGroup:LogGroup": (name) => ({
    name,
    arn: `arn:aws:logs:us-east-1:123456789012:log-group:${name}`,
  }),
  "aws:iam/role:Role": (name) => ({ name, arn: `arn:aws:iam::123456789012:role/${name}` }),
  "aws:kms/key:Key": (name) => ({ arn: `arn:aws:kms:us-east-1:123456789012:key/${name}` }),
  "aws:lambda/function:Function": (name) => ({
    name,
    arn: `arn:aws:lambda:us-east-1:123456789012:function:${name}`,
    invokeArn: `arn:aws:apigateway:us-east-1:lambda:path/${name}/invocations`,
  }),
  "aws:sqs/queue:Queue": (name) => ({
    name,
    arn: `arn:aws:sqs:us-east-1:123456789012:${name}`,
    url: `https://sqs.us-east-1.amazonaws.com/123456789012/${name}`,
  }),
  "aws:ssm/parameter:Parameter": (name) => ({
    name,
    arn: `arn:aws:ssm:us-east-1:123456789012:parameter/${name}`,
  }),
  "auth0:index/client:Client": (name) => ({ clientId: `id-of-${name}` }),
  "auth0:index/clientCredentials:ClientCredentials": (name) => ({ clientSecret: `secret-of-${name}` }),
  "auth0:index/eventStream:EventStream": () => ({
    eventbridgeConfiguration: {
      awsAccountId: "123456789012",
      awsRegion: "us-east-1",
      awsPartnerEventSource: "aws.partner/auth0.com/example-1/auth0.events",
    },
  }),
  "auth0:index/action:Action": () => ({ versionId: "version-1" }),
  "pulumi-nodejs:dynamic/auth0-user-pictures:ConnectionSyncFlag": (name) => ({
    connectionId: `con_of_${name}`,
    strategy: "google-oauth2",
  }),
  "pulumi-nodejs:dynamic/auth0-user-pictures:ActionDeployment": () => ({ versionId: "version-2" }),
};

/** Besides the resource's inputs. */
export const computedOutputs = (type: string, name: string): Record<string, unknown> => computed[type]?.(name) ?? {};

const results: Readonly<Record<string, (args: Record<string, unknown>) => Record<string, unknown>>> = {
  "aws:kms/getPublicKey:getPublicKey": ({ keyId }) => ({ publicKeyPem: `the public key of ${String(keyId)}` }),
};

/** What a provider returns to a program that asks it. @throws Error for what no component asks */
export function resultOf(token: string, args: Record<string, unknown>): Record<string, unknown> {
  const result = results[token];
  if (result === undefined) throw new Error(`unexpected call of ${token}`);
  return result(args);
}
