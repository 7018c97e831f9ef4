// Addresses of pictures as they were seen, each with where: what Auth0 made up, what has expired, and what identity
// providers keep.

const md5 = "15626c5e0c749cb912f9d1ad48dba440";
const sha256 = "27205e5c51cb03f862138b22bcb5dc20f94a342e744ff6df1b8dc8af3c865109";
const initials = "https%3A%2F%2Fcdn.auth0.com%2Favatars%2Fsc.png";
const silhouette = "https%3A%2F%2Fssl.gstatic.com%2Fs2%2Fprofiles%2Fimages%2Fsilhouette80.png";

export interface GeneratedForm {
  readonly picture: string;
  /** What stands before and behind the fallback, once it is rewritten; absent: no Gravatar address. */
  readonly around?: readonly [string, string];
  readonly source: string;
}

const gravatar = (head: string, fallback: string, tail: string, source: string): GeneratedForm => ({
  picture: head + fallback + tail,
  around: [head.replace(/^http:/, "https:"), tail],
  source,
});

/** Every form in which Auth0 has made a picture up. */
export const generatedForms: readonly GeneratedForm[] = [
  gravatar(`https://s.gravatar.com/avatar/${md5}?s=480&r=pg&d=`, initials, "", "Auth0 docs, add-login-auth-code-flow"),
  gravatar(
    `https://secure.gravatar.com/avatar/${md5}?s=480&r=pg&d=`,
    initials,
    "",
    "a profile as tenants have them today",
  ),
  gravatar(
    `https://secure.gravatar.com/avatar/${md5}?s=480&r=pg&d=`,
    silhouette,
    "",
    "Auth0 docs, Sample User Profiles, and Management API v2, the example of POST /users",
  ),
  gravatar(
    `http://s.gravatar.com/avatar/${md5}?s=480&r=pg&d=`,
    initials.replace("https", "http"),
    "",
    "a profile of 2017 in public code, user id auth0|59346eee5f874258e3ffb4c5",
  ),
  gravatar(
    `https://s.gravatar.com/avatar/${md5}?s=480&r=pg&d=`,
    "https://cdn.auth0.com/avatars/je.png",
    "",
    "a profile of 2024 in public code, user id 65f87bc1e02f1ee243874743: decoded once",
  ),
  gravatar(
    `https://s.gravatar.com/avatar/${md5}?s=480&r=pg&d=`,
    initials.replaceAll(/%../g, (escape) => escape.toLowerCase()),
    "",
    "the same through an encoder that writes lower case, such as .NET's UrlEncode",
  ),
  gravatar(
    `https://s.gravatar.com/avatar/${md5}?s=480&r=pg&d=`,
    initials.replace("https", "%68ttps").replace("sc", "%7a%5a"),
    "",
    "RFC 3986, 2.3: a letter is the same escaped",
  ),
  gravatar(
    `https://s.gravatar.com/avatar/${md5}?d=`,
    initials,
    "&s=480&r=pg",
    "the same through a program that sorts parameters",
  ),
  gravatar(`https://s.gravatar.com/avatar/${md5}?r=pg&d=`, initials, "&s=480", "the same"),
  gravatar(
    `https://gravatar.com/avatar/${sha256}?s=480&r=pg&d=`,
    initials,
    "",
    "docs.gravatar.com/sdk/images: host without a name before it, SHA-256",
  ),
  gravatar(`https://www.gravatar.com/avatar/${md5}?s=480&r=pg&d=`, initials, "", "Gravatar's documented host of old"),
  { picture: "https://cdn.auth0.com/avatars/an.png", source: "Auth0 docs, Change User Picture; passwordless users" },
  { picture: "https://cdn.auth0.com/avatars/%C3%A9%C3%A8.png", source: "initials that are no ASCII" },
];

/** Gravatar addresses that are somebody's choice, and what only looks like Auth0's. */
export const chosenForms: readonly string[] = [
  `https://s.gravatar.com/avatar/${md5}?s=480&r=pg&d=mp`,
  `https://secure.gravatar.com/avatar/${md5}?s=480&r=pg&d=identicon`,
  `https://secure.gravatar.com/avatar/${md5}?s=480&r=pg&d=https%3A%2F%2Fexample.org%2Fa.png`,
  `https://s.gravatar.com/avatar/${md5}?s=480&r=pg&d=${initials}&f=y`,
  `https://s.gravatar.com/avatar/${md5}?s=480&r=pg&d=${initials}&d=mp`,
  `https://s.gravatar.com/avatar/${md5}0?s=480&r=pg&d=${initials}`,
  `https://s.gravatar.com/avatar/${md5}?s=480&r=pg&d=${initials.replace("sc.png", "a%2Fsc.png")}`,
  `https://s.gravatar.com.example.org/avatar/${md5}?s=480&r=pg&d=${initials}`,
  "https://i0.wp.com/cdn.auth0.com/avatars/an.png?ssl=1",
  "https://example.org/s2/profiles/images/silhouette80.png",
];

