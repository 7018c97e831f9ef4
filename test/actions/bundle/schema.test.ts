// What is refused is data, a path and a message; it is text once, at the end.
import * as v from "valibot";
import { describe, expect, it } from "vitest";
import {
  byName,
  isPlainObject,
  list,
  matching,
  oneOf,
  passing,
  refusalsOf,
  refusalText,
  shape,
  shown,
  trueOrFalse,
  under,
} from "../../../actions/bundle/schema.ts";

const word = matching(/^[a-z]+$/, "a word");

describe("refusalText", () => {
  it.each<[string, (string | number)[], string]>([
    ["no path", [], "it is wrong."],
    ["a name", ["mode"], "mode: it is wrong."],
    ["names", ["store", "domain", "domainName"], "store.domain.domainName: it is wrong."],
    ["names with digits and hyphens", ["connections", "google-oauth2"], "connections.google-oauth2: it is wrong."],
    ["a provider's setting", ["auth0:domain"], "auth0:domain: it is wrong."],
    ["a position", ["action", "allowedUrlPrefixes", 1], "action.allowedUrlPrefixes[1]: it is wrong."],
    ["a name below a position", ["actionsBefore", 0, "actionId"], "actionsBefore[0].actionId: it is wrong."],
    ["a position alone", [0], "[0]: it is wrong."],
    ["a name that is a number", ["byOrganization", "2024"], "byOrganization.2024: it is wrong."],
    ["a dot", ["connections", "a.b", "c"], 'connections["a.b"].c: it is wrong.'],
    ["a space", ["connections", "a b"], 'connections["a b"]: it is wrong.'],
    ["quotes", ["tags", 'the "team"'], 'tags["the \\"team\\""]: it is wrong.'],
    ["brackets", ["tags", "a[0]"], 'tags["a[0]"]: it is wrong.'],
    ["a line break", ["tags", "a\nb"], 'tags["a\\nb"]: it is wrong.'],
    ["letters beyond ASCII", ["tags", "größe"], 'tags["größe"]: it is wrong.'],
    ["no name", ["tags", ""], 'tags[""]: it is wrong.'],
    ["an awkward name first", ["a b", "c"], '["a b"].c: it is wrong.'],
    ["names of JavaScript's own", ["byName", "__proto__", "constructor"], "byName.__proto__.constructor: it is wrong."],
  ])("writes %s", (_, path, text) => {
    expect(refusalText({ path, message: "it is wrong." })).toBe(text);
  });
});

describe("a shape", () => {
  const address = shape<{ host: string; port?: number }>({
    host: word,
    port: v.optional(passing((port) => port === 1, () => "it must be 1.")), // prettier-ignore
  });
  const settings = shape<
    object & { address?: unknown; names?: unknown; hosts?: unknown; isOn?: unknown; mode?: unknown }
  >(
    {
      address: v.optional(address),
      names: v.optional(byName(word, address, "an object of addresses by name")),
      hosts: v.optional(list(address, "a list of addresses")),
      isOn: v.optional(trueOrFalse),
      mode: v.optional(oneOf({ A: "a", B: "b" })),
    },
    ({ isOn, mode }) => (isOn === true && mode === "b" ? [{ path: ["mode"], message: "b is never on." }] : []),
  );
  const there = "There are address, names, hosts, isOn, mode.";

  it("takes what is good, and an absent optional key", () => {
    const given = { address: { host: "a", port: 1 }, names: { b: { host: "b" } }, hosts: [{ host: "c" }], mode: "b" };

    expect(refusalsOf(settings, given)).toEqual([]);
    expect(refusalsOf(settings, {})).toEqual([]);
    expect(refusalsOf(settings, { address: undefined, isOn: undefined })).toEqual([]);
  });

  it("names the place of each refusal, however deep", () => {
    const given = {
      address: { host: "1" },
      names: { "a b": { host: "2" }, c: 3 },
      hosts: [{ host: "d" }, { host: 4, stray: 1 }, null],
    };
    const wrong = (value: unknown) => `${JSON.stringify(value)} was given; it must be a word.`;

    expect(refusalsOf(settings, given)).toEqual([
      { path: ["address", "host"], message: wrong("1") },
      { path: ["names", "a b", "host"], message: wrong("2") },
      { path: ["names", "c"], message: "3 was given; it must be an object with host, port." },
      { path: ["names", "a b"], message: wrong("a b") },
      { path: ["hosts", 1, "host"], message: wrong(4) },
      { path: ["hosts", 1, "stray"], message: "there is no such setting. There are host, port." },
      { path: ["hosts", 2], message: "nothing was given; it must be an object with host, port." },
    ]);
  });

  it("names every unknown key beside all that is wrong, whatever it is called", () => {
    const given: unknown = JSON.parse('{ "isOn": 1, "constructor": 2, "__proto__": 3, "toString": {}, "stray": null }');

    expect(refusalsOf(settings, given)).toEqual([
      { path: ["isOn"], message: "1 was given; it must be true or false." },
      ...["constructor", "__proto__", "toString", "stray"].map((name) => ({
        path: [name],
        message: `there is no such setting. ${there}`,
      })),
    ]);
  });

  it("says of a missing key what it must be", () => {
    expect(refusalsOf(address, {})).toEqual([{ path: ["host"], message: "nothing was given; it must be a word." }]);
  });

  it("has its rules see what was given, beside what is wrong", () => {
    expect(refusalsOf(settings, { isOn: true, mode: "b", hosts: 1 })).toEqual([
      { path: ["hosts"], message: "1 was given; it must be a list of addresses." },
      { path: ["mode"], message: "b is never on." },
    ]);
  });

  it.each([
    ["null", null, "nothing"],
    ["a list", [], "[]"],
    ["text", "x", '"x"'],
    ["what a class made", new URL("https://a.example/"), '"<URL>"'],
    ["a function", () => 1, "function"],
  ])("is no %s", (_, given, text) => {
    expect(refusalsOf(settings, given)).toEqual([
      { path: [], message: `${text} was given; it must be an object with address, names, hosts, isOn, mode.` },
    ]);
  });
});

