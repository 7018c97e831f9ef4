// A rule for the lint: a line has at most 120 columns. The formatter breaks code there, and leaves comments and strings
// as they are.
import type { RuleTester } from "oxlint/plugins-dev";

type Rule = Parameters<RuleTester["run"]>[1];

const columns = 120;

/** Longer may be a row that is read as one of a table, and what nothing can break: a URL, an import's path. */
const mayBeLong = /\/\/ prettier-ignore$|^import .* from |[^:/?#]:\/\/[^?#]/;

const rule: Rule = {
  meta: {
    // The kinds of tokens on whose account a line may be longer.
    schema: [{ type: "array", items: { enum: ["RegularExpression", "String", "Template"] } }],
  },
  createOnce: (context) => ({
    Program() {
      const { lines } = context.sourceCode;
      const long = new Set(lines.flatMap((text, at) => (isLong(text) && !mayBeLong.test(text) ? at + 1 : [])));
      if (long.size === 0) return;
      const kinds = context.options[0] as readonly string[];
      for (const { type, loc } of context.sourceCode.ast.tokens)
        if (kinds.includes(type)) for (let line = loc.start.line; line <= loc.end.line; line++) long.delete(line);
      for (const line of long) {
        const length = [...(lines[line - 1] ?? "")].length;
        const loc = { start: { line, column: columns }, end: { line, column: length } };
        context.report({ message: `This line has ${length} columns of at most ${columns}.`, loc });
      }
    },
  }),
};

function isLong(text: string): boolean {
  return text.length > columns && [...text].length > columns;
}

export default { meta: { name: "line-length" }, rules: { most: rule } };
