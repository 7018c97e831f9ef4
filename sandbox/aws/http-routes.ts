// Which route of an HTTP API a request has, and whether it is one too many.
import type { HttpApi, HttpRoute, HttpStage } from "../edge/function-state.ts";

export interface RouteMatch {
  readonly route: HttpRoute;
  readonly pathParameters: Readonly<Record<string, string>>;
}

/** The stage that a path belongs to, and what is left of the path. A stage's name comes first, but for `$default`. */
export function stageOf({ stages }: HttpApi, path: string): { stage: HttpStage; path: string } | undefined {
  const [, first = ""] = path.split("/");
  // Nothing of an API is served by a stage that nobody has deployed it to.
  const served = (name: string) => (stages[name]?.autoDeploy === true ? stages[name] : undefined);
  const named = served(first);
  if (named !== undefined) return { stage: named, path: path.slice(first.length + 1) || "/" };
  const $default = served("$default");
  return $default && { stage: $default, path };
}

/**
 * "API Gateway selects routes with the most-specific match": a full match, then one with `{proxy+}`, then `$default`;
 * of each, the request's method before ANY (API Gateway docs, "Create routes for HTTP APIs in API Gateway").
 */
export function matchRoute({ routes }: HttpApi, method: string, path: string): RouteMatch | undefined {
  const matches = Object.values(routes).flatMap((route) => {
    if (route.routeKey === "$default") return [{ route, pathParameters: {}, rank: 9 }];
    const [wanted = "", template = ""] = route.routeKey.split(" ");
    const pathParameters = matchPath(template, path);
    if (pathParameters === undefined || (wanted !== "ANY" && wanted !== method)) return [];
    const rank = (template.includes("+}") ? 4 : template.includes("{") ? 2 : 0) + (wanted === "ANY" ? 1 : 0);
    return [{ route, pathParameters, rank }];
  });
  return matches.toSorted((a, b) => a.rank - b.rank)[0];
}

function matchPath(template: string, path: string): Record<string, string> | undefined {
  const names: string[] = [];
  const source = template
    .split("/")
    .map((part) => {
      const [, name, greedy] = /^\{([\w.:-]+)(\+?)\}$/.exec(part) ?? [];
      if (name === undefined) return part.replace(/[\\^$.|+*?()[\]{}]/g, "\\$&");
      names.push(name);
      return greedy === "+" ? "(.+)" : "([^/]+)";
    })
    .join("/");
  const values = new RegExp(`^${source}$`).exec(path)?.slice(1);
  return values && Object.fromEntries(names.map((name, index) => [name, values[index] ?? ""]));
}

/** The account's limits, where a stage has none (API Gateway docs, "Throttle requests to your HTTP APIs"). */
const accountThrottling = { rateLimit: 10_000, burstLimit: 5000 };

export interface Throttle {
  /** Takes a token from the route's bucket; false if it is empty. */
  take(api: HttpApi, stage: HttpStage, routeKey: string): boolean;
}

/** The token bucket algorithm: a bucket has as many tokens as the burst at most, and gets the rate's each second. */
export function newThrottle(now: () => number): Throttle {
  const buckets = new Map<string, { tokens: number; at: number }>();
  return {
    take({ id }, { name, throttling, routeThrottling }, routeKey) {
      const { rateLimit, burstLimit } = { ...accountThrottling, ...throttling, ...routeThrottling[routeKey] };
      const key = JSON.stringify([id, name, routeKey]);
      const { tokens, at } = buckets.get(key) ?? { tokens: burstLimit, at: now() };
      const filled = Math.min(burstLimit, tokens + ((now() - at) / 1000) * rateLimit);
      const isEnough = filled >= 1;
      buckets.set(key, { tokens: isEnough ? filled - 1 : filled, at: now() });
      return isEnough;
    },
  };
}
