// The settings' reference: what it makes of arguments of each shape. That docs/settings.md is current,
// test/docs.test.ts holds.
import { describe, expect, it } from "vitest";
import { referenceOf, settingsOf } from "../../docs/settings-reference.ts";

const fixture = { file: "test/docs/fixture/arguments.ts", name: "FixtureArgs" };

describe("the settings' reference", () => {
  const settings = settingsOf(".", [fixture]);

  it("has every setting by its path, parents before what is in them", () => {
    expect(settings.map(({ path }) => path)).toEqual([
      "place",
      "place.host",
      "place.kept",
      "place.tags",
      "pictures",
      "pictures.<name>.file",
      "list",
      "list[].file",
      "after",
      "isIt",
    ]);
  });

  it("says the type in words, and whether an Output may be given", () => {
    expect(settings.map(({ type, mayBeOutput }) => (mayBeOutput ? `${type}, or an Output` : type))).toEqual([
      "an object",
      "text, or an Output",
      "one of these words, or an Output",
      "by name, text, or an Output",
      "by name, an object",
      "text",
      "a list of objects",
      "text",
      "a list of `auth0.TriggerAction`, in a TypeScript program only",
      "`true` or `false`, or an Output",
    ]);
  });

  it("writes a section for each: documentation, type, values, default, examples", async () => {
    const text = await referenceOf(settings);
    const sectionOf = (path: string) =>
      new RegExp(`^##+ \`${path}\`\n\n(.*?)(?=^##|(?![^]))`, "ms").exec(text)?.[1]?.trim();

    expect(text).toContain(
      "- [`place`](#place): [`host`](#placehost), [`kept`](#placekept), [`tags`](#placetags)\n" +
        "- [`pictures`](#pictures): [`<name>.file`](#picturesnamefile)\n",
    );
    expect(sectionOf("place")).toBe("What is kept, and where.\n\n- Type: an object");
    expect(sectionOf("place.host")).toBe(
      "The host.\n\n- Type: text, or an Output\n- Required\n- Example: `pictures.example.org`",
    );
    expect(sectionOf("place.kept")).toBe(
      "What becomes of it.\n\n- Type: one of these words, or an Output\n  - `protect`: It stays.\n" +
        "  - `empty`: It goes, with all that is in it.\n- Default: `protect`",
    );
    expect(sectionOf("pictures")).toBe(
      "Pictures by name.\n\nIn two paragraphs.\n\n- Type: by name, an object\n- Default: none of their own\n\n" +
        '```ts\nconst pictures = { acme: { file: "acme.png" } };\n```',
    );
    expect(sectionOf("pictures.<name>.file")).toBe("A file, as `Kept` says.\n\n- Type: text");
    expect(sectionOf("list")).toBe("Several of them.\n\n- Type: a list of objects\n- Default: `[]`");
  });

  it.each([
    ["Undocumented", "nothing: it has no documentation"],
    ["Union", "either: this reference has no words for the type string | boolean"],
    ["Missing", "there is no interface Missing"],
  ])("refuses what it cannot describe: %s", (name, message) => {
    expect(() => settingsOf(".", [{ ...fixture, name }])).toThrow(message);
  });
});
