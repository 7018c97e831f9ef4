// Picture stores that together declare every resource and argument that there is.
import { GeoRestrictionType, PriceClass } from "../../../components/picture-store/closed-sets.ts";
import type { PictureStoreArgs } from "../../../components/picture-store/args.ts";

const defaultPictures = { general: { file: "assets/default-picture.png" } };

/** Every option of a store of its own. */
export const everyOption: PictureStoreArgs = {
  defaultPictures,
  domain: { domainName: "pictures.example.org", zoneId: "Z0123456789ABCDEFGHIJ" },
  priceClass: PriceClass.PriceClassAll,
  geoRestriction: { restrictionType: GeoRestrictionType.Whitelist, locations: ["DE"] },
  webAclId: "arn:aws:wafv2:us-east-1:123456789012:global/webacl/pictures/60669652-455b-4ae9-85a4-c4c02393f86c",
  accessLogs: { destinationResourceArn: "arn:aws:s3:::logs", recordFields: ["date"] },
  kmsMasterKeyId: "arn:aws:kms:us-east-1:123456789012:key/60669652-455b-4ae9-85a4-c4c02393f86c",
  tags: { team: "identity" },
  objectTags: { content: "default-picture" },
  bucketName: "pictures.example.org",
};

export const variants: Readonly<Record<string, PictureStoreArgs>> = {
  "its defaults": { defaultPictures },
  "every option": everyOption,
  "a certificate of its own and DNS elsewhere": {
    defaultPictures,
    domain: { domainName: "pictures.example.org", manualDns: true },
  },
  "a bucket that is there": { defaultPictures, importBucketName: "pictures-bucket-0a1b2c3" },
  "what others manage": {
    defaultPictures,
    responseHeadersPolicyId: "60669652-455b-4ae9-85a4-c4c02393f86c",
    existingBucket: "another-teams-bucket",
    existingDistribution: {
      arn: "arn:aws:cloudfront::123456789012:distribution/E1EXAMPLE",
      baseUrl: "https://cdn.example.org/",
    },
  },
};
