// A post-login Action calls nobody but whom the configuration names: each call makes a login slower, and can make it fail.
import type { ResourceValidationPolicy } from "@pulumi/policy";
import type { AnyNode } from "acorn";
import { callOf, globalReferences, isTypeof, lineOf, requiredModules, textOf, validateCode } from "./action-code.ts";
import type { GlobalReference } from "./action-code.ts";

interface Config {
  /** Hosts that may be called, each with its port where it is not the default: `api.example.com`. */
  readonly allowedHosts?: readonly string[];
  /** Modules that may be required, whatever they call: `axios`, `auth0`. */
  readonly allowedModules?: readonly string[];
}

export const actionNetwork: ResourceValidationPolicy = {
  name: "action-network",
  description: "A post-login Action makes no network call that is not allowed.",
  severity: "medium",
  configSchema: {
    properties: {
      allowedHosts: {
        type: "array",
        items: { type: "string" },
        description: "Hosts that may be called, such as api.example.com.",
      },
      allowedModules: {
        type: "array",
        items: { type: "string" },
        description: "Modules that may be required, whatever they call, such as axios.",
      },
    },
  },
  validateResource: validateCode(({ program }, args, reportViolation) => {
    const { allowedHosts = [], allowedModules = [] } = args.getConfig<Config>();
    for (const reference of globalReferences(program)) {
      const fault = callFault(reference, allowedHosts);
      if (fault !== undefined) reportViolation(`${lineOf(reference.node)}: ${fault}`);
    }
    for (const { name, node } of requiredModules(program)) {
      if (name === undefined)
        reportViolation(`${lineOf(node)}: which module is loaded is computed, so it may be any. Name it in a literal.`);
      else if (!isSilent(name) && !allowedModules.includes(name))
        reportViolation(`${lineOf(node)}: the module ${name} may call anybody. If it may, name it in allowedModules.`);
    }
  }),
};

/** They take the address as their first argument. */
const callers = ["fetch", "WebSocket", "EventSource"];

function callFault({ name, node, parent }: GlobalReference, allowedHosts: readonly string[]): string | undefined {
  if (isTypeof(parent)) return undefined;
  if (name === "XMLHttpRequest") return "XMLHttpRequest calls an address that cannot be seen here. Use fetch.";
  if (!callers.includes(name)) return undefined;
  const call = callOf(node, parent);
  const host = call && hostOf(call.arguments[0]);
  if (host === undefined)
    return `${name} is used with an address whose host cannot be seen. Begin it with a literal, such as "https://api.example.com/".`;
  return allowedHosts.includes(host) ? undefined : `${name} calls ${host}. If it may, name it in allowedHosts.`;
}

/** The host of a literal address, of a template that begins with one, and of `new URL` of either. */
function hostOf(address: AnyNode | undefined): string | undefined {
  if (address?.type === "NewExpression" && address.callee.type === "Identifier" && address.callee.name === "URL")
    return address.arguments.length === 1 ? hostOf(address.arguments[0]) : undefined;
  // A template's host is whole only if what ends it is literal too.
  const isBeginning = address?.type === "TemplateLiteral" && address.expressions.length > 0;
  const origin = isBeginning ? /^[a-z]+:\/\/[^/?#]+(?=[/?#])/i : /^[a-z]+:\/\/[^/?#]+/i;
  const literal = origin.exec(textOf(address) ?? "")?.[0];
  return literal !== undefined && URL.canParse(literal) ? new URL(literal).host : undefined;
}

/** Node's modules that call nobody. */
const silentModules = [
  ...["assert", "async_hooks", "buffer", "console", "constants", "crypto", "events", "path", "perf_hooks", "punycode"],
  ...["querystring", "stream", "string_decoder", "timers", "url", "util", "zlib"],
];

const isSilent = (name: string) => silentModules.includes(name.replace(/^node:/, "").split("/")[0] ?? "");
