// What must hold for every event whatever: the login goes on, and nothing is written but the claims, with a URL that
// may be shown. 25,000 events in each run of the tests, 100,000 in a rare one; FUZZ_RUNS=1000000 for a million.
import fc from "fast-check";
import { expect, test } from "vitest";
import { DefaultPictureMode, RootPictureMode, showableUrl } from "../../../actions/user-picture/picture.ts";
import type { PictureSettings } from "../../../actions/user-picture/picture.ts";
import { codePoint } from "../../code-points.ts";
import { isRare } from "../../rare.ts";
import { defaultUrl, generatedGravatar, named } from "./cases.ts";
import { chosenForms, expired, generatedForms, providerForms, showable, unexpired, unshowable } from "./forms.ts";
import { bundleLogin, sourceLogin } from "./login.ts";
import type { Call, Login } from "./login.ts";

const runs = Number(process.env["FUZZ_RUNS"] ?? (isRare ? 100_000 : 25_000));

const prefix = "https://pictures.example.org/u/";
const google = "https://lh3.googleusercontent.com/a/x=s96-c";
const mirrors = {
  idTokenClaim: "https://example.org/picture",
  accessTokenClaim: "picture",
  samlAttribute: "http://schemas.auth0.com/picture",
};

/** Every combination of the switches, as settings and as the logins that they make. */
const variants = Object.values(DefaultPictureMode).flatMap((mode) =>
  [false, true].flatMap((allowAnyHost) =>
    [false, true].map((linkedIdentityPicture) => {
      const settings: PictureSettings = {
        allowedUrlPrefixes: [prefix],
        allowAnyHost,
        linkedIdentityPicture,
        rootPicture: allowAnyHost ? RootPictureMode.Guarded : RootPictureMode.Trusted,
        mode,
        defaultPictures:
          allowAnyHost && mode === DefaultPictureMode.Missing
            ? null
            : { general: defaultUrl, ...(linkedIdentityPicture && named) },
        mirrors: linkedIdentityPicture ? mirrors : null,
      };
      return { settings, logins: [sourceLogin(settings), bundleLogin(settings)] };
    }),
  ),
);

/** Makes a value anew for each login, so that getters and proxies with a state of their own give both the same. */
type Make = () => unknown;
const constant =
  (value: unknown): Make =>
  () =>
    value;

const schemes = [
  "https://",
  "HTTPS:\\\\",
  "https:",
  "http://",
  "//",
  "javascript:",
  "data:",
  "blob:https://",
  " https://",
  "ht\ntps://",
];
const userinfo = ["", "", "", "ana@", "ana:pw@", "pictures.example.org@", ":@"];
const hosts = [
  "pictures.example.org",
  "PICTURES.example.org",
  "pictures.example.org.",
  "pictures.example.org.evil.example",
  "evil.example",
  "рictures.example.org",
  "pictures。example.org",
  "s.gravatar.com",
  "cdn.auth0.com",
  "[::1]",
  "",
];
const ports = ["", "", ":443", ":8443", ":99999", ":"];
const paths = [
  "/u/",
  "/u/../",
  "/u/%2e%2e/",
  "/u/..%2f",
  "/u\\",
  "/",
  "/U/",
  "/u%2f",
  "//u/",
  "/d/",
  "/avatars/",
  "?",
  "#",
  "",
];
const tail = fc.oneof(
  fc.constantFrom(
    "",
    "a.png",
    "../../logout",
    "a\u0000b",
    "\u202egnp.a",
    "é😀",
    "\ud800",
    "%",
    "a b",
    "x".repeat(3000),
  ),
  fc.string({ unit: codePoint, maxLength: 12 }),
);
const pick = (values: readonly string[]): fc.Arbitrary<string> => fc.constantFrom(...values);
const urlLike = fc
  .tuple(pick(schemes), pick(userinfo), pick(hosts), pick(ports), pick(paths), tail)
  .map((parts) => parts.join(""));

const gravatarLike = fc
  .tuple(
    pick(["https://s.gravatar.com", "https://evil.example", "http://s.gravatar.com"]),
    tail,
    pick(["", "&d=x", "#"]),
  )
  .map(
    ([host, text, end]) =>
      generatedGravatar.replace("https://s.gravatar.com", host).replace("an.png", `${text}.png`) + end,
  );