const amazon = (date: string, seconds: string) =>
  `https://b.s3.eu-central-1.amazonaws.com/a.png?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=K%2F20200913` +
  `&X-Amz-Date=${date}&X-Amz-Expires=${seconds}&X-Amz-SignedHeaders=host&X-Amz-Signature=0123abcd`;
const google = (date: string, seconds: string) =>
  `https://storage.googleapis.com/b/a.png?X-Goog-Algorithm=GOOG4-RSA-SHA256&X-Goog-Expires=${seconds}` +
  `&X-Goog-Date=${date}&X-Goog-SignedHeaders=host&X-Goog-Signature=0123abcd`;
const facebook = (ext: string) =>
  `https://platform-lookaside.fbsbx.com/platform/profilepic/?asid=1&height=50&width=50&ext=${ext}&hash=AeT6`;
const linkedin = (e: string) =>
  `https://media.licdn.com/dms/image/v2/D4D03AQ/profile-displayphoto-shrink_100_100/0/1698277975626?e=${e}&v=beta&t=q`;

/** By what their own URLs say. Sources: public reports; AWS, Google Cloud and CloudFront docs, "signed URLs". */
export const expired: Readonly<Record<string, string>> = {
  "Facebook's": facebook("1600000000"),
  "Facebook's, as the last parameter": "https://platform-lookaside.fbsbx.com/platform/profilepic/?ext=1600000000",
  "LinkedIn's": linkedin("1600000000"),
  "Amazon's, version 4": amazon("20200913T122640Z", "3600"),
  "Google Cloud's, version 4": google("20200913T122640Z", "604800"),
  "Amazon's, version 2": "https://b.s3.amazonaws.com/a.png?AWSAccessKeyId=K&Expires=1600000000&Signature=q%3D",
  "Google Cloud's, version 2": "https://storage.googleapis.com/b/a.png?GoogleAccessId=s&Expires=1600000000&Signature=q",
  // Facebook's and Instagram's content hosts give the second in hex (public reports of "URL signature expired").
  "Facebook's content host's":
    "https://scontent-fra3-1.xx.fbcdn.net/v/t1.0-1/p200x200/1_n.jpg?_nc_cat=1&oh=0a1b&oe=5F5E1000",
  "Instagram's": "https://scontent.cdninstagram.com/v/t51.2885-19/1_n.jpg?oh=0a1b&oe=5f5e1000&_nc_sid=1",
  // Azure Storage docs, "Create a service SAS": signedExpiry, in ISO 8601.
  "Azure's":
    "https://a.blob.core.windows.net/c/a.png?sp=r&st=2020-01-01T00%3A00%3A00Z&se=2020-09-13T12%3A26%3A40Z&sv=2022-11-02&sig=q%3D",
  "Azure's, by the day": "https://a.blob.core.windows.net/c/a.png?sv=2022-11-02&se=2020-09-13&sr=b&sp=r&sig=q%3D",
  "Azure's, unescaped": "https://a.blob.core.windows.net/c/a.png?sig=q&se=2020-09-13T12:26Z",
  "CloudFront's, on a host of one's own": "https://cdn.example.org/a.png?Expires=1600000000&Signature=q&Key-Pair-Id=K",
  "without encryption": facebook("1600000000").replace("https", "http"),
};

