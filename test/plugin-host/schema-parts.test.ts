// How plugin/schema.json is made, of components that are not ours.
import { describe, expect, it } from "vitest";
import type { Analysis } from "../../plugin-host/schema/analyze-components.ts";
import { componentSchema } from "../../plugin-host/schema/component-schema.ts";
import { descriptionOf } from "../../plugin-host/schema/description.ts";
import { documentedExports } from "../../plugin-host/schema/documented-exports.ts";
import type { DocumentedExport } from "../../plugin-host/schema/documented-exports.ts";
import { packageFacts } from "../../plugin-host/schema/package-facts.ts";
import { enumValueName } from "../../plugin-host/schema/schema-names.ts";

const documented = (properties: Readonly<Record<string, string>>, description = "It."): DocumentedExport => ({
  isClass: false,
  docstring: { description, examples: [] },
  properties: new Map(
    Object.entries(properties).map(([name, text]) => [name, { description: text, examples: [] }] as const),
  ),
  values: [],
});

describe("components and types", () => {
  const analysis: Analysis = {
    resources: {
      "it:index:Store": {
        type: "object",
        inputProperties: {
          place: { $ref: "#/types/it:index:PlaceArgs", plain: true },
          days: { type: "number" },
          after: { type: "array", items: { $ref: "/auth0/v3/schema.json#/resources/auth0:index:TriggerAction" } },
        },
        requiredInputs: ["place"],
        properties: { places: { type: "array", items: { $ref: "#/types/it:index:PlaceArgs" } } },
        required: ["places"],
      },
    },
    types: {
      "it:index:PlaceArgs": { type: "object", properties: { kept: { $ref: "#/types/it:index:Kept" } }, required: [] },
      "it:index:Kept": { type: "string", enum: [{ name: "ForEVER", value: "for.ever" }] },
    },
  };
  const exports = new Map([
    ["Store", documented({ places: "Places." }, "A store.")],
    ["StoreArgs", documented({ place: "A place.", days: "Days.", after: "What was before." })],
    ["PlaceArgs", documented({ kept: "How it is kept." }, "The place.")],
    [
      "Kept",
      {
        ...documented({}, "How."),
        values: [{ name: "ForEVER", value: "for.ever", docstring: { description: "Ever.", examples: [] } }],
      },
    ],
  ]);

  it("have the names and the words of all languages", () => {
    expect(componentSchema(analysis, exports)).toEqual({
      resources: {
        "it:index:Store": {
          description: "A store.",
          isComponent: true,
          inputProperties: {
            place: { $ref: "#/types/it:index:Place", plain: true, description: "A place." },
            days: { type: "integer", description: "Days." },
          },
          requiredInputs: ["place"],
          properties: {
            places: { type: "array", items: { $ref: "#/types/it:index:Place" }, description: "Places." },
          },
          required: ["places"],
        },
      },
      types: {
        "it:index:Kept": {
          description: "How.",
          type: "string",
          enum: [{ name: "ForEver", value: "for.ever", description: "Ever." }],
        },
        "it:index:Place": {
          description: "The place.",
          type: "object",
          properties: { kept: { $ref: "#/types/it:index:Kept", description: "How it is kept." } },
          required: [],
        },
      },
    });
  });

  it("are refused without a docstring, all of them at once", () => {
    const silent = [...exports].map(([name, one]) => {
      const values = one.values.map((value) => ({ ...value, docstring: { description: "", examples: [] } }));
      return [name, { ...documented({}, ""), values }] as const;
    });

    expect(() => componentSchema(analysis, new Map(silent))).toThrow(
      "These have no docstring, or are not exported: Kept, Kept.ForEver, Place, Place.kept, Store, Store.place, " +
        "Store.days, Store.places.",
    );
  });

  it.each(["PlaceArgs", "Store", "StoreArgsArgs"])("are refused where two would be one: %s", (name) => {
    const types = { ...analysis.types, [`it:index:${name.replace(/Args$/, "")}`]: { type: "object" as const } };

    expect(() => componentSchema({ ...analysis, types }, exports)).toThrow("Other languages would have one name for");
  });

  it("refer to no other package's", () => {
    const types = { "it:index:Kept": { type: "object" as const, properties: { it: { $ref: "/aws/v7/schema.json" } } } };

    expect(() => componentSchema({ resources: {}, types }, exports)).toThrow(
      "Kept.it is of a type that is not this package's: /aws/v7/schema.json.",
    );
  });
});

it.each([
  ["TLSv12_2021", "Tlsv12_2021"],
  ["W3c", "W3c"],
  ["OnFirstLogin", "OnFirstLogin"],
])("the value %s is called %s", (name, expected) => {
  expect(enumValueName(name)).toBe(expected);
});

describe("a description", () => {
  it.each([
    ["has its paragraphs", { description: "One\nline.\n\nAnother\n  line." }, "One line.\n\nAnother line."],
    ["says a default that is data", { description: "It.", defaultValue: '"a b"' }, "It.\n\nDefault: `a b`."],
    [
      "says a default in words",
      { description: "It.", defaultValue: "none, see `b`" },
      "It.\n\nDefault: none, see `b`.",
    ],
    [
      "shows an example that is data",
      { description: "It.", defaultValue: "none", examples: ['["a", "b"]'] },
      'It.\n\nDefault: none. For example `["a", "b"]`.',
    ],
    ["leaves out one that is TypeScript", { description: "It.", examples: ["{ a: 1 }", "store.url"] }, "It."],
    ["leaves out one that says nothing", { description: "It.", examples: ["true"] }, "It."],
    ["is empty where there is none", { description: "", defaultValue: "1" }, ""],
  ])("%s", (_, docstring, expected) => {
    expect(descriptionOf({ examples: [], ...docstring })).toBe(expected);
  });
});

describe("what the library exports", () => {
  const exports = documentedExports("components/index.ts");

  it("has inherited arguments, outputs of classes, and closed sets in their order", () => {
    expect(exports.get("PictureStoreArgs")?.properties.get("domain")?.description).toContain("A host of your own.");
    expect(exports.get("ConnectionSync")).toMatchObject({ isClass: true });
    expect(exports.get("ConnectionSync")?.properties.get("connectionId")?.description).toBe("The connection's id.");
    expect(exports.get("PicturesOnDestroy")?.values.map(({ name }) => name)).toEqual(["Protect", "Fail", "Empty"]);
  });
});

describe("the package", () => {
  const manifest = { name: "user-it", version: "1.2.3", description: "It.", keywords: ["it"], license: "MIT" };

  it("has names that do not depend on where it is added from", () => {
    expect(packageFacts(manifest)).toMatchObject({
      version: "1.2.3",
      keywords: ["it", "category/infrastructure", "kind/component"],
      namespace: "pulumi",
      language: {
        python: { packageName: "pulumi_user_it" },
        go: { importBasePath: "example.com/pulumi-user-it/sdk/go/userit" },
        java: { packages: { "user-it": "userit" } },
      },
    });
    expect(packageFacts(manifest)).not.toHaveProperty("pluginDownloadURL");
  });

  it.each(["git+https://github.com/owner/place.git", { url: "https://github.com/owner/place" }])(
    "knows its repository once package.json does: %j",
    (repository) => {
      expect(packageFacts({ ...manifest, repository })).toMatchObject({
        repository: "https://github.com/owner/place",
        publisher: "owner",
        pluginDownloadURL: "github://api.github.com/owner/place",
        language: { go: { modulePath: "github.com/owner/place/sdk/go" } },
      });
    },
  );
});
