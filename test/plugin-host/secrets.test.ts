// The marks of special values, as the engine writes them.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { constructInputs, marked, plain, secretKeys } from "../../plugin-host/secrets.ts";
import { unknown } from "../../sandbox/providers/protocol.ts";
import { output, reference, secret, signature } from "./plugin-client.ts";

const asset = { [signature]: "c44067f5952c0a294b673a41bacd8c17", text: "text", hash: "1" };
const archive = { [signature]: "0def7320c3a5731c473e5ecbe6d01bc7", assets: { a: asset } };

describe("plain", () => {
  it("takes every mark off, at every depth, and leaves assets as they are", () => {
    const urn = "urn:pulumi:dev::project::a:b:C::name";
    expect(
      plain({
        ...{ a: secret("a"), b: [secret({ c: secret(["d"]) })], asset, archive: secret(archive) },
        ...{ known: output({ value: { e: secret("e") } }), unknown: output({}), deep: { unknown: secret(output({})) } },
        ...{ resource: reference({ urn, id: "id" }), component: reference({ urn }), later: reference({ urn, id: "" }) },
      }),
    ).toEqual({
      ...{ a: "a", b: [{ c: ["d"] }], asset, archive },
      ...{ known: { e: "e" }, unknown, deep: { unknown } },
      ...{ resource: "id", component: urn, later: unknown },
    });
  });
});

type Pair = readonly [plain: unknown, sent: unknown];

/** A value, and the same as the engine sends it: something in it is a secret, or is an output. */
const sent = fc.letrec<{ pair: Pair }>((tie) => ({
  pair: fc.oneof(
    { maxDepth: 4 },
    fc
      .oneof(fc.string(), fc.double({ noNaN: true, noDefaultInfinity: true }), fc.boolean())
      .map((one): Pair => [one, one]),
    fc
      .array(tie("pair"), { maxLength: 3 })
      .map((pairs): Pair => [pairs.map(([one]) => one), pairs.map(([, one]) => one)]),
    fc
      .dictionary(fc.string({ maxLength: 3 }), tie("pair"), { maxKeys: 3, noNullPrototype: true })
      .map((pairs): Pair => [mapValues(pairs, ([one]) => one), mapValues(pairs, ([, one]) => one)]),
    tie("pair").map(([value, marks]): Pair => [value, secret(marks)]),
    fc
      .tuple(tie("pair"), fc.boolean())
      .map(([[value, marks], isSecret]): Pair => [value, output({ value: marks, secret: isSecret })]),
  ),
})).pair;
const mapValues = <From, To>(values: Record<string, From>, change: (value: From) => To): Record<string, To> =>
  Object.fromEntries(Object.entries(values).map(([key, value]) => [key, change(value)]));
/** What the text of a secret begins with. */
const mark = JSON.stringify(secret("")).slice(0, 70);
const hasSecret = (value: unknown) => /"1b47061264138c4ac30d75fd1eb44270"|"secret":true/.test(JSON.stringify(value));

describe("what the engine sends", () => {
  const properties = fc.dictionary(fc.string({ maxLength: 3 }), sent, { maxKeys: 4, noNullPrototype: true });

  it("is known again without its marks, and each property with a secret in it is a secret again", () => {
    fc.assert(
      fc.property(properties, (pairs) => {
        const [values, inputs] = [mapValues(pairs, ([one]) => one), mapValues(pairs, ([, one]) => one)];
        expect(plain(inputs)).toEqual(values);
        const again = marked(plain(inputs), secretKeys(inputs));
        expect(plain(again)).toEqual(values);
        expect(mapValues(again, hasSecret)).toEqual(mapValues(inputs, hasSecret));
      }),
    );
  });

  it("means the same to the SDK as a component's arguments, which stay the containers that they are", () => {
    fc.assert(
      fc.property(properties, (pairs) => {
        const [values, inputs] = [mapValues(pairs, ([one]) => one), mapValues(pairs, ([, one]) => one)];
        const given = constructInputs(inputs);
        expect(plain(given)).toEqual(values);
        expect(mapValues(given, hasSecret)).toEqual(mapValues(inputs, hasSecret));
        // No secret but a whole argument, which the SDK makes an Output of with all that is in it.
        const inner = Object.values(given).filter((value) => !JSON.stringify(value).startsWith(mark));
        expect(JSON.stringify(inner)).not.toContain(mark);
      }),
    );
  });

  it("is left out where it is null", () => {
    expect(constructInputs({ a: null, b: { c: null, d: [{ e: null }] } })).toEqual({ b: { d: [{}] } });
  });

  it("is an Output where it is not known yet, however that is said", () => {
    const urn = "urn:pulumi:dev::project::a:b:C::name";
    const later = output({ secret: false });
    for (const one of [unknown, output({}), reference({ urn, id: "" }), reference({ urn, id: unknown })])
      expect(constructInputs({ a: one, b: { c: [one] } })).toEqual({ a: later, b: { c: [later] } });
    const known = { a: reference({ urn, id: "id" }), b: [reference({ urn })] };
    expect(constructInputs(known)).toEqual(known);
  });

  it("comes from what its argument comes from, where it does not say so itself", () => {
    const [of, own] = [["urn:of"], ["urn:own"]];
    const inputs = {
      a: [secret("s"), unknown, null, { ...output({ value: 1 }), dependencies: own }],
      b: [secret("s"), null],
    };
    expect(constructInputs(inputs, (name) => (name === "a" ? of : []))).toEqual({
      a: [
        { ...output({ value: "s", secret: true }), dependencies: of },
        { ...output({ secret: false }), dependencies: of },
        // The SDK cannot read null where there are dependencies.
        { ...output({ value: null, secret: false }), dependencies: of },
        { ...output({ value: 1, secret: false }), dependencies: own },
      ],
      b: [output({ value: "s", secret: true }), null],
    });
  });
});
