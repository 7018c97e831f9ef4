// CloudFront's response to a viewer, computed from the declared resources: the distribution by the host, the cache
// behavior by the path, origin access control, error responses, response headers. Without a cache, each response
// follows the declarations as they are at that moment.
import { randomBytes } from "node:crypto";
import { matchesWildcard } from "./bucket-policy.ts";
import type { Cache } from "./cache.ts";
import { distributionArn } from "./identity.ts";
import { applyResponseHeaders } from "./response-headers.ts";
import { isS3Domain, respondFromS3 } from "./s3.ts";
import type { EdgeResponse } from "./s3.ts";
import { behaviorsOf } from "./edge-state.ts";
import type { CacheBehavior, Distribution, DistributionConfig, Store } from "./edge-state.ts";

export interface ViewerRequest {
  readonly secure: boolean;
  /** The Host header, without the port. */
  readonly host: string;
  readonly method: string;
  /** The path and the query, as they were sent. */
  readonly target: string;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  /** The viewer's country (ISO 3166-1 alpha-2), which CloudFront derives from the IP address; absent if unknown. */
  readonly country?: string;
}

/**
 * What CloudFront computes responses from: the declared resources, and the cache of earlier responses if there is one.
 */
export interface Sources {
  readonly store: Store;
  readonly cache?: Cache | undefined;
}

export function respondToViewer(sources: Sources, request: ViewerRequest): EdgeResponse {
  const { store } = sources;
  const distribution = Object.values(store.state.distributions).find(
    ({ domainName, config }) => domainName === request.host || config.aliases?.includes(request.host),
  );
  if (!distribution?.config.enabled)
    return errorPage(403, "Bad request. We can't connect to the server for this app or website at this time.");
  if (isBlocked(distribution.config, request.country))
    return errorPage(403, "The Amazon CloudFront distribution is configured to block access from your country.");
  const path = decodePath(request.target);
  if (path === undefined) return errorPage(400, "Bad request.");

  const behavior = behaviorFor(distribution, path);
  if (!request.secure && behavior.viewerProtocolPolicy === "redirect-to-https") return redirect(request);
  if (!request.secure && behavior.viewerProtocolPolicy === "https-only") return errorPage(403, "Bad request.");
  if (!behavior.allowedMethods.includes(request.method))
    return errorPage(
      403,
      "This distribution is not configured to allow the HTTP request method that was used for this request. " +
        "The distribution supports only cachable requests.",
    );

  const rootObject = distribution.config.defaultRootObject;
  const wanted = { ...request, path: path === "/" && rootObject ? `/${rootObject}` : path };
  const { response: found, isHit } = fetchThroughCache(sources, distribution, behavior, wanted);
  const final = withErrorPage(sources, distribution, request, found);
  const policy = store.state.responseHeadersPolicies[behavior.responseHeadersPolicyId ?? ""];
  const cached = isHit ? "Hit from cloudfront" : "Miss from cloudfront";
  const response = withCloudFrontHeaders(final, found.status >= 400 ? "Error from cloudfront" : cached);
  return policy ? applyResponseHeaders(policy.config, response, request) : response;
}

/** CloudFront docs, "Restrict the geographic distribution of your content": an unknown country is not blocked. */
function isBlocked({ restrictions }: DistributionConfig, country: string | undefined): boolean {
  const { restrictionType, locations = [] } = restrictions?.geoRestriction ?? {};
  if (country === undefined || restrictionType === undefined || restrictionType === "none") return false;
  return locations.includes(country) === (restrictionType === "blacklist");
}

/** The first cache behavior whose path pattern matches. A pattern may begin with a slash or not. */
function behaviorFor({ config }: Distribution, path: string): CacheBehavior {
  const found = behaviorsOf(config).find(({ pathPattern }) =>
    matchesWildcard(`/${pathPattern.replace(/^\//, "")}`, path),
  );
  return found ?? config.defaultCacheBehavior;
}

