// What AWS refuses, or the SDK cannot do, in words for the person who has to mend it.
import { CommandError } from "../terminal/command-error.ts";
import { StoreUnavailableError } from "./picture-bucket.ts";

/** A call of AWS, as its failure is told. */
export interface AwsCall {
  /** The IAM actions that it needs, such as `s3:PutObject`. */
  readonly actions: readonly string[];
  /** Upon what: `the bucket "pictures"`. */
  readonly target: string;
  /** The region that it goes to, where the configuration says it. */
  readonly region: string | undefined;
}

/** As the SDK throws it: by AWS's own name of the error, or by Node's. */
interface SdkError {
  readonly name?: string;
  readonly message?: string;
  readonly code?: string;
  readonly $metadata?: { readonly httpStatusCode?: number };
}

const credentialsHelp =
  "Give others: AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY (and AWS_SESSION_TOKEN), or a profile of " +
  `"aws configure sso" by AWS_PROFILE.`;

type Explain = (call: AwsCall, error: SdkError) => string;

/** By AWS's name of the error, or the SDK's. What each further call meets too. */
const lasting: Readonly<Record<string, Explain>> = {
  AccessDenied: ({ actions, target }) =>
    `These AWS credentials may not do ${actions.join(" and ")} on ${target}. ` +
    "Give them the policy that docs/cli.md shows, or use others.",
  NoSuchBucket: ({ target }) =>
    `AWS knows no such bucket as ${target}. See that PICTURE_BUCKET, or the stack's output pictureBucket, names it, ` +
    "and that the credentials are of its account's partition.",
  NoSuchDistribution: ({ target }) =>
    `AWS knows no such distribution as ${target}. See that the credentials are of the account that has it.`,
  ExpiredToken: () => `The AWS credentials have expired. Log in again ("aws sso login"), and repeat the command.`,
  InvalidAccessKeyId: () => `AWS does not know the access key. ${credentialsHelp}`,
  InvalidToken: () => `AWS does not take the session token. ${credentialsHelp}`,
  SignatureDoesNotMatch: () => `The secret access key is not the access key's. ${credentialsHelp}`,
  CredentialsProviderError: (_, { message = "" }) =>
    `There are no AWS credentials (${message.replace(/\.$/, "")}). ${credentialsHelp}`,
  RequestTimeTooSkewed: () => "This machine's clock is wrong by more than 15 minutes, and AWS takes no such request.",
  PermanentRedirect: ({ target, region }) =>
    `${upperFirst(target)} is not in ${region ?? "the region that is configured"}. ` +
    "Give its own as region in the configuration, or as AWS_REGION.",
};

/** Other names of the same, by other services and older ones. */
const synonyms: Readonly<Record<string, string>> = {
  AccessDeniedException: "AccessDenied",
  AllAccessDisabled: "AccessDenied",
  Forbidden: "AccessDenied",
  ExpiredTokenException: "ExpiredToken",
  TokenRefreshRequired: "ExpiredToken",
  InvalidClientTokenId: "InvalidAccessKeyId",
  UnrecognizedClientException: "InvalidAccessKeyId",
  TokenProviderError: "CredentialsProviderError",
  AuthorizationHeaderMalformed: "PermanentRedirect",
  IllegalLocationConstraintException: "PermanentRedirect",
  301: "PermanentRedirect",
};

/** Of the SDK's own checks, which have no name. */
const noRegion = /region is (?:missing|not)|invalid region|region not accepted/i;

export function awsFailure(error: unknown, call: AwsCall): CommandError | StoreUnavailableError {
  if (error instanceof CommandError || error instanceof StoreUnavailableError) return error;
  const failure = error as SdkError;
  const { name = "", message = "", $metadata: { httpStatusCode } = {} } = failure;
  const explain = lasting[synonyms[name] ?? name] ?? lasting[synonyms[httpStatusCode ?? ""] ?? ""];
  if (explain !== undefined) return new CommandError(`${explain(call, failure)}${saidBy(failure)}`, { cause: error });
  if (httpStatusCode === undefined && noRegion.test(message))
    return new CommandError(
      `The region of ${call.target} is not known. Give it as region in the configuration, or as AWS_REGION.`,
      { cause: error },
    );
  if (isCertificate(failure.code))
    return new CommandError(
      `The certificate of what answers for ${call.target} is not trusted (${failure.code}). ` +
        "Behind a proxy with an authority of its own, name that in NODE_EXTRA_CA_CERTS.",
      { cause: error },
    );
  if (httpStatusCode === undefined)
    return new StoreUnavailableError(
      `AWS cannot be reached for ${call.target} (${failure.code ?? (message || name)}). ` +
        "See that this machine has a way there, and repeat the command.",
      { cause: error },
    );
  const isPassing = httpStatusCode >= 500 || [409, 429].includes(httpStatusCode) || /Throttl|TooMany|Slow/i.test(name);
  const said = `AWS refused ${call.actions[0] ?? ""} on ${call.target}: ${httpStatusCode} ${name}.`;
  return isPassing
    ? new StoreUnavailableError(`${said} Repeat the command in a minute.${saidBy(failure)}`, { cause: error })
    : new CommandError(`${said}${saidBy(failure)}`, { cause: error });
}

/** AWS's own words often name the caller and the resource. */
const saidBy = ({ message, $metadata }: SdkError) =>
  $metadata === undefined || !message || message === "UnknownError" ? "" : ` AWS says: ${message.trim()}`;

const isCertificate = (code = ""): boolean => /^(?:CERT_|SELF_SIGNED|DEPTH_ZERO|UNABLE_TO_|ERR_TLS_)/.test(code);

const upperFirst = (text: string) => text.charAt(0).toUpperCase() + text.slice(1);
