// Which security controls picture uploads with their defaults fulfil, and why they do not fulfil the others. AWS
// Security Hub's ids (Lambda.1, APIGateway.8, …; user guide, "Security Hub CSPM controls reference") and checkov's.
import { exception, pass, unless } from "../security-control.ts";
import type { SecurityControl } from "../security-control.ts";
import type { PictureUploadsArgs } from "./upload-args.ts";

/**
 * Every control of AWS Security Hub and checkov that is judged on what `PictureUploads` declares, each with its reason.
 */
export const uploadControls: readonly SecurityControl<PictureUploadsArgs>[] = [
  // The HTTP API.
  ...pass("Every route asks for a token of the tenant with a scope.", "APIGateway.8", "CKV_AWS_309"),
  ...unless(
    "accessLogs",
    "The functions log what was refused and what failed; a log of every request is one more place with users in it.",
    "APIGateway.9",
    "CKV_AWS_76",
  ),
  ...pass("No origin may send a request but those that are named, and none is by default.", "CKV2_AWS_75"),

  // The functions.
  ...pass(
    "The API and the rules of this stack invoke the functions, each named by its ARN.",
    "Lambda.1",
    "CKV_AWS_301",
    "CKV_AWS_364",
  ),
  ...pass("The runtime is a current one.", "Lambda.2", "CKV_AWS_363"),
  ...exception(
    "In a VPC the functions would need a NAT gateway to reach Auth0, which costs more than all else together; they " +
      "have nothing private to reach.",
    "Lambda.3",
    "Lambda.5",
    "CKV_AWS_117",
  ),
  ...pass("No secret is in an environment: the functions read encrypted parameters.", "CKV_AWS_45"),
  ...exception("Nothing in an environment is secret, and AWS encrypts it with its own key.", "CKV_AWS_173"),
  ...exception(
    "Traces of requests are kept outside of the log group; the log has a line for each upload.",
    "Lambda.7",
    "CKV_AWS_50",
  ),
  ...exception(
    "The upload is called by the API, which tells its caller; what the sweep gives up goes to a queue, as its " +
      "destination on failure. checkov knows the older kind alone.",
    "CKV_AWS_116",
  ),
  ...exception(
    "An account that is new has ten executions, and reserves none; throttling limits the API. The option " +
      "reservedConcurrentExecutions is for the upload alone.",
    "CKV_AWS_115",
  ),
  ...exception(
    "The code is this package's, which npm signs with its provenance; the deployment role alone may change it.",
    "CKV_AWS_272",
  ),
  ...unless(
    "tags",
    "There are no tags but yours and those of the provider's defaultTags.",
    "Lambda.6",
    "SQS.2",
    "IAM.24",
  ),

  // What they may do.
  ...pass(
    "Each statement names its actions and its resources.",
    "IAM.1",
    "CKV_AWS_62",
    "CKV_AWS_63",
    "CKV_AWS_286",
    "CKV_AWS_287",
    "CKV_AWS_288",
    "CKV_AWS_289",
    "CKV_AWS_290",
    "CKV_AWS_355",
    "CKV2_AWS_40",
  ),
  ...pass("Lambda alone takes a role, and no policy of AWS's is attached.", "CKV_AWS_60", "CKV_AWS_61", "CKV_AWS_274"),

  // Secrets, keys, queue.
  ...pass("The clients' secrets are SecureString parameters.", "CKV2_AWS_34"),
  ...exception(
    "The account's own key for parameters costs nothing; who may read a parameter is said by the functions' roles.",
    "CKV_AWS_337",
  ),
  ...exception(
    "With private_key_jwt: a key without a policy of its own is used by whom the account's IAM lets, and that is a " +
      "role of this stack.",
    "CKV2_AWS_64",
  ),
  ...pass("SQS encrypts the queue.", "SQS.1", "CKV_AWS_27"),
  ...pass("Only this stack's rules and functions send to the queue, by TLS.", "SQS.3", "CKV_AWS_168", "CKV_AWS_387"),

  // Logs and alarms.
  ...pass("Every log group has a retention.", "CKV_AWS_66"),
  ...exception(
    "Logs tell of people, and are kept for 30 days; logRetentionInDays keeps them for longer.",
    "CloudWatch.16",
    "CKV_AWS_338",
  ),
  ...exception("CloudWatch Logs encrypts with its own key, and no picture and no token is logged.", "CKV_AWS_158"),
  ...unless("alarmActions", "Whom an alarm tells is yours to say; without it, CloudWatch shows it.", "CloudWatch.15"),
  ...pass("No alarm has its actions switched off.", "CloudWatch.17", "CKV_AWS_319"),
];
