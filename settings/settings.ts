// The program's settings: what a stack's config says, checked as a whole before anything is registered.
import { raise } from "../components/validation.ts";
import type { UserPicturesArgs } from "../components/index.ts";
import { connectionFaults, syncValueFaults } from "../components/connection-sync/connection.ts";
import { userPicturesFaults } from "../components/user-pictures.ts";
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
  const maps = ["connectionDefaultPictures", "organizationDefaultPictures"] as const;
  // These need no store, or have defaults that say something.
  const taken = ["defaultPictureUrl", ...maps, "allowSvgDefaultPictures", "uploaderMayErase", ...neverEmpty];
  const lost = Object.keys(store).filter((name) => !taken.includes(name));
  faults.push(...lost.map(withoutStore));
  const urls = maps.flatMap((name) =>
    store[name] === undefined
      ? []
      : [[`${name.slice(0, -1)}Urls`, urlsByName(name, store[name] as object, faults)] as const],
  );
  return {
    ...(defaultPictureUrl !== undefined && { defaultPictureUrl }),
    ...Object.fromEntries(urls),
    ...others,
  } as UserPicturesArgs;
}

function withoutStore(name: string): string {
  const instead = name === "defaultPictureFile" ? " Without a store the default picture is a defaultPictureUrl." : "";
  return `${name}: it is a picture store's, and pictureBaseUrl was given, with which there is none. Remove one of them.${instead}`;
}

/** Default pictures by name that are URLs: these need no store. */
function urlsByName(setting: string, pictures: object, faults: string[]): Record<string, unknown> {
  const urls: Record<string, unknown> = {};
  for (const [name, picture] of Object.entries(pictures) as [string, unknown][]) {
    const isUrl = typeof picture === "object" && picture !== null && Object.keys(picture).join() === "url";
    if (isUrl) urls[name] = (picture as { url: unknown }).url;
    else
      faults.push(
        `${setting}.${name}: ${JSON.stringify(picture)} was given; with pictureBaseUrl there is no picture store: write { "url": "https://…" }.`,
      );
  }
  return urls;
}

/** A fault of the component's arguments, by the setting's name. */
const ofSetting = (fault: string) =>
  fault.replace(/^(connection|organization)DefaultPictureUrls(?:\.(.+?))?: /, (_, owner: string, name?: string) =>
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
