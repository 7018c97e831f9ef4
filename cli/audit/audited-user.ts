// What there is to find of one user's picture. What only others can tell, the store's tags and the hosts of foreign
// pictures, is asked last.
import { pictureLimits, userFolder } from "../../components/picture-store/image.ts";
import { pictureVariant } from "../../components/picture-store/picture-variant.ts";
import { UploadState } from "../../components/picture-store/picture-tags.ts";
import { expiryOf, isUnder, pageUrl, pictureText } from "../../actions/user-picture/page-url.ts";
import { isGenerated } from "../../actions/user-picture/picture.ts";
import type { PictureSettings } from "../../actions/user-picture/picture.ts";
import type { UrlInspection } from "../images/inspect-url.ts";
import { hiddenReason, shownPicture } from "../tenant/shown-picture.ts";
import type { TenantUser } from "../tenant/users-api.ts";
import { printable } from "../terminal/printable.ts";
import { expiryFinding } from "./finding.ts";
import type { Finding, FindingKind, PictureOrigin } from "./finding.ts";
import type { StoreObjects } from "./store-objects.ts";
import type { SyncedConnection } from "./synced-connections.ts";

export interface AuditRules {
  /** Undefined: no Action decides, Auth0's own claim stands. */
  readonly settings: PictureSettings | undefined;
  /** Whether the settings are the live Action's: else they are a guess, and what it hides cannot be told. */
  readonly isChoiceKnown: boolean;
  readonly store: StoreObjects | undefined;
  readonly connections: ReadonlyMap<string, SyncedConnection>;
  readonly expiresWithinDays: number;
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** Undefined: no host is asked. */
  readonly inspect: ((url: string) => Promise<UrlInspection>) | undefined;
}

export interface AuditedUser {
  readonly userId: string;
  readonly email: string | undefined;
  readonly name: string | undefined;
  /** Of the user's own identity. */
  readonly connection: string | undefined;
  readonly origin: PictureOrigin;
  /** What a login shows; of a text that is very long, its beginning. */
  readonly url: string | undefined;
  /** What a login does not show. */
  readonly hiddenUrl: string | undefined;
  /** In the store, of the size that lists show; undefined for every other picture, and for one that is not there. */
  readonly thumbnail: string | undefined;
  readonly findings: readonly Finding[];
}

export async function auditUser(rules: AuditRules, user: TenantUser): Promise<AuditedUser> {
  const { settings, isChoiceKnown, now } = rules;
  const shown = shownPicture(settings, user);
  const origin = shown.origin === "root" ? rootOrigin(rules, user.picture) : shown.origin;
  const hidden = isChoiceKnown ? hiddenReason(settings, user, now) : undefined;
  const found = shown.url === undefined ? [finding("missing", "no login shows a picture")] : [];
  if (shown.url !== undefined) found.push(...(await shownFindings(rules, user, origin, shown.url)));
  const findings = [...found, ...beside(rules, user, origin, hidden)];
  const isDead = findings.some(({ kind }) => kind === "dead");
  return {
    userId: user.user_id,
    ...{ email: text(user.email), name: text(user.name), connection: user.identities?.[0]?.connection },
    ...{ origin, url: cut(shown.url), hiddenUrl: hidden === undefined ? undefined : cut(pictureOf(user)) },
    thumbnail: isDead ? undefined : thumbnailOf(rules, shown.url),
    findings: distinct(findings),
  };
}

/** Of the picture that a login shows. */
async function shownFindings(
  rules: AuditRules,
  user: TenantUser,
  origin: PictureOrigin,
  url: string,
): Promise<Finding[]> {
  // The operator chose these, and they are the same for everybody.
  if (origin === "default-picture" || origin === "gravatar-fallback") return [];
  if (origin === "generated") return [finding("placeholder", generatedWords(url))];
  const address = url.trim();
  if (/^data:/i.test(address)) return [finding("data-url", `it has ${address.length} characters`)];
  const parsed = URL.parse(address);
  if (parsed === null || !/^https?:$/.test(parsed.protocol))
    return [finding("no-address", `${printable(address, 60)} is no address that begins with https://`)];
  const reason = unusableReason(address, parsed);
  if (reason !== undefined) return [finding("no-address", reason)];
  const { href } = parsed;
  const expiry = expiryFinding(expiryOf(href), rules.now, rules.expiresWithinDays);
  const found = [
    ...(parsed.protocol === "http:" ? [finding("insecure", "it begins with http://")] : []),
    ...(expiry === undefined ? [] : [expiry]),
  ];
  const key = rules.store?.keyOf(href);
  if (rules.store !== undefined && key !== undefined) {
    const { store } = rules;
    return [...found, ...(await storeFindings(store, user, key))];
  }
  if (!isOwn(rules, href))
    found.push(finding("foreign", `it is on ${printable(parsed.host, 80)}, and neither in the store nor allowed`));
  if (expiry?.kind === "expired") return found;
  return [...found, ...(await hostFindings(rules, parsed))];
}

/** What the Action, or any page, makes nothing of, besides what it would have to wait for. */
function unusableReason(address: string, { username, password, href }: URL): string | undefined {
  if (username || password) return "it has a user name or a password in it";
  if (pictureText(address) === "") return `it has ${address.length} characters, more than are shown`;
  // The address is good but for its end, which is a finding of its own.
  return pageUrl(address) === undefined && !(expiryOf(href) < Date.now()) ? "no page would show it" : undefined;
}

