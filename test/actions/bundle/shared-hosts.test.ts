// The hosts that no prefix may open: a list of hosts with what each is, then each row of the data with a path that is
// not one customer's own and one that is.
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { getPublicSuffix } from "tldts";
import { expect, test } from "vitest";
import { validatePictureSettings } from "../../../actions/bundle/picture-settings.ts";
import { sharedHosts, sharedReason, sharedSuffixes } from "../../../actions/bundle/shared-hosts.ts";

const isAllowed = (prefix: string): boolean => validatePictureSettings({ allowedUrlPrefixes: [prefix] }).length === 0;

/** What a host is, and whether a prefix may be all of it. */
const hostsThemselves: [host: string, what: string, result: "own" | "refused"][] = [
  // A customer's own host
  ["pictures.example.org", "a host of one's own domain", "own"],
  ["example.org", "one's own domain", "own"],
  ["example.co.uk", "one's own domain below a country's suffix", "own"],
  ["pictures.city.kawasaki.jp", "a host below an exception of the list (!city.kawasaki.jp)", "own"],
  ["www.ck", "another exception (!www.ck)", "own"],
  ["xn--exmple-cua.org", "a domain with letters beyond ASCII, as browsers write it", "own"],
  ["a_b.example.org", "a host whose name is no host name by RFC 1123, which browsers open all the same", "own"],
  ["d1.cloudfront.net", "a distribution of CloudFront", "own"],
  ["d111111abcdef8.cloudfront.net", "another distribution of CloudFront", "own"],
  ["bucket.s3.eu-west-1.amazonaws.com", "a bucket of S3", "own"],
  ["bucket.s3.amazonaws.com", "a bucket of S3 without its region", "own"],
  ["bucket.nyc3.digitaloceanspaces.com", "a bucket of DigitalOcean Spaces", "own"],
  ["bucket.nyc3.cdn.digitaloceanspaces.com", "the same behind its CDN", "own"],
  ["bucket.eu-central-1.linodeobjects.com", "a bucket of Linode", "own"],
  ["account.blob.core.windows.net", "an account of Azure's blob storage", "own"],
  ["pub-0123456789abcdef.r2.dev", "a public bucket of Cloudflare R2", "own"],
  ["project.supabase.co", "a project of Supabase", "own"],
  ["example.github.io", "an account's pages on GitHub", "own"],
  ["pictures-abc123-ew.a.run.app", "a service of Cloud Run", "own"],
  ["zone.b-cdn.net", "a pull zone of bunny.net", "own"],
  ["pictures.corp.internal", "a host of a company's own network", "own"],
  ["pictures.localhost", "a developer's own machine, by a name", "own"],
  // Suffixes of the list
  ["com", "a top-level domain", "refused"],
  ["xn--p1ai", "a top-level domain with letters beyond ASCII (рф)", "refused"],
  ["co.uk", "a country's suffix", "refused"],
  ["a.ck", "a suffix by a wildcard of the list (*.ck)", "refused"],
  ["cloudfront.net", "all distributions of CloudFront, in the list's private section", "refused"],
  ["s3-website.eu-central-1.amazonaws.com", "all websites of S3 in a region", "refused"],
  ["blob.core.windows.net", "all accounts of Azure's blob storage", "refused"],
  ["eu-central-1.linodeobjects.com", "all buckets of Linode in a region (*.linodeobjects.com)", "refused"],
  ["digitaloceanspaces.com", "what is above a wildcard of the list (*.digitaloceanspaces.com)", "refused"],
  ["github.io", "all pages of GitHub", "refused"],
  ["a.run.app", "all services of Cloud Run (*.run.app)", "refused"],
  // Suffixes that the list lacks
  ["amazonaws.com", "all services of AWS", "refused"],
  ["b-cdn.net", "all pull zones of bunny.net", "refused"],
  // Hosts where anybody has a path
  ["s3.eu-west-1.amazonaws.com", "all buckets of S3 in a region, by path", "refused"],
  ["res.cloudinary.com", "all accounts of Cloudinary, by path", "refused"],
  ["i.imgur.com", "everybody's pictures in one flat space", "refused"],
  // No name below a domain
  ["localhost", "a name without a dot: each viewer's own machine", "refused"],
  ["intranet", "a name without a dot, which each network resolves as it likes", "refused"],
  ["192.168.0.1", "an address: another machine in each network", "refused"],
  ["127.0.0.1", "an address: each viewer's own machine", "refused"],
  ["8.8.8.8", "a public address, which shows no owner", "refused"],
  ["2130706433", "an address that browsers write as 127.0.0.1", "refused"],
  ["[::1]", "an address of IPv6", "refused"],
  ["[2001:db8::1]", "another address of IPv6", "refused"],
];

