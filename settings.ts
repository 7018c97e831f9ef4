// The program's settings: what a stack's config says, checked as a whole before anything is registered.
import { raise } from "./components/faults.ts";
import type { UserPicturesArgs } from "./components/index.ts";
import { connectionFaults, syncValueFaults } from "./components/sync-flag.ts";
import { userPicturesFaults } from "./components/user-pictures.ts";
import {
  awsAccountFaults,
  expectedPlaceFaults,
  plainSecretFaults,
  surroundings,
  tenantCredentialFaults,
  tenantFaults,
} from "./credentials.ts";
import type { ExpectedPlace, Surroundings } from "./credentials.ts";

export const project = "auth0-user-pictures";

/** The settings' names and types, as Pulumi.yaml declares and describes them. */
const settingTypes = {
  defaultPictureFile: "string",
  defaultPictureUrl: "string",
  connectionDefaultPictures: "object",
  organizationDefaultPictures: "object",
  allowSvgDefaultPictures: "boolean",
  defaultPictureMode: "string",
  allowedUrlPrefixes: "array",
  allowAnyHost: "boolean",
  linkedIdentityPicture: "boolean",
  mirrors: "object",
  connections: "object",
  actionName: "string",
  actionEntry: "string",
  picturesOnDestroy: "string",
  uploaderMayErase: "boolean",
  loginFlow: "object",
  adoptActionId: "string",
  expectedTenant: "string",
  expectedAwsAccount: "string",
} as const;

/** The settings that are the store's arguments, besides the general default picture; all others are those of UserPictures. */
const storeSettings: readonly string[] = [
  "connectionDefaultPictures",
  "organizationDefaultPictures",
  "allowSvgDefaultPictures",
  "picturesOnDestroy",
  "uploaderMayErase",
] satisfies (keyof typeof settingTypes)[];

/** What stands where a stack sets neither a file nor a URL. */
const ownDefaultPicture = "assets/default-picture.png";

/**
 * Pulumi's own check of the schema has run before: what it does not see are unknown names, bad values, credentials that are missing or lead
 * to the wrong place, and what the tenant's connections cannot have.
 *
 * @param allConfig the stack's config of all namespaces: those of `auth0:` lead to the tenant, and so do the environment's `AUTH0_*`
 * @throws pulumi.RunError with every fault, one a line: the setting, what was given, what is allowed.
 */
export async function readSettings(
  allConfig: Readonly<Record<string, string>>,
  { environment, isSecret, callerIdentity }: Surroundings = surroundings,
): Promise<UserPicturesArgs> {
  const { args, expected, faults } = parseSettings(allConfig);
  const placeFaults = [
    ...tenantFaults(allConfig, environment, expected.tenant),
    ...tenantCredentialFaults(allConfig, environment),
    ...(await awsAccountFaults(expected.awsAccount, callerIdentity)),
  ];
  faults.push(...plainSecretFaults(allConfig, isSecret), ...placeFaults);
  // A tenant that is not the stack's is not asked.
  if (placeFaults.length === 0) {
    const known = Object.entries(args.connections ?? {}).filter(([, value]) => syncValueFaults("", value).length === 0);
    const config = { get: (key: string) => allConfig[key] };
    faults.push(...(await connectionFaults(Object.fromEntries(known), config, environment)));
  }
  raise("The stack's settings are wrong:", faults);
  return args;
}

/** The settings as the component's arguments, where they say that the stack belongs, and every fault that shows without asking the tenant. */
export function parseSettings(allConfig: Readonly<Record<string, string>>): {
  args: UserPicturesArgs;
  expected: ExpectedPlace;
  faults: string[];
} {
  const faults: string[] = [];
  const values: Record<string, unknown> = {};
  for (const [key, text] of Object.entries(allConfig)) {
    if (!key.startsWith(`${project}:`)) continue;
    const name = key.slice(project.length + 1);
    if (!isSetting(name)) {
      faults.push(`${name}: there is no such setting. There are ${Object.keys(settingTypes).join(", ")}.`);
      continue;
    }
    const value = valueOf(text, settingTypes[name]);
    if (value === undefined) faults.push(`${name}: ${text} was given; it must be of type ${settingTypes[name]}.`);
    else values[name] = value;
  }

  // Types are checked above; what the values may be, by the component.
  // Pulumi refuses a stack without a declared setting's value, so one that may be left out is declared with an empty one.
  const {
    defaultPictureFile: file = "",
    defaultPictureUrl: url = "",
    loginFlow,
    adoptActionId,
    expectedTenant: tenant,
    expectedAwsAccount: awsAccount,
    ...others
  } = values;
  const picture = {
    ...((file !== "" || url === "") && { defaultPictureFile: file === "" ? ownDefaultPicture : file }),
    ...(url !== "" && { defaultPictureUrl: url }),
  };
  const isOfStore = ([name]: [string, unknown]) => storeSettings.includes(name);
  const entries = Object.entries(others);
  const store = { ...picture, ...Object.fromEntries(entries.filter(isOfStore)) };
  const args = {
    store,
    ...(Object.keys(loginFlow ?? {}).length > 0 && { loginFlow }),
    ...(typeof adoptActionId === "string" && adoptActionId !== "" && { adoptActionId }),
    ...Object.fromEntries(entries.filter((entry) => !isOfStore(entry))),
  } as UserPicturesArgs;
  const expected = { tenant: tenant || undefined, awsAccount: awsAccount || undefined } as ExpectedPlace;
  return { args, expected, faults: [...faults, ...userPicturesFaults(args), ...expectedPlaceFaults(expected)] };
}

function isSetting(name: string): name is keyof typeof settingTypes {
  return Object.hasOwn(settingTypes, name);
}

/** Pulumi hands every setting over as text: a string as it is, others as JSON. */
function valueOf(text: string, type: (typeof settingTypes)[keyof typeof settingTypes]): unknown {
  if (type === "string") return text;
  try {
    const value: unknown = JSON.parse(text);
    const actual = Array.isArray(value) ? "array" : typeof value;
    return value !== null && actual === type ? value : undefined;
  } catch {
    return undefined;
  }
}
