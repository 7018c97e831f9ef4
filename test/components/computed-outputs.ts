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
  "auth0:index/action:Action": () => ({ versionId: "version-1" }),
  "pulumi-nodejs:dynamic/auth0-user-pictures:ConnectionSyncFlag": (name) => ({
    connectionId: `con_of_${name}`,
    strategy: "google-oauth2",
  }),
  "pulumi-nodejs:dynamic/auth0-user-pictures:ActionDeployment": () => ({ versionId: "version-2" }),
};

/** Besides the resource's inputs. */
export const computedOutputs = (type: string, name: string): Record<string, unknown> => computed[type]?.(name) ?? {};
