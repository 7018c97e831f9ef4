// The program: settings in, one UserPictures, outputs out. The only file that reads the stack's config.
import "./settings/compile-cache.ts";
import * as pulumi from "@pulumi/pulumi";

// Pulumi awaits what the program default-exports, and takes what it returns as the stack's outputs.
export default async function program() {
  // Static imports would be loaded before the cache is there. The components load while the tenant is asked.
  const { readSettings } = await import("./settings/settings.ts");
  const [settings, { UserPictures }] = await Promise.all([
    readSettings(pulumi.runtime.allConfig()),
    import("./components/index.ts"),
  ]);
  const pictures = new UserPictures("user-pictures", settings);
  return {
    pictureBaseUrl: pictures.pictureBaseUrl,
    defaultPictureUrl: pictures.defaultPictureUrl,
    bucketName: pictures.bucketName,
    distributionId: pictures.distributionId,
    distributionDomainName: pictures.distributionDomainName,
    ...(settings.store && { uploaderPolicyJson: pictures.uploaderPolicyJson }),
    // What a page needs, beside the tenant's domain and its own client id.
    ...(settings.uploads && {
      uploadsEndpoint: pictures.uploadsEndpoint,
      uploadsAudience: pictures.uploadsAudience,
      uploadsScope: pictures.uploadsScope,
    }),
    // What somebody has to act upon.
    ...(settings.store?.domain && { dnsRecords: pictures.dnsRecords }),
    ...(settings.store?.existingBucket !== undefined && { bucketPolicyJson: pictures.bucketPolicyJson }),
    ...(settings.store?.kmsMasterKeyId !== undefined && { kmsKeyPolicyStatement: pictures.kmsKeyPolicyStatement }),
    ...(settings.store?.existingDistribution && { pictureOrigin: pictures.pictureOrigin }),
    actionId: pictures.actionId,
    actionVersionId: pictures.actionVersionId,
    connections: pictures.connections,
  };
}
