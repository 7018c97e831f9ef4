// What a text can have, for fast-check: each code point as it is.
import fc from "fast-check";

const [firstSurrogate, surrogates] = [0xd800, 0x800];

/** As fast-check's own `binary`, which takes a second to be made. */
export const codePoint: fc.Arbitrary<string> = fc.nat({ max: 0x10ffff - surrogates }).map(
  (number) => String.fromCodePoint(number < firstSurrogate ? number : number + surrogates),
  (character) => {
    const code = typeof character === "string" ? character.codePointAt(0) : undefined;
    if (code === undefined || character !== String.fromCodePoint(code)) throw new Error("It is no single code point");
    return code < firstSurrogate ? code : code - surrogates;
  },
);
