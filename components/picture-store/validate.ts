// What is refused of a picture store's arguments.
import * as v from "valibot";
import {
  isPlainObject,
  list,
  matching,
  oneOf,
  shape,
  shown,
  trueOrFalse,
  wholeNumber,
} from "../../actions/bundle/schema.ts";
import type { Refusal, Rule, Schema } from "../../actions/bundle/schema.ts";
import { defaultPicturesSchema, validateFallbackUrls } from "../default-picture-args.ts";
import type { DefaultPicturesArgs } from "../default-picture-args.ts";
import { checkedWhenKnown, input, shapeRefusals } from "../validation.ts";
import type { Validation } from "../validation.ts";
import { AccessLogFormat, GeoRestrictionType, PicturesOnDestroy, PriceClass } from "./closed-sets.ts";
import type {
  AccessLogsArgs,
  ExistingDistributionArgs,
  GeoRestrictionArgs,
  PictureStoreArgs,
  PictureStoreOptions,
} from "./args.ts";
import { readDefaultPictures } from "./default-pictures.ts";
import type { PictureFiles } from "./default-pictures.ts";
import { domainSchema } from "./domain-args.ts";
import * as formats from "./formats.ts";
import { validateStoreName } from "./limits.ts";

/** Arguments of a store without refusals, and the files that have been read for them. */
export interface ValidPictureStore {
  readonly args: PictureStoreArgs;
  readonly files: PictureFiles;
}

/** @param name the component's, where it is known */
export function validatePictureStore(
  subject: string,
  args: PictureStoreArgs,
  name?: string,
): Validation<ValidPictureStore> {
  const shape = shapeRefusals(pictureStoreSchema, args);
  const { refusals, files } = validateStoredPictures(args, args.defaultPictures);
  const ofName = name === undefined ? [] : validateStoreName(name, args);
  return {
    refusals: [...ofName, ...shape, ...refusals],
    valid: () => ({ args: checkedWhenKnown(subject, pictureStoreSchema, args), files }),
  };
}

/**
 * What of a store's default pictures is refused that their shape does not show.
 *
 * @param mode `gravatar-fallback` refuses what Gravatar does not take as its fallback
 */
export function validateStoredPictures(
  store: PictureStoreOptions,
  args: DefaultPicturesArgs = {},
  mode?: unknown,
): { readonly refusals: readonly Refusal[]; readonly files: PictureFiles } {
  const { refusals, files } = readDefaultPictures(args, mode);
  const given = isPlainObject(args) ? (args as DefaultPicturesArgs) : undefined;
  // What keeps an SVG's script from running are the store's own response headers.
  const othersHeaders =
    given?.allowSvg === true && isPlainObject(store)
      ? (["responseHeadersPolicyId", "existingDistribution"] as const).filter((name) => store[name] !== undefined)
      : [];
  const svg = othersHeaders.map((name) => ({
    path: ["defaultPictures", "allowSvg"],
    message:
      `an SVG can hold script, and with the store's ${name} the headers that keep it from running are not the ` +
      `store's. Convert it to PNG.`,
  }));
  const message = 'no default picture was given; name a picture file, { "file": "…" }, or { "url": "https://…" }.';
  const none = { path: ["defaultPictures", "general"], message };
  const isEmpty =
    given !== undefined &&
    given.general === undefined &&
    Object.keys({ ...given.byConnection, ...given.byOrganization }).length === 0;
  return { refusals: [...(isEmpty ? [none] : []), ...refusals, ...validateFallbackUrls(args, mode), ...svg], files };
}

/** A list that names something. @param words as in "name at least one …" */
const someOf = (item: Schema, words: string) =>
  v.pipe(
    list(input(item), `a list: name at least one ${words}`),
    v.check(
      (items) => !Array.isArray(items) || items.length > 0,
      ({ input: given }) => `${shown(given)} was given; name at least one ${words}.`,
    ),
  );

const geoRestriction = shape<GeoRestrictionArgs>({
  restrictionType: input(oneOf(GeoRestrictionType)),
  locations: input(someOf(formats.country, "country, as DE (ISO 3166-1 alpha-2)")),
});

