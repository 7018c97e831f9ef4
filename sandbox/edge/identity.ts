// The AWS account that everything in the edge belongs to.

/** The account in every ARN: the one that AWS's documentation uses in its examples. */
export const accountId = "123456789012";

export const distributionArn = (id: string) => `arn:aws:cloudfront::${accountId}:distribution/${id}`;