/** Addresses as they were seen, whole or with something in the middle of them. */
const seen = fc
  .tuple(
    pick([
      ...generatedForms.map(({ picture }) => picture),
      ...chosenForms,
      ...providerForms.map(([picture]) => picture),
      ...Object.values({ ...expired, ...unexpired, ...showable, ...unshowable }),
    ]),
    fc.double({ min: 0, max: 1, noNaN: true }),
    fc.oneof({ weight: 2, arbitrary: fc.constant("") }, { weight: 1, arbitrary: tail }),
  )
  .map(([address, part, middle]) => {
    const at = Math.floor(address.length * part);
    return address.slice(0, at) + middle + address.slice(at);
  });

const text = fc.oneof(
  { weight: 6, arbitrary: urlLike },
  { weight: 3, arbitrary: tail.map((end) => prefix + end) },
  { weight: 2, arbitrary: gravatarLike },
  { weight: 3, arbitrary: seen },
  {
    weight: 2,
    arbitrary: pick([generatedGravatar, "https://cdn.auth0.com/avatars/an.png", google, defaultUrl, "", " "]),
  },
);

/** Anything but a string that could stand where a string or an object should. */
const oddity: fc.Arbitrary<Make> = fc.constantFrom<Make[]>(
  constant(undefined),
  constant(null),
  constant(0),
  constant(Number.NaN),
  constant(1n),
  constant(true),
  constant(Symbol("picture")),
  constant([prefix]),
  constant({}),
  constant({ toString: () => `${prefix}a.png`, valueOf: () => `${prefix}a.png` }),
  constant(new String(`${prefix}a.png`)),
  constant(new Date(0)),
  constant(() => `${prefix}a.png`),
  constant(new URL(`${prefix}a.png`)),
  constant("x".repeat(300_000)),
  constant(JSON.parse(`{"__proto__":{"picture":"${prefix}a.png"}}`)),
  () => throwingProxy(),
  () => changingProxy(),
);

const throwingProxy = (): object => {
  const fail = (): never => {
    throw new Error("trap");
  };
  return new Proxy({}, { get: fail, has: fail, ownKeys: fail, getPrototypeOf: fail, getOwnPropertyDescriptor: fail });
};

/** Answers every read with something else, as a hostile getter would to slip past a check. */
const changingProxy = (): object => {
  const answers = [`${prefix}a.png`, "javascript:alert(1)", undefined, 7, {}];
  let reads = 0;
  return new Proxy({}, { get: () => answers[reads++ % answers.length] });
};

const value: fc.Arbitrary<Make> = fc.oneof(
  { weight: 5, arbitrary: text.map(constant) },
  { weight: 2, arbitrary: oddity },
);

/** An object with these fields, some of them missing, read through a getter, or failing when they are read. */
const record = (fields: Record<string, fc.Arbitrary<Make>>): fc.Arbitrary<Make> => {
  const names = Object.keys(fields);
  const access = fc.constantFrom("plain", "plain", "plain", "plain", "plain", "getter", "missing", "throws");
  const arbitraries = names.map((name) => fc.tuple(access, fields[name] ?? oddity));
  return fc.tuple(...arbitraries).map((made) => () => {
    const object = {};
    made.forEach(([how, make], index) => {
      const name = names[index] ?? "";
      if (how === "missing") return;
      const throws = (): never => {
        throw new Error("getter");
      };
      const get = how === "throws" ? throws : make;
      Object.defineProperty(
        object,
        name,
        how === "plain"
          ? { value: make(), enumerable: true, configurable: true }
          : { get, enumerable: true, configurable: true },
      );
    });
    return object;
  });
};

const mostly = (arbitrary: fc.Arbitrary<Make>): fc.Arbitrary<Make> =>
  fc.oneof({ weight: 9, arbitrary }, { weight: 1, arbitrary: oddity });

const identity = mostly(record({ profileData: mostly(record({ picture: value })) }));
const identities = fc.array(identity, { maxLength: 3 }).map(
  (made): Make =>
    () =>
      made.map((make) => make()),
);
const name = fc.oneof(
  { weight: 3, arbitrary: pick(["acme", "acme-saml", "github", "__proto__", "constructor"]).map(constant) },
  { weight: 1, arbitrary: oddity },
);
const event = mostly(
  record({
    connection: mostly(record({ name })),
    organization: mostly(record({ name })),
    user: mostly(
      record({ picture: value, user_metadata: mostly(record({ picture: value })), identities: mostly(identities) }),
    ),
    transaction: mostly(
      record({ protocol: fc.oneof(pick(["samlp", "wsfed", "oidc-basic-profile"]).map(constant), oddity) }),
    ),
  }),
);

