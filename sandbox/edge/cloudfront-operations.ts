// CloudFront's API operations, with the checks that decide whether a deployment succeeds.
import { randomUUID } from "node:crypto";
import { fail } from "./aws-error.ts";
import type { Cache } from "./cache.ts";
import { checkAliases, hasRecord } from "./domains.ts";
import { behaviorsOf, randomText } from "./edge-state.ts";
import type {
  Distribution,
  DistributionConfig,
  OriginAccessControl,
  ResponseHeadersPolicy,
  Store,
  Stored,
} from "./edge-state.ts";

/** The operations are named as in the CloudFront API reference, and throw the `AwsError`s that are named there. */
export function cloudFrontOperations(store: Store, cache: Cache | undefined) {
  const { state } = store;
  const distributions = () => Object.values(state.distributions);
  const existingDistribution = (id: string) =>
    state.distributions[id] ?? fail("NoSuchDistribution", "The specified distribution does not exist.", 404);

  return {
    originAccessControls: collection<OriginAccessControl>(state.originAccessControls, "OriginAccessControl", {
      newId: newCloudFrontId,
      check: ({ name }) => checkNameLength(name, 64),
      inUse: (id) => distributions().some(({ config }) => config.origins.some((it) => it.originAccessControlId === id)),
    }),
    responseHeadersPolicies: collection<ResponseHeadersPolicy>(state.responseHeadersPolicies, "ResponseHeadersPolicy", {
      newId: randomUUID,
      check(config) {
        checkNameLength(config.name, 128);
        checkResponseHeaders(config);
      },
      inUse: (id) =>
        distributions().some(({ config }) => behaviorsOf(config).some((it) => it.responseHeadersPolicyId === id)),
    }),
    createDistribution(config: DistributionConfig): Distribution {
      checkDistribution(config);
      return storeDistribution(config, {
        id: newCloudFrontId(),
        domainName: `d${randomText(13)}.cloudfront.net`,
        callerReference: randomUUID(),
      });
    },
    listDistributions: distributions,
    getDistribution: (id: string): Distribution | undefined => state.distributions[id],
    updateDistribution(id: string, config: DistributionConfig): Distribution {
      const distribution = existingDistribution(id);
      checkDistribution(config, id);
      return storeDistribution(config, distribution);
    },
    deleteDistribution(id: string): void {
      if (existingDistribution(id).config.enabled)
        fail("DistributionNotDisabled", "The distribution you are trying to delete has not been disabled.", 409);
      Reflect.deleteProperty(state.distributions, id);
      store.save();
    },
    /**
     * Moves an alias from the distribution that has it to this one, in one step (CloudFront docs, "Move an alternate
     * domain name"): its certificate covers the alias, and a TXT record names it as the alias's next one.
     */
    associateAlias(targetId: string, alias: string): void {
      const target = existingDistribution(targetId);
      const config = { ...target.config, aliases: [...new Set([...(target.config.aliases ?? []), alias])] };
      checkAliases(state, config);
      if (!hasRecord(state, { name: `_${alias}`, type: "TXT", value: target.domainName }))
        fail("InvalidArgument", `The TXT record _${alias} does not name the distribution ${target.domainName}.`);
      for (const source of distributions().filter(({ id }) => id !== targetId)) {
        const aliases = source.config.aliases?.filter((other) => other !== alias) ?? [];
        if (aliases.length !== (source.config.aliases ?? []).length)
          storeDistribution({ ...source.config, aliases }, source);
      }
      storeDistribution(config, target);
    },
    /** @param items such as `/u/*` or `#tag` */
    createInvalidation(id: string, items: readonly string[]): void {
      const { config } = existingDistribution(id);
      for (const item of items) {
        const isTag = item.startsWith("#");
        if (isTag ? !/^#[!-+--~]{1,256}$/.test(item) : !/^\/[^*]*\*?$/.test(item))
          fail("InvalidArgument", `Your request contains the invalidation item ${item}, which is not valid.`);
        // A distribution that has no cache tags ignores them.
        if (!isTag || config.cacheTagConfig) cache?.forget(id, item);
      }
    },
  };

  function storeDistribution(
    config: DistributionConfig,
    { id, domainName, callerReference }: Pick<Distribution, "id" | "domainName" | "callerReference">,
  ): Distribution {
    const lastModifiedTime = new Date().toISOString();
    const etag = newCloudFrontId();
    const distribution: Distribution = { id, domainName, callerReference, config, etag, lastModifiedTime };
    state.distributions[id] = distribution;
    store.save();
    return distribution;
  }

  function checkDistribution(config: DistributionConfig, id?: string): void {
    checkErrorResponses(config);
    checkAliases(state, config);
    checkGeoRestriction(config);
    if (config.webAclId && !/^arn:aws:wafv2:us-east-1:\d{12}:global\/webacl\//.test(config.webAclId))
      fail("InvalidWebACLId", "Web ACL is not accessible by the requester.");
    if (config.defaultRootObject?.startsWith("/") || (config.defaultRootObject?.length ?? 0) > 255)
      fail("InvalidDefaultRootObject", "The parameter DefaultRootObject is invalid.");
    if (config.cacheTagConfig && !/^[\w-]+$/.test(config.cacheTagConfig.headerName))
      fail("InvalidArgument", "The parameter CacheTagConfig HeaderName is invalid.");
    const originIds = config.origins.map(({ originId }) => originId);
    for (const { targetOriginId, responseHeadersPolicyId } of behaviorsOf(config)) {
      if (!originIds.includes(targetOriginId))
        fail("NoSuchOrigin", "One or more of your origins or origin groups do not exist.", 404);
      if (responseHeadersPolicyId && !state.responseHeadersPolicies[responseHeadersPolicyId])
        fail("NoSuchResponseHeadersPolicy", "The specified response headers policy does not exist.", 404);
    }
    for (const { originAccessControlId } of config.origins) {
      if (originAccessControlId && !state.originAccessControls[originAccessControlId])
        fail("NoSuchOriginAccessControl", "The specified origin access control does not exist.", 404);
    }
    const taken = distributions().some(
      (other) => other.id !== id && other.config.aliases?.some((alias) => config.aliases?.includes(alias)),
    );
    if (taken)
      fail(
        "CNAMEAlreadyExists",
        "One or more of the CNAMEs you provided are already associated with a different resource.",
        409,
      );
  }

  /** The operations on resources that have nothing but a configuration with a name of its own. */
  function collection<Config extends { readonly name: string }>(
    entries: Record<string, Stored<Config>>,
    type: "OriginAccessControl" | "ResponseHeadersPolicy",
    { newId, inUse, check }: { newId: () => string; inUse: (id: string) => boolean; check?: (config: Config) => void },
  ) {
    const existing = (id: string) =>
      entries[id] ?? fail(`NoSuch${type}`, `The specified ${words(type)} does not exist.`, 404);
    const put = (id: string, config: Config): Stored<Config> => {
      check?.(config);
      if (Object.values(entries).some((other) => other.id !== id && other.config.name === config.name))
        fail(`${type}AlreadyExists`, `A ${words(type)} with this name already exists.`, 409);
      const stored = { id, config, etag: newCloudFrontId() };
      entries[id] = stored;
      store.save();
      return stored;
    };
    return {
      create: (config: Config) => put(newId(), config),
      get: (id: string): Stored<Config> | undefined => entries[id],
      update: (id: string, config: Config) => put(existing(id).id, config),
      delete(id: string): void {
        existing(id);
        if (inUse(id))
          fail(`${type}InUse`, `Cannot delete the ${words(type)} because it is attached to a distribution.`, 409);
        Reflect.deleteProperty(entries, id);
        store.save();
      },
    };
  }
}

/** CloudFront API reference, "GeoRestriction". */
function checkGeoRestriction({ restrictions }: DistributionConfig): void {
  const { restrictionType = "none", locations = [] } = restrictions?.geoRestriction ?? {};
  const invalid = (reason: string) => fail("InvalidGeoRestrictionParameter", reason);
  const listed = restrictionType !== "none";
  if (!["none", "whitelist", "blacklist"].includes(restrictionType) || listed !== locations.length > 0)
    invalid("The specified geo restriction parameter is not valid.");
  if (!locations.every((code) => /^[A-Z]{2}$/.test(code)))
    invalid("The specified geo restriction contains a country code that is not valid.");
}

/** CloudFront API reference, "CustomErrorResponse". */
function checkErrorResponses({ customErrorResponses = [] }: DistributionConfig): void {
  const codes = [400, 403, 404, 405, 414, 416, 500, 501, 502, 503, 504];
  for (const { errorCode, responseCode, responsePagePath } of customErrorResponses) {
    if (!codes.includes(errorCode)) fail("InvalidErrorCode", "Your request contains an error code that is not valid.");
    if ((responseCode === undefined) !== (responsePagePath === undefined))
      fail("InvalidResponseCode", "A response code and a response page path are given together or not at all.");
    if (responsePagePath !== undefined && !responsePagePath.startsWith("/"))
      fail("InvalidArgument", "The parameter ResponsePagePath must begin with /.");
  }
  if (new Set(customErrorResponses.map(({ errorCode }) => errorCode)).size < customErrorResponses.length)
    fail("InvalidArgument", "The parameter CustomErrorResponses contains duplicate error codes.");
}

const anyOf = (...patterns: string[]) => new RegExp(`^(${patterns.join("|")})$`);

/** Headers that a policy cannot remove. */
// prettier-ignore
const notRemovable = anyOf(
  "connection", "content-encoding", "content-length", "expect", "host", "keep-alive", "proxy-.*", "trailer",
  "transfer-encoding", "upgrade", "via", "warning", "x-accel-.*", "x-amz-cf-.*", "x-amzn-.*", "x-cache.*", "x-edge-.*",
  "x-forwarded-proto", "x-real-ip",
);

/** Headers that a policy sets by settings of their own, and never as custom headers. */
const securityHeader = anyOf(
  ...["content-security-policy", "x-content-type-options", "x-frame-options", "referrer-policy"],
  ...["strict-transport-security", "x-xss-protection"],
);
/** `Vary` is none of them: CORS takes it over without a word. */
const corsHeader = anyOf("access-control-.*");

/** CloudFront docs, "Understand response headers policies" and "Quotas": ten headers of each kind. */
function checkResponseHeaders(policy: ResponseHeadersPolicy): void {
  const { customHeadersConfig, removeHeadersConfig, corsConfig } = policy;
  const named = (items: readonly { readonly header: string }[] | undefined) =>
    (items ?? []).map(({ header }) => header.toLowerCase());
  const [custom, removed] = [named(customHeadersConfig?.items), named(removeHeadersConfig?.items)];
  if (custom.length > 10)
    fail("TooManyCustomHeadersInResponseHeadersPolicy", "The number of custom headers exceeds the maximum.");
  if (removed.length > 10)
    fail("TooManyRemoveHeadersInResponseHeadersPolicy", "The number of headers to remove exceeds the maximum.");
  // The refusals of CORS as others saw them (github.com: ttoss/ttoss, pull request 1206; aws/aws-cdk, 35308).
  for (const header of custom.filter((name) => corsHeader.test(name)))
    fail("InvalidArgument", `Invalid custom header: ${header}`);
  if (corsConfig?.accessControlAllowCredentials && corsConfig.accessControlAllowHeaders.items?.includes("*"))
    fail(
      "InvalidArgument",
      "The parameter Access-Control-Allow-Headers cannot contain * when allowCredentials is true.",
    );
  for (const header of custom.filter((name) => securityHeader.test(name)))
    fail(
      "InvalidArgument",
      `The parameter Name contains ${header} that is a security header and cannot be set as custom header.`,
    );
  for (const header of removed.filter((name) => notRemovable.test(name)))
    fail("InvalidArgument", `The header ${header} cannot be removed.`);
}

/** `OriginAccessControl` as "origin access control". */
const words = (type: string) => type.replace(/(?!^)[A-Z]/g, (letter) => ` ${letter}`).toLowerCase();

/** An id or an entity tag as CloudFront makes them. */
const newCloudFrontId = () => `E${randomText(13).toUpperCase()}`;

/** CloudFront API reference, "OriginAccessControlConfig", "ResponseHeadersPolicyConfig": `Name`. */
function checkNameLength(name: string, most: number): void {
  if (name.length > most) fail("InvalidArgument", `The parameter Name is too big: it has at most ${most} characters.`);
}
