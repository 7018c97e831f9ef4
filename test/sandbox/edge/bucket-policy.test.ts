// IAM's rules for one request and one statement (AWS docs, "Policy evaluation logic" and "IAM JSON policy elements").
import { expect, test } from "vitest";
import { isAllowed } from "../../../sandbox/edge/bucket-policy.ts";
import type { PolicyRequest } from "../../../sandbox/edge/bucket-policy.ts";

const request: PolicyRequest = {
  service: "cloudfront.amazonaws.com",
  action: "s3:GetObject",
  resource: "arn:aws:s3:::pictures/d/one.png",
  context: { "aws:sourcearn": "arn:aws:cloudfront::123456789012:distribution/E1", "aws:securetransport": "true" },
};
const statement = { Effect: "Allow" as const, Principal: "*" as const, Action: "s3:GetObject", Resource: "*" };
const sourceArn = (pattern: string) => ({ "AWS:SourceArn": pattern });
const without = (property: "Principal" | "Action" | "Resource") =>
  Object.fromEntries(Object.entries(statement).filter(([name]) => name !== property));

test.each([
  ["nothing", { Effect: "Deny" }, false],
  ["another action", { Action: ["s3:GetObjectVersion", "s3:Put*"] }, false],
  ["an action in other case", { Action: "S3:getobject" }, true],
  ["a wildcard that spans slashes", { Resource: "arn:aws:s3:::pictures/*.png" }, true],
  ["? for one character", { Resource: "arn:aws:s3:::pictures/?/one.png" }, true],
  ["? for none", { Resource: "arn:aws:s3:::pictures/d/?one.png" }, false],
  ["a dot that is no wildcard", { Resource: "arn:aws:s3:::pictures/d/one*x.png" }, false],
  ["every AWS principal", { Principal: { AWS: "*" } }, true],
  ["one account", { Principal: { AWS: "arn:aws:iam::123456789012:root" } }, false],
  ["one of several services", { Principal: { Service: ["logs.amazonaws.com", "cloudfront.amazonaws.com"] } }, true],
  ["ArnLike", { Condition: { ArnLike: sourceArn("arn:aws:cloudfront::*:distribution/*") } }, true],
  [
    "StringEquals, in which * is no wildcard",
    { Condition: { StringEquals: sourceArn("arn:aws:cloudfront::*") } },
    false,
  ],
  ["one of several values", { Condition: { StringEquals: { "aws:SecureTransport": ["false", "true"] } } }, true],
  [
    "two keys, both of which must match",
    { Condition: { StringEquals: { "aws:SecureTransport": "true", ...sourceArn("x") } } },
    false,
  ],
  ["an absent key", { Condition: { StringEquals: { "aws:SourceVpc": "vpc-1" } } }, false],
  ["an absent key, negated", { Condition: { StringNotEquals: { "aws:SourceVpc": "vpc-1" } } }, true],
  ["a key that is not that, negated", { Condition: { StringNotEquals: sourceArn("x") } }, true],
  ["an absent key, IfExists", { Condition: { StringEqualsIfExists: { "aws:SourceVpc": "vpc-1" } } }, true],
  ["a present key, IfExists", { Condition: { StringEqualsIfExists: sourceArn("x") } }, false],
  ["Null of an absent key", { Condition: { Null: { "aws:SourceVpc": "true" } } }, true],
  ["Bool given as a boolean", { Condition: { Bool: { "aws:SecureTransport": true } } }, true],
])("%s", (_, change, allowed) => {
  expect(isAllowed({ Statement: [{ ...statement, ...(change as object) }] }, request)).toBe(allowed);
});

test.each([
  ["Principal", { NotPrincipal: { Service: "cloudfront.amazonaws.com" } }, false],
  ["Principal", { NotPrincipal: { Service: "logs.amazonaws.com" } }, true],
  ["Action", { NotAction: "s3:Get*" }, false],
  ["Action", { NotAction: "s3:Put*" }, true],
  ["Resource", { NotResource: "arn:aws:s3:::pictures/d/*" }, false],
  ["Resource", { NotResource: "arn:aws:s3:::pictures/u/*" }, true],
] as const)("in place of %s: %j", (property, change, allowed) => {
  const negated = { Effect: "Allow" as const, ...without(property), ...change };
  expect(isAllowed({ Statement: [negated] }, request)).toBe(allowed);
});