async function storeFindings(store: StoreObjects, user: TenantUser, key: string): Promise<Finding[]> {
  if (!store.has(key)) return [finding("dead", "the store's bucket has no such object")];
  const size = store.largeSize(key);
  const found = size === undefined ? [] : [overSized(`it has ${size.toLocaleString("en")} bytes`)];
  const tags = await store.readTags(key);
  if (tags === undefined) return [finding("dead", "the store's bucket has no such object any more")];
  if (tags.state === UploadState.Replaced)
    found.push(
      finding(
        "at-risk",
        "its object is tagged as replaced, so it will be deleted in some days, unless the sweep or an upload of the " +
          "user's finds out first",
      ),
    );
  const folders = idsOf(user).map(userFolder);
  const owner = tags.user === undefined ? "another user" : printable(tags.user, 80);
  if (!folders.some((folder) => key.startsWith(folder)))
    found.push(finding("at-risk", `it is in the folder of ${owner}, and is deleted with that one's pictures`));
  return found;
}

/** The user's own id, and those that were linked: their folders stay as long as the user does. */
const idsOf = ({ user_id, identities = [] }: TenantUser): string[] => [
  user_id,
  ...identities.map((identity) => `${identity.provider}|${identity.user_id}`),
];

async function hostFindings({ inspect }: AuditRules, { protocol, href }: URL): Promise<Finding[]> {
  if (protocol === "http:") return [finding("unknown", "nothing is asked without https")];
  if (inspect === undefined) return [finding("unknown", "no host was asked (--no-fetch)")];
  const seen = await inspect(href);
  switch (seen.state) {
    case "gone":
    case "no-picture":
      return [finding("dead", seen.reason)];
    case "unknown":
      return [finding("unknown", seen.reason)];
    case "picture":
      return sizeReasons(seen).map(overSized);
  }
}

function sizeReasons({ bytes, width, height }: Extract<UrlInspection, { state: "picture" }>): string[] {
  const reasons = [
    ...(bytes > maxBytes ? [`${bytes.toLocaleString("en")} bytes`] : []),
    ...(Math.max(width ?? 0, height ?? 0) > maxSide ? [`${width} × ${height} pixels`] : []),
  ];
  return reasons.length === 0 ? [] : [`it has ${reasons.join(" and ")}`];
}

/** Of what the user has besides the picture that is shown. */
function beside(rules: AuditRules, user: TenantUser, origin: PictureOrigin, hidden: string | undefined): Finding[] {
  const found = hidden === undefined ? [] : [finding("hidden", hidden)];
  const root = pictureText(user.picture);
  const expiry = expiryFinding(expiryOf(root), rules.now, rules.expiresWithinDays);
  if (expiry !== undefined && origin === "default-picture")
    found.push(finding(expiry.kind, `${expiry.reason}: that of the profile, for which the default picture stands in`));
  const hiddenExpiry =
    hidden === undefined ? undefined : expiryFinding(expiryOf(pictureText(pictureOf(user))), rules.now, 0);
  if (hiddenExpiry !== undefined) found.push(hiddenExpiry);
  const connection = rules.connections.get(user.identities?.[0]?.connection ?? "");
  if (connection?.overwritesPictures === true && isOwn(rules, URL.parse(root)?.href ?? ""))
    found.push(finding("overwritten", `the connection ${printable(connection.name, 80)} writes its own at each login`));
  return found;
}

/** What was found twice, by two ways, is said once. */
const distinct = (findings: readonly Finding[]): Finding[] =>
  findings.filter(
    ({ kind, reason }, at) => findings.findIndex((one) => one.kind === kind && one.reason === reason) === at,
  );

function rootOrigin(rules: AuditRules, picture: unknown): PictureOrigin {
  const root = typeof picture === "string" ? picture.trim() : "";
  if (isGenerated(root)) return "generated";
  return isOwn(rules, URL.parse(root)?.href ?? "") ? "application" : "provider";
}

/** Whether an address in normal form is in the store, or under another prefix that the operator allows. */
const isOwn = ({ settings, store }: AuditRules, href: string): boolean =>
  isUnder([...(settings?.allowedUrlPrefixes ?? []), ...(store === undefined ? [] : [store.baseUrl])], href);

function thumbnailOf({ store }: AuditRules, url: string | undefined): string | undefined {
  if (store === undefined || url === undefined || !url.startsWith(store.baseUrl)) return undefined;
  const small = pictureVariant(url, { size: 96 });
  return store.has(store.keyOf(small) ?? "") ? small : url;
}

const generatedWords = (url: string) =>
  /gravatar\.com/i.test(url) ? "the e-mail's Gravatar, or initials" : "initials, or a silhouette";

const finding = (kind: FindingKind, reason: string): Finding => ({ kind, reason });

const { maxBytes, maxSide } = pictureLimits;

const overSized = (reason: string): Finding =>
  finding("over-sized", `${reason}; ${maxBytes / 1024 / 1024} MiB and ${maxSide} × ${maxSide} pixels are enough`);

const pictureOf = (user: TenantUser): unknown => user.user_metadata?.["picture"];

const text = (value: unknown): string | undefined => (typeof value === "string" ? value : undefined);

/** What is longer than any address that is shown, such as a data: URL, is not kept as a whole. */
function cut(value: unknown): string | undefined {
  if (value === undefined || value === null) return undefined;
  const whole = typeof value === "string" ? value : JSON.stringify(value);
  return whole.length <= 2048 ? whole : `${whole.slice(0, 100)}… (${whole.length.toLocaleString("en")} characters)`;
}
