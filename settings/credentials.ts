// Where a stack's credentials lead, and whether it has any: looked at before the tenant is asked or anything is
// registered.
import * as pulumi from "@pulumi/pulumi";
import * as v from "valibot";
import { matching } from "../actions/bundle/schema.ts";
import type { Refusal } from "../actions/bundle/schema.ts";
import { missingCredentials, tenantDomain } from "../components/auth0/provider-settings.ts";

type StackConfig = Readonly<Record<string, string>>;

/** The program's own settings beside the component's: where the stack belongs. */
export interface ExpectedTarget {
  /**
   * The domain of the tenant that this stack belongs to. Where the credentials lead to another one, nothing is done.
   *
   * @default any tenant
   * @example "example.eu.auth0.com"
   */
  readonly expectedTenant?: string;
  /**
   * The AWS account, 12 digits in quotes, that this stack belongs to. Where the AWS credentials lead to another one,
   * nothing is done.
   *
   * @default any account
   * @example "123456789012"
   */
  readonly expectedAwsAccount?: string;
}

export const expectedTargetSchemas = {
  expectedTenant: v.optional(
    matching(/^(?:https:\/\/)?[a-z0-9.-]+(?::\d+)?\/?$/i, "the tenant's domain only, such as example.eu.auth0.com"),
  ),
  expectedAwsAccount: v.optional(matching(/^\d{12}$/, "the account's 12 digits, in quotes")),
};

/** Everything that the program reads besides the stack's config. */
export interface ProgramContext {
  readonly environment: NodeJS.ProcessEnv;
  /** Whether a setting is encrypted in the stack's file, or secret in its environment. */
  readonly isSecret: (key: string) => boolean;
  /** Whom AWS takes the program for. */
  readonly callerIdentity: () => Promise<{ readonly accountId: string; readonly arn: string }>;
}

/** The SDK leaves the question out of its types. */
const { isConfigSecret } = pulumi.runtime as unknown as { isConfigSecret: ProgramContext["isSecret"] };

export const programContext: ProgramContext = {
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
export function validateSecrets(config: StackConfig, isSecret: (key: string) => boolean): Refusal[] {
  return secretSettings
    .filter((key) => config[key] !== undefined && !isSecret(key))
    .map((key) =>
      refusal(
        key,
        `it was given in plain text, so whoever reads the stack's file has it. Take it out of service, ` +
          `then "pulumi config set --secret ${key}" with the new one.`,
      ),
    );
}

/** A setting of a provider's, whose name with its namespace is one step. */
const refusal = (setting: string, message: string): Refusal => ({ path: [setting], message });

/**
 * The tenant that the auth0 provider will use, and the setting that says so: the stack's settings before the
 * environment's.
 */
function tenantOf(config: StackConfig, environment: NodeJS.ProcessEnv): { domain: string; source: string } | undefined {
  const source = config["auth0:domain"] ? "auth0:domain" : "AUTH0_DOMAIN";
  const domain = config["auth0:domain"] || environment["AUTH0_DOMAIN"];
  return domain ? { domain: domainOf(domain), source } : undefined;
}

const domainOf = (text: string) => tenantDomain(text).toLowerCase();

export function validateTenant(config: StackConfig, environment: NodeJS.ProcessEnv, expected?: string): Refusal[] {
  const tenant = tenantOf(config, environment);
  if (tenant === undefined)
    return [
      refusal(
        "auth0:domain",
        `nothing was given. Name the stack's tenant, "pulumi config set auth0:domain ` +
          `${expected ?? "example.eu.auth0.com"}", or set AUTH0_DOMAIN.`,
      ),
    ];
  if (expected !== undefined && domainOf(expected) !== tenant.domain)
    return [
      refusal(
        "expectedTenant",
        `${expected} was expected, and ${tenant.source} leads to ${tenant.domain}. Give the credentials of ` +
          `${expected}, or select the stack of ${tenant.domain} ("pulumi stack select").`,
      ),
    ];
  return [];
}

export function validateTenantCredentials(config: StackConfig, environment: NodeJS.ProcessEnv): Refusal[] {
  const missing = missingCredentials({ get: (key) => config[key] }, environment);
  if (missing.length === 0) return [];
  const message =
    `${missing.join(" and ")}: nothing was given. Set those of the tenant's machine-to-machine application, the ` +
    `secret with "pulumi config set --secret": docs/environments.md shows each way.`;
  // It names each setting with the environment variable that takes its place.
  return [{ path: [], message }];
}

/** Asks AWS only where the settings name an account. */
export async function validateAwsAccount(
  expected: string | undefined,
  callerIdentity: ProgramContext["callerIdentity"],
): Promise<Refusal[]> {
  if (expected === undefined) return [];
  const at = (message: string) => [refusal("expectedAwsAccount", `${expected} was expected, and ${message}`)];
  try {
    const { accountId, arn } = await callerIdentity();
    if (accountId === expected) return [];
    return at(
      `the AWS credentials lead to ${accountId} (${arn}). Log in to ` +
        `${expected}, or select the stack of ${accountId} ("pulumi stack select").`,
    );
  } catch (error) {
    const reason = (error instanceof Error ? error.message : String(error)).split("\n")[0];
    return at(
      `AWS does not say where the credentials lead: ${reason} ` +
        `Log in to ${expected}: docs/environments.md shows each way.`,
    );
  }
}
