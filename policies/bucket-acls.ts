// The access control lists of a bucket and of its objects, in each form in which the AWS provider takes them.
import type { PolicyResource } from "@pulumi/policy";
import { attachedTo, given } from "./picture-resources.ts";

interface Acl {
  /** Such as `Its` or `Its object "face"'s`, before the word ACL. */
  readonly whose: string;
  /** @throws UnknownValueError where it is not known yet */
  readonly read: () => { readonly canned: unknown; readonly grants: readonly Grant[] };
}

interface Grant {
  readonly uri?: string;
  readonly grantee?: { readonly uri?: string };
  readonly permission?: string;
  readonly permissions?: readonly string[];
}

export function aclsOf(bucket: PolicyResource, resources: readonly PolicyResource[]): Acl[] {
  const objectTypes = ["aws:s3/bucketObject:BucketObject", "aws:s3/objectCopy:ObjectCopy"];
  const objects = objectTypes.flatMap((type) => attachedTo(bucket, type, resources));
  const acls = attachedTo(bucket, "aws:s3/bucketAcl:BucketAcl", resources);
  return [
    ...[bucket, ...acls].flatMap((resource) => readersOf(resource).map((read) => ({ whose: "Its", read }))),
    ...objects.flatMap((object) => readersOf(object).map((read) => ({ whose: `Its object "${object.name}"'s`, read }))),
  ];
}

/** One for each property, so that one that is not known yet does not hide the others. */
function readersOf(resource: PolicyResource): Acl["read"][] {
  const grantsOf = (value: unknown) => (value ?? []) as readonly Grant[];
  return [
    () => ({ canned: given(resource, "acl"), grants: [] }),
    () => ({ canned: undefined, grants: grantsOf(given(resource, "grants")) }),
    () => {
      const policy = given(resource, "accessControlPolicy") as { readonly grants?: readonly Grant[] } | undefined;
      return { canned: undefined, grants: grantsOf(policy?.grants) };
    },
  ];
}

const publicAcls = ["public-read", "public-read-write", "authenticated-read"];

/** What is public about a list, as in `is public-read`. Everybody who has any AWS account is everybody. */
export function openAcl({ canned, grants }: ReturnType<Acl["read"]>): string | undefined {
  if (publicAcls.includes(String(canned))) return `is ${String(canned)}`;
  for (const { uri, grantee, permission, permissions = [] } of grants) {
    const group = /\/(AllUsers|AuthenticatedUsers)$/i.exec(uri ?? grantee?.uri ?? "")?.[1];
    if (group !== undefined) return `grants ${permission ?? permissions.join(", ")} to the group ${group}`;
  }
  return undefined;
}
