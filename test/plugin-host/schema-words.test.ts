// plugin/schema.json's descriptions: the docstrings of TypeScript, in words that fit every language.
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { formatted } from "../../docs/formatted.ts";
import { everyDescription } from "../../plugin-host/schema/component-schema.ts";
import type { ComponentSchema } from "../../plugin-host/schema/component-schema.ts";
import { schemaFile } from "../../plugin-host/schema/make-schema.ts";

/** What only TypeScript's reader understands, or what breaks a comment in one of the languages. */
const foreign: readonly RegExp[] = [
  /\b(undefined|null|typeof|const|Promise|Record|Partial|readonly)\b/,
  /\b(auth0|aws)\.[A-Z]|\bpulumi\.\w/,
  /\bnew \w+\(/,
  /\b[A-Z]\w*Args\b/,
  /\b(Input|Output|Array|Record)</,
  /=>|\$\{|;$/m,
  // An object as TypeScript writes it, and one without anything in it, which is a set in Python's eyes.
  /\{ ?\w+:|\{ ?\}/,
  /\{?@[a-z]+/,
  // Ends a comment in TypeScript and Java, a docstring in Python; escapes there.
  /\*\/|"""|\\/,
];

/** Why the text cannot stand in every language's documentation. */
async function faultsOf(text: string): Promise<string[]> {
  const words = text.replaceAll("@img/sharp-wasm32", "");
  const prose = text.replaceAll(/`[^`\n]*`/g, "");
  const asMarkdown = await formatted("description.md", text);
  return [
    ...foreign.flatMap((pattern) => pattern.exec(words)?.[0] ?? []),
    ...(prose.includes("`") ? ["a code that does not end"] : []),
    ...(/<|_\w|\w_/.test(prose) ? ["a name that is no code"] : []),
    ...(asMarkdown.trim() === text ? [] : ["Markdown that means something else"]),
    ...(/^\S[^]*[.)]$/.test(text) ? [] : ["no sentence"]),
  ];
}

describe("every description", () => {
  it("fits every language", async () => {
    const schema = JSON.parse(readFileSync(schemaFile, "utf8")) as ComponentSchema;
    const faults = everyDescription(schema).map(async ([subject, text]) => ({ subject, faults: await faultsOf(text) }));

    expect((await Promise.all(faults)).filter((one) => one.faults.length > 0)).toEqual([]);
  });

  it.each([
    ["", ["no sentence"]],
    ["Undefined, or undefined.", ["undefined"]],
    ["An `auth0.Connection`.", ["auth0.C"]],
    ["Write `pulumi.interpolate`.", ["pulumi.i"]],
    ["See `PictureStoreArgs.domain`.", ["PictureStoreArgs"]],
    ["A store, `{}`.", ["{}"]],
    ['For example `{ host: "a.example" }`.', ["{ host:"]],
    ["Made by `new UserPictures()`.", ["new UserPictures("]],
    ["`a => a`.", ["=>"]],
    ["Default, @default none.", ["@default"]],
    ["An `Output<string>`.", ["Output<"]],
    ["The path `u/*/`.", ["*/"]],
    ["A `code.", ["a code that does not end"]],
    ["The <name>.", ["a name that is no code"]],
    ["The user_metadata.", ["a name that is no code"]],
    ["* A\n* list.", ["Markdown that means something else"]],
    ["No end", ["no sentence"]],
  ])("would be refused: %j", async (text, faults) => {
    expect(await faultsOf(text)).toEqual(faults);
  });
});
