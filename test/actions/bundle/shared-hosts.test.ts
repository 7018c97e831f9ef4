// The hosts that no prefix may open: each row of the data, with a path that is not one customer's own and one that is.
import { expect, test } from "vitest";
import { pictureSettingsFaults } from "../../../actions/bundle/picture-settings.ts";
import { sharedHosts, sharedSuffixes } from "../../../actions/bundle/shared-hosts.ts";

const isAllowed = (prefix: string): boolean => pictureSettingsFaults({ allowedUrlPrefixes: [prefix] }).length === 0;

const suffixes = `
  cloudfront.net amazonaws.com azureedge.net azurefd.net blob.core.windows.net web.core.windows.net googleusercontent.com r2.dev
  r2.cloudflarestorage.com digitaloceanspaces.com backblazeb2.com wasabisys.com b-cdn.net fastly.net akamaized.net supabase.co
  imgix.net ucarecd.net ufs.sh appspot.com run.app web.app firebaseapp.com github.io githubusercontent.com gitlab.io netlify.app
  vercel.app pages.dev workers.dev herokuapp.com onrender.com fly.dev deno.dev azurewebsites.net azurestaticapps.net amplifyapp.com
  elasticbeanstalk.com surge.sh replit.app hf.space webflow.io wixsite.com myshopify.com blogspot.com wordpress.com ngrok.io
  ngrok.app ngrok.dev ngrok-free.app trycloudflare.com loca.lt co.uk org.uk me.uk ac.uk gov.uk com.au net.au org.au co.nz co.za
  co.in co.jp ne.jp or.jp co.kr or.kr co.il co.id co.th com.ar com.br com.cn com.co com.hk com.mx com.my com.ph com.pl com.sa
  com.sg com.tr com.tw com.ua com.vn`
  .trim()
  .split(/\s+/);

test("every suffix of the data is tested here", () => {
  expect(suffixes.toSorted()).toEqual([...sharedSuffixes].toSorted());
});

test.each(suffixes)("nobody owns %s, but a host below it", (suffix) => {
  expect(isAllowed(`https://${suffix}/`)).toBe(false);
  expect(isAllowed(`https://${suffix}/a/b/c/d/`)).toBe(false);
  expect(isAllowed(`https://${suffix}./`)).toBe(false);
  expect(isAllowed(`https://pictures-of-example-org.${suffix}/`)).toBe(true);
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
