// Which default pictures there are: a general one, and one for a connection or an organization that has its own.
import * as pulumi from "@pulumi/pulumi";
import {
  connectionNameFaults,
  defaultPictureUrlFaults,
  organizationNameFaults,
} from "../../actions/bundle/picture-settings.ts";
import { DefaultPictureMode } from "../../actions/user-picture/picture.ts";
import { booleanFaults, isNotKnownYet } from "../validation.ts";
import { pictureFileFaults, readPictureFile, svgType } from "./picture-file.ts";
import type { PictureFile } from "./picture-file.ts";
import { PictureType } from "./image.ts";

/** A default picture: exactly one of a file and a URL. */
export interface DefaultPictureArgs {
  /** See `DefaultPicturesArgs.defaultPictureFile`. */
  file?: string;
  /** See `DefaultPicturesArgs.defaultPictureUrl`. */
  url?: pulumi.Input<string>;
}

/** The general default picture is needed: exactly one of `defaultPictureFile` and `defaultPictureUrl`. */
export interface DefaultPicturesArgs {
  /**
   * The general default picture, to be kept in the store: the path, relative to the program's folder, of a PNG, JPEG, WebP or GIF file of at
   * most 1 MiB and 64 to 2,048 pixels a side. A changed file gets a new URL; the old one stays, because tokens and Gravatar addresses still name it.
   */
  defaultPictureFile?: string;
  /** The general default picture, where it is served elsewhere: an https URL. */
  defaultPictureUrl?: pulumi.Input<string>;
  /** The default picture of logins through a connection, by its name, instead of the general one. @default none of its own */
  connectionDefaultPictures?: Record<string, DefaultPictureArgs>;
  /** The default picture of logins to an organization, by its name: it comes before the connection's. @default none of its own */
  organizationDefaultPictures?: Record<string, DefaultPictureArgs>;
  /**
   * A default picture's file may be an SVG, which can hold script. It is harmless behind the store's response headers (Content-Security-Policy
   * `sandbox`), and in an `<img>`, which runs none. Gravatar takes no SVG as its fallback, so neither does the mode `gravatar-fallback`. @default false
   */
  allowSvgDefaultPictures?: boolean;
}

/** One default picture, with the setting that names it. */
interface Source extends DefaultPictureArgs {
  readonly fileSetting: string;
  readonly urlSetting: string;
}

const mapsOf = ({ connectionDefaultPictures, organizationDefaultPictures }: DefaultPicturesArgs) =>
  [
    ["connectionDefaultPictures", connectionDefaultPictures ?? {}, connectionNameFaults],
    ["organizationDefaultPictures", organizationDefaultPictures ?? {}, organizationNameFaults],
  ] as const;

function generalOf({ defaultPictureFile: file, defaultPictureUrl: url }: DefaultPicturesArgs): DefaultPictureArgs {
  return { ...(file !== undefined && { file }), ...(url !== undefined && { url }) };
}

/** Those that have the shape of one. */
function sourcesOf(args: DefaultPicturesArgs): Source[] {
  return [
    { ...generalOf(args), fileSetting: "defaultPictureFile", urlSetting: "defaultPictureUrl" },
    ...mapsOf(args).flatMap(([setting, pictures]) =>
      Object.entries(isObject(pictures) ? pictures : {}).flatMap(([name, picture]: [string, unknown]) =>
        isObject(picture)
          ? [{ ...picture, fileSetting: `${setting}.${name}.file`, urlSetting: `${setting}.${name}.url` }]
          : [],
      ),
    ),
  ];
}

/**
 * Every fault of the default pictures, a sentence each; none for good ones. A URL that is not known yet is not looked at.
 *
 * @param mode `gravatar-fallback` refuses what Gravatar does not take as its fallback
 */
