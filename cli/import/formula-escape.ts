// Spreadsheets run what begins like a formula (OWASP, "CSV Injection"), and a report has what others wrote. An
// apostrophe before it makes it text there; and it can be taken away again, so that a report can be imported.

const formula = /^'*[=+\-@\t\r\n＝＋－＠]/;

export function escapeFormula(text: string): string {
  return formula.test(text) ? `'${text}` : text;
}

/** What `escapeFormula` was given. */
export function unescapeFormula(text: string): string {
  return text.startsWith("'") && formula.test(text) ? text.slice(1) : text;
}
