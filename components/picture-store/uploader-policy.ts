// What an application's own uploader may do in a picture store: an IAM policy, each permission with its reason.
import * as pulumi from "@pulumi/pulumi";

export interface UploaderPolicyArgs {
  readonly bucketArn: pulumi.Input<string>;
  readonly distributionArn: pulumi.Input<string>;
  /** The KMS key that encrypts the pictures. @default S3's own keys */
  readonly kmsKeyArn?: pulumi.Input<string>;
  /** Whether the uploader erases users' pictures too, as when a user is deleted. */
  readonly mayErase: boolean;
}

/** The policy's text. Attach it to the role that the uploader runs as; TLS is asked for by the bucket's own policy. */
export function uploaderPolicyJson({
  bucketArn,
  distributionArn,
  kmsKeyArn,
  mayErase,
}: UploaderPolicyArgs): pulumi.Output<string> {
  const usersPictures = pulumi.interpolate`${bucketArn}/u/*`;
  return pulumi.jsonStringify({
    Version: "2012-10-17",
    Statement: [
      {
        // To store a picture. No `d/*`: a default picture is the deployment's. No PutObjectAcl: nobody but CloudFront reads the bucket. No
        // GetObject, no ListBucket: a key names its content, so the uploader has nothing to look up, and a stolen credential reads nothing.
        Sid: "StoreUsersPictures",
        Effect: "Allow",
        Action: "s3:PutObject",
        Resource: usersPictures,
      },
      // Without it S3 cannot encrypt what is stored. No Decrypt: the uploader reads nothing.
      ...(kmsKeyArn === undefined
        ? []
        : [{ Sid: "EncryptPictures", Effect: "Allow", Action: "kms:GenerateDataKey", Resource: kmsKeyArn }]),
      ...(mayErase ? erasing(bucketArn, usersPictures, distributionArn) : []),
    ],
  });
}

function erasing(
  bucketArn: pulumi.Input<string>,
  usersPictures: pulumi.Output<string>,
  distributionArn: pulumi.Input<string>,
) {
  return [
    {
      // To find all that there is of one user, older versions too. The prefix keeps the rest of the bucket's keys from it.
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