export function defaultPicturesFaults(args: DefaultPicturesArgs, mode?: DefaultPictureMode): string[] {
  const shapeFaults = mapsOf(args).flatMap(([setting, pictures, nameFaults]) =>
    isObject(pictures)
      ? Object.entries(pictures).flatMap(([name, picture]: [string, unknown]) => [
          ...nameFaults(setting, name),
          ...(isObject(picture) ? [] : [`${setting}.${name}: ${JSON.stringify(picture)} was given; ${write}`]),
        ])
      : [`${setting}: ${JSON.stringify(pictures)} was given; write an object of default pictures by name.`],
  );
  const allowSvg = args.allowSvgDefaultPictures === true;
  const switchFaults = booleanFaults("allowSvgDefaultPictures", args.allowSvgDefaultPictures);
  return [
    ...shapeFaults,
    ...switchFaults,
    ...sourcesOf(args).flatMap((source) => sourceFaults(source, allowSvg, mode)),
  ];
}

const write = `write { "file": "…" } or { "url": "https://…" }.`;

function sourceFaults(
  { file, url, fileSetting, urlSetting }: Source,
  allowSvg: boolean,
  mode: DefaultPictureMode | undefined,
): string[] {
  if (file === undefined && url === undefined)
    return [`${fileSetting}: no default picture was given; name a picture file, or set ${urlSetting}.`];
  if (file !== undefined && url !== undefined) return [`${fileSetting}: ${urlSetting} was given too; set one of them.`];
  if (file === undefined) return isNotKnownYet(url) ? [] : defaultPictureUrlFaults(urlSetting, url, mode);
  const faults = pictureFileFaults(fileSetting, file, allowSvg);
  return faults.length > 0 || mode !== DefaultPictureMode.GravatarFallback
    ? faults
    : gravatarFaults(fileSetting, file, allowSvg);
}

/** Gravatar docs, "Images", default image: it knows a fallback by its extension, and these are none of those that it takes. */
function gravatarFaults(setting: string, file: string, allowSvg: boolean): string[] {
  const { contentType } = readPictureFile(file, allowSvg);
  if (contentType !== PictureType.Webp && contentType !== svgType) return [];
  const name = contentType === svgType ? "an SVG" : "a WebP picture";
  return [
    `${setting}: "${file}" is ${name}, which Gravatar does not fall back to. ` +
      `With the defaultPictureMode gravatar-fallback, name a PNG, JPEG or GIF.`,
  ];
}

const isObject = (value: unknown): value is object =>
  typeof value === "object" && value !== null && !Array.isArray(value);

export interface DefaultPictureUrls {
  readonly defaultPictureUrl: pulumi.Output<string>;
  /** By the connection's name. */
  readonly connectionDefaultPictureUrls: pulumi.Output<Record<string, string>>;
  /** By the organization's name. */
  readonly organizationDefaultPictureUrls: pulumi.Output<Record<string, string>>;
}

/** The general default picture, where it is a file. */
export function generalPicture({
  defaultPictureFile,
  allowSvgDefaultPictures,
}: DefaultPicturesArgs): PictureFile | undefined {
  return defaultPictureFile === undefined ? undefined : readPictureFile(defaultPictureFile, allowSvgDefaultPictures);
}

/**
 * The URL of each default picture.
 *
 * @param store keeps a file and answers its URL; called once for each different picture
 */
export function defaultPictureUrls(
  args: DefaultPicturesArgs,
  store: (picture: PictureFile) => pulumi.Output<string>,
): DefaultPictureUrls {
  const stored = new Map<string, pulumi.Output<string>>();
  const urlOf = ({ file, url = "" }: DefaultPictureArgs) => {
    if (file === undefined) return pulumi.output(url);
    const picture = readPictureFile(file, args.allowSvgDefaultPictures);
    const known = stored.get(picture.key) ?? store(picture);
    stored.set(picture.key, known);
    return known;
  };
  const urlsOf = (pictures: Record<string, DefaultPictureArgs> = {}) =>
    pulumi.output(Object.fromEntries(Object.entries(pictures).map(([name, picture]) => [name, urlOf(picture)])));
  return {
    defaultPictureUrl: urlOf(generalOf(args)),
    connectionDefaultPictureUrls: urlsOf(args.connectionDefaultPictures),
    organizationDefaultPictureUrls: urlsOf(args.organizationDefaultPictures),
  };
}
