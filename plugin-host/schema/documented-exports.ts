// What the library exports, and what its docstrings say of it.
import ts from "typescript";
import { docstringOf, membersOfSet, readProject, resolved } from "../../docs/docstrings.ts";
import type { Docstring, SetMember } from "../../docs/docstrings.ts";

export interface DocumentedExport {
  readonly isClass: boolean;
  readonly docstring: Docstring;
  /** Of an interface, inherited ones too, or of a class. */
  readonly properties: ReadonlyMap<string, Docstring>;
  /** Of a closed set, in its order. */
  readonly values: readonly SetMember[];
}

/**
 * By the names under which the module exports them.
 *
 * @throws Error for a file that is no module
 */
export function documentedExports(entry: string): ReadonlyMap<string, DocumentedExport> {
  const program = readProject([entry]);
  const checker = program.getTypeChecker();
  const file = program.getSourceFile(entry);
  const exporting = file && checker.getSymbolAtLocation(file);
  if (exporting === undefined) throw new Error(`${entry} exports nothing`);
  return new Map(
    checker.getExportsOfModule(exporting).map((exported) => {
      const symbol = resolved(exported, checker) ?? exported;
      return [exported.name, documentedExport(symbol.declarations ?? [], checker)];
    }),
  );
}

function documentedExport(declarations: readonly ts.Declaration[], checker: ts.TypeChecker): DocumentedExport {
  const shape = declarations.find((one) => ts.isClassDeclaration(one) || ts.isInterfaceDeclaration(one));
  const variable = declarations.find(ts.isVariableDeclaration);
  // A closed set is a constant, and a type of the same name.
  const documented = shape ?? variable ?? declarations[0];
  const properties = shape ? checker.getPropertiesOfType(checker.getTypeAtLocation(shape)) : [];
  return {
    isClass: shape !== undefined && ts.isClassDeclaration(shape),
    docstring: documented ? docstringOf(documented) : { description: "", examples: [] },
    properties: new Map(
      properties.flatMap(({ name, valueDeclaration }) =>
        valueDeclaration ? [[name, docstringOf(valueDeclaration)] as const] : [],
      ),
    ),
    values: variable ? membersOfSet(variable) : [],
  };
}
