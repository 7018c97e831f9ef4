// What a command works on, from wherever it is said: a stack or a file, then the environment. Credentials are the
// environment's alone, so that no file and no stack's state has them for this.
import {
  missingCredentialVariables,
  readProviderSettings,
  tenantDomain,
  tokenFault,
} from "../../components/auth0/provider-settings.ts";
import { isPlainObject, refusalText } from "../../actions/bundle/schema.ts";
import type { Refusal } from "../../actions/bundle/schema.ts";
import { CommandError } from "../terminal/command-error.ts";
import { printable } from "../terminal/printable.ts";
import { readPulumiStack } from "./pulumi-stack.ts";
import { readTargetFile } from "./target-file.ts";
import { readOnlyValues, readOutputs, readValues, valueNames } from "./target-values.ts";
import type { ReadValues, TargetValues } from "./target-values.ts";
import type { Target } from "./target.ts";

export interface TargetOptions {
  readonly stack?: string;
  /** Of the Pulumi project. @default the current folder */
  readonly cwd?: string;
  /** A file. @default USER_PICTURES_CONFIG, where no stack is given */
  readonly config?: string;
  /** The output that has the outputs, as an object. */
  readonly outputs?: string;
  readonly environment: NodeJS.ProcessEnv;
  readonly signal: AbortSignal;
}

/** @throws CommandError with all that is missing or wrong, before anything is called */
export async function readTarget(options: TargetOptions): Promise<Target> {
  const { environment } = options;
  const source = await readSource(options);
  const fromEnvironment = readEnvironment(environment);
  const values: TargetValues = { ...fromEnvironment.values, ...source.values };
  const wrong = [
    ...source.refusals,
    // What is said elsewhere hides what is wrong here.
    ...fromEnvironment.refusals.filter(({ path: [name] }) => source.values[nameOf(name)] === undefined),
  ];
  const isWrong = (name: keyof TargetValues) => wrong.some(({ path: [first] }) => nameOf(first) === name);
  const refusals = [
    ...wrong,
    ...(isWrong("pictureBaseUrl") ? [] : storeRefusals(values)),
    ...(isWrong("domain") ? [] : tenantRefusals(values, fromEnvironment.values.domain)),
    ...credentialRefusals(environment),
  ];
  if (refusals.length > 0)
    throw new CommandError(
      ["The configuration is wrong:", ...refusals.map((one) => printable(refusalText(one), 2000))].join("\n  - "),
    );
  return targetOf(values, source.awsAccounts, environment);
}

interface Source extends ReadValues {
  /** Those that the stack's AWS provider may be used in. */
  readonly awsAccounts: readonly string[];
}

async function readSource(options: TargetOptions): Promise<Source> {
  const { stack, outputs, environment, signal } = options;
  const file = options.config ?? (stack === undefined ? environment["USER_PICTURES_CONFIG"] || undefined : undefined);
  if (stack !== undefined) {
    const read = await readPulumiStack({ stack, cwd: options.cwd ?? process.cwd(), environment, signal });
    const found = outputsIn(read.outputs, outputs, `The stack ${printable(stack)}`);
    return withConfig(readOutputs(found), read.config);
  }
  if (file === undefined) return { values: {}, refusals: [], awsAccounts: [] };
  const content = await readTargetFile(file);
  if (outputs === undefined) return { ...readOnlyValues(content), awsAccounts: [] };
  const beside = readValues(content);
  const inside = readValues(outputsIn(content, outputs, printable(file)));
  return {
    values: { ...beside.values, ...inside.values },
    refusals: [...beside.refusals, ...inside.refusals],
    awsAccounts: [],
  };
}

function outputsIn(
  all: Readonly<Record<string, unknown>>,
  name: string | undefined,
  subject: string,
): Readonly<Record<string, unknown>> {
  const objects = Object.keys(all).filter((key) => isPlainObject(all[key]) && hasOutputs(all[key]));
  const others = objects.length === 0 ? "" : ` Try --outputs ${objects.map((key) => printable(key)).join(" or ")}.`;
  if (name !== undefined) {
    const found = Object.hasOwn(all, name) ? all[name] : undefined;
    if (isPlainObject(found)) return found;
    throw new CommandError(
      `--outputs: ${subject} has no object ${printable(name)} among its outputs: ${listed(Object.keys(all))}.${others}`,
    );
  }
  if (!hasOutputs(all))
    throw new CommandError(
      `${subject} has none of the outputs of user pictures (bucketName, pictureBaseUrl, actionId, …), but ` +
        `${listed(Object.keys(all))}. Deploy it first, or export them.${others}`,
    );
  return all;
}

const hasOutputs = (all: Readonly<Record<string, unknown>>) =>
  ["actionId", "pictureBaseUrl", "bucketName"].some((name) => Object.hasOwn(all, name));

const listed = (names: readonly string[]) =>
  names.length === 0 ? "none" : printable(names.slice(0, 20).join(", "), 500);

/** A stack's config has what its outputs do not say. */
function withConfig(read: ReadValues, config: Readonly<Record<string, unknown>>): Source {
  const own = (name: string) => Object.entries(config).find(([key]) => key.endsWith(`:${name}`))?.[1];
  const beside = readValues({
    domain: config["auth0:domain"],
    region: config["aws:region"],
    expectedTenant: own("expectedTenant"),
    expectedAwsAccount: own("expectedAwsAccount"),
  });
  const allowed = config["aws:allowedAccountIds"];
  return {
    values: { ...read.values, ...beside.values },
    refusals: [...read.refusals, ...beside.refusals],
    awsAccounts: Array.isArray(allowed) ? allowed.map(String) : [],
  };
}