test.each(hostsThemselves)("%s, %s: %s", (host, _, result) => {
  const { hostname } = new URL(`https://${host}/`);
  expect([sharedReason(hostname, "/") === undefined ? "own" : "refused", isAllowed(`https://${hostname}/`)]).toEqual([
    result,
    result === "own",
  ]);
});

test("a refusal says what the host is", () => {
  expect(sharedReason("cloudfront.net", "/")).toBe(
    `"cloudfront.net" is a suffix that others share, not a host of your own`,
  );
  expect(sharedReason("[::1]", "/u/")).toBe(`"[::1]" is an IP address, not a host of your own`);
});

/** Suffixes that settings are likely to hold by mistake, each with a host below it that is one customer's own. */
const suffixes = `
  cloudfront.net amazonaws.com azureedge.net azurefd.net blob.core.windows.net web.core.windows.net
  googleusercontent.com r2.dev r2.cloudflarestorage.com digitaloceanspaces.com backblazeb2.com wasabisys.com
  b-cdn.net fastly.net akamaized.net supabase.co imgix.net ucarecd.net ufs.sh appspot.com run.app web.app
  firebaseapp.com github.io githubusercontent.com gitlab.io netlify.app vercel.app pages.dev workers.dev
  herokuapp.com onrender.com fly.dev deno.dev azurewebsites.net azurestaticapps.net amplifyapp.com
  elasticbeanstalk.com surge.sh replit.app hf.space webflow.io wixsite.com myshopify.com blogspot.com wordpress.com
  ngrok.io ngrok.app ngrok.dev ngrok-free.app trycloudflare.com loca.lt co.uk org.uk me.uk ac.uk gov.uk com.au
  net.au org.au co.nz co.za co.in co.jp ne.jp or.jp co.kr or.kr co.il co.id co.th com.ar com.br com.cn com.co com.hk
  com.mx com.my com.ph com.pl com.sa com.sg com.tr com.tw com.ua com.vn`
  .trim()
  .split(/\s+/);

/** Where the list has a wildcard below the suffix, a customer's host is one label longer. */
const regionBelow: Record<string, string> = { "digitaloceanspaces.com": "nyc3", "run.app": "europe-west1" };

test("every suffix of our own is tested here, and the public list still lacks it", () => {
  expect([...sharedSuffixes].filter((suffix) => !suffixes.includes(suffix))).toEqual([]);
  expect(
    [...sharedSuffixes].filter((suffix) => getPublicSuffix(suffix, { allowPrivateDomains: true }) === suffix),
  ).toEqual([]);
});

test.each(suffixes)("%s is shared, and a host below it is not", (suffix) => {
  expect(isAllowed(`https://${suffix}/`)).toBe(false);
  expect(isAllowed(`https://${suffix}/a/b/c/d/`)).toBe(false);
  expect(isAllowed(`https://${suffix}./`)).toBe(false);
  const region = regionBelow[suffix];
  const parent = region === undefined ? suffix : `${region}.${suffix}`;
  expect(isAllowed(`https://pictures-of-example-org.${parent}/`)).toBe(true);
});

