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
  domain: "object",
  priceClass: "string",
  geoRestriction: "object",
  webAclId: "string",
  accessLogs: "object",
  kmsMasterKeyId: "string",
  responseHeadersPolicyId: "string",
  existingBucket: "string",
  existingDistribution: "object",
  tags: "object",
  objectTags: "object",
  pictureBaseUrl: "string",
  loginFlow: "object",
  adoptActionId: "string",
  expectedTenant: "string",
  expectedAwsAccount: "string",
} as const;

/** Those of the picture store, which are flat beside the others. */
const ofStore: readonly string[] = [
  "defaultPictureFile",
  "defaultPictureUrl",
  "connectionDefaultPictures",
  "organizationDefaultPictures",
  "allowSvgDefaultPictures",
  "picturesOnDestroy",
  "uploaderMayErase",
  "domain",
  "priceClass",
  "geoRestriction",
  "webAclId",
  "accessLogs",
  "kmsMasterKeyId",
  "responseHeadersPolicyId",
  "existingBucket",
  "existingDistribution",
  "tags",
  "objectTags",
] satisfies (keyof typeof settingTypes)[];

/** Settings with a default that says something; of all others "" or {} says nothing: Pulumi knows no setting that may be absent. */
const neverEmpty: readonly string[] = [
  "defaultPictureMode",
  "actionName",
  "actionEntry",
  "picturesOnDestroy",
  "priceClass",
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
    else if (neverEmpty.includes(name) || (text !== "" && text !== "{}")) values[name] = value;
  }

  // Types are checked above; what the values may be, by the component.
  const { expectedTenant: tenant, expectedAwsAccount: awsAccount, ...settings } = values;
  const expected = { tenant, awsAccount } as ExpectedPlace;
  const pick = (inStore: boolean) =>
    Object.fromEntries(Object.entries(settings).filter(([name]) => ofStore.includes(name) === inStore));
  const args = argsOf(pick(true), pick(false), faults);
  return {
    args,
    expected,
    faults: [...faults, ...userPicturesFaults(args).map(ofSetting), ...expectedPlaceFaults(expected)],
  };
}

function argsOf(store: Record<string, unknown>, others: Record<string, unknown>, faults: string[]): UserPicturesArgs {
  const { defaultPictureFile, defaultPictureUrl } = store;
  if (others["pictureBaseUrl"] === undefined) {
    const own = defaultPictureFile === undefined && defaultPictureUrl === undefined;
    return {
      store: { ...(own && { defaultPictureFile: ownDefaultPicture }), ...store },
      ...others,
    };
  }
  const urls = {
    connectionDefaultPictureUrls: urlsByName(store["connectionDefaultPictures"]),
    organizationDefaultPictureUrls: urlsByName(store["organizationDefaultPictures"]),
  };
  const taken = [
    "defaultPictureUrl",
    ...(urls.connectionDefaultPictureUrls ? ["connectionDefaultPictures"] : []),
    ...(urls.organizationDefaultPictureUrls ? ["organizationDefaultPictures"] : []),
    // These have defaults that say something.
    ...["allowSvgDefaultPictures", "uploaderMayErase", ...neverEmpty],
  ];
  const lost = Object.keys(store).filter((name) => !taken.includes(name));
  faults.push(...lost.map(withoutStore));
  return { ...withoutUndefined({ defaultPictureUrl, ...urls }), ...others };
}

function withoutStore(name: string): string {
  const elsewhere = /DefaultPictures$|^defaultPictureFile$/.test(name)
    ? " Without a store a default picture is a URL."
    : "";
  return `${name}: it is a picture store's, and pictureBaseUrl was given, with which there is none. Remove one of them.${elsewhere}`;
}

/** Default pictures by name, if they are URLs, which need no store. */
function urlsByName(pictures: unknown): Record<string, unknown> | undefined {
  if (typeof pictures !== "object" || pictures === null) return undefined;
  const entries = Object.entries(pictures).map(([name, picture]: [string, unknown]) => {
    const isUrl = typeof picture === "object" && picture !== null && "url" in picture && !("file" in picture);
    return [name, isUrl ? picture.url : undefined] as const;
  });
  return entries.every(([, url]) => url !== undefined) ? Object.fromEntries(entries) : undefined;
}

const withoutUndefined = (values: Record<string, unknown>) =>
  Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined));

/** A fault of the component's arguments, by the setting's name. */
const ofSetting = (fault: string) =>
  fault.replace(/^(connection|organization)DefaultPictureUrls(?:\.([^:]+))?: /, (_, owner: string, name?: string) =>
    name === undefined ? `${owner}DefaultPictures: ` : `${owner}DefaultPictures.${name}.url: `,
  );

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
