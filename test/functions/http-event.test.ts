// What of a request is taken for the picture, and for the user.
import { describe, expect, it } from "vitest";
import { pictureOf, userOf } from "../../functions/picture-upload/http-event.ts";
import type { HttpEvent } from "../../functions/picture-upload/http-event.ts";

const eventOf = (more: Partial<HttpEvent>): HttpEvent => ({
  headers: {},
  isBase64Encoded: false,
  requestContext: { http: { method: "PUT" } },
  ...more,
});

async function eventWith(form: FormData): Promise<HttpEvent> {
  const response = new Response(form);
  const headers = { "content-type": response.headers.get("content-type") ?? "" };
  const body = Buffer.from(await response.arrayBuffer()).toString("base64");
  return eventOf({ headers, body, isBase64Encoded: true });
}

function formWith(...files: readonly string[]): FormData {
  const form = new FormData();
  form.set("note", "mine");
  for (const file of files) form.append("picture", new Blob([file]), "me.jpg");
  return form;
}

describe("the picture of a request", () => {
  it.each([
    [
      "as base64, whatever its type is",
      { body: "AAECgA==", isBase64Encoded: true, headers: { "content-type": "text/plain" } },
    ],
    ["as text", { body: "\u0000\u0001\u0002", isBase64Encoded: false, headers: { "content-type": "image/png" } }],
  ])("is its body %s", async (_, event) => {
    expect([...(await pictureOf(eventOf(event)))].slice(0, 3)).toEqual([0, 1, 2]);
  });

  it("is nothing where there is no body", async () => {
    expect(await pictureOf(eventOf({}))).toHaveLength(0);
  });

  it("is the one file of a form", async () => {
    const event = await eventWith(formWith("bytes"));

    expect(Buffer.from(await pictureOf(event)).toString()).toBe("bytes");
    await expect(eventWith(formWith()).then(pictureOf)).rejects.toMatchObject({ code: "no_picture" });
    await expect(eventWith(formWith("a", "b")).then(pictureOf)).rejects.toMatchObject({ code: "not_one_picture" });
  });

  it.each([
    ["ends too early", "multipart/form-data; boundary=b", "--b\r\nContent-Disposition: form-data"],
    ["has another boundary", "multipart/form-data; boundary=other", "--b\r\n\r\n--b--"],
    ["has no boundary", "multipart/form-data; x=y", "--b\r\n\r\n--b--"],
    ["is of dashes", "Multipart/Form-Data; boundary=b", "-".repeat(1_000_000)],
  ])("is refused where the form %s", async (_, type, body) => {
    const answer = pictureOf(eventOf({ headers: { "content-type": type }, body }));

    await expect(answer).rejects.toMatchObject({ code: "unreadable_request" });
  });

  it("is refused, and the form is read, where it has 20,000 files", async () => {
    const part = '--b\r\nContent-Disposition: form-data; name="a"; filename="a"\r\n\r\n\r\n';
    const event = eventOf({
      headers: { "content-type": "multipart/form-data; boundary=b" },
      body: `${part.repeat(20_000)}--b--\r\n`,
    });

    await expect(pictureOf(event)).rejects.toMatchObject({ code: "not_one_picture" });
  });
});

describe("the user of a request", () => {
  const userWith = (claims: Record<string, unknown> | undefined) =>
    userOf(
      eventOf({ requestContext: { http: { method: "PUT" }, authorizer: { jwt: { ...(claims && { claims }) } } } }),
    );

  it("is the token's", () => {
    expect(userWith({ sub: "auth0|ada", gty: "password" })).toBe("auth0|ada");
  });

  it.each([
    [{ sub: "client@clients" }],
    [{ sub: "auth0|ada", gty: "client-credentials" }],
    [{ sub: " " }],
    [{ sub: "" }],
    [{ sub: 42 }],
    [{}],
    [undefined],
  ])("is none: %o", (claims) => {
    expect(() => userWith(claims)).toThrow(expect.objectContaining({ code: "not_a_user" }));
  });

  it("is none without an authorizer", () => {
    expect(() => userOf(eventOf({}))).toThrow(expect.objectContaining({ code: "not_a_user" }));
  });
});
