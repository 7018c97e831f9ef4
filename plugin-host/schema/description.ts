// A docstring in the words of every language: what its tags say in TypeScript is said in sentences, or left out.
import type { Docstring } from "../../docs/docstrings.ts";

/** Markdown, each paragraph on one line; empty where the docstring says nothing. */
export function descriptionOf(docstring: Docstring | undefined): string {
  const { description = "", defaultValue, examples = [] } = docstring ?? {};
  if (description === "") return "";
  const facts = [
    ...(defaultValue === undefined ? [] : [`Default: ${asData(defaultValue) ?? defaultValue}.`]),
    ...examples
      .filter((example) => example !== "true" && example !== "false")
      .flatMap((example) => asData(example) ?? [])
      .map((example) => `For example ${example}.`),
  ];
  return [...description.split(/\n{2,}/), facts.join(" ")]
    .map((paragraph) => paragraph.replace(/\s*\n\s*/g, " ").trim())
    .filter((paragraph) => paragraph !== "")
    .join("\n\n");
}

/** What is JSON, as code: data that every language's reader knows. All else is TypeScript, or words. */
function asData(text: string): string | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return `\`${typeof value === "string" ? value : text}\``;
  } catch {
    return undefined;
  }
}