/** Every value that the Action read, by its path in the event, e.g. `user.identities[].profileData.picture`. */
type Reads = [path: string, value: unknown][];

/** The event, with every read recorded: getters and proxies may answer the next one with something else. */
function recording(value: unknown, path: string, reads: Reads): unknown {
  if (typeof value !== "object" || value === null) return value;
  return new Proxy(value, {
    get: (target, name) => {
      const key = String(name);
      const at = /^\d+$/.test(key) ? `${path}[]` : `${path}.${key}`.replace(/^\./, "");
      const read: unknown = Reflect.get(target, name);
      reads.push([at, read]);
      return recording(read, at, reads);
    },
  });
}

/** The addresses that were read at a path, as a browser would write them. */
const addresses = (reads: Reads, path: string): URL[] =>
  reads.flatMap(([at, value]) => {
    const url = at === path && typeof value === "string" ? URL.parse(value.trim()) : null;
    return url ? [url] : [];
  });

/** This user's own Gravatar address with the default picture as its fallback; undefined for any other address. */
function rewritten(own: URL, fallback: string): string | undefined {
  const isGenerated =
    /^https?:\/\/(cdn\.auth0\.com\/avatars\/|ssl\.gstatic\.com\/s2\/profiles\/images\/silhouette80)/.test(
      own.searchParams.get("d") ?? "",
    );
  if (!/^https?:\/\/(\w+\.)?gravatar\.com$/.test(own.origin) || !isGenerated) return undefined;
  const search = own.search.replace(/([?&]d=)[^&]*/, (_, name: string) => name + encodeURIComponent(fallback));
  return `https://${own.host}${own.pathname}${search}`;
}

/**
 * The default pictures that a login may show, by the names that were read: one of these, or in place of none of them
 * the general one.
 */
function defaultUrls({ defaultPictures }: PictureSettings, reads: Reads): string[] {
  if (!defaultPictures) return [];
  const own = (path: string, urls: Readonly<Record<string, string>> = {}) =>
    reads.flatMap(([at, value]) =>
      Object.entries(urls).flatMap(([name, url]) => (at === path && name === value ? [url] : [])),
    );
  const byOrganization = own("organization.name", defaultPictures.byOrganization ?? {});
  const byConnection = own("connection.name", defaultPictures.byConnection ?? {});
  // Names that change from read to read can lead to more than one.
  if (byOrganization.length > 0) return byOrganization;
  return byConnection.length > 0 ? byConnection : [defaultPictures.general];
}

/**
 * Why a URL must not be in the claim of the user of whom this was read; undefined if it may. From the contract, not
 * from the code.
 */
function objection(url: unknown, settings: PictureSettings, reads: Reads): string | undefined {
  if (typeof url !== "string") return "no string";
  const fallbacks = defaultUrls(settings, reads);
  if (fallbacks.includes(url)) return undefined;
  if (settings.mode === DefaultPictureMode.GravatarFallback) {
    const isRewritten = (own: URL) => fallbacks.some((fallback) => rewritten(own, fallback) === url);
    if (addresses(reads, "user.picture").some(isRewritten)) return undefined;
  }
  const parsed = new URL(url);
  if (parsed.href !== url) return "not normalised";
  if (parsed.protocol !== "https:") return "not https";
  if (parsed.username !== "" || parsed.password !== "") return "credentials";
  if (parsed.port !== "") return "a port";
  if (url.length > 2048) return "too long";
  const isAt = (path: string): boolean => addresses(reads, path).some(({ href }) => href === url);
  if (settings.linkedIdentityPicture && isAt("user.identities[].profileData.picture")) return undefined;
  if (!isAt("user.user_metadata.picture")) return "neither the user's own nor a linked identity's";
  return settings.allowAnyHost || url.startsWith(prefix) ? undefined : "not under an allowed prefix";
}

function check(calls: readonly Call[], settings: PictureSettings, reads: Reads): void {
  const [first, ...copies] = calls;
  if (!first) return;
  const [where, name, url] = first;
  if (where !== "idToken" || name !== "picture") throw new Error(`first call: ${String(where)} ${String(name)}`);
  const reason = objection(url, settings, reads);
  if (reason !== undefined) throw new Error(`${String(url).slice(0, 300)}: ${reason}`);
  const allowed = settings.mirrors
    ? [
        `idToken ${mirrors.idTokenClaim}`,
        `accessToken ${mirrors.accessTokenClaim}`,
        `samlResponse ${mirrors.samlAttribute}`,
      ]
    : [];
  for (const [copyWhere, copyName, copy, ...more] of copies) {
    const target = `${copyWhere} ${String(copyName)}`;
    if (!allowed.includes(target) || copy !== url || more.length > 0) throw new Error(`copy: ${target}`);
    allowed.splice(allowed.indexOf(target), 1);
  }
}

