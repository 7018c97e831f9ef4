// A table fits its terminal, whatever the widths of its signs; elsewhere nothing of it is cut.
import { styleText } from "node:util";
import { expect, it } from "vitest";
import { textTable } from "../../../cli/terminal/text-table.ts";
import { cutToWidth, textWidth } from "../../../cli/terminal/text-width.ts";

const columns = ["user", "picture", "why"];
const rows = [
  ["auth0|1", "https://pictures.example.com/u/0123456789/abcdefghijk.webp", "ok"],
  ["李小龍@例え.jp", "–", "👩‍👩‍👧 한글"],
];

it("cuts nothing where there is no terminal", () => {
  const text = textTable(columns, rows);
  expect(text).toBe(textTable(columns, rows, Infinity));
  expect(text.split("\n")).toEqual([
    "user            picture                                                     why",
    "auth0|1         https://pictures.example.com/u/0123456789/abcdefghijk.webp  ok",
    "李小龍@例え.jp  –                                                           👩‍👩‍👧 한글",
  ]);
});

it("takes room from the widest column first", () => {
  expect(textTable(columns, rows, 40).split("\n")).toEqual([
    "user            picture          why",
    "auth0|1         https://pictur…  ok",
    "李小龍@例え.jp  –                👩‍👩‍👧 한글",
  ]);
});

it("takes as many rows as there are", () => {
  const many = Array.from({ length: 200_000 }, (_, row) => [String(row)]);
  expect(textTable(["row"], many).split("\n").at(-1)).toBe("199999");
});

it.each([30, 41, 55, 80])("is never wider than %i columns", (width) => {
  for (const line of textTable(columns, rows, width).split("\n")) expect(textWidth(line)).toBeLessThanOrEqual(width);
});

it("keeps something of every column in a terminal that is too narrow", () => {
  for (const line of textTable(columns, rows, 5).split("\n")) expect(textWidth(line)).toBeLessThanOrEqual(28);
});

it("does not count colours, and leaves a cell that fits painted", () => {
  const bad = styleText("red", "gone", { validateStream: false });
  expect(textTable(["a", "b"], [[bad, "x"]], 20)).toBe(`a     b\n${bad}  x`);
  expect(cutToWidth(bad, 3)).toBe("go…");
});

it("has a table without rows", () => {
  expect(textTable(["a", "b"], [], 20)).toBe("a  b");
});

it.each([
  ["abc", 3],
  ["é", 1],
  ["e\u0301", 1],
  ["李", 2],
  ["カﾞ", 2],
  ["👩‍👩‍👧", 2],
  ["❤️", 2],
  ["🇫🇷", 2],
  ["1", 1],
  ["Ａ", 2],
])("%s takes %i columns", (text, width) => {
  expect(textWidth(text)).toBe(width);
});