/** A shared host, paths there that others share too, and paths that are one customer's own. */
const hosts: [host: string, shared: string[], own: string[]][] = [
  ["s3.amazonaws.com", ["/", "//a/"], ["/bucket/", "/bucket/u/"]],
  ["s3-eu-west-1.amazonaws.com", ["/"], ["/bucket/"]],
  ["s3.dualstack.eu-west-1.amazonaws.com", ["/"], ["/bucket/"]],
  ["s3.cn-north-1.amazonaws.com.cn", ["/"], ["/bucket/"]],
  ["storage.googleapis.com", ["/"], ["/bucket/"]],
  ["storage.cloud.google.com", ["/"], ["/bucket/"]],
  ["firebasestorage.googleapis.com", ["/", "/v0/", "/v0/b/", "/a/b/c/"], ["/v0/b/bucket.appspot.com/", "/v0/b/b/o/"]],
  ["f004.backblazeb2.com", ["/", "/file/", "/b2api/v1/"], ["/file/bucket/"]],
  ["s3.us-west-004.backblazeb2.com", ["/"], ["/bucket/"]],
  ["s3.us-west-1.wasabisys.com", ["/"], ["/bucket/"]],
  ["s3.wasabisys.com", ["/"], ["/bucket/"]],
  ["nyc3.digitaloceanspaces.com", ["/"], ["/bucket/"]],
  ["nyc3.cdn.digitaloceanspaces.com", ["/", "/bucket/"], []],
  ["s3.fr-par.scw.cloud", ["/"], ["/bucket/"]],
  ["storage.yandexcloud.net", ["/"], ["/bucket/"]],
  ["res.cloudinary.com", ["/"], ["/example/", "/example/image/upload/"]],
  ["ik.imagekit.io", ["/"], ["/example/"]],
  ["imagedelivery.net", ["/"], ["/0123456789abcdef/"]],
  ["images.ctfassets.net", ["/"], ["/space/"]],
  ["cdn.sanity.io", ["/", "/images/", "/files/a/"], ["/images/project/"]],
  ["utfs.io", ["/", "/f/", "/f/key/", "/a/"], ["/a/app/"]],
  ["raw.githubusercontent.com", ["/"], ["/owner/", "/owner/repository/"]],
  ["cdn.jsdelivr.net", ["/", "/gh/", "/npm/", "/wp/plugins/"], ["/gh/owner/", "/npm/package@1/"]],
  ["unpkg.com", ["/"], ["/package@1.0.0/"]],
  ["ucarecdn.com", ["/", "/a/"], []],
  ["lh3.googleusercontent.com", ["/", "/a/"], []],
  ["avatars.githubusercontent.com", ["/", "/u/"], []],
  ["avatars2.githubusercontent.com", ["/"], []],
  ["user-images.githubusercontent.com", ["/", "/1/"], []],
  ["imgur.com", ["/"], []],
  ["i.imgur.com", ["/", "/a/"], []],
  ["i.ibb.co", ["/", "/a/"], []],
  ["cdn.discordapp.com", ["/", "/attachments/1/"], []],
  ["media.discordapp.net", ["/"], []],
];

test("every shared host of the data is tested here", () => {
  for (const { host } of sharedHosts) expect([host, hosts.some(([name]) => host.test(name))]).toEqual([host, true]);
});

test.each(hosts)("%s is shared but for a customer's own path", (host, shared, own) => {
  for (const path of shared) expect([path, isAllowed(`https://${host}${path}`)]).toEqual([path, false]);
  for (const path of own) expect([path, isAllowed(`https://${host}${path}`)]).toEqual([path, true]);
});

test.each(["bucket.s3.eu-west-1.amazonaws.com", "bucket.nyc3.digitaloceanspaces.com", "s3.example.org"])(
  "%s is a customer's own host",
  (host) => {
    expect(isAllowed(`https://${host}/`)).toBe(true);
  },
);

test("the public list is loaded when a host is checked, not with the module", async () => {
  const module = JSON.stringify(new URL("../../../actions/bundle/shared-hosts.ts", import.meta.url));
  const loaded = `Object.keys(Module._cache).some((path) => path.includes("tldts"))`;
  const program = `import { Module } from "node:module"; const { sharedReason } = await import(${module});
    console.log(${loaded}); sharedReason("cdn.example.org", "/"); console.log(${loaded});`;
  const { stdout } = await promisify(execFile)(process.execPath, ["--input-type=module", "--eval", program]);

  expect(stdout).toBe("false\ntrue\n");
});
