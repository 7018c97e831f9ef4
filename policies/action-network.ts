// A post-login Action calls only the hosts that the configuration names: each call makes a login slower, and can make
// it fail.
import type { ResourceValidationPolicy } from "@pulumi/policy";
import type { AnyNode } from "acorn";
import { callOf, globalReferences, isTypeof, lineOf, requiredModules, textOf } from "./action-syntax.ts";
import type { GlobalReference } from "./action-syntax.ts";
import { listSetting } from "./config-schema.ts";
import type { ConfigOf } from "./config-schema.ts";
import { validatePostLoginCode } from "./post-login-action.ts";

const settings = {
  /** Each with its port where that is not the scheme's default. */
  allowedHosts: listSetting("Hosts that may be called, such as api.example.com."),
  allowedModules: listSetting("Modules that may be required, whatever they call, such as axios."),
};

export const actionNetwork: ResourceValidationPolicy = {
  name: "action-network",
  description: "A post-login Action makes no network call that is not allowed.",
  severity: "medium",
  configSchema: { properties: settings },
  validateResource: validatePostLoginCode(({ program }, args, reportViolation) => {
    const { allowedHosts = [], allowedModules = [] } = args.getConfig<ConfigOf<typeof settings>>();
    for (const reference of globalReferences(program)) {
      const violation = callViolation(reference, allowedHosts);
      if (violation !== undefined) reportViolation(`${lineOf(reference.node)}: ${violation}`);
    }
    for (const { name, node } of requiredModules(program)) {
      if (name === undefined)
        reportViolation(`${lineOf(node)}: which module is loaded is computed, so it may be any. Name it in a literal.`);
      else if (!isSilent(name) && !allowedModules.includes(name))
        reportViolation(`${lineOf(node)}: the module ${name} may call anybody. If it may, name it in allowedModules.`);
    }
  }),
};

/** The globals that take an address as their first argument and call it. */
const callers = ["fetch", "WebSocket", "EventSource"];

function callViolation({ name, node, parent }: GlobalReference, allowedHosts: readonly string[]): string | undefined {
  if (isTypeof(parent)) return undefined;
  if (name === "XMLHttpRequest") return "XMLHttpRequest calls an address that cannot be seen here. Use fetch.";
  if (!callers.includes(name)) return undefined;
  const call = callOf(node, parent);
  const host = call && hostOf(call.arguments[0]);
  if (host === undefined)
    return (
      `${name} is used with an address whose host cannot be seen. ` +
      `Begin it with a literal, such as "https://api.example.com/".`
    );
  return allowedHosts.includes(host) ? undefined : `${name} calls ${host}. If it may, name it in allowedHosts.`;
}

/** The host of a literal address, of a template that begins with one, and of `new URL` of either. */
function hostOf(address: AnyNode | undefined): string | undefined {
  if (address?.type === "NewExpression" && address.callee.type === "Identifier" && address.callee.name === "URL")
    return address.arguments.length === 1 ? hostOf(address.arguments[0]) : undefined;
  // A template's host is complete only if the character that ends it is literal too.
  const isBeginning = address?.type === "TemplateLiteral" && address.expressions.length > 0;
  const origin = isBeginning ? /^[a-z]+:\/\/[^/?#]+(?=[/?#])/i : /^[a-z]+:\/\/[^/?#]+/i;
  const literal = origin.exec(textOf(address) ?? "")?.[0];
  return literal !== undefined && URL.canParse(literal) ? new URL(literal).host : undefined;
}

/** Node's modules that make no network call. */
const silentModules = [
  ...["assert", "async_hooks", "buffer", "console", "constants", "crypto", "events", "path", "perf_hooks", "punycode"],
  ...["querystring", "stream", "string_decoder", "timers", "url", "util", "zlib"],
];

const isSilent = (name: string) => silentModules.includes(name.replace(/^node:/, "").split("/")[0] ?? "");
