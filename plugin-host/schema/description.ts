// A docstring in the words of every language: what its tags say in TypeScript is said in sentences, or left out.
import type { Docstring } from "../../docs/docstrings.ts";

/** Markdown, each paragraph on one line; empty where the docstring says nothing. */
export function describe({ description, defaultValue, examples }: Docstring): string {
  const facts = [
    ...(defaultValue === undefined ? [] : [`Default: ${literal(defaultValue) ?? defaultValue}.`]),
    ...examples.flatMap((example) => {
      const shown = literal(example);
      return shown === undefined ? [] : [`For example ${shown}.`];
    }),
  ];
  if (description === "") return "";
  return [...description.split(/\n{2,}/), facts.join(" ")]
    .map((paragraph) => paragraph.replace(/\s*\n\s*/g, " ").trim())
    .filter((paragraph) => paragraph !== "")
    .join("\n\n");
}

/** As code that every language's reader knows: what is JSON is data. All else is TypeScript, or words. */
function literal(text: string): string | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return `\`${typeof value === "string" ? value : text}\``;
  } catch {
    return undefined;
  }
}
