// Requests that nobody's browser makes: forms, types and tokens that are wrong in some way each. What is answered, and
// that the next request is served.
import { describe, expect, it } from "vitest";
import { handleRequest } from "../../functions/picture-upload/handle-request.ts";
import type { Services } from "../../functions/picture-upload/handle-request.ts";
import { pictureOf, userOf } from "../../functions/picture-upload/http-event.ts";
import type { HttpEvent } from "../../functions/picture-upload/http-event.ts";
import { isRare } from "../rare.ts";

const userId = "auth0|ada";
const disposition = 'Content-Disposition: form-data; name="picture"';
/** Node's parser looks for it without its dashes, wherever it is. */
const boundary = "----b0undary";
const part = (headers: string, content = "") => `--${boundary}\r\n${headers}\r\n\r\n${content}\r\n`;
const file = (content: string) => part(`${disposition}; filename="me.png"`, content);
const end = `--${boundary}--\r\n`;
/** In bytes: as much as a request can have, or a sample of it. */
const most = isRare ? 4_400_000 : 440_000;
const filled = (text: string) => text.repeat(Math.floor(most / text.length));

const eventOf = (body: string, type = `multipart/form-data; boundary=${boundary}`): HttpEvent => ({
  headers: { "content-type": type },
  body: Buffer.from(body, "latin1").toString("base64"),
  isBase64Encoded: true,
  requestContext: { http: { method: "PUT" }, authorizer: { jwt: { claims: { sub: userId } } } },
});

describe("a form", () => {
  it.each<readonly [string, string, string]>([
    ["with one file", file("bytes") + end, "bytes"],
    ["without a line's end after it", file("bytes") + end.trim(), "bytes"],
    ["with more behind its end", `${file("bytes")}${end}more`, "bytes"],
    ["with as much before it as fits", `${filled("x")}\r\n${file("bytes")}${end}`, "bytes"],
    ["with a name as long as fits", part(`${disposition}; filename="${filled("a")}"`, "bytes") + end, "bytes"],
    ["with names that are paths", part(`${disposition}; filename="../../\0me.png"`, "bytes") + end, "bytes"],
    ["for a prototype", part('Content-Disposition: form-data; name="__proto__"; filename="a"', "bytes") + end, "bytes"],
    [
      "whose file is base64",
      part(`${disposition}; filename="a"\r\nContent-Transfer-Encoding: base64`, "Yg==") + end,
      "b",
    ],
    ["with a field that nothing was chosen for", part(`${disposition}; filename=""`) + file("bytes") + end, "bytes"],
    ["whose file has no name", part(`${disposition}; filename=""`, "bytes") + end, "bytes"],
  ])("%s is read", async (_, body, content) => {
    expect(Buffer.from(await pictureOf(eventOf(body))).toString("latin1")).toBe(content);
  });

  it("in a form is the bytes of its one file", async () => {
    const inner = "--c\r\nContent-Disposition: file; filename=a\r\n\r\nbytes\r\n--c--";
    const outer = part(`${disposition}; filename="a"\r\nContent-Type: multipart/mixed; boundary=c`, inner) + end;

    expect(Buffer.from(await pictureOf(eventOf(outer))).toString()).toBe(inner);
  });

  it.each<readonly [string, string, string]>([
    ["no_picture", "with nothing chosen", part(`${disposition}; filename=""`) + end],
    ["no_picture", "whose one part has no file's name", part(disposition, "bytes") + end],
    ["no_picture", "whose one part has a type only", part(`${disposition}\r\nContent-Type: image/png`, "bytes") + end],
    ["no_picture", "with fields only, as many as fit", filled(part(disposition)) + end],
    ["no_picture", "whose part has as many headers as fit", part(disposition + filled("\r\nX: y")) + end],
    ["not_one_picture", "with 10,000 files", file("x").repeat(10_000) + end],
    ["not_one_picture", "with files only, as many as fit", filled(file("")) + end],
    ["unreadable_request", "without its end", file("bytes")],
    ["unreadable_request", "with a file of no field", part('Content-Disposition: form-data; filename="a"', "x") + end],
    ["unreadable_request", "with lines that end as on Unix", (file("bytes") + end).replaceAll("\r", "")],
    ["unreadable_request", "that is empty", ""],
  ])("is refused as %s: %s", async (code, _, body) => {
    await expect(pictureOf(eventOf(body))).rejects.toMatchObject({ code });
  });

  it.each([
    "multipart/form-data; boundary=",
    "multipart/form-data; boundary=other",
    `multipart/form-data; boundary=other; boundary=${boundary}`,
    `multipart/form-data; boundary=${"b".repeat(7000)}`,
    // What no header can hold, and API Gateway might hand on.
    "multipart/form-data; boundary=\u{1f4f7}",
    `multipart/form-data; boundary=${boundary}\r\nx: y`,
    `multipart/form-data; boundary=${boundary}\0`,
  ])("is refused with the type %j", async (type) => {
    await expect(pictureOf(eventOf(file("bytes") + end, type))).rejects.toMatchObject({ code: "unreadable_request" });
  });
});