/** Not every destination takes every format, and CloudWatch Logs refuses it once the distribution is there. */
const takenFormat: Rule<AccessLogsArgs> = ({ destinationResourceArn, outputFormat }) => {
  const destination = formats.logDestinationOf(destinationResourceArn);
  if (destination === undefined || !Object.values<unknown>(AccessLogFormat).includes(outputFormat)) return [];
  if (destination.formats.some((format) => format === outputFormat)) return [];
  const message = `${shown(outputFormat)} was given; ${destination.name} takes ${destination.formats.join(", ")}.`;
  return [{ path: ["outputFormat"], message }];
};

const accessLogs = shape<AccessLogsArgs>(
  {
    destinationResourceArn: input(formats.logDestination),
    outputFormat: v.optional(input(oneOf(AccessLogFormat))),
    recordFields: v.optional(input(someOf(matching(/./, "a field's name, as date"), "field, as date"))),
  },
  takenFormat,
);

const existingDistribution = shape<ExistingDistributionArgs>({
  arn: input(formats.distributionArn),
  baseUrl: input(formats.baseUrl),
});

/** What belongs to a distribution cannot be set on one that is not the store's. */
const ownDistribution: Rule<PictureStoreOptions> = (args) =>
  args.existingDistribution === undefined
    ? []
    : (["domain", "geoRestriction", "webAclId", "accessLogs"] as const)
        .filter((name) => args[name] !== undefined)
        .map((name) => ({
          path: [name],
          message: "it belongs to the distribution, and existingDistribution is not the store's. Set it there.",
        }));

const oneBucket: Rule<PictureStoreOptions> = (args) => {
  const names = ["existingBucket", "importBucketName", "bucketName"] as const;
  const [first = "", ...others] = names.filter((name) => args[name] !== undefined);
  const message = `an ${first} was given too, and the store has one bucket. Leave one of them out.`;
  return others.map((name) => ({ path: [name], message }));
};

const optionSchemas = {
  picturesOnDestroy: v.optional(oneOf(PicturesOnDestroy)),
  domain: v.optional(domainSchema),
  priceClass: v.optional(input(oneOf(PriceClass))),
  geoRestriction: v.optional(input(geoRestriction)),
  webAclId: v.optional(input(formats.webAclId)),
  accessLogs: v.optional(accessLogs),
  kmsMasterKeyId: v.optional(input(formats.kmsKey)),
  responseHeadersPolicyId: v.optional(input(formats.responseHeadersPolicyId)),
  bucketName: v.optional(input(formats.bucketName)),
  importBucketName: v.optional(formats.bucketName),
  existingBucket: v.optional(input(formats.bucketName)),
  existingDistribution: v.optional(existingDistribution),
  tags: v.optional(input(formats.tags(50, "at most 50 are allowed"))),
  objectTags: v.optional(input(formats.tags(10, "S3 takes at most 10 on an object"))),
  uploaderCanDelete: v.optional(input(trueOrFalse)),
};

/** As `PictureStoreArgs` and the uploads take them. */
const replacedPictureDaysSchema = wholeNumber(1, 3650, "days");

/** A store's options, as another component takes them. */
export const storeOptionsSchema = shape<PictureStoreOptions>(optionSchemas, ownDistribution, oneBucket);

/** A bucket has one list of lifecycle rules, and whoever declares it has all of them. */
const ownLifecycle: Rule<PictureStoreArgs> = ({ existingBucket, replacedPictureDays }) =>
  existingBucket === undefined || replacedPictureDays === undefined
    ? []
    : [
        {
          path: ["replacedPictureDays"],
          message: "it is a lifecycle rule of the bucket, and existingBucket is not the store's. Leave it out.",
        },
      ];

const pictureStoreSchema = shape<PictureStoreArgs>(
  {
    ...optionSchemas,
    defaultPictures: v.optional(defaultPicturesSchema),
    replacedPictureDays: v.optional(input(replacedPictureDaysSchema)),
  },
  ownDistribution,
  oneBucket,
  ownLifecycle,
);
