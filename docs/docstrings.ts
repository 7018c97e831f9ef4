// What the library's docstrings say, for what is written from them: the settings' reference, the plugin's schema.
import ts from "typescript";

/** What one docstring says. */
export interface Docstring {
  readonly description: string;
  readonly defaultValue?: string | undefined;
  readonly examples: readonly string[];
}

/** A value of a closed set: `{ /** What it means. *\/ Name: "value" } as const`. */
export interface SetMember {
  readonly name: string;
  readonly value: string;
  readonly docstring: Docstring;
}

const compilerOptions: ts.CompilerOptions = {
  module: ts.ModuleKind.NodeNext,
  allowImportingTsExtensions: true,
  noLib: true,
  types: [],
};

/** Only this project's own files are read: the SDKs' types are many times as large, and have none of its docstrings. */
export function readProject(files: readonly string[]): ts.Program {
  const host = ts.createCompilerHost(compilerOptions);
  return ts.createProgram(files, compilerOptions, {
    ...host,
    resolveModuleNameLiterals: (literals, containingFile) =>
      literals.map(({ text }) => ({
        resolvedModule: text.startsWith(".")
          ? ts.resolveModuleName(text, containingFile, compilerOptions, host).resolvedModule
          : undefined,
      })),
  });
}

/** What an imported or exported name stands for. */
export function resolved(symbol: ts.Symbol | undefined, checker: ts.TypeChecker): ts.Symbol | undefined {
  return symbol && symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;
}

export function docstringOf(node: ts.Node): Docstring {
  const comments = ts.getJSDocCommentsAndTags(node).filter(ts.isJSDoc);
  const textOf = (comment: ts.JSDoc["comment"]) => (ts.getTextOfJSDocComment(comment) ?? "").trim();
  const tags = (name: string) =>
    ts
      .getJSDocTags(node)
      .filter(({ tagName }) => tagName.text === name)
      .map(({ comment }) => textOf(comment));
  return {
    description: comments.map(({ comment }) => textOf(comment)).join("\n\n"),
    defaultValue: tags("default")[0],
    examples: tags("example"),
  };
}

export function membersOfSet({ initializer }: ts.VariableDeclaration): SetMember[] {
  const literal = initializer && ts.isAsExpression(initializer) ? initializer.expression : initializer;
  if (!literal || !ts.isObjectLiteralExpression(literal)) return [];
  return literal.properties.flatMap((property) =>
    ts.isPropertyAssignment(property) && ts.isStringLiteral(property.initializer)
      ? [{ name: property.name.getText(), value: property.initializer.text, docstring: docstringOf(property) }]
      : [],
  );
}
