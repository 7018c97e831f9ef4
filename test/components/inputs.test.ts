// Every argument that may be an Output is checked in any case: at once where it is plain, else once the engine knows
// it. Every other argument is plain, and refuses an Output by its name.
import { join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { refusalText } from "../../actions/bundle/schema.ts";
import type { Refusal } from "../../actions/bundle/schema.ts";
import { ConnectionSync } from "../../components/connection-sync/connection-sync.ts";
import { PictureAction, validatePictureAction } from "../../components/picture-action/picture-action.ts";
import { PictureStore } from "../../components/picture-store/picture-store.ts";
import { validatePictureStore } from "../../components/picture-store/validate.ts";
import { PictureUploads } from "../../components/picture-uploads/picture-uploads.ts";
import { validateUploads } from "../../components/picture-uploads/validate-uploads.ts";
import { UserPictures } from "../../components/user-pictures.ts";
import { validateUserPictures } from "../../components/user-pictures-args.ts";
import { secretMessage } from "../../components/validation.ts";
import type { Validation } from "../../components/validation.ts";
import { settingsOf } from "../../docs/settings-reference.ts";
import { isRare } from "../rare.ts";
import { shortWaits } from "../short-waits.ts";
import { mockEngine } from "./mock-engine.ts";

const engine = mockEngine();
beforeEach(() => vi.stubEnv("AUTH0_DOMAIN", "example.eu.auth0.com"));
// An id to read that is refused is known some seconds later, by which time the check has failed the program.
shortWaits();
afterEach(() => vi.unstubAllEnvs());

type Path = Refusal["path"];

interface Case {
  /** As the reference of the settings names it, or a part of such a setting that may be an Output by itself. */
  readonly setting: string;
  /** Where `UserPictures` takes it. */
  readonly path: Path;
  readonly bad: unknown;
  readonly message: string;
  /** Where what is refused stands in the bad value: absent where it is the whole of it. */
  readonly within?: Path;
}

/** @param setting with `[]` for the first item and `<name>` for the name `acme` */
function bad(setting: string, value: unknown, message: string, within?: Path): Case {
  const steps = setting.replaceAll("[]", ".0").replaceAll("<name>", "acme").split(".");
  const path = steps.map((step) => (step === "0" ? 0 : step));
  return { setting, path, bad: value, message, ...(within && { within }) };
}

const onlyOf = (set: string) => `"x" was given; allowed are ${set}.`;
const noSwitch = `"yes" was given; it must be true or false.`;
const noUrl =
  `"x" cannot be a default picture: it is no URL; ` + "write one such as https://pictures.example.org/d/user.png.";
const httpPrefix =
  `"http://a.example.org/" cannot be an allowed prefix: it is http, not https. ` +
  `A prefix is one exact host, https://host/ or https://host/path/. Write "https://a.example.org/".`;
const badTag = `"50%" was given; a tag's value takes letters, digits, spaces and _ . : / = + - @ only.`;
const noCountry = `"de" was given; it must be two capitals, as DE (ISO 3166-1 alpha-2).`;
const webAcl =
  "the ARN of a WAFv2 web ACL of the scope CLOUDFRONT, " +
  "arn:aws:wafv2:us-east-1:<account>:global/webacl/<name>/<id>; a regional one protects no distribution";
const noClaim =
  `"sub" cannot be the claim: it is no URI, so Auth0 or another claim may own the name. ` +
  `Write a namespaced claim such as "https://example.org/picture".`;
const allowedOrigins = "https://host or https://host:port, without a path; http only on localhost.";
const everyPage = `"*" would let every page upload; name the origins of your pages, ${allowedOrigins}`;
const noOrigin = (given: string) => `"${given}" was given; an origin is ${allowedOrigins}`;
const noSweepSetting = "there is no such setting. There are everyHours, requestsPerSecond, withinHours.";
const noActionId = "no text was given; say which Action is bound there, by its id.";
const noActionName = "no text was given; say under which name the Action is bound there.";

const inputs: readonly Case[] = [
  bad("pictureBaseUrl", "http://a.example.org/", httpPrefix),
  bad("mode", "x", onlyOf("generated, gravatar-fallback, missing, everyone")),
  bad("defaultPictures.general.url", "x", noUrl),
  bad("defaultPictures.byConnection.<name>.url", "x", noUrl),
  bad("defaultPictures.byOrganization.<name>.url", "x", noUrl),
  bad(
    "store.domain.domainName",
    "https://a.example.org/",
    `"https://a.example.org/" was given; it must be a host in lower case, such as pictures.example.org, ` +
      "without https:// and without a path.",
  ),
  bad(
    "store.domain.zoneId",
    "x",
    `"x" was given; it must be the id of a Route 53 hosted zone, such as Z0123456789ABCDEFGHIJ.`,
  ),
  bad(
    "store.domain.acmCertificateArn",
    "x",
    `"x" was given; it must be the ARN of an ACM certificate, arn:aws:acm:us-east-1:<account>:certificate/<id>.`,
  ),
  bad("store.domain.minimumProtocolVersion", "x", onlyOf("TLSv1.2_2021, TLSv1.2_2025, TLSv1.3_2025")),
  bad("store.priceClass", "x", onlyOf("PriceClass_100, PriceClass_200, PriceClass_All")),
  bad("store.geoRestriction", { restrictionType: "whitelist", locations: ["DE", "de"] }, noCountry, ["locations", 1]),
  bad(
    "store.geoRestriction",
    { restrictionType: "whitelist", locations: ["DE"], stray: 1 },
    "there is no such setting. There are restrictionType, locations.",
    ["stray"],
  ),
  bad("store.geoRestriction.restrictionType", "x", onlyOf("whitelist, blacklist")),
  bad("store.geoRestriction.locations", ["DE", "de"], noCountry, [1]),
  bad("store.geoRestriction.locations", [], "[] was given; name at least one country, as DE (ISO 3166-1 alpha-2)."),
  bad("store.geoRestriction.locations[]", "de", noCountry),
  bad("store.webAclId", "x", `"x" was given; it must be ${webAcl}.`),
  bad(
    "store.accessLogs.destinationResourceArn",
    "x",
    `"x" was given; it must be the ARN of an S3 bucket, a CloudWatch log group or a Firehose stream.`,
  ),
  bad("store.accessLogs.outputFormat", "x", onlyOf("json, plain, w3c, raw, parquet")),
  bad("store.accessLogs.recordFields", ["date", 7], "7 was given; it must be a field's name, as date.", [1]),
  bad("store.accessLogs.recordFields", [], "[] was given; name at least one field, as date."),
  bad("store.accessLogs.recordFields[]", "", `"" was given; it must be a field's name, as date.`),
  bad(
    "store.kmsMasterKeyId",
    "x",
    `"x" was given; it must be the ARN of a KMS key, arn:aws:kms:<region>:<account>:key/<id>; an alias is none.`,
  ),
  bad(
    "store.responseHeadersPolicyId",
    "x",
    `"x" was given; it must be the id of a response headers policy, such as 60669652-455b-4ae9-85a4-c4c02393f86c.`,
  ),
  bad("store.bucketName", "x", `"x" was given; it must be the name of an S3 bucket, not its ARN.`),
  bad("store.existingBucket", "x", `"x" was given; it must be the name of an S3 bucket, not its ARN.`),
  bad(
    "store.existingDistribution.arn",
    "x",
    `"x" was given; it must be the ARN of a CloudFront distribution, arn:aws:cloudfront::<account>:distribution/<id>.`,
  ),
  bad(
    "store.existingDistribution.baseUrl",
    "https://a.example.org",
    `"https://a.example.org" was given; it must be https://host/, with the slash and without a path: ` +
      `the pictures' keys begin with "d/" and "u/".`,
  ),
  bad("store.tags", { team: "50%" }, badTag, ["team"]),
  bad("store.tags", { "aws:team": "x" }, "keys that begin with aws: are AWS's own.", ["aws:team"]),
  bad("store.tags", ["x"], `["x"] was given; it must be an object of tags, { "team": "identity" }.`),
  bad("store.tags.team", "50%", badTag),
  bad("store.objectTags", { team: "50%" }, badTag, ["team"]),
  bad("store.objectTags.team", "50%", badTag),
  bad("store.uploaderCanDelete", "yes", noSwitch),
  bad("action.name", " ", `" " was given; name the Action as people shall read it in Auth0's dashboard.`),
  bad("action.allowedUrlPrefixes", ["https://b.example.org/", "http://a.example.org/"], httpPrefix, [1]),
  bad(
    "action.allowedUrlPrefixes",
    "x",
    `"x" was given; it must be a list, ["https://pictures.example.org/"], or [] to allow none.`,
  ),
  bad("action.allowedUrlPrefixes[]", "http://a.example.org/", httpPrefix),
  bad("action.allowAnyHost", "yes", noSwitch),
  bad("action.linkedIdentityPicture", "yes", noSwitch),
  bad("action.rootPicture", "guard", '"guard" was given; allowed are trusted, guarded.'),
  bad("action.providerPicturePrefixes", ["http://a.example.org/"], httpPrefix, [0]),
  bad("action.providerPicturePrefixes[]", "http://a.example.org/", httpPrefix),
  bad("action.mirrors", { idTokenClaim: "sub" }, noClaim, ["idTokenClaim"]),
  bad(
    "action.mirrors",
    { userinfo: "x" },
    "there is no such setting. There are idTokenClaim, accessTokenClaim, samlAttribute.",
    ["userinfo"],
  ),
  bad("action.mirrors.idTokenClaim", "sub", noClaim),
  bad("action.mirrors.accessTokenClaim", "sub", noClaim.replace("Write ", 'Write "picture" or ')),
  bad(
    "action.mirrors.samlAttribute",
    " a",
    '" a" cannot be the attribute: write a name of at most 1,000 bytes, such as "http://schemas.auth0.com/picture".',
  ),
  bad("action.loginFlow.actionsBefore[].actionId", "", noActionId),
  bad("action.loginFlow.actionsBefore[].displayName", "", noActionName),
  bad("action.loginFlow.actionsAfter[].actionId", "", noActionId),
  bad("action.loginFlow.actionsAfter[].displayName", 7, noActionName),
  bad("connections.<name>", "x", onlyOf("on_first_login, on_each_login")),
  bad("uploads.allowedOrigins", "x", `"x" was given; it must be a list of origins, ["https://app.example.org"].`),
  bad("uploads.allowedOrigins", ["https://app.example.org", "*"], everyPage, [1]),
  bad("uploads.allowedOrigins[]", "*", everyPage),
  bad("uploads.allowedOrigins[]", "https://app.example.org/", noOrigin("https://app.example.org/")),
  bad("uploads.allowedOrigins[]", "http://app.example.org", noOrigin("http://app.example.org")),
  bad(
    "uploads.allowedOrigins[]",
    "https://app.example.org:443",
    `"https://app.example.org:443" is what no browser says; write "https://app.example.org".`,
  ),
  bad(
    "uploads.identifier",
    "a b",
    `"a b" was given; it must be 1 to 600 characters without spaces, such as "https://pictures.example.org/uploads".`,
  ),
  bad(
    "uploads.identifier",
    "https://example.eu.auth0.com/api/v2/",
    `"https://example.eu.auth0.com/api/v2/" is an API of Auth0's own; the uploads' API has an identifier of its own.`,
  ),
  bad(
    "uploads.issuer",
    "https://login.example.org",
    `"https://login.example.org" was given; it must be https://host/, with the slash, as the tokens of the ` +
      "applications say it in iss.",
  ),
  bad("uploads.replacedPictureDays", 0, "0 was given; it must be a whole number of days, 1 to 3650."),
  bad("uploads.maxPictures", 301, "301 was given; it must be a whole number of pictures, 1 to 300."),
  bad("uploads.maxSeconds", 0.5, "0.5 was given; it must be a whole number of seconds, 1 to 15."),
  bad("uploads.memorySize", 512, "512 was given; it must be a whole number of megabytes, 1024 to 10240."),
  bad(
    "uploads.reservedConcurrentExecutions",
    0,
    "0 was given; it must be a whole number of uploads at once, 1 to 1000.",
  ),
  bad("uploads.throttling", { rate: 1 }, "there is no such setting. There are rateLimit, burstLimit.", ["rate"]),
  bad("uploads.throttling.rateLimit", 0, "0 was given; it must be a whole number of requests a second, 1 to 10000."),
  bad(
    "uploads.throttling.burstLimit",
    5001,
    "5001 was given; it must be a whole number of requests at once, 1 to 5000.",
  ),
  bad(
    "uploads.logRetentionInDays",
    31,
    "31 was given; allowed are 0, 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, " +
      "2557, 2922, 3288, 3653.",
  ),
  bad(
    "uploads.accessLogs.fields",
    "status",
    `"status" was given; it must be a list of $context variables, ["requestId", "status"].`,
  ),
  bad(
    "uploads.accessLogs.fields[]",
    "$context.status",
    `"$context.status" was given; it must be the name alone of a $context variable, such as routeKey.`,
  ),
  bad("uploads.alarmActions", "x", `"x" was given; it must be a list of ARNs.`),
  bad(
    "uploads.alarmActions",
    Array.from({ length: 6 }, () => "arn:aws:sns:us-east-1:123456789012:on-call"),
    "6 were given; an alarm has at most 5 actions.",
  ),
  bad(
    "uploads.alarmActions[]",
    "on-call",
    `"on-call" was given; it must be an ARN, such as arn:aws:sns:<region>:<account>:<topic>.`,
  ),
  bad("uploads.sweep", { hours: 1 }, noSweepSetting, ["hours"]),
  bad("uploads.sweep.everyHours", 25, "25 was given; it must be a whole number of hours, 1 to 24."),
  bad("uploads.sweep.requestsPerSecond", 51, "51 was given; it must be a whole number of requests a second, 1 to 50."),
  bad("uploads.sweep.withinHours", 47, "47 was given; it must be a whole number of hours, 48 to 720."),
  bad("uploads.tags", { team: "50%" }, badTag, ["team"]),
  bad("uploads.tags.team", "50%", badTag),
];

/** What a component takes that stands by itself, and `UserPictures` says to it. */
const ofOneAlone: readonly Case[] = [
  bad("store.replacedPictureDays", 0, "0 was given; it must be a whole number of days, 1 to 3650."),
  bad("uploads.bucketName", "x", `"x" was given; it must be the name of an S3 bucket, not its ARN.`),
  bad("uploads.bucketArn", "x", `"x" was given; it must be the ARN of a bucket, arn:aws:s3:::<bucket>.`),
  bad(
    "uploads.pictureBaseUrl",
    "https://a.example.org",
    `"https://a.example.org" was given; it must be https://host/, with the slash and without a path: ` +
      `the pictures' keys begin with "d/" and "u/".`,
  ),
  bad(
    "uploads.distributionArn",
    "x",
    `"x" was given; it must be the ARN of a CloudFront distribution, arn:aws:cloudfront::<account>:distribution/<id>.`,
  ),
  bad(
    "uploads.kmsMasterKeyId",
    "x",
    `"x" was given; it must be the ARN of a KMS key, arn:aws:kms:<region>:<account>:key/<id>; an alias is none.`,
  ),
];

/** What must be plain, each with a value that is bad only as an Output. */
const plain: readonly Case[] = [
  bad("store", {}, ""),
  bad("store.picturesOnDestroy", "fail", ""),
  bad("store.domain", { domainName: "pictures.example.org", zoneId: "Z0123456789" }, ""),
  bad("store.domain.manualDns", false, ""),
  bad("store.importBucketName", "pictures.example.org", ""),
  bad("store.accessLogs", { destinationResourceArn: "arn:aws:s3:::logs" }, ""),
  bad(
    "store.existingDistribution",
    { arn: "arn:aws:cloudfront::123456789012:distribution/E1", baseUrl: "https://a.org/" },
    "",
  ),
  bad("defaultPictures", { general: { file: "assets/default-picture.png" } }, ""),
  bad("defaultPictures.general", { file: "assets/default-picture.png" }, ""),
  bad("defaultPictures.general.file", "assets/default-picture.png", ""),
  bad("defaultPictures.byConnection", {}, ""),
  bad("defaultPictures.byConnection.<name>", { file: "assets/default-picture.png" }, ""),
  bad("defaultPictures.byConnection.<name>.file", "assets/default-picture.png", ""),
  bad("defaultPictures.byOrganization", {}, ""),
  bad("defaultPictures.byOrganization.<name>", { file: "assets/default-picture.png" }, ""),
  bad("defaultPictures.byOrganization.<name>.file", "assets/default-picture.png", ""),
  bad("defaultPictures.allowSvg", true, ""),
  bad("action", {}, ""),
  bad("action.entry", "test/actions/fixture/own-policy.ts", ""),
  bad("action.after", [], ""),
  bad("action.loginFlow", {}, ""),
  bad("action.loginFlow.actionsBefore", [], ""),
  bad("action.loginFlow.actionsBefore[]", { actionId: "1", displayName: "First" }, ""),
  bad("action.loginFlow.actionsAfter", [], ""),
  bad("action.loginFlow.actionsAfter[]", { actionId: "1", displayName: "First" }, ""),
  bad("action.importActionId", "01234567-89ab-cdef-0123-456789abcdef", ""),
  bad("connections", {}, ""),
  bad("uploads", {}, ""),
  bad("uploads.clientAuthentication", "private_key_jwt", ""),
  bad("uploads.writeBack", "none", ""),
  bad("uploads.accessLogs", {}, ""),
  bad("uploads.eventStream", true, ""),
];

/** The same, of a component that stands by itself. */
const plainOfOneAlone: readonly Case[] = [bad("uploads.bucketExpiresReplaced", true, "")];

/** Good arguments around the one that is given. */
const surroundings: Readonly<Record<string, object>> = {
  defaultPictures: { general: { url: "https://cdn.example.org/default.png" } },
  "store.domain": { domainName: "pictures.example.org", zoneId: "Z0123456789ABCDEFGHIJ" },
  "store.geoRestriction": { restrictionType: "whitelist", locations: ["DE", "AT"] },
  "store.accessLogs": { destinationResourceArn: "arn:aws:s3:::logs", recordFields: ["date", "time"] },
  "store.existingDistribution": {
    arn: "arn:aws:cloudfront::123456789012:distribution/E1EXAMPLE",
    baseUrl: "https://cdn.example.org/",
  },
  "uploads.throttling": { rateLimit: 1 },
  "uploads.sweep": { everyHours: 2 },
  "action.loginFlow.actionsBefore": [{ actionId: "1", displayName: "First" }],
  "action.loginFlow.actionsAfter": [{ actionId: "2", displayName: "Second" }],
};

type Args = Readonly<Record<string, unknown>>;

/** A copy with one value more, which is a picture's only one. */
function withValue(owner: unknown, [key, ...rest]: Path, value: unknown, at: Path = []): unknown {
  if (key === undefined) return value;
  const others = key === "file" || key === "url" ? {} : { ...surroundings[at.join(".")], ...(owner as Args) };
  const changed = { ...others, [key]: withValue((others as Args)[key], rest, value, [...at, key]) };
  return typeof key === "number" ? Object.assign([], changed) : changed;
}

interface Taker {
  /** Where it takes the argument. */
  readonly path: Path;
  readonly validate: () => Validation<object>;
  readonly make: () => unknown;
}

/** The components that take the argument: `UserPictures`, and those in which the argument stands by itself. */
function takersOf(path: Path, value: unknown): Readonly<Record<string, Taker>> {
  const [first, ...rest] = path;
  const { defaultPictures } = surroundings;
  const around = {
    ...(first !== "pictureBaseUrl" && { store: {} }),
    // Only a file has tags.
    defaultPictures: first === "store" ? { general: { file: "assets/default-picture.png" } } : defaultPictures,
  };
  const args = withValue(around, path, value) as Args;
  const { store, action, connections, uploads, ...common } = args;
  const within = (part: string) => (first === part ? rest : path);
  const isAllOfPart = path.length === 1 && ["store", "action", "uploads"].includes(String(first));
  const takes = (...names: string[]) => !isAllOfPart && names.includes(String(first));
  const { mode, ...storeArgs } = { ...common, ...(store as object) };
  const actionArgs = { ...common, ...(action as object) };
  const uploadsArgs = { bucketName: "pictures", pictureBaseUrl: "https://a.example.org/", ...(uploads as object) };
  return {
    ...(![...ofOneAlone, ...plainOfOneAlone].some((one) => one.path.join() === path.join()) && {
      UserPictures: {
        path,
        validate: () => validateUserPictures(`UserPictures "it"`, args),
        make: () => new UserPictures("it", args, engine.recorded),
      },
    }),
    ...(takes("store", "defaultPictures") && {
      PictureStore: {
        path: within("store"),
        validate: () => validatePictureStore(`PictureStore "it"`, storeArgs),
        make: () => new PictureStore("it", storeArgs, engine.recorded),
      },
    }),
    ...(takes("uploads") && {
      PictureUploads: {
        path: within("uploads"),
        validate: () => validateUploads(`PictureUploads "it"`, uploadsArgs),
        make: () => new PictureUploads("it", uploadsArgs, engine.recorded),
      },
    }),
    // It takes no files.
    ...(takes("action", "defaultPictures", "mode") &&
      path.at(-1) !== "file" && {
        PictureAction: {
          path: within("action"),
          validate: () => validatePictureAction(`PictureAction "it"`, actionArgs),
          make: () => new PictureAction("it", actionArgs, engine.recorded),
        },
      }),
  };
}

const takers = (cases: readonly Case[]) =>
  cases.flatMap((one) => Object.keys(takersOf(one.path, one.bad)).map((taker) => ({ ...one, taker })));

/**
 * `UserPictures` with one argument of each of its parts, which have all of theirs by themselves; with each of them in
 * `npm run test:rare`. Its check of each is below, of a promise: here the whole of it is made.
 */
const made = (cases: readonly Case[]) =>
  takers(cases).filter(
    ({ taker, path: [part] }, index, all) =>
      isRare ||
      taker !== "UserPictures" ||
      index === all.findIndex((one) => one.taker === taker && one.path[0] === part),
  );

describe("an argument that may be an Output", () => {
  it.each(takers([...inputs, ...ofOneAlone]))(
    "is refused by $taker at once where it is plain: $setting: $bad",
    ({ taker, ...given }) => {
      const { path, validate } = takersOf(given.path, given.bad)[taker] ?? expect.fail("no such component");

      expect(validate().refusals).toEqual([{ path: [...path, ...(given.within ?? [])], message: given.message }]);
    },
  );

  it.each(made([...inputs, ...ofOneAlone]))(
    "is refused by $taker once it is known: $setting: $bad",
    async ({ taker, ...given }) => {
      const it = takersOf(given.path, pulumi.output(given.bad))[taker] ?? expect.fail("no such component");
      const text = refusalText({ path: [...it.path, ...(given.within ?? [])], message: given.message });

      expect(it.validate().refusals).toEqual([]);
      expect(await engine.failures(it.make)).toEqual([`${taker} "it" cannot be created:\n  - ${text}`]);
      // Of what is in outputs alone, and of what is read, no resource waits for the check.
      const isAwaited =
        !/uploaderCanDelete$|existingBucket$/.test(given.setting) &&
        (taker !== "PictureStore" || !/rl$/.test(given.setting));
      if (isAwaited) expect(engine.uncreated()).not.toEqual([]);
    },
  );

  it("is taken for granted while it is not known", async () => {
    const never = () => pulumi.output(new Promise(() => undefined));
    for (const { path, setting } of [...inputs, ...ofOneAlone])
      for (const [taker, it] of Object.entries(takersOf(path, never())))
        expect([setting, taker, it.validate().refusals]).toEqual([setting, taker, []]);
    expect(await engine.failures(() => undefined)).toEqual([]);
  });

  it.each(inputs)("is refused once it is known as a promise: $setting: $bad", async (given) => {
    const { UserPictures } = takersOf(given.path, Promise.resolve(given.bad));
    const text = refusalText({ path: [...given.path, ...(given.within ?? [])], message: given.message });

    expect(await engine.failures(() => UserPictures?.validate().valid())).toEqual([
      `UserPictures "it" cannot be created:\n  - ${text}`,
    ]);
  });

  it.each(inputs)("is not shown where it is a secret: $setting: $bad", async (given) => {
    const { UserPictures } = takersOf(given.path, pulumi.secret(given.bad));
    const text = refusalText({ path: given.path, message: secretMessage });

    expect(await engine.failures(() => UserPictures?.validate().valid())).toEqual([
      `UserPictures "it" cannot be created:\n  - ${text}`,
    ]);
  });
});

describe("an argument that is plain", () => {
  const message =
    "an Output or a promise was given; it must be a plain value, because it decides what the program declares.";

  it.each(takers([...plain, ...plainOfOneAlone]))(
    "refuses an Output and a promise by its name: $taker: $setting",
    ({ taker, path, bad: good }) => {
      for (const given of [pulumi.output(good), Promise.resolve(good), pulumi.secret(good)]) {
        const it = takersOf(path, given)[taker] ?? expect.fail("no such component");

        expect(it.validate().refusals).toEqual([{ path: it.path, message }]);
        expect(it.make).toThrow(`${taker} "it" cannot be created:\n  - ${refusalText({ path: it.path, message })}`);
      }
    },
  );
});

describe("any argument", () => {
  const settings = new Map([...inputs, ...plain].map((one) => [one.setting, one.path]));

  it.each([
    ["nothing", null],
    ["a number", -1.5],
    ["a large number", 7n],
    ["a symbol", Symbol("x")],
    ["a function", () => 1],
    ["what a class made", new URL("https://a.example.org/")],
  ])("is refused in its place, and alone, where it is %s", (_, nonsense) => {
    const all = [...settings].flatMap(([setting, path]) =>
      Object.entries(takersOf(path, nonsense)).map(([taker, it]) => ({
        ...{ setting, taker, path: it.path },
        refused: it.validate().refusals.map((refusal) => refusal.path),
      })),
    );

    expect(all.map(({ path, ...one }) => one)).toEqual(all.map(({ path, ...one }) => ({ ...one, refused: [path] })));
  });
});

// Its other cases are in connection-sync/connection-sync.test.ts.
it.each(["connectionName", "connectionId", "setUserRootAttributes"] as const)(
  "of a ConnectionSync is not shown where it is a bad secret: %s",
  async (argument) => {
    const good = argument === "connectionId" ? {} : { connectionName: "google-oauth2" };
    const args = { ...good, setUserRootAttributes: "on_first_login", [argument]: pulumi.secret(7) };
    const make = () => new ConnectionSync("it", args as never, engine.recorded);

    expect(await engine.failures(make)).toEqual([
      `ConnectionSync "it" cannot be created:\n  - ${refusalText({ path: [argument], message: secretMessage })}`,
    ]);
    expect(engine.uncreated()).toEqual(["it-flag"]);
  },
);

it("of a ConnectionSync may all be Outputs, and are those above", () => {
  const sync = { file: "components/connection-sync/connection-sync.ts", name: "ConnectionSyncArgs" };
  const all = settingsOf(join(import.meta.dirname, "../.."), [sync]);

  expect(all.map(({ path, mayBeOutput }) => [path, mayBeOutput])).toEqual(
    ["connectionName", "connectionId", "setUserRootAttributes"].map((path) => [path, true]),
  );
});

it("names what a class made by its class, never by what Pulumi's toJSON says", () => {
  const output = pulumi.output("50%");
  const given = {
    store: { tags: [output], kmsMasterKeyId: { arn: output }, existingBucket: new Map(), webAclId: [[7n, output]] },
    defaultPictures: { general: [output] },
  };

  expect(validateUserPictures("it", given as never).refusals.map(refusalText)).toEqual([
    `store.webAclId: [["7","<Output>"]] was given; it must be ${webAcl}.`,
    `store.kmsMasterKeyId: {"arn":"<Output>"} was given; it must be the ARN of a KMS key, ` +
      "arn:aws:kms:<region>:<account>:key/<id>; an alias is none.",
    `store.existingBucket: "<Map>" was given; it must be the name of an S3 bucket, not its ARN.`,
    `store.tags: ["<Output>"] was given; it must be an object of tags, { "team": "identity" }.`,
    `defaultPictures.general: ["<Output>"] was given; write { "file": "…" } or { "url": "https://…" }.`,
  ]);
});

it("every argument stands in one of the two lists above", () => {
  const listed = (cases: readonly Case[], path: string) =>
    cases.some(({ setting }) => setting === path || setting === `${path}.<name>`);
  const of = (file: string, name: string, prefix = "") =>
    settingsOf(join(import.meta.dirname, "../.."), [{ file: `components/${file}`, name }]).map((setting) => ({
      ...setting,
      path: /^(defaultPictures|mode)\b/.test(setting.path) ? setting.path : prefix + setting.path,
    }));
  const all = [
    ...of("user-pictures-args.ts", "UserPicturesArgs"),
    ...of("picture-store/args.ts", "PictureStoreArgs", "store."),
    ...of("picture-action/options.ts", "PictureActionArgs", "action."),
    ...of("picture-uploads/upload-args.ts", "PictureUploadsArgs", "uploads."),
  ];

  expect(all.length).toBeGreaterThan(100);
  expect(
    all.filter(
      ({ path, mayBeOutput }) =>
        !listed(mayBeOutput ? [...inputs, ...ofOneAlone] : [...plain, ...plainOfOneAlone], path),
    ),
  ).toEqual([]);
  expect(all.filter(({ path, mayBeOutput }) => !mayBeOutput && listed(inputs, path))).toEqual([]);
});
