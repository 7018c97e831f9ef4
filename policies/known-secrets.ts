// Secrets in formats that their makers document, as secretlint knows them.
import { lintSource } from "@secretlint/core";
import { rules } from "@secretlint/secretlint-rule-preset-recommend";
import type { AnyNode, Comment } from "acorn";
import type { ActionCode } from "./action-syntax.ts";
import type { NamedText } from "./action-texts.ts";

const config: Parameters<typeof lintSource>[0]["options"]["config"] = {
  // A comment in the code must not be able to turn the check off.
  rules: rules.filter(({ meta }) => !meta.id.endsWith("filter-comments")).map((rule) => ({ id: rule.meta.id, rule })),
};

/** What kind of secret each text and comment of the code holds. */
export async function knownFormats(
  { text: code, comments }: ActionCode,
  texts: readonly NamedText[],
): Promise<Map<AnyNode | Comment, string>> {
  // As it is written, because some formats count by what stands before them; and as it is read, where that differs.
  const written = [...texts.map(({ node }) => node), ...comments].map((node) => ({
    node,
    start: node.start,
    end: node.end,
  }));
  const spots = written.sort((a, b) => a.start - b.start);
  let content = code;
  for (const { text, node } of texts) {
    if (code.slice(node.start + 1, node.end - 1) === text) continue;
    content += "\n";
    spots.push({ node, start: content.length, end: content.length + text.length });
    content += text;
  }
  const source = { filePath: "action.js", ext: ".js", contentType: "text", content } as const;
  const { messages } = await lintSource({ source, options: { noPhysicFilePath: true, config } });
  const found = new Map<AnyNode | Comment, string>();
  for (const { message, range } of messages) {
    const spot = spots.findLast(({ start, end }) => start <= range[1] - 1 && range[0] < end);
    if (spot !== undefined) found.set(spot.node, kindOf(message));
  }
  return found;
}

/** `found GitHub Token(GitHub personal access tokens): ghp_…` */
function kindOf(message: string): string {
  const kind = /^found (.+?)\s*[(:]/.exec(message)?.[1] ?? "a key";
  return `${/^[aeio]|^AWS|^npm/i.test(kind) ? "an" : "a"} ${kind}`;
}
