// What is refused of picture uploads' arguments.
import * as v from "valibot";
import { list, matching, oneOf, passing, shape, shown, trueOrFalse, wholeNumber } from "../../actions/bundle/schema.ts";
import type { Refusal, Schema } from "../../actions/bundle/schema.ts";
import * as formats from "../aws-formats.ts";
import { longestName } from "../stack-region.ts";
import { checkedWhenKnown, input, shapeRefusals } from "../validation.ts";
import type { Validation } from "../validation.ts";
import { missingFiles } from "./function-files.ts";
import type { PictureUploadsArgs, PictureUploadsOptions } from "./upload-args.ts";
import type { PictureSweepArgs, UploadAccessLogsArgs, UploadThrottlingArgs } from "./upload-parts.ts";
import { ClientAuthentication, WriteBack } from "./upload-sets.ts";

/**
 * @param name the component's, where it is known
 * @param missing what is refused of the installed files
 */
export function validateUploads(
  subject: string,
  args: PictureUploadsArgs,
  name?: string,
  missing = missingFiles(),
): Validation<PictureUploadsArgs> {
  return {
    refusals: [
      ...(name === undefined ? [] : validateUploadsName(name)),
      ...missing,
      ...shapeRefusals(pictureUploadsSchema, args),
    ],
    valid: () => checkedWhenKnown(subject, pictureUploadsSchema, args),
  };
}

/**
 * What of a component's name is refused: AWS's names are made from it.
 *
 * @param suffix what a component adds to its own name, which it is refused for
 */
export function validateUploadsName(name: string, suffix = ""): Refusal[] {
  const refuse = (message: string): Refusal => ({ path: [], message });
  // The longest name that is made, of those that AWS gives 64 characters (IAM API reference, "CreateRole").
  const most = longestName(64, `${suffix}-upload-role`);
  if (most === Infinity) return [];
  return [
    ...(name.length > most
      ? [
          refuse(
            `the name "${name}" has ${name.length} characters; AWS takes at most ${most} with uploads, because the ` +
              `names of their resources are made from it.`,
          ),
        ]
      : []),
    ...(/^(?:aws|ssm)/i.test(name)
      ? [refuse(`the name "${name}" begins with aws or ssm, and no parameter of AWS's Parameter Store may.`)]
      : []),
    ...(/^[\w-]*$/.test(name)
      ? []
      : [refuse(`the functions are named after "${name}": letters, digits, hyphens and underscores only.`)]),
  ];
}

const originPattern = /^(https:\/\/[a-z0-9.-]+|http:\/\/(localhost|127\.0\.0\.1))(:\d+)?$/;
const origin = passing(
  (given) => originReason(given) === undefined,
  (given) => originReason(given) ?? "",
);

function originReason(given: unknown): string | undefined {
  const allowed = "https://host or https://host:port, without a path; http only on localhost.";
  if (given === "*") return `"*" would let every page upload; name the origins of your pages, ${allowed}`;
  if (typeof given !== "string" || !originPattern.test(given) || !URL.canParse(given))
    return `${shown(given)} was given; an origin is ${allowed}`;
  const { origin: asBrowsersSay } = new URL(given);
  return asBrowsersSay === given ? undefined : `${shown(given)} is what no browser says; write "${asBrowsersSay}".`;
}

const identifier = passing(
  (given) => typeof given === "string" && /^\S{1,600}$/.test(given) && !isAuth0s(given),
  (given) =>
    typeof given === "string" && isAuth0s(given)
      ? `${shown(given)} is an API of Auth0's own; the uploads' API has an identifier of its own.`
      : `${shown(given)} was given; it must be 1 to 600 characters without spaces, such as ` +
        `"https://pictures.example.org/uploads".`,
);
const isAuth0s = (given: string) => /^https:\/\/[^/]+\/(api\/v2|me|userinfo)\/?$/.test(given);

const issuer = matching(
  /^https:\/\/[a-z0-9.-]+(:\d+)?\/$/,
  "https://host/, with the slash, as the tokens of the applications say it in iss",
);

