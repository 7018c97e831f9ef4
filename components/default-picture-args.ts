// What default pictures may be told, with a store or without: one general picture, and others by connection and
// organization.
import type * as pulumi from "@pulumi/pulumi";
import * as v from "valibot";
import {
  connectionName,
  defaultPictureUrl,
  organizationName,
  validateGravatarFallback,
} from "../actions/bundle/picture-settings.ts";
import { byName, isPlainObject, passing, shape, shown, trueOrFalse } from "../actions/bundle/schema.ts";
import type { Refusal, Rule } from "../actions/bundle/schema.ts";
import { DefaultPictureMode } from "../actions/user-picture/picture.ts";
import { input } from "./validation.ts";

/** A default picture: a file or a URL, exactly one of them. */
export interface DefaultPictureArgs {
  /**
   * A picture that the store keeps: the path, relative to the program's folder, of a PNG, JPEG, WebP or GIF file of at
   * most 1 MiB and 64 to 2,048 pixels a side. It needs a `store`. A changed file gets a new URL; the old one stays,
   * because tokens and Gravatar addresses still name it. If somebody overwrites it in the bucket, `pulumi up --refresh`
   * puts it back, but not with `kmsMasterKeyId` or in an `existingBucket`. Plain, because it is read in a preview.
   *
   * @example "assets/default-picture.png"
   */
  file?: string;
  /**
   * The https URL of a picture that is served elsewhere.
   *
   * @example "https://cdn.example.org/default.png"
   */
  url?: pulumi.Input<string>;
}

/**
 * The pictures of users who have none. The most special one is used: the organization's, else the connection's, else
 * the general one. One file is kept once, however many use it.
 */
export interface DefaultPicturesArgs {
  /**
   * The default picture of every login for which there is no other.
   *
   * @example { file: "assets/default-picture.png" }
   */
  general?: DefaultPictureArgs;
  /**
   * Those of logins through a connection, by its name. Plain, because the names shape the Action's code.
   *
   * @default no connection has one of its own
   * @example { "acme-saml": { file: "assets/acme.png" } }
   */
  byConnection?: Record<string, DefaultPictureArgs>;
  /**
   * Those of logins to an organization, by its name: not its display name, not its id. Plain, for the same reason.
   *
   * @default no organization has one of its own
   * @example { acme: { url: "https://cdn.example.org/acme.png" } }
   */
  byOrganization?: Record<string, DefaultPictureArgs>;
  /**
   * Files may be SVG, which can hold script. It is harmless behind the store's response headers
   * (Content-Security-Policy `sandbox`), and in an `<img>`, which runs none. Gravatar takes no SVG as its fallback, so
   * neither does the mode `gravatar-fallback`. Plain, because files are read in a preview.
   *
   * @default false
   */
  allowSvg?: boolean;
}

const fileName = passing(
  (file) => typeof file === "string" && file !== "",
  (file) => `${shown(file)} was given; name a picture file.`,
);

const write = 'write { "file": "…" } or { "url": "https://…" }.';

const fileOrUrl: Rule<DefaultPictureArgs> = ({ file, url }) => {
  if (file === undefined && url === undefined) return [{ path: [], message: `no default picture was given; ${write}` }];
  if (file !== undefined && url !== undefined)
    return [{ path: ["file"], message: "a url was given too; set one of them." }];
  return [];
};

const pictureShape = shape<DefaultPictureArgs>(
  { file: v.optional(fileName), url: v.optional(input(defaultPictureUrl)) },
  fileOrUrl,
);

const noPicture = passing(
  () => false,
  (given) => `${shown(given)} was given; ${write}`,
);

const picture = v.lazy((given) => (isPlainObject(given) ? pictureShape : noPicture));

/** Who has no default picture of their own still needs one. */
const generalBesideOthers: Rule<DefaultPicturesArgs> = ({ general, byConnection, byOrganization }) =>
  general === undefined && Object.keys({ ...byConnection, ...byOrganization }).length > 0
    ? [
        {
          path: ["general"],
          message: "nothing was given, and who has no default picture of their own needs one: set it.",
        },
      ]
    : [];

const words = 'an object of default pictures by name, { "name": { "url": "https://…" } }';

/** The shape of default pictures. A file is not read by it. */
export const defaultPicturesSchema = shape<DefaultPicturesArgs>(
  {
    general: v.optional(picture),
    byConnection: v.optional(byName(connectionName, picture, words)),
    byOrganization: v.optional(byName(organizationName, picture, words)),
    allowSvg: v.optional(trueOrFalse),
  },
  generalBesideOthers,
);

/** Each default picture that has the shape of one, with its path below `defaultPictures`. */
export function eachDefaultPicture(
  pictures: unknown,
): { readonly path: readonly string[]; readonly picture: DefaultPictureArgs }[] {
  const { general, ...owners } = isPlainObject(pictures) ? pictures : {};
  const named = (["byConnection", "byOrganization"] as const).flatMap((owner) =>
    Object.entries(isPlainObject(owners[owner]) ? owners[owner] : {}).map(([name, picture]) => ({
      path: [owner, name],
      picture,
    })),
  );
  return [{ path: ["general"], picture: general }, ...named].flatMap(({ path, picture }) =>
    isPlainObject(picture) ? [{ path, picture: picture }] : [],
  );
}

/** Without a store no file can be kept. @param why the arguments have none */
export const filesWithoutStore = (pictures: DefaultPicturesArgs | undefined, why: string): Refusal[] =>
  eachDefaultPicture(pictures)
    .filter(({ picture }) => picture.file !== undefined)
    .map(({ path }) => ({
      path: ["defaultPictures", ...path, "file"],
      message:
        `a file is kept in a picture store, and ${why}. ` +
        `Write { "url": "https://…" } of a picture that is served elsewhere.`,
    }));

/**
 * URLs that Gravatar does not take as its fallback, where the mode needs that. A mode that is not known yet is checked
 * later.
 */
export const validateFallbackUrls = (pictures: DefaultPicturesArgs | undefined, mode: unknown): Refusal[] =>
  mode === DefaultPictureMode.GravatarFallback
    ? eachDefaultPicture(pictures).flatMap(({ path, picture }) =>
        validateGravatarFallback(["defaultPictures", ...path, "url"], picture.url),
      )
    : [];
