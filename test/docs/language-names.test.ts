// docs/languages.md against the plugin's schema, for the languages in which nothing can be run here.
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { commandsOf } from "../engine/documented-commands.ts";

interface Schema {
  readonly resources: Readonly<Record<string, { readonly inputProperties: object; readonly properties: object }>>;
  readonly types: Readonly<Record<string, { readonly properties?: object }>>;
}

const page = readFileSync("docs/languages.md", "utf8");
const { resources, types } = JSON.parse(readFileSync("plugin/schema.json", "utf8")) as Schema;

/** As generators name the classes of arguments. */
const classes = [...Object.keys(resources), ...Object.keys(types)].map(
  (token) => `${token.split(":").at(-1) ?? ""}Args`,
);
const namesIn = (properties: readonly (object | undefined)[]) => properties.flatMap((some) => Object.keys(some ?? {}));
const args = namesIn([
  ...Object.values(resources).map(({ inputProperties }) => inputProperties),
  ...Object.values(types).map(({ properties }) => properties),
]);
const outputs = namesIn(Object.values(resources).map(({ properties }) => properties));

describe("docs/languages.md", () => {
  it.each([
    { language: "csharp", argument: /\b([A-Z]\w+) = (?:new|")/g, output: /\bpictures\.(\w+)/g },
    { language: "java", argument: /\.(?!run|export)([a-z]\w*)\((?!\))/g, output: /\bpictures\.(\w+)\(\)/g },
  ])("names what the schema has, in $language", ({ language, argument, output }) => {
    const program = new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\`$`, "ms").exec(page)?.[1] ?? "";
    const named = (pattern: RegExp) => [...program.matchAll(pattern)].map(([, name = ""]) => name);
    const inSchema = (name: string) => name.replace(/^./, (letter) => letter.toLowerCase());

    const namedClasses = new Set(named(/\b(\w+Args)\b/g));
    expect(namedClasses.size).toBe(4);
    expect([...namedClasses].filter((name) => !classes.includes(name))).toEqual([]);
    expect(named(argument).map(inSchema).toSorted()).toEqual(["defaultPictures", "file", "general", "store"]);
    expect(args).toEqual(expect.arrayContaining(named(argument).map(inSchema)));
    expect(outputs).toEqual(expect.arrayContaining(named(output).map(inSchema)));
  });

  it("has, beside what the tour's test runs, only commands that need a release", () => {
    const commands = [...commandsOf(page).values()].flat();
    expect(commands.filter((command) => !runByTheTour.includes(command))).toEqual(beforeRelease);
  });
});

/** In test/engine/tour.test.ts, with a folder and a tenant of its own. */
const runByTheTour = [
  "pulumi package add ../auth0-user-pictures/plugin",
  "pulumi install",
  "pulumi config set auth0:domain example.eu.auth0.com",
  "pulumi config set auth0:clientId …",
  "pulumi config set --secret auth0:clientSecret …",
];

/** Tried after it, as docs/release.md says. */
const beforeRelease = [
  "pulumi package add https://github.com/<owner>/<repository>/plugin@v1.2.3",
  "pulumi plugin install resource auth0-user-pictures v1.2.3 --server github://api.github.com/<owner>/<repository>",
  "pulumi package add auth0-user-pictures@1.2.3",
];