describe("a body", () => {
  it.each([
    ["image/png", "no form", "bytes"],
    [`multipart/mixed; boundary=${boundary}`, "a form of another kind", file("bytes") + end],
    [`image/png, multipart/form-data; boundary=${boundary}`, "two types", file("bytes") + end],
    ["", "no type", "bytes"],
  ])("of the type %j is taken as it is: %s", async (type, _, body) => {
    expect(Buffer.from(await pictureOf(eventOf(body, type))).toString("latin1")).toBe(body);
  });

  it("that is said to be base64 and is not, or the other way round, is something else, and no error", async () => {
    const png = Buffer.from("89504e470d0a1a0a", "hex");
    const wrong = { ...eventOf(""), headers: {} };

    expect(await pictureOf({ ...wrong, body: png.toString("latin1") })).not.toEqual(Uint8Array.from(png));
    expect(await pictureOf({ ...wrong, body: png.toString("base64"), isBase64Encoded: false })).not.toEqual(
      Uint8Array.from(png),
    );
  });
});

describe("a token", () => {
  const userWith = (claims: unknown) =>
    userOf({
      ...eventOf(""),
      requestContext: { http: { method: "PUT" }, authorizer: { jwt: { claims } } },
    } as HttpEvent);

  it.each([
    "auth0|ada",
    "oauth2|intra|Ada Lovelace",
    "samlp|a|ä/../b",
    "auth0|..",
    "sms|+1",
    "email|a@clients.example",
  ])("of the user %j is theirs", (sub) => {
    expect(userWith({ sub })).toBe(sub);
  });

  it.each([
    { sub: ["auth0|ada", "auth0|ben"] },
    // As API Gateway writes a list.
    { sub: "[auth0|ada auth0|ben]" },
    { sub: { toString: "auth0|ada" } },
    { sub: "client@clients" },
    { sub: "auth0|ada@clients" },
    { sub: "auth0|ada", gty: "client-credentials" },
    // In the path of a URL these would be another one.
    { sub: ".." },
    { sub: "." },
    { sub: "|ada" },
    { sub: "auth0|" },
    { sub: "\n|ada" },
    { client_id: "client" },
    null,
    "[sub]",
  ])("of no user is refused: %j", (claims) => {
    expect(() => userWith(claims)).toThrow(expect.objectContaining({ code: "not_a_user" }));
  });
});

describe("a method", () => {
  it.each(["POST", "put", "toString", "__proto__", "constructor", ""])(
    "that there is not is answered 405: %j",
    async (method) => {
      const event = { ...eventOf("x"), requestContext: { ...eventOf("x").requestContext, http: { method } } };
      // Nothing is asked for it.
      const answer = await handleRequest(event, { log: () => undefined } as unknown as Services);

      expect(answer).toMatchObject({ statusCode: 405, body: "{}" });
    },
  );
});