/** Numbers that say nothing, or a time to come. */
export const unexpired: Readonly<Record<string, string>> = {
  "LinkedIn's for ever": linkedin("2147483647"),
  "Facebook's to come": facebook("2147483647"),
  "Amazon's to come": amazon("20990913T122640Z", "3600"),
  "Google Cloud's to come": google("20990913T122640Z", "3600"),
  "Amazon's of no time": amazon("20201399T992640Z", "3600"),
  "Amazon's without a lifetime": amazon("20200913T122640Z", ""),
  "a lifetime that is none": amazon("20200913T122640Z", "-5"),
  "a version 2 of the year 5138": "https://b.s3.amazonaws.com/a.png?Expires=99999999999&Signature=q",
  "too few digits": facebook("160000000"),
  "too many digits": linkedin("1600000000000"),
  "no digits": linkedin("soon"),
  "a fraction": linkedin("1600000000.5"),
  "a number with leading zeros": linkedin("0000000001"),
  "the same parameter on another host": "https://pictures.example.com/a.png?e=1600000000",
  "the same on a host that ends alike": "https://notlicdn.com/a.png?e=1600000000",
  "the host in a query": "https://example.org/?from=https://media.licdn.com/&e=1600000000",
  "another parameter": "https://media.licdn.com/dms/image/a/0?v=1600000000",
  "in the path": "https://media.licdn.com/dms/image/e=1600000000/1600000000",
  "in the fragment": "https://media.licdn.com/dms/image/a/0#?e=1600000000",
  "an end without a signature": "https://example.org/a.png?Expires=1600000000",
  "Facebook's content host's, in 2038": "https://scontent-fra3-1.xx.fbcdn.net/v/t1.0-1/1_n.jpg?oh=0a1b&oe=7FFFFFFF",
  "a longer number there": "https://scontent-fra3-1.xx.fbcdn.net/v/t1.0-1/1_n.jpg?oh=0a1b&oe=05F5E1000",
  "the same parameter elsewhere": "https://example.org/a.png?oe=5F5E1000",
  "the content host in a query": "https://example.org/?from=https://a.fbcdn.net/&oe=5F5E1000",
  "Azure's, in 2100": "https://a.blob.core.windows.net/c/a.png?sv=2022-11-02&se=2100-01-01T00%3A00%3A00Z&sig=q",
  "an Azure end without a signature": "https://a.blob.core.windows.net/c/a.png?se=2020-09-13",
  "an Azure end that is a year": "https://a.blob.core.windows.net/c/a.png?se=2012&sig=q",
  "an Azure end that is no time": "https://a.blob.core.windows.net/c/a.png?se=2020-09-13T%zz-%3&sig=q",
  "an Azure end in the fragment": "https://a.blob.core.windows.net/c/a.png?sig=q#&se=2020-09-13",
};

/** No page can show them, or none may: such a claim breaks cookies. */
export const unshowable: Readonly<Record<string, string>> = {
  "60 kB of data": `data:image/png;base64,${"iVBORw0KGgo".repeat(5500)}`,
  "a few bytes of data": "data:image/gif;base64,R0lGODlhAQABAAAAACwAAAAAAQABAAA=",
  javascript: "javascript:alert(1)",
  blob: "blob:https://example.org/0f8fad5b-d9cb-469f-a165-70867728950e",
  "a file": "file:///home/ana/me.png",
  "3,000 characters": "https://example.org/".padEnd(3000, "a"),
  "3,000 characters of Auth0's form": `https://cdn.auth0.com/avatars/${"a".repeat(3000)}.png`,
  "2,049 characters once they are encoded": `${"https://example.org/".padEnd(2044, "a")}é`,
  garbage: "garbage",
  "no scheme": "example.org/a.png",
  "no host": "https://",
  "a password, which browsers refuse in a picture's URL": "https://ana:pw@example.org/a.png",
};

/** Pages show them as they are. */
export const showable: Readonly<Record<string, string>> = {
  "http, which browsers upgrade": "http://example.org/a.png",
  "a port": "https://example.org:8443/a.png",
  "an address without a path": "https://example.org",
  "white space around it": " https://example.org/a.png\n",
  "an IP address": "https://[2001:db8::1]/a.png",
  "letters that are no ASCII": "https://bücher.example/é.png",
};

/** Where an identity provider's pictures were seen, and an address there. */
export const providerForms: readonly (readonly [picture: string, source: string])[] = [
  ["https://lh3.googleusercontent.com/a/ACg8ocK=s96-c", "Google Identity docs, the ID token's picture"],
  ["https://avatars.githubusercontent.com/u/42?v=4", "GitHub docs, Get a user, avatar_url"],
  [facebook("2147483647"), "Graph API docs, User Picture"],
  [linkedin("2147483647"), "LinkedIn docs, Sign In with LinkedIn, userinfo's picture"],
  ["https://pbs.twimg.com/profile_images/2284174872/7df3h38zabcvjylnyfe3_normal.png", "X docs, User Profile Images"],
  ["http://pbs.twimg.com/profile_images/2284174872/7df3h38zabcvjylnyfe3_normal.png", "X docs, profile_image_url"],
  ["https://avatars.slack-edge.com/2023-01-30/4703448917447_873b_original.jpg", "Slack docs, users.profile.get"],
];
