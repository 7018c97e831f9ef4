// What S3 lets go by a bucket's lifecycle rules, and when (Amazon S3 docs, "Lifecycle configuration elements").
import { fail, malformedXml } from "./aws-error.ts";
import type { KeptVersion, Bucket, LifecycleRule, Store } from "./edge-state.ts";
import { isMarker, keysOf, replaceVersions, versionsOf, withoutCurrent } from "./object-versions.ts";

export const lifecycleOperations = (store: Store) => ({
  /**
   * What S3 does by itself once a day, at midnight or a while later: it applies the bucket's rules. Here all that is
   * due is done at once.
   *
   * @param now the time that the run is at. What it puts is of that time
   * @throws AwsError where an enabled rule says something that is not evaluated; nothing is changed then
   */
  applyLifecycle(name: string, now: Date): void {
    const bucket = store.state.buckets[name] ?? fail("NoSuchBucket", "The specified bucket does not exist", 404);
    const rules = (bucket.lifecycleRules ?? []).filter(({ status }) => status === "Enabled");
    for (const rule of rules) {
      const unknown = settingsOf(rule).find((setting) => !evaluated.test(setting));
      if (unknown !== undefined)
        fail("NotEvaluated", `The sandbox does not evaluate ${unknown} of the lifecycle rule ${rule.id}`, 501);
    }
    for (const key of keysOf(bucket)) {
      const before = versionsOf(bucket, key);
      const after = versionsLeft(bucket, rules, key, now);
      if (after.length !== before.length || after.some((version, at) => version !== before[at]))
        replaceVersions(store, bucket, key, after);
    }
  },
});

/** Unfinished uploads are no objects, and the sandbox has none. */
const evaluated = new RegExp(
  "^(?:id|status|filter\\.(?:and\\.)?prefix|filter\\.tag\\.(?:key|value)|filter\\.and\\.tags\\..+" +
    "|expiration\\.(?:days|expiredObjectDeleteMarker)|noncurrentVersionExpiration\\.noncurrentDays" +
    "|abortIncompleteMultipartUpload\\.daysAfterInitiation)$",
);

/** The paths of what a rule says. A provider also writes down what is not said, as zero or as nothing. */
function settingsOf(value: object, path: readonly string[] = []): string[] {
  return Object.entries(value).flatMap(([name, one]: [string, unknown]) => {
    const here = [...path, name];
    if (typeof one === "object" && one !== null) return settingsOf(one, here);
    return one ? [here.join(".")] : [];
  });
}

function versionsLeft(bucket: Bucket, rules: readonly LifecycleRule[], key: string, now: Date): KeptVersion[] {
  const isExpired = (version: KeptVersion) =>
    rules.some(
      ({ filter, expiration }) => isOf(filter, key, version) && isDue(version.lastModified, expiration?.days, now),
    );
  const versions = versionsOf(bucket, key);
  const current = versions.at(-1);
  const isCurrentExpired = current !== undefined && !isMarker(current) && isExpired(current);
  const left = (isCurrentExpired ? withoutCurrent(bucket, key, now) : versions).filter((version, at, all) => {
    // A version's days count from when the next one came.
    const next = all[at + 1];
    return !rules.some(
      ({ filter, noncurrentVersionExpiration: { noncurrentDays } = {} }) =>
        next !== undefined && isOf(filter, key, version) && isDue(next.lastModified, noncurrentDays, now),
    );
  });
  // Of a marker without versions the object's own rule takes care too, if it says a number of days.
  const [lone] = left.length === 1 ? left.filter(isMarker) : [];
  const isLoneExpired =
    lone !== undefined &&
    (isExpired(lone) ||
      rules.some(({ filter, expiration }) => expiration?.expiredObjectDeleteMarker && isOf(filter, key, lone)));
  return isLoneExpired ? [] : left;
}

/** Whether a rule is about this version. A marker has no tags. */
function isOf(filter: LifecycleRule["filter"], key: string, version: KeptVersion): boolean {
  const { prefix = "", tag, and } = filter ?? {};
  const tags = isMarker(version) ? {} : (version.tags ?? {});
  const wanted = { ...and?.tags, ...(tag?.key && { [tag.key]: tag.value }) };
  return (
    key.startsWith(prefix) &&
    key.startsWith(and?.prefix ?? "") &&
    Object.entries(wanted).every(([name, value]) => tags[name] === value)
  );
}

const day = 24 * 60 * 60_000;

/** After so many days, rounded up to midnight, UTC. */
const isDue = (since: string, days: number | undefined, now: Date): boolean =>
  !!days && now.getTime() >= Math.ceil(Date.parse(since) / day + days) * day;

/** What PutBucketLifecycleConfiguration refuses (Amazon S3 API reference, "LifecycleRule"). */
export function checkLifecycleRules(rules: readonly LifecycleRule[]): void {
  if (new Set(rules.map(({ id }) => id)).size < rules.length)
    fail("InvalidArgument", "Rule ID must be unique. Found same ID for more than one rule");
  for (const { id, status, filter, ...actions } of rules) {
    if (id.length > 255) fail("InvalidArgument", "ID length should not exceed allowed limit of 255");
    if (!["Enabled", "Disabled"].includes(status)) malformedXml();
    const { expiration, noncurrentVersionExpiration, abortIncompleteMultipartUpload, ...others } = actions;
    if (Object.keys(actions).length === 0)
      fail("InvalidRequest", "At least one action needs to be specified in a rule");
    if (Object.values(others).some((action) => Array.isArray(action) && action.length > 0))
      fail("NotEvaluated", "The sandbox's edge has one storage class, and so no transitions", 501);
    if (expiration?.days && expiration.expiredObjectDeleteMarker) malformedXml();
    if (expiration?.expiredObjectDeleteMarker && (filter?.tag ?? filter?.and?.tags))
      fail("InvalidRequest", "ExpiredObjectDeleteMarker cannot be specified with Tags");
    const days = [
      expiration?.days,
      noncurrentVersionExpiration?.noncurrentDays,
      abortIncompleteMultipartUpload?.daysAfterInitiation,
    ];
    if (days.some((count) => count !== undefined && !(Number.isInteger(count) && count > 0)))
      fail("InvalidArgument", "'Days' in the rule must be a positive integer");
    if (abortIncompleteMultipartUpload && (filter?.tag ?? filter?.and?.tags))
      fail("InvalidRequest", "AbortIncompleteMultipartUpload cannot be specified with Tags");
  }
}
