// Which URLs give a picture, and what every other is told, against real TLS servers: what a host says is not believed,
// and where it leads is checked again.
import { gzipSync } from "node:zlib";
import type { ServerResponse } from "node:http";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { fetchPicture } from "../../../cli/images/fetch-picture.ts";
import { openPictureRequests } from "../../../cli/images/picture-requests.ts";
import { PictureSourceError } from "../../../cli/images/picture-source.ts";
import { isPublicAddress } from "../../../cli/images/public-address.ts";
import { picture } from "../../components/picture-store/pictures.ts";
import { address, openPictureHosts } from "./picture-hosts.ts";
import type { PictureHosts } from "./picture-hosts.ts";

const png = Buffer.from(picture("png"));
const url = "https://pictures.example/a.png";
let internet: PictureHosts;

beforeAll(async () => {
  internet = await openPictureHosts();
});
afterAll(() => internet.close());
beforeEach(() => {
  internet.paths.clear();
  internet.records.clear();
  for (const list of [internet.resolved, internet.connected, internet.received]) list.length = 0;
});

const give = (path: string, status: number, headers: Record<string, string> = {}, body: Buffer | string = png) =>
  internet.paths.set(path, (_, response) => void response.writeHead(status, headers).end(body));
const redirect = (path: string, location: string, status = 302) => give(path, status, { location }, "");
const ask = (text = url, options: Parameters<typeof fetchPicture>[1] = {}) =>
  fetchPicture(text, { requests: internet.requests, ...options });
const refusalOf = async (text = url, options: Parameters<typeof fetchPicture>[1] = {}) => {
  const error: unknown = await ask(text, options).catch((error: unknown) => error);
  if (error instanceof PictureSourceError) return error.message;
  throw new Error("It is not refused.", { cause: error });
};