/** The response from the cache, else from the origin. A viewer's conditional request always goes to the origin. */
function fetchThroughCache(
  { store, cache }: Sources,
  distribution: Distribution,
  behavior: CacheBehavior,
  request: ViewerRequest & { readonly path: string },
): { response: EdgeResponse; isHit: boolean } {
  const isConditional = ["if-none-match", "if-modified-since"].some((name) => request.headers[name] !== undefined);
  const isCached = cache !== undefined && request.method === "GET" && !isConditional;
  const kept = isCached ? cache.find(distribution, request.path) : undefined;
  const response = kept ?? fetchFromOrigin(store, distribution, behavior, request);
  if (isCached && kept === undefined) cache.keep(distribution, request.path, response);
  return { response, isHit: kept !== undefined };
}

function fetchFromOrigin(
  store: Store,
  { id, config }: Distribution,
  { targetOriginId }: CacheBehavior,
  request: ViewerRequest & { readonly path: string },
): EdgeResponse {
  const origin = config.origins.find(({ originId }) => originId === targetOriginId);
  if (origin === undefined || !isS3Domain(origin.domainName))
    return errorPage(502, "CloudFront wasn't able to connect to the origin.");
  const accessControl = store.state.originAccessControls[origin.originAccessControlId ?? ""]?.config;
  // With "no-override" CloudFront does not sign a request that has an Authorization header of the viewer's. S3 would
  // not accept such a header, so the request counts as not signed.
  const signs =
    accessControl?.signingBehavior === "always" ||
    (accessControl?.signingBehavior === "no-override" && request.headers["authorization"] === undefined);
  return respondFromS3(store, {
    domainName: origin.domainName,
    method: request.method,
    path: (origin.originPath ?? "") + request.path,
    headers: request.headers,
    secure: request.secure,
    ...(signs && { signedBy: distributionArn(id) }),
  });
}

/**
 * The declared error page, or the origin's error if the page is missing (CloudFront docs, "Generate custom error
 * responses").
 */
function withErrorPage(
  sources: Sources,
  distribution: Distribution,
  request: ViewerRequest,
  response: EdgeResponse,
): EdgeResponse {
  const rule = distribution.config.customErrorResponses?.find(({ errorCode }) => errorCode === response.status);
  if (!rule?.responsePagePath) return response;
  const path = decodePath(rule.responsePagePath) ?? "/";
  const pageRequest = { ...request, method: "GET", path, headers: {} };
  const { response: page } = fetchThroughCache(sources, distribution, behaviorFor(distribution, path), pageRequest);
  return page.status === 200 ? { ...page, status: rule.responseCode ?? response.status } : response;
}

function redirect({ host, method, target }: ViewerRequest): EdgeResponse {
  const page = errorPage(method === "GET" || method === "HEAD" ? 301 : 307, "Moved Permanently");
  return {
    ...page,
    headers: { ...page.headers, location: `https://${host}${target}`, "x-cache": "Redirect from cloudfront" },
  };
}

/** CloudFront's own page for a request that does not get to an origin. `message` is shown as text. */
export function errorPage(status: number, message: string): EdgeResponse {
  const head = "<HEAD><TITLE>ERROR: The request could not be satisfied</TITLE></HEAD>";
  const text = `<H1>${status} ERROR</H1><H2>The request could not be satisfied.</H2>${message}`;
  const body = `<!DOCTYPE HTML><HTML>${head}<BODY>${text}</BODY></HTML>`;
  const headers = { server: "CloudFront", "content-type": "text/html" };
  return withCloudFrontHeaders({ status, headers, body }, "Error from cloudfront");
}

const withCloudFrontHeaders = (response: EdgeResponse, cache: string): EdgeResponse => ({
  ...response,
  headers: {
    "x-cache": cache,
    via: "1.1 sandbox.cloudfront.net (CloudFront)",
    "x-amz-cf-id": randomBytes(42).toString("base64url"),
    ...response.headers,
  },
});

function decodePath(target: string): string | undefined {
  try {
    return decodeURIComponent(target.split("?", 1)[0] ?? "/");
  } catch {
    return undefined;
  }
}
