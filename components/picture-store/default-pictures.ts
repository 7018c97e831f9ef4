// A store's default pictures: their files are read once, and each becomes a URL.
import * as pulumi from "@pulumi/pulumi";
import type { Refusal } from "../../actions/bundle/schema.ts";
import { DefaultPictureMode } from "../../actions/user-picture/picture.ts";
import { eachDefaultPicture } from "../default-picture-args.ts";
import type { DefaultPictureArgs, DefaultPicturesArgs } from "../default-picture-args.ts";
import { PictureType } from "./image.ts";
import { readPictureFile, svgType } from "./picture-file.ts";
import type { PictureFile } from "./picture-file.ts";

/** The default pictures that are files, by what the arguments call them. */
export type PictureFiles = ReadonlyMap<string, PictureFile>;

/** The URLs of default pictures. The names are known before the URLs are. */
export interface DefaultPictureUrls {
  readonly general: pulumi.Output<string>;
  readonly byConnection: Readonly<Record<string, pulumi.Output<string>>>;
  readonly byOrganization: Readonly<Record<string, pulumi.Output<string>>>;
}

/**
 * Reads each file once.
 *
 * @param mode `gravatar-fallback` refuses what Gravatar does not take as its fallback
 */
export function readDefaultPictures(
  args: DefaultPicturesArgs,
  mode?: unknown,
): { readonly refusals: readonly Refusal[]; readonly files: PictureFiles } {
  const isFallback = mode === DefaultPictureMode.GravatarFallback;
  const read = new Map<string, PictureFile | Error>();
  const refusals = eachDefaultPicture(args).flatMap(({ path, picture: { file } }) => {
    if (typeof file !== "string" || file === "") return [];
    const at = ["defaultPictures", ...path, "file"];
    const picture = read.get(file) ?? readOrRefuse(file, args.allowSvg === true);
    read.set(file, picture);
    if (picture instanceof Error) return [{ path: at, message: picture.message }];
    return isFallback ? validateFallbackFile(at, file, picture) : [];
  });
  const files = [...read].filter((entry): entry is [string, PictureFile] => !(entry[1] instanceof Error));
  return { refusals, files: new Map(files) };
}

function readOrRefuse(file: string, allowSvg: boolean): PictureFile | Error {
  try {
    return readPictureFile(file, allowSvg);
  } catch (error) {
    return error as Error;
  }
}

/**
 * Gravatar docs, "Images", default image: it knows a fallback by its extension, and these are not among those that it
 * takes.
 */
function validateFallbackFile(path: Refusal["path"], file: string, { contentType }: PictureFile): Refusal[] {
  if (contentType !== PictureType.Webp && contentType !== svgType) return [];
  const name = contentType === svgType ? "an SVG" : "a WebP picture";
  const message =
    `"${file}" is ${name}, which Gravatar does not fall back to. ` +
    `With the mode gravatar-fallback, name a PNG, JPEG or GIF.`;
  return [{ path, message }];
}

/**
 * The URL of each default picture.
 *
 * @param store keeps a file and returns its URL; called once for each different picture
 */
export function defaultPictureUrls(
  args: DefaultPicturesArgs,
  files: PictureFiles,
  store: (picture: PictureFile) => pulumi.Output<string>,
): DefaultPictureUrls {
  const stored = new Map<string, pulumi.Output<string>>();
  const urlOf = ({ file, url = "" }: DefaultPictureArgs) => {
    const picture = files.get(file ?? "");
    if (picture === undefined) return pulumi.output(url);
    const known = stored.get(picture.key) ?? store(picture);
    stored.set(picture.key, known);
    return known;
  };
  const urlsOf = (pictures: Record<string, DefaultPictureArgs> = {}) =>
    Object.fromEntries(Object.entries(pictures).map(([name, picture]) => [name, urlOf(picture)]));
  return {
    general: urlOf(args.general ?? {}),
    byConnection: urlsOf(args.byConnection),
    byOrganization: urlsOf(args.byOrganization),
  };
}
