// The tags of an uploaded picture: what S3 takes, and whose they are.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { taggedState, taggedUser, uploadTags } from "../../../components/picture-store/picture-tags.ts";

describe("an upload's tags", () => {
  it("say whose they are, by what S3 takes in a tag, however long the id is", () => {
    const ids = fc.string({ unit: "grapheme", minLength: 1, maxLength: 300 });
    fc.assert(
      fc.property(ids, (userId) => {
        const tags = uploadTags(userId, "new");

        expect(taggedUser(tags)).toBe(Buffer.from(userId).toString());
        expect(Object.keys(tags).length).toBeLessThanOrEqual(10);
        for (const [name, value] of Object.entries(tags))
          expect([name, value].join("=")).toMatch(/^[\w-]{1,128}=[\w-]{1,256}$/);
      }),
      { numRuns: 300 },
    );
  });

  it("are split where one is too long", () => {
    expect(uploadTags("x".repeat(193), "set")).toEqual({
      user: "eHh4".repeat(64),
      "user-2": "eA",
      state: "set",
    });
  });

  it("refuse an id that would not fit", () => {
    expect(() => uploadTags("x".repeat(1537), "new")).toThrow(RangeError);
  });

  it("say no user and no state where another program wrote them", () => {
    expect([taggedUser({ team: "a" }), taggedState({ state: "archived" }), taggedState({})]).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
  });
});
