import { RuleTester } from "oxlint/plugins-dev";
import { describe, it } from "vitest";
import lineLength from "../line-length.ts";

Object.assign(RuleTester, { describe, it });

const rows = (length: number, before: string) => before.padEnd(length, "x");
const ofTests = [["RegularExpression", "String", "Template"]];
const ofCode = [["RegularExpression"]];
const errors = [{ message: "This line has 121 columns of at most 120." }];

new RuleTester({ languageOptions: { parserOptions: { lang: "ts" } } }).run("line-length", lineLength.rules.most, {
  valid: [
    { name: "120 columns", code: rows(120, "// "), options: ofCode },
    { name: "120 characters beyond the basic plane", code: `// ${"🖼".repeat(117)}`, options: ofCode },
    { name: "a URL", code: rows(130, "// https://example.com/"), options: ofCode },
    { name: "an import's path", code: `${rows(130, 'import { a } from "')}";`, options: ofCode },
    { name: "a pattern", code: `a = ${rows(130, "/")}/;`, options: ofCode },
    { name: "a row that the formatter leaves", code: `${rows(130, "")}; // prettier-ignore`, options: ofCode },
    { name: "a test's title", code: `it("${rows(130, "")}");`, options: ofTests },
    { name: "a line of a test's template", code: `a = \`\n${rows(130, "")}\n\`;`, options: ofTests },
  ],
  invalid: [
    { name: "a comment", code: rows(121, "// "), options: ofCode, errors },
    { name: "a comment in a test", code: rows(121, "// "), options: ofTests, errors },
    { name: "a line of a block", code: `/*\n${rows(121, "")}\n*/`, options: ofCode, errors },
    { name: "a string", code: `${rows(119, 'a = "')}";`, options: ofCode, errors },
  ],
});
