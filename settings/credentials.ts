// Where a stack's credentials lead, and whether it has any: looked at before the tenant is asked or anything is registered.
import * as pulumi from "@pulumi/pulumi";
import { missingCredentials, tenantDomain } from "../components/auth0/management-client.ts";

type StackConfig = Readonly<Record<string, string>>;

/** The tenant and the account that the stack's settings name. */
export interface ExpectedPlace {
  readonly tenant?: string;
  readonly awsAccount?: string;
}

/** Everything that the program reads besides the stack's config. */
export interface Surroundings {
  readonly environment: NodeJS.ProcessEnv;
  /** Whether a setting is encrypted in the stack's file, or secret in its environment. */
  readonly isSecret: (key: string) => boolean;
  /** Whom AWS takes the program for. */
  readonly callerIdentity: () => Promise<{ readonly accountId: string; readonly arn: string }>;
}

/** The SDK leaves the question out of its types. */
const { isConfigSecret } = pulumi.runtime as unknown as { isConfigSecret: Surroundings["isSecret"] };

export const surroundings: Surroundings = {
  environment: process.env,
  isSecret: isConfigSecret,
  // A stack without a picture store loads nothing of AWS.
  callerIdentity: async () => (await import("@pulumi/aws/getCallerIdentity.js")).getCallerIdentity(),
};

/** Settings of the providers that are secret by themselves. */
const secretSettings = [
  ...["auth0:clientSecret", "auth0:apiToken", "auth0:clientAssertionPrivateKey"],
  ...["aws:secretKey", "aws:token"],
];

/** A secret that stands in the stack's file as it is, and so in Git, in every clone of it and in the state. */
export function plainSecretFaults(config: StackConfig, isSecret: (key: string) => boolean): string[] {
  return secretSettings.flatMap((key) =>
    config[key] === undefined || isSecret(key)
      ? []
      : [
          `${key}: it was given in plain text, so whoever reads the stack's file has it. Take it out of service, ` +
            `then "pulumi config set --secret ${key}" with the new one.`,
        ],
  );
}

/** The tenant that the auth0 provider will use, and the setting that says so: the stack's settings before the environment's. */
function tenantOf(config: StackConfig, environment: NodeJS.ProcessEnv): { domain: string; source: string } | undefined {
  const source = config["auth0:domain"] ? "auth0:domain" : "AUTH0_DOMAIN";
  const domain = config["auth0:domain"] || environment["AUTH0_DOMAIN"];
  return domain ? { domain: domainOf(domain), source } : undefined;
}

const domainOf = (text: string) => tenantDomain(text).toLowerCase();

export function tenantFaults(config: StackConfig, environment: NodeJS.ProcessEnv, expected?: string): string[] {
  const tenant = tenantOf(config, environment);
  if (tenant === undefined)
    return [
      `auth0:domain: nothing was given. Name the stack's tenant, "pulumi config set auth0:domain ` +
        `${expected ?? "example.eu.auth0.com"}", or set AUTH0_DOMAIN.`,
    ];
  if (expected !== undefined && domainOf(expected) !== tenant.domain)
    return [
      `expectedTenant: ${expected} was expected, and ${tenant.source} leads to ${tenant.domain}. Give the credentials of ` +
        `${expected}, or select the stack of ${tenant.domain} ("pulumi stack select").`,
    ];
  return [];
}

export function tenantCredentialFaults(config: StackConfig, environment: NodeJS.ProcessEnv): string[] {
  const missing = missingCredentials({ get: (key) => config[key] }, environment);
  return missing.length === 0
    ? []
    : [
        `${missing.join(" and ")}: nothing was given. Set those of the tenant's machine-to-machine application, the secret with ` +
          `"pulumi config set --secret": docs/environments.md shows each way.`,
      ];
}

/** Asks AWS only where the settings name an account. */
export async function awsAccountFaults(
  expected: string | undefined,
  callerIdentity: Surroundings["callerIdentity"],
): Promise<string[]> {
  if (expected === undefined) return [];
  try {
    const { accountId, arn } = await callerIdentity();
    return accountId === expected
      ? []
      : [
          `expectedAwsAccount: ${expected} was expected, and the AWS credentials lead to ${accountId} (${arn}). Log in to ` +
            `${expected}, or select the stack of ${accountId} ("pulumi stack select").`,
        ];
  } catch (error) {
    const reason = (error instanceof Error ? error.message : String(error)).split("\n")[0];
    return [
      `expectedAwsAccount: ${expected} was expected, and AWS does not say where the credentials lead: ${reason} ` +
        `Log in to ${expected}: docs/environments.md shows each way.`,
    ];
  }
}

/** The faults of the expectations themselves. */
export function expectedPlaceFaults({ tenant, awsAccount }: ExpectedPlace): string[] {
  return [
    ...(tenant === undefined || /^(?:https:\/\/)?[a-z0-9.-]+(?::\d+)?\/?$/i.test(tenant)
      ? []
      : [`expectedTenant: "${tenant}" was given; write the tenant's domain only, such as example.eu.auth0.com.`]),
    ...(awsAccount === undefined || /^\d{12}$/.test(awsAccount)
      ? []
      : [`expectedAwsAccount: "${awsAccount}" was given; write the account's 12 digits, in quotes.`]),
  ];
}
