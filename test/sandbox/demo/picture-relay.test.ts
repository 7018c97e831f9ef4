// The relay behind the demo's service worker: the edge's answers as they are, and no other host is asked.
import { describe, expect, it } from "vitest";
import { createPictureRelay } from "../../../sandbox/demo/picture-relay.ts";

const store = "https://d111111abcdef8.cloudfront.net/";

/** An edge that notes what it is asked. */
function edge(answer: () => Response = () => new Response("bytes", { headers: { "content-type": "image/png" } })) {
  const asked: string[] = [];
  const fetch = (url: string) => {
    asked.push(url);
    return Promise.resolve(answer());
  };
  return { asked, fetch };
}

describe("the picture relay", () => {
  it("passes on what the edge answers, and remembers it with all of its headers", async () => {
    const headers = {
      "content-type": "image/png",
      "content-security-policy": "sandbox",
      "strict-transport-security": "max-age=31536000",
      "transfer-encoding": "chunked",
    };
    const source = edge(() => new Response("default", { status: 404, headers }));
    const relay = createPictureRelay(source, store);
    const { status, headers: sent, body } = await relay.fetch(`${store}u/none.png`);

    expect([status, body.toString()]).toEqual([404, "default"]);
    // Of TLS, which the page has none of, and of a single connection.
    expect(sent).toEqual({ "content-type": "image/png", "content-security-policy": "sandbox" });
    expect(relay.served).toMatchObject([
      {
        url: `${store}u/none.png`,
        by: "edge",
        status: 404,
        size: 7,
        headers: { "strict-transport-security": /max-age/ },
      },
    ]);
    expect(source.asked).toEqual([`${store}u/none.png`]);
  });

  it.each([
    "https://lh3.googleusercontent.com/a/linus",
    "https://s.gravatar.com/avatar/0?d=https%3A%2F%2Fcdn.auth0.com%2Favatars%2Fad.png",
    "https://d111111abcdef8.cloudfront.net.example.org/u/a.png",
    "https://d111111abcdef8.cloudfront.net:8443/u/a.png",
  ])("draws %s, and asks nobody", async (url) => {
    const source = edge();
    const relay = createPictureRelay(source, store);
    const { status, headers, body } = await relay.fetch(url);

    expect([status, headers["content-type"]]).toEqual([200, "image/svg+xml"]);
    expect(headers["content-security-policy"]).toContain("sandbox");
    expect(body.toString()).toMatch(/^<svg [^]*<\/svg>$/);
    expect(relay.served[0]).toMatchObject({ url, by: "drawn" });
    expect(source.asked).toEqual([]);
  });

  it("draws initials where Auth0 does, and another picture for another URL", async () => {
    const relay = createPictureRelay(edge(), store);
    const drawn = async (url: string) => (await relay.fetch(url)).body.toString();

    expect(await drawn("https://cdn.auth0.com/avatars/ad.png")).toContain(">AD</text>");
    expect(await drawn("https://s.gravatar.com/avatar/0?d=https%3A%2F%2Fcdn.auth0.com%2Favatars%2Fb.png")).toContain(
      ">B</text>",
    );
    expect(await drawn("https://cdn.auth0.com/avatars/<b>.png")).not.toContain("<b>");
    const google = "https://lh3.googleusercontent.com/a/";
    expect(await drawn(`${google}one`)).not.toBe(await drawn(`${google}another`));
    expect(await drawn(`${google}one`)).toBe(await drawn(`${google}one`));
  });

  it("goes where Gravatar would send the browser: to a fallback in the store", async () => {
    const source = edge();
    await createPictureRelay(source, store).fetch(
      `https://s.gravatar.com/avatar/0?d=${encodeURIComponent(`${store}d/a.png`)}`,
    );

    expect(source.asked).toEqual([`${store}d/a.png`]);
  });

  it.each(["", "nothing", "http://d111111abcdef8.cloudfront.net/u/a.png", "javascript:alert(1)", "file:///etc/passwd"])(
    "refuses %j",
    async (url) => {
      const source = edge();
      await expect(createPictureRelay(source, store).fetch(url)).rejects.toMatchObject({ statusCode: 400 });
      expect(source.asked).toEqual([]);
    },
  );

  it("remembers the last ones, newest first", async () => {
    const relay = createPictureRelay(edge(), store);
    for (let index = 0; index < 30; index++) await relay.fetch(`${store}u/${index}.png`);

    expect(relay.served.map(({ url }) => url).slice(0, 2)).toEqual([`${store}u/29.png`, `${store}u/28.png`]);
    expect(relay.served).toHaveLength(24);
  });
});