/** One event through the source and the bundle: each keeps the contract, and both do the same. */
async function checkLogins(logins: readonly Login[], settings: PictureSettings, make: Make): Promise<boolean> {
  let expected: string | undefined;
  for (const login of logins) {
    const reads: Reads = [];
    const { result, calls } = await login(recording(make(), "", reads));
    if (result !== undefined) throw new Error("the handler returned a value");
    check(calls, settings, reads);
    const text = JSON.stringify(calls);
    expected ??= text;
    if (text !== expected) throw new Error(`the bundle wrote ${text}, the source ${expected}`);
  }
  return expected !== "[]";
}

test(`${runs} arbitrary events`, { timeout: 60_000 + runs }, async () => {
  let pictures = 0;
  const variant = fc.constantFrom(...variants);
  await fc.assert(
    fc.asyncProperty(variant, event, async ({ settings, logins }, make) => {
      if (await checkLogins(logins, settings, make)) pictures++;
    }),
    { numRuns: runs },
  );
  // Events that all fail to be read would prove nothing: a fair share of them must have led to a picture.
  expect(pictures).toBeGreaterThan(runs / 10);
});

test("an address that is shown is what parsing makes of it, with nothing that misleads", { timeout: 60_000 }, () => {
  const label = fc.string({ unit: fc.constantFrom(..."az09-.x"), minLength: 1, maxLength: 8 });
  const bit = fc.constantFrom(..."aZ0-_~.=/?&:@%;# ", "..", "%2e", "%2F", "%5c", "%3b", "/../", ":8443");
  const rest = fc.array(bit, { maxLength: 12 }).map((bits) => bits.join(""));
  let shown = 0;
  fc.assert(
    fc.property(label, pick([".example", "", ":", ".example:443", ".example:8443"]), rest, (host, end, path) => {
      const picture = `https://${host}${end}/${path}`;
      const href = showableUrl(picture);
      if (href === undefined) return;
      shown++;
      const url = new URL(picture.trim());
      expect(href).toBe(url.href);
      expect([url.port, url.username, url.password]).toEqual(["", "", ""]);
      const decoded = url.pathname
        .replace(/%2e/gi, ".")
        .replace(/%2f|%5c/gi, "/")
        .replace(/%3b/gi, ";");
      expect(decoded.split("/").map((segment) => segment.split(";")[0])).not.toContain("..");
    }),
    { numRuns: isRare ? 50_000 : 20_000 },
  );
  expect(shown).toBeGreaterThan(isRare ? 10_000 : 4000);
});

test("every address under an allowed prefix is shown, normalised", { timeout: 60_000 }, async () => {
  const settings: PictureSettings = { allowedUrlPrefixes: [prefix] };
  const login = bundleLogin(settings);
  const segment = fc.string({ unit: fc.constantFrom(..."abcXYZ019-_~é😀 "), minLength: 1, maxLength: 20 });
  await fc.assert(
    fc.asyncProperty(
      fc.array(segment, { minLength: 1, maxLength: 5 }),
      pick(["", " ", "\n"]),
      async (segments, space) => {
        const url = `${prefix}${segments.join("/")}.png`;
        const { calls } = await login({ user: { user_metadata: { picture: space + url + space } } });
        expect(calls).toEqual([["idToken", "picture", new URL(url).href]]);
      },
    ),
    { numRuns: 2000 },
  );
});

test("events are safe under polluted prototypes", async () => {
  const pollution = {
    picture: "javascript:alert(1)",
    user_metadata: { picture: "http://evil.example/" },
    general: "x",
    mode: "x",
  };
  Object.assign(Object.prototype, pollution);
  try {
    for (const { settings, logins } of variants) {
      for (const make of [
        () => ({}),
        () => ({ user: {} }),
        () => ({ user: { identities: [{}] } }),
        () => ({ user: { picture: google } }),
      ]) {
        await checkLogins(logins, settings, make);
      }
    }
  } finally {
    for (const name of Object.keys(pollution)) Reflect.deleteProperty(Object.prototype, name);
  }
});