describe("fetchPicture", () => {
  it("takes what is there, and tells its host no more than who asks", async () => {
    give("/a.png", 200, { "content-type": "text/html", "set-cookie": "a=b" });

    expect(await ask()).toEqual({ bytes: new Uint8Array(png), url });
    expect(await ask()).toEqual({ bytes: new Uint8Array(png), url });
    for (const { headers } of internet.received)
      expect(headers).toEqual({
        host: "pictures.example",
        connection: "close",
        accept: expect.stringContaining("image/webp") as string,
        "accept-encoding": "identity",
        "user-agent": "auth0-user-pictures-cli",
      });
    expect(internet.connected).toEqual([address, address]);
  });

  it("asks no proxy, whatever the environment says", async () => {
    give("/a.png", 200);
    const names = ["HTTPS_PROXY", "https_proxy", "NODE_USE_ENV_PROXY"];
    const before = names.map((name) => process.env[name]);
    for (const name of names) process.env[name] = name === "NODE_USE_ENV_PROXY" ? "1" : "http://127.0.0.1:9";
    try {
      const requests = internet.requestsWith({});
      expect(await ask(url, { requests })).toMatchObject({ url });
    } finally {
      names.forEach((name, index) => {
        const value = before[index];
        if (value === undefined) delete process.env[name];
        else process.env[name] = value;
      });
    }
  });

  it.each([
    ["http://pictures.example/a.png", "begins with http:; only https: is fetched"],
    ["HTTP://pictures.example/a.png", "begins with http:"],
    ["file:///etc/passwd", "begins with file:"],
    ["data:image/png;base64,AAAA", "begins with data:"],
    ["ftp://pictures.example/a.png", "begins with ftp:"],
    ["//pictures.example/a.png", "cannot be read"],
    ["a.png", "cannot be read"],
    ["", "cannot be read"],
    ["https://", "cannot be read"],
    ["https://pictures.example:99999/", "cannot be read"],
    ["https://user@pictures.example/a.png", "holds a user name or a password"],
    ["https://:secret@pictures.example/a.png", "holds a user name or a password"],
    ["https://pictures.example:8443/a.png", "names port 8443; only 443"],
    ["https://pictures.example:80/a.png", "names port 80"],
    ["https://127.0.0.1/a.png", "names an IP address"],
    ["https://93.184.215.14/a.png", "names an IP address"],
    ["https://2130706433/a.png", "names an IP address"],
    ["https://0x7f.1/a.png", "names an IP address"],
    ["https://0177.0.0.1/a.png", "names an IP address"],
    ["https://１２７.0.0.1/a.png", "names an IP address"],
    ["https://[::1]/a.png", "names an IP address"],
    ["https://[::ffff:127.0.0.1]/a.png", "names an IP address"],
    ["https://[2606:2800:21f::1]/a.png", "names an IP address"],
    ["https://pictures.example./a.png", "a dot at its end"],
    ["https://localhost./a.png", "a dot at its end"],
  ])("asks nobody for %s", async (text, words) => {
    expect(await refusalOf(text)).toContain(words);
    expect(internet.resolved).toEqual([]);
  });

  it("leaves out of the words what the URL holds", async () => {
    const words = await refusalOf("https://user:secret@pictures.example/\u001b[2J");

    for (const one of ["secret", "\u001b"]) expect(words).not.toContain(one);
  });

  it.each([
    "0.0.0.0",
    "10.0.0.1",
    "100.64.0.1",
    "100.127.255.255",
    "127.0.0.1",
    "169.254.169.254",
    "172.16.0.1",
    "172.31.255.255",
    "192.0.0.8",
    "192.0.2.1",
    "192.88.99.1",
    "192.168.1.1",
    "198.19.255.255",
    "198.51.100.1",
    "203.0.113.1",
    "224.0.0.1",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::127.0.0.1",
    "::ffff:10.0.0.1",
    "::ffff:93.184.215.14",
    "64:ff9b::a00:1",
    "64:ff9b:1::1",
    "100::1",
    "2001::1",
    "2001:1ff::1",
    "2001:db8::1",
    "2002:7f00:1::1",
    "3fff::1",
    "5f00::1",
    "fc00::1",
    "fd00:ec2::254",
    "fe80::1",
    "fe80::1%eth0",
    "fec0::1",
    "ff02::1",
  ])("connects to no host at %s", async (one) => {
    internet.records.set("pictures.example", [[one]]);

    expect(await refusalOf()).toContain(`has the address ${one}, which is not public`);
    expect(internet.connected).toEqual([]);
  });

  it("connects to no host of which one address is not public", async () => {
    internet.records.set("pictures.example", [[address, "2606:2800:21f::1", "10.0.0.1"]]);

    expect(await refusalOf()).toContain("10.0.0.1");
    expect(internet.connected).toEqual([]);
  });

  it.each(["1.1.1.1", "100.63.255.255", "172.15.0.1", "172.32.0.1", "192.0.1.1", "2606:4700::1111", "2001:4860::8888"])(
    "takes %s for a public address",
    (one) => expect(isPublicAddress(one)).toBe(true),
  );

  it("connects to what it has checked, whatever the next resolution says", async () => {
    give("/a.png", 200);
    internet.records.set("pictures.example", [[address], ["127.0.0.1"]]);

    expect(await ask()).toMatchObject({ url });
    expect(internet.resolved).toEqual(["pictures.example"]);
    expect(internet.connected).toEqual([address]);
  });

  it("checks a host again that redirects to itself", async () => {
    redirect("/a.png", "/b.png");
    give("/b.png", 200);
    internet.records.set("pictures.example", [[address], ["169.254.169.254"]]);

    expect(await refusalOf()).toContain("169.254.169.254");
    expect(internet.connected).toEqual([address]);
  });

  it.each([301, 302, 303, 307, 308])("follows %i, and tells where the picture was at last", async (status) => {
    redirect("/a.png", "https://cdn.pictures.example/b.png#part", status);
    redirect("/b.png", "c.png", status);
    redirect("/c.png", "../d.png?x", status);
    give("/d.png?x", 200);

    expect(await ask()).toEqual({ bytes: new Uint8Array(png), url: "https://cdn.pictures.example/d.png?x" });
    expect(internet.received.map(({ method }) => method)).toEqual(["GET", "GET", "GET", "GET"]);
  });

  it.each([
    ["http://pictures.example/b.png", "begins with http:"],
    ["https://169.254.169.254/latest/meta-data/", "names an IP address"],
    ["//[fd00:ec2::254]/latest/meta-data/", "names an IP address"],
    ["https://user:x@pictures.example/", "holds a user name"],
    ["https://pictures.example:8443/", "names port 8443"],
    ["file:///etc/passwd", "begins with file:"],
    ["https://private.pictures.example/", "has the address 10.0.0.1, which is not public"],
    ["https://other.pictures.example/", "is none of those that may be asked"],
    ["", "redirects without saying where to"],
  ])("does not follow a redirect to %j", async (location, words) => {
    internet.records.set("private.pictures.example", [["10.0.0.1"]]);
    give("/a.png", 302, location === "" ? {} : { location }, "");
    const isAllowedHost = (host: string) => host !== "other.pictures.example";

    expect(await refusalOf(url, { isAllowedHost })).toContain(words);
    expect(internet.connected).toEqual([address]);
  });

  it("follows 3 redirects at most", async () => {
    redirect("/a.png", "/a.png");

    expect(await refusalOf()).toBe(
      "The host pictures.example redirects after 3 redirects, the most that are followed.",
    );
    expect(internet.received).toHaveLength(4);
  });

  it.each([
    [404, {}, { isGone: true }],
    [410, {}, { isGone: true }],
    [403, {}, {}],
    [429, { "retry-after": "7" }, { retryAfterMs: 7000 }],
    [503, { "retry-after": "soon" }, { retryAfterMs: undefined }],
    [500, {}, {}],
    [206, {}, {}],
    [304, {}, {}],
  ])("says that a host answers %i", async (status, headers, more) => {
    give("/a.png", status, headers);

    await expect(ask()).rejects.toMatchObject({
      message: `The host pictures.example answers ${status}; only 200 gives a picture.`,
      status,
      isGone: false,
      ...more,
    });
  });

  it("gives a page's bytes as they are, for the decoder to refuse", async () => {
    give("/a.png", 200, { "content-type": "image/png" }, "<!doctype html>");

    expect(Buffer.from((await ask()).bytes).toString()).toBe("<!doctype html>");
  });

  it.each(["gzip", "br", "deflate", "x-gzip", "GZIP", "identity, gzip"])("unpacks nothing of %s", async (encoding) => {
    give("/a.png", 200, { "content-encoding": encoding }, gzipSync(Buffer.alloc(10_000_000)));

    expect(await refusalOf()).toContain("compresses its answer");
  });

  it("takes an answer that says it is not compressed", async () => {
    give("/a.png", 200, { "content-encoding": "identity" });

    expect(await ask()).toMatchObject({ url });
  });

  it("reads no more than the most, of a body without an end", async () => {
    let sent = 0;
    internet.paths.set("/a.png", (_, response) => {
      const piece = Buffer.alloc(65_536);
      const more = () => {
        while (!response.destroyed) {
          sent += piece.length;
          if (!response.write(piece)) return void response.once("drain", more);
        }
      };
      more();
    });

    expect(await refusalOf(url, { maxBytes: 1_000_000 })).toContain("sends more than 1 MB");
    await internet.whenIdle();
    // What is on its way is in the buffers of both sides.
    expect(sent).toBeLessThan(30_000_000);
  });

  it("does not begin to read what says that it is larger than the most", async () => {
    internet.paths.set("/a.png", (_, response) => {
      response.writeHead(200, { "content-length": "1000001" }).flushHeaders();
    });

    expect(await refusalOf(url, { maxBytes: 1_000_000 })).toContain("sends more than 1 MB");
  });

  it.each([0, 1])("takes as much as the most, less %i", async (less) => {
    give("/a.png", 200, {}, Buffer.alloc(1000 - less));

    expect((await ask(url, { maxBytes: 1000 })).bytes).toHaveLength(1000 - less);
  });

  it("refuses a body that is cut off", async () => {
    internet.paths.set("/a.png", (_, response) => {
      response.writeHead(200, { "content-length": "1000" }).write(png.subarray(0, 10), () => response.destroy());
    });

    expect(await refusalOf()).toContain("cut its answer off");
  });

  describe("where a host is slow", () => {
    const drip = (response: ServerResponse) => {
      response.writeHead(200);
      const timer = setInterval(() => response.write("x"), 5);
      response.on("close", () => clearInterval(timer));
    };

    it("waits for a drip no longer than for all together", async () => {
      internet.paths.set("/a.png", (_, response) => drip(response));
      const requests = internet.requestsWith({ total: 300 });

      expect(await refusalOf(url, { requests })).toContain("took longer than 0.3 s");
      await internet.whenIdle();
    });

    it("waits for all redirects no longer than for one picture", async () => {
      internet.paths.set("/a.png", (_, response) => {
        setTimeout(() => response.writeHead(302, { location: "/a.png" }).end(), 100);
      });
      const requests = internet.requestsWith({ total: 300, maxRedirects: 1_000_000 });

      expect(await refusalOf(url, { requests })).toContain("took longer than 0.3 s");
    });

    it.each([
      ["headers", { headers: 100 }, () => undefined],
      ["a body", { silence: 100 }, (response: ServerResponse) => void response.writeHead(200).write("x")],
    ])("does not wait for %s on and on", async (_, limits, begin) => {
      internet.paths.set("/a.png", (_, response) => begin(response));

      expect(await refusalOf(url, { requests: internet.requestsWith(limits) })).toContain("stopped answering");
      await internet.whenIdle();
    });

    it("ends at the signal, with its reason", async () => {
      const controller = new AbortController();
      internet.paths.set("/a.png", (_, response) => {
        drip(response);
        controller.abort(new Error("Ctrl-C"));
      });

      await expect(ask(url, { signal: controller.signal })).rejects.toThrow("Ctrl-C");
      await internet.whenIdle();
      await expect(ask(url, { signal: controller.signal })).rejects.toThrow("Ctrl-C");
    });
  });

  it("believes no certificate of another host", async () => {
    await expect(ask("https://other.example/a.png")).rejects.toMatchObject({
      message: expect.stringContaining("other.example has no valid certificate") as string,
      isGone: true,
    });
    expect(internet.received).toEqual([]);
  });

  it("says that a host has no address", async () => {
    internet.records.set("pictures.example", [[]]);

    expect(await refusalOf()).toContain("has no address");
  });

  it.each([
    ["ENOTFOUND", "is not known", true],
    ["EAI_AGAIN", "cannot be looked up just now", false],
  ])("says what the resolver does: %s", async (code, words, isGone) => {
    const requests = openPictureRequests({ resolve: () => Promise.reject(Object.assign(new Error("no"), { code })) });

    await expect(ask(url, { requests })).rejects.toMatchObject({
      message: expect.stringContaining(words) as string,
      isGone,
    });
    await requests.close();
  });
});