const alarmAction = matching(
  /^arn:aws[\w-]*:[a-z0-9-]+:[a-z0-9-]*:\d*:.+$/,
  "an ARN, such as arn:aws:sns:<region>:<account>:<topic>",
);

/** CloudWatch Logs API reference, "PutRetentionPolicy"; 0 is the provider's word for no policy. */
const retentionDays: readonly unknown[] = [
  0, 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
];
const logRetention = passing(
  (given) => retentionDays.includes(given),
  (given) => `${shown(given)} was given; allowed are ${retentionDays.join(", ")}.`,
);

const throttling = shape<UploadThrottlingArgs>({
  rateLimit: v.optional(input(wholeNumber(1, 10_000, "requests a second"))),
  burstLimit: v.optional(input(wholeNumber(1, 5000, "requests at once"))),
});

const atMost = (items: Schema, most: number, words: string) =>
  v.pipe(
    items,
    v.check(
      (given) => !Array.isArray(given) || given.length <= most,
      ({ input: given }) => `${Array.isArray(given) ? given.length : 0} were given; ${words}.`,
    ),
  );

const accessLogs = shape<UploadAccessLogsArgs>({
  fields: v.optional(
    input(
      list(
        input(matching(/^[a-zA-Z][\w.-]*$/, "the name alone of a $context variable, such as routeKey")),
        'a list of $context variables, ["requestId", "status"]',
      ),
    ),
  ),
});

const sweep = shape<PictureSweepArgs>({
  everyHours: v.optional(input(wholeNumber(1, 24, "hours"))),
  requestsPerSecond: v.optional(input(wholeNumber(1, 50, "requests a second"))),
  // A pass through all folders begins once a day: an alarm on less would never end.
  withinHours: v.optional(input(wholeNumber(48, 720, "hours"))),
});

const optionSchemas = {
  allowedOrigins: v.optional(input(list(input(origin), 'a list of origins, ["https://app.example.org"]'))),
  identifier: v.optional(input(identifier)),
  issuer: v.optional(input(issuer)),
  clientAuthentication: v.optional(oneOf(ClientAuthentication)),
  writeBack: v.optional(oneOf(WriteBack)),
  replacedPictureDays: v.optional(input(wholeNumber(1, 3650, "days"))),
  maxPictures: v.optional(input(wholeNumber(1, 300, "pictures"))),
  maxSeconds: v.optional(input(wholeNumber(1, 15, "seconds"))),
  memorySize: v.optional(input(wholeNumber(1024, 10_240, "megabytes"))),
  reservedConcurrentExecutions: v.optional(input(wholeNumber(1, 1000, "uploads at once"))),
  throttling: v.optional(input(throttling)),
  logRetentionInDays: v.optional(input(logRetention)),
  accessLogs: v.optional(accessLogs),
  alarmActions: v.optional(
    // CloudWatch API reference, "PutMetricAlarm".
    input(atMost(list(input(alarmAction), "a list of ARNs"), 5, "an alarm has at most 5 actions")),
  ),
  eventStream: v.optional(trueOrFalse),
  sweep: v.optional(input(sweep)),
  tags: v.optional(input(formats.tags(50, "at most 50 are allowed"))),
};

/** The options, as another component takes them. */
export const uploadsOptionsSchema = shape<PictureUploadsOptions>(optionSchemas);

const pictureUploadsSchema = shape<PictureUploadsArgs>({
  ...optionSchemas,
  bucketName: input(formats.bucketName),
  bucketArn: v.optional(input(matching(/^arn:aws[\w-]*:s3:::[^/]+$/, "the ARN of a bucket, arn:aws:s3:::<bucket>"))),
  pictureBaseUrl: input(formats.baseUrl),
  distributionArn: v.optional(input(formats.distributionArn)),
  kmsMasterKeyId: v.optional(input(formats.kmsKey)),
  bucketExpiresReplaced: v.optional(trueOrFalse),
});
