// What came from outside moves no cursor, colours nothing, and reads in its own direction.
import { expect, it } from "vitest";
import { CommandError } from "../../../cli/terminal/command-error.ts";
import { endingOfError } from "../../../cli/terminal/print-outcome.ts";
import { printable, visibleJson, withoutControls } from "../../../cli/terminal/printable.ts";

it.each([
  ["a plain text, and Zoë Müller 李 العربية", "a plain text, and Zoë Müller 李 العربية"],
  ["red \x1b[31m, bell \x07, title \x1b]0;x\x07", "red \\u001b[31m, bell \\u0007, title \\u001b]0;x\\u0007"],
  ["one character that is a whole CSI: \x9b2J", "one character that is a whole CSI: \\u009b2J"],
  ["a\r\nb\tc\u2028d\u2029e\u0085f\vg\0", "a\\r\\nb\\tc\\u2028d\\u2029e\\u0085f\\u000bg\\u0000"],
  ["gpj.\u202etxt\u202c \u2066x\u2069 \u200f\u061c", "gpj.\\u202etxt\\u202c \\u2066x\\u2069 \\u200f\\u061c"],
  ["zero\u200bwidth\ufeff soft\u00adhyphen \u{e0041}", "zero\\u200bwidth\\ufeff soft\\u00adhyphen \\u{e0041}"],
  ["half \ud800 a pair \udfff", "half \\ud800 a pair \\udfff"],
  ["unseen letters: \u3164\u115f\uffa0", "unseen letters: \\u3164\\u115f\\uffa0"],
  ["delete \x7f", "delete \\u007f"],
  // Joiners are letters' own.
  ["می\u200cخواهم 👩\u200d👩\u200d👧", "می\u200cخواهم 👩\u200d👩\u200d👧"],
  [`Z${"\u0301".repeat(50)}algo`, `Z${"\u0301".repeat(4)}…algo`],
  ["https://ada:pass@example.com/a@b", "https://…@example.com/a@b"],
])("%j", (text, expected) => {
  expect(printable(text)).toBe(expected);
});

it("shows what is no text as JSON", () => {
  const values = [5, null, undefined, { a: "\x1b" }, ["x"], true];
  expect(values.map((value) => printable(value))).toEqual([
    "5",
    "null",
    "undefined",
    '{"a":"\\u001b"}',
    '["x"]',
    "true",
  ]);
});

it("cuts what is too long, between characters, however long it is", () => {
  expect(printable("👩".repeat(10), 3)).toBe("👩👩👩…");
  expect(printable("a".repeat(200))).toBe("a".repeat(200));
  expect(printable("\x1b".repeat(50_000_000), 12)).toBe("\\u001b\\u001b…");
  expect(printable("//".repeat(5_000_000), 4)).toBe("////…");
});

it("leaves line ends and colours of a text, and nothing else that cannot be seen", () => {
  expect(withoutControls("a\n\x1b[31mb\x1b[39m\x1b[2J\x1b]8;;x\x07 \u202e\r")).toBe(
    "a\n\x1b[31mb\x1b[39m\\u001b[2J\\u001b]8;;x\\u0007 \\u202e\\r",
  );
});

it("writes JSON that says the same, and shows all of it", () => {
  const value = { name: "\x9b2J\u202e\u{e0041}\ud800 李 \n", "\u200b": [1] };
  const json = visibleJson(JSON.stringify(value, null, 2));
  expect(JSON.parse(json)).toEqual(value);
  expect(json).toMatch(/^(?:[^\p{C}]|\n)+$/u);
});

it("an error has no colour that others have put into it", () => {
  const error = new CommandError("The configuration is wrong:\n  - AWS says: \x1b[8mhidden\x1b[0m\x1b[2J");

  expect(endingOfError(error, false).stderr).toBe(
    "user-pictures: The configuration is wrong:\n  - AWS says: \\u001b[8mhidden\\u001b[0m\\u001b[2J\n",
  );
});
