// A post-login Action's code holds no secret: whoever may read Actions in Auth0's dashboard, or the stack's preview,
// would read it.
import type { ResourceValidationPolicy } from "@pulumi/policy";
import type { AnyNode, Program } from "acorn";
import { ancestor } from "acorn-walk";
import { lineOf, textOf } from "./action-syntax.ts";
import { listSetting } from "./config-schema.ts";
import type { ConfigOf } from "./config-schema.ts";
import { validatePostLoginCode } from "./post-login-action.ts";

const settings = {
  allowedLiterals: listSetting(
    "Literals that look like a secret and are none, such as a public client id, each whole.",
  ),
};

export const actionSecrets: ResourceValidationPolicy = {
  name: "action-secrets",
  description: "A post-login Action's code holds no secret.",
  severity: "critical",
  configSchema: { properties: settings },
  validateResource: validatePostLoginCode(({ program, comments }, args, reportViolation) => {
    const { allowedLiterals = [] } = args.getConfig<ConfigOf<typeof settings>>();
    for (const { text, name, node } of literalsOf(program)) {
      const kind = allowedLiterals.includes(text) ? undefined : secretKind(text, name);
      if (kind !== undefined)
        reportViolation(
          `${lineOf(node)}: "${text.slice(0, 4)}…" looks like ${kind}. ` +
            `Put it into the Action's secrets, and read event.secrets.`,
        );
    }
    for (const comment of comments) {
      const kind = formatOf(comment.value);
      if (kind !== undefined)
        reportViolation(`${lineOf(comment)}: a comment holds what looks like ${kind}. Take it out.`);
    }
  }),
};

interface NamedLiteral {
  readonly text: string;
  /** The name of the variable, property or parameter that gets it. */
  readonly name: string | undefined;
  readonly node: AnyNode;
}

function literalsOf(program: Program): NamedLiteral[] {
  const literals: NamedLiteral[] = [];
  const add = (node: AnyNode, text: string, ancestors: readonly unknown[]) =>
    void literals.push({ text, node, name: receiverOf(node, ancestors.at(-2) as AnyNode | undefined) });
  ancestor(program, {
    Literal: (node, _state, ancestors) => void (typeof node.value === "string" && add(node, node.value, ancestors)),
    TemplateLiteral(node, _state, ancestors) {
      for (const { value } of node.quasis) add(node, value.cooked ?? value.raw, ancestors);
    },
  });
  return literals;
}

function receiverOf(node: AnyNode, parent: AnyNode | undefined): string | undefined {
  if (parent?.type === "VariableDeclarator") return nameOf(parent.id);
  if (parent?.type === "AssignmentExpression" || parent?.type === "AssignmentPattern") return nameOf(parent.left);
  if (parent?.type === "Property" || parent?.type === "PropertyDefinition")
    return parent.value === node ? (nameOf(parent.key) ?? textOf(parent.key)) : undefined;
  return undefined;
}

function nameOf(node: AnyNode): string | undefined {
  if (node.type === "Identifier" || node.type === "PrivateIdentifier") return node.name;
  return node.type === "MemberExpression" ? (nameOf(node.property) ?? textOf(node.property)) : undefined;
}

/** What a text looks like: by its format, by the name of what gets it, or because it looks random. */
function secretKind(text: string, name: string | undefined): string | undefined {
  const format = formatOf(text);
  if (format !== undefined) return format;
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url !== undefined && /^(?:https?|wss?):$/.test(url.protocol))
    return [...url.searchParams.values()].some(isRandom) ? "a key in an address" : undefined;
  const isNamed =
    name !== undefined &&
    /(?:secret|passwd|password|token|credential|(?:api|private|access|signing)_?key)s?$/i.test(name);
  if (isNamed && /^\S{8,}$/.test(text)) return `the value of ${name}`;
  return text.split(/[\s"'`,;:]+/).some(isRandom) ? "a key" : undefined;
}

/** Formats that their makers document. */
const formats: readonly (readonly [kind: string, format: RegExp])[] = [
  ["a private key", /-----BEGIN [A-Z ]*PRIVATE KEY-----/],
  ["an AWS access key id", /\b(?:AKIA|ASIA)[A-Z0-9]{16}\b/],
  ["a GitHub token", /\b(?:gh[pousr]_[A-Za-z0-9]{36}|github_pat_[A-Za-z0-9_]{22})/],
  ["a Slack token", /\bxox[abeoprs]-[A-Za-z0-9-]{10}|hooks\.slack\.com\/services\/\w/],
  ["a Stripe key", /\b[rs]k_(?:live|test)_[A-Za-z0-9]{16}/],
  ["a Google API key", /\bAIza[\w-]{35}/],
  ["a SendGrid key", /\bSG\.[\w-]{16,}\.[\w-]{16}/],
  ["an npm token", /\bnpm_[A-Za-z0-9]{36}/],
  ["a Pulumi token", /\bpul-[0-9a-f]{40}\b/],
  ["a signed token", /\beyJ[\w-]{10,}\.eyJ[\w-]{10,}\./],
  ["a password in an address", /\b[a-z][a-z0-9+.-]*:\/\/[^\s/:@]+:[^\s/@]+@/i],
];

const formatOf = (text: string) => formats.find(([, format]) => format.test(text))?.[0];

/**
 * Whether a word looks random, as keys do: 32 or more of the characters that keys are made of, digits among them, with
 * as much entropy as random hexadecimal or base 64 has. Words and identifiers have far less.
 */
function isRandom(word: string): boolean {
  if (!/^[\w+/=-]{32,}$/.test(word) || !/\d/.test(word) || !/[a-z]/i.test(word)) return false;
  return bitsPerCharacter(word) >= (/^[0-9a-f-]+$/i.test(word) ? 3 : 4.2);
}

/** Shannon's entropy of the word's characters. */
function bitsPerCharacter(word: string): number {
  const counts = Map.groupBy(word, (character) => character).values();
  return [...counts].reduce((bits, { length }) => bits - (length / word.length) * Math.log2(length / word.length), 0);
}