/** The environment's name of each value that it can have. */
const variables: Readonly<Partial<Record<keyof TargetValues, string>>> = {
  bucketName: "PICTURE_BUCKET",
  pictureBaseUrl: "PICTURE_BASE_URL",
  distributionId: "PICTURE_DISTRIBUTION_ID",
  defaultPictureUrl: "PICTURE_DEFAULT_URL",
  actionId: "PICTURE_ACTION_ID",
  actionVersionId: "PICTURE_ACTION_VERSION_ID",
  domain: "AUTH0_DOMAIN",
  expectedTenant: "EXPECTED_TENANT",
  expectedAwsAccount: "EXPECTED_AWS_ACCOUNT",
};

function readEnvironment(environment: NodeJS.ProcessEnv): ReadValues {
  const given = Object.entries(variables).map(([name, variable]) => [name, environment[variable]]);
  const { values, refusals } = readValues(Object.fromEntries(given) as Record<string, unknown>);
  const renamed = refusals.map(({ path, message }) => ({
    path: [variables[nameOf(path[0])] ?? "", ...path.slice(1)],
    message,
  }));
  return { values, refusals: renamed };
}

/** Of a value's own name or of its variable's. */
const nameOf = (text: string | number | undefined) =>
  (valueNames.find((name) => name === text || variables[name] === text) ?? "") as keyof TargetValues;

function storeRefusals({ bucketName, pictureBaseUrl, distributionId }: TargetValues): Refusal[] {
  if (pictureBaseUrl !== undefined || (bucketName ?? distributionId) === undefined) return [];
  const message = "nothing was given, and a store has it: it is the stack's output (or PICTURE_BASE_URL).";
  return [{ path: ["pictureBaseUrl"], message }];
}

function tenantRefusals({ domain, expectedTenant }: TargetValues, ofCredentials: string | undefined): Refusal[] {
  if (domain === undefined)
    return [
      {
        path: ["domain"],
        message:
          "nothing says which tenant. Name a stack (--stack dev), a file (--config), or set AUTH0_DOMAIN to the " +
          `tenant's domain${expectedTenant === undefined ? "" : `, which should be ${shownDomain(expectedTenant)}`}.`,
      },
    ];
  // A secret is sent to no host but the one that it was given for.
  if (ofCredentials !== undefined && !isSameTenant(ofCredentials, domain))
    return [
      {
        path: ["AUTH0_DOMAIN"],
        message:
          `the environment's credentials are those of ${shownDomain(ofCredentials)}, and the stack or file is of ` +
          `${shownDomain(domain)}. Give the credentials of that tenant, or another stack.`,
      },
    ];
  if (expectedTenant === undefined || isSameTenant(expectedTenant, domain)) return [];
  return [
    {
      path: ["expectedTenant"],
      message:
        `${shownDomain(expectedTenant)} was expected, and the credentials lead to ${shownDomain(domain)}. Give the ` +
        `credentials of ${shownDomain(expectedTenant)}, or another stack.`,
    },
  ];
}

function credentialRefusals(environment: NodeJS.ProcessEnv): Refusal[] {
  const fault = tokenFault(environment["AUTH0_API_TOKEN"] || undefined);
  if (fault !== undefined) return [{ path: ["AUTH0_API_TOKEN"], message: fault }];
  const missing = missingCredentialVariables(environment);
  if (missing.length === 0) return [];
  const message =
    `${missing.join(" and ")}: nothing was given. Credentials are read from the environment only: those of a ` +
    `machine-to-machine application of the tenant, or a token as AUTH0_API_TOKEN.`;
  return [{ path: [], message }];
}

const shownDomain = (text: string) => tenantDomain(text).toLowerCase();
const isSameTenant = (one: string, other: string) => shownDomain(one) === shownDomain(other);

/** As a URL is read, which passes over spaces and line ends around it. What users name begins with it. */
function baseOf(pictureBaseUrl: string): string {
  const { origin, pathname } = new URL(pictureBaseUrl);
  return `${origin}${pathname}`.replace(/\/?$/, "/");
}

function targetOf(values: TargetValues, awsAccounts: readonly string[], environment: NodeJS.ProcessEnv): Target {
  const { bucketName, pictureBaseUrl, actionId, expectedTenant, expectedAwsAccount, domain = "" } = values;
  return {
    auth0: readProviderSettings({ get: (key) => (key === "auth0:domain" ? domain : undefined) }, environment),
    store:
      bucketName === undefined || pictureBaseUrl === undefined
        ? undefined
        : {
            bucketName,
            pictureBaseUrl: baseOf(pictureBaseUrl),
            distributionId: values.distributionId,
            region: values.region,
          },
    action: actionId === undefined ? undefined : { actionId, actionVersionId: values.actionVersionId },
    defaultPictureUrl: values.defaultPictureUrl === undefined ? undefined : new URL(values.defaultPictureUrl).href,
    connections: values.connections ?? {},
    dnsRecords: values.dnsRecords ?? [],
    expectedTenant: expectedTenant === undefined ? undefined : shownDomain(expectedTenant),
    expectedAwsAccounts: [
      ...new Set([...(expectedAwsAccount === undefined ? [] : [expectedAwsAccount]), ...awsAccounts]),
    ],
  };
}
