// What a spreadsheet would run, and what it only looks like.
import { describe, expect, it } from "vitest";
import { escapeFormula, unescapeFormula } from "../../../cli/import/formula-escape.ts";

describe("a cell of a report", () => {
  // OWASP, "CSV Injection".
  it.each(["=1+1", "+1", "-1", "@SUM(1)", "\t=1", "\r=1", "\n=1", "＝1", "＋1", "－1", "＠a", "'=1", "''=1"])(
    "%j is no formula in it, and comes back as it was",
    (text) => {
      expect(escapeFormula(text)).toBe(`'${text}`);
      expect(unescapeFormula(escapeFormula(text))).toBe(text);
    },
  );

  it.each(["", "auth0|a", "'", "'a", "o'=b", "https://example.com/?a=1", "a\n=1", "a@example.com"])(
    "%j stays as it is, both ways",
    (text) => {
      expect(escapeFormula(text)).toBe(text);
      expect(unescapeFormula(text)).toBe(text);
    },
  );
});
