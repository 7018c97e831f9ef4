// Settings of the old, flat form: each is refused with the lines that write the new one.
import type { Refusal } from "../actions/bundle/schema.ts";

/** Where each has gone. Some have gone with the values in them. */
const moved: Readonly<Record<string, string>> = {
  defaultPictureFile: "defaultPictures.general.file",
  defaultPictureUrl: "defaultPictures.general.url",
  connectionDefaultPictures: "defaultPictures.byConnection",
  organizationDefaultPictures: "defaultPictures.byOrganization",
  allowSvgDefaultPictures: "defaultPictures.allowSvg",
  defaultPictureMode: "mode",
  allowedUrlPrefixes: "action.allowedUrlPrefixes",
  allowAnyHost: "action.allowAnyHost",
  linkedIdentityPicture: "action.linkedIdentityPicture",
  mirrors: "action.mirrors",
  actionName: "action.name",
  actionEntry: "action.entry",
  loginFlow: "action.loginFlow",
  adoptActionId: "action.importActionId",
  picturesOnDestroy: "store.picturesOnDestroy",
  uploaderMayErase: "store.uploaderCanDelete",
  domain: "store.domain",
  "domain.dnsElsewhere": "store.domain.manualDns",
  priceClass: "store.priceClass",
  geoRestriction: "store.geoRestriction",
  webAclId: "store.webAclId",
  accessLogs: "store.accessLogs",
  kmsMasterKeyId: "store.kmsMasterKeyId",
  responseHeadersPolicyId: "store.responseHeadersPolicyId",
  existingBucket: "store.existingBucket",
  existingDistribution: "store.existingDistribution",
  tags: "store.tags",
  objectTags: "store.objectTags",
};

export const isMoved = (name: string): boolean => Object.hasOwn(moved, name);

/** Whether a setting of the old form is below this one now. */
export const goesTo = (name: string, setting: string): boolean => moved[name]?.startsWith(`${setting}.`) ?? false;

/**
 * The refusal of a setting of the old form, with the commands that write it in the new one.
 *
 * @param value as JSON has it
 */
export function movedRefusal(name: string, value: unknown): Refusal {
  const lines = leavesOf(name, moved[name] ?? name, value).map(
    ({ path, leaf, type }) => `pulumi config set --path ${type}${quoted(path)} ${quoted(leaf)}`,
  );
  const commands = [`pulumi config rm ${name}`, ...lines].map((line) => `\n      ${line}`).join("");
  return { path: [name], message: `this setting is ${moved[name] ?? name} now. Write:${commands}` };
}

interface Leaf {
  readonly path: string;
  readonly leaf: string;
  /** An option of the command, where it would take the text for something else. */
  readonly type: string;
}

/** Each value below a setting that has none below it, with its new path as the CLI takes one; without empty ones. */
function leavesOf(old: string, path: string, value: unknown): Leaf[] {
  if (Array.isArray(value))
    return value.flatMap((item, index) => leavesOf(`${old}[${index}]`, `${path}[${index}]`, item));
  if (typeof value === "object" && value !== null)
    return Object.entries(value).flatMap(([key, inner]) => {
      const step = /^[A-Za-z_]\w*$/.test(key) ? `.${key}` : `[${JSON.stringify(key)}]`;
      return leavesOf(old + step, moved[old + step] ?? path + step, inner);
    });
  const leaf = String(value);
  // The CLI takes digits for a number. On top it stood for what the setting's own type said.
  const isText = typeof value === "string" && /^(true|false|-?\d+)$/.test(value) && /[.[]/.test(old);
  return leaf === "" || value === null ? [] : [{ path, leaf, type: isText ? "--type string " : "" }];
}

/** For a shell. */
const quoted = (text: string): string =>
  /^[\w./:@%+,=-]+$/.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`;
