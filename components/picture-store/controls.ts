// Which security controls a picture store with its defaults fulfils, and why it does not fulfil the others. AWS
// Security Hub's ids (S3.5, CloudFront.1, …; user guide, "Security Hub CSPM controls reference") and checkov's
// (CKV_AWS_…, CKV2_AWS_…).
import { exception, pass, unless } from "../security-control.ts";
import type { SecurityControl } from "../security-control.ts";
import type { PictureStoreArgs } from "./args.ts";

/**
 * Every control of AWS Security Hub and checkov that is judged on what a `PictureStore` declares, each with its reason.
 */
export const controls: readonly SecurityControl<PictureStoreArgs>[] = [
  // The bucket.
  ...pass(
    "Every public ACL and policy is blocked.",
    "S3.2",
    "S3.3",
    "S3.8",
    "CKV_AWS_20",
    "CKV_AWS_53",
    "CKV_AWS_54",
    "CKV_AWS_55",
    "CKV_AWS_56",
    "CKV_AWS_57",
    "CKV2_AWS_6",
  ),
  ...pass("The bucket takes no ACLs: BucketOwnerEnforced.", "S3.12", "CKV_AWS_375", "CKV2_AWS_43", "CKV2_AWS_65"),
  ...pass("The bucket's policy denies everything without TLS.", "S3.5", "CKV_AWS_379"),
  ...pass(
    "The bucket's policy allows CloudFront alone, on behalf of this distribution.",
    "S3.6",
    "CKV_AWS_70",
    "CKV_AWS_93",
  ),
  ...pass("Every object is encrypted with S3's own keys, or with a KMS key by option.", "CKV_AWS_19"),
  ...pass("Earlier versions of a picture are kept for a week.", "S3.14", "CKV_AWS_21"),
  ...pass("Lifecycle rules end incomplete uploads and old versions.", "S3.10", "S3.13", "CKV2_AWS_61", "CKV_AWS_300"),
  ...exception("Blocking public access in the whole account is the account's own setting.", "S3.1"),
  ...exception(
    "Pictures are replaceable, and a second copy in another region would have to be erased too.",
    "S3.7",
    "CKV_AWS_144",
  ),
  ...exception(
    "Only CloudFront reads the bucket: its own access logs (accessLogs) say who asked for a picture.",
    "S3.9",
    "CKV_AWS_18",
  ),
  ...exception("Nothing has to happen when a picture is stored: its uploader knows.", "S3.11", "CKV2_AWS_62"),
  ...exception("A locked picture could not be erased when its user asks for it.", "S3.15", "CKV_AWS_143"),
  ...unless(
    "kmsMasterKeyId",
    "The pictures are public; a KMS key costs by the month and by the request.",
    "S3.17",
    "CKV_AWS_145",
  ),
  ...exception("An object follows the bucket's encryption, which is where a KMS key is set.", "CKV_AWS_186"),
  ...exception("MFA delete can be set by the account's root user only, and excludes lifecycle rules.", "S3.20"),
  ...exception("Logging of single objects is a setting of the account's CloudTrail.", "S3.22", "S3.23"),

  // The distribution.
  ...pass("The default picture is the root object.", "CloudFront.1", "CKV_AWS_305"),
  ...pass("http is redirected to https.", "CloudFront.3", "CKV_AWS_34"),
  ...pass("There is no certificate on an IP address of its own: SNI.", "CloudFront.8"),
  ...pass(
    "The only origin is S3, which CloudFront asks with the viewer's protocol, so by https.",
    "CloudFront.9",
    "CloudFront.10",
    "CloudFront.16",
    "CKV2_AWS_54",
    "CKV2_AWS_72",
  ),
  ...pass(
    "The origin is the store's own bucket, by origin access control.",
    "CloudFront.12",
    "CloudFront.13",
    "CKV2_AWS_46",
  ),
  ...pass("A headers policy is attached.", "CKV2_AWS_32"),
  ...pass("The distribution is enabled.", "CKV_AWS_216"),
  ...exception(
    "One bucket holds the pictures: there is no second origin to fail over to.",
    "CloudFront.4",
    "CKV_AWS_310",
  ),
  ...unless("accessLogs", "Logs hold viewers' IP addresses, which are personal data.", "CloudFront.5"),
  ...exception("It looks for the legacy logs alone, which need ACLs; accessLogs are the current kind.", "CKV_AWS_86"),
  ...unless(
    "webAclId",
    "A web ACL costs more than all else together; static pictures have no input to filter.",
    "CloudFront.6",
    "CKV_AWS_68",
  ),
  ...exception("Which rules a web ACL has is its owner's business; S3 runs no Java.", "CKV2_AWS_47"),
  ...unless("domain", "Without a domain of your own the certificate is CloudFront's.", "CloudFront.7", "CKV2_AWS_42"),
  ...unless(
    "domain",
    "CloudFront's own certificate allows no minimum above TLSv1; browsers negotiate 1.3.",
    "CloudFront.15",
    "CKV_AWS_174",
  ),
  ...unless("tags", "There are no tags but yours and those of the provider's defaultTags.", "CloudFront.14"),
  ...exception("The pictures are public: a URL cannot be guessed, and needs no signature.", "CloudFront.17"),
  ...unless(
    "geoRestriction",
    "Users travel, and their pictures are for every country in which they are shown.",
    "CKV_AWS_374",
  ),
  ...exception(
    "HSTS holds for the store's host; preloading, and hosts below it, are the domain owner's decision.",
    "CKV_AWS_259",
  ),
];