describe("names", () => {
  const names = byName(word, oneOf({ On: "on" }), "an object of switches by name");

  it("may be those that every object has", () => {
    const given: unknown = JSON.parse('{ "constructor": "on", "valueof": "on", "prototype": "on" }');

    expect(refusalsOf(names, given)).toEqual([]);
  });

  it("do not hide their values, whatever they are called", () => {
    const given: unknown = JSON.parse('{ "constructor": 1, "__proto__": 2, "prototype": 3 }');

    expect(refusalsOf(names, given)).toEqual([
      ...[1, 2, 3].map((value, index) => ({
        path: [["constructor", "__proto__", "prototype"][index]],
        message: `${value} was given; allowed are on.`,
      })),
      { path: ["__proto__"], message: '"__proto__" was given; it must be a word.' },
    ]);
  });
});

it("the refusals of a part are those of the whole, under its path", () => {
  const refusals = [{ path: ["domain", 0], message: "it is wrong." }];

  expect(under(["store"], refusals)).toEqual([{ path: ["store", "domain", 0], message: "it is wrong." }]);
  expect(under([], refusals)).toEqual(refusals);
});

describe("shown", () => {
  class Key {
    readonly arn = "a secret";
    readonly self = this;
  }

  it.each<[string, unknown, string]>([
    ["nothing", undefined, "nothing"],
    ["null", null, "nothing"],
    ["text", 'a "b"', '"a \\"b\\""'],
    ["a number", 7, "7"],
    ["a function", () => 1, "function"],
    ["a large number", 7n, '"7"'],
    ["an object", { a: [1, null, { b: "c" }] }, '{"a":[1,null,{"b":"c"}]}'],
    ["what a class made", new Key(), '"<Key>"'],
    ["what classes made, inside", [new Key(), { key: new Map() }], '["<Key>",{"key":"<Map>"}]'],
    ["a password in an address", "https://ana:pw@a.example/", '"https://…@a.example/"'],
    [
      "passwords inside",
      ["//ana@a.example", { b: "http://b:pw@b.example" }],
      '["//…@a.example",{"b":"http://…@b.example"}]',
    ],
    ["long text", "a".repeat(300), `"${"a".repeat(199)}…`],
  ])("%s", (_, value, text) => {
    expect(shown(value)).toBe(text);
  });
});

it("a plain object is what a literal or JSON makes", () => {
  for (const plain of [{}, JSON.parse("{}"), Object.create(null)]) expect(isPlainObject(plain)).toBe(true);
  for (const other of [null, undefined, [], "", new Date(), () => 1, Object.create({})])
    expect(isPlainObject(other)).toBe(false);
});
