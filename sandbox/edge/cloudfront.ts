// CloudFront's answer to a viewer, from what was declared: distribution by host, cache behaviour by path, origin access
// control, error responses, response headers. Without a cache every answer shows the declarations as they are now.
import { randomBytes } from "node:crypto";
import { matchesWildcard } from "./bucket-policy.ts";
import type { Cache } from "./cache.ts";
import { behaviors } from "./control-plane.ts";
import { distributionArn } from "./identity.ts";
import { applyResponseHeaders } from "./response-headers.ts";
import { answerFromS3, isS3Domain } from "./s3.ts";
import type { EdgeResponse } from "./s3.ts";
import type { CacheBehavior, Distribution, DistributionConfig, Store } from "./edge-state.ts";

export interface ViewerRequest {
  readonly secure: boolean;
  /** The Host header without its port. */
  readonly host: string;
  readonly method: string;
  /** Path and query as they were sent. */
  readonly target: string;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  /** Where the viewer is, as CloudFront would tell by the address: ISO 3166-1 alpha-2. Absent: it cannot be told. */
  readonly country?: string;
}

/** What CloudFront answers from: the declarations, and what it keeps of earlier answers, if it keeps any. */
export interface Sources {
  readonly store: Store;
  readonly cache?: Cache | undefined;
}

export function answerViewer(sources: Sources, request: ViewerRequest): EdgeResponse {
  const { store } = sources;
  const distribution = Object.values(store.state.distributions).find(
    ({ domainName, config }) => domainName === request.host || config.aliases?.includes(request.host),
  );
  const cannotConnect = "Bad request. We can't connect to the server for this app or website at this time.";
  if (!distribution?.config.enabled) return errorPage(403, cannotConnect);
  if (isBlocked(distribution.config, request.country))
    return errorPage(403, "The Amazon CloudFront distribution is configured to block access from your country.");
  const path = decodePath(request.target);
  if (path === undefined) return errorPage(400, "Bad request.");

  const behavior = behaviorFor(distribution, path);
  if (!request.secure && behavior.viewerProtocolPolicy === "redirect-to-https") return redirect(request);
  if (!request.secure && behavior.viewerProtocolPolicy === "https-only") return errorPage(403, "Bad request.");
  if (!behavior.allowedMethods.includes(request.method))
    return errorPage(403, "This distribution is not configured to allow the HTTP request method that was used for this request. The distribution supports only cachable requests."); // prettier-ignore

  const rootObject = distribution.config.defaultRootObject;
  const asked = { ...request, path: path === "/" && rootObject ? `/${rootObject}` : path };
  const { answer, isHit } = cachedAnswer(sources, distribution, behavior, asked);
  const final = withErrorResponse(sources, distribution, request, answer);
  const policy = store.state.responseHeadersPolicies[behavior.responseHeadersPolicyId ?? ""];
  const cached = isHit ? "Hit from cloudfront" : "Miss from cloudfront";
  const response = withCloudFrontHeaders(final, answer.status >= 400 ? "Error from cloudfront" : cached);
  return policy ? applyResponseHeaders(policy.config, response, request) : response;
}

/** CloudFront docs, "Restrict the geographic distribution of your content": where it cannot be told, the viewer is let in. */
function isBlocked({ restrictions }: DistributionConfig, country: string | undefined): boolean {
  const { restrictionType, locations = [] } = restrictions?.geoRestriction ?? {};
  if (country === undefined || restrictionType === undefined || restrictionType === "none") return false;
  return locations.includes(country) === (restrictionType === "blacklist");
}

/** The first cache behaviour whose path pattern matches; patterns have no leading slash of their own to rely on. */
function behaviorFor({ config }: Distribution, path: string): CacheBehavior {
  const found = behaviors(config).find(({ pathPattern }) =>
    matchesWildcard(`/${pathPattern.replace(/^\//, "")}`, path),
  );
  return found ?? config.defaultCacheBehavior;
}

/** The origin's answer, or what the cache has of it. A conditional request, which a viewer's own cache makes, goes to the origin. */
function cachedAnswer(
  { store, cache }: Sources,
  distribution: Distribution,
  behavior: CacheBehavior,
  request: ViewerRequest & { readonly path: string },
): { answer: EdgeResponse; isHit: boolean } {
  const isConditional = ["if-none-match", "if-modified-since"].some((name) => request.headers[name] !== undefined);
  const isCached = cache !== undefined && request.method === "GET" && !isConditional;
  const kept = isCached ? cache.find(distribution, request.path) : undefined;
  const answer = kept ?? answerFromOrigin(store, distribution, behavior, request);
  if (isCached && kept === undefined) cache.keep(distribution, request.path, answer);
  return { answer, isHit: kept !== undefined };
}

function answerFromOrigin(
  store: Store,
  { id, config }: Distribution,
  { targetOriginId }: CacheBehavior,
  request: ViewerRequest & { readonly path: string },
): EdgeResponse {
  const origin = config.origins.find(({ originId }) => originId === targetOriginId);
  if (origin === undefined || !isS3Domain(origin.domainName))
    return errorPage(502, "CloudFront wasn't able to connect to the origin.");
  const accessControl = store.state.originAccessControls[origin.originAccessControlId ?? ""]?.config;
  // "no-override" leaves a request alone that brings its own Authorization header; such a signature is never S3's.
  const signs =
    accessControl?.signingBehavior === "always" ||
    (accessControl?.signingBehavior === "no-override" && request.headers["authorization"] === undefined);
  return answerFromS3(store, {
    domainName: origin.domainName,
    method: request.method,
    path: (origin.originPath ?? "") + request.path,
    headers: request.headers,
    secure: request.secure,
    ...(signs && { signedBy: distributionArn(id) }),
  });
}

/** CloudFront docs, "Generate custom error responses": where the error page cannot be had, the origin's error stays. */
function withErrorResponse(
  sources: Sources,
  distribution: Distribution,
  request: ViewerRequest,
  answer: EdgeResponse,
): EdgeResponse {
  const rule = distribution.config.customErrorResponses?.find(({ errorCode }) => errorCode === answer.status);
  if (!rule?.responsePagePath) return answer;
  const path = decodePath(rule.responsePagePath) ?? "/";
  const page = { ...request, method: "GET", path, headers: {} };
  const { answer: found } = cachedAnswer(sources, distribution, behaviorFor(distribution, path), page);
  return found.status === 200 ? { ...found, status: rule.responseCode ?? answer.status } : answer;
}

function redirect({ host, method, target }: ViewerRequest): EdgeResponse {
  const page = errorPage(method === "GET" || method === "HEAD" ? 301 : 307, "Moved Permanently");
  return {
    ...page,
    headers: { ...page.headers, location: `https://${host}${target}`, "x-cache": "Redirect from cloudfront" },
  };
}

function errorPage(status: number, message: string): EdgeResponse {
  const body = `<!DOCTYPE HTML><HTML><HEAD><TITLE>ERROR: The request could not be satisfied</TITLE></HEAD><BODY><H1>${status} ERROR</H1><H2>The request could not be satisfied.</H2>${message}</BODY></HTML>`;
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
