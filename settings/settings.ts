// The program's settings: what a stack's config says, checked as a whole before anything is registered. They are the
// component's arguments, by the same names and at the same places, and two of the program's own.
import { isPlainObject } from "../actions/bundle/schema.ts";
import { syncValueSchema, validateConnections } from "../components/connection-sync/rules.ts";
import { bundleOrRefuseMeanwhile } from "../components/picture-action/action-code.ts";
import type { BundleOutcome } from "../components/picture-action/action-code.ts";
import { userPicturesSchema, validateUserPictures } from "../components/user-pictures-args.ts";
import type { UserPicturesArgs, ValidUserPictures } from "../components/user-pictures-args.ts";
import { assertNoRefusals, markValidated, shapeRefusals } from "../components/validation.ts";
import type { Validated, Validation } from "../components/validation.ts";
import {
  expectedTargetSchemas,
  programContext,
  validateAwsAccount,
  validateSecrets,
  validateTenant,
  validateTenantCredentials,
} from "./credentials.ts";
import type { ExpectedTarget, ProgramContext } from "./credentials.ts";
import { goesTo, isMoved, movedRefusal } from "./moved-settings.ts";

export const project = "auth0-user-pictures";

/** What a store keeps for users without a picture where a stack says nothing else. */
const ownDefaultPicture = { file: "assets/default-picture.png" };

/**
 * @param allConfig the stack's config of all namespaces: those of `auth0:` lead to the tenant, and so do the
 * environment's
 *   `AUTH0_*`
 * @returns the component's arguments, which it takes as checked
 * @throws pulumi.RunError with every refusal, one a line: the setting, what was given, what is allowed
 */
export async function readSettings(
  allConfig: Readonly<Record<string, string>>,
  { environment, isSecret, callerIdentity }: ProgramContext = programContext,
): Promise<Validated<UserPicturesArgs>> {
  const written = readConfig(allConfig);
  const { args, expected } = written;
  const targetRefusals = [
    ...validateTenant(allConfig, environment, expected.expectedTenant),
    ...validateTenantCredentials(allConfig, environment),
    ...(await validateAwsAccount(expected.expectedAwsAccount, callerIdentity)),
  ];
  // esbuild works beside this process, which meanwhile loads the SDK and asks the tenant.
  const [bundled, connectionRefusals] = await Promise.all([
    bundleOrRefuseMeanwhile(args.action?.entry),
    // A tenant that is not the stack's is not asked.
    targetRefusals.length === 0 ? validateConnections(known(args.connections), config(allConfig), environment) : [],
  ]);
  const { refusals, valid } = validateWritten(written, bundled);
  assertNoRefusals("The stack's settings are wrong:", [
    ...refusals,
    ...validateSecrets(allConfig, isSecret),
    ...targetRefusals,
    ...connectionRefusals,
  ]);
  return markValidated(args, valid());
}

const config = (allConfig: Readonly<Record<string, string>>) => ({ get: (key: string) => allConfig[key] });

/** Connections whose own value is refused already are not asked for. */
const known = (connections: UserPicturesArgs["connections"] = {}) =>
  Object.fromEntries(
    Object.entries(connections).filter(([, value]) => shapeRefusals(syncValueSchema, value).length === 0),
  );

/** What a stack's config says, unchecked. */
interface WrittenSettings {
  /** All settings of today's form. */
  readonly given: Readonly<Record<string, unknown>>;
  /** Those of an older form, with their values. */
  readonly moved: readonly (readonly [name: string, value: unknown])[];
  /** Of `given`, the component's arguments. */
  readonly args: UserPicturesArgs;
  /** Of `given`, where the stack belongs. */
  readonly expected: ExpectedTarget;
}

function readConfig(allConfig: Readonly<Record<string, string>>): WrittenSettings {
  const settings = Object.entries(allConfig)
    .filter(([key]) => key.startsWith(`${project}:`))
    .map(([key, text]) => [key.slice(project.length + 1), valueOf(text)] as const);
  const moved = settings.filter(([name]) => isMoved(name));
  const given = withOwnPicture({
    // The lines that the refusals tell to write may write a store.
    ...(moved.some(([name]) => goesTo(name, "store")) && { store: {} }),
    ...Object.fromEntries(settings.filter(([name]) => !isMoved(name))),
  });
  const { expectedTenant, expectedAwsAccount, ...args } = given as UserPicturesArgs & ExpectedTarget;
  const expected = {
    ...(expectedTenant !== undefined && { expectedTenant }),
    ...(expectedAwsAccount !== undefined && { expectedAwsAccount }),
  };
  return { given, moved, args, expected };
}

const settingsSchema = userPicturesSchema(expectedTargetSchemas);

/** @param bundled the Action's source, where it is bundled already */
function validateWritten(
  { given, moved, args }: WrittenSettings,
  bundled?: BundleOutcome,
): Validation<ValidUserPictures> {
  const options = { schema: settingsSchema, ...(bundled && { bundled }) };
  const { refusals, valid } = validateUserPictures("The stack", given, options);
  return {
    refusals: [...moved.map(([name, value]) => movedRefusal(name, value)), ...refusals],
    valid: () => ({ ...valid(), args }),
  };
}

export interface ParsedSettings extends Validation<ValidUserPictures> {
  readonly args: UserPicturesArgs;
  readonly expected: ExpectedTarget;
}

/**
 * The settings as the component's arguments, where they say that the stack belongs, and every refusal that shows
 * without asking the tenant.
 */
export function parseSettings(allConfig: Readonly<Record<string, string>>): ParsedSettings {
  const written = readConfig(allConfig);
  return { args: written.args, expected: written.expected, ...validateWritten(written) };
}

function withOwnPicture(given: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const { store, defaultPictures = {} } = given;
  if (store === undefined || !isPlainObject(defaultPictures) || "general" in defaultPictures) return { ...given };
  return { ...given, defaultPictures: { general: ownDefaultPicture, ...defaultPictures } };
}

/** Pulumi hands every setting over as text: a string as it is, an object and a list as JSON. */
function valueOf(text: string): unknown {
  if (!/^\s*[[{]/.test(text)) return text;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
