// What an application's own uploader may do in a picture store: an IAM policy, each permission with its reason.
import * as pulumi from "@pulumi/pulumi";
import type { PictureStoreOptions } from "./args.ts";

/** The policy's text. Attach it to the role that the uploader runs as; TLS is asked for by the bucket's own policy. */
export function uploaderPolicyJson(
  { kmsMasterKeyId, uploaderCanDelete = false }: PictureStoreOptions,
  bucketArn: pulumi.Output<string>,
  distributionArn: pulumi.Output<string>,
): pulumi.Output<string> {
  const usersPictures = pulumi.interpolate`${bucketArn}/u/*`;
  const storing = [
    {
      // To store a picture. No `d/*`: a default picture is the deployment's. No PutObjectAcl: only CloudFront reads the
      // bucket. No GetObject, no ListBucket: a key names its content, so the uploader has nothing to look up, and a
      // stolen credential reads nothing.
      Sid: "StoreUsersPictures",
      Effect: "Allow",
      Action: "s3:PutObject",
      Resource: usersPictures,
    },
    // Without it S3 cannot encrypt what is stored. No Decrypt: the uploader reads nothing.
    ...(kmsMasterKeyId === undefined
      ? []
      : [{ Sid: "EncryptPictures", Effect: "Allow", Action: "kms:GenerateDataKey", Resource: kmsMasterKeyId }]),
  ];
  const deleting = deletingStatements(bucketArn, usersPictures, distributionArn);
  return pulumi.jsonStringify({
    Version: "2012-10-17",
    Statement: pulumi
      .output(uploaderCanDelete)
      .apply((canDelete): unknown[] => (canDelete ? [...storing, ...deleting] : storing)),
  });
}

function deletingStatements(
  bucketArn: pulumi.Input<string>,
  usersPictures: pulumi.Output<string>,
  distributionArn: pulumi.Input<string>,
) {
  return [
    {
      // To find all that there is of one user, older versions too. The prefix keeps the rest of the bucket's keys from
      // it.
      Sid: "FindUsersPictures",
      Effect: "Allow",
      Action: "s3:ListBucketVersions",
      Resource: bucketArn,
      Condition: { StringLike: { "s3:prefix": "u/*" } },
    },
    {
      // To erase them: in a bucket with versions, DeleteObject alone only hides a picture.
      Sid: "EraseUsersPictures",
      Effect: "Allow",
      Action: ["s3:DeleteObject", "s3:DeleteObjectVersion"],
      Resource: usersPictures,
    },
    {
      // To erase them at the edge, by their cache tag.
      Sid: "EraseAtTheEdge",
      Effect: "Allow",
      Action: "cloudfront:CreateInvalidation",
      Resource: distributionArn,
    },
  ];
}
